"""What `hub preview` and `hub discover` show of the first rows of a source, and what they say of those they cannot."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from homes import hub_json, run_hub
from odd_source import DECLARATION, FITTING, NOW, SECRET, odd_source
from odd_source import rows as odd_rows


def test_rows_that_cannot_be_read_are_counted_and_named(tmp_path: Path) -> None:
    systems, home = tmp_path / "systems", tmp_path / "home"
    systems.mkdir()
    (systems / "odd.yml").write_text(DECLARATION, encoding="utf-8")
    given = {"AIRFLOW_CONN_ODD": json.dumps({"login": "hub", "password": SECRET}), "HUB_SYSTEMS": str(systems)}
    told = "6 of 60 records cannot be read and are left out: record 10: JSON is malformed"
    with odd_source("spoils") as url:
        given["ODD_URL"] = url
        discovered = hub_json(home, "discover", "odd", "cases", "--rows", "60", **given)
        text = run_hub(home, "discover", "odd", "cases", "--rows", "60", **given).stdout
        previewed = hub_json(home, "preview", "odd", "cases", "--limit", "60", **given)
        shown = run_hub(home, "preview", "odd", "cases", "--limit", "60", **given)
    places = [10, 20, 30, 40, 50, 60]
    assert discovered["rows"] == len(previewed["rows"]) == 54
    assert [one["position"] for one in discovered["left_out"]] == places
    assert [one["position"] for one in previewed["left_out"]] == places
    assert all("malformed" in one["reason"] for one in previewed["left_out"])
    assert f"# {told}" in text
    assert told in shown.stderr
    assert "; and 1 more" in shown.stderr


def test_each_row_stands_beside_what_becomes_of_it_and_nothing_is_landed(tmp_path: Path) -> None:
    systems, home = tmp_path / "systems", tmp_path / "home"
    systems.mkdir()
    (systems / "odd.yml").write_text(FITTING, encoding="utf-8")
    records = [row | {"djsj": "2026/06/20 08:00:00", "lxdh": "13800000000"} for row in odd_rows(3)]
    records[0]["ajmc"] = " 楼道漏水　"
    records[1]["djsj"] = "3O June"
    records[2] |= {"lxdh": "12", "bz": "无"}
    given = {"AIRFLOW_CONN_ODD": json.dumps({"login": "hub", "password": SECRET}), "HUB_SYSTEMS": str(systems)}
    given["HUB_AS_OF"] = NOW.isoformat()
    with odd_source(records=records) as url:
        found = hub_json(home, "preview", "odd", "cases", ODD_URL=url, **given)
        shown = run_hub(home, "preview", "odd", "cases", "--limit", "2", ODD_URL=url, **given)
        run_hub(home, "sync", "odd", ODD_URL=url, **given)
    good, late, doubtful = found["rows"]
    assert [row["raw"] for row in found["rows"]] == records
    assert [row["verdict"] for row in found["rows"]] == ["accepted", "rejected", "warned"]
    assert good["conformed"]["title"] == "楼道漏水"
    assert datetime.fromisoformat(good["conformed"]["reported_at"]) == datetime(2026, 6, 20, 8)
    assert (good["position"], good["source_id"], good["conformed"]["matter_kind"]) == (1, "000000", "dispute")
    assert [(one["field"], one["severity"]) for one in late["reasons"]] == [("reported_at", "critical")]
    assert late["conformed"]["reported_at"] is None
    assert late["conformed"]["source_updated_at"] == records[1]["gxsj"]
    assert {one["field"] for one in doubtful["reasons"]} == {"applicant_phone"}
    assert all(one["advice"] for one in (*late["reasons"], *doubtful["reasons"]))
    assert (found["left_out"], found["unfit"]) == ([], None)
    assert "record 2: rejected" in shown.stdout
    assert "2 rows of odd.cases: 1 would be rejected, 0 have warnings" in shown.stderr
    [refused] = hub_json(home, "quarantine", "list", **given)
    assert sorted(refused["rules"]) == sorted(one["rule"] for one in late["reasons"]), "as a load is judged"


def test_a_preview_leaves_nothing_behind(tmp_path: Path) -> None:
    systems, home = tmp_path / "systems", tmp_path / "home"
    systems.mkdir()
    (systems / "odd.yml").write_text(FITTING, encoding="utf-8")
    given = {"AIRFLOW_CONN_ODD": json.dumps({"login": "hub", "password": SECRET}), "HUB_SYSTEMS": str(systems)}
    with odd_source() as url:
        run_hub(home, "preview", "odd", "cases", ODD_URL=url, **given)
    held = [path for zone in ("landing", "staging", "quarantine", "private") for path in (home / zone).rglob("*")]
    assert [path for path in held if path.is_file()] == []


def test_what_does_not_fit_its_contract_yet_is_shown_raw(tmp_path: Path) -> None:
    systems, home = tmp_path / "systems", tmp_path / "home"
    systems.mkdir()
    (systems / "odd.yml").write_text(DECLARATION, encoding="utf-8")
    given = {"AIRFLOW_CONN_ODD": json.dumps({"login": "hub", "password": SECRET}), "HUB_SYSTEMS": str(systems)}
    with odd_source() as url:
        found = hub_json(home, "preview", "odd", "cases", ODD_URL=url, **given)
        shown = run_hub(home, "preview", "odd", "cases", ODD_URL=url, **given)
    assert [row["raw"] for row in found["rows"]] == odd_rows()[:20]
    assert "odd.cases: contract case_reports requires" in found["unfit"]
    assert "raw only, because the declaration does not fit its contract yet" in shown.stderr
    assert "000000" in shown.stdout
