"""Beyond whole tables: queries from a file, change logs, and long windows in pieces, on three real servers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from declarations import TABLE, declared
from exchanges import Exchange
from hypothesis import given
from hypothesis import strategies as st
from previewed import previewed

from connectors.base import Connector
from connectors.database.connector import DatabaseConnector
from connectors.database.kingbase import Kingbase
from connectors.errors import ConnectorError
from operations.credentials import Credentials
from operations.settings import Settings
from schemas.declaration import DeclarationError, System
from schemas.delivery import Page, Window

SYNC = "sync: {{mode: incremental, cursor: UPDATE_TIME}}"
ALL = Window(None, None)


@pytest.fixture
def opened(
    exchange: Exchange, tmp_path: Path, connect: Callable[..., Connector], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Connector, System]]:
    """Opens the exchange database under the usual declaration with words replaced, and a query beside it."""

    def start(*changes: tuple[str, str], query: str | None = None) -> tuple[Connector, System]:
        monkeypatch.setenv("TRIAL_URL", exchange.address)
        template = TABLE
        for old, new in changes:
            assert old in template
            template = template.replace(old, new)
        if query is not None:
            template = template.replace("table: T_CASE", "query: trial_cases.sql")
            (tmp_path / "trial_cases.sql").write_text(query, encoding="utf-8")
        system = declared(tmp_path, template, timeout="5s", batch_rows=100)
        return connect(system, exchange.login), system

    return start


def pages_of(connector: Connector, system: System, window: Window = ALL, resume: str | None = None) -> list[Page]:
    return list(connector.read(system.datasets["cases"], window, resume, None))


def rows_of(connector: Connector, system: System, window: Window = ALL) -> list[dict[str, Any]]:
    return [row for page in pages_of(connector, system, window) for row in page.body.to_pylist()]  # type: ignore[union-attr]


def test_a_query_gives_its_columns_as_the_table_would(exchange: Exchange, opened: Callable) -> None:
    exchange.add(("A1", "50%:x", 12.5, "2026-06-02", "2026-06-03 08:00:00"), ("B1", "y", 1, None, None))
    table = rows_of(*opened())
    quoted = {name: exchange.name(name) for name in ("CASE_NO", "NAME", "AMOUNT", "DAY", "UPDATE_TIME", "T_CASE")}
    query = """
    -- what the department lets us see; its % and : are its own
    SELECT {CASE_NO}, {NAME}, {AMOUNT}, {DAY}, {UPDATE_TIME} FROM {T_CASE} WHERE {NAME} LIKE '5_%%:%' -- so
    ;"""
    query = query.format(**quoted)
    if exchange.kind == "sqlite":  # its dates are texts either way, but its own engine runs the query
        table = [{**row, "AMOUNT": str(float(row["AMOUNT"]))} for row in table]
    assert rows_of(*opened(query=query)) == [row for row in table if row["CASE_NO"] == "A1"]
    connector, system = opened(query=query)
    assert [finding.message for finding in connector.check()] == ["trial.cases: trial_cases.sql with 5 columns"]
    assert [page.body for page in connector.keys(system.datasets["cases"])][-1] == b'{"source_id": "A1"}\n'
    assert len(previewed(connector, system.datasets["cases"], 1)) == 1
    assert rows_of(connector, system, Window(datetime(2026, 6, 4), None)) == []


def test_a_query_keeps_what_a_client_would_bend(exchange: Exchange, opened: Callable) -> None:
    if exchange.kind == "sqlite":
        return
    exchange.add(("A1", "x", 1, None, None))
    odd = "'infinity'::timestamptz" if exchange.kind == "postgresql" else "CAST('2026-06-01' AS DATE)"
    key, update = exchange.name("CASE_NO"), exchange.name("UPDATE_TIME")
    query = f"SELECT {key}, {update}, 7 AS n, {odd} AS odd FROM {exchange.name('T_CASE')}"
    [row] = rows_of(*opened(query=query))
    assert (row["n"], row["odd"]) == (7, "infinity" if exchange.kind == "postgresql" else "2026-06-01")


def test_a_query_cannot_write(exchange: Exchange, opened: Callable) -> None:
    """Neither way: not through the session that looks at the columns, and not through the one that reads rows."""
    if exchange.kind == "sqlite":
        return
    exchange.run(f"DROP FUNCTION IF EXISTS {exchange.name('sneak')}")
    insert = f"INSERT INTO {exchange.name('T_CASE')} ({exchange.name('CASE_NO')}) VALUES ('Z')"
    if exchange.kind == "mysql":
        exchange.run(f"CREATE FUNCTION sneak() RETURNS CHAR(1) MODIFIES SQL DATA BEGIN {insert}; RETURN 'Z'; END")
    else:
        exchange.run(f"CREATE FUNCTION sneak() RETURNS text LANGUAGE plpgsql AS $$ BEGIN {insert}; RETURN 'Z'; END $$")
    exchange.add(("A1", "x", 1, None, None))
    table, update = exchange.name("T_CASE"), exchange.name("UPDATE_TIME")
    with pytest.raises(ConnectorError):
        rows_of(*opened(query=f"SELECT sneak() AS {exchange.name('CASE_NO')}, {update} FROM {table}"))
    with exchange.admin.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 1


@pytest.mark.parametrize("text", ["DELETE FROM t", "SELECT 1; DROP TABLE t", "-- SELECT", ""])
def test_a_query_is_one_select(text: str, tmp_path: Path) -> None:
    (tmp_path / "trial_cases.sql").write_text(text, encoding="utf-8")
    template = TABLE.replace("table: T_CASE", "query: trial_cases.sql")
    with pytest.raises(DeclarationError, match=r"trial\.yml:14: datasets\.cases\.query: trial_cases\.sql: is not one"):
        declared(tmp_path, template, timeout="5s", batch_rows=100)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("table: T_CASE", "query: nowhere.sql", "nowhere.sql: No such file"),
        ("table: T_CASE", "query: ../x.sql", "should match pattern"),
        ("table: T_CASE", "table: T_CASE\n    query: x.sql", "exactly one of: table, query|No such file"),
        ("table: T_CASE", "query_text: SELECT 1", "leave it out"),
        ("batch_rows: {batch_rows}", "chunk: 7d", "needs sync of mode incremental with: start"),
        ("statement_timeout: {timeout}", "statement_timeout: 5s\n  window: 22-6", "write two times of day"),
    ],
)
def test_what_does_not_fit_is_refused(old: str, new: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=words):
        declared(tmp_path, TABLE.replace(old, new), timeout="5s", batch_rows=100)


def test_the_text_of_a_query_is_part_of_its_declaration(tmp_path: Path) -> None:
    prints = set()
    for text in ("SELECT 1", "SELECT 2"):
        (tmp_path / "trial_cases.sql").write_text(text, encoding="utf-8")
        template = TABLE.replace("table: T_CASE", "query: trial_cases.sql")
        prints.add(declared(tmp_path, template, timeout="5s", batch_rows=100).model_dump_json())
    assert len(prints) == 2


def change_log(exchange: Exchange, *rows: tuple[object, ...]) -> None:
    """T_CASE as an append-only log: no primary key, and NAME for the operation."""
    exchange.run(f"DROP TABLE {exchange.name('T_CASE')}")
    columns = ", ".join(f"{exchange.name(name)} VARCHAR(20)" for name in ("CASE_NO", "NAME", "UPDATE_TIME", "SEQ"))
    exchange.run(f"CREATE TABLE {exchange.name('T_CASE')} ({columns})")
    exchange.add(*rows)


LOG = ("    key: [CASE_NO]", "    key: [CASE_NO]\n    change_log: {{order: [UPDATE_TIME, SEQ]}}")


def test_a_change_log_gives_each_records_last_row(exchange: Exchange, opened: Callable) -> None:
    change_log(
        exchange,
        ("A1", "new", "2026-06-01 08:00:00", "1"),
        ("A1", "edited", "2026-06-02 08:00:00", "2"),
        ("A1", "last", "2026-06-02 08:00:00", "3"),
        ("A1", "no time", None, "9"),
        ("B1", "D", "2026-06-03 08:00:00", "4"),
        ("C1", "only", None, None),
    )
    connector, system = opened(LOG)
    found = {row["CASE_NO"]: row["NAME"] for row in rows_of(connector, system)}
    assert found == {"A1": "last", "B1": "D", "C1": "only"}
    assert len(rows_of(connector, system)) == 3
    keys = b"".join(page.body for page in connector.keys(system.datasets["cases"]))  # type: ignore[misc]
    assert len(keys.splitlines()) == 3
    since = rows_of(connector, system, Window(datetime(2026, 6, 3), None))
    assert {row["CASE_NO"]: row["NAME"] for row in since} == {"B1": "D", "C1": "only", "A1": "no time"}


def test_a_lost_order_column_is_named(exchange: Exchange, opened: Callable) -> None:
    with pytest.raises(ConnectorError, match="no column SEQ"):
        rows_of(*opened(LOG))


CHUNK = (SYNC, SYNC.replace("}}", ", start: 2026-06-01}}\n    chunk: 7d"))


def test_a_long_window_is_read_in_pieces_oldest_first(exchange: Exchange, opened: Callable) -> None:
    days = ["2026-05-01", "2026-06-01", "2026-06-08", "2026-06-15", "2026-07-15", None]
    exchange.add(*[(f"A{n}", "x", n, None, day and f"{day} 00:00:00") for n, day in enumerate(days)])
    connector, system = opened(CHUNK)
    pages = pages_of(connector, system, Window(datetime(2026, 6, 1), None))
    assert [page.body.column("CASE_NO").to_pylist() for page in pages] == [["A1"], ["A2"], ["A3"], ["A4", "A5"]]
    began = [json.loads(page.checkpoint)["since"][:10] for page in pages]  # type: ignore[arg-type]
    assert began == ["2026-06-01", "2026-06-08", "2026-06-15", "2026-06-29"]
    again = pages_of(connector, system, Window(datetime(2026, 6, 1), None), pages[1].checkpoint)
    assert [page.rows for page in again] == [1, 1, 2], "it begins with the piece in which it broke off"


def test_pieces_of_an_empty_table_show_its_columns_once(exchange: Exchange, opened: Callable) -> None:
    [page] = pages_of(*opened(CHUNK), Window(datetime(2026, 6, 1), None))
    assert page.rows == 0
    assert "CASE_NO" in page.body.column_names


@pytest.fixture(scope="module")
def in_pieces(tmp_path_factory: pytest.TempPathFactory) -> System:
    template = TABLE.replace(*CHUNK).replace("${{TRIAL_URL}}", "sqlite://")
    return declared(tmp_path_factory.mktemp("pieces"), template, timeout="5s", batch_rows=1)


@given(
    days=st.integers(0, 400), chunk=st.integers(1, 90), until=st.none() | st.integers(0, 400), began=st.integers(0, 400)
)
def test_pieces_cover_a_window_without_gap_or_overlap(
    in_pieces: System, days: int, chunk: int, until: int | None, began: int
) -> None:
    """`began` chooses the piece in which a read broke off."""
    start = datetime(2025, 1, 1)
    settings = Settings(home=Path("nowhere"), as_of=start + timedelta(days=days))
    source, datasets = in_pieces.source, in_pieces.datasets
    connector = DatabaseConnector("trial", source, datasets, Credentials(), settings)  # type: ignore[arg-type]
    dataset: Any = datasets["cases"].model_copy(update={"chunk": timedelta(days=chunk)})
    window = Window(start, start + timedelta(days=until) if until is not None else None)
    pieces = list(connector._pieces(dataset, window, None))
    assert pieces[0][0] == start
    assert pieces[-1][1:] == (window.until, True)
    assert all(one[1] == following[0] and not one[2] for one, following in pairwise(pieces))
    place = json.dumps({"since": str(pieces[began % len(pieces)][0])})
    assert list(connector._pieces(dataset, window, place)) == pieces[began % len(pieces) :]


@pytest.mark.parametrize(
    ("url", "extra"),
    [
        ("oracle+oracledb://h/x", "oracle"),
        ("dm+dmPython://h:5236", "dameng"),
        ("mssql+pymssql://h/x", "sqlserver"),
    ],
)
def test_a_missing_driver_names_its_extra(
    url: str, extra: str, tmp_path: Path, connect: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAL_URL", url)
    trial = declared(tmp_path, TABLE, timeout="5s", batch_rows=1)
    try:
        sa.create_engine(url)
    except (sa.exc.NoSuchModuleError, ModuleNotFoundError):
        with pytest.raises(ConnectorError, match=f"run `uv sync --extra {extra}` and write "):
            connect(trial)


def test_kingbase_is_read_as_postgresql_whatever_version_it_tells(
    exchange: Exchange, opened: Callable, connect: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    if exchange.kind != "postgresql":
        return
    exchange.add(("A1", "张三", 12.5, "2026-06-02", "2026-06-03 08:00:00"))
    wanted = rows_of(*opened())
    _, system = opened()
    monkeypatch.setenv("TRIAL_URL", sa.make_url(exchange.address).set(drivername="kingbase").render_as_string())
    connector = connect(system, exchange.login)
    assert rows_of(connector, system) == wanted

    class Told:
        def exec_driver_sql(self, _: str) -> Told:
            return self

        def scalar(self) -> str:
            return "KingbaseES V008R006C008B0014 on x86_64-pc-linux-gnu"

    assert Kingbase()._get_server_version_info(Told()) == (12,)
