"""Commands that look after an installation: serve the portal, examine the machine, write the generated docs."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.sources import AsJson


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    for command in (serve, doctor, docs):
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
