"""Commands about codes of departments that mean nothing to us yet: list them, say what they mean, export."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson

app = typer.Typer(no_args_is_help=True, help="Unknown codes: what waits, what it may mean, and what was decided.")

Crosswalk = Annotated[str, typer.Argument(help="The crosswalk, from `hub mapping list`.")]
FromCode = Annotated[str, typer.Argument(help="The department's code, exactly as listed.")]
By = Annotated[str, typer.Option(help="Who decides.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept for ever.")]


@app.command("list")
def list_codes(
    system: Annotated[str | None, typer.Option(help="Only this system.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="What was decided too, and by whom.")] = False,
    json: AsJson = False,
) -> None:
    """List the codes that rows wait for, most rows first, each with what it may mean. No value of a row is shown."""
    from hub import catalogue
    from hub.cli.output import print_json, print_table
    from hub.mapping import desk

    settings = prepared()
    if system is not None:
        catalogue.system(system)
    entries = desk(settings, system, everything=everything)
    if json:
        print_json(entries)
        return
    columns = ("crosswalk", "code", "text", "rows", "first seen", "last seen", "what it may mean, or was decided")
    print_table(f"{len(entries)} codes", columns, [_cells(entry) for entry in entries])


def _cells(entry: dict[str, Any]) -> list[object]:
    seen = [at.date() if at else None for at in (entry["first_seen"], entry["last_seen"])]
    told = [f"{one['score']:.2f}  {one['to_code']} {one['label']}: {one['reason']}" for one in entry["suggestions"]]
    told += [_verdict(one) for one in entry["decided"]]
    text = "" if entry["text"] == entry["from_code"] else entry["text"]
    return [entry["crosswalk"], entry["from_code"], text, entry["rows"], *seen, "\n".join(told)]


def _verdict(one: dict[str, Any]) -> str:
    meaning = f"→ {one['to_code']}" if one["to_code"] is not None else "wrong at the source"
    days = "".join(
        f" {word} {one[name]}" for word, name in (("from", "valid_from"), ("until", "valid_to")) if one[name]
    )
    return f"{meaning}{days}, {one['by']} {one['at']:%Y-%m-%d}: {one['reason']}"


@app.command()
def approve(
    crosswalk: Crosswalk,
    from_code: FromCode,
    to_code: Annotated[str, typer.Argument(help="The shared code that it means.")],
    by: By,
    reason: Reason,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of the meaning.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day without it.")] = None,
) -> None:
    """Say what a code means; the rows that wait for exactly this code are checked again at once."""
    from hub import mapping

    settings = prepared()
    days = (day.date() if day else None for day in (since, until))
    _report(mapping.approve(settings, crosswalk, from_code, to_code, by, reason, *days))


@app.command()
def reject(crosswalk: Crosswalk, from_code: FromCode, by: By, reason: Reason) -> None:
    """Say that a code is wrong at its source: its rows are then the department's to correct, not ours to map."""
    from hub import mapping

    settings = prepared()
    _report(mapping.reject(settings, crosswalk, from_code, by, reason))


def _report(done: dict[str, Any]) -> None:
    named = f"{done['crosswalk']} {done['from_code']}"
    if done["to_code"] is None:
        typer.echo(f"{named} is wrong at its source, says {done['by']}")
    else:
        typer.echo(f"{named} means {done['to_code']} {done['label']}, says {done['by']}")
    for row in done["replaces"]:
        days = f" from {row['valid_from'] or 'the beginning'} until {row['valid_to'] or 'today and on'}"
        typer.echo(f"  so far it meant {row['to_code']}{days}; rows merged with that keep it until they are read again")
        typer.echo("  (`hub sync SYSTEM DATASET --since DAY` reads them again)")
    for one in done["replays"]:
        counts = ", ".join(f"{one[name]} {name}" for name in ("accepted", "rejected", "unchanged"))
        typer.echo(f"  {one['system']}.{one['dataset']}: {one['replayed']} rows checked again, {counts}")
    if not done["replays"]:
        typer.echo("  no row waits for it")
    if any(one["replayed"] for one in done["replays"]):
        typer.echo("next: `hub build` merges and publishes them")


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="Folder for the CSV files; schemas/crosswalks to commit them.")],
    json: AsJson = False,
) -> None:
    """Write every crosswalk as it counts now, decisions included, as complete CSV files for a commit."""
    from hub import catalogue, crosswalks
    from hub.cli.output import print_json
    from operations.store import Store

    settings = prepared()
    paths = crosswalks.export(out, catalogue.decided(Store(settings)))
    if json:
        print_json(paths)
    else:
        typer.echo(f"{len(paths)} crosswalks written to {out}")
