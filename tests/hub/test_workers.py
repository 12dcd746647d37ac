"""The processes that read several datasets at once live no longer than the command that started them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

SCRIPT = """
import os, time
from hub.workers import pool_of

if __name__ == "__main__":
    with pool_of(2) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        time.sleep(60)
"""


def test_a_worker_ends_when_the_command_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "starter.py"
    script.write_text(SCRIPT)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        worker = Path("/proc") / starter.stdout.readline().strip()
        assert worker.name.isdigit()
        assert worker.exists()
        starter.kill()
    deadline = time.monotonic() + 10
    while worker.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not worker.exists()
