"""ref.* says what the declared files say."""

import csv
from datetime import date
from pathlib import Path

import pytest

from operations.settings import Settings
from warehouse import reference
from warehouse.build import Writer
from warehouse.reference import FOLDER, working_days


def test_working_days_count_moved_weekends_and_holidays():
    days = {row["day"]: row for row in working_days(date(2026, 9, 15))}
    assert not days[date(2026, 10, 1)]["is_workday"]
    assert days[date(2026, 10, 10)]["is_workday"]  # a Saturday worked for the National Day week
    assert days[date(2026, 9, 15)]["workday_no"] - days[date(2026, 9, 11)]["workday_no"] == 2
    assert not days[date(2026, 12, 31)]["provisional"]
    assert days[date(2027, 1, 4)]["provisional"]


def test_every_row_of_the_declared_files_arrives(world):
    rules = ("platform_rules", "clock_rules", "triage_rules")
    for name in ("divisions", "division_successors", "platforms", "clocks", "local_codes", *rules):
        with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
            declared = sum(1 for _ in csv.DictReader(lines))
        assert world.one(f"SELECT count(*) AS n FROM ref.{name}") == {"n": declared}


def test_rules_lead_to_declared_clocks_and_platforms(world):
    for rules, key, target in (("platform_rules", "platform_code", "platforms.code"),
                               ("clock_rules", "clock_code", "clocks.clock_code")):  # fmt: skip
        table, column = target.split(".")
        assert world.rows(f"SELECT {key} FROM ref.{rules} WHERE {key} NOT IN (SELECT {column} FROM ref.{table})") == []


def test_every_case_type_has_a_platform_at_any_time(world):
    world.build()
    bare = world.rows(
        "SELECT c.code, k.code, e.from_date FROM ref.codes AS c, ref.codes AS k, "
        "(SELECT DISTINCT from_date FROM core.platform_assignments) AS e "
        "WHERE c.list = 'case_type' AND k.list = 'matter_kind' "
        "AND NOT EXISTS (SELECT 1 FROM core.platform_assignments AS a WHERE a.case_type_code = c.code "
        "AND a.matter_kind = k.code AND a.from_date = e.from_date)"
    )
    assert bare == []


def test_what_columns_are_called_is_looked_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = []
    monkeypatch.setattr(reference, "column_titles", lambda con: asked.append(con) or {"name": "名称"})
    with Writer(Settings(home=tmp_path)) as writer:
        reference.load_reference(writer, [], {}, [])
        query = "SELECT DISTINCT comment FROM duckdb_columns() WHERE schema_name = 'ref' AND column_name = 'name'"
        assert writer.con.execute(query).fetchall() == [("名称",)]
    assert len(asked) == 1
