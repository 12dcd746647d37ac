"""The task of a child dataset comes after its parent's, whether that failed or not; all others are independent."""

import json
import subprocess
import sys
from pathlib import Path

from airflow_home import ROOT, airflow_environment

SCRIPT = """
import json, sys
from pathlib import Path
from dags.systems import system_dag
from schemas.declaration import read_system
dag = system_dag(read_system(Path(sys.argv[1])))
print(json.dumps({task.task_id: [sorted(task.upstream_task_ids), task.trigger_rule.value] for task in dag.tasks}))
"""
TRIAL = ROOT / "tests" / "connectors" / "trials" / "rest_family.yml"


def test_a_child_waits_for_its_parent(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(TRIAL)],
        env=airflow_environment(tmp_path, ROOT),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    tasks = json.loads(done.stdout.splitlines()[-1])
    assert tasks == {"reports": [[], "all_success"], "parties": [["reports"], "all_done"]}
