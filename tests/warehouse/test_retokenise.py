"""Every token of a file under another key: those of nobody stay, and what is known of a row by its token follows."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pytest

from operations import keys
from operations.settings import Settings
from warehouse.retokenise import Retokenised, retokenise
from warehouse.tokens import tokens

ERASED, LOST, REVERSED = "0123456789abcdef" * 2, "f" * 32, "fedcba9876543210" * 2
LINKED = '{{"rule":"id_rule","system":"s","source_id":"1","days":2,"matched":{},"swapped":false}}'
TABLES = """
CREATE SCHEMA record; CREATE SCHEMA history; CREATE SCHEMA vault; CREATE SCHEMA link; CREATE SCHEMA ops;
CREATE TABLE vault.personal_values (kind VARCHAR, token VARCHAR, value VARCHAR);
CREATE TABLE vault.token_keys (kind VARCHAR, key_name VARCHAR);
CREATE TABLE record.case_reports (
    system VARCHAR, source_id VARCHAR, applicant_id_no_token VARCHAR, respondent_id_no_token VARCHAR,
    applicant_phone_token VARCHAR, record_hash VARCHAR
);
CREATE TABLE history.case_reports AS FROM record.case_reports;
CREATE TABLE link.memberships (system VARCHAR, source_id VARCHAR, evidence VARCHAR);
CREATE TABLE link.moves AS FROM link.memberships;
CREATE TABLE link.edges (system_a VARCHAR, source_id_a VARCHAR, rule VARCHAR, evidence VARCHAR);
CREATE TABLE ops.rejected_rows (system VARCHAR, dataset VARCHAR, load_id VARCHAR, position BIGINT, row_token VARCHAR);
CREATE TABLE ops.order_rows (row_key VARCHAR);
"""


@dataclass
class File:
    """A small build file: tokens of two ID numbers and a telephone, of an erased person, and of a row that is gone."""

    con: duckdb.DuckDBPyConnection
    settings: Settings

    def made(self) -> tuple[str, str, str]:
        id_no, phone = (keys.key(self.settings, f"token_{kind}") for kind in ("id_no", "phone"))
        (a, b), (p,) = tokens(id_no, ["A", "B"]), tokens(phone, ["P"])
        return a, b, p

    def rotate(self) -> dict[str, str]:
        new = {kind: keys.next_name(self.settings, f"token_{kind}") for kind in ("id_no", "phone", "row")}
        for name in new.values():
            keys.make(self.settings, name)
        return new

    def rows(self, query: str) -> list[tuple[str | None, ...]]:
        return self.con.execute(query).fetchall()

    def pass_over(self, new: dict[str, str]) -> Retokenised:
        self.con.execute("BEGIN")
        done = retokenise(self.con, self.settings, new)
        self.con.execute("COMMIT")
        return done


@pytest.fixture
def file(settings: Settings) -> File:
    con = duckdb.connect()
    con.execute("ATTACH ':memory:' AS wh; USE wh")
    con.execute(TABLES)
    made = File(con, settings)
    keys.key(settings, "token_row")
    a, b, p = made.made()
    con.execute(
        "INSERT INTO vault.personal_values VALUES ('id_no', ?, 'A'), ('id_no', ?, 'B'), ('phone', ?, 'P')", [a, b, p]
    )
    for layer in ("record", "history"):
        con.execute(
            f"INSERT INTO {layer}.case_reports VALUES ('s', '1', ?, ?, ?, 'h'), ('s', '2', ?, NULL, ?, ?),"
            " ('s', '3', ?, NULL, NULL, 'x')", [a, b, p, a, p, REVERSED, ERASED],
        )  # fmt: skip
    of = [LINKED.format(f'"{token[:8]}"') for token in (a, ERASED, LOST)]
    for table in ("memberships", "moves"):
        con.execute(f"INSERT INTO link.{table} VALUES ('s', '2', ?), ('s', '3', ?), ('s', '9', ?)", of)
    con.execute("INSERT INTO link.edges VALUES ('s', '1', 'id_rule', ?)", [of[0]])
    con.execute("INSERT INTO ops.rejected_rows VALUES ('s', 'd', 'L', 1, ?)", [LOST])
    con.execute("INSERT INTO ops.order_rows VALUES (?), ('*'), ('K')", [LOST])
    return made


def test_what_had_a_token_in_common_has_one_in_common_still(file: File) -> None:
    done = file.pass_over(file.rotate())
    a, b, p = file.made()
    for layer in ("record", "history"):
        assert file.rows(f"FROM {layer}.case_reports ORDER BY source_id") == [
            ("s", "1", a, b, p, "h"), ("s", "2", a, None, p, REVERSED), ("s", "3", ERASED, None, None, "x")
        ]  # fmt: skip
    for table in ("memberships", "moves"):
        assert file.rows(f"SELECT evidence FROM link.{table} ORDER BY source_id") == [
            (LINKED.format(f'"{a[:8]}"'),), (LINKED.format(f'"{ERASED[:8]}"'),), (LINKED.format("null"),)
        ], "one that names a token of nobody's any more names none"  # fmt: skip
    assert file.rows("SELECT evidence FROM link.edges") == [(LINKED.format(f'"{a[:8]}"'),)]
    ((row_token,),) = file.rows("SELECT row_token FROM ops.rejected_rows")
    assert row_token != LOST
    assert {*file.rows("FROM ops.order_rows")} == {(row_token,), ("*",), ("K",)}
    assert (done.changed, done.lost) == ({"id_no": 2, "phone": 1, "row": 1}, 1)


def test_a_second_pass_changes_nothing(file: File) -> None:
    new = file.rotate()
    file.pass_over(new)
    before = file.rows("FROM ops.rejected_rows")
    assert file.pass_over(new) == Retokenised()
    assert file.rows("FROM ops.rejected_rows") == before
