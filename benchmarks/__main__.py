"""``make bench``: every benchmark, one after the other, on a quiet machine; results also as JSON."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import compare, measure, write

RESULTS = Path("bench.json")
AUDIT = ("check", "split", "gx_duckdb", "gx_pandas")


def main() -> None:
    """Prepare each benchmark's input once (not measured), then measure its steps interleaved."""
    results = []
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        for module, title, steps, limit in (
            ("benchmarks.check", "conform, check and split 3,127,000 rows", ["scan", "bare", "check"], "scan"),
            ("benchmarks.audit", "100,000 rows under 32 rules, without imports", list(AUDIT), "check"),
            ("benchmarks.merge", "50,000 changed rows into 1,000,000", ["bare", "merge"], "bare"),
        ):
            work = Path(folder) / module
            work.mkdir()
            measure(module, "prepare", str(work))
            results.append(compare(module, title, steps, limit, str(work)))
            shutil.rmtree(work)
    write(results, RESULTS)
    sys.stdout.write(f"\nResults are in {RESULTS}. Ratios count, not seconds: run on an idle machine.\n")


main()
