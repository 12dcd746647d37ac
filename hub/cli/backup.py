"""Commands for the day on which a home is lost: back it up, list and verify backups, restore one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson

if TYPE_CHECKING:
    from hub.backups.manifest import Backup


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    for command in (backup, restore):
        app.command()(command)


def backup(
    out: Annotated[Path, typer.Option(help="Folder of backups; each is a dated folder in it.")],
    keys: Annotated[
        Path | None, typer.Option(help="Folder for the keys and the home's env, apart from --out.", show_default="none")
    ] = None,
    wait: Annotated[int, typer.Option(min=0, help="Seconds to wait for a build that is going on.")] = 3600,
    listed: Annotated[bool, typer.Option("--list", help="Only list the backups in --out.")] = False,
    json: AsJson = False,
) -> None:
    """Back this home up into --out while readers go on. Keys are written only to --keys, never beside it."""
    from hub.backups import making
    from hub.backups.manifest import listing
    from hub.cli.output import print_json, print_table, progress, say

    if listed:
        found = listing(out.expanduser())
        if json:
            print_json(found)
        else:
            columns = ("name", "made_at", "age_hours", "files", "bytes", "whole", "problem")
            cells = [[*(getattr(one, name) for name in columns[:5]), "yes" if one.whole else "NO", one.problem]
                     for one in found]  # fmt: skip
            print_table(f"{len(found)} backups", columns, cells)
        return
    settings = prepared()
    with progress(None, "backup") as advance:
        made = making.backup(settings, out, keys, wait=wait, progress=advance)
    one = made.backup
    if json:
        print_json({"folder": made.folder, "files": len(one.files), "bytes": one.bytes, "linked": made.linked,
                    "position": _plain(one), "operations_dump": one.operations_dump})  # fmt: skip
    else:
        typer.echo(f"backed up {one.position}, to {made.folder}")
        typer.echo(f"{len(one.files):,} files, {one.bytes:,} bytes; {made.linked:,} of them linked")
    if keys is None:
        say("the keys are not in it, and without them it cannot be read: --keys FOLDER writes them, on other media")
    if one.operations_dump:
        say(f"the operations database is not in it; dump it each time before `hub backup`: {one.operations_dump}")


def restore(
    source: Annotated[Path, typer.Option("--from", help="The backup: one dated folder of --out.")],
    home: Annotated[Path | None, typer.Argument(help="Where the home is to be: a folder that is new or empty.")] = None,
    keys: Annotated[
        Path | None, typer.Option(help="The folder that `hub backup --keys` wrote.", show_default="HUB_KEY_<NAME>")
    ] = None,
    verify_only: Annotated[
        bool, typer.Option("--verify-only", help="Restore into a temporary folder (TMPDIR), and throw it away.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Make a home of a backup: every file verified, the warehouse opened and compared, then there at once."""
    import os

    from hub.backups import restoring
    from hub.cli.output import print_json, progress, say
    from operations.settings import Settings

    if (home is None) != verify_only:
        raise typer.BadParameter("name the HOME to restore into, or --verify-only; one of both")
    # Another home's env has no say in this one.
    settings = Settings.from_env({**os.environ, "HUB_HOME": str(home or source)})
    with progress(None, "restore") as advance:
        if home is None:
            one = restoring.verify(settings, source, keys, progress=advance)
        else:
            one = restoring.restore(settings, source, keys, progress=advance)
    where = None if home is None else settings.home
    if json:
        print_json({"home": where, "files": len(one.files), "bytes": one.bytes, "position": _plain(one),
                    "operations_dump": one.operations_dump})  # fmt: skip
    else:
        typer.echo(f"{'verified' if home is None else f'restored to {where}'}: {one.position}")
    if one.operations_dump:
        say(f"the operations database is not in it; `pg_restore` what this wrote, first: {one.operations_dump}")
    if home is not None:
        say(f"next: hub --home {where} doctor, then hub --home {where} run")


def _plain(one: Backup) -> dict[str, object]:
    """The position of a backup as JSON has it."""
    import msgspec

    return msgspec.structs.asdict(one.position)
