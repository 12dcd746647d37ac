"""The audit: what the compiled rules count, counted once more by Great Expectations, which shares no rule with them.

All landed rows of a dataset go through the compiled statement into a file, which Great Expectations judges by a suite
of its own (`quality.audit_suite`); rules over records are counted again in the published file
(`quality.audit_records`). Both must count the same for every rule; a difference is a fault of ours, never of a
department.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from quality.audit_records import records_asked
from quality.audit_suite import suite
from quality.checkpoint import Finding
from quality.compiler import Statement
from quality.conform import DIVISION_CODES, connect, judge_load, landed
from quality.masks import BITS
from quality.predicates import literal
from quality.split import SPOILT, fired
from quality.tally import Tally, count_again, only_one_names
from schemas.divisions import today

if TYPE_CHECKING:
    import duckdb

    from operations.settings import Settings
    from quality.record_rules import RecordRule
    from schemas.codes import Decided
    from schemas.contract import Contract
    from schemas.declaration import Dataset, System
    from schemas.delivery import Manifest

VIEWS = f"""
CREATE VIEW readable AS SELECT c.* FROM checked AS c WHERE NOT {SPOILT};
CREATE VIEW live AS FROM readable WHERE NOT is_tombstone;
"""
"""The rows that the suite judges: all readable ones, and those that are no tombstones."""


@dataclass(frozen=True)
class Audited:
    """How many rows of a dataset were judged, and a tally for each rule."""

    rows: int
    tallies: list[Tally]


def audit_rows(
    settings: Settings,
    manifests: Sequence[Manifest],
    statement: Statement,
    dataset: Dataset,
    contract: Contract,
    as_of: datetime,
    decided: Sequence[Decided] = (),
) -> Audited:
    """Count each rule over all readable rows of complete loads of one dataset, both ways.

    `decided` is what people decided about codes, with which the statement was compiled.

    The rows lie unmasked in a folder of the private zone, which is removed at the end. Raises SuiteError for a rule
    without an expectation, CheckError for a part that cannot be read.
    """
    expected = {check.id: check for check in suite(dataset, contract, as_of, decided)}
    kinds = {rule.id: rule.kind for rule in statement.rules}
    places = {rule.id: index for index, rule in enumerate(statement.rules)}
    system = manifests[0].system

    def differing(con: duckdb.DuckDBPyConnection, tally: Tally, named: Finding) -> tuple[str, ...]:
        mask, bit = divmod(places[tally.rule_id], BITS)
        broken = f"SELECT position FROM readable WHERE mask_{mask} & {1 << bit} <> 0"
        positions = only_one_names(con, broken, named, "position", {})
        shown = "SELECT coalesce(source_id, 'position ' || position) FROM readable WHERE position IN (SELECT unnest(?))"
        return tuple(key for (key,) in con.execute(f"{shown} ORDER BY position", [positions]).fetchall())

    with tempfile.TemporaryDirectory(dir=settings.private, prefix="audit-") as folder:
        database = Path(folder) / "rows.duckdb"
        compiled, rows = keep_rows(settings, manifests, statement, as_of, database)
        pairs = []
        for rule in dict.fromkeys([*kinds, *expected]):
            count = compiled.get(rule, 0) if rule in kinds else None
            pairs.append((Tally(system, dataset.name, rule, kinds.get(rule, ""), count), expected.get(rule)))
        return Audited(rows, count_again(settings, database, pairs, differing))


def keep_rows(
    settings: Settings, manifests: Sequence[Manifest], statement: Statement, as_of: datetime, database: Path
) -> tuple[dict[str, int], int]:
    """Put the judged rows of complete loads of one dataset into a new file `database`, with the tables that the suite
    reads. Returns what the compiled rules count, and how many rows were readable."""
    kept = replace(statement, sql=f"{statement.judged}SELECT COLUMNS(c -> NOT starts_with(c, 'landed ')) FROM judged")
    with closing(connect(settings, database.parent, str(database))) as con:
        database.chmod(0o600)
        judge_load(con, landed(settings, manifests, database.parent), kept, as_of, database.with_suffix(".parquet"))
        compiled = fired(con, statement)
        con.execute(VIEWS)
        place_tables(con)
        found = con.execute("SELECT count(*) FROM readable").fetchone()
    return compiled, found[0] if found else 0


def place_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that the suite compares places with: `divisions`, and `retired` with the code of today."""
    changed = ", ".join(f"({literal(code)}, {literal(now)})" for code, now in today().items())
    con.execute(f"CREATE TABLE divisions AS {DIVISION_CODES}")
    con.execute(f"CREATE TABLE retired AS FROM (VALUES {changed}) AS r (code, today)")


def audit_records(
    settings: Settings,
    current: Path,
    rules: Iterable[RecordRule],
    contracts: Mapping[str, Contract],
    systems: Iterable[System],
    wanted: Collection[str],
) -> list[Tally]:
    """Count each rule over records for each wanted system: what the build of a published `current.duckdb` found
    failing, and what Great Expectations finds in the same records. `systems` are all that are declared."""
    import duckdb

    asked = {
        (one.contract.name, one.check.id, one.system): one
        for one in records_asked(contracts, systems)
        if one.system in wanted
    }
    compiled = {
        (rule.contract, rule.rule.id, system): (rule.rule.kind, [name for of, name in rule.versions if of == system])
        for rule in rules
        for system, _ in rule.versions
        if system in wanted
    }
    with duckdb.connect(str(current), read_only=True) as con:
        counts = con.execute("SELECT contract, rule_id, system, count(*) FROM ops.failing_records GROUP BY ALL")
        failing = {tuple(row[:3]): row[3] for row in counts.fetchall()}
    pairs = []
    for rule in dict.fromkeys([*compiled, *asked]):
        one = asked.get(rule)
        kind, datasets = compiled[rule] if rule in compiled else ("", list(one.datasets) if one else [])
        count = failing.get(rule, 0) if rule in compiled else None
        pairs.append((Tally(rule[2], " ".join(datasets), rule[1], kind, count), one.expected() if one else None))
    return count_again(settings, current, pairs, _differing_records)


def _differing_records(con: duckdb.DuckDBPyConnection, tally: Tally, named: Finding) -> tuple[str, ...]:
    values = {"contract": named.check.table.split(".")[1], "rule": tally.rule_id, "system": tally.system}
    failing = (
        "SELECT source_id FROM ops.failing_records WHERE contract = $contract AND rule_id = $rule AND system = $system"
    )
    return tuple(only_one_names(con, failing, named, "source_id", values))
