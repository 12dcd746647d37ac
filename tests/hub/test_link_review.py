"""`hub link review`: what may be one dispute is shown with what speaks for it, until a person has said so or not."""

from __future__ import annotations

import pytest
from court import SYSTEM
from homes import hub_json, run_hub
from linked_court import Linked, report

from hub import link_review, linking
from hub.link_review import Pair, review
from hub.linking import LinkError

ONE = {"sqrzjhm": "330108198001010016"}
OTHER = {"sqrzjhm": "330522196503072348"}
PHONE = {"sqrlxdh": "13957100141", "jddm": "330108001"}


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Linked:
    """Two people who come again after six weeks, which no rule joins; and one telephone in two towns."""
    return Linked(
        tmp_path_factory.mktemp("review") / "home",
        report("A", "2024-04-10", **ONE), report("B", "2024-05-25", **ONE),
        report("C", "2024-04-11", **OTHER, ay="9130"), report("D", "2024-05-30", **OTHER, bsqr="别的公司"),
        report("E", "2024-06-01", **PHONE, sqr="某甲"), report("F", "2024-06-05", **PHONE | {"jddm": "330108002"}),
        report("G", "2024-06-01"), report("H", "2024-06-02"),
    )  # fmt: skip


def keys(pair: Pair) -> str:
    return "".join(sorted(source_id for _, source_id in pair.reports))


def listed(linked: Linked) -> dict[str, Pair]:
    return {keys(pair): pair for pair in review(linked.settings)}


def test_a_pair_says_what_speaks_for_it_and_what_decides(linked: Linked) -> None:
    found = review(linked.settings)
    assert keys(found[0]) == "AB"
    assert [pair.score for pair in found] == sorted((pair.score for pair in found), reverse=True)
    first = found[0]
    assert first.codes == (linked.code("A"), linked.code("B"))
    assert (first.reports, first.days) == (((SYSTEM, "A"), (SYSTEM, "B")), 45)
    assert dict(first.evidence) == {
        "same ID number of the applicant": 35, "same name of the applicant": 5, "same opponent": 25, "same type": 10,
        "same town": 10,
    }  # fmt: skip
    assert first.score == sum(points for _, points in first.evidence)
    assert "other ID numbers" not in str(found)
    assert not {"G", "H"} & set("".join(map(keys, found))), "a name and a county are no reason to look"


def test_what_speaks_against_a_pair_takes_points(linked: Linked) -> None:
    pair = listed(linked)["EF"]
    assert dict(pair.evidence) == {
        "same telephone of the applicant": 25, "same opponent": 25, "same type": 10, "same county": 5,
        "within a week": 10,
    }  # fmt: skip


def test_the_commands_decide_and_what_is_decided_leaves_the_list(linked: Linked) -> None:
    home = linked.settings.home
    before = listed(linked)
    assert {"AB", "CD", "EF"} <= before.keys()
    for command in (before["AB"].one_case, before["EF"].two_cases):
        words = command.removeprefix("hub ").replace("NAME", "lin").replace("WHY", "looked").split()
        assert "next: `hub build`" in run_hub(home, *words).stdout
    assert listed(linked).keys() == before.keys() - {"AB", "EF"}, "before the build too"
    linked.build()
    assert listed(linked).keys() == before.keys() - {"AB", "EF"}
    assert linked.code("A") == linked.code("B")
    assert linked.code("E") != linked.code("F")
    assert sorted(linked.states().values()) == ["merged", "nothing"]


def test_what_is_apart_stays_apart_against_every_rule(linked: Linked) -> None:
    linked.court.deliver(report("E", "2024-06-01", **OTHER, gxsj="2024-06-20 10:00:01"))
    linked.court.deliver(report("F", "2024-06-05", **OTHER, gxsj="2024-06-20 10:00:01"))
    linked.build()
    assert linked.code("E") != linked.code("F")
    assert "EF" not in listed(linked)
    with pytest.raises(LinkError, match=r"decision \d+ \(split, lin, .*: looked\) keeps them apart already"):
        linking.apart(linked.settings, linked.code("F"), linked.code("E"), "lin", "again")
    with pytest.raises(LinkError, match=r"are one case: .* `hub link split` parts it"):
        linking.apart(linked.settings, linked.code("A"), linked.code("B"), "lin", "why")


def test_what_is_withdrawn_is_looked_at_again(linked: Linked) -> None:
    home = linked.settings.home
    decided = next(row["id"] for row in linking.listing(linked.settings) if row["verdict"] == "split")
    linked.undo(decided)
    assert "EF" in listed(linked)
    shown = hub_json(home, "link", "review", "--limit", "1")
    assert [one["score"] for one in shown] == [review(linked.settings)[0].score]
    assert shown[0]["one_case"].startswith(f"hub link merge {' '.join(shown[0]['codes'])}")
    text = run_hub(home, "link", "review").stdout
    assert f"{len(review(linked.settings))} pairs to look at" in text
    assert "330522196503072348" not in text


def test_the_pairs_of_a_version_are_looked_for_once(linked: Linked) -> None:
    review(linked.settings)
    looked = link_review._candidates.cache_info().misses
    shown = review(linked.settings)
    assert link_review._candidates.cache_info().misses == looked
    link_review.put_off(linked.settings, *shown[0].codes, "lin", "next week")
    assert review(linked.settings)[0].put_off is not None, "what was decided meanwhile counts at once"
    assert link_review._candidates.cache_info().misses == looked
    linked.build()
    review(linked.settings)
    assert link_review._candidates.cache_info().misses == looked + 1, "a new version is looked through again"
