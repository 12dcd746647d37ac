"""Commands about which reports are one case: merge two cases, split one, withdraw a decision, list them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from hub.cli.sources import AsJson

app = typer.Typer(no_args_is_help=True, help="Which reports are one case: what people decided, and deciding.")

By = Annotated[str, typer.Option(help="Who decides.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept for ever.")]


@app.command()
def merge(
    code: Annotated[str, typer.Argument(help="The code of a case, current or forwarded.")],
    other: Annotated[str, typer.Argument(help="The code of the case that is the same dispute.")],
    by: By,
    reason: Reason,
    json: AsJson = False,
) -> None:
    """Two cases are one dispute. The code minted first stays; the other leads to it for ever."""
    from hub import linking

    _report(linking.merge(_settings(), code, other, by, reason), json)


@app.command()
def split(
    code: Annotated[str, typer.Argument(help="The code of the case, current or forwarded.")],
    reports: Annotated[
        list[str],
        typer.Option("--reports", help="SYSTEM/SOURCE_ID of a report that leaves, from `hub trace`; repeat it."),
    ],
    by: By,
    reason: Reason,
    json: AsJson = False,
) -> None:
    """Some reports of a case are another dispute. The code stays with the report that it was minted for."""
    from hub import linking

    leaving = []
    for one in reports:
        system, slash, source_id = one.partition("/")
        if not (system and slash and source_id):
            raise typer.BadParameter(f"write SYSTEM/SOURCE_ID, not {one!r}", param_hint="--reports")
        leaving.append((system, source_id))
    _report(linking.split(_settings(), code, leaving, by, reason), json)


@app.command()
def undo(
    decision: Annotated[int, typer.Argument(help="Its id, from `hub link list`.")],
    by: By,
    reason: Reason,
    json: AsJson = False,
) -> None:
    """Withdraw a decision: what it joined is parted again, what it parted is joined again."""
    from hub import linking

    _report(linking.undo(_settings(), decision, by, reason), json)


@app.command("list")
def list_decisions(
    everything: Annotated[bool, typer.Option("--all", help="Also what was withdrawn.")] = False,
    json: AsJson = False,
) -> None:
    """The decisions that count, newest first, and what came of each."""
    from hub import linking
    from hub.cli.output import print_json, print_table

    rows = linking.listing(_settings(), everything=everything)
    if json:
        print_json(rows)
        return
    columns = ("id", "verdict", "codes", "reports", "by", "reason", "at", "state")
    shown = [[", ".join(row[name]) if isinstance(row[name], list) else row[name] for name in columns] for row in rows]
    print_table(f"{len(rows)} decisions", columns, shown)


def _settings() -> Any:
    from operations.settings import Settings

    settings = Settings.from_env()
    settings.prepare()
    return settings


def _report(done: dict[str, Any], json: bool) -> None:
    from hub.cli.output import print_json

    if json:
        print_json(done)
        return
    said = {
        "merge": "{codes} are one case",
        "split": "{leaving} reports leave {codes}, {staying} stay",
        "undone": "decision {undoes} about {codes} is withdrawn",
    }[done["act"]]
    typer.echo(f"decision {done['id']}: " + said.format(**done | {"codes": " and ".join(done["codes"])}))
    typer.echo("next: `hub build` carries it out and publishes it")
