"""The audit catches a rule that is compiled wrongly, names the records, and leaves no unmasked row behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from court_row import COURT_ROW
from desk import AS_OF, CONTRACTS, SYSTEMS, Desk, ndjson
from msgspec.structs import replace as replace_struct

from hub import catalogue
from operations.settings import Settings
from quality import audit
from quality.audit import audit_rows
from quality.audit_suite import SuiteError, suite
from quality.compiler import Statement
from quality.tally import NOBODY_ASKED, Tally
from schemas.contract import Check
from schemas.delivery import Manifest

COURT = ("court_odr", "pre_suit_cases")
TRANSFERS = {"system": "petition_hotline", "dataset": "transfers"}
ROWS: list[dict[str, Any]] = [
    {},
    {"sqrzjhm": "330522196503072340"},
    {"sqrzjhm": None, "slsj": "2024-06-02 08:00:00", "jasj": "2024-06-02 08:00:00"},
    {"sqdj_bh": None, "sqrzjhm": "330522196503072341"},
    {"sqrlxdh": "12345"},
]


def audited(desk: Desk, manifests: list[Manifest], statement: Statement) -> list[Tally]:
    dataset = SYSTEMS["court_odr"].datasets["pre_suit_cases"]
    return audit_rows(desk.settings, manifests, statement, dataset, CONTRACTS["case_reports"], AS_OF).tallies


def court(desk: Desk) -> Manifest:
    return desk.land(ndjson(*({**COURT_ROW, "sqdj_bh": f"SQ{n}", **row} for n, row in enumerate(ROWS))))


def altered(statement: Statement, old: str, new: str) -> Statement:
    """A statement that was compiled wrongly in one place."""
    assert (statement.judged + statement.macros).count(old) == 1
    return replace(statement, judged=statement.judged.replace(old, new), macros=statement.macros.replace(old, new))


@pytest.fixture
def wrong() -> Statement:
    """The court's rules with another weight in the checksum, < for <= in the order of dates, and one rule lost."""
    right = catalogue.statements()[COURT]
    weighted = altered(right, "(n % 10) * 2", "(n % 10) * 3")
    order = '"closed_at" < "accepted_at" AND (CAST("closed_at" AS DATE) <'
    compared = altered(weighted, order, order.replace("< ", "<= "))
    invented = replace(compared.rules[0], id="title.invented", kind="invented")
    return replace(compared, rules=(*compared.rules[:-1], invented))


def test_a_wrong_rule_is_a_disagreement_with_its_records(desk: Desk, wrong: Statement) -> None:
    differ = {one.rule_id: one for one in audited(desk, [court(desk)], wrong) if not one.agrees}
    lost = catalogue.statements()[COURT].rules[-1].id
    assert differ.keys() == {
        "applicant_id_no.checksum", "closed_at.before_accepted_at", lost, "title.invented",
    }  # fmt: skip
    checksum = differ["applicant_id_no.checksum"]
    assert (checksum.compiled, checksum.expected) == (4, 2)
    assert checksum.keys == ("SQ0", "SQ4")
    order = differ["closed_at.before_accepted_at"]
    assert (order.compiled, order.expected, order.keys) == (1, 0, ("SQ2",))
    assert (differ[lost].compiled, differ[lost].expected) == (None, 0)
    assert (differ["title.invented"].expected, differ["title.invented"].error) == (None, NOBODY_ASKED)


def test_of_a_deleted_record_only_the_key_is_judged_and_an_unreadable_one_not_at_all(desk: Desk) -> None:
    rows = ndjson({"transferId": "T1", "deleted": "true"}, {"transferId": None, "deleted": "true"})
    load = desk.land(rows, b'{"transferId": "T2", "deleted":\n', ndjson({"transferId": "T3"}), **TRANSFERS)
    dataset = SYSTEMS["petition_hotline"].datasets["transfers"]
    statement = catalogue.statements()["petition_hotline", "transfers"]
    found = audit_rows(desk.settings, [load], statement, dataset, CONTRACTS["case_transfers"], AS_OF)
    assert found.rows == 3
    assert all(one.agrees for one in found.tallies), found.tallies
    broken = {one.rule_id: one.compiled for one in found.tallies if one.compiled}
    assert broken == {"source_id.required": 1, "report_source_id.required": 1}


def test_a_kind_of_rule_without_an_expectation_stops_the_audit(desk: Desk) -> None:
    dataset, contract = SYSTEMS["court_odr"].datasets["pre_suit_cases"], CONTRACTS["case_reports"]
    new = Check(
        id="title.rhymes", check="rhymes", dimension="accuracy", severity="info", title="一", message="一", advice="一"
    )
    columns = tuple(replace_struct(one, checks=(new,)) if one.name == "title" else one for one in contract.columns)
    with pytest.raises(SuiteError, match=r"title\.rhymes is of kind 'rhymes'.*quality/audit_suite\.py"):
        suite(dataset, replace_struct(contract, columns=columns), AS_OF)


def test_unmasked_rows_are_closed_to_others_and_removed_whatever_happens(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []

    def stopped(_settings: Settings, database: Path, *_: Any) -> list[Tally]:
        seen.append((database.stat().st_mode & 0o777, database.parent.stat().st_mode & 0o777))
        raise KeyboardInterrupt

    monkeypatch.setattr(audit, "count_again", stopped)
    before = set(desk.settings.private.iterdir())
    with pytest.raises(KeyboardInterrupt):
        audited(desk, [court(desk)], catalogue.statements()[COURT])
    assert seen == [(0o600, 0o700)]
    assert set(desk.settings.private.iterdir()) == before
