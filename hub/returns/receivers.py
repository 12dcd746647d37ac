"""Who takes rows back, and what they are shown: the datasets of their scope, with the columns that mean the same from
one publish to the next."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hub.export import titles
from hub.returns.errors import ReturnError
from hub.scope import Scope, scope

if TYPE_CHECKING:
    import duckdb

    from operations.settings import Settings

DATASETS = (
    *("core.cases", "core.case_reports", "core.case_steps", "core.parties", "core.case_aliases"),
    *("core.visits", "core.transfers", "core.agreements", "core.confirmations", "core.referrals", "core.evaluations"),
    *("core.grids", "core.failing_rows"),
)
"""What is returned where the scope grants it: rows about single matters and places, never sums."""
OF_THE_RUN = ("as_of",)
"""Columns that every build writes anew: the manifest says it once for all rows."""


@dataclass(frozen=True)
class Receiver:
    """A county (or another division below the province), by its code, or a department."""

    code: str
    role: Literal["county", "department"]
    title: str

    @property
    def login(self) -> str:
        return self.code

    @property
    def area_code(self) -> str | None:
        return self.code if self.role == "county" else None

    @property
    def department(self) -> str | None:
        return self.code if self.role == "department" else None

    def scope(self) -> Scope:
        """What an account of this receiver may see."""
        return scope(self)

    def folder(self, settings: Settings) -> Path:
        return settings.returns / self.code


@dataclass(frozen=True)
class Dataset:
    """A published table as one receiver sees it. `source` is the scoped sub-select, to be run with `given`."""

    name: str
    title: str
    key: tuple[str, ...]
    columns: dict[str, str]  # name -> what it holds
    source: str
    given: dict[str, Any]

    @property
    def named_by(self) -> tuple[str, ...]:
        """The columns of the key that name no person: a withdrawal shows them."""
        return tuple(column for column in self.key if not column.endswith("_token"))


def receiver(connection: duckdb.DuckDBPyConnection, code: str) -> Receiver:
    """The receiver of this code, of a connection of published.both. Raises ReturnError for one that is not known."""
    found = connection.execute(
        "SELECT DISTINCT ON (code) code, name FROM marts.ref.divisions WHERE code = ? AND length(code) > 2"
        " ORDER BY code, valid_from DESC",
        [code],
    ).fetchone()
    if found is not None:
        return Receiver(code, "county", str(found[1]))
    departments = dict(
        connection.execute("SELECT DISTINCT department, department_name FROM marts.ref.systems").fetchall()
    )
    if code in departments:
        return Receiver(code, "department", str(departments[code]))
    near = ", ".join(difflib.get_close_matches(code, departments, 3, 0))
    raise ReturnError(
        f"no receiver {code!r}: name a division below the province, such as 330108, or a department; nearest: {near}"
    )


def datasets(connection: duckdb.DuckDBPyConnection, who: Receiver) -> list[Dataset]:
    """What this receiver takes back, of a connection of published.both."""
    from warehouse.runner import all_models

    keys = {model.table: model.key for model in all_models()}
    granted = who.scope()
    found = []
    for name in DATASETS:
        said = {column: title or "" for column, title in titles(connection, name).items() if column not in OF_THE_RUN}
        if not said or not granted.grants(name):
            continue
        source = granted.table(name)
        given = {key: value for key, value in granted.parameters().items() if f"${key}" in source}
        found.append(Dataset(name, _title(connection, name), keys[name], said, source, given))
    return found


def _title(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    query = "SELECT coalesce(comment, '') FROM duckdb_tables() WHERE schema_name || '.' || table_name = ?"
    (title,) = connection.execute(query, [name]).fetchall()[0]
    return str(title).partition("：")[0] or name
