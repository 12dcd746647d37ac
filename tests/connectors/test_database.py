"""One declaration on SQLite, MariaDB and PostgreSQL: values as they stand there, bounded batches, key lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from declarations import TABLE, declared
from exchanges import Exchange
from previewed import previewed

from connectors.base import Connector
from connectors.database.rows import fetched
from connectors.errors import AuthError, ProtocolError, UnreachableError
from schemas.declaration import System
from schemas.delivery import Window

SINCE = Window(datetime(2026, 6, 1), None)


@pytest.fixture
def trial(tmp_path: Path) -> System:
    return declared(tmp_path / "systems", TABLE, timeout="5s", batch_rows=100)


@pytest.fixture
def connector(exchange: Exchange, trial: System, connect: Callable, monkeypatch: pytest.MonkeyPatch) -> Connector:
    monkeypatch.setenv("TRIAL_URL", exchange.address)
    opened: Connector = connect(trial, exchange.login)
    return opened


def read(connector: Connector, trial: System, window: Window = SINCE) -> list[dict[str, Any]]:
    tables = [page.body for page in connector.read(trial.datasets["cases"], window, None, None)]
    return [row for table in tables if isinstance(table, pa.Table) for row in table.to_pylist()]


def test_values_arrive_as_they_stand_at_the_source(exchange: Exchange, connector: Connector, trial: System) -> None:
    exchange.add(("A1", "张\U0002cc2d三·买买提", 12000.5, "2026-06-02", "2026-06-03 08:00:00"))
    [row] = read(connector, trial)
    assert row["CASE_NO"] == "A1"
    assert row["NAME"] == "张\U0002cc2d三·买买提"
    assert float(row["AMOUNT"]) == 12000.5
    assert row["DAY"] == "2026-06-02"
    assert row["UPDATE_TIME"].startswith("2026-06-03 08:00:00")


def test_only_rows_of_the_window_are_read_and_those_without_cursor(
    exchange: Exchange, connector: Connector, trial: System
) -> None:
    exchange.add(
        ("A1", "早", 1, None, "2026-05-31 23:59:59"),
        ("A2", "始", 1, None, "2026-06-01 00:00:00"),
        ("A3", "无", 1, None, None),
        ("A4", "末", 1, None, "2026-06-05 00:00:00"),
    )
    assert {row["CASE_NO"] for row in read(connector, trial)} == {"A2", "A3", "A4"}
    backfill = Window(datetime(2026, 5, 1), datetime(2026, 6, 5), "backfill")
    assert {row["CASE_NO"] for row in read(connector, trial, backfill)} == {"A1", "A2", "A3"}


def test_a_cursor_in_the_year_9999_is_reported_as_it_is(
    exchange: Exchange, connector: Connector, trial: System
) -> None:
    exchange.add(("A1", "x", 1, None, "2026-06-03 08:00:00"), ("A2", "x", 1, None, "9999-12-31 23:59:59"))
    pages = list(connector.read(trial.datasets["cases"], SINCE, None, None))
    assert max(page.cursor_high or "" for page in pages) == "9999-12-31 23:59:59"
    assert sum(page.rows for page in pages) == 2


def test_a_value_that_is_no_date_stays_the_text_it_is(exchange: Exchange, connector: Connector, trial: System) -> None:
    """DuckDB's own reading gives NULL for MariaDB's zero date and 9999-12-31 for PostgreSQL's infinity, unseen."""
    odd = "infinity" if exchange.kind == "postgresql" else "0000-00-00"
    exchange.add(("A1", "x", 1, odd, "2026-06-03 08:00:00"))
    assert [row["DAY"] for row in read(connector, trial)] == [odd]


def test_batches_are_bounded_and_complete(exchange: Exchange, connector: Connector, trial: System) -> None:
    exchange.add(*[(f"A{number}", "x", number, None, "2026-06-03 08:00:00") for number in range(250)])
    pages = list(connector.read(trial.datasets["cases"], SINCE, None, None))
    assert sum(page.rows for page in pages) == 250
    assert len({row["CASE_NO"] for row in read(connector, trial)}) == 250
    assert all(page.rows <= 2048 for page in pages)  # DuckDB's vectors are not cut smaller


def test_an_empty_delivery_still_shows_its_columns(exchange: Exchange, connector: Connector, trial: System) -> None:
    [page] = connector.read(trial.datasets["cases"], SINCE, None, None)
    assert page.rows == 0
    assert isinstance(page.body, pa.Table)
    assert page.body.column_names == ["CASE_NO", "NAME", "AMOUNT", "DAY", "UPDATE_TIME"]


def test_the_key_list_has_every_key(exchange: Exchange, connector: Connector, trial: System) -> None:
    exchange.add(("A1", "x", 1, None, "2020-01-01 00:00:00"), ("A2", "x", 1, None, None))
    bodies = [page.body for page in connector.keys(trial.datasets["cases"])]
    assert sorted(b"".join(bodies).splitlines()) == [b'{"source_id": "A1"}', b'{"source_id": "A2"}']


def test_a_new_column_comes_along_and_a_missing_one_does_not(
    exchange: Exchange, connector: Connector, trial: System
) -> None:
    exchange.add(("A1", "x", 1, None, "2026-06-03 08:00:00"))
    exchange.run(
        f"ALTER TABLE {exchange.name('T_CASE')} RENAME COLUMN {exchange.name('NAME')} TO {exchange.name('TITLE')}"
    )
    [row] = read(connector, trial)
    assert "TITLE" in row
    assert "NAME" not in row


def test_a_lost_cursor_column_is_named(exchange: Exchange, connector: Connector, trial: System) -> None:
    exchange.run(
        f"ALTER TABLE {exchange.name('T_CASE')} RENAME COLUMN {exchange.name('UPDATE_TIME')} TO {exchange.name('GXSJ')}"
    )
    with pytest.raises(ProtocolError, match=r"trial\.cases at .* no column UPDATE_TIME"):
        read(connector, trial)


def test_a_lost_table_is_named_by_check_too(exchange: Exchange, connector: Connector, trial: System) -> None:
    [finding] = connector.check()
    assert finding.ok
    exchange.run(f"DROP TABLE {exchange.name('T_CASE')}")
    [finding] = connector.check()
    assert not finding.ok
    assert "no such table" in finding.message


def test_sqlalchemy_reads_the_same_rows_where_duckdb_cannot(
    exchange: Exchange, connector: Connector, trial: System
) -> None:
    exchange.add(("A1", "张三", 12.5, "2026-06-02", "2026-06-03 08:00:00"))
    server = connector._server
    dataset = trial.datasets["cases"]
    statement = server.statement(dataset, server.columns(dataset), SINCE.since, None)
    rows = [row for batch in fetched(server, dataset, statement) for row in batch.to_pylist()]
    assert [{**row, "AMOUNT": float(row["AMOUNT"])} for row in rows] == [
        {**row, "AMOUNT": float(row["AMOUNT"])} for row in read(connector, trial)
    ]


def test_preview_reads_no_more_than_asked(exchange: Exchange, connector: Connector, trial: System) -> None:
    exchange.add(*[(f"A{number}", "x", number, None, None) for number in range(9)])
    assert len(previewed(connector, trial.datasets["cases"], 4)) == 4


def test_a_refused_account_is_told_from_a_server_that_is_down(
    exchange: Exchange, trial: System, connect: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    if exchange.kind == "sqlite":
        monkeypatch.setenv("TRIAL_URL", exchange.address + ".nowhere")
        with pytest.raises(UnreachableError, match=r"nowhere T_CASE: no connection"):
            read(connect(trial), trial)
        return
    monkeypatch.setenv("TRIAL_URL", exchange.address)
    with pytest.raises(AuthError, match="AIRFLOW_CONN_TRIAL") as raised:
        read(connect(trial, "nobody_here", "not-the-secret"), trial)
    assert "not-the-secret" not in str(raised.value)
    monkeypatch.setenv("TRIAL_URL", sa.make_url(exchange.address).set(port=9).render_as_string())
    with pytest.raises(UnreachableError, match="no connection"):
        read(connect(trial, exchange.login), trial)


def test_a_statement_that_runs_too_long_is_given_up(
    exchange: Exchange, tmp_path: Path, connect: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    if exchange.kind == "sqlite":
        return  # it has no server that could wait
    monkeypatch.setenv("TRIAL_URL", exchange.address)
    slow = "SLEEP(9)" if exchange.kind == "mysql" else "pg_sleep(9)"
    text = "CAST({} AS CHAR)" if exchange.kind == "mysql" else "CAST({} AS TEXT)"
    exchange.add(("A1", "x", 1, None, None))
    columns = f"{exchange.name('CASE_NO')}, {text.format(slow)} AS {exchange.name('UPDATE_TIME')}"
    exchange.run(f"CREATE VIEW {exchange.name('V_SLOW')} AS SELECT {columns} FROM {exchange.name('T_CASE')}")
    trial = declared(tmp_path / "slow", TABLE.replace("T_CASE", "V_SLOW"), timeout="1s", batch_rows=10)
    with pytest.raises(UnreachableError, match="took over 0:00:01"):
        read(connect(trial, exchange.login), trial)
