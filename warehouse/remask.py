"""The masks of a build file are of the forms of masks.sql: where those have changed, they are made anew from the vault.

A record that comes again unchanged is not written again, so what its mask showed too much would be shown for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from warehouse.masking import forms, install_masks, keep_forms, mask, worded
from warehouse.tables import tokenised

if TYPE_CHECKING:
    from schemas.contract import Column, Contract
    from warehouse.build import Writer


def remask(writer: Writer, contracts: Iterable[Contract]) -> int:
    """Write the masks of every record and version that are no more what masks.sql makes; how many. All, or none.

    What has no value in the vault, as of a person who was erased, is left alone. Evidence keeps what it shows.
    """
    if writer.con.execute("SELECT forms FROM vault.mask_forms").fetchall() == [(forms(),)]:
        return 0
    install_masks(writer.con)
    written = 0
    with writer.transaction() as con:
        for contract in contracts:
            for table in (f"record.{contract.name}", f"history.{contract.name}"):
                updates = [_made_anew(table, contract, column) for column in tokenised(contract)]
                updates += [_worded_anew(table, column) for column in worded(contract)]
                for update in updates:
                    [(rows,)] = con.execute(update).fetchall()
                    written += int(rows)
        keep_forms(con)
    return written


def _made_anew(table: str, contract: Contract, column: Column) -> str:
    return (
        f"UPDATE {table} AS r SET {column.name}_mask = made.mask FROM ("
        f"SELECT s.row_number, {mask(contract, column, 's')} AS mask FROM ("
        f"SELECT t.*, t.rowid AS row_number, v.value AS {column.name} FROM {table} AS t"
        f" JOIN vault.personal_values AS v ON v.kind = '{column.personal}' AND v.token = t.{column.name}_token) AS s"
        f") AS made WHERE made.row_number = r.rowid AND made.mask <> r.{column.name}_mask"
    )


def _worded_anew(table: str, column: Column) -> str:
    made = f"worded_mask({column.name})"
    return f"UPDATE {table} SET {column.name} = {made} WHERE {made} <> {column.name}"
