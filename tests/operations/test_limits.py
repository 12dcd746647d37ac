"""Processes share one rate, and one of them renews a token for all."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from operations.limits import Limiter, Secrets
from operations.settings import Settings
from operations.store import Store
from operations.tables import secrets

InProcesses = Callable[..., list[Any]]


@pytest.mark.parametrize(("rate", "each"), [(20, 5), (100, 30)])
def test_processes_together_keep_the_rate(rate: int, each: int, settings: Settings, in_processes: InProcesses) -> None:
    """At 100 a second each of the three books up to ten turns at a time."""
    Store(settings).migrate()

    def turns(_: int) -> list[float]:
        limiter = Limiter(Store(settings))
        taken = []
        for _ in range(each):
            limiter.wait("court_odr", rate)
            taken.append(time.time())
        return taken

    began = time.time()
    taken = sorted(at for own in in_processes(3, turns) for at in own)
    assert taken[-1] - began > (3 * each - 1) / rate
    tenths = [sum(start <= at < start + 0.1 for at in taken) for start in taken]
    assert max(tenths) <= rate / 10 + 2, "the turns of a tenth of a second, and what a sleep may shift"


def test_a_process_that_keeps_asking_books_several_turns_at_a_time(store: Store) -> None:
    store.migrate()
    booked: list[object] = []
    event.listen(store.engine, "commit", booked.append)
    limiter = Limiter(store)
    began = time.monotonic()
    for _ in range(60):
        limiter.wait("court_odr", 200)
    assert time.monotonic() - began > 59 * 0.005
    assert len(booked) <= 10, "each is a write to the disk"


def test_processes_that_start_together_do_not_share_the_first_turn(
    settings: Settings, in_processes: InProcesses
) -> None:
    Store(settings).migrate()
    began = time.time()
    in_processes(4, lambda _: Limiter(Store(settings)).wait("court_odr", 5))
    assert time.time() - began > 3 * 0.2


def test_scopes_do_not_wait_for_each_other(store: Store) -> None:
    limiter = Limiter(store)
    limiter.wait("court_odr", 0.01)
    began = time.monotonic()
    limiter.wait("petition_hotline", 0.01)
    assert time.monotonic() - began < 5


def test_time_that_passed_unused_gives_no_burst(store: Store) -> None:
    limiter = Limiter(store)
    limiter.wait("court_odr", 10)
    time.sleep(0.3)
    began = time.monotonic()
    for _ in range(3):
        limiter.wait("court_odr", 10)
    assert time.monotonic() - began > 0.19


def test_turns_that_were_booked_and_let_pass_give_no_burst(store: Store) -> None:
    limiter = Limiter(store)
    for _ in range(12):
        limiter.wait("court_odr", 50)
    time.sleep(0.05)
    began = time.monotonic()
    for _ in range(6):
        limiter.wait("court_odr", 50)
    assert time.monotonic() - began > 5 * 0.02


def test_a_rate_must_be_positive(store: Store) -> None:
    with pytest.raises(ValueError, match="court_odr"):
        Limiter(store).wait("court_odr", 0)


def test_one_process_renews_and_the_others_take_its_value(
    settings: Settings, in_processes: InProcesses, tmp_path: Path
) -> None:
    Secrets(Store(settings)).renew("court_odr", lambda _: {"token": "old"})
    calls = tmp_path / "calls"

    def ask(current: dict[str, Any] | None) -> dict[str, Any]:
        with calls.open("a") as file:
            file.write("asked\n")
        time.sleep(0.3)
        assert current == {"token": "old"}
        return {"token": "new"}

    def renew(_: int) -> dict[str, Any]:
        held = Secrets(Store(settings))
        return held.renew("court_odr", ask, stale={"token": "old"})

    assert in_processes(5, renew) == [{"token": "new"}] * 5
    assert calls.read_text() == "asked\n"


def test_threads_that_renew_at_once_without_a_stale_value_renew_once(store: Store) -> None:
    held = Secrets(store)
    asked = []

    def ask(_: dict[str, Any] | None) -> dict[str, Any]:
        asked.append(1)
        time.sleep(0.5)
        return {"token": "new"}

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda _: held.renew("court_odr", ask), range(4))) == [{"token": "new"}] * 4
    assert len(asked) == 1


def test_a_stale_value_that_was_replaced_already_asks_nobody(store: Store) -> None:
    held = Secrets(store)
    held.renew("court_odr", lambda _: {"token": "new"})

    def never(_: dict[str, Any] | None) -> dict[str, Any]:
        raise AssertionError

    assert held.renew("court_odr", never, stale={"token": "old"}) == {"token": "new"}


def test_a_renewal_that_fails_keeps_the_value_and_frees_the_next(store: Store) -> None:
    held = Secrets(store)
    held.renew("court_odr", lambda _: {"token": "old"})

    def refused(_: dict[str, Any] | None) -> dict[str, Any]:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        held.renew("court_odr", refused)
    assert held.get("court_odr") == {"token": "old"}
    assert held.renew("court_odr", lambda current: {"token": f"after {current}"})["token"].startswith("after")


def test_a_secret_is_not_readable_in_the_database(store: Store) -> None:
    Secrets(store).renew("court_odr", lambda _: {"token": "hunter2"})
    with store.read() as connection:
        assert b"hunter2" not in connection.scalars(select(secrets.c.sealed)).one()


def test_a_secret_whose_key_is_lost_is_asked_for_again(store: Store) -> None:
    held = Secrets(store)
    held.renew("court_odr", lambda _: {"token": "old"})
    (store.settings.keys / "secrets").unlink()
    assert held.get("court_odr") is None
    assert held.renew("court_odr", lambda current: {"token": "new", "was": current}) == {
        "token": "new",
        "was": None,
    }
    assert held.get("court_odr") == {"token": "new", "was": None}
