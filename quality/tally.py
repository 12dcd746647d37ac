"""One rule counted twice, by the compiled rules and by Great Expectations, and the records on which they differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.checkpoint import Check, Finding, findings

if TYPE_CHECKING:
    import duckdb

    from operations.settings import Settings

KEYS = 3
COUNTS = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
"""Counts alone: no value of a row leaves the file."""
NAMED = {"result_format": "COMPLETE", "unexpected_index_column_names": ["position", "source_id"]}
"""Which rows fail as well; of a rule at most 200."""


@dataclass(frozen=True)
class Tally:
    """One rule of one dataset, or of one system's records.

    `compiled` is None for a rule that the contract asks for and the compiler lacks; `expected` is None for one that
    Great Expectations could not judge, and then `error` says why. `keys` are up to three records that only one of the
    two finds failing, among those that Great Expectations names.
    """

    system: str
    dataset: str
    rule_id: str
    kind: str
    compiled: int | None
    expected: int | None = None
    error: str | None = None
    keys: tuple[str, ...] = ()

    @property
    def is_counted_twice(self) -> bool:
        return self.compiled is not None and self.expected is not None

    @property
    def agrees(self) -> bool:
        return self.is_counted_twice and self.compiled == self.expected


OF_SQL = re.compile(r"\(_?duckdb\.(Parser|Binder|Catalog)Exception\)")
NOBODY_ASKED = "neither contract nor declaration asks for this rule"
Pair = tuple[Tally, Check | None]
"""What the compiled rules count, and the expectation that counts it again; None where nobody asks for the rule."""


def count_again(
    settings: Settings,
    database: Path,
    pairs: Sequence[Pair],
    differing: Callable[[duckdb.DuckDBPyConnection, Tally, Finding], tuple[str, ...]],
) -> list[Tally]:
    """The tallies with what Great Expectations counts in `database`.

    For those that do not agree, `differing` is asked for the keys, with a finding that names rows.
    """
    import duckdb

    found = _judged(settings, database, [check for _, check in pairs if check is not None], COUNTS)
    counted = [(_completed(tally, found.get(_key(check))), check) for tally, check in pairs]
    unequal = [check for tally, check in counted if check and tally.is_counted_twice and not tally.agrees]
    if not unequal:
        return [tally for tally, _ in counted]
    named = _judged(settings, database, unequal, NAMED)
    with duckdb.connect(str(database), read_only=True) as con:
        return [
            replace(tally, keys=differing(con, tally, named[_key(check)])) if _key(check) in named else tally
            for tally, check in counted
        ]


def _key(check: Check | None) -> tuple[str, str]:
    return (check.table, check.id) if check else ("", "")


def _judged(
    settings: Settings, database: Path, checks: Iterable[Check], result_format: dict[str, Any]
) -> dict[tuple[str, str], Finding]:
    judged = findings(database, checks, result_format, memory_limit=settings.memory_limit, threads=settings.threads)
    return {_key(one.check): one for one in judged}


def _completed(tally: Tally, found: Finding | None) -> Tally:
    if found is None:
        return replace(tally, error=NOBODY_ASKED)
    return replace(tally, expected=found.unexpected, error=found.error and _without_values(found.error))


def _without_values(error: str) -> str:
    """An error that names SQL as it is; of any other, which may quote a row, only its kind."""
    return error if OF_SQL.match(error) else error.partition(":")[0]


def only_one_names(
    con: duckdb.DuckDBPyConnection, compiled: str, named: Finding, by: str, parameters: dict[str, Any]
) -> list[Any]:
    """Up to three values of the column `by` that only one of the two has.

    `compiled` is SQL for the column of the compiled rule's failing rows. Rows that it alone has are sure only where
    Great Expectations names all of its own.
    """
    theirs = [row[by] for row in named.rows]
    sql = (
        f"WITH ours AS ({compiled}), theirs AS (SELECT unnest($theirs) AS {by}) "
        "(FROM theirs EXCEPT FROM ours) UNION (SELECT * FROM (FROM ours EXCEPT FROM theirs) WHERE $all_named)"
        f" ORDER BY {by} LIMIT {KEYS}"
    )
    values = parameters | {"theirs": theirs, "all_named": len(theirs) == named.unexpected}
    return [value for (value,) in con.execute(sql, values).fetchall()]
