"""Commands about persons: erase one by a legal order, reveal the values of one record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    for command in (erase, reveal):
        app.command()(command)


def erase(
    order: Annotated[str | None, typer.Option(help="Number of the legal order.", show_default="list all")] = None,
    by: Annotated[str, typer.Option(help="Who carries it out.")] = "",
    token: Annotated[str | None, typer.Option(help="The person's token, from a published *_token column.")] = None,
    record: Annotated[
        tuple[str, str] | None, typer.Option(metavar="SYSTEM KEY", help="A record that is about the person.")
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(help="Which person of that record: applicant, respondent.", show_default="the only one"),
    ] = None,
    backups: Annotated[
        list[Path] | None, typer.Option(help="A folder of backups that this home does not remember.")
    ] = None,
    destroyed: Annotated[
        list[Path] | None,
        typer.Option(help="A copy, or a folder of copies, that the order waits for and that is no more."),
    ] = None,
    reason: Annotated[str, typer.Option(help="How it was destroyed; it is kept for ever.")] = "",
    json: AsJson = False,
) -> None:
    """Erase a person everywhere, prove it, and keep them out from then on. The order's number alone goes on with an
    order that was interrupted or waits for a backup. Exit 1 while anything is left."""
    from hub.cli.output import print_json, print_table, progress, say
    from hub.erasing.order import carry_out
    from operations import erasures
    from operations.store import Store

    settings = prepared()
    if order is None:
        found = [
            {"order": one.order_no, "by": one.by_whom, "at": one.at, "subject": one.subject, "state": one.state}
            for one in erasures.listing(Store(settings))
        ]
        if json:
            print_json(found)
        else:
            print_table(
                f"{len(found)} orders", ("order", "by", "at", "subject", "state"), [[*o.values()] for o in found]
            )
        return
    with progress(None, "erase") as advance:
        done = carry_out(
            settings, order, by=by, token=token, record=record, role=role, backups=backups or (),
            destroyed=destroyed or (), reason=reason, progress=advance,
        )  # fmt: skip
    if json:
        print_json(done)
    else:
        cells = [[one.name, one.taken, "?" if one.left is None else one.left, one.note] for one in done.places]
        print_table(f"Order {order}: {done.state}", ("place", "taken out", "left", "note"), cells)
    if done.state != "done":
        say(f"not done: see what is left or could not be reached, then `hub erase --order {order}` goes on")
        raise typer.Exit(1)
    say(f"done, published version {done.version}; what a source sends of the person from now on is kept out")


def reveal(
    system: Annotated[str | None, typer.Argument(help="The record's system.", show_default="list past reveals")] = None,
    key: Annotated[str | None, typer.Argument(help="The record's key in it.")] = None,
    fields: Annotated[
        list[str] | None, typer.Option("--field", help="A field to show; several times for several.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; it is kept for ever.")] = "",
    by: Annotated[str, typer.Option(help="Who asks.")] = "",
    contract: Annotated[str, typer.Option(help="What kind of record it is.")] = "case_reports",
    json: AsJson = False,
) -> None:
    """Show personal values of one record; who, when, which record, which fields and why are kept."""
    from hub import reveal as revealing
    from hub.cli.output import print_json, print_table
    from operations import access_log
    from operations.settings import Settings
    from operations.store import Store

    settings = Settings.from_env()
    store = Store(settings)
    if system is None or key is None:
        past = access_log.recent(store, what=access_log.REVEAL)
        if json:
            print_json(past)
        else:
            columns = ("at", "who", "subject", "reason")
            print_table(f"{len(past)} reveals", columns, [[one[name] for name in columns] for one in past])
        return
    found = revealing.reveal(
        settings, store, who=by, contract=contract, system=system, source_id=key, wanted=fields or (), reason=reason
    )
    if json:
        print_json(found)
    else:
        titles = revealing.fields(contract)
        for name, value in found.items():
            typer.echo(f"{titles[name]} ({name}): {value if value is not None else '-'}")
