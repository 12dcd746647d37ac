"""Which columns of a contract are personal, and what stands for them outside the vault."""

from __future__ import annotations

import duckdb

from schemas.contract import Column, Contract
from warehouse.statements import script

TOKENISED = ("name", "id_no", "phone")  # looked up and compared: a token and a mask stand for them
VAULTED = ("address", "text")  # read by people only: nothing of them leaves the vault


def install_masks(con: duckdb.DuckDBPyConnection) -> None:
    """Define person_mask, name_mask, id_no_mask and phone_mask on this connection."""
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
