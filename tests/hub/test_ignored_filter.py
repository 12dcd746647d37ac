"""A source that gives more than was asked for: the read goes well, and whoever runs the hub is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from homes import hub_json
from odd_source import FITTING, NOW, SECRET, odd_source, rows


@pytest.mark.parametrize(("habits", "early"), [((), 0), (("ignores_since",), 59)])
def test_a_source_that_ignores_what_it_is_asked_for_is_named(
    habits: tuple[str, ...], early: int, tmp_path: Path
) -> None:
    systems, home = tmp_path / "systems", tmp_path / "home"
    systems.mkdir()
    (systems / "odd.yml").write_text(FITTING, encoding="utf-8")
    records = [row | {"djsj": "2026/06/20 08:00:00", "lxdh": "13800000000"} for row in rows(60)]
    given = {"AIRFLOW_CONN_ODD": json.dumps({"login": "hub", "password": SECRET}), "HUB_SYSTEMS": str(systems)}
    given["HUB_AS_OF"] = NOW.isoformat()
    with odd_source(*habits, records=records) as url:
        [first] = hub_json(home, "sync", "odd", ODD_URL=url, **given)
        [second] = hub_json(home, "sync", "odd", ODD_URL=url, **given)
    assert (first["landed"], first["noted"]) == (60, "")
    assert second["landed"] == (60 if early else 1)
    told = f"{early} of 60 rows were changed before 2026-06-30 17:55:00, from which the source was asked for changes"
    assert second["noted"].startswith(told) if early else second["noted"] == ""
