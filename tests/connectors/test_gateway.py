"""The Zhejiang gateway: signing, rotating secrets, errors within HTTP 200, pages read ahead."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from declarations import GATEWAY, declared
from previewed import previewed
from sources import AS_OF, Answer, Gateway, lines, row

from connectors.base import Connector
from connectors.errors import AuthError, IncompleteDeliveryError, ProtocolError, UnreachableError
from connectors.rest.gateway import gateway_sign
from operations.store import Store
from schemas.declaration import System
from schemas.delivery import Page, Window

EVERYTHING = Window(None, None)


def read(connector: Connector, system: System, window: Window = EVERYTHING, resume: str | None = None) -> list[Page]:
    return list(connector.read(system.datasets["cases"], window, resume, None))


@pytest.fixture
def trial(tmp_path: Path) -> System:
    return declared(tmp_path / "systems", GATEWAY, attempts=3, in_flight=3, size=4)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway([row(number) for number in range(22)])


@pytest.fixture
def connector(trial: System, gateway: Gateway, serve: Callable, connect: Callable) -> Connector:
    serve(gateway)
    opened: Connector = connect(trial, gateway.app_key, gateway.app_secret)
    return opened


def test_the_signature_is_md5_over_key_secret_and_time() -> None:
    signature = gateway_sign("A330000100000000000000000001", "0123456789abcdef0123456789abcdef", 1700000000000)
    assert signature == "0767a494285ad580ab4320acc703c978"


def test_every_row_arrives_once_in_order_and_is_declared(connector: Connector, trial: System, gateway: Gateway) -> None:
    pages = read(connector, trial)
    assert lines(pages) == gateway.rows
    assert pages[-1].declared == 22
    assert gateway.renewals == 1


def test_the_statutory_reason_goes_with_every_call(connector: Connector, trial: System, gateway: Gateway) -> None:
    read(connector, trial)
    assert {call["additional"] for call in gateway.calls} == {'{"powerMatters": "许可-1"}'}


def test_rows_that_change_while_they_are_read_come_in_a_second_span(
    connector: Connector, trial: System, gateway: Gateway
) -> None:
    """Numbered pages stand still only below an upper bound; what is dated at or after it is read after them."""
    gateway.rows += [row(90, "2026-06-30 20:00:00"), row(91, "9999-12-31 23:59:59")]
    pages = read(connector, trial, Window(datetime(2026, 6, 1), None))
    assert lines(pages) == gateway.rows
    assert pages[-1].declared == 24
    bounds = {(call["startTime"], call.get("endTime")) for call in gateway.calls}
    assert bounds == {("2026-06-01 00:00:00", f"{AS_OF}"), (f"{AS_OF}", None)}
    assert max(page.cursor_high or "" for page in pages) == "9999-12-31 23:59:59"


def test_a_secret_that_ends_between_two_pages_is_renewed_and_the_page_read_again(
    connector: Connector, trial: System, gateway: Gateway
) -> None:
    def end_it(number: int, answer: Answer) -> None:
        if number == 2:
            gateway.expire()

    gateway.alter = end_it
    assert lines(read(connector, trial)) == gateway.rows


def test_a_secret_is_renewed_before_it_ends(connector: Connector, trial: System, gateway: Gateway) -> None:
    gateway.life = 2.0
    read(connector, trial)
    time.sleep(1.1)
    read(connector, trial)
    assert gateway.renewals == 2
    assert gateway.refusals == 0


def test_processes_share_one_secret(trial: System, gateway: Gateway, connector: Connector, connect: Callable) -> None:
    read(connector, trial)
    read(connect(trial, gateway.app_key, gateway.app_secret), trial)
    assert gateway.renewals == 1


def test_a_gateway_whose_clock_is_an_hour_off_is_signed_for_by_its_clock(
    connector: Connector, trial: System, gateway: Gateway
) -> None:
    gateway.clock = lambda: time.time() + 3600
    assert lines(read(connector, trial)) == gateway.rows


def test_wrong_credentials_name_the_variable_to_correct_and_no_secret(
    trial: System, gateway: Gateway, serve: Callable, connect: Callable
) -> None:
    url = serve(gateway)
    with pytest.raises(AuthError) as raised:
        read(connect(trial, gateway.app_key, "a-wrong-secret"), trial)
    assert "AIRFLOW_CONN_TRIAL" in str(raised.value)
    assert url in str(raised.value)
    assert "a-wrong-secret" not in str(raised.value)


def test_an_unreachable_host_is_tried_again_and_then_named(
    trial: System, connect: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TRIAL_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(UnreachableError) as raised:
            read(connect(trial, "key", "secret"), trial)
    assert raised.value.retryable
    assert "trial at http://127.0.0.1" in str(raised.value)
    assert "sign=" not in str(raised.value)


@pytest.mark.parametrize(
    "fault",
    [
        Answer(status=500),
        Answer(status=429, headers={"Retry-After": "1"}),
        Answer(b'{"code":"00","datas":{"total":22,"records":[{"id":"C1","t":"'),
        Answer(b'{"code":"00","datas":{"total":22,"records":[]}}', cut=20),
        Answer(b'{"code":"96","msg":"x","datas":null}'),
    ],
    ids=["http 500", "http 429 with Retry-After", "truncated JSON", "broken off", "code within HTTP 200"],
)
def test_a_passing_fault_is_retried(connector: Connector, trial: System, gateway: Gateway, fault: Answer) -> None:
    gateway.alter = lambda number, answer: fault if number == 2 else None
    started = time.monotonic()
    assert lines(read(connector, trial)) == gateway.rows
    if "Retry-After" in fault.headers:
        assert time.monotonic() - started >= 1


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Answer(status=503), UnreachableError, "HTTP 503"),
        (Answer(status=404), ProtocolError, "HTTP 404"),
        (Answer(status=302, headers={"Location": "http://elsewhere"}), ProtocolError, "HTTP 302"),
        (Answer(b'{"code":"00","datas":{"total":22,"rec'), ProtocolError, "broken JSON"),
        (Answer(b"<html>"), ProtocolError, "broken JSON"),
        (Answer(b'{"code":"97","msg":"\xe5\xbc\xa0"}'), ProtocolError, "code=97"),
        (Answer(b'{"code":"99","msg":"x"}'), AuthError, "refuses tokens"),
        (Answer(b'{"code":"00","datas":{"records":[]}}'), IncompleteDeliveryError, "no row count at datas.total"),
    ],
)
def test_a_lasting_fault_names_system_dataset_place_and_remedy(
    connector: Connector, trial: System, gateway: Gateway, fault: Answer, kind: type[Exception], words: str
) -> None:
    gateway.alter = lambda number, answer: fault
    with pytest.raises(kind) as raised:
        read(connector, trial)
    text = str(raised.value)
    assert text.startswith("trial.cases at http://127.0.0.1")
    assert "/gateway/api/x.htm: " in text
    assert words in text
    assert "; " in text
    assert "张" not in text


def test_an_empty_delivery_is_a_delivery_of_no_rows(connector: Connector, trial: System, gateway: Gateway) -> None:
    gateway.rows = []
    pages = read(connector, trial)
    assert [(page.rows, page.declared) for page in pages] == [(0, 0)]


def test_a_page_that_comes_twice_is_no_progress(connector: Connector, trial: System, gateway: Gateway) -> None:
    first = Answer(b'{"code":"00","datas":{"total":22,"records":[%b]}}' % b",".join(gateway.rows[:4]))
    gateway.alter = lambda number, answer: first
    with pytest.raises(IncompleteDeliveryError, match="page 2 repeats page 1"):
        read(connector, trial)


def test_a_delivery_that_ends_early_is_not_whole(connector: Connector, trial: System, gateway: Gateway) -> None:
    empty = Answer(b'{"code":"00","datas":{"total":22,"records":[]}}')
    gateway.alter = lambda number, answer: empty if len(gateway.calls) and gateway.calls[-1]["pageNo"] == 5 else None
    with pytest.raises(IncompleteDeliveryError, match="page 5 is empty after 16 of 22 rows"):
        read(connector, trial)


def test_rows_that_leave_while_pages_are_read_force_a_fresh_read(
    connector: Connector, trial: System, gateway: Gateway
) -> None:
    """A row that changes moves to the end and pulls the others forward: one would be skipped unseen."""

    def shrink(number: int, answer: Answer) -> None:
        if number == 3:
            gateway.rows = gateway.rows[1:]

    gateway.alter = shrink
    with pytest.raises(IncompleteDeliveryError, match="fell from 22 to 21") as raised:
        read(connector, trial)
    assert raised.value.restart


def test_a_dataset_lists_all_its_keys(connector: Connector, trial: System, gateway: Gateway) -> None:
    pages = list(connector.keys(trial.datasets["cases"]))
    assert lines(pages) == [b'{"source_id":"C%d"}' % number for number in range(22)]
    assert pages[-1].declared == 22


def test_preview_and_check_read_without_landing(connector: Connector, trial: System) -> None:
    assert [one["id"] for one in previewed(connector, trial.datasets["cases"], 3)] == ["C0", "C1", "C2"]
    assert [(finding.ok, finding.message) for finding in connector.check()] == [(True, "trial.cases: 22 rows")]


def test_check_reports_a_fault_and_raises_nothing(
    trial: System, gateway: Gateway, serve: Callable, connect: Callable
) -> None:
    serve(gateway)
    [finding] = connect(trial, gateway.app_key, "wrong").check()
    assert not finding.ok
    assert "AIRFLOW_CONN_TRIAL" in finding.message


def test_an_address_that_is_not_set_is_named(trial: System, store: Store, connect: Callable) -> None:
    with pytest.raises(Exception, match="TRIAL_URL is not set"):
        connect(trial, "key", "secret")
