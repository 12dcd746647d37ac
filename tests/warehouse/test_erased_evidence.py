"""A link says by the first eight digits which token two reports have in common; of an erased person it says another."""

from __future__ import annotations

import json

import duckdb
import pytest

from warehouse.erasure import erase_evidence, remains
from warehouse.persons import stage

ID, PHONE, OTHER = "0123456789abcdef" * 2, "fedcba9876543210" * 2, "a" * 32
NEW_ID, NEW_PHONE = "1" * 32, "2" * 32


def said(rule: str, matched: str) -> str:
    return json.dumps(
        {"rule": rule, "system": "s", "days": 2, "matched": matched, "swapped": False}, separators=(",", ":")
    )


ROWS = [
    ("1", "id_rule", ID[:8], NEW_ID[:8]),
    ("2", "phone_rule", PHONE[:8], NEW_PHONE[:8]),
    ("3", "id_rule", OTHER[:8], OTHER[:8]),  # somebody else's
    ("4", "transfer", ID[:8], ID[:8]),  # the number of a report, which happens to read the same
    ("5", "id_rule", PHONE[:8], PHONE[:8]),  # a token of another kind
]


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("ATTACH ':memory:' AS wh; USE wh; CREATE SCHEMA link; CREATE SCHEMA core")
    made.execute("CREATE TABLE link.memberships (source_id VARCHAR, method VARCHAR, evidence VARCHAR)")
    made.execute("CREATE TABLE link.moves AS FROM link.memberships")
    made.execute("CREATE TABLE link.edges (source_id VARCHAR, rule VARCHAR, evidence VARCHAR)")
    made.execute("CREATE TABLE core.case_reports (source_id VARCHAR, link_evidence VARCHAR)")
    for key, rule, matched, _ in ROWS:
        for table in ("memberships", "moves"):
            made.execute(f"INSERT INTO link.{table} VALUES (?, ?, ?)", [key, rule, said(rule, matched)])
        short = json.dumps({"matched": matched, "swapped": False}, separators=(",", ":"))
        made.execute("INSERT INTO link.edges VALUES (?, ?, ?)", [key, rule, short])
        made.execute("INSERT INTO core.case_reports VALUES (?, ?)", [key, said(rule, matched)])
    made.execute("INSERT INTO link.memberships VALUES ('6', 'first', '{\"rule\":\"first\"}'), ('7', 'decided', NULL)")
    stage(made, {"id_no": {ID: NEW_ID}, "phone": {PHONE: NEW_PHONE}, "name": {"b" * 32: "3" * 32}}, [])
    return made


def test_the_beginning_of_each_token_is_that_of_the_one_that_stands_for_it(con: duckdb.DuckDBPyConnection) -> None:
    assert erase_evidence(con) == {"link.memberships": 2, "link.moves": 2, "link.edges": 2}
    for table in ("memberships", "moves", "edges"):
        found = con.execute(
            f"SELECT source_id, evidence FROM link.{table} WHERE source_id <= '5' ORDER BY 1"
        ).fetchall()
        assert [(key, json.loads(evidence)["matched"]) for key, evidence in found] == [
            (key, after) for key, _, _, after in ROWS
        ]
    assert con.execute("SELECT evidence FROM link.memberships WHERE source_id = '6'").fetchall() == [
        ('{"rule":"first"}',)
    ]
    assert erase_evidence(con) == {}, "again it changes nothing"


def test_what_is_left_is_found_in_every_file_that_has_evidence(con: duckdb.DuckDBPyConnection) -> None:
    left = {"link.memberships.evidence": 2, "link.moves.evidence": 2, "core.case_reports.link_evidence": 2}
    assert remains(con) == left | {"link.edges.evidence": 2}
    erase_evidence(con)
    assert remains(con) == {"core.case_reports.link_evidence": 2}, "the next build makes it anew"
