"""The codes that rejected rows wait for, and what those rows and their like say about the meaning of a code.

It reads quarantine and staging, and what it returns but for counts holds raw values: it stays in the private zone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quality.compiler import macros
from quality.parquet import accepted, listed, reader, rows_of
from quality.predicates import literal
from quality.quarantine import files_of

if TYPE_CHECKING:
    from operations.settings import Settings

SQL = Path(__file__).parent / "sql" / "unmapped_codes.sql"
SAMPLE = 200
"""Rows from which a code is judged, and texts that stand for a shared code: more change no ranking."""

Place = tuple[str, str]
"""(system, dataset)"""


@dataclass(frozen=True)
class WaitingCode:
    """A code of a rejected row, in the column `field` of the contract. `raw` is the row as JSON of landed texts."""

    system: str
    dataset: str
    load_id: str
    position: int
    source_id: str | None
    raw: str
    field: str
    code: str


def waiting_codes(settings: Settings, keys: Collection[tuple[str, int]]) -> list[WaitingCode]:
    """The unknown codes of the rejected rows at (load_id, position), in landing order."""
    loads = {load_id for load_id, _ in keys}
    files = [path for path in files_of(settings) if path.stem in loads]
    if not files:
        return []
    query = SQL.read_text(encoding="utf-8").replace("{files}", reader(files))
    found = (WaitingCode(**row) for row in rows_of(settings, query, macros()))
    return [one for one in found if (one.load_id, one.position) in keys]


def codes_before(settings: Settings, place: Place, column: str, source_ids: Sequence[str]) -> dict[str, int]:
    """Shared code -> how many of these records had it in the version that was accepted last, before the unknown one."""
    files = _staged(settings, [place])
    if not files or not source_ids:
        return {}
    rows = rows_of(
        settings,
        f"WITH known AS (SELECT source_id, CAST({_name(column)} AS VARCHAR) AS code, row_number() OVER"
        " (PARTITION BY source_id ORDER BY source_updated_at DESC NULLS LAST, load_id DESC, position DESC) AS nth"
        f" FROM {accepted(files)} WHERE source_id IN (SELECT unnest({listed(source_ids[:SAMPLE])})))"
        " SELECT code, count(*) AS n FROM known WHERE nth = 1 AND code IS NOT NULL GROUP BY code",
    )
    return {row["code"]: row["n"] for row in rows}


def texts_by_code(settings: Settings, places: Sequence[Place], column: str, telling: str) -> dict[str, list[str]]:
    """Shared code in `column` -> what accepted rows with it say in the column `telling`; always the same rows."""
    files = _staged(settings, places)
    if not files:
        return {}
    rows = rows_of(
        settings,
        f"SELECT CAST({_name(column)} AS VARCHAR) AS code, {_name(telling)} AS text FROM {accepted(files)}"
        f" WHERE {_name(column)} IS NOT NULL AND {_name(telling)} IS NOT NULL"
        f" QUALIFY row_number() OVER (PARTITION BY code ORDER BY hash(system, source_id, load_id)) <= {SAMPLE}",
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["code"], []).append(row["text"])
    return found


def texts_of(settings: Settings, raws: Sequence[str], field: str) -> list[str]:
    """What rejected rows say in a landed field. `raws` are rows as JSON."""
    query = (
        f"SELECT json_extract_string(raw, {literal(_pointer(field))}) AS text"
        f" FROM (SELECT unnest({listed(raws[:SAMPLE])}) AS raw) WHERE text IS NOT NULL"
    )
    return [row["text"] for row in rows_of(settings, query)]


def _staged(settings: Settings, places: Sequence[Place]) -> list[Path]:
    return [
        path for system, dataset in places for path in sorted((settings.staging / system / dataset).glob("*.parquet"))
    ]


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _pointer(field: str) -> str:
    """A JSON pointer (RFC 6901), which takes any field name as it is."""
    return "/" + field.replace("~", "~0").replace("/", "~1")
