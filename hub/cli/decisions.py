"""Commands about what waits for a person: list it, and decide it."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.sources import AsJson

app = typer.Typer(no_args_is_help=True, help="What waits for a person: deletes over the budget, lost rows.")


@app.command("list")
def list_pending(json: AsJson = False) -> None:
    """List what nobody has decided yet, oldest first."""
    from hub.cli.output import print_json, print_table
    from operations import decisions
    from operations.settings import Settings
    from operations.store import Store

    rows = [
        {"id": one.id, "kind": one.kind, "subject": one.subject, "reason": one.reason, "at": one.at}
        for one in decisions.pending(Store(Settings.from_env()))
    ]
    if json:
        print_json(rows)
    else:
        print_table(f"{len(rows)} wait", ("id", "kind", "reason"), [[r["id"], r["kind"], r["reason"]] for r in rows])


@app.command()
def decide(
    decision: Annotated[int, typer.Argument(help="Its id, from `hub decisions list`.")],
    verdict: Annotated[
        str,
        typer.Argument(
            help="Of deletes: delete (the records are gone) or keep (they stay). Of lost rows: accept (they were meant"
            " to go) or refuse (they are missing)."
        ),
    ],
    by: Annotated[str, typer.Option(help="Who decides.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept for ever.")],
) -> None:
    """Decide one. The next `hub build` acts on it; a later verdict replaces this one and both stay on record."""
    from hub import deletions, shrinking
    from operations import decisions
    from operations.settings import Settings
    from operations.store import Store

    verdicts = {deletions.OVER_BUDGET: deletions.VERDICTS, shrinking.FEWER_ROWS: shrinking.VERDICTS}
    store = Store(Settings.from_env())
    for one in decisions.pending(store):
        if one.id == decision:
            if verdict not in verdicts[one.kind]:
                raise typer.BadParameter(f"write one of {', '.join(verdicts[one.kind])}", param_hint="VERDICT")
            decisions.decide(store, one.kind, one.subject, verdict, by, reason)
            typer.echo(f"decided: {verdict}; `hub build` acts on it")
            return
    raise typer.BadParameter("no such id waits; `hub decisions list` shows what does", param_hint="DECISION")
