"""Whatever anybody tries in whatever order, a work order is in a legal state, and its events replay to the same one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from order_rounds_made import a_round

from operations import order_rounds, work_orders
from operations.order_rounds import Round
from operations.order_states import OPEN, STATES, Due, IllegalActError, OrderError, allowed, replay
from operations.settings import Settings
from operations.store import Store

AS_OF = datetime(2026, 6, 30, 8)
DUE = Due(datetime(2026, 7, 1, 23, 59, 59), datetime(2026, 7, 7, 23, 59, 59), False)


def follow(store: Store, *rounds: Round) -> dict[str, int]:
    return order_rounds.follow(store, rounds, DUE, AS_OF)


@pytest.fixture
def order(store: Store) -> str:
    """An order of two bad rows, sent to its department."""
    follow(store, a_round(rows_open=2))
    return str(work_orders.listing(store)[0]["order_no"])


def state(store: Store, order_no: str) -> str:
    return str(work_orders.find(store, order_no)["state"])


def admit(store: Store, order_no: str) -> None:
    work_orders.answer(store, order_no, "li", "true", "录入有误", cause="entry", promised_on=date(2026, 7, 3))


def test_the_way_of_an_order_from_found_to_closed(store: Store, order: str) -> None:
    work_orders.sign(store, order, "li")
    admit(store, order)
    work_orders.fix(store, order, "li", "已更正")
    follow(store, a_round(rows_open=1, rows_corrected=1))
    assert state(store, order) == "fixed", "what still fails keeps it open"
    follow(store, a_round(rows_corrected=2))
    found = work_orders.find(store, order)
    assert (found["state"], found["closed_as"], found["cause"]) == ("closed", "department", "entry")
    acts = [event["act"] for event in work_orders.events(store, order)]
    assert acts == ["find", "send", "sign", "answer", "fix", "verify", "close"]


def test_an_act_out_of_turn_says_what_is_possible(store: Store, order: str) -> None:
    with pytest.raises(IllegalActError, match=f"{order} is sent: fix is not possible now; possible: sign"):
        work_orders.fix(store, order, "li")


def test_a_contested_finding_is_no_declared_fix(store: Store, order: str) -> None:
    work_orders.sign(store, order, "li")
    with pytest.raises(OrderError, match="gives its reason"):
        work_orders.answer(store, order, "li", "untrue", " ")
    work_orders.answer(store, order, "li", "wrong_rule", "外籍人员证件不适用")
    with pytest.raises(IllegalActError, match="possible: answer, return"):
        work_orders.fix(store, order, "li")
    work_orders.give_back(store, order, "wang", "规则已核对，请整改")
    assert state(store, order) == "signed"
    with pytest.raises(OrderError, match="its cause and by which day"):
        work_orders.answer(store, order, "li", "true", "好的")


def test_a_fault_of_ours_is_never_sent_to_the_department(store: Store) -> None:
    follow(store, a_round(rows_open=3, responsibility="hub"))
    (found,) = work_orders.listing(store)
    assert (found["state"], found["due_at"]) == ("found", None)
    assert work_orders.listing(store, department="justice_department", sent=True) == []
    with pytest.raises(IllegalActError):
        work_orders.send(store, found["order_no"], "wang", DUE)
    follow(store, a_round(rows_ours=3, responsibility="hub"))
    found = work_orders.find(store, found["order_no"])
    assert (found["state"], found["closed_as"]) == ("closed", "hub")


def test_a_warning_waits_until_somebody_sends_it(store: Store) -> None:
    follow(store, a_round(rows_open=1, severity="warning"))
    (found,) = work_orders.listing(store)
    assert found["state"] == "found"
    work_orders.send(store, found["order_no"], "wang", DUE)
    with pytest.raises(IllegalActError, match="possible: sign"):
        work_orders.send(store, found["order_no"], "wang", DUE)
    assert work_orders.find(store, found["order_no"])["due_at"] == DUE.mend_by


@pytest.mark.parametrize(
    ("counts", "closed_as"),
    [
        ({"rows_corrected": 1, "rows_ours": 5}, "department"),
        ({"rows_deleted": 1, "rows_by_hand": 1}, "department"),
        ({"rows_ours": 5}, "hub"),
        ({"rows_ours": 5, "rows_by_hand": 1}, "person"),
    ],
)
def test_who_closed_an_order_is_counted_by_how_its_rows_were_settled(
    store: Store, order: str, counts: dict[str, int], closed_as: str
) -> None:
    follow(store, a_round(**counts))
    assert work_orders.find(store, order)["closed_as"] == closed_as


def test_a_relapse_reopens_with_a_new_due_date_and_a_clean_sheet(store: Store, order: str) -> None:
    work_orders.sign(store, order, "li")
    admit(store, order)
    follow(store, a_round(rows_corrected=2))
    follow(store, a_round(rows_corrected=2), a_round(2, rows_open=1))
    found = work_orders.find(store, order)
    assert (found["state"], found["reopened_count"], found["due_at"]) == ("reopened", 1, DUE.mend_by)
    assert (found["verdict"], found["signed_at"], found["closed_as"], found["rows_corrected"]) == (None, None, None, 0)
    assert allowed(found) == ("sign",)


def test_builds_that_never_told_the_people_are_caught_up_with(store: Store, order: str) -> None:
    follow(store, a_round(rows_corrected=2), a_round(2, rows_ours=1), a_round(3, rows_open=4))
    found = work_orders.find(store, order)
    assert (found["state"], found["round"], found["reopened_count"], found["rows_open"]) == ("reopened", 3, 2, 4)
    closed = [event["detail"]["closed_as"] for event in work_orders.events(store, order) if event["act"] == "close"]
    assert closed == ["department", "hub"]
    assert follow(store, a_round(rows_corrected=2), a_round(2, rows_ours=1), a_round(3, rows_open=4)) == {
        "found": 0, "reopened": 0, "closed": 0,
    }  # fmt: skip


def test_only_rows_without_a_key_are_settled_by_hand(store: Store, order: str) -> None:
    with pytest.raises(IllegalActError, match=r"possible: sign$"):
        work_orders.waive(store, order, "wang", "无法更正")
    follow(store, a_round(rows_open=2, rows_unkeyed=2))
    work_orders.waive(store, order, "wang", "无法更正")
    from operations import decisions

    (decided,) = decisions.effective(store, work_orders.WAIVER)
    assert (decided.subject["seen_to"], decided.by_whom, decided.reason) == ("L1", "wang", "无法更正")


def test_numbers_are_readable_and_never_come_twice(store: Store) -> None:
    follow(store, *(a_round(rows_open=1, rule_id=f"r{number}") for number in range(3)))
    follow(store, *(a_round(rows_corrected=1, rule_id=f"r{number}") for number in range(3)))
    follow(store, a_round(rows_open=1, rule_id="another"))
    numbers = sorted(row["order_no"] for row in work_orders.listing(store))
    assert numbers == [f"GD20260630-000{n}" for n in (1, 2, 3, 4)]


def test_notes_keep_no_identity_and_telephone_numbers(store: Store, order: str) -> None:
    work_orders.sign(store, order, "li")
    work_orders.answer(store, order, "li", "untrue", "证件 330108200001010016 无误，可致电 13812341234")
    kept = work_orders.find(store, order)["answer"]
    assert kept == "证件 330*** 无误，可致电 138***" == work_orders.events(store, order)[-1]["note"]


ACTS = st.sampled_from(
    ["send", "sign", "true", "untrue", "fix", "return", "waive", "build", "all_corrected", "all_ours", "relapse"]
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = Settings(home=tmp_path_factory.mktemp("orders"), as_of=AS_OF)
    made.prepare()
    store = Store(made)
    yield store
    store.close()


_names = iter(range(10**9))


@given(
    st.lists(ACTS, max_size=25),
    st.sampled_from(["department", "hub", "transport"]),
    st.sampled_from(["critical", "warning"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_acts_leaves_a_legal_state_that_replays(
    shared: Store, acts: list[str], responsibility: str, severity: str
) -> None:
    facts = {"rule_id": f"rule{next(_names)}", "responsibility": responsibility, "severity": severity}
    rounds = [a_round(rows_open=1, rows_unkeyed=1, **facts)]
    follow(shared, *rounds)
    order_no = next(o["order_no"] for o in work_orders.listing(shared) if o["rule_id"] == facts["rule_id"])
    for act in acts:
        before = work_orders.find(shared, order_no)
        possible = allowed(before)
        word = "answer" if act in ("true", "untrue") else act
        try:
            attempt(shared, order_no, act, rounds, facts)
        except IllegalActError:
            assert word not in possible
            assert work_orders.find(shared, order_no) == before, "what is refused changes nothing"
        after = work_orders.find(shared, order_no)
        assert after["state"] in STATES
        assert (after["state"] in OPEN) == (after["rows_open"] > 0)
        assert (after["closed_as"] is not None) == (after["state"] == "closed")
        if responsibility != "department":
            assert after["sent_at"] is None
            assert after["state"] in ("found", "closed", "reopened")
        replayed = replay(work_orders.events(shared, order_no))
        assert {name: after[name] for name in replayed} == replayed


def attempt(store: Store, order_no: str, act: str, rounds: list[Round], facts: dict[str, str]) -> None:
    if act == "send":
        work_orders.send(store, order_no, "wang", DUE)
    elif act == "sign":
        work_orders.sign(store, order_no, "li")
    elif act == "true":
        admit(store, order_no)
    elif act == "untrue":
        work_orders.answer(store, order_no, "li", "untrue", "不属实")
    elif act == "fix":
        work_orders.fix(store, order_no, "li")
    elif act == "return":
        work_orders.give_back(store, order_no, "wang", "请再核")
    elif act == "waive":
        work_orders.waive(store, order_no, "wang", "无主键")
    elif act == "relapse" and not rounds[-1].rows_open:
        rounds.append(a_round(len(rounds) + 1, rows_open=1, rows_unkeyed=1, **facts))
        follow(store, *rounds)
    elif act in ("build", "all_corrected", "all_ours"):
        if act != "build" and rounds[-1].rows_open:
            settled = "rows_corrected" if act == "all_corrected" else "rows_ours"
            rounds[-1] = a_round(len(rounds), **{settled: 1}, **facts)
        follow(store, *rounds)
