"""Which columns of a contract are personal, and what stands for them outside the vault."""

from __future__ import annotations

import hashlib

import duckdb

from operations.personal_numbers import PATTERN, SHOWN
from schemas.contract import Column, Contract
from warehouse.build import literal
from warehouse.statements import script

TOKENISED = ("name", "id_no", "phone")  # looked up and compared: a token and a mask stand for them
VAULTED = ("address", "text", "sensitive")  # read by people only: nothing of them leaves the vault


IDENTIFIERS = ("_id", "_no", "_code", "_system", "uscc")
"""How columns end whose numbers name a matter, a record or an organisation."""


def worded(contract: Contract) -> list[Column]:
    """Names of offices and places, which are published as they came, but for the numbers of persons in them."""
    return [
        column
        for column in contract.columns
        if column.is_text
        and column.personal is None
        and column.code_list is None
        and column.division is None
        and not column.name.endswith(IDENTIFIERS)
    ]


def forms() -> str:
    """The forms of masks that this program makes."""
    return hashlib.sha256(f"{script('masks.sql')}{PATTERN}".encode()).hexdigest()[:12]


def keep_forms(con: duckdb.DuckDBPyConnection) -> None:
    """Keep in the build file that its masks are of the forms of now."""
    con.execute("DELETE FROM vault.mask_forms")
    con.execute("INSERT INTO vault.mask_forms VALUES (?)", [forms()])


def install_masks(con: duckdb.DuckDBPyConnection) -> None:
    """Define person_mask, name_mask, id_no_mask, phone_mask, worded_mask and plain_mask on this connection."""
    con.execute(
        "CREATE OR REPLACE TEMP MACRO numbers_shortened(value) AS"
        f" regexp_replace(value, {literal(PATTERN)}, {literal(SHOWN)}, 'g')"
    )
    con.execute(script("masks.sql"))


def mask(contract: Contract, column: Column, row: str) -> str:
    """The SQL of the masked form of a tokenised column of table alias `row`."""
    value = f"{row}.{column.name}"
    if column.personal == "id_no":
        return f"id_no_mask({value})"
    if column.personal == "phone":
        return f"phone_mask({value})"
    names = {other.name for other in contract.columns}
    minor = f"{row}.has_minor" if "has_minor" in names else "false"
    kind = column.name.removesuffix("name") + "kind"
    organisation = f"{row}.{kind} = 'organisation'" if kind in names else "false"
    return f"name_mask({value}, {minor}, {organisation})"


def install_evidence(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """Define evidence(rule_id, value): what may be shown of the value that broke a rule of this contract.

    A personal value shows its mask; free text, addresses and what is classified L3 or higher show nothing; any other
    value shows itself, shortened, and without what looks like an identity, bank or telephone number.
    """
    shown = {column.name: _evidence(column) for column in contract.columns}
    whens = " ".join(f"WHEN '{name}' THEN {sql}" for name, sql in shown.items() if sql != _PLAIN)
    masked = f"CASE split_part(rule_id, '.', 1) {whens} ELSE {_PLAIN} END" if whens else _PLAIN
    con.execute(f"CREATE OR REPLACE TEMP MACRO evidence(rule_id, value) AS {masked}")


_PLAIN = "plain_mask(nullif(value, ''))"


def _evidence(column: Column) -> str:
    if column.personal == "id_no":
        return "id_no_mask(nullif(value, ''))"
    if column.personal == "phone":
        return "phone_mask(nullif(value, ''))"
    if column.personal == "name":
        return "left(nullif(value, ''), 1) || '**'"
    hidden = column.personal in VAULTED or column.classification in ("L3", "L4")
    return "CAST(NULL AS VARCHAR)" if hidden else _PLAIN
