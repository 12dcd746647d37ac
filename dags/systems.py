"""A DAG for each declared system, a task for each of its datasets: extract, check and land together.

Reading the declarations is all that happens at parse time. A declaration that cannot be read becomes a DAG of
its own that fails with the reason, so that it is seen where its system would be, and stops no other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import (
    DAG,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    Param,
    RetryAction,
    RetryRule,
    task,
)
from croniter import croniter

from dags.assets import TIMEZONE, dataset_asset, readable
from schemas.declaration import ChildDataset, DeclarationError, System, load_systems

if TYPE_CHECKING:
    from schemas.delivery import Window

BROKEN_SCHEDULE = "0 7 * * *"
HOPELESS = ExceptionRetryPolicy(
    rules=[
        RetryRule(
            exception=["connectors.errors.AuthError", "operations.credentials.CredentialsError"],
            action=RetryAction.FAIL,
            reason="the source refuses us; asking again may lock the account",
        ),
        RetryRule(
            exception=[
                "quality.errors.DriftError",
                "quality.compiler.CompileError",
                "schemas.declaration.DeclarationError",
            ],
            action=RetryAction.FAIL,
            reason="the source and its declaration disagree; a person has to change one of them",
        ),
    ]
)
RETRIES: dict[str, Any] = {
    "retries": 3,
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=30),
    "retry_policy": HOPELESS,
    "execution_timeout": timedelta(hours=6),
}
WINDOW_PARAMS: dict[str, Any] = {
    name: Param(None, type=["null", "string"], format="date-time", title=title, description=description)
    for name, title, description in (
        ("since", "Read again from", "A backfill: reads this window once more and moves no bookmark."),
        ("until", "Read again until", "The window's end, exclusive; empty means up to now."),
    )
}


def timetable(cron: str) -> CronTriggerTimetable:
    """A cron line in local time, whose runs have a data interval as long as the pause between two of them.

    The first run starts as soon as the DAG is there.
    """
    turns = croniter(cron, datetime(2026, 1, 1))
    first = turns.get_next(datetime)
    return CronTriggerTimetable(
        cron, timezone=TIMEZONE, interval=turns.get_next(datetime) - first, run_immediately=True
    )


def system_dag(system: System) -> DAG:
    """`sync_<id>`: its tasks are independent, so one dataset that fails holds up no other.

    Only a child comes after its parent, whether that failed or not: there may be an earlier delivery to take from.
    """
    with DAG(
        dag_id=f"sync_{system.id}",
        dag_display_name=system.title,
        description=system.title_en,
        schedule=timetable(system.schedule),
        start_date=None,
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        params=WINDOW_PARAMS,
        tags=["sync", system.department],
        default_args=RETRIES,
    ) as dag:
        tasks = {}
        for name, dataset in readable(system).items():
            rule = "all_done" if isinstance(dataset, ChildDataset) else "all_success"
            made = task(task_id=name, outlets=[dataset_asset(system.id, name)], trigger_rule=rule)
            tasks[name] = made(sync_dataset)(system.id, name)
        for name, dataset in system.datasets.items():
            if isinstance(dataset, ChildDataset):
                tasks[dataset.within.dataset] >> tasks[name]
    return dag


def broken_dag(error: DeclarationError) -> DAG:
    """`sync_<id>` of a declaration that cannot be read: one task, which fails with the reason."""
    with DAG(
        dag_id=f"sync_{error.system}",
        description=f"This system's declaration cannot be read: {error}",
        schedule=timetable(BROKEN_SCHEDULE),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        tags=["sync", "broken declaration"],
    ) as dag:
        task(task_id="declaration")(report_broken)(error.system)
    return dag


def sync_dataset(system_id: str, dataset: str, **context: Any) -> dict[str, Any]:
    """Load one dataset, and say in the asset's event how much came: load_id, kind, declared and landed rows."""
    from airflow.sdk.exceptions import AirflowSkipException

    from dags.credentials import lend
    from hub.pipeline import sync
    from hub.windows import NotNowError
    from operations.settings import Settings

    settings = Settings.from_env()
    lend(system_id)
    try:
        manifest = sync(settings, system_id, dataset, window=window_of(context))
    except NotNowError as skipped:
        raise AirflowSkipException(str(skipped)) from None
    counts = {
        "load_id": manifest.load_id,
        "kind": manifest.kind,
        "declared": manifest.declared,
        "landed": manifest.landed,
    }
    for outlet in context["task"].outlets:
        context["outlet_events"][outlet].extra = counts
    return counts


def window_of(context: dict[str, Any]) -> Window | None:
    """The window to read again, or None for an ordinary run, which starts from the bookmark.

    A window comes from the run's params, or from the data interval of an Airflow backfill.
    """
    from hub.windows import backfill

    since, until = (context["params"].get(name) for name in WINDOW_PARAMS)
    run = context["dag_run"]
    if since is None and until is None and run.run_type == "backfill":
        since, until = run.data_interval_start.isoformat(), run.data_interval_end.isoformat()
    if since is None and until is None:
        return None
    return backfill(local(since), local(until))


def local(moment: str | None) -> datetime | None:
    """An ISO time as naive local time; one without an offset is local already."""
    from operations.settings import SHANGHAI

    if moment is None:
        return None
    given = datetime.fromisoformat(moment)
    return given if given.tzinfo is None else given.astimezone(SHANGHAI).replace(tzinfo=None)


def report_broken(system_id: str) -> None:
    """Raise the error of a declaration that still cannot be read."""
    for error in load_systems()[1]:
        if error.system == system_id:
            raise error


_systems, _errors = load_systems()
DAGS = {dag.dag_id: dag for dag in [*map(system_dag, _systems.values()), *map(broken_dag, _errors)]}
globals().update(DAGS)
