"""Commands about quarantined rows: list them, show one with every reason, check them again, remove closed ones."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson

app = typer.Typer(no_args_is_help=True, help="Rejected rows: list, show, replay, prune.")


@app.command("list")
def list_rows(
    system: Annotated[str | None, typer.Option(help="Only this system.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only this dataset.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows.")] = 200,
    json: AsJson = False,
) -> None:
    """List quarantined rows that are still open, newest first. Values are not shown; `show` has them."""
    from hub import catalogue, quarantined
    from hub.cli.output import print_json, print_table
    from operations.settings import Settings

    found = quarantined.listing(Settings.from_env(), system, dataset, closed=everything)
    catalogue.refuse_unknown(system, found)
    rows = found[:limit]
    if json:
        print_json(rows)
        return
    columns = ("load_id", "position", "system", "dataset", "source_id", "state", "rules")
    cells = [[*(row[name] for name in columns[:-1]), ", ".join(row["rules"])] for row in rows]
    shown = f"{len(rows)} rows"
    if found[limit:]:
        shown = f"{len(rows)} of {len(found)} rows, `--limit {len(found)}` shows all"
    print_table(shown, columns, cells)


@app.command()
def show(
    load_id: Annotated[str, typer.Argument(help="The load, from `hub quarantine list`.")],
    position: Annotated[int, typer.Argument(help="The row's position in that load.")],
    json: AsJson = False,
) -> None:
    """Show one row: every reason and what to do, its work orders, where it first landed, and the record as it came
    there (personal: do not pass on)."""
    from hub import quarantined
    from hub.cli.output import print_json
    from operations.settings import Settings

    row = quarantined.show(Settings.from_env(), load_id, position)
    if json:
        print_json(row)
        return
    typer.echo(f"{row['system']}.{row['dataset']}  key {row['source_id']}  {row['place']}")
    for reason in row["reasons"]:
        typer.echo(f"  {reason['rule']}  {reason['dimension']}, {reason['severity']}, {reason['responsibility']}")
        typer.echo(f"    {reason['message']}" + (f"。{reason['advice']}" if reason["advice"] else ""))
    for order in row["orders"]:
        state = f"settled {order['settled_at']} ({order['settled_how']})" if order["settled_at"] else "open"
        typer.echo(f"  work order {order['rule_id']} {order['field']}: since {order['attached_at']}, {state}")
    typer.echo(row["record"])


@app.command()
def replay(
    system: Annotated[str, typer.Argument(help="The system whose rows to check again.")],
    dataset: Annotated[str | None, typer.Argument(help="One dataset; all when left out.")] = None,
    json: AsJson = False,
) -> None:
    """Check the open rows again after a fix of a rule, a mapping or the declaration. `hub build` merges them."""
    from hub import catalogue, replays
    from hub.cli.output import print_json, print_table, say

    settings = prepared()
    names = [dataset] if dataset else list(catalogue.system(system).datasets)
    rows = [done for name in names if (done := replays.replay(settings, system, name)) is not None]
    if json:
        print_json(rows)
    else:
        columns = ("dataset", "load_id", "replayed", "accepted", "rejected", "unchanged")
        print_table("Replayed", columns, [[row[name] for name in columns] for row in rows])
    if any(row["replayed"] for row in rows):
        say("`hub build` merges what was accepted")
    elif rows:
        say("nothing that decides these rows has changed since they were checked last")


@app.command()
def prune(
    keep_days: Annotated[
        int | None, typer.Option(min=0, help="Days after the last row was closed; default HUB_QUARANTINE_DAYS or 365.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Remove the files of quarantine in which every row is closed for long; the ledger keeps what it says of them."""
    from collections import Counter

    from hub.cli.output import print_json, print_table
    from hub.retention import prune as prune_files

    settings = prepared()
    days = settings.quarantine_days if keep_days is None else keep_days
    files = prune_files(settings, days)
    removed = [one for one in files if one.spared is None]
    if json:
        spared = [one for one in files if one.spared is not None]
        print_json({"keep_days": days, "removed": removed, "spared": spared})
        return
    typer.echo(f"removed {len(removed)} files with {sum(one.rows for one in removed)} rows")
    counts = Counter((one.system, one.dataset, one.spared) for one in files if one.spared is not None)
    print_table("Spared", ("system", "dataset", "why", "files"), [[*key, n] for key, n in sorted(counts.items())])
