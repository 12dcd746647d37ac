"""The refused rows on the quality page: each names its field and where it comes from, as far as that is known."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from signing_in import leader_of

from operations.settings import Settings


@pytest.fixture
def shown(tmp_path: Path, publish: Callable[..., Path]) -> Callable[[str], list[str]]:
    """The cells of the first refused row on the page, after `change` (SQL) was made to all of them."""
    home = Settings(home=tmp_path, memory_limit="256MiB")
    home.prepare()
    publish(home.published, cases=60)

    def cells(change: str) -> list[str]:
        with duckdb.connect(str(home.published / "latest" / "current.duckdb")) as connection:
            connection.execute(f"UPDATE ops.open_rejections SET {change}")
        panel = leader_of(home).get("/quality").text.split('id="rejected"')[1].split("</section>")[0]
        row = panel.split("<tbody>")[1].split("</tr>")[0]
        return [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
        ]

    return cells


def test_a_field_has_its_shared_title_and_its_name_at_the_source(shown: Callable[[str], list[str]]) -> None:
    assert shown("fields = ['applicant_id_no']")[3] == "公民身份 appl", "as the made-up declaration shortens both"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("['grid_code', 'grid_code', '', NULL, 'risk_level']", "grid_code、risk_level"),
        ("[]", "—"),
        ("[NULL]", "—"),
    ],
)
def test_a_field_that_comes_from_nowhere_has_our_name(
    shown: Callable[[str], list[str]], fields: str, told: str
) -> None:
    assert shown(f"fields = {fields}")[3] == told


def test_a_row_says_where_it_comes_from(shown: Callable[[str], list[str]]) -> None:
    assert shown("file = '数据表 T_CASE'")[4].startswith("数据表 T_CASE ")
