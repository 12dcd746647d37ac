"""The returns DAG: each night, after the warehouse, the counties and departments that want it get what changed."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from dags.assets import TIMEZONE

NIGHTLY = "30 6 * * *"


def make_returns() -> dict[str, str]:
    """Make the returns that `hub returns nightly` lists; the name of each by its receiver. One that cannot be made
    stops no other, and fails the task, so that it is tried again: what was made is not made twice."""
    from hub.returns.errors import ReturnError
    from hub.returns.nightly import make_ordered
    from operations.settings import Settings

    made, failures = make_ordered(Settings.from_env())
    if failures:
        raise ReturnError("; ".join(map(str, failures)))
    return {one.receiver: one.name for one in made}


with DAG(
    dag_id="returns",
    dag_display_name="数据回流",
    description="Make what counties and departments take back each night",
    schedule=CronTriggerTimetable(NIGHTLY, timezone=TIMEZONE, interval=timedelta(days=1)),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    tags=["returns"],
) as returns_dag:
    task(task_id="make", retries=2, retry_delay=timedelta(minutes=10), execution_timeout=timedelta(hours=4))(
        make_returns
    )()
