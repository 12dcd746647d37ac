"""What keeps a home in order: once a week, what quarantine no longer needs is removed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task

from dags.assets import TIMEZONE

WEEKLY = "0 3 * * 0"


def prune_quarantine() -> dict[str, Any]:
    """Remove closed files of quarantine after HUB_QUARANTINE_DAYS; counts the files removed, and spared by reason."""
    from collections import Counter

    from hub.retention import prune
    from operations.settings import Settings

    settings = Settings.from_env()
    files = prune(settings, settings.quarantine_days)
    spared = Counter(one.spared for one in files if one.spared is not None)
    return {"removed": len(files) - spared.total(), "spared": dict(spared)}


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
