"""The audit DAG: once a week every rule is counted twice, independently, and a difference is an alarm."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task

from dags.assets import TIMEZONE

WEEKLY = "0 2 * * 0"


def count_twice() -> dict[str, Any]:
    """Audit everything that has landed. A difference between the two counts fails the task: trying again is in vain."""
    from airflow.sdk.exceptions import AirflowFailException

    from hub.audit import AuditError, audit
    from operations.settings import Settings

    try:
        found = audit(Settings.from_env()).as_dict()
    except AuditError as error:
        raise AirflowFailException(str(error)) from None
    return {name: found[name] for name in ("rules", "rows", "disagreements")}


with DAG(
    dag_id="audit",
    dag_display_name="规则复核",
    description="Count every rule once more with Great Expectations; the counts must agree",
    schedule=CronTriggerTimetable(WEEKLY, timezone=TIMEZONE, interval=timedelta(days=7)),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    tags=["audit"],
) as audit_dag:
    task(task_id="audit", retries=1, retry_delay=timedelta(minutes=10), execution_timeout=timedelta(hours=6))(
        count_twice
    )()
