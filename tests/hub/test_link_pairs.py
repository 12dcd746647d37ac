"""Which reports are compared: what two have in common, found by SQL and by plain Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import link_review
from hub.reading import statement

BUSY, DAYS = 4, 90
START = datetime(2026, 1, 1)
COLUMNS = (
    *("case_code", "system", "source_id", "related_system", "related_no", "local_code"),
    *("applicant_id_no_token", "respondent_id_no_token", "applicant_phone_token"),
)
few = st.sampled_from([None, "1", "2", "3"])
reports = st.lists(
    st.fixed_dictionaries({
        "case_code": st.sampled_from([None, "JF1", "JF2", "JF3", "JF4"]),
        "related_system": st.sampled_from([None, "court"]), "related_no": few,
        "local_code": st.sampled_from([None, "L1", "L2"]),
        "applicant_id_no_token": st.sampled_from([None, "p1", "p2"]),
        "respondent_id_no_token": st.sampled_from([None, "p1", "p3"]),
        "applicant_phone_token": st.sampled_from([None, "t1", "t2"]),
        "reported_at": st.sampled_from([START, START + timedelta(DAYS), START + timedelta(DAYS, seconds=1)]),
    }),
    min_size=2, max_size=9,
)  # fmt: skip


def found(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """The pairs of the statement, by source_id; that of the lesser case first."""
    names = (*COLUMNS, "reported_at")
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE reports ({', '.join(f'{name} VARCHAR' for name in COLUMNS)}, reported_at TIMESTAMP)")
        values = [[row[name] for name in names] for row in rows]
        con.executemany(f"INSERT INTO reports VALUES ({', '.join('?' * len(names))})", values)
        sql = statement(link_review.SQL, "link_pairs").replace("{core.case_reports}", "reports")
        con.execute(sql, {"busy": BUSY, "days": DAYS})
        told = con.execute(
            "SELECT a.source_id, b.source_id FROM pairs AS p"
            " JOIN reports AS a ON a.rowid = p.id JOIN reports AS b ON b.rowid = p.other_id"
        ).fetchall()
    assert len(told) == len(set(told)), "each pair once"
    return set(told)


def marks(row: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """What a report may have in common with another: kind, mark, and whether it is the applicant's."""
    yield "number", f"{row['system']}|{row['source_id']}", True
    if row["related_system"] is not None and row["related_no"] is not None:
        yield "number", f"{row['related_system']}|{row['related_no']}", True
    for kind, name in (
        ("local", "local_code"), ("person", "applicant_id_no_token"), ("phone", "applicant_phone_token"),
    ):  # fmt: skip
        if row[name] is not None:
            yield kind, row[name], True
    if row["respondent_id_no_token"] is not None:
        yield "person", row["respondent_id_no_token"], False


def expected(rows: list[dict[str, Any]]) -> set[tuple[str, str]]:
    told = [row for row in rows if row["case_code"] is not None]
    times = Counter((kind, mark) for row in told for kind, mark, _ in marks(row))
    pairs = set()
    for one, other in combinations(sorted(told, key=lambda row: row["case_code"]), 2):
        near = abs(one["reported_at"] - other["reported_at"]) <= timedelta(DAYS)
        if one["case_code"] != other["case_code"] and any(
            kind == another and mark == same and (is_applicant or is_too)
            and times[kind, mark] <= BUSY and (near or kind in ("number", "local"))
            for kind, mark, is_applicant in marks(one) for another, same, is_too in marks(other)
        ):  # fmt: skip
            pairs.add((one["source_id"], other["source_id"]))
    return pairs


@settings(deadline=None)
@given(reports)
def test_reports_of_two_cases_meet_where_plain_python_says(rows: list[dict[str, Any]]) -> None:
    numbered = [{"system": "court", "source_id": str(number), **row} for number, row in enumerate(rows)]
    assert found(numbered) == expected(numbered)


def test_what_many_have_in_common_names_nobody_and_hides_nobody() -> None:
    nothing = dict.fromkeys(COLUMNS) | {"system": "court", "reported_at": START}
    rows = [
        {**nothing, "case_code": f"JF{number}", "source_id": str(number), "applicant_phone_token": "switchboard",
         "related_no": "not of any system"}
        for number in range(BUSY + 1)
    ]  # fmt: skip
    assert found(rows) == set()
    assert len(found(rows[1:])) == BUSY * (BUSY - 1) // 2
    for row in rows[:2]:
        row["local_code"] = "one"
    assert found(rows) == {("0", "1")}
