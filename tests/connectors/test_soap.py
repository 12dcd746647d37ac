"""SOAP: paging in the body, UsernameToken, faults by their code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from declarations import declared
from soap_service import SOAP, CallService, answer, fault
from sources import AS_OF, Answer, lines

from connectors.base import Connector
from connectors.errors import AuthError, ConnectorError, ProtocolError, UnreachableError
from schemas.declaration import System
from schemas.delivery import Window

SINCE = Window(datetime(2026, 6, 1), None)


@pytest.fixture
def trial(tmp_path: Path) -> System:
    return declared(tmp_path / "systems", SOAP, operation="Query")


@pytest.fixture
def service() -> CallService:
    return CallService(8)


@pytest.fixture
def connector(trial: System, service: CallService, serve: Callable, connect: Callable) -> Connector:
    serve(service)
    opened: Connector = connect(trial, "client", "secret")
    return opened


def read(connector: Connector, trial: System, resume: str | None = None) -> list[dict[str, str]]:
    pages = list(connector.read(trial.datasets["cases"], SINCE, resume, None))
    return [msgspec.json.decode(line) for line in lines(pages)]


def test_every_page_is_asked_for_in_the_body(connector: Connector, trial: System, service: CallService) -> None:
    # The service knows no bounds, so both spans of the read give all it has.
    rows = read(connector, trial)
    assert [row["CallId"] for row in rows] == [f"Y{number}" for number in range(8)] * 2
    assert rows[0] == {"CallId": "Y0", "Subject": "求助&咨询", "UpdateTime": "2026-06-01 08:00:00"}
    assert "2026-06-01 00:00:00" in service.calls[0]
    assert str(AS_OF) in service.calls[0]


def test_an_absent_element_is_null(connector: Connector, trial: System, service: CallService) -> None:
    service.alter = lambda number: answer("0", 1, "<Calls><Call><CallId>Y1</CallId></Call></Calls>")
    assert read(connector, trial)[0] == {"CallId": "Y1", "Subject": None, "UpdateTime": None}


def test_an_empty_delivery_is_a_delivery_of_no_rows(connector: Connector, trial: System, service: CallService) -> None:
    service.count = 0
    [page] = connector.read(trial.datasets["cases"], SINCE, None, None)
    assert (page.rows, page.declared) == (0, 0)


def test_a_refused_password_names_the_variable(
    trial: System, service: CallService, serve: Callable, connect: Callable
) -> None:
    serve(service)
    with pytest.raises(AuthError, match="AIRFLOW_CONN_TRIAL") as raised:
        read(connect(trial, "client", "not-the-secret"), trial)
    assert "not-the-secret" not in str(raised.value)


@pytest.mark.parametrize("passing", [Answer(status=503), answer("9999", 0, ""), Answer(b"<s:Enve", 200)])
def test_a_passing_fault_is_retried(connector: Connector, trial: System, service: CallService, passing: Answer) -> None:
    service.alter = lambda number: passing if number == 2 else None
    assert len(read(connector, trial)) == 16


@pytest.mark.parametrize(
    ("lasting", "kind", "words"),
    [
        (Answer(status=503), UnreachableError, "HTTP 503"),
        (answer("1001", 0, ""), ProtocolError, "ResultCode=1001"),
        (fault("soap:Client"), ProtocolError, "soap:Fault soap:Client"),
        (Answer(b"<html>", 200), ProtocolError, "not what the WSDL says"),
    ],
)
def test_a_lasting_fault_names_system_dataset_place_and_remedy(
    connector: Connector,
    trial: System,
    service: CallService,
    lasting: Answer,
    kind: type[ConnectorError],
    words: str,
) -> None:
    service.alter = lambda number: lasting
    with pytest.raises(kind) as raised:
        read(connector, trial)
    assert str(raised.value).startswith("trial.cases at http://127.0.0.1")
    assert words in str(raised.value)
    assert "张" not in str(raised.value)


def test_an_operation_that_the_wsdl_lacks_is_named(
    tmp_path: Path, service: CallService, serve: Callable, connect: Callable
) -> None:
    serve(service)
    trial = declared(tmp_path / "systems", SOAP, operation="Ask")
    with pytest.raises(ProtocolError, match="no such operation"):
        read(connect(trial, "client", "secret"), trial)


def test_an_unreachable_service_is_reported_by_check(
    trial: System, connect: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAL_URL", "http://127.0.0.1:9")
    [finding] = connect(trial, "client", "secret").check()
    assert not finding.ok
    assert "no connection" in finding.message
