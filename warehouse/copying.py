"""Tables of the build file, in their order, with what is said of them, in a file that is not encrypted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from warehouse.build import STORAGE_VERSION, Writer, literal
from warehouse.landing import sync_file
from warehouse.statements import script

ROWS_AT_ONCE = 2_000_000
"""Rows after which what was copied is committed."""
Comments = Mapping[str, Sequence[tuple[str | None, str]]]
"""schema.table -> (column, comment) of what is commented; the table's own comment has the column None."""
FINGERPRINT = "record_hash"
"""Stays in the build file: it has no key, so whoever holds the masked rest of a record could try values against it."""


def copy_tables(writer: Writer, names: Iterable[str], path: Path) -> list[tuple[str, int]]:
    """Copy tables and views (schema.table) without FINGERPRINT into a new file, which is on the disk then; the rows
    of each.

    Several tables are one transaction, because on its own each of their thousand comments waits for the disk; large
    ones are not together in one, because until it ends it keeps in memory part of what it has written.
    """
    con = writer.con
    comments = _comments(writer)
    copied: list[tuple[str, int]] = []
    left = iter(list(names))
    con.execute(f"ATTACH {literal(path)} AS copy (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        while batch := list(_committed(writer, left, comments)):
            copied += batch
    finally:
        con.execute("DETACH copy")
    path.chmod(0o640)
    sync_file(path)
    return copied


def _committed(writer: Writer, left: Iterator[str], comments: Comments) -> Iterator[tuple[str, int]]:
    """Copy the next of the tables in one transaction."""
    with writer.transaction() as con:
        written = 0
        for name in left:
            con.execute(f"CREATE SCHEMA IF NOT EXISTS copy.{name.split('.')[0]}")
            kept = f"COLUMNS(lambda name: name <> {literal(FINGERPRINT)})"
            [(rows,)] = con.execute(f"CREATE TABLE copy.{name} AS SELECT {kept} FROM wh.{name}").fetchall()
            con.execute(
                ";".join(
                    f"COMMENT ON {f'TABLE copy.{name}' if column is None else f'COLUMN copy.{name}.{column}'}"
                    f" IS {literal(comment)}"
                    for column, comment in comments.get(name, [])
                )
            )
            yield name, rows
            written += rows
            if written >= ROWS_AT_ONCE:
                return


def _comments(writer: Writer) -> dict[str, list[tuple[str | None, str]]]:
    """schema.table -> (column, comment) of what is commented; the table's own comment has the column None."""
    found: dict[str, list[tuple[str | None, str]]] = {}
    for name, column, comment in writer.con.execute(script("comments.sql")).fetchall():
        if column != FINGERPRINT:
            found.setdefault(name, []).append((column, comment))
    return found
