"""`hub export`: published tables as Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(export)


def export(
    tables: Annotated[list[str], typer.Argument(help="Published tables, such as core.cases.")],
    out: Annotated[Path, typer.Option(help="Folder to write; it must be new or empty.")],
    by: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="A folder for each month of a time, or each value of a code.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Write published (masked) tables as Parquet, with a manifest of version, rows and sha256."""
    from hub.cli.output import print_json, progress, say
    from hub.export import export as write

    settings = prepared()
    with progress(len(set(tables)), "export") as advance:
        done = write(settings, tables, out, by, advance)
    if json:
        print_json(done)
    else:
        typer.echo(
            f"{done.rows:,} rows of {done.tables} tables in {done.files:,} files, published version {done.version}"
        )
    say(f"Next: {done.out}/manifest.json says what is in {done.out}")
