"""What databases and folders say of themselves: owners' comments, keys, views, encodings, headers."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import xlsxwriter

from connectors.database.tables import tables
from connectors.files.listing import listing
from connectors.offers import paging_words, roles_of, success_words
from hub.onboarding.discovery import Field, propose
from operations.credentials import Credentials
from schemas.contract import load_contracts
from schemas.declared.database import DatabaseSource
from schemas.declared.files import FilesSource


@pytest.fixture(params=["mysql", "postgresql"])
def exchange(request: pytest.FixtureRequest) -> Iterator[sa.URL]:
    """A database of its own on a real server, with a table whose columns only their comments explain."""
    name = f"hub_test_{uuid.uuid4().hex[:12]}"
    if request.param == "mysql":
        server = sa.create_engine(request.getfixturevalue("mariadb"), poolclass=sa.NullPool)
    else:
        given = sa.make_url(request.getfixturevalue("postgresql")).set(drivername="postgresql+psycopg")
        server = sa.create_engine(given, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    url = server.url.set(database=name)
    table = sa.Table(
        "t01",
        sa.MetaData(),
        sa.Column("c1", sa.String(20), primary_key=True, comment="案件编号"),
        sa.Column("c2", sa.String(50), comment="案件名称"),
        sa.Column("c3", sa.DateTime, comment="登记时间"),
        sa.Column("c4", sa.String(20), comment="申请人联系电话"),
        comment="矛盾纠纷登记表",
    )
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    table.create(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW v01 AS SELECT c1 FROM t01")
    yield url
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name}")


def test_a_database_shows_comments_keys_and_views(exchange: sa.URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAL_URL", exchange.set(username=None).render_as_string())
    source = DatabaseSource(kind="database", url="${TRIAL_URL}", statement_timeout=timedelta(seconds=5))
    table, view = tables("trial", source, Credentials(login=exchange.username))
    assert (table.kind, table.name, table.title) == ("table", "t01", "矛盾纠纷登记表")
    assert table.words == {"table": "t01", "key": ["c1"]}
    assert (view.kind, view.name) == ("view", "v01")
    fields = [Field(one.name, one.comment) for one in table.fields]
    found = propose("trial", load_contracts()["case_reports"], fields)
    assert {one.column.name: one.field for one in found if one.field} == {
        "title": "c2", "reported_at": "c3", "applicant_phone": "c4",
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_a_csv_shows_its_encoding_and_columns(tmp_path: Path, encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    monkeypatch.setenv("TRIAL_DIR", str(folder))
    (folder / "LC_20260630.csv").write_text("编号,名称\n1,䶮\n" * 9000, encoding=encoding)
    (folder / "LC_20260629.csv").write_text("旧的\n", encoding=encoding)
    (folder / "LC_20260630.csv.ok").write_text("rows=1")
    (folder / "readme.pdf").write_bytes(b"%PDF")
    source = FilesSource.model_validate(
        {"kind": "files", "transport": {"kind": "local", "folder": "${TRIAL_DIR}"}, "control": {"suffix": ".ok"}}
    )
    os.utime(folder / "LC_20260629.csv", (1, 1))
    csv, pdf = listing("trial", source, Credentials(), tmp_path / "work")
    assert csv.words == {"pattern": "LC_*.csv", "format": {"kind": "csv", "encoding": encoding}}
    assert [one.name for one in csv.fields] == ["编号", "名称"]
    assert (pdf.name, pdf.fields) == ("readme.pdf", ())
    assert list((tmp_path / "work").iterdir()) == []


def test_a_workbook_shows_its_header_below_titles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAL_DIR", str(tmp_path))
    with xlsxwriter.Workbook(tmp_path / "台账2026.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:D1", "某县调解台账")
        for column, text in enumerate(["编号", "名称", "金额", "日期"]):
            sheet.write(1, column, text)
        sheet.write_row(2, 0, ["1", "一", 12.5, "2026-06-30"])
    source = FilesSource.model_validate({"kind": "files", "transport": {"kind": "local", "folder": "${TRIAL_DIR}"}})
    (found,) = listing("trial", source, Credentials(), tmp_path / "work")
    assert found.words == {"pattern": "台账*.xlsx", "format": {"kind": "xlsx", "header_row": 2}}
    assert [one.name for one in found.fields] == ["编号", "名称", "金额", "日期"]


def test_a_ledger_shows_what_stands_above_its_columns_and_how_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAL_DIR", str(tmp_path))
    with xlsxwriter.Workbook(tmp_path / "台账2026.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:G1", "某县调解台账")
        for area, text in {"A2:A3": "序号", "B2:B3": "编号", "G2:G3": "备注"}.items():
            sheet.merge_range(area, text)
        sheet.merge_range("C2:D2", "申请人")
        sheet.merge_range("E2:F2", "被申请人")
        sheet.write_row(2, 2, ["姓名", "联系电话", "姓名", "联系电话"])
        for row in range(3, 9):
            sheet.write_row(row, 0, [row - 2, f"TJ{row:03}", "甲", "13800000000", "乙", "13900000000", "备注无"])
        sheet.merge_range("A10:G10", "合计：6件")
        sheet.write_row(10, 0, ["填报人：甲", "", "审核人：乙"])
    source = FilesSource.model_validate({"kind": "files", "transport": {"kind": "local", "folder": "${TRIAL_DIR}"}})
    (found,) = listing("trial", source, Credentials(), tmp_path / "work")
    assert found.words["format"] == {"kind": "xlsx", "header_row": 2, "header_rows": 2, "footers": ["合计", "填报"]}
    fields = [Field(one.name, one.comment) for one in found.fields]
    proposed = {one.column.name: one.field for one in propose("trial", load_contracts()["case_reports"], fields)}
    assert [one.name for one in fields] == ["序号", "编号", "姓名", "联系电话", "姓名_5", "联系电话_6", "备注"]
    people = ("applicant_name", "applicant_phone", "respondent_name", "respondent_phone")
    assert [proposed[name] for name in people] == ["姓名", "联系电话", "姓名_5", "联系电话_6"]


@pytest.mark.parametrize(
    ("head", "below", "names"),
    [
        (
            ["编号", "申请人", "", "", "区县"],
            ["", "姓名", "电话", "性别", ""],
            ["编号", "姓名", "电话", "性别", "区县"],
        ),
        (["编号", "名称", "区县", ""], ["1", "一", "", "记"], ["编号", "名称", "区县"]),
    ],
)
def test_a_row_of_records_is_no_header_that_goes_on(
    head: list[str], below: list[str], names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAL_DIR", str(tmp_path))
    with xlsxwriter.Workbook(tmp_path / "台账2026.xlsx") as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([head, below, ["2", "二", "三", "四"]]):
            sheet.write_row(number, 0, row)
    source = FilesSource.model_validate({"kind": "files", "transport": {"kind": "local", "folder": "${TRIAL_DIR}"}})
    (found,) = listing("trial", source, Credentials(), tmp_path / "work")
    assert [one.name for one in found.fields] == names


def test_parameters_are_known_by_their_names() -> None:
    roles = roles_of(["cursor", "limit", "updatedSince", "updatedUntil", "sort"])
    assert roles == {
        "cursor_param": "cursor", "size_param": "limit", "param": "updatedSince", "until_param": "updatedUntil",
    }  # fmt: skip
    words = paging_words(roles, ["success", "result.nextCursor", "result.totalCount"])
    assert words["pagination"] == {
        "kind": "cursor", "cursor_param": "cursor", "next": "result.nextCursor", "size_param": "limit", "size": 200,
        "total": "result.totalCount",
    }  # fmt: skip
    assert success_words(["success", "result.totalCount"], "00") == {"success": {"field": "success", "equals": "true"}}
    assert paging_words(roles_of(["x"]), ["y"]) == {}
