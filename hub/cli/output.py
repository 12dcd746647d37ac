"""How the command line speaks: JSON alone on stdout, everything else on stderr, progress while it takes long."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from hub.pipeline import Progress


PIPED_WIDTH = 200
"""Columns of a table whose output is no terminal: folding it to 80 would help nobody."""


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"cannot print {type(value).__name__} as JSON")


def print_json(value: object) -> None:
    """One JSON document on stdout, Chinese as it is."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on stdout; numbers to the right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold")
    rows = [list(row) for row in rows]
    for index, column in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[index], int | float | None) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
    for row in rows:
        table.add_row(*("" if cell is None else f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else PIPED_WIDTH).print(table)


def say(message: str) -> None:
    """A line for the person at the terminal (stderr, so that JSON on stdout stays alone)."""
    typer.echo(message, err=True)


@contextmanager
def progress(total: int | None, title: str) -> Iterator[Progress]:
    """A progress bar on stderr; callers report (what, rows) and each new ``what`` moves the bar on."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns: list[Any] = [SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()]
    if total is not None:
        columns[2:2] = [BarColumn(), MofNCompleteColumn()]
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task(title, total=total)
        seen: set[str] = set()

        def advance(step: str, done: int) -> None:
            new = step not in seen
            seen.add(step)
            bar.update(line, description=f"{title}: {step} ({done:,})", advance=1 if new else 0)

        yield advance


def complain(error: Exception) -> None:
    """An expected failure on stderr."""
    typer.secho(f"hub: {error}", err=True, fg=typer.colors.RED)
