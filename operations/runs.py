"""What ran, for which dataset, and how it ended: the log behind `last outcome` on pages and in the CLI.

Every attempt is a row of its own. `system` and `dataset` are '' for a step of the whole hub, such as a
publish. A step whose process was killed stays `running`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, update

from operations.store import Store, storable
from operations.tables import run_steps

READ = "sync"
"""The step that reads a dataset from its source."""
_LONGEST = 4000  # characters of a message that are kept


def started(store: Store, run_id: str, system: str, dataset: str, step: str) -> None:
    """A step begins."""
    _add(store, run_id, system, dataset, step, {"state": "running", "message": "", "remedy": ""})


def finished(
    store: Store, run_id: str, system: str, dataset: str, step: str, message: str = "", seconds: float | None = None
) -> None:
    """The step that began last under this run, system, dataset and step ended well, after so long on the real clock."""
    ending = {"state": "finished", "message": _kept(message), "remedy": "", "seconds": seconds}
    _end(store, run_id, system, dataset, step, ending)


def failed(store: Store, run_id: str, system: str, dataset: str, step: str, message: str, remedy: str) -> None:
    """It failed. `message` and `remedy` are shown to people: no secret and no personal value in them."""
    _end(
        store,
        run_id,
        system,
        dataset,
        step,
        {"state": "failed", "message": _kept(message), "remedy": _kept(remedy)},
    )


def recent(store: Store, limit: int = 100) -> list[dict[str, Any]]:
    """The last `limit` rows, newest first, as dicts with the column names of `tables.run_steps`."""
    with store.read() as connection:
        rows = connection.execute(select(run_steps).order_by(run_steps.c.id.desc()).limit(limit))
        return [dict(row) for row in rows.mappings()]


def last_finished(store: Store, step: str) -> datetime | None:
    """When a step of the whole hub last ended well, None before the first time."""
    ended = select(func.max(run_steps.c.finished_at)).where(run_steps.c.step == step, run_steps.c.state == "finished")
    with store.read() as connection:
        found: datetime | None = connection.scalar(ended)
        return found


def last_outcome(store: Store) -> dict[tuple[str, str], dict[str, Any]]:
    """Per (system, dataset) how it stands, with the keys of `recent`: among the last ends of its steps the newest
    failure, else the newest with a message, else the newest; so a merge that goes well hides nothing of a read."""
    newest = (
        select(func.max(run_steps.c.id))
        .where(run_steps.c.state != "running")
        .group_by(run_steps.c.system, run_steps.c.dataset, run_steps.c.step)
    )
    with store.read() as connection:
        rows = connection.execute(select(run_steps).where(run_steps.c.id.in_(newest)))
        found = sorted((dict(row) for row in rows.mappings()), key=_weight)
    return {(row["system"], row["dataset"]): row for row in found}


def reads(store: Store, since: datetime) -> list[dict[str, Any]]:
    """How often each dataset was read on each day from `since` on: system, dataset, day (ISO text), attempts, failed.

    A read that still runs, or whose process was killed, is in neither number.
    """
    day = func.date(run_steps.c.started_at)
    failures = func.sum(case((run_steps.c.state == "failed", 1), else_=0))
    counted = (
        select(run_steps.c.system, run_steps.c.dataset, day, func.count(), failures)
        .where(run_steps.c.step == READ, run_steps.c.state != "running", run_steps.c.started_at >= since)
        .group_by(run_steps.c.system, run_steps.c.dataset, day)
        .order_by(run_steps.c.system, run_steps.c.dataset, day)
    )
    names = ("system", "dataset", "day", "attempts", "failed")
    with store.read() as connection:
        return [dict(zip(names, (*row[:2], str(row[2]), *row[3:]), strict=True)) for row in connection.execute(counted)]


def _weight(row: dict[str, Any]) -> tuple[bool, bool, int]:
    return row["state"] == "failed", bool(row["message"]), row["id"]


def _add(store: Store, run_id: str, system: str, dataset: str, step: str, ending: dict[str, str]) -> None:
    now = store.settings.clock()
    with store.write() as connection:
        connection.execute(
            run_steps.insert().values(
                run_id=run_id, system=system, dataset=dataset, step=step, started_at=now, **ending
            )
        )


def _end(store: Store, run_id: str, system: str, dataset: str, step: str, ending: dict[str, Any]) -> None:
    this_step = (
        select(func.max(run_steps.c.id))
        .where(run_steps.c.run_id == run_id, run_steps.c.system == system)
        .where(run_steps.c.dataset == dataset, run_steps.c.step == step, run_steps.c.state == "running")
        .scalar_subquery()
    )
    with store.write() as connection:
        ended = connection.execute(
            update(run_steps).where(run_steps.c.id == this_step).values(finished_at=store.settings.clock(), **ending)
        )
        if ended.rowcount == 0:
            raise LookupError(f"step {step} of {system}.{dataset} has not started in run {run_id}")


def _kept(message: str) -> str:
    return storable(message)[:_LONGEST]
