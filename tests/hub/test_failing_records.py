"""The build finds the records that break rules over records, and the quality marts count them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from hub import catalogue, publication
from hub.summary import Stopwatch
from operations.settings import Settings
from operations.store import Store
from warehouse.build import Writer
from warehouse.reference import load_reference

AS_OF = datetime(2026, 9, 15, 8)
SYSTEM = "peoples_mediation"
DATASETS = {"case_reports": "mediation_cases", "case_steps": "mediation_steps", "organisations": "committees"}
LOAD = "20260914T000000000001Z-0001"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), as_of=AS_OF)


@pytest.fixture(scope="module")
def store(settings: Settings) -> Store:
    return Store(settings)


@pytest.fixture(scope="module")
def writer(settings: Settings) -> Iterator[Writer]:
    with publication.warehouse(settings) as opened:
        yield opened


def add(writer: Writer, contract: str, source_id: str, **values: Any) -> None:
    row = {
        "system": SYSTEM, "dataset": DATASETS[contract], "source_id": source_id, "load_id": LOAD, "record_hash": "1",
        "delivery_sha256": "00", "position": 1, "landed_at": AS_OF, "first_landed_at": AS_OF, "warnings": [],
    } | values  # fmt: skip
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    writer.con.execute(f"INSERT INTO record.{contract} ({names}) VALUES ({marks})", list(row.values()))


def step(writer: Writer, source_id: str, report: str) -> None:
    at = datetime(2026, 6, 2, 9, int(source_id[1:]))
    add(writer, "case_steps", source_id, report_source_id=report, step_code="02", stage_code="10", happened_at=at)


def failing(writer: Writer, store: Store) -> list[tuple[str, ...]]:
    """Build, and list rule, record and what is shown of it."""
    publication.refresh(writer, store, AS_OF, Stopwatch(), lambda _name, _count: None)
    return writer.con.execute("SELECT rule_id, source_id, shown FROM ops.failing_records ORDER BY ALL").fetchall()


def counted(writer: Writer, rule: str) -> tuple[Any, ...] | None:
    return writer.con.execute(
        "SELECT dataset, rows_checked, rows_failed, rows_rejected, example_source_ids, responsibility FROM mart.quality"
        " WHERE rule_id = ? AND rows_failed > 0",
        [rule],
    ).fetchone()


def test_what_breaks_a_rule_is_found_counted_and_gone_when_it_is_put_right(writer: Writer, store: Store) -> None:
    reported = {"matter_kind": "dispute", "case_type_code": "0601", "reported_at": datetime(2026, 6, 1, 9)}
    add(writer, "case_reports", "RT1", county_code="330106", **reported)
    writer.con.execute(
        "INSERT INTO ops.rejected_rows"
        " (load_id, system, dataset, contract, position, source_id, rule_ids, fields, shown, landed_at) VALUES"
        " (?, ?, 'mediation_cases', 'case_reports', 2, 'RT2', ['closed_at.future'], ['closed_at'], [NULL], ?)",
        [LOAD, SYSTEM, AS_OF],
    )
    for source_id, report in (("S1", "RT1"), ("S2", "RT2"), ("S3", "RT9"), ("S4", "13812345678901")):
        step(writer, source_id, report)
    for source_id in ("C1", "C2"):
        add(writer, "organisations", source_id, name="甲镇调委会", uscc="91330000755918469E")

    assert failing(writer, store) == [
        ("report_source_id.reference", "S3", "RT9"),
        ("report_source_id.reference", "S4", "138***"),
        ("uscc.unique", "C1", "913***E"),
        ("uscc.unique", "C2", "913***E"),
    ], "RT2 waits in quarantine; what looks like a personal number is cut"
    steps = ("mediation_steps", 4, 2, 0, ["S3", "S4"], "department")
    assert counted(writer, "report_source_id.reference") == steps
    assert counted(writer, "uscc.unique") == ("committees", 2, 2, 0, ["C1", "C2"], "department")

    writer.con.execute("DELETE FROM record.case_steps WHERE source_id IN ('S3', 'S4')")
    writer.con.execute("UPDATE record.organisations SET uscc = NULL WHERE source_id = 'C2'")
    assert failing(writer, store) == []
    assert counted(writer, "report_source_id.reference") is None


def test_the_reference_table_names_kind_and_version_of_each_rule(writer: Writer) -> None:
    load_reference(writer, catalogue.systems().values(), catalogue.contracts(), catalogue.rules())
    rows = writer.con.execute(
        "SELECT rule_id, kind, version FROM ref.rules WHERE dataset = 'mediation_steps' AND kind IN"
        " ('reference', 'unique', 'transition') ORDER BY rule_id"
    ).fetchall()
    assert [row[:2] for row in rows] == [
        ("happened_at.unique", "unique"),
        ("report_source_id.reference", "reference"),
        ("status_code.transition", "transition"),
    ]
    assert all(len(row[2]) == 12 for row in rows)
