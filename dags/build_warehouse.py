"""The warehouse DAG: builds and publishes when a dataset has landed, and every night whatever happened.

Asset events that come while a build runs are answered by one more build. That is harmless: a build takes every
complete delivery that the ledger lacks, never the events that started it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, task

from dags.assets import PUBLISHED, TIMEZONE, WAREHOUSE_POOL, dataset_asset, readable
from schemas.declaration import load_systems

NIGHTLY = "30 4 * * *"


def merge_landed() -> int:
    """Merge what has landed, so that query-only sources can be asked about it; how many loads that were."""
    from hub import catalogue
    from hub.pipeline import merge
    from operations.settings import Settings

    return len(merge(Settings.from_env())) if catalogue.lookups() else 0


def verify_subjects() -> dict[str, str]:
    """Ask query-only sources about the subjects of recent reports. A source that fails is in the alarm, and holds up
    no build."""
    from dags.credentials import lend
    from hub import catalogue
    from hub.verification import verify
    from operations.settings import Settings

    for system, _ in catalogue.lookups():
        lend(system.id)
    return verify(Settings.from_env())


def build_and_publish(**context: Any) -> dict[str, Any]:
    """Merge, link, build, gate and publish as the single writer; the event of the asset has the version."""
    from hub.pipeline import build
    from operations.settings import Settings

    summary = build(Settings.from_env())
    found = {"published": summary.published, "reports": summary.reports, "cases": summary.cases}
    context["outlet_events"][PUBLISHED].extra = found
    return found


def raise_alarm() -> None:
    """One alarm for everything that failed last time it ran: it lists dataset, time and message, and fails.

    As a teardown it runs after every build, failed or not, and its own state does not change the run's.
    """
    from airflow.sdk.exceptions import AirflowFailException

    from operations import runs
    from operations.settings import Settings
    from operations.store import Store

    outcomes = runs.last_outcome(Store(Settings.from_env()))
    failed = [
        f"{system or 'hub'}.{dataset or '-'} ({outcome['finished_at']}): {outcome['message']}"
        for (system, dataset), outcome in sorted(outcomes.items())
        if outcome["state"] == "failed"
    ]
    failed += [f"{error.system}: {error}" for error in load_systems()[1]]
    if failed:
        raise AirflowFailException("\n".join([f"{len(failed)} failed when they last ran:", *failed]))


with DAG(
    dag_id="build_warehouse",
    dag_display_name="案件仓库",
    description="Merge what has landed, verify, link, build the models, pass the gate, publish",
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable(NIGHTLY, timezone=TIMEZONE, interval=timedelta(days=1)),
        assets=AssetAny(
            *(
                dataset_asset(system.id, dataset)
                for system in load_systems()[0].values()
                for dataset in readable(system)
            )
        ),
    ),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    tags=["warehouse"],
) as build_warehouse:
    merged = task(task_id="merge", pool=WAREHOUSE_POOL, retries=1, execution_timeout=timedelta(hours=6))(merge_landed)()
    verified = task(task_id="verify", pool=WAREHOUSE_POOL, retries=1, execution_timeout=timedelta(hours=2))(
        verify_subjects
    )()
    built = task(
        task_id="build",
        pool=WAREHOUSE_POOL,
        outlets=[PUBLISHED],
        retries=2,
        retry_delay=timedelta(minutes=2),
        execution_timeout=timedelta(hours=6),
        trigger_rule="all_done",  # what could not be asked today is asked tomorrow
    )(build_and_publish)()
    alarm = task(task_id="alarm")(raise_alarm)().as_teardown()
    merged >> verified >> built >> alarm
