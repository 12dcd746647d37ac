"""Commands about quarantined rows: list them, show one with every reason, and check them again after a fix."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.sources import AsJson

app = typer.Typer(no_args_is_help=True, help="Rejected rows: list, show, replay.")


@app.command("list")
def list_rows(
    system: Annotated[str | None, typer.Option(help="Only this system.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only this dataset.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many rows.")] = 200,
    json: AsJson = False,
) -> None:
    """List quarantined rows that are still open, newest first. Values are not shown; `show` has them."""
    from hub import quarantined
    from hub.cli.output import print_json, print_table
    from operations.settings import Settings

    rows = quarantined.listing(Settings.from_env(), system, dataset, closed=everything)[:limit]
    if json:
        print_json(rows)
        return
    columns = ("load_id", "position", "system", "dataset", "source_id", "state", "rules")
    cells = [[*(row[name] for name in columns[:-1]), ", ".join(row["rules"])] for row in rows]
    print_table(f"{len(rows)} rows", columns, cells)


@app.command()
def show(
    load_id: Annotated[str, typer.Argument(help="The load, from `hub quarantine list`.")],
    position: Annotated[int, typer.Argument(help="The row's position in that load.")],
    json: AsJson = False,
) -> None:
    """Show one row: every reason, where it stands in the file, and its raw values (personal: do not pass on)."""
    from hub import quarantined
    from hub.cli.output import print_json
    from operations.settings import Settings

    row = quarantined.show(Settings.from_env(), load_id, position)
    if json:
        print_json(row)
        return
    typer.echo(f"{row['system']}.{row['dataset']}  key {row['source_id']}  {row['place']}")
    for reason in row["reasons"]:
        typer.echo(f"  {reason['rule']}  {reason['field'] or ''}  {reason['message']}")
    typer.echo(row["raw"])


@app.command()
def replay(
    system: Annotated[str, typer.Argument(help="The system whose rows to check again.")],
    dataset: Annotated[str | None, typer.Argument(help="One dataset; all when left out.")] = None,
    json: AsJson = False,
) -> None:
    """Check the open rows again after a fix of a rule, a mapping or the declaration. `hub build` merges them."""
    from hub import catalogue, quarantined
    from hub.cli.output import print_json, print_table
    from operations.settings import Settings

    settings = Settings.from_env()
    settings.prepare()
    names = [dataset] if dataset else list(catalogue.system(system).datasets)
    rows = [done for name in names if (done := quarantined.replay(settings, system, name)) is not None]
    if json:
        print_json(rows)
    else:
        cells = [[row[k] for k in ("load_id", "dataset", "replayed", "accepted", "rejected")] for row in rows]
        print_table("Replayed", ("load_id", "dataset", "replayed", "accepted", "rejected"), cells)
