"""Makes a return: everything that a receiver is shown, or what of it changed since its last acknowledged return."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from hub import published
from hub.export import MANIFEST, listed
from hub.pipeline import Progress, silent
from hub.returns.comparing import write
from hub.returns.errors import ReturnError
from hub.returns.receivers import Dataset, Receiver, datasets, receiver
from hub.returns.standing import Standing, rows_of, standing, tidy
from operations import returns
from operations.failpoints import failpoint
from operations.keys import key
from operations.locks import scope_lock
from operations.returns import Line, Return
from operations.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from operations.settings import Settings

OPEN_RETURNS = 5
"""So many wait for their acknowledgement at most; an older one gives way, since each later one holds all it held."""


@contextmanager
def turn(store: Store, code: str) -> Iterator[None]:
    """The right to make, acknowledge or drop returns of one receiver. Raises LockedError."""
    with scope_lock(store, f"returns of {code}"):
        yield


def make(
    settings: Settings,
    code: str,
    *,
    by: str,
    everything: bool = False,
    csv: bool = False,
    progress: Progress = silent,
) -> Return:
    """Make the next return of a receiver (a division code or a department) from what is published now.

    The one that waits is given again where it is of the same version and asked for in the same form. With `everything`,
    or where it is not known what the receiver holds, it begins anew. Raises ReturnError, NothingPublishedError,
    LockedError; then there is no return.
    """
    import duckdb

    store = Store(settings)
    # The turn comes first: who waited for it with an older version open would bring back what was erased meanwhile.
    with turn(store, code), published.both(settings) as connection:
        who = receiver(connection, code)
        past, folder = returns.listing(store, code), who.folder(settings)
        tidy(folder, past)
        version, as_of, published_at = connection.execute(
            "SELECT version, as_of, published_at FROM current.ops.versions"
        ).fetchall()[0]
        if (waiting := _waiting(folder, past, version, everything, csv)) is not None:
            return waiting
        stands = standing(folder, past)
        since = None if everything or not stands.is_known else stands.since
        number = past[0].number + 1 if past else 1
        made = Return(code, number, version, as_of, since.number if since else None, settings.clock(), by)
        draft = folder / f".{made.name}.draft"
        try:
            draft.mkdir(mode=0o700, parents=True)
            shown = datasets(connection, who)
            made = replace(made, lines=_write(settings, connection, shown, made, stands, draft, csv, progress))
            _describe(who, shown, made, since, published_at, draft)
            failpoint("return.files_written")
            _settle(folder, made, draft)
        except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise ReturnError(
                f"{made.name} of {code} cannot be written: {error}; make room on the disk of {settings.home},"
                " or raise HUB_MEMORY_LIMIT, then make it again"
            ) from error
        finally:
            rmtree(draft, ignore_errors=True)
        failpoint("return.renamed")
        returns.add(store, made, _giving_way(past))
        failpoint("return.recorded")
        past = returns.listing(store, code)
        tidy(folder, past)
    return past[0]


def _waiting(folder: Path, past: Sequence[Return], version: int, everything: bool, csv: bool) -> Return | None:
    """The newest return, where making another would say the same."""
    newest = past[0] if past else None
    if newest is None or newest.state != "open" or not newest.kept or newest.version != version:
        return None
    has_csv = any(file["path"].endswith(".csv") for line in newest.lines for file in line.files)
    fits = (not everything or newest.since is None) and (not csv or has_csv)
    return newest if fits and (folder / newest.name / MANIFEST).is_file() else None


def _giving_way(past: Sequence[Return]) -> list[int]:
    """Those that the new one stands for: what never left the hub, and what has waited behind too many others."""
    waiting = [one for one in past if one.state == "open"]
    fetched = [one for one in waiting if one.fetched_at is not None]
    stay = {one.number for one in fetched[: OPEN_RETURNS - 1]}
    return [one.number for one in waiting if one.number not in stay]


def _write(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    shown: Sequence[Dataset],
    made: Return,
    stands: Standing,
    draft: Path,
    csv: bool,
    progress: Progress,
) -> list[Line]:
    """Every dataset: its files into the draft, what its rows are called into a folder within it."""
    (draft / "rows").mkdir(mode=0o700)
    secret, lines = key(settings, "returns").hex(), []
    for dataset in shown:
        name = f"{dataset.name}.parquet"
        progress(f"{made.receiver} {dataset.name}", 0)
        base, loose = (_file(of, name) for of in (stands.base, stands.loose))
        line = write(connection, dataset, secret, base, loose, made.since is None, draft / name, draft / "rows" / name)
        files = {name: line.inserted + line.changed + line.withdrawn + line.recalled}
        if csv:
            files[_csv(draft / name)] = files[name]
        lines.append(replace(line, files=listed(files, draft)))
        progress(f"{made.receiver} {dataset.name}", files[name])
    return lines


def _file(folder: Path | None, name: str) -> Path | None:
    """The file of a dataset, where there is one: an earlier publish may not have had it."""
    return folder / name if folder is not None and (folder / name).is_file() else None


def _csv(parquet: Path) -> str:
    """The same rows as CSV that Excel opens, beside the Parquet file; its name."""
    from hub.returns.reading import csv_of
    from warehouse.landing import sync_file

    target = parquet.with_suffix(".csv")
    target.touch(mode=0o600)
    with target.open("wb") as out:
        out.writelines(csv_of(parquet))
    sync_file(target)
    return target.name


def _describe(
    who: Receiver,
    shown: Sequence[Dataset],
    made: Return,
    since: Return | None,
    published_at: object,
    draft: Path,
) -> None:
    from warehouse.landing import sync_file

    manifest = {
        "receiver": who.code,
        "title": who.title,
        "return": made.name,
        "version": made.version,
        "as_of": str(made.as_of),
        "published_at": str(published_at),
        "since": {"return": since.name, "version": since.version, "as_of": str(since.as_of)} if since else None,
        "datasets": [_described(one, line) for one, line in zip(shown, made.lines, strict=True)],
    }
    path = draft / MANIFEST
    path.touch(mode=0o600)
    path.write_text(json.dumps(manifest, ensure_ascii=False, indent=2), encoding="utf-8")
    sync_file(path)


def _described(dataset: Dataset, line: Line) -> dict[str, Any]:
    counts = {name: getattr(line, name) for name in ("held_before", "inserted", "changed", "withdrawn", "recalled")}
    return {
        "name": dataset.name,
        "title": dataset.title,
        "key": list(dataset.key),
        "columns": {"change": "inserted、changed 或 withdrawn", "row_id": "行号：同一行在各次回流中不变"}
        | dataset.columns,
        **counts,
        "held_after": line.held_after,
        "files": line.files,
    }


def _settle(folder: Path, made: Return, draft: Path) -> None:
    """Give the draft and the names of its rows their names; until the ledger has them they count for nothing."""
    from warehouse.landing import sync_folder

    sync_folder(draft / "rows")
    (draft / "rows").rename(rows_of(folder, made))
    sync_folder(draft)
    draft.rename(folder / made.name)
    sync_folder(folder)
