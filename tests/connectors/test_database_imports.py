"""A read in a process of its own must not pay for what it does not use."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from declarations import TABLE, declared

SCRIPT = dedent(
    """
    import os, sys
    from pathlib import Path
    from connectors.registry import open_connector
    from operations.credentials import Credentials
    from operations.settings import Settings
    from operations.store import Store
    from schemas.declaration import read_system
    from schemas.delivery import Window

    folder = Path(sys.argv[1])
    os.environ["TRIAL_URL"] = f"sqlite:///{folder}/source.db"
    system = read_system(folder / "trial.yml")
    connector = open_connector(
        system, credentials=Credentials(), store=Store(Settings(home=folder / "home")), workdir=folder / "work"
    )
    pages = list(connector.read(system.datasets["cases"], Window(None, None), None, None))
    assert sum(page.rows for page in pages) == 1
    print("pandas" in sys.modules)
    """
)


def test_reading_a_table_does_not_import_pandas(tmp_path: Path) -> None:
    declared(tmp_path, TABLE, timeout="5s", batch_rows=100)
    with sqlite3.connect(tmp_path / "source.db") as source:
        source.execute("CREATE TABLE T_CASE (CASE_NO TEXT, NAME TEXT, UPDATE_TIME TEXT)")
        source.execute("INSERT INTO T_CASE VALUES ('A1', '张三', '2026-06-03 08:00:00')")
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr
