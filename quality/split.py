"""The SQL that reads what was judged: rejected rows with their reasons, and how often each rule was broken.

`checked` holds one row per landed record, with its position, its masks and whether it is rejected. `parts` says what
a row came from: a file, else a table, an interface or a topic; `unreadable` which positions hold no readable record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from quality.compiler import Statement
from quality.landed import PLACE
from quality.masks import BITS, mask_columns, picked
from quality.predicates import literal
from quality.rules import UNREADABLE, Rule
from schemas.contract import Contract
from schemas.delivery import MESSAGE_PLACE, Manifest

if TYPE_CHECKING:
    import duckdb

SPOILT = "c.position IN (SELECT position FROM unreadable)"


def rejected_rows(statement: Statement, contract: Contract, manifest: Manifest, fields: Sequence[str]) -> str:
    """The rows of quarantine: landed values, place, and every critical or warning rule that the row breaks.

    `fields` are the landed fields in the order of a spreadsheet's columns; they give the cell of the first reason.
    """
    named = {
        "system": manifest.system,
        "dataset": manifest.dataset,
        "contract": contract.name,
        "load_id": manifest.load_id,
    }
    names = ", ".join(f"{literal(value)} AS {name}" for name, value in named.items())
    described = [_reason(rule, written(statement, rule)) for rule in statement.rules]
    reasons = picked(statement.rules, described, "critical", "warning")
    landed_at = f"CAST({literal(str(manifest.completed_at))} AS TIMESTAMP)"
    return (
        f"SELECT {names}, c.position, c.source_id, c.source_updated_at, {_origin(statement)} AS file,"
        f" CAST(NULL AS BIGINT) AS line, c.sheet, {_cell(statement, fields)} AS cell,"
        f" CAST(c.raw AS VARCHAR) AS raw, {reasons} AS reasons,"
        " c.landed_at"
        " FROM checked AS c LEFT JOIN parts AS p ON p.part = c.part"
        f" WHERE c.rejected AND NOT {SPOILT}"
        f" UNION ALL SELECT {names}, u.position, NULL, NULL, coalesce(u.place, p.file), NULL, NULL, NULL, u.text,"
        f" [{_reason(UNREADABLE, 'u.problem')}], {landed_at}"
        " FROM unreadable AS u JOIN checked AS c ON c.position = u.position LEFT JOIN parts AS p ON p.part = c.part"
    )


def fired(con: duckdb.DuckDBPyConnection, statement: Statement) -> dict[str, int]:
    """Rows that broke each rule. Rows with the same bits are counted together, so this reads the masks alone."""
    masks = ", ".join(f"c.{name}" for name in mask_columns(statement.rules))
    groups = con.execute(f"SELECT count(*), {masks} FROM checked AS c WHERE NOT {SPOILT} GROUP BY ALL").fetchall()
    counts = dict.fromkeys((rule.id for rule in statement.rules), 0)
    for rows, *bits in groups:
        for index, rule in enumerate(statement.rules):
            if bits[index // BITS] >> (index % BITS) & 1:
                counts[rule.id] += rows
    found = con.execute("SELECT count(*) FROM unreadable").fetchone()
    counts[UNREADABLE.id] = found[0] if found else 0
    return {rule: rows for rule, rows in counts.items() if rows}


def written(statement: Statement, rule: Rule) -> str:
    """SQL: what the source wrote in the field of a rule."""
    source = statement.sources.get(rule.field)
    return f"c.raw ->> {literal(_pointer(source))}" if source is not None else "NULL"


def _pointer(field: str) -> str:
    """A JSON pointer (RFC 6901), which takes any field name as it is."""
    return "/" + field.replace("~", "~0").replace("/", "~1")


def _origin(statement: Statement) -> str:
    """SQL: what a row came from; of a topic with its place, as connectors.queue writes it: topic[partition]@offset."""
    if not set(MESSAGE_PLACE) <= set(statement.fields):
        return "p.file"
    partition, offset = (f"(c.raw ->> {literal(_pointer(name))})" for name in MESSAGE_PLACE)
    return f"coalesce(p.file || '[' || {partition} || ']@' || {offset}, p.file)"


def _cell(statement: Statement, fields: Sequence[str]) -> str:
    """SQL: the spreadsheet cell of the first reason, such as K17; NULL outside spreadsheets."""
    columns = [name for name in fields if name not in PLACE]
    letters = []
    for rule in statement.rules:
        source = statement.sources.get(rule.field)
        letters.append(literal(_letters(columns.index(source)) if source in columns else "A"))
    return f"CASE WHEN c.sheet IS NOT NULL THEN ({picked(statement.rules, letters, 'critical')})[1] || c.sheet_row END"


def _letters(index: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def _reason(rule: Rule, value: str) -> str:
    facts = {
        "rule": rule.id,
        "field": rule.field,
        "message": rule.message,
        "dimension": rule.dimension,
        "severity": rule.severity,
        "responsibility": rule.responsibility,
    }
    body = ", ".join(f"{literal(name)}: {literal(text)}" for name, text in facts.items())
    return f"{{{body}, 'value': CAST({value} AS VARCHAR)}}"
