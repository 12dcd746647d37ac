"""The check `predicate`: a boolean SQL expression that a contract writes out itself, TRUE where the row is wrong.

Only what cannot fail on any value is allowed: no cast, no arithmetic but a moment plus or minus an interval, no
subquery. So a rule that compiles never stops a load.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from quality.predicates import Predicate
from quality.rules import RuleError
from schemas.contract import Check, Contract

if TYPE_CHECKING:
    from sqlglot import exp

FUNCTIONS = ("contains", "length", "starts_with", "year")
ALLOWED = (
    "the columns of the contract, texts, numbers, TRUE, FALSE, AND, OR, NOT, =, <>, <, <=, >, >=, IS NULL, BETWEEN,"
    f" a moment + or - INTERVAL n DAY, brackets, and the functions {', '.join(FUNCTIONS)}"
)
# A value of each type, on which an expression that mixes types fails when it is compiled, not when data comes.
_SAMPLES = {"VARCHAR": "'字'", "BOOLEAN": "true", "DATE": "'2199-12-31'", "TIMESTAMP": "'2199-12-31'"}


def free_predicate(contract: Contract, check: Check) -> Predicate:
    """The predicate of a rule, with the columns that it reads in the order of their mention.

    Raises RuleError for a text that is not one such expression over this contract's columns; the message names the
    word that is in the way and what may stand there.
    """
    if list(check.arguments) != ["sql"] or not isinstance(check.arguments["sql"], str):
        raise RuleError(contract, check, "the check predicate takes one argument: sql, a boolean SQL expression")
    try:
        sql, columns = _compiled(check.arguments["sql"], tuple((one.name, one.type) for one in contract.columns))
    except _RefusedError as refused:
        raise RuleError(contract, check, str(refused)) from None
    return Predicate(sql, columns)


class _RefusedError(ValueError):
    """Why an expression is not taken."""


@cache
def _compiled(text: str, types: tuple[tuple[str, str], ...]) -> tuple[str, tuple[str, ...]]:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        parsed = sqlglot.parse(text, read="duckdb")
    except SqlglotError as error:
        raise _RefusedError(f"{text!r} is no SQL expression: {str(error).splitlines()[0]}") from None
    if len(parsed) != 1 or parsed[0] is None:
        raise _RefusedError(f"sql must be exactly one expression, which {text!r} is not")
    tree = parsed[0]
    for node in tree.walk():
        word = _foreign(node)
        if word is not None:
            raise _RefusedError(f"{word!r} may not stand in a predicate; allowed are {ALLOWED}")
    names = tuple(dict.fromkeys(node.name for node in _columns(tree)))
    strangers = [name for name in names if name not in dict(types)]
    if strangers:
        columns = ", ".join(name for name, _ in types)
        raise _RefusedError(f"{strangers[0]!r} is no column of the contract; it has: {columns}")
    if not names:
        raise _RefusedError(f"{text!r} names no column, so it says nothing about a row")
    sql = _written(tree)
    _try(tree, {name: kind for name, kind in types if name in names})
    return f"({sql})" if isinstance(tree, exp.Or) else sql, names


def _columns(tree: exp.Expr) -> list[exp.Column]:
    """The columns that an expression mentions, from left to right."""
    from sqlglot import exp

    return [node for node in tree.dfs() if isinstance(node, exp.Column)]


def _foreign(node: exp.Expr) -> str | None:
    """The word of an expression that may not stand in a predicate, or None."""
    from sqlglot import exp

    plain = (
        exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between,
        exp.Literal, exp.Boolean, exp.Null, exp.Contains, exp.Length, exp.StartsWith, exp.Year,
    )  # fmt: skip
    if isinstance(node, exp.Column):
        return None if isinstance(node.this, exp.Identifier) and not node.table else node.sql(dialect="duckdb")
    if isinstance(node, exp.Identifier):
        return None if isinstance(node.parent, exp.Column) else node.name
    if isinstance(node, exp.Is):
        return None if isinstance(node.expression, exp.Null) else node.sql(dialect="duckdb")
    if isinstance(node, exp.Add | exp.Sub):
        return None if isinstance(node.expression, exp.Interval) else node.sql(dialect="duckdb")
    if isinstance(node, exp.Interval):
        fixed = isinstance(node.this, exp.Literal) and isinstance(node.parent, exp.Add | exp.Sub)
        return None if fixed else node.sql(dialect="duckdb")
    if isinstance(node, exp.Var):
        return None if isinstance(node.parent, exp.Interval) else node.name
    return None if isinstance(node, plain) else node.sql(dialect="duckdb")


def _written(tree: exp.Expr) -> str:
    return tree.sql(dialect="duckdb", identify=True, comments=False)


def _try(tree: exp.Expr, types: dict[str, str]) -> None:
    """Run the expression on one row of samples, and each part alone, because AND and OR stop at the first answer."""
    import duckdb
    from sqlglot import exp

    row = ", ".join(f'CAST({_SAMPLES.get(kind, "1")} AS {kind}) AS "{name}"' for name, kind in types.items())
    parts = [
        _written(node) for node in tree.walk() if isinstance(node, exp.Predicate | exp.Func | exp.Not | exp.Binary)
    ]
    parts += [f"NOT ({_written(side)})" for node in tree.find_all(exp.Connector) for side in (node.left, node.right)]
    with duckdb.connect() as con:
        try:
            found = con.execute(
                f"SELECT typeof({_written(tree)}), {', '.join(parts) or 1} FROM (SELECT {row})"
            ).fetchone()
        except duckdb.Error as error:
            problem = str(error).splitlines()[0]
            raise _RefusedError(f"{_written(tree)} does not fit the types of its columns: {problem}") from None
    kind = found[0] if found else ""
    if kind != "BOOLEAN":
        raise _RefusedError(f"{_written(tree)} gives {kind}, not yes or no; write a comparison")
