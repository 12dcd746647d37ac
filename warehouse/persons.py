"""The persons of a record: which columns of a contract are about the same one, and who is behind a token or a key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

from schemas.contract import Contract

LAYERS = ("record", "history")
ROUNDS = 3
"""How often what is known of a person is looked for again: with an ID number came a telephone, with that a name."""


class PersonError(LookupError):
    """Nobody, or more than one, is behind what was asked for; the message says what to name instead."""


@dataclass(frozen=True)
class Role:
    """One person of a record: `name`, `id_no` and `phone` are its columns in the contract (None: it has none).

    `role` is what their names begin with (applicant, respondent); of a contract with one person it is empty.
    """

    contract: str
    role: str
    name: str | None
    id_no: str | None
    phone: str | None

    def columns(self) -> list[tuple[str, str]]:
        """(kind, column) of those that there are."""
        return [(kind, column) for kind in ("name", "id_no", "phone") if (column := getattr(self, kind)) is not None]

    def matches(self) -> str:
        """SQL: the row `r` of record or history is about the person of temp tables erased_tokens, erased_records.

        An ID number is one person's; a telephone may be a household's, so it counts with the name alone. A record that
        was of the person counts where no other ID number stands in it.
        """
        own, kind = (self.id_no, "id_no") if self.id_no is not None else (self.name or self.phone, "name")
        either = [
            f"((r.{own}_token IS NULL OR {_among(str(own), kind)}) AND EXISTS (SELECT 1 FROM erased_records AS e"
            " WHERE e.system = r.system AND e.source_id = r.source_id"
            f" AND e.contract = '{self.contract}' AND e.role = '{self.role}'))"
        ]
        if self.id_no is not None:
            either.append(_among(self.id_no, "id_no"))
        if self.phone is not None and self.name is not None:
            either.append(f"({_among(self.phone, 'phone')} AND {_among(self.name, 'name')})")
        return f"({' OR '.join(either)})"


@dataclass
class Found:
    """Tokens by kind, and the records (contract, role, system, source_id) that the person is in."""

    tokens: dict[str, set[str]] = field(default_factory=lambda: {"id_no": set(), "phone": set(), "name": set()})
    records: set[tuple[str, str, str, str]] = field(default_factory=set)


def roles(contract: Contract) -> list[Role]:
    """The persons that a record of a contract names: one by ID number where it has several, else one at most."""
    kinds: dict[str, list[str]] = {"name": [], "id_no": [], "phone": []}
    for column in contract.columns:
        if column.personal in kinds:
            kinds[column.personal].append(column.name)
    if len(kinds["id_no"]) < 2:
        first = {kind: names[0] if names else None for kind, names in kinds.items()}
        return [Role(contract.name, "", **first)] if any(first.values()) else []
    found = []
    for id_no in kinds["id_no"]:
        role = id_no.removesuffix("_id_no")
        own = {
            kind: next((name for name in names if name.startswith(f"{role}_")), None) for kind, names in kinds.items()
        }
        found.append(Role(contract.name, role, **own))
    return found


def by_record(
    con: duckdb.DuckDBPyConnection, every: Iterable[Role], system: str, source_id: str, role: str | None
) -> Found:
    """The person of a record. Raises PersonError when there is none, or it names several and `role` is None."""
    found, named = Found(), []
    for one in every:
        if role not in (None, one.role):
            continue
        columns = ", ".join(f"r.{column}_token" for _, column in one.columns())
        for layer in LAYERS:
            rows = con.execute(
                f"SELECT DISTINCT {columns} FROM {layer}.{one.contract} AS r WHERE system = ? AND source_id = ?",
                [system, source_id],
            ).fetchall()
            rows = [row for row in rows if any(row)]
            if rows and one not in named:
                named.append(one)
            for row in rows:
                _add(found, one, row)
        if one in named:
            found.records.add((one.contract, one.role, system, source_id))
    if not named:
        raise PersonError(
            f"no record {source_id} of {system} names a person" + (f" as {role}" if role else "")
            + "; `hub trace CASE_CODE` lists the records of a case with their keys"
        )  # fmt: skip
    if len({(one.contract, one.role) for one in named}) > 1:
        listed = ", ".join(f"{one.contract} {one.role or '-'}" for one in named)
        raise PersonError(f"record {source_id} of {system} names several persons ({listed}); choose one with --role")
    return found


def by_token(con: duckdb.DuckDBPyConnection, every: Iterable[Role], token: str) -> Found:
    """The person behind a token of any kind. Raises PersonError when nobody is, or more than one."""
    found, persons = Found(), set[tuple[str | None, ...]]()
    for one in every:
        for layer in LAYERS:
            for _, column in one.columns():
                selected = ", ".join(
                    f"r.{other}_token" if (other := getattr(one, kind)) else "NULL"
                    for kind in ("id_no", "phone", "name")
                )
                rows = con.execute(
                    f"SELECT DISTINCT {selected} FROM {layer}.{one.contract} AS r WHERE r.{column}_token = ?", [token]
                ).fetchall()
                for id_no, phone, name in rows:
                    persons.add((id_no,) if id_no else (None, phone, name))
                    for kind, value in (("id_no", id_no), ("phone", phone), ("name", name)):
                        if value:
                            found.tokens[kind].add(value)
    if not persons:
        raise PersonError(f"no record has the token {token}; take it from a column *_token of the published tables")
    known = {one for one in persons if one[0]}
    if (
        len(known) > 1
        or (len(persons) > 1 and not known)
        or (known and len(found.tokens["name"]) > 1 and persons > known)
    ):
        raise PersonError(
            f"the token {token} is of {len(persons)} different persons, as a name or a telephone may be; name the ID"
            " number's token, or a record with --record"
        )
    return found


def widen(con: duckdb.DuckDBPyConnection, every: Iterable[Role], found: Found) -> None:
    """Add every record of the person, and the tokens that those add: temp tables as `Role.matches` needs them."""
    every = list(every)
    for _ in range(ROUNDS):
        stage(con, found.tokens, found.records)
        for one in every:
            selected = ", ".join(f"r.{column}_token" for _, column in one.columns())
            for layer in LAYERS:
                rows = con.execute(
                    f"SELECT DISTINCT r.system, r.source_id, {selected} FROM {layer}.{one.contract} AS r"
                    f" WHERE {one.matches()}"
                ).fetchall()
                for system, source_id, *row in rows:
                    found.records.add((one.contract, one.role, system, source_id))
                    _add(found, one, row)


def stage(
    con: duckdb.DuckDBPyConnection,
    tokens: dict[str, set[str]] | dict[str, dict[str, str]],
    records: Iterable[tuple[str, str, str, str]],
) -> None:
    """Fill erased_tokens(kind, token, replacement) and erased_records(contract, role, system, source_id)."""
    con.execute("CREATE OR REPLACE TEMP TABLE erased_tokens (kind VARCHAR, token VARCHAR, replacement VARCHAR)")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE erased_records"
        " (contract VARCHAR, role VARCHAR, system VARCHAR, source_id VARCHAR)"
    )
    rows = [
        (kind, token, held[token] if isinstance(held, dict) else None)
        for kind, held in tokens.items() for token in sorted(held)
    ]  # fmt: skip
    if rows:
        con.executemany("INSERT INTO erased_tokens VALUES (?, ?, ?)", rows)
    if listed := sorted(records):
        con.executemany("INSERT INTO erased_records VALUES (?, ?, ?, ?)", listed)


def _add(found: Found, role: Role, row: Iterable[str | None]) -> None:
    for (kind, _), value in zip(role.columns(), row, strict=True):
        if value:
            found.tokens[kind].add(value)


def _among(column: str, kind: str) -> str:
    return f"coalesce(r.{column}_token IN (SELECT token FROM erased_tokens WHERE kind = '{kind}'), false)"
