"""What `hub preview` and `hub discover` show of the first rows of a source, and what they say of those they cannot."""

from __future__ import annotations

import json
from pathlib import Path

from homes import hub_json, run_hub
from odd_source import DECLARATION, SECRET, odd_source


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
