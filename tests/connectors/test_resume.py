"""However a read breaks off, going on from its last checkpoint gives the source's rows, each once, in order."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from declarations import GATEWAY, declared
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sources import Answer, Gateway, lines, listening, row

import connectors.paged
from connectors.errors import ConnectorError
from connectors.registry import open_connector
from operations.credentials import Credentials
from operations.settings import Settings
from operations.store import Store
from schemas.delivery import Page, Window

FAULTS = [Answer(status=404), Answer(b'{"code":"00","da'), Answer(b'{"code":"97"}'), None]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(0, 40),
    size=st.integers(1, 9),
    in_flight=st.integers(1, 4),
    part_bytes=st.integers(1, 1500),
    breaks=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), max_size=4),
)
@example(count=1, size=1, in_flight=1, part_bytes=1, breaks=[(2, 0)])  # broken off between two spans
def test_the_rows_read_are_the_rows_there(
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    size: int,
    in_flight: int,
    part_bytes: int,
    breaks: list[tuple[int, int]],
) -> None:
    """`breaks`: each read fails at its n-th request with a fault (or, for the last kind, loses its secret)."""
    monkeypatch.setattr(connectors.paged, "PAGE_BYTES", part_bytes)
    gateway = Gateway([row(number) for number in range(count)])
    with tempfile.TemporaryDirectory() as folder, listening(gateway) as url:
        monkeypatch.setenv("TRIAL_URL", url)
        home = Settings(home=Path(folder) / "home")
        home.prepare()
        system = declared(Path(folder), GATEWAY, attempts=1, in_flight=in_flight, size=size)
        connector = open_connector(
            system,
            credentials=Credentials(login=gateway.app_key, password=gateway.app_secret),
            store=Store(home),
            workdir=Path(folder) / "work",
        )
        landed: list[Page] = []
        for failing in [*breaks, None]:
            begun = len(gateway.calls)

            def fail(
                number: int, answer: Answer, at: tuple[int, int] | None = failing, begun: int = begun
            ) -> Answer | None:
                if at is None or number - begun != at[0]:
                    return None
                if FAULTS[at[1]] is None:
                    gateway.expire()
                return FAULTS[at[1]]

            gateway.alter = fail
            resume = landed[-1].checkpoint if landed else None
            try:
                for page in connector.read(system.datasets["cases"], Window(None, None), resume, None):
                    landed.append(page)
            except ConnectorError:
                continue
        connector.close()
    assert lines(landed) == gateway.rows
    assert landed[-1].declared == count
