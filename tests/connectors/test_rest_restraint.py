"""What keeps a source from being asked too often: rate, Retry-After, quota of the day, circuit breaker."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import date
from email.utils import formatdate
from pathlib import Path

import pytest
import requests
from register import Register, row
from sources import Answer, lines
from sqlalchemy import update

from connectors.errors import ProtocolError, RestraintError, UnreachableError
from connectors.rest.sending import retry_after
from operations.store import Store
from operations.tables import breakers, quotas
from schemas.declaration import System, read_system
from schemas.delivery import Page, Window

TRIAL = Path(__file__).parent / "trials" / "rest_guarded.yml"
ALL = Window(None, None)


@pytest.fixture
def trial() -> System:
    return read_system(TRIAL)


@pytest.fixture
def register() -> Register:
    return Register([row(number) for number in range(7)])  # three pages


@pytest.fixture
def fetch(trial: System, register: Register, serve: Callable, connect: Callable) -> Callable[[], list[Page]]:
    serve(register)
    connector = connect(trial)
    return lambda: list(connector.read(trial.datasets["cases"], ALL, None, None))


def test_the_quota_of_a_day_holds_for_all_and_names_when_it_is_over(
    fetch: Callable, register: Register, trial: System, connect: Callable, store: Store
) -> None:
    fetch()
    second = connect(trial)
    assert len(lines(list(second.read(trial.datasets["cases"], ALL, None, None)))) == 7
    with pytest.raises(RestraintError, match=r"the quota of 6 requests a day is used up until \d{4}-\d\d-\d\d 00:00"):
        fetch()
    assert len(register.calls) == 6
    with store.write() as connection:
        connection.execute(update(quotas).values(day=date(2026, 1, 1)))
    assert len(lines(fetch())) == 7


def test_two_systems_at_one_host_share_its_rate(
    register: Register, serve: Callable, connect: Callable, tmp_path: Path
) -> None:
    serve(register)
    slow = TRIAL.read_text(encoding="utf-8").replace("1000/s", "20/s")
    began = time.monotonic()
    for name in ("one", "other"):
        (tmp_path / f"{name}.yml").write_text(slow, encoding="utf-8")
        system = read_system(tmp_path / f"{name}.yml")
        list(connect(system).read(system.datasets["cases"], ALL, None, None))
    assert time.monotonic() - began > 5 * 0.05  # six requests have five pauses of 50 ms


def test_the_breaker_opens_after_failures_in_a_row_and_closes_by_one_trial(
    fetch: Callable, register: Register, store: Store
) -> None:
    register.alter = lambda number, answer: Answer(status=503) if number <= 3 else None
    for _ in range(3):
        with pytest.raises(UnreachableError, match="HTTP 503"):
            fetch()
    with pytest.raises(RestraintError, match=r"3 attempts in a row failed .*the last: HTTP 503.* before \d{4}-"):
        fetch()
    assert len(register.calls) == 3
    with store.write() as connection:
        connection.execute(update(breakers).values(open_until=time.time() - 1))
    assert len(lines(fetch())) == 7


def test_a_status_that_is_not_tried_again_counts_too(fetch: Callable, register: Register) -> None:
    register.alter = lambda number, answer: Answer(status=502)
    for _ in range(3):
        with pytest.raises(ProtocolError, match="HTTP 502"):
            fetch()
    with pytest.raises(RestraintError, match="HTTP 502"):
        fetch()


def test_no_answer_counts_too(
    fetch: Callable, register: Register, trial: System, connect: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TRIAL_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        connector = connect(trial)
        for expected in (UnreachableError, UnreachableError, UnreachableError, RestraintError):
            with pytest.raises(expected, match="no connection"):
                list(connector.read(trial.datasets["cases"], ALL, None, None))


def test_a_busy_source_is_not_a_broken_one(fetch: Callable, register: Register) -> None:
    register.alter = lambda number, answer: Answer(status=429)
    for _ in range(5):
        with pytest.raises(UnreachableError, match="HTTP 429"):
            fetch()


def test_success_between_failures_keeps_it_closed(fetch: Callable, register: Register) -> None:
    register.alter = lambda number, answer: Answer(status=500) if number % 2 else None
    for _ in range(3):
        with pytest.raises(UnreachableError):
            fetch()
    assert len(register.calls) > 3


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("7", 7, 7), (formatdate(time.time() + 30, usegmt=True), 0, 31), (formatdate(0, usegmt=True), 0, 0)],
    ids=["seconds", "a coming moment", "a moment long gone"],
)
def test_retry_after_is_seconds_or_a_date(text: str, least: float, most: float) -> None:
    response = requests.Response()
    response.headers["Retry-After"] = text
    pause = retry_after(response)
    assert pause is not None
    assert least <= pause <= most


@pytest.mark.parametrize("text", ["", "soon", "-1", "٣"])
def test_a_retry_after_that_cannot_be_read_is_none(text: str) -> None:
    response = requests.Response()
    response.headers["Retry-After"] = text
    assert retry_after(response) is None
