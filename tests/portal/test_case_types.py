"""What disputes are about: types by cases accepted, each number with its rows, in counties and above."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient
from signing_in import leader_of

from operations.settings import Settings
from portal.case_types import SHOWN, compared

SignedIn = Callable[[str], TestClient]


class Table(HTMLParser):
    """The panel of types as rows of cells, and the links in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.links: list[str] = []
        self._in_cell = False
        panel = text.partition('aria-labelledby="h-types"')[2].partition("</section>")[0]
        self.feed(panel.partition("<tbody>")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        elif tag == "a":
            self.links.append(str(dict(attrs)["href"]))
        self._in_cell = self._in_cell or tag in ("td", "th")

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data.strip()


@pytest.mark.parametrize("area", ["33", "3301", "330108"])
def test_the_types_of_a_place_stand_most_first(
    area: str, signed_in: SignedIn, current: duckdb.DuckDBPyConnection
) -> None:
    shown = Table(signed_in("leader").get(f"/?area={area}").text)
    counted = current.execute(
        "SELECT case_type_name, count(*) FROM core.cases WHERE accepted_at IS NOT NULL AND case_type_code IS NOT NULL "
        "AND ($1 = '33' OR starts_with(county_code, $1)) GROUP BY ALL ORDER BY 2 DESC LIMIT $2",
        [area, SHOWN],
    ).fetchall()
    assert [int(row[1].replace(",", "")) for row in shown.rows] == [number for _, number in counted]
    assert {row[0] for row in shown.rows} <= {name for name, in current.execute(
        "SELECT label FROM ref.codes WHERE list = 'case_type'").fetchall()}  # fmt: skip


def test_each_number_opens_its_rows(signed_in: SignedIn) -> None:
    leader = signed_in("leader")
    shown = Table(leader.get("/?area=3301&period=2026-08").text)
    assert len(shown.links) > 20
    numbers = [cell for row in shown.rows for cell in (row[1], *row[4:]) if re.search(r"\d", cell)]
    for number, address in list(zip(numbers, shown.links, strict=True))[::7]:
        lines = list(csv.reader(leader.get(address.replace("/rows?", "/rows.csv?")).iter_lines()))[1:]
        if number.endswith("%"):
            assert f"{100 * sum(line[-1] == '是' for line in lines) / len(lines):.1f}%" == number
        else:
            assert len(lines) == int(number.replace(",", ""))
    assert "案由" in leader.get(shown.links[0]).text.partition("<h1>")[2].partition("</h1>")[0]


def test_a_type_belongs_to_what_is_counted_by_type(signed_in: SignedIn) -> None:
    leader = signed_in("leader")
    assert leader.get("/rows?metric=visits&area=33&case_type=0202").status_code == 404
    assert "0 行" in leader.get("/rows?metric=open_cases&area=33&case_type=0202'%20OR%201=1").text


def test_a_township_has_too_few_cases_of_a_type(signed_in: SignedIn) -> None:
    assert "h-types" not in signed_in("leader").get("/?area=330108001").text


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [(0, 0, "—"), (7, 7, "持平"), (12, 10, "↑ 2 件（20%）"), (3, 9, "↓ 6 件"), (1500, 0, "↑ 1,500 件")],
)
def test_a_share_of_few_cases_is_not_told(now: int, then: int, said: str) -> None:
    assert compared(now, then) == said


def test_a_version_without_types_shows_the_rest(publish: Callable[..., Path], tmp_path: Path) -> None:
    home = Settings(home=tmp_path, memory_limit="256MiB")
    home.prepare()
    folder = publish(home.published)
    for file in ("current", "marts"):
        with duckdb.connect(str(folder / f"{file}.duckdb")) as con:
            con.execute("DROP TABLE mart.types")
            con.execute("ALTER TABLE ref.metrics DROP by_type")
    text = leader_of(home).get("/?area=3301").text
    assert "h-centre" in text
    assert "h-types" not in text
