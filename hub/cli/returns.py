"""`hub returns`: what counties and departments take back, and the ledger of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson

if TYPE_CHECKING:
    from operations.returns import Return

app = typer.Typer(help="Returns: the rows that counties and departments take back, with their own ledger.")
Code = Annotated[str, typer.Argument(metavar="RECEIVER", help="A division code such as 330108, or a department.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The number of the return: 13 is R000013.")]
By = Annotated[str, typer.Option(help="Who does it, or on whose behalf; it is kept for ever.")]
Only = Annotated[str | None, typer.Option(help="Only this receiver.")]
_HEADS = (
    "return",
    "receiver",
    "state",
    "version",
    "since",
    *("rows", "holds after", "made", "fetched", "acknowledged"),
)
_COUNTS = ("held_before", "inserted", "changed", "withdrawn", "recalled", "held_after", "balance")


@app.callback(invoke_without_command=True)
def every(context: typer.Context, receiver: Only = None, json: AsJson = False) -> None:
    """List the ledger when no command is named."""
    if context.invoked_subcommand is None:
        list_returns(receiver, json)


@app.command("list")
def list_returns(receiver: Only = None, json: AsJson = False) -> None:
    """List every return, the newest first: from which version, what since, when made, fetched and acknowledged."""
    from hub.cli.output import print_json, print_table
    from operations import returns
    from operations.store import Store

    found = returns.listing(Store(prepared()), receiver)
    if json:
        print_json([_plain(one) for one in found])
    else:
        print_table(f"{len(found)} returns", _HEADS, [_cells(one) for one in found])


@app.command()
def show(receiver: Code, number: Number, json: AsJson = False) -> None:
    """Show one return: a line per dataset, which balances (held before + inserted - withdrawn = held after)."""
    from hub.cli.output import print_json, print_table
    from hub.returns.errors import UnknownReturnError
    from operations import returns
    from operations.store import Store

    one = returns.find(Store(prepared()), receiver, number)
    if one is None:
        raise UnknownReturnError(f"{receiver} has no return {number}; `hub returns --receiver {receiver}` lists them")
    if json:
        print_json(_plain(one))
        return
    typer.echo(f"{one.name} of {one.receiver}: {one.state}, version {one.version} of {one.as_of}  {one.note}".rstrip())
    for act in ("made", "fetched", "acknowledged"):
        typer.echo(f"  {act}: {getattr(one, f'{act}_at') or '-'}  {getattr(one, f'{act}_by') or ''}".rstrip())
    rows = [[line.dataset, *(getattr(line, name) for name in _COUNTS)] for line in one.lines]
    print_table("Lines", ("dataset", *_COUNTS), rows)
    for line in one.lines:
        for file in line.files:
            typer.echo(f"{file['sha256']}  {file['path']}")


@app.command()
def make(
    receivers: Annotated[list[str], typer.Argument(metavar="RECEIVER...", help="Division codes or departments.")],
    by: By,
    everything: Annotated[bool, typer.Option("--all", help="All rows: the receiver begins anew.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="CSV that Excel opens beside each Parquet file.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder to hand the files over in, one below it a receiver.")] = None,
    json: AsJson = False,
) -> None:
    """Make the next return of each receiver: what changed in its scope since the last one that it acknowledged. Exit 1
    when one cannot be made or handed over; the others are."""
    from hub.cli.output import complain, print_json, progress, say
    from hub.returns.nightly import Wanted, give

    wanted = [Wanted(code, out, csv, everything) for code in receivers]
    with progress(None, "returns") as advance:
        made, failures = give(prepared(), wanted, by, advance)
    if json:
        print_json([_plain(one) for one in made])
    for one in made if not json else ():
        since = "everything" if one.since is None else f"changes since R{one.since:06d}"
        typer.echo(f"{one.name} of {one.receiver}: {since}, {_rows(one):,} rows, version {one.version}")
    for failure in failures:
        complain(failure)
    if failures:
        raise typer.Exit(1)
    where = f"{out}/RECEIVER/RETURN; DONE is written last" if out is not None else "`--out DIR` or the portal's API"
    say(f"files: {where}. Next: `hub returns acknowledge RECEIVER NUMBER` once they are applied")


@app.command()
def acknowledge(receiver: Code, number: Number, by: By) -> None:
    """Keep, on behalf of the receiver, that it has applied a return; the next says what changed since then."""
    from hub.returns.acknowledging import acknowledge as keep

    done = keep(prepared(), receiver, number, by=by)
    typer.echo(
        f"acknowledged: {done.name} of {done.receiver}, {sum(line.held_after for line in done.lines):,} rows held"
    )


@app.command()
def nightly(
    receiver: Annotated[
        str | None, typer.Argument(metavar="RECEIVER", help="Who gets a return each night.", show_default="list all")
    ] = None,
    by: Annotated[str, typer.Option(help="Who says so; it is kept for ever.")] = "",
    reason: Annotated[str, typer.Option(help="Why, such as the number of the agreement; it is kept for ever.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Folder to hand the files over in.", show_default="they wait for API and page")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="CSV that Excel opens beside each Parquet file.")] = False,
    ended: Annotated[bool, typer.Option("--end", help="From now on it gets none.")] = False,
    run: Annotated[
        bool, typer.Option("--run", help="Make those of this night now, as the DAG `returns` does.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Say who gets a return each night, list them, or make those of this night. Exit 1 when one cannot be made."""
    from dataclasses import asdict

    from hub.cli.output import complain, print_json, print_table, progress
    from hub.returns import nightly as nights
    from operations.store import Store

    settings = prepared()
    if run:
        with progress(None, "returns") as advance:
            made, failures = nights.make_ordered(settings, advance)
        if json:
            print_json([_plain(one) for one in made])
        for one in made if not json else ():
            typer.echo(f"{one.name} of {one.receiver}: {_rows(one):,} rows, version {one.version}")
        for failure in failures:
            complain(failure)
        if failures:
            raise typer.Exit(1)
        return
    if receiver is not None:
        if not by.strip() or not reason.strip():
            raise typer.BadParameter("say who (--by) and why (--reason)")
        if ended:
            nights.end(settings, receiver, by, reason)
        else:
            nights.order(settings, nights.Wanted(receiver, out, csv), by, reason)
    found = nights.orders(Store(settings))
    if json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        [one.wanted.receiver, one.wanted.out, "yes" if one.wanted.csv else "", one.by, one.reason, one.at]
        for one in found
    ]
    print_table(f"{len(found)} get a return each night", ("receiver", "folder", "csv", "by", "reason", "since"), rows)


def _cells(one: Return) -> list[object]:
    holds = sum(line.held_after for line in one.lines)
    acts = (f"{at} {who}" if at else "-" for at, who in (
        (one.made_at, one.made_by), (one.fetched_at, one.fetched_by), (one.acknowledged_at, one.acknowledged_by)
    ))  # fmt: skip
    since = "-" if one.since is None else f"R{one.since:06d}"
    return [one.name, one.receiver, one.state, one.version, since, _rows(one), holds, *acts]


def _rows(one: Return) -> int:
    return sum(line.inserted + line.changed + line.withdrawn + line.recalled for line in one.lines)


def _plain(one: Return) -> dict[str, Any]:
    from dataclasses import asdict

    lines = [asdict(line) | {"balance": line.balance} for line in one.lines]
    return {"name": one.name} | asdict(one) | {"lines": lines}
