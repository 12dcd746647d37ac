"""A person taken out of a backup: its files like those of the home, its build file, its answers, its manifest.

What is published in it goes: it is a copy that the first build of a restored home makes anew. A backup that is killed
over is not whole until the order is gone on with.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import msgspec

from hub.backups import manifest
from hub.backups.manifest import BUILD, OPERATIONS, Backup, File
from hub.erasing import whom
from hub.erasing.loads import Gone, erase_load, manifests
from hub.erasing.traces import Traces
from operations.erasures import Order
from operations.failpoints import failpoint
from operations.settings import Settings
from warehouse.build import attach, connect, opened
from warehouse.compaction import compact
from warehouse.erasure import drop_derived, erase, values_of
from warehouse.landing import MANIFEST, sha256_of
from warehouse.persons import stage


def erase_backup(settings: Settings, folder: Path, order: Order) -> dict[str, int]:
    """Take the person out of one backup; records by place. Call it under the lock of the folder of backups.

    Raises BackupError when it is none, duckdb.Error when the home's key does not open its build file.
    """
    backup = manifest.read(folder)
    inside = replace(settings, home=folder, operations_url="")
    order, traces = _known(settings, inside.build_path, order)
    gone = Gone()
    for load in manifests(inside):
        erase_load(inside, load, order.order_no, traces, gone)
    _operations(folder / OPERATIONS, order)
    touched = _build(settings, inside.build_path, order, traces)
    rmtree(inside.published, ignore_errors=True)
    failpoint("erase.backup_rewritten")
    _seal(settings, folder, backup, order.order_no)
    return gone.records | touched


def _known(settings: Settings, path: Path, order: Order) -> tuple[Order, Traces]:
    """The vault of the backup itself says what the person is called in its files, and by which tokens there."""
    with opened(settings, path) as wh:
        wh.execute("USE wh")
        order = whom.known_as(settings, wh, order)
        stage(wh, order.tokens, order.records)
        return order, whom.traces(settings, [order], values_of(wh, whom.contracts(wh)))


def _build(settings: Settings, path: Path, order: Order, traces: Traces) -> dict[str, int]:
    con = connect(settings)
    try:
        attach(con, settings, path, "build")
        con.execute("USE wh")
        stage(con, order.tokens, order.records)
        held = whom.contracts(con)
        con.execute("BEGIN TRANSACTION")
        touched = erase(con, held, order.rejected, whom.redacting(traces), values_of(con, held))
        drop_derived(con)
        con.execute("COMMIT")
    finally:
        con.close()
    compact(settings, path)  # free blocks hold what was deleted
    return touched


def _operations(path: Path, order: Order) -> None:
    """What sources answered about the person and had not landed."""
    if not path.exists():
        return
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        for token, replacement in order.tokens["id_no"].items():
            connection.execute(
                "UPDATE lookup_calls SET sealed = NULL, subject_token = ? WHERE subject_token = ?", (replacement, token)
            )
        connection.commit()


def _seal(settings: Settings, folder: Path, backup: Backup, order_no: str) -> None:
    """The manifest of what is there now, which names the order."""
    files = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != MANIFEST:
            files.append(File(name, path.stat().st_size, sha256_of(path)))
    with opened(settings, folder / BUILD) as wh:
        position = manifest.position_of(wh)
    orders = sorted({*backup.erasures, order_no})
    msgspec.structs.replace(backup, files=files, published=0, position=position, erasures=orders).write(folder)
