"""What every DAG keeps to, whichever system it belongs to."""

from typing import Any

from dags.assets import readable
from schemas.declaration import load_systems


def sync_dags(dags: dict[str, Any]) -> dict[str, Any]:
    return {dag_id.removeprefix("sync_"): dag for dag_id, dag in dags.items() if dag_id.startswith("sync_")}


def test_every_schedule_is_local_time_with_an_interval_that_is_not_empty(dags: dict[str, Any]) -> None:
    assert {dag["timezone"] for dag in dags.values()} == {"Asia/Shanghai"}
    assert all(dag["interval"] > 0 for dag in dags.values())


def test_a_system_runs_by_the_schedule_that_it_declares(dags: dict[str, Any]) -> None:
    declared = {system.id: system.schedule for system in load_systems()[0].values()}
    assert {system: dag["cron"] for system, dag in sync_dags(dags).items()} == declared


def test_no_dag_overlaps_itself_or_makes_up_for_missed_runs(dags: dict[str, Any]) -> None:
    assert {(dag["max_active_runs"], dag["catchup"], dag["paused"]) for dag in dags.values()} == {(1, False, False)}


def test_each_dataset_has_its_own_task_and_asset(dags: dict[str, Any]) -> None:
    for system in load_systems()[0].values():
        tasks = dags[f"sync_{system.id}"]["tasks"]
        assert {name: task["outlets"] for name, task in tasks.items()} == {
            name: [f"hub://{system.id}/{name}"] for name in readable(system)
        }


def test_a_load_is_retried_with_growing_pauses_unless_retrying_is_hopeless(dags: dict[str, Any]) -> None:
    for dag in sync_dags(dags).values():
        for task in dag["tasks"].values():
            assert task["retries"] >= 2
            assert task["backoff"]
            assert {"connectors.errors.AuthError", "quality.errors.DriftError"} <= set(task["fails_at_once"])


def test_any_dataset_starts_the_warehouse_and_so_does_the_night(dags: dict[str, Any]) -> None:
    outlets = [uri for dag in sync_dags(dags).values() for task in dag["tasks"].values() for uri in task["outlets"]]
    assert dags["build_warehouse"]["triggers"] == sorted(outlets)
    assert dags["build_warehouse"]["cron"] == "30 4 * * *"


def test_the_warehouse_has_one_writer_and_an_alarm_that_changes_no_result(dags: dict[str, Any]) -> None:
    tasks = dags["build_warehouse"]["tasks"]
    assert tasks["build"]["pool"] == "warehouse"
    assert tasks["build"]["outlets"] == ["hub://warehouse/published"]
    assert list(tasks) == ["merge", "verify", "build", "alarm"]
    assert tasks["merge"]["pool"] == tasks["verify"]["pool"] == "warehouse", "they open the warehouse too"
    assert tasks["alarm"]["teardown"]


def test_the_audit_runs_once_a_week_beside_the_writer(dags: dict[str, Any]) -> None:
    assert dags["audit"]["cron"] == "0 2 * * 0"
    assert {task["pool"] for task in dags["audit"]["tasks"].values()} == {"default_pool"}
    assert dags["audit"]["triggers"] == []


def test_a_window_can_be_read_again_by_hand(dags: dict[str, Any]) -> None:
    assert {tuple(dag["params"]) for dag in sync_dags(dags).values()} == {("since", "until")}


def test_quarantine_is_pruned_once_a_week(dags: dict[str, Any]) -> None:
    assert (dags["maintenance"]["cron"], dags["maintenance"]["interval"]) == ("0 3 * * 0", 7 * 86400)
    assert list(dags["maintenance"]["tasks"]) == ["prune_quarantine"]


def test_the_home_is_compacted_once_a_month_as_the_one_writer(dags: dict[str, Any]) -> None:
    assert (dags["compaction"]["cron"], dags["compaction"]["triggers"]) == ("0 1 1 * *", [])
    assert {name: task["pool"] for name, task in dags["compaction"]["tasks"].items()} == {"compact": "warehouse"}


def test_returns_are_made_each_night_after_the_warehouse_and_beside_its_writer(dags: dict[str, Any]) -> None:
    assert (dags["returns"]["cron"], dags["returns"]["interval"], dags["returns"]["triggers"]) == (
        "30 6 * * *",
        86400,
        [],
    )
    assert {name: task["pool"] for name, task in dags["returns"]["tasks"].items()} == {"make": "default_pool"}
    assert dags["returns"]["tasks"]["make"]["retries"] == 2
