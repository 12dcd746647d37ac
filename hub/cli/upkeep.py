"""Commands that look after an installation: serve the portal, examine the machine, compact the home, write the docs."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    for command in (serve, doctor, compact, docs):
        app.command()(command)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port.")] = 8141,
) -> None:
    """Serve the governance view until Ctrl-C."""
    import os
    import sys

    # The portal is a program of its own above the hub, so that the hub never imports it.
    os.execv(sys.executable, [sys.executable, "-m", "portal", "--host", host, "--port", str(port)])


def doctor(json: AsJson = False) -> None:
    """Examine this machine and home: packages, disk, keys, files, ledger, publication. Exit 1 if any is bad."""
    from hub.cli.output import print_json, print_table
    from hub.doctor import examine
    from operations.settings import Settings

    findings = examine(Settings.from_env())
    if json:
        print_json(findings)
    else:
        rows = [(f.name, "ok" if f.ok else "BAD", f.message, "" if f.ok else f.remedy) for f in findings]
        print_table("Doctor", ("what", "state", "found", "what to do"), rows)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def compact(
    wait: Annotated[int, typer.Option(min=0, help="Seconds to wait for a build that is going on.")] = 3600,
    json: AsJson = False,
) -> None:
    """Write the warehouse and the operations database anew without free room, and drop files that hold no row."""
    from hub.cli.output import print_json, print_table, progress
    from hub.compaction import compact_home

    settings = prepared()
    with progress(None, "compact") as advance:
        places = compact_home(settings, wait=wait, progress=advance)
    if json:
        print_json(places)
        return
    columns = ("place", "bytes before", "bytes after", "files before", "files after", "note")
    rows = [(p.name, p.bytes_before, p.bytes_after, p.files_before, p.files_after, p.note) for p in places]
    print_table(f"{sum(place.saved for place in places):,} bytes less", columns, rows)


def docs(
    check: Annotated[bool, typer.Option(help="Only say whether they are up to date (exit 1 if not).")] = False,
) -> None:
    """Write the generated pages of docs/ (dictionary, systems, tables, declaration.schema) from what is declared."""
    from hub.documents import stale, write

    outdated = stale() if check else write()
    for path in outdated:
        typer.echo(f"{'out of date' if check else 'written'}: {path}")
    if check and outdated:
        typer.echo("run `make docs` and commit the result", err=True)
        raise typer.Exit(1)
