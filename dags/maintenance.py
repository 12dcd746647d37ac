"""What keeps a home in order: what quarantine no longer needs is removed weekly, free room is given back monthly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task

from dags.assets import TIMEZONE, WAREHOUSE_POOL

WEEKLY = "0 3 * * 0"
MONTHLY = "0 1 1 * *"


def prune_quarantine() -> dict[str, Any]:
    """Remove closed files of quarantine after HUB_QUARANTINE_DAYS; counts the files removed, and spared by reason."""
    from collections import Counter

    from hub.retention import prune
    from operations.settings import Settings

    settings = Settings.from_env()
    files = prune(settings, settings.quarantine_days)
    spared = Counter(one.spared for one in files if one.spared is not None)
    return {"removed": len(files) - spared.total(), "spared": dict(spared)}


def compact_home() -> dict[str, int]:
    """Give the room of what was deleted back to the disk; bytes saved by place."""
    from hub import compaction
    from hub.pipeline import silent
    from operations.settings import Settings

    return {place.name: place.saved for place in compaction.compact_home(Settings.from_env(), progress=silent)}


with DAG(
    dag_id="maintenance",
    dag_display_name="日常维护",
    description="Remove what quarantine no longer needs",
    schedule=CronTriggerTimetable(WEEKLY, timezone=TIMEZONE, interval=timedelta(weeks=1)),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    tags=["maintenance"],
) as maintenance:
    task(
        task_id="prune_quarantine", retries=2, retry_delay=timedelta(minutes=10), execution_timeout=timedelta(hours=2)
    )(prune_quarantine)()


with DAG(
    dag_id="compaction",
    dag_display_name="压缩存储",
    description="Write the warehouse and the operations database anew without the room of what was deleted",
    schedule=CronTriggerTimetable(MONTHLY, timezone=TIMEZONE, interval=timedelta(days=31)),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    tags=["maintenance"],
) as compaction_dag:
    task(
        task_id="compact",
        pool=WAREHOUSE_POOL,
        retries=2,
        retry_delay=timedelta(minutes=10),
        execution_timeout=timedelta(hours=6),
    )(compact_home)()
