"""From a case code to every report, system, load, file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
from homes import hub_json, run_hub


def test_a_case_of_several_systems_leads_to_every_landed_line(prepared: tuple[Path, dict[str, Any]]) -> None:
    home = prepared[0]
    with duckdb.connect(str((home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        codes = connection.execute(
            "SELECT case_code FROM core.case_reports WHERE case_code IS NOT NULL GROUP BY ALL"
            " HAVING count(DISTINCT system) > 1 ORDER BY ALL LIMIT 12"
        ).fetchall()
    assert codes
    systems = set()
    for (code,) in codes:
        found = hub_json(home, "trace", code)
        assert found["case_code"] == code
        assert len(found["reports"]) == found["report_count"]
        for report in found["reports"]:
            systems.add(report["system"])
            assert report["load_id"]
            assert report["file"], report
            assert report["line"] >= 1
            if str(report["file"]).endswith(".ndjson"):
                line = Path(report["landed_path"]).read_text(encoding="utf-8").splitlines()[report["line"] - 1]
                key = report["source_id"].split("|")[0]
                assert key in {str(value) for value in json.loads(line).values()}
    assert len(systems) >= 4


def test_an_unknown_code_says_so(prepared: tuple[Path, dict[str, Any]]) -> None:
    done = run_hub(prepared[0], "trace", "JF330108202606010000X", check=False)
    assert done.returncode == 1
    assert "no case has the code" in done.stderr
