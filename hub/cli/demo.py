"""`hub demo`: the sandbox province, the real DAGs over it, and the governance view, in one command."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson


def register(app: typer.Typer) -> None:
    """Add the command to ``app``."""
    app.command()(demo)


def demo(
    cases: Annotated[int, typer.Option(help="How many disputes the sandbox province has.")] = 6000,
    serve: Annotated[bool, typer.Option(help="Leave the portal running and say where.")] = True,
    port: Annotated[int, typer.Option(help="The portal's port; 0 takes a free one.")] = 8141,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the portal and the sandbox of this home.")] = False,
    json: AsJson = False,
) -> None:
    """Start the sandbox province, run the real DAGs over it, and open the governance view."""
    from hub import demonstration
    from hub.cli.output import print_json, say
    from hub.cli.warehouse import print_summary

    settings = prepared()
    if stop:
        demonstration.stop(settings)
        return
    say(f"hub141 demo in {settings.home}")
    summary = demonstration.run(settings, cases=cases)
    if json:
        print_json(summary)
    else:
        print_summary(summary)
    if serve:
        portal = demonstration.serve(settings, port)
        say("")
        say(f"The governance view answers at {portal.url}")
        for login, password, sees in portal.accounts:
            say(f"  sign in as {login} with {password}  ({sees})")
        if not portal.accounts:
            say("  sign in as before")
        say("")
        say("Next ('source .venv/bin/activate' puts hub on the path):")
        say("  hub systems                            what is linked")
        say("  hub ledger                             what became of every row")
        say("  hub sandbox tick --days 1 && hub run   live through a day")
        say("  make airflow                           the same DAGs with a scheduler and its page")
        say("  make stop                              end the demo")
        if sys.stdout.isatty():
            typer.launch(portal.url)
    if summary["failures"]:
        raise typer.Exit(1)
