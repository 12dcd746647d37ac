"""A check in a process of its own must not pay for what it does not use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

SCRIPT = dedent(
    """
    import sys
    from datetime import datetime
    from pathlib import Path
    from hub import catalogue
    from operations.settings import Settings
    from quality.check import check
    from schemas.delivery import Page
    from warehouse.landing import Landing

    settings = Settings(home=Path(sys.argv[1]))
    settings.prepare()
    load = Landing(settings).open("court_odr", "pre_suit_steps", "sync", None, "d")
    body = b'{"sqdj_bh": "1", "bzxh": 1, "bzdm": "01", "ajzt": "05", "fssj": "20240601000000",'
    body += b' "lrsj": null, "cljg": null, "clr": null, "bz": null, "gxsj": null}\\nnot json\\n'
    load.add(Page(format="ndjson", rows=2, body=body))
    system, dataset = catalogue.dataset("court_odr", "pre_suit_steps")
    outcome = check(
        settings, load.complete(None), system, dataset, catalogue.contract(dataset), datetime(2026, 1, 1)
    )
    assert outcome.rejected >= 1
    print("pandas" in sys.modules)
    """
)


def test_a_check_does_not_import_pandas(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr
