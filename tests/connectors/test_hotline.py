"""OAuth 2 client credentials and opaque cursors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from declarations import HOTLINE, declared
from sources import Answer, Hotline, lines

from connectors.base import Connector
from connectors.errors import AuthError, IncompleteDeliveryError, UnreachableError
from schemas.declaration import System
from schemas.delivery import Window

SINCE = Window(datetime(2026, 6, 1, 8), None)


@pytest.fixture
def trial(tmp_path: Path) -> System:
    return declared(tmp_path / "systems", HOTLINE, size=3)


@pytest.fixture
def hotline() -> Hotline:
    return Hotline([{"id": f"W{number}", "at": f"2026-06-{number + 1:02}T08:00:00+08:00"} for number in range(8)])


@pytest.fixture
def connector(trial: System, hotline: Hotline, serve: Callable, connect: Callable) -> Connector:
    serve(hotline)
    opened: Connector = connect(trial, "client", "secret")
    return opened


def read(connector: Connector, trial: System, resume: str | None = None) -> list[dict[str, object]]:
    pages = list(connector.read(trial.datasets["cases"], SINCE, resume, None))
    return [msgspec.json.decode(line) for line in lines(pages)]


def test_the_cursor_of_each_answer_leads_to_the_next(connector: Connector, trial: System, hotline: Hotline) -> None:
    assert read(connector, trial) == hotline.rows
    assert {call["since"] for call in hotline.calls} == {"2026-06-01T08:00:00"}
    assert [call.get("cursor") is None for call in hotline.calls] == [True, False, False]


def test_the_greatest_cursor_value_is_local_time(connector: Connector, trial: System) -> None:
    [page] = connector.read(trial.datasets["cases"], SINCE, None, None)
    assert page.cursor_high == "2026-06-08 08:00:00"
    assert page.declared == 8


def test_a_token_that_ends_between_two_pages_is_fetched_anew(
    connector: Connector, trial: System, hotline: Hotline
) -> None:
    def end_it(number: int, answer: Answer) -> None:
        if number == 1:
            hotline.tokens += 1  # the one handed out is no longer the valid one

    hotline.alter = end_it
    assert read(connector, trial) == hotline.rows


def test_one_token_serves_every_connector(
    connector: Connector, trial: System, hotline: Hotline, connect: Callable
) -> None:
    read(connector, trial)
    read(connect(trial, "client", "secret"), trial)
    assert hotline.tokens == 1


def test_a_refused_client_names_the_variable(
    trial: System, hotline: Hotline, serve: Callable, connect: Callable
) -> None:
    serve(hotline)
    with pytest.raises(AuthError, match="AIRFLOW_CONN_TRIAL") as raised:
        read(connect(trial, "client", "not-the-secret"), trial)
    assert "not-the-secret" not in str(raised.value)


def test_a_connection_without_password_is_named(trial: System, serve: Callable, connect: Callable) -> None:
    with pytest.raises(AuthError, match="no login or password"):
        serve(Hotline([])) and connect(trial, "client", None)


def test_a_source_that_asks_for_too_long_a_pause_fails_now(
    connector: Connector, trial: System, hotline: Hotline
) -> None:
    hotline.alter = lambda number, answer: Answer(status=429, headers={"Retry-After": "3600"})
    with pytest.raises(UnreachableError, match="HTTP 429"):
        read(connector, trial)
    assert len(hotline.calls) == 1


def test_a_last_page_that_comes_too_early_is_a_truncated_delivery(
    connector: Connector, trial: System, hotline: Hotline
) -> None:
    cut = b'{"success":true,"result":{"items":[{"id":"W3"}],"nextCursor":null,"totalCount":8}}'
    hotline.alter = lambda number, answer: Answer(cut) if number == 2 else None
    with pytest.raises(IncompleteDeliveryError, match="after 4 of 8 rows"):
        read(connector, trial)


def test_a_cursor_that_leads_back_is_no_progress(connector: Connector, trial: System, hotline: Hotline) -> None:
    again = b'{"success":true,"result":{"items":[{"id":"W3"}],"nextCursor":"Mw==","totalCount":99}}'
    hotline.alter = lambda number, answer: Answer(again) if number > 1 else None
    with pytest.raises(IncompleteDeliveryError, match="already used"):
        read(connector, trial)


def test_rows_that_change_meanwhile_come_twice_and_nothing_is_declared(
    connector: Connector, trial: System, hotline: Hotline
) -> None:
    def change(number: int, answer: Answer) -> Answer:
        if number == 1:
            hotline.rows = [*hotline.rows, hotline.rows[0]]
        return Answer(answer.body.replace(b'"totalCount": 9', b'"totalCount": 8'))

    hotline.alter = change
    pages = list(connector.read(trial.datasets["cases"], SINCE, None, None))
    assert sum(page.rows for page in pages) == 9
    assert pages[-1].declared is None
