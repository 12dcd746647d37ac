"""What an unknown code may mean: the right shared code stands first, and the reason says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.suggestions import Likeness, Meaning, Suggestion, by_history, by_rows, by_text, is_text, suggest

LABELS = {
    "0601": "消费及服务合同纠纷",
    "0701": "劳动合同、劳务派遣争议",
    "0702": "社会保险争议",
    "0804": "借贷及担保纠纷",
}
KNOWN = [Meaning(label, code, "code list case_type") for code, label in LABELS.items()]


def test_the_same_text_elsewhere_is_the_best_evidence() -> None:
    known = [*KNOWN, Meaning("拖欠工资", "0701", "union_rights_case_type")]
    [first, *_] = suggest(LABELS, by_text(["拖欠工资"], known))
    assert first == Suggestion("0701", LABELS["0701"], 0.95, "the same text in union_rights_case_type")


@pytest.mark.parametrize(
    ("text", "code"),
    [("劳动争议", "0701"), ("民间借贷纠纷", "0804"), ("保险_社会保险_社会保险缴费", "0702"), ("服务消费", "0601")],
)
def test_a_text_is_compared_by_what_is_rare_in_it(text: str, code: str) -> None:
    assert suggest(LABELS, by_text([text], KNOWN))[0].to_code == code


def test_a_denial_is_not_like_what_it_denies() -> None:
    likeness = Likeness(["调解成功", "未达成协议", "终止"])
    assert likeness.of("达成协议", "未达成协议") < likeness.of("达成协议", "双方达成协议")


def test_a_bare_number_says_nothing_and_a_short_code_little() -> None:
    known = [Meaning("SF", "03", "court_odr_resolve_way"), Meaning("12", "02", "peoples_mediation_resolve_way")]
    labels = {"02": "行政调解", "03": "司法调解"}
    assert suggest(labels, by_text(["12"], known)) == []
    assert [(one.to_code, one.score) for one in suggest(labels, by_text(["SF"], known))] == [("03", 0.5)]
    assert [is_text(code) for code in ("SETTLED", "已受理", "SF", "9130")] == [True, True, False, False]


def test_what_the_records_had_before_speaks_for_a_renamed_code() -> None:
    [first] = suggest(LABELS, by_history({"0701": 37}))
    assert (first.to_code, first.reason) == ("0701", "37 of 37 records had it before")
    assert first.score > 0.9
    assert suggest(LABELS, by_history({"0701": 1}))[0].score < 0.5, "one record may have been recoded on purpose"


def test_rows_that_read_like_mapped_rows_speak_for_their_code() -> None:
    mapped = {"0701": ["工资未发放", "拖欠工资三个月"], "0804": ["借款不还", "借款利息"], "0601": ["退款", "退货退款"]}
    [first, *_] = suggest(LABELS, by_rows(["拖欠工资", "工资被扣"], mapped))
    assert first.to_code == "0701"


def test_rows_that_all_read_alike_speak_for_no_code() -> None:
    same = ["关于合同问题的诉求", "关于邻里问题的诉求"]
    assert suggest(LABELS, by_rows(same, {"0701": same, "0804": same, "0601": same})) == []


def test_kinds_of_evidence_add_up_and_only_codes_that_may_be_meant_are_suggested() -> None:
    text, history = by_text(["劳动合同"], KNOWN), by_history({"0701": 5, "9999": 5})
    [first, *_] = both = suggest(LABELS, text, history)
    assert first.score > max(suggest(LABELS, text)[0].score, suggest(LABELS, history)[0].score)
    assert "; " in first.reason
    assert {one.to_code for one in both} <= LABELS.keys()


@given(st.lists(st.text("劳动合同不未ab1", max_size=6), min_size=1, max_size=6), st.text("劳动合同不未ab1", max_size=6))
def test_likeness_is_a_share_and_the_same_both_ways(corpus: list[str], other: str) -> None:
    likeness = Likeness(corpus)
    one = corpus[0]
    assert 0 <= likeness.of(one, other) <= 1
    assert likeness.of(one, one) == 1
    assert likeness.of(one, other) == pytest.approx(likeness.of(other, one))
