"""What may be handed on shows no small number of a small place, to nobody."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

import duckdb
import pytest
from fastapi.testclient import TestClient

SignedIn = Callable[[str], TestClient]
TOWN = "330108001"


@pytest.mark.parametrize("login", ["leader", "binjiang", "justice"])
def test_small_numbers_of_towns_are_not_listed(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection, login: str
) -> None:
    text = signed_in(login).get("/released?area=330106").text
    assert "不列" in text
    assert "任何一个数或两数之差为 1 至 4 件的" in text
    table = text.split('id="h-below"')[1].split("</table>")[0]
    counts = re.findall(r'<td class="num">([\d,]+)</td>', table)
    assert not [count for count in counts if 0 < int(count.replace(",", "")) < 5]
    small = "SELECT count(*) FROM mart.centre WHERE metric = 'cases_accepted' AND period = 'all' AND parent_code = '330106' AND value BETWEEN 1 AND 4"  # noqa: E501
    assert current.execute(small).fetchall()[0][0] > 0


def test_the_file_says_what_the_page_says(signed_in: SignedIn, current: duckdb.DuckDBPyConnection) -> None:
    lines = list(csv.DictReader(signed_in("justice").get(f"/released.csv?area={TOWN}").iter_lines()))
    rows = current.execute(
        "SELECT place_code, is_withheld, value FROM mart.released WHERE period = 'all' AND metric = 'cases_accepted' "
        "AND (place_code = ? OR parent_code = ?) ORDER BY length(place_code), place_code", [TOWN, TOWN]
    ).fetchall()  # fmt: skip
    accepted = [line for line in lines if line["指标"] == "受理案件"]
    assert [line["\ufeff地方代码"] for line in accepted] == [code for code, _, _ in rows]
    assert [line["值"] for line in accepted] == ["不列" if hidden else str(value) for _, hidden, value in rows]


def test_a_place_that_is_none_is_refused(signed_in: SignedIn) -> None:
    answer = signed_in("leader").get("/released?area=999999")
    assert (answer.status_code, "没有找到这个地方" in answer.text) == (403, True)
