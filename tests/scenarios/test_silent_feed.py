"""A department answers every read well and sends nothing: its feed is late, the figures have not fallen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from homes import SIX, hub_json, run_hub
from signing_in import PASSWORD, sign_in

from hub import published
from operations import users
from operations.settings import Settings
from operations.store import Store
from portal.app import create_app

COURT, TITLE = "court_odr", "在线矛盾纠纷多元化解平台"
SUNDAY, TUESDAY, LAST = date(2026, 6, 28), date(2026, 6, 30), date(2026, 7, 11)
Row = dict[str, Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Read well on Sunday; from then on the court's gateway has no rows for anybody, on any read of two weeks."""
    made = tmp_path_factory.mktemp("silent")
    run_hub(made, "sandbox", "up", "--cases", "1000", "--today", str(SUNDAY))
    run_hub(made, "sync", COURT)
    run_hub(made, "sandbox", "fault", COURT, "empty_delivery", "--times", "999")
    for days in (2, 1, 10):  # to Tuesday, Wednesday and the last Saturday
        run_hub(made, "sandbox", "tick", "--days", str(days))
        if days < 10:
            assert {one["landed"] for one in hub_json(made, "sync", COURT)} == {0}
    hub_json(made, "run", *SIX)
    yield made
    run_hub(made, "sandbox", "down", check=False)


def rows(home: Path, query: str) -> list[Row]:
    with published.current(Settings(home=home)) as connection:
        return published.rows(connection, query)


@pytest.fixture(scope="module")
def page(home: Path) -> Iterator[TestClient]:
    """The portal, with a leader of the province signed in."""
    settings = Settings(home=home)
    users.create(Store(settings), "leader", PASSWORD, "province", None)
    with TestClient(create_app(settings)) as client:
        sign_in(client)
        yield client


def test_every_read_went_well_and_every_row_is_accounted_for(home: Path) -> None:
    lines = hub_json(home, "ledger", "--system", COURT)
    assert {line["balance"] for line in lines} == {0}
    tries = rows(
        home, f"SELECT sum(attempts) AS tries, sum(failed) AS failed FROM ops.attempts WHERE system = '{COURT}'"
    )
    assert tries == [{"tries": len(lines), "failed": 0}]


def test_the_feed_is_late_by_its_newest_record_and_not_by_its_reads(home: Path) -> None:
    [feed] = rows(home, f"SELECT * FROM mart.trust WHERE system = '{COURT}' AND dataset = 'pre_suit_cases'")
    assert (feed["freshness_state"], feed["last_landed_at"].date()) == ("failed", LAST)
    assert feed["newest_source_at"] < datetime(2026, 6, 29)
    found = {row["rule_id"] for row in rows(home, _issues("pre_suit_cases"))}
    assert found >= {"freshness_failed"}
    assert "reads_failing" not in found


def test_days_without_any_rows_are_not_normal(home: Path) -> None:
    [issue] = [row for row in rows(home, _issues("pre_suit_steps")) if row["rule_id"] == "volume_zero"]
    assert issue["since"].date() <= TUESDAY
    assert issue["observed"].endswith(f"{LAST - timedelta(days=1)} 都是 0 行")
    assert (issue["responsibility"], issue["severity"]) == ("department", "critical")


def test_the_engineer_sees_it_first_of_all(home: Path) -> None:
    told = run_hub(home, "doctor", "--json", check=False).stdout
    assert f"{COURT}.pre_suit_cases" in told
    assert "数据中断" in told
    assert "数据量为零" in told


def test_the_pages_show_the_system_as_late_and_not_the_figures_as_fallen(page: TestClient) -> None:
    text = page.get("/?area=33&period=2026-07").text
    strip = text.split("迟到系统")[1].split("</aside>")[0]
    assert TITLE in strip
    assert "数据量为零" in strip
    assert f"{TITLE}</b>的数据只到 2026-06-2" in text, "beside the figures, which are not whole after that"
    assert "此后的件数不全，减少不等于真的下降" in text
    cards = re.findall(r'href="/metrics/(\w+)".*?<p class="change \w+">(.*?)</p>', text, re.DOTALL)
    said = {metric: re.sub(r"<[^>]+>", "", change).strip() for metric, change in cards}
    for metric in ("cases_accepted", "on_time_rate", "resolution_rate", "mean_working_days"):
        assert said[metric] == "数据未到齐，不作环比", metric
    assert said["satisfaction_rate"].startswith("环比"), "all evaluations come from the hotline, which is in time"
    assert text.count("环比变差") == said["satisfaction_rate"].startswith("环比变差")
    assert f'{TITLE}<span class="sub">办理环节</span>' in page.get("/quality").text


def _issues(dataset: str) -> str:
    return f"SELECT * FROM ({published.DATASET_ISSUES}) WHERE system = '{COURT}' AND dataset = '{dataset}'"
