"""A queue from broker to warehouse: a kill before the offsets are committed repeats the work and changes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from homes import hub_json, run_hub
from kafka_cluster import PLAIN, QUEUE, Cluster, running

from hub import catalogue, pipeline, publication
from operations.settings import Settings
from schemas.declaration import System, read_system

FIELDS = """
      source_id: no
      title: t
      handling_org_name: t
      matter_kind: {const: dispute}
      case_type_code: {const: '0699'}
      status_code: {const: '10'}
      reported_at: {from: at, type: timestamp}
      source_updated_at: {from: at, type: timestamp}"""
SYNC = """
import sys
from pathlib import Path
from schemas.declaration import read_system
from hub import catalogue, pipeline
from operations.settings import Settings
system = read_system(Path(sys.argv[1]))
catalogue._loaded = lambda: ({"trial": system}, [])
pipeline.sync(Settings.from_env(), "trial", "events")
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running() as found:
        yield found


@pytest.fixture
def topic(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TRIAL_URL", cluster.servers)
    monkeypatch.setenv("AIRFLOW_CONN_TRIAL", "kafka://")
    return cluster.topic()


@pytest.fixture
def trial(topic: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> System:
    path = tmp_path / "trial.yml"
    path.write_text(QUEUE.format(**{**PLAIN, "fields": FIELDS}, queue=topic), encoding="utf-8")
    found = read_system(path)
    monkeypatch.setattr(catalogue, "_loaded", lambda: ({"trial": found}, []))
    return found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "home", memory_limit="256MiB")
    made.prepare()
    return made


def event(number: str, title: str, at: str = "2026-06-01 08:00:00") -> tuple[str, bytes]:
    return number, json.dumps({"no": number, "t": title, "at": at}, ensure_ascii=False).encode()


def merged(settings: Settings) -> tuple[list[dict[str, int]], list[tuple[str, str]]]:
    """Ledger terms of what was merged now, and the records that are current after it."""
    lines = pipeline.merge(settings)
    with publication.warehouse(settings) as writer:
        rows = writer.con.execute("SELECT source_id, handling_org_name FROM record.case_reports ORDER BY 1").fetchall()
    terms = ("loaded", "unchanged", "superseded", "duplicate", "deleted", "rejected")
    return [{term: line[term] for term in terms if line[term]} for line in lines], rows


def killed_sync(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "trial.yml"
    environment = {**os.environ, "HUB_HOME": str(settings.home), "HUB_FAILPOINT": "landing.completed"}
    done = subprocess.run([sys.executable, "-c", SYNC, str(path)], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL


def test_a_kill_between_landing_and_commit_repeats_what_then_is_unchanged(
    cluster: Cluster, topic: str, trial: System, settings: Settings, tmp_path: Path
) -> None:
    cluster.send(topic, event("1", "甲"), event("2", "乙"), event("1", "丙", "2026-06-02 08:00:00"))
    killed_sync(settings, tmp_path)
    assert cluster.committed(topic, settings.home)[0] < 0
    cluster.send(topic, event("3", "丁"))
    pipeline.sync(settings, "trial", "events")
    assert cluster.committed(topic, settings.home)[0] == 4
    terms, rows = merged(settings)
    assert terms == [{"loaded": 2, "duplicate": 1}, {"loaded": 1, "unchanged": 2, "duplicate": 1}]
    assert rows == [("1", "丙"), ("2", "乙"), ("3", "丁")]


def test_tombstones_delete_and_poison_is_quarantined_with_its_place(
    cluster: Cluster, topic: str, trial: System, settings: Settings
) -> None:
    cluster.send(topic, event("1", "甲"), event("2", "乙"), ("9", b"{half"), ("8", b'["list"]'), ("7", b"\xff"))
    cluster.send(topic, ("1", None))
    pipeline.sync(settings, "trial", "events")
    pipeline.sync(settings, "trial", "events")  # nothing more is there
    terms, rows = merged(settings)
    assert rows == [("2", "乙")]
    assert terms[0]["rejected"] == 3
    cluster.send(topic, ("2", None))
    pipeline.sync(settings, "trial", "events")
    assert merged(settings) == ([{"deleted": 1}], [])
    [path] = [one for one in settings.quarantine.rglob("*.parquet") if duckdb.read_parquet(str(one)).shape[0]]
    found = duckdb.sql(f"SELECT file, reasons[1].rule, raw FROM '{path}' ORDER BY position").fetchall()
    assert [(file, raw) for file, _, raw in found] == [
        (f"{topic}[0]@2", "{half"),
        (f"{topic}[0]@3", '["list"]'),
        (f"{topic}[0]@4", "\\xff"),
    ]
    assert {rule for _, rule, _ in found} == {"row.unreadable"}


def test_a_row_that_is_refused_has_the_place_of_its_message(
    cluster: Cluster, topic: str, trial: System, settings: Settings
) -> None:
    cluster.send(topic, event("1", "甲"), event("2", "乙", "2026-02-30 08:00:00"))
    pipeline.sync(settings, "trial", "events")
    assert merged(settings)[0] == [{"loaded": 1, "rejected": 1}]
    [path] = settings.quarantine.rglob("*.parquet")
    assert duckdb.sql(f"SELECT file, source_id FROM '{path}'").fetchall() == [(f"{topic}[0]@1", "2")]


def test_a_new_queue_is_written_filled_in_and_looked_at(cluster: Cluster, tmp_path: Path) -> None:
    systems, home, topic = tmp_path / "systems", tmp_path / "home", cluster.topic()
    systems.mkdir()
    given = {"HUB_SYSTEMS": str(systems), "TRIAL_URL": cluster.servers, "AIRFLOW_CONN_TRIAL": "kafka://"}
    run_hub(home, "new", "trial", "--kind", "queue", "--broker", "kafka", "--department", "high_court", **given)
    path = systems / "trial.yml"
    text = path.read_text(encoding="utf-8")
    assert "deletes: {kind: tombstone, field: _op, equals: [delete]}" in text
    path.write_text(text.replace("queue: FILL_IN", f"queue: {topic}").replace("key: [FILL_IN]", "key: [no]"), "utf-8")
    messages = [{"no": str(number), "case_name": "甲", "register_time": "2026-06-01 08:00:00"} for number in range(3)]
    cluster.send(topic, *((one["no"], json.dumps(one).encode()) for one in messages), ("9", b"{half"), ("1", None))
    found = hub_json(home, "discover", "trial", "records", "--write", **given)
    assert {one["column"]: one["field"] for one in found["fields"]} == {
        "title": "case_name", "reported_at": "register_time"
    }  # fmt: skip
    assert [one["place"] for one in found["left_out"]] == [f"{topic}[0]@3"]
    assert "_offset" not in str(found["remarks"]), "what the connector adds is no field of the source"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("title: case_name", "matter_kind: {const: dispute}\n      title: case_name"), "utf-8")
    assert [row["ok"] for row in hub_json(home, "check", "trial", **given)] == [True]
    rows = hub_json(home, "preview", "trial", "records", **given)["rows"]
    assert [row["verdict"] for row in rows][-1] == "deletes its record"
    assert cluster.committed(topic, home)[0] < 0, "a look takes no message away"
