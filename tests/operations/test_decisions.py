"""What people decided is the newest row per subject; nothing is ever taken back, only decided again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from operations import decisions
from operations.settings import Settings
from operations.store import Store

SUBJECT = {"system": "court_odr", "dataset": "confirmations", "lists": ["a", "b"]}


def test_a_proposal_is_pending_until_someone_decides(store: Store) -> None:
    decisions.propose(store, "delete", SUBJECT, "12 % of the keys are gone")
    assert [one.subject for one in decisions.pending(store)] == [SUBJECT]
    decisions.decide(store, "delete", SUBJECT, "delete", "lin", "checked with the court")
    assert decisions.pending(store) == []
    assert [(one.subject, one.verdict) for one in decisions.effective(store, "delete")] == [(SUBJECT, "delete")]


def test_the_same_question_is_asked_once_whatever_the_order_of_its_keys(store: Store) -> None:
    first = decisions.propose(store, "delete", SUBJECT)
    assert decisions.propose(store, "delete", dict(reversed(SUBJECT.items()))).id == first.id
    decided = decisions.decide(store, "delete", SUBJECT, "keep", "lin", "they come back")
    assert decisions.propose(store, "delete", SUBJECT).id == decided.id


def test_the_last_verdict_counts(store: Store) -> None:
    for verdict in ("delete", "keep"):
        decisions.decide(store, "delete", SUBJECT, verdict, "lin", "second thoughts")
    assert [one.verdict for one in decisions.effective(store, "delete")] == ["keep"]


def test_kinds_are_apart(store: Store) -> None:
    decisions.decide(store, "delete", SUBJECT, "keep", "lin", "why not")
    decisions.propose(store, "mapping", SUBJECT)
    assert [one.kind for one in decisions.pending(store)] == ["mapping"]
    assert decisions.pending(store, "delete") == []


def test_a_decision_names_who_and_why(store: Store) -> None:
    for by_whom, reason in (("", "why"), ("lin", "")):
        with pytest.raises(ValueError, match="who made it and why"):
            decisions.decide(store, "delete", SUBJECT, "keep", by_whom, reason)
    with pytest.raises(ValueError, match="verdict"):
        decisions.decide(store, "delete", SUBJECT, "proposed", "lin", "why")


def test_processes_that_ask_at_once_ask_once(settings: Settings, in_processes: Callable[..., list[Any]]) -> None:
    Store(settings).migrate()
    assert len(set(in_processes(4, lambda _: decisions.propose(Store(settings), "delete", SUBJECT).id))) == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 申请人13812341234来电 ", "申请人138***来电"),
        ("330522196503072348 和 33052219650307234X 是一人", "330*** 和 330*** 是一人"),
        ("请回拨138-1234-1234或１３８ 1234 1234", "请回拨138***或１３８***"),
        ("证件330522 19650307 234X，卡6222 0212 3456 7890", "证件330***，卡622***"),
        ("座机(0577)8812 3456", "座机(057***"),
        ("与JF3301082024041000001K同一件", "与JF3301082024041000001K同一件"),
        ("2024-04-10 12:30 退回，2024-04-11 又报", "2024-04-10 12:30 退回，2024-04-11 又报"),
        ("渗水，2024年4月10日，第12345678号", "渗水，2024年4月10日，第12345678号"),
        ("a\x00b", "a\ufffdb"),
    ],
)
def test_a_reason_is_kept_without_the_numbers_of_people(store: Store, typed: str, kept: str) -> None:
    made = decisions.decide(store, "link", SUBJECT, "merge", "lin", typed)
    assert made.reason == kept
    assert [one.reason for one in decisions.verdicts(store, "link")] == [kept]
