"""What others count under the same name, and by how much, on one page."""

from __future__ import annotations

import re
from collections.abc import Callable

import duckdb
from fastapi.testclient import TestClient

from portal.definitions import difference
from portal.indicators import Metric
from warehouse import metrics

SignedIn = Callable[[str], TestClient]


def test_the_page_sets_both_numbers_and_their_difference_side_by_side(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection
) -> None:
    text = signed_in("justice").get("/definitions?area=33").text
    row = text.split("法院诉前调解指标说明：撤诉计为成功；司法行政部门不计")[1].split("</tr>")[0]
    shown = re.findall(r'<td class="num nowrap">\s*(.*?)\s*</td>', row)
    ours, theirs, between = current.execute(
        "SELECT value, other_value, difference FROM mart.definition_differences "
        "WHERE area_code = '33' AND period = 'all' AND variant = 'resolution_rate_with_withdrawals'"
    ).fetchall()[0]
    assert between > 0
    assert shown == [f"{100 * ours:.1f}%", f"{100 * theirs:.1f}%", f"{100 * between:+.1f} 百分点"]


def test_a_month_can_be_chosen_and_a_town_cannot(signed_in: SignedIn) -> None:
    assert "2026年7月" in signed_in("leader").get("/definitions?area=330106&period=2026-07").text.split("</h1>")[0]
    answer = signed_in("leader").get("/definitions?area=330106002")
    assert (answer.status_code, "到县（市、区）为止" in answer.text) == (403, True)


def test_a_month_that_has_not_come_is_not_offered(signed_in: SignedIn, current: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT max(period) FROM mart.definition_differences WHERE period <> 'all' AND area_code = '33'"
    assert current.execute(sql).fetchall() == [("2026-10",)], "a limit that falls due later"
    text = signed_in("leader").get("/definitions?area=33").text
    assert "2026年9月" in text
    assert "2026年10月" not in text


def test_an_indicator_says_who_counts_it_otherwise(signed_in: SignedIn) -> None:
    assert "默认好评的系统" in signed_in("leader").get("/metrics/satisfaction_rate").text
    assert "同名异义" not in signed_in("leader").get("/metrics/visits").text.split("</header>")[1]


def test_numbers_of_different_units_are_not_subtracted() -> None:
    rows = {row["name"]: row for row in metrics.reference_rows()}
    fields = Metric.__dataclass_fields__.keys()
    days, cases = (
        Metric(**{k: v for k, v in rows[n].items() if k in fields}) for n in ("mean_working_days", "open_cases")
    )
    assert difference(days, {"unit": "自然日", "difference": None}) == "单位不同，不能相减"
    assert difference(cases, {"unit": "件", "difference": -1200.0}) == "-1,200 件"
    assert difference(cases, {"unit": "件", "difference": None}) == "—"
