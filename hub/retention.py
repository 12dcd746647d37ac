"""How long quarantine keeps what was rejected: files of which every row is closed go after a while, the others stay.

Files are immutable, so one goes whole or not at all. What the ledger and the published tables say of its rows stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import published
from quality.parquet import accepted, reader

if TYPE_CHECKING:
    import duckdb

    from operations.settings import Settings

CLOSED_FILES = Path(__file__).parent / "sql" / "closed_files.sql"
NONE_ACCEPTED = (
    "(SELECT NULL::VARCHAR AS source_id, NULL::TIMESTAMP AS source_updated_at, NULL::VARCHAR AS load_id,"
    " NULL::BIGINT AS position, NULL::TIMESTAMP AS landed_at WHERE false)"
)
NONE_DELETED = "(SELECT NULL::VARCHAR AS source_id, NULL::VARCHAR AS load_id WHERE false)"
NO_ORDERS = (
    "(SELECT NULL::VARCHAR AS system, NULL::VARCHAR AS dataset, NULL::VARCHAR AS contract, NULL::VARCHAR AS rule_id,"
    " NULL::VARCHAR AS row_key, NULL::TIMESTAMP AS settled_at WHERE false)"
)
Row = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A file of quarantine and its rows. `spared` says why it stays (None: removed), `held` how many rows are why."""

    system: str
    dataset: str
    load_id: str
    rows: int
    spared: str | None
    held: int = 0


def prune(settings: Settings, keep_days: int) -> list[File]:
    """Remove the files of quarantine in which every row has been closed for more than `keep_days` days.

    A file is spared while a row of it waits or hangs from an unsettled work order, and until its load is published.
    Returns what became of each file, in landing order. A prune that was killed is finished by the next one. Raises
    NothingPublishedError: without a published version nothing is known to be closed.
    """
    before = settings.clock() - timedelta(days=keep_days)
    found = []
    with published.current(settings) as connection:
        loads = {row["load_id"]: row for row in published.rows(connection, "SELECT * FROM ops.loads")}
        for folder in sorted(settings.quarantine.glob("*/*")):
            system, dataset = folder.parent.name, folder.name
            files = {path.stem: path for path in sorted(folder.glob("*.parquet"))}
            old = [path for load_id, path in files.items() if load_id in loads and loads[load_id]["landed_at"] < before]
            stands = _standing(settings, connection, system, dataset, old, loads)
            for load_id, path in files.items():
                spared, held = _spared(load_id, path in old, loads, stands.get(load_id), before, keep_days)
                if spared is None:
                    _remove(settings, path)
                rows = loads[load_id]["rejected"] if load_id in loads else _rows_in(connection, path)
                found.append(File(system, dataset, load_id, rows, spared, held))
    return sorted(found, key=lambda one: one.load_id)


def _standing(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    system: str,
    dataset: str,
    files: list[Path],
    loads: dict[str, Row],
) -> dict[str, Row]:
    """How the rows of these files stand, by load; a file without rows is not among them."""
    if not files:
        return {}
    landing = settings.landing / system / dataset
    staged = sorted((settings.staging / system / dataset).glob("*.parquet"))
    deletes = [one["load_id"] for one in loads.values() if one["kind"] == "deletes"]
    sources = {
        "held": reader(files),
        "accepted": accepted(staged) if staged else NONE_ACCEPTED,
        "deleted": _tombstones([path for load_id in deletes for path in landing.glob(f"{load_id}/*.ndjson")])
        or NONE_DELETED,
        "orders": "ops.order_rows" if published.has_table(connection, "ops.order_rows") else NO_ORDERS,
    }
    query = CLOSED_FILES.read_text(encoding="utf-8")
    for name, source in sources.items():
        query = query.replace(f"{{{name}}}", source)
    rows = published.rows(connection, query, {"system": system, "dataset": dataset})
    return {row["load_id"]: row for row in rows}


def _spared(
    load_id: str, is_old: bool, loads: dict[str, Row], stands: Row | None, before: datetime, keep_days: int
) -> tuple[str | None, int]:
    """(why a file stays, rows that are why); None when nothing speaks for it."""
    if load_id not in loads:
        return "not published yet", 0
    if not is_old:
        return f"landed in the last {keep_days} days", 0
    if stands is None:
        return None, 0
    if stands["hanging"]:
        return "rows of it hang from an unsettled work order", stands["hanging"]
    if stands["waiting"]:
        return "rows of it wait for a correction", stands["waiting"]
    return (None if stands["closed_at"] < before else f"closed in the last {keep_days} days"), 0


def _remove(settings: Settings, path: Path) -> None:
    """The outcome goes first: as long as it is there, both files of a load are whole, and a load without one is
    checked again where the warehouse has to be made anew from landing."""
    outcome = settings.staging / path.parent.parent.name / path.parent.name / f"{path.stem}.json"
    outcome.unlink(missing_ok=True)
    path.unlink()


def _rows_in(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {reader([path])}").fetchall()[0][0])


def _tombstones(paths: list[Path]) -> str:
    if not paths:
        return ""
    return (
        f"(SELECT source_id, parse_path(filename)[-2] AS load_id FROM read_json([{_listed(paths)}], filename=true,"
        " format='newline_delimited', columns={source_id: 'VARCHAR'}))"
    )


def _listed(paths: list[Path]) -> str:
    return ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
