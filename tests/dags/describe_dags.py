"""Prints facts about the DAG files as one line of JSON. With `bare` it parses a plain DAG in their place.

No connection may be opened and no name looked up: an audit hook forbids both.
"""

import json
import sys
import time
from datetime import timedelta
from typing import Any


def no_network(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind"}:
        raise PermissionError(f"{event} while a DAG file is imported")


def bare() -> None:
    from airflow.sdk import DAG, Asset, CronTriggerTimetable, task

    schedule = CronTriggerTimetable("5 * * * *", timezone="Asia/Shanghai", interval=timedelta(hours=1))
    with DAG("bare", schedule=schedule):
        task(task_id="only", outlets=[Asset(name="only", uri="hub://only")])(bare)()


def ours() -> dict[str, Any]:
    from dags.audit import audit_dag
    from dags.build_warehouse import build_warehouse
    from dags.maintenance import compaction_dag, maintenance
    from dags.returns import returns_dag
    from dags.systems import DAGS

    own = (build_warehouse, maintenance, compaction_dag, audit_dag, returns_dag)
    return {**DAGS, **{dag.dag_id: dag for dag in own}}


def described(dag: Any) -> dict[str, Any]:
    from airflow.serialization.serialized_objects import DagSerialization

    timetable = getattr(dag.timetable, "timetable", dag.timetable)
    return {
        "cron": timetable.expression,
        "timezone": str(timetable.timezone),
        "interval": timetable.interval.total_seconds(),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "paused": dag.is_paused_upon_creation,
        "params": sorted(dag.params),
        "triggers": triggers(dag),
        "tasks": {
            task.task_id: {
                "retries": task.retries,
                "backoff": bool(task.retry_exponential_backoff),
                "pool": task.pool,
                "outlets": [asset.uri for asset in task.outlets],
                "fails_at_once": never_retried(task),
                "teardown": task.is_teardown,
            }
            for task in dag.tasks
        },
        "serialized": DagSerialization.serialize_dag(dag),
    }


def triggers(dag: Any) -> list[str]:
    """The assets of which any one starts the DAG."""
    from airflow.sdk import AssetAny

    condition = dag.timetable.asset_condition
    return sorted(asset.uri for asset in condition.objects) if isinstance(condition, AssetAny) else []


def never_retried(task: Any) -> list[str]:
    if task.retry_policy is None:
        return []
    rules = task.retry_policy.serialize()["rules"]
    found: list[str] = []
    for rule in rules:
        names = rule["exception"]
        found += names if isinstance(names, list) else [names]
    return found


if __name__ == "__main__":
    sys.addaudithook(no_network)
    made = bare() if sys.argv[1] == "bare" else ours()
    facts: dict[str, Any] = {"cpu_seconds": time.process_time(), "modules": sorted(sys.modules)}
    if sys.argv[1] == "dags":
        facts["dags"] = {dag_id: described(dag) for dag_id, dag in (made or {}).items()}
    sys.stdout.write(json.dumps(facts, default=str) + "\n")
