"""`hub report`: the departments' reports as pages and lists that open from disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(report)


def report(
    out: Annotated[Path, typer.Option(help="Folder to write; a site that is there is replaced.")],
    department: Annotated[str | None, typer.Option(help="Only this department, to hand its folder over.")] = None,
    json: AsJson = False,
) -> None:
    """Write the departments' reports, with their failing rows as CSV and xlsx, as a site that needs no network."""
    from hub.cli.output import print_json, progress, say
    from hub.reports import write_site

    settings = prepared()
    with progress(None, "report") as advance:
        site = write_site(settings, out, department, advance)
    if json:
        print_json(site)
    else:
        typer.echo(
            f"{site.pages} pages about {site.departments} departments of published version {site.version}; "
            f"{site.rows:,} failing rows in the lists"
        )
    say(f"Next: open {site.start} in a browser")
    if department is None:
        say("      to hand one department its own: hub report --out FOLDER --department " + site.worst)
