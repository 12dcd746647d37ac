"""private/reveal.duckdb: what a reveal reads, so that nobody needs the build file for one record.

    reveal.personal_values  kind, token, value
    reveal.<contract>       system, source_id, the tokens of the current version, its addresses and texts
    reveal.made             the version that it was written for, and when

Encrypted with the key `reveal` (AES-GCM). It is written beside the old one and swapped in by one rename.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from operations.settings import Settings
from schemas.contract import Contract
from warehouse.build import Writer, attach
from warehouse.landing import sync_file, sync_folder
from warehouse.masking import TOKENISED
from warehouse.tables import tokenised, vaulted


class NoRevealError(LookupError):
    """There is nothing to reveal from; the message says what to do."""


def path_of(settings: Settings) -> Path:
    return settings.private / "reveal.duckdb"


def write(writer: Writer, contracts: Sequence[Contract], version: int) -> Path:
    """Write the file for a version beside the one in use, and return where; `swap` puts it in its place."""
    draft = _draft(writer.settings)
    for left in (draft, draft.with_name(f"{draft.name}.wal")):
        left.unlink(missing_ok=True)
    con = writer.con
    attach(con, writer.settings, draft, "reveal", "reveal")
    try:
        con.execute("CREATE TABLE reveal.personal_values AS FROM wh.vault.personal_values")
        for contract in contracts:
            if selected := _selected(contract):
                con.execute(
                    f"CREATE TABLE reveal.{contract.name} AS SELECT r.system, r.source_id, {', '.join(selected)}"
                    f" FROM wh.record.{contract.name} AS r{_vault(contract)}"
                )
        con.execute(
            "CREATE TABLE reveal.made AS SELECT ?::BIGINT AS version, ?::TIMESTAMP AS at",
            [version, writer.settings.clock()],
        )
    finally:
        con.execute("DETACH reveal")
    draft.chmod(0o600)
    sync_file(draft)
    return draft


def swap(settings: Settings) -> None:
    """Put the file that `write` made in the place of the old one."""
    _draft(settings).replace(path_of(settings))
    sync_folder(settings.private)


def values_of(
    settings: Settings, contract: Contract, system: str, source_id: str, fields: Sequence[str]
) -> dict[str, str | None] | None:
    """The values of personal fields of a current record, None for one that is empty or erased; None: no such record.

    Raises NoRevealError before anything was published, ValueError for a field that is not personal.
    """
    columns = {column.name: column for column in contract.columns if column.personal}
    if wrong := [name for name in fields if name not in columns]:
        raise ValueError(f"{contract.name} has no personal field {', '.join(wrong)}; it has {', '.join(columns)}")
    path = path_of(settings)
    if not path.exists():
        raise NoRevealError(f"{path} is not there: `hub publish` writes it")
    selected = [
        f"(SELECT any_value(p.value) FROM reveal.personal_values AS p"
        f" WHERE p.kind = '{columns[name].personal}' AND p.token = r.{name}_token)"
        if columns[name].personal in TOKENISED else f"r.{name}::VARCHAR"
        for name in fields
    ]  # fmt: skip
    with duckdb.connect(config={"memory_limit": settings.memory_limit, "threads": str(settings.threads)}) as con:
        attach(con, settings, path, "reveal", "reveal", read_only=True)
        rows = con.execute(
            f"SELECT {', '.join(selected)} FROM reveal.{contract.name} AS r WHERE r.system = ? AND r.source_id = ?",
            [system, source_id],
        ).fetchall()
    return dict(zip(fields, rows[0], strict=True)) if rows else None


def _draft(settings: Settings) -> Path:
    return settings.private / ".reveal.duckdb.next"


def _selected(contract: Contract) -> list[str]:
    tokens = [f"r.{column.name}_token" for column in tokenised(contract)]
    return [*tokens, *(f"v.{column.name}" for column in vaulted(contract))]


def _vault(contract: Contract) -> str:
    if not vaulted(contract):
        return ""
    return (
        f" LEFT JOIN wh.vault.{contract.name} AS v"
        " ON v.system = r.system AND v.source_id = r.source_id AND v.load_id = r.load_id"
    )
