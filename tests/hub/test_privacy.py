"""No name, ID number, phone or address of a private person leaves the private zone."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from homes import run_hub

from schemas.contract import load_contracts
from warehouse.masking import TOKENISED

PAGES_TO_VISIT = 150


@pytest.fixture(scope="module")
def private_values(province: Path, tmp_path_factory: pytest.TempPathFactory) -> re.Pattern[str]:
    """One pattern that finds any private value of the truth."""
    folder = tmp_path_factory.mktemp("truth")
    run_hub(province, "sandbox", "truth", "--out", str(folder))
    people = pq.read_table(folder / "people.parquet").to_pylist()
    values = {
        str(person[field]) for person in people for field in ("name", "id_no", "phone", "address") if person[field]
    }
    assert len(values) > 500
    return re.compile("|".join(re.escape(value) for value in sorted(values, key=len, reverse=True)))


def _texts_of_published(home: Path) -> Iterator[tuple[str, str]]:
    for name in ("current.duckdb", "marts.duckdb"):
        with duckdb.connect(str((home / "published" / name).resolve()), read_only=True) as connection:
            columns = connection.execute(
                "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal"
            ).fetchall()
            for schema, table, column in columns:
                query = f'SELECT DISTINCT "{column}"::VARCHAR FROM "{schema}"."{table}" WHERE "{column}" IS NOT NULL'
                for (text,) in connection.execute(query).fetchall():
                    yield f"{name}:{schema}.{table}.{column}", text


def test_no_published_value_is_private(prepared: tuple[Path, dict[str, Any]], private_values: re.Pattern[str]) -> None:
    leaks = [f"{place}: {text}" for place, text in _texts_of_published(prepared[0]) if private_values.search(text)]
    assert leaks == []


def test_of_a_personal_column_only_tokens_and_masks_are_published(prepared: tuple[Path, dict[str, Any]]) -> None:
    with duckdb.connect(str((prepared[0] / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        for contract in load_contracts().values():
            query = "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'record' AND table_name = ?"
            published = {name for (name,) in connection.execute(query, [contract.name]).fetchall()}
            personal = {column.name: column.personal for column in contract.columns if column.personal}
            assert not published & personal.keys(), contract.name
            kept = {name for name, kind in personal.items() if kind in TOKENISED}
            assert {f"{name}_{form}" for name in kept for form in ("token", "mask")} <= published, contract.name
        for contract in ("persons", "credit_records", "platform_users", "organisations", "grid_workers"):
            assert connection.execute(f"SELECT count(*) FROM record.{contract}").fetchall()[0][0] > 20, contract


def test_no_log_and_no_text_file_outside_the_private_zone_is_private(
    prepared: tuple[Path, dict[str, Any]], private_values: re.Pattern[str]
) -> None:
    home = prepared[0]
    private = {home / name for name in ("landing", "staging", "quarantine", "private", "keys", "build.duckdb")}
    outside = [
        path
        for path in home.rglob("*")
        if path.is_file() and path.suffix != ".duckdb" and not private & {path, *path.parents}
    ]
    assert any(path.name == "operations.db" for path in outside)
    leaks = [
        str(path) for path in outside if private_values.search(path.read_bytes().decode("utf-8", errors="replace"))
    ]
    assert leaks == []


def test_no_command_prints_a_private_value(
    prepared: tuple[Path, dict[str, Any]], private_values: re.Pattern[str]
) -> None:
    home = prepared[0]
    with duckdb.connect(str((home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        (code,) = connection.execute("SELECT case_code FROM core.cases ORDER BY report_count DESC LIMIT 1").fetchall()[
            0
        ]
    for arguments in (["ledger"], ["quarantine", "list"], ["trace", code], ["doctor"]):
        done = run_hub(home, *arguments, "--json", check=False)
        assert not private_values.search(done.stdout + done.stderr), arguments


def test_no_page_and_no_export_shows_a_private_value(
    prepared: tuple[Path, dict[str, Any]], private_values: re.Pattern[str]
) -> None:
    from operations import users
    from operations.settings import Settings
    from operations.store import Store
    from portal.app import create_app

    settings = Settings(home=prepared[0])
    if users.find(Store(settings), "visitor") is None:
        users.create(
            Store(settings),
            "visitor",
            "a long password 141",
            role="province",
            scope_code="33",
            must_change=False,
        )
    with TestClient(create_app(settings), base_url="https://testserver") as browser:
        form = browser.get("/login").text
        token = re.search(r'name="csrf[^"]*" value="([^"]+)"', form)
        field = re.search(r'name="(csrf[^"]*)"', form)
        assert token is not None
        assert field is not None
        browser.post("/login", data={"login": "visitor", "password": "a long password 141", field[1]: token[1]})
        waiting, seen = ["/"], set[str]()
        while waiting and len(seen) < PAGES_TO_VISIT:
            address = waiting.pop(0)
            if address in seen:
                continue
            seen.add(address)
            answer = browser.get(address)
            text = _text(answer.content, answer.headers.get("content-type", ""))
            assert not private_values.search(text), address
            links = re.findall(r'href="(/[^"#]*)"', text) if "html" in answer.headers.get("content-type", "") else []
            waiting += [link.replace("&amp;", "&") for link in links if "logout" not in link and "/static/" not in link]
        assert len(seen) > 20, f"the crawl must reach the pages: {sorted(seen)}"


def test_no_report_and_no_list_of_failing_rows_shows_a_private_value(
    prepared: tuple[Path, dict[str, Any]], private_values: re.Pattern[str], tmp_path: Path
) -> None:
    run_hub(prepared[0], "report", "--out", str(tmp_path / "site"))
    written = [path for path in (tmp_path / "site").rglob("*") if path.is_file()]
    assert {path.suffix for path in written} == {".html", ".csv", ".xlsx", ".json"}
    for path in written:
        text = _text(path.read_bytes(), "spreadsheet" if path.suffix == ".xlsx" else "")
        assert len(text) > 50, path
        assert not private_values.search(text), path


def test_no_exported_file_holds_a_private_value(
    prepared: tuple[Path, dict[str, Any]], private_values: re.Pattern[str], tmp_path: Path
) -> None:
    with duckdb.connect(str((prepared[0] / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        tables = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
    run_hub(prepared[0], "export", *(name for (name,) in tables), "--out", str(tmp_path / "all"))
    run_hub(prepared[0], "export", "record.case_reports", "--by", "applicant_name_mask", "--out", str(tmp_path / "by"))
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > len(tables)
    for path in written:
        place = unquote(str(path.relative_to(tmp_path)))
        text = str(pq.read_table(path).to_pydict()) if path.suffix == ".parquet" else path.read_text(encoding="utf-8")
        assert not private_values.search(place + text), path


def _text(content: bytes, kind: str) -> str:
    """The readable text of an answer; a workbook is unzipped, because searching compressed bytes proves nothing."""
    if "spreadsheet" in kind:
        with zipfile.ZipFile(io.BytesIO(content)) as workbook:
            return "".join(workbook.read(name).decode("utf-8", errors="replace") for name in workbook.namelist())
    return content.decode("utf-8", errors="replace")
