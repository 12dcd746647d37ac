"""Commands about the keys of this home: what there is, put a new one in the place of one, end one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson

app = typer.Typer(
    invoke_without_command=True, help="The keys of this home: age, what uses each, what to do; rotate and destroy them."
)

By = Annotated[str, typer.Option(help="Who asks; needed to begin.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept for ever.")]


@app.callback()
def list_keys(context: typer.Context, json: AsJson = False) -> None:
    """List the keys; none is shown or made."""
    if context.invoked_subcommand is not None:
        return
    from hub.cli.output import print_json, print_table
    from hub.rotation.inventory import listing
    from operations.store import Store

    settings = prepared()
    found = listing(settings, Store(settings))
    if json:
        print_json(found)
        return
    cells = [
        [one.key, one.purpose, "?" if one.age_days is None else one.age_days, "newest" if one.newest else "old",
         "?" if one.uses is None else "; ".join(one.uses), one.advice]
        for one in found
    ]  # fmt: skip
    print_table(f"{len(found)} keys", ("key", "what it does", "days", "which", "used by", "do"), cells)


@app.command()
def rotate(
    purposes: Annotated[list[str], typer.Argument(metavar="PURPOSE...", help="Whose key, as `hub keys` names it.")],
    by: By = "",
    reason: Reason = "",
    json: AsJson = False,
) -> None:
    """Make a new key and put everything in the home under it; the old one stays for what else needs it.

    After a kill give the same purposes again.
    """
    from hub.cli.output import print_json, print_table, progress, say
    from hub.rotation import rotating

    settings = prepared()
    with progress(None, "rotate") as advance:
        done = rotating.rotate(settings, purposes, by=by, reason=reason, progress=advance)
    if json:
        print_json(done)
    else:
        print_table(
            f"New: {', '.join(done.keys)}", ("under the new key", "count"), [[*one] for one in done.done.items()]
        )
    say("next: `hub backup --keys FOLDER` keeps the new keys; `hub keys` says when the old ones can be destroyed")
    if done.version:
        say(f"published version {done.version} has the new tokens; the versions before it are gone")
    for folder in done.exports:
        say(f"{folder} has tokens of before, which match none of now: export again")
    if done.receivers:
        named = " ".join(done.receivers)
        say(f"what was returned has tokens of before; the next return brings those of now: `hub returns make {named}`")


@app.command()
def destroy(
    key: Annotated[str, typer.Argument(help="The key, by its whole name from `hub keys`.")],
    by: By = "",
    reason: Reason = "",
    keys: Annotated[
        Path | None, typer.Option(help="A folder that `hub backup --keys` wrote: there too.", show_default="none")
    ] = None,
    json: AsJson = False,
) -> None:
    """Destroy an old key that nothing needs any more, for ever."""
    from hub.cli.output import print_json, say
    from hub.rotation import destroying

    settings = prepared()
    removed = destroying.destroy(settings, key, by=by, reason=reason, kept=keys)
    if json:
        print_json({"removed": removed})
    else:
        typer.echo(f"{key} is destroyed: {', '.join(map(str, removed)) or 'its files were gone already'}")
    if keys is None:
        say("copies of it in key backups are still there: remove them, or name their folder with --keys the next time")
