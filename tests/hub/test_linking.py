"""`hub link`: a person merges, splits and withdraws; the next build carries it out, and `hub trace` tells it."""

from __future__ import annotations

from typing import Any

import pytest
from court import SYSTEM
from homes import hub_json, run_hub
from linked_court import Linked, report

from hub import linking
from hub.linking import LinkError
from hub.tracing import trace

SAME = {"sqrzjhm": "330108198001010016"}


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Linked:
    """The tests below go on from each other, as the days of a steward do."""
    alone = [report(key, f"2024-06-0{day}") for key, day in (("A", 3), ("B", 4), ("C", 5))]
    pair = [report(key, f"2024-06-0{day}", **SAME) for key, day in (("D", 6), ("E", 7))]
    return Linked(tmp_path_factory.mktemp("linked") / "home", *alone, *pair)


def test_a_merge_waits_for_the_build_and_then_both_codes_lead_to_one_case(linked: Linked) -> None:
    a, b = linked.code("A"), linked.code("B")
    first = linked.merge("A", "B")
    assert linked.states() == {first: "waiting"}
    with pytest.raises(LinkError, match=r"are to be one case already; `hub build`"):
        linked.merge("B", "A")
    second = linked.merge("B", "C")  # a third one may join before the build
    with pytest.raises(LinkError, match=rf"decision {first} .* is not carried out yet; run `hub build`"):
        linked.split("A")
    linked.build()
    assert linked.states() == {first: "merged", second: "merged"}
    assert {linked.code(key) for key in "ABC"} == {a}
    found = trace(linked.settings, b)
    assert (found["case_code"], found["asked"], found["report_count"]) == (a, b, 3)
    assert b in found["aliases"]
    assert [(move["from_code"], move["to_code"], move["decision"]["id"]) for move in found["history"]] == [
        (b, a, first),
        (found["aliases"][1], a, second),
    ]


def test_what_contradicts_a_decision_is_refused_and_names_it(linked: Linked) -> None:
    with pytest.raises(LinkError, match=r"decision 1 \(merge, lin, .*: one wall\) says that .*`hub link undo 1`"):
        linked.split("B", "C")
    with pytest.raises(LinkError, match="are one case already"):
        linking.merge(linked.settings, linked.code("A"), linked.code("C"), "lin", "again")
    with pytest.raises(LinkError, match=r"has no report court_odr/Z; it has court_odr/D, court_odr/E"):
        linking.split(linked.settings, linked.code("D"), [(SYSTEM, "Z")], "lin", "why")
    with pytest.raises(LinkError, match=r"name some of the reports .* and leave some"):
        linked.split("D", "E")
    with pytest.raises(LinkError, match="no published case has the code JF330108202606010000X"):
        linking.merge(linked.settings, "JF330108202606010000X", linked.code("A"), "lin", "why")
    with pytest.raises(LinkError, match="there is no decision 99"):
        linked.undo(99)
    with pytest.raises(LinkError, match="say who decides"):
        linking.merge(linked.settings, linked.code("A"), linked.code("D"), "", "why")


def test_a_split_holds_and_both_codes_tell_of_it(linked: Linked) -> None:
    code = linked.code("D")
    third = linked.split("E")
    linked.build()
    assert linked.code("D") == code != linked.code("E")
    for one in (code, linked.code("E")):
        (move,) = trace(linked.settings, one)["history"]
        assert (move["from_code"], move["to_code"], move["decision"]["id"]) == (code, linked.code("E"), third)
    with pytest.raises(LinkError, match=rf"decision {third} \(split.* keeps reports of .* apart"):
        linked.merge("D", "E")


def test_what_is_withdrawn_is_as_before_and_a_second_time_is_refused(linked: Linked) -> None:
    old = linked.code("E")
    fourth = linked.undo(3)
    with pytest.raises(LinkError, match=r"decision 3 .* counts no more: decision 4 \(undone"):
        linked.undo(3)
    fifth = linked.undo(2)
    linked.build()
    assert linked.code("D") == linked.code("E")
    assert linked.code("A") == linked.code("B") != linked.code("C")
    assert trace(linked.settings, old)["case_code"] == linked.code("D")
    assert linked.states() == {1: "merged", 2: "merged", 3: "split", fourth: "merged", fifth: "split"}
    assert [row["id"] for row in linking.listing(linked.settings)] == [1]


def test_the_command_says_what_was_decided_and_what_is_next(linked: Linked) -> None:
    home = linked.settings.home
    done = run_hub(home, "link", "merge", linked.code("A"), linked.code("C"), "--by", "lin", "--reason", "同一件事")
    assert "are one case\nnext: `hub build`" in done.stdout
    rows: list[dict[str, Any]] = hub_json(home, "link", "list")
    assert [(row["id"], row["state"]) for row in rows] == [(6, "waiting"), (1, "merged")]
    assert rows[0]["reason"] == "同一件事"
    wrong = run_hub(
        home, "link", "split", linked.code("D"), "--reports", "D", "--by", "l", "--reason", "r", check=False
    )
    assert wrong.returncode == 2
    refused = run_hub(home, "link", "undo", "7", "--by", "lin", "--reason", "r", check=False)
    assert (refused.returncode, "hub link list" in refused.stderr) == (1, True)
    assert "decision 1 (merge, lin: one wall)" in run_hub(home, "trace", linked.code("A")).stdout
