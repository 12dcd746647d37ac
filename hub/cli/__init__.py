"""The ``hub`` command. Commands import what they need when they run, so that ``hub --help`` stays quick."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

from hub.cli import (
    audit,
    backup,
    decisions,
    demo,
    export,
    keys,
    link,
    mapping,
    metrics,
    onboarding,
    previews,
    privacy,
    quarantine,
    report,
    returns,
    sources,
    upkeep,
    users,
    warehouse,
    workorders,
)
from sandbox.cli import app as sandbox_app

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,  # rich alone would double what `hub --help` costs
    context_settings={"max_content_width": 110},
    help="hub141: link the dispute and governance systems of a province into one case warehouse.",
)
for part in (sources, previews, onboarding, warehouse, export, report, audit, demo, backup, privacy, upkeep):
    part.register(app)
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(mapping.app, name="mapping")
app.add_typer(link.app, name="link")
app.add_typer(decisions.app, name="decisions")
app.add_typer(metrics.app, name="metrics")
app.add_typer(workorders.app, name="workorders")
app.add_typer(returns.app, name="returns")
app.add_typer(keys.app, name="keys")
app.add_typer(users.app, name="users")
app.add_typer(sandbox_app, name="sandbox")


@app.callback()
def start(
    home: Annotated[
        str | None,
        typer.Option(envvar="HUB_HOME", help="Folder of all run-time state.", show_default="./.hub"),
    ] = None,
) -> None:
    """Everything below HOME; two homes never touch each other."""
    if home is not None:
        import os

        os.environ["HUB_HOME"] = home


def main() -> None:
    """Run the command line; an expected failure is one clear message and exit code 1, never a traceback."""
    # A command imports far more than it throws away; Python would look for garbage after every 700 new objects.
    gc.set_threshold(20_000)
    try:
        app()
    except Exception as error:
        from hub import disk
        from hub.cli.output import complain
        from hub.steps import expected
        from operations.settings import Settings

        if not expected(error):
            home = Settings.from_env().home
            refusal = disk.refusal(error, home)
            if refusal is None:
                raise
            error = disk.DiskFullError(home, refusal)
        complain(error)
        sys.exit(1)
