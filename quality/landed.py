"""The parts of a load as one DuckDB view of texts, and whether the source's fields are still the declared ones."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from quality.predicates import literal
from schemas.delivery import Format

if TYPE_CHECKING:
    import duckdb

PLACE = ("_sheet", "_row")  # where a spreadsheet's row stood; the connector adds them
ORDINAL = "file_index"  # as DuckDB's readers number their files, unless a file has a column of that name
SAMPLE_ROWS = 1000
SAMPLE_TAIL = 65536  # bytes
MAX_LINE = 16 * 1024 * 1024  # bytes of one JSON record; each reading thread holds a buffer of twice this


@dataclass(frozen=True)
class Piece:
    """One part as it is read: its file (mended where it held bad lines), format, and field names (None: unknown).

    `nested` says of JSON fields which share of their values, in the sample, are objects or lists.
    """

    path: Path
    format: Format
    fields: tuple[str, ...] | None
    nested: Mapping[str, float] = field(default_factory=dict)


def piece_of(path: Path, form: Format) -> Piece:
    """A part with the names of its fields in order of appearance; of NDJSON those of its first 1000 and last records.

    The names are None for an NDJSON part without a readable record, which says nothing about the source's fields.
    """
    if form == "csv":
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return Piece(path, form, tuple(next(csv.reader(file), ())))
    if form == "parquet":
        from pyarrow import parquet

        return Piece(path, form, tuple(parquet.read_schema(path).names))
    filled: Counter[str] = Counter()
    nested: Counter[str] = Counter()
    readable = False
    for line in _sample(path):
        try:
            record = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if isinstance(record, dict):
            readable = True
            filled.update({name: value is not None for name, value in record.items()})
            nested.update(name for name, value in record.items() if isinstance(value, dict | list))
    shares = {name: count / filled[name] for name, count in nested.items()}
    return Piece(path, form, tuple(filled) if readable else None, shares)


def _sample(path: Path) -> Iterable[bytes]:
    """Changes of a source begin at some moment and then stay, so the ends of a part show them."""
    with path.open("rb") as file:
        yield from islice(file, SAMPLE_ROWS)
        size = path.stat().st_size
        if file.tell() < size:
            file.seek(max(file.tell(), size - SAMPLE_TAIL))
            file.readline()
            yield from file


def define_landed(con: duckdb.DuckDBPyConnection, pieces: Sequence[Piece], fields: Sequence[str]) -> None:
    """Create the view `landed`: each of `fields` as text, the spreadsheet's place, and `_part`, in landing order.

    `_part` is the ordinal of the piece that a record came in, from 0. A field that a part does not have is NULL there.
    UNION ALL keeps the order of its branches.
    """
    branches = [
        _branch(list(group), fields)
        for _, group in groupby(enumerate(pieces), key=lambda one: _read_together(one[0], one[1], fields))
    ]
    if not branches:
        empty = ", ".join(f"CAST(NULL AS VARCHAR) AS {_name(field)}" for field in (*fields, *PLACE))
        branches = [f"SELECT {empty}, CAST(NULL AS UINTEGER) AS _part WHERE false"]
    con.execute("CREATE OR REPLACE TEMP VIEW landed AS\n" + "\nUNION ALL\n".join(branches))


def _read_together(ordinal: int, piece: Piece, fields: Sequence[str]) -> tuple[object, ...]:
    """What parts must share to be read by one reader: JSON finds its fields by name, the others need one layout. A part
    with a column that hides its ordinal is read alone."""
    if piece.format == "ndjson":
        return piece.format, ordinal if _hides_ordinal(fields) else None
    return piece.format, piece.fields, ordinal if _hides_ordinal(piece.fields or ()) else None


def _hides_ordinal(columns: Sequence[str]) -> bool:
    return any(name.lower() == ORDINAL for name in columns)


def _branch(group: Sequence[tuple[int, Piece]], fields: Sequence[str]) -> str:
    """Pieces of one form that follow each other, with their ordinals."""
    wanted = (*fields, *PLACE)
    first, piece = group[0]
    header = piece.fields or ()
    files = "[" + ", ".join(literal(str(one.path)) for _, one in group) + "]"
    if piece.format == "ndjson":
        columns = ", ".join(f"{literal(field)}: 'VARCHAR'" for field in wanted)
        reader = (
            f"read_json({files}, format='newline_delimited', records=true,"
            f" maximum_object_size={MAX_LINE}, columns={{{columns}}})"
        )
        listed = ", ".join(_name(field) for field in wanted)
    elif piece.format == "csv":
        columns = ", ".join(f"{literal(field)}: 'VARCHAR'" for field in header)
        reader = (
            f"read_csv({files}, header=true, auto_detect=false, delim=',', quote='\"', escape='\"',"
            f" strict_mode=true, null_padding=false, columns={{{columns}}})"
        )
        listed = ", ".join(_present(field, header, "{}") for field in wanted)
    else:
        reader = f"read_parquet({files})"
        listed = ", ".join(_present(field, header, "CAST({} AS VARCHAR)") for field in wanted)
    ordinal = f"{ORDINAL} + {first}" if len(group) > 1 else str(first)
    return f"SELECT {listed}, CAST({ordinal} AS UINTEGER) AS _part FROM {reader}"


def _present(field: str, header: Sequence[str], form: str) -> str:
    return f"{form.format(_name(field)) if field in header else 'CAST(NULL AS VARCHAR)'} AS {_name(field)}"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
