"""Reading Parquet files of the private zone with a DuckDB of its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.predicates import literal

if TYPE_CHECKING:
    from operations.settings import Settings


def reader(files: Sequence[Path]) -> str:
    """SQL that reads these files as one table; a column that a file does not have is NULL there."""
    return f"read_parquet([{_paths(files)}], union_by_name=true)"


def accepted(files: Sequence[Path]) -> str:
    """SQL that reads the accepted rows of staged files, each with its system, load_id and position in its delivery."""
    judged = f"read_parquet([{_paths(files)}], union_by_name=true, filename=true, file_row_number=true)"
    return (
        "(SELECT parse_path(filename)[-3] AS system, parse_filename(filename, true) AS load_id,"
        f" file_row_number + 1 AS position, * EXCLUDE (filename, file_row_number) FROM {judged} WHERE NOT rejected)"
    )


def _paths(files: Sequence[Path]) -> str:
    return ", ".join(literal(str(path)) for path in files)


def listed(texts: Iterable[str]) -> str:
    """SQL for a list of texts. They are written out because to bind them DuckDB imports pandas, which takes longer."""
    return f"CAST([{', '.join(map(literal, texts))}] AS VARCHAR[])"


def rows_of(settings: Settings, query: str, macros: str = "") -> list[dict[str, Any]]:
    """The rows of a query, which may call `macros`, as dicts by column name."""
    import duckdb

    with duckdb.connect(config={"memory_limit": settings.memory_limit, "threads": settings.threads}) as con:
        if macros:
            con.execute(macros)
        result = con.execute(query)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
