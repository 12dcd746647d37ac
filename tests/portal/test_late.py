"""What late feeds take from a governance view: a note each, and the comparisons that they could make other ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient
from signing_in import leader_of

from operations.settings import Settings

SignedIn = Callable[[str], TestClient]
WITHHELD = "数据未到齐，不作环比"
MONTH = "/?area=33&period=2026-09"  # of which medical_disputes is missing what came after the 14th


def test_figures_that_a_late_system_feeds_say_so_and_are_not_compared(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection
) -> None:
    (share,) = current.execute(
        "SELECT avg((system = 'medical_disputes')::INT) FROM core.case_reports WHERE county_code = '330108' "
        "AND reported_at >= TIMESTAMP '2025-09-15 08:00'"
    ).fetchall()[0]
    text = signed_in("binjiang").get("/?area=330108").text
    assert f"的数据只到 2026-09-14 05:00（占本地近一年来件 {100 * share:.1f}%）：此后的件数不全" in text
    assert "在线矛盾纠纷多元化解平台</b>的数据只到" not in text, "it is in time"
    assert "数据未到齐" not in text, "the last full month is whole"
    assert "数据未到齐，不作环比" in signed_in("binjiang").get("/?area=330108&period=2026-09").text


@pytest.fixture
def home(tmp_path: Path, publish: Callable[..., Path]) -> Settings:
    """Only medical_disputes is late, and five reports of the province are all that it has."""
    made = Settings(home=tmp_path, memory_limit="256MiB")
    made.prepare()
    publish(made.published, cases=1500)
    change(made, "marts", "UPDATE mart.trust SET freshness_state = 'ok' WHERE system <> 'medical_disputes'")
    rows = "SELECT source_id FROM core.case_reports WHERE system = 'medical_disputes' ORDER BY reported_at DESC LIMIT 5"
    for table in ("case_reports", "evaluations", "visits"):
        key = "source_id" if table == "case_reports" else "report_source_id"
        change(
            made,
            "current",
            f"UPDATE core.{table} SET system = 'court_odr' WHERE system = 'medical_disputes' AND {key} NOT IN ({rows})",
        )
    return made


def change(home: Settings, file: str, statement: str) -> None:
    with duckdb.connect(str(home.published / "latest" / f"{file}.duckdb")) as connection:
        connection.execute(statement)


def leader_page(home: Settings, path: str) -> str:
    return str(leader_of(home).get(path).text)


def changes(text: str) -> dict[str, str]:
    """Each card's metric -> what it says of the month before."""
    cards = re.findall(r'href="/metrics/(\w+)".*?<p class="change \w+">(.*?)</p>', text, re.DOTALL)
    return {metric: re.sub(r"<[^>]+>", "", said).strip() for metric, said in cards}


def test_a_small_late_system_is_named_and_takes_no_comparison(home: Settings) -> None:
    text = leader_page(home, MONTH)
    assert re.search(r"医疗纠纷与人民调解报告</b>的数据只到 2026-09-14 05:00（占本地近一年来件 0\.[1-9]%）", text)
    said = changes(text)
    assert all(said[metric].startswith("环比") for metric in ("resolution_rate", "mean_working_days")), said
    assert WITHHELD not in text
    assert "迟到数据合计占该指标近一年来源不足 1%、且少于环比变化幅度的，照作环比；其余不作" in text


def test_a_change_as_small_as_what_is_missing_is_none(home: Settings) -> None:
    change(
        home,
        "marts",
        "UPDATE mart.centre SET value = (SELECT value + 0.001 FROM mart.centre WHERE area_code = '33' AND "
        "metric = 'resolution_rate' AND period = '2026-08') "
        "WHERE area_code = '33' AND metric = 'resolution_rate' AND period = '2026-09'",
    )
    said = changes(leader_page(home, MONTH))
    assert said["resolution_rate"] == WITHHELD
    assert said["mean_working_days"].startswith("环比")


def test_a_late_feed_of_evaluations_takes_the_comparison_of_satisfaction_alone(home: Settings) -> None:
    change(
        home,
        "marts",
        "INSERT INTO mart.trust SELECT * REPLACE ('replies' AS dataset, 'evaluations' AS contract, 'late' AS "
        "freshness_state) FROM mart.trust WHERE system = 'petition_hotline'",
    )
    text = leader_page(home, MONTH)
    assert re.search(r"投诉举报平台</b>的数据只到 .{16}（占本地近一年评价 [\d.]+%）：此后的评价数不全", text)
    said = changes(text)
    assert said["satisfaction_rate"] == WITHHELD
    assert said["resolution_rate"].startswith("环比")
