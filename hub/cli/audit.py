"""The command that counts every rule twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson

if TYPE_CHECKING:
    from hub.audit import Audit


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(audit)


def audit(
    system: Annotated[list[str] | None, typer.Option(help="Only this system; may be given again.")] = None,
    json: AsJson = False,
) -> None:
    """Count every rule over all landed rows and published records once more with Great Expectations. Exit 1 if the
    compiled rules count anything else."""
    from hub import audit as auditing
    from hub.catalogue import selected
    from hub.cli.output import complain, print_json, progress

    settings = prepared()
    failure = None
    try:
        with progress(len(selected(system)) + 1, "audit") as advance:
            found = auditing.audit(settings, system, progress=advance)
    except auditing.AuditError as error:
        found, failure = error.audit, error
    print_json(found.as_dict()) if json else _show(found)
    if failure is not None:
        complain(failure)
        raise typer.Exit(1)


def _show(found: Audit) -> None:
    from hub.cli.output import print_table

    summary = found.as_dict()
    print_table("Rules by kind", ("kind", "rules"), summary["kinds"].items())
    columns = ("system", "dataset", "rule_id", "compiled", "expected", "keys", "error")
    if found.differences:
        cells = [[", ".join(one[k]) if k == "keys" else one[k] for k in columns] for one in summary["differences"]]
        print_table("Counted differently", columns, cells)
    typer.echo(
        f"{summary['rules']:,} rules over {summary['rows']:,} rows: {summary['disagreements']} disagreements,"
        f" {len(summary['never_violated']):,} rules never violated"
    )
