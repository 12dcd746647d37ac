"""``make bench``: every benchmark, one after the other, on a quiet machine; results also as JSON."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import write
from benchmarks.parts import PARTS, PEERS_PYTHON

RESULTS = Path("bench.json")


def main() -> None:
    """Run the parts that are named, or all, at their own size or the given one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(part.name for part in PARTS))
    parser.add_argument("--rows", type=int, help="in place of each part's own size")
    given = parser.parse_args()
    if unknown := set(given.parts) - {part.name for part in PARTS}:
        parser.error(f"no part {', '.join(sorted(unknown))}; there are: {', '.join(part.name for part in PARTS)}")
    chosen = [part for part in PARTS if not given.parts or part.name in given.parts]
    if any(part.peers for part in chosen) and not PEERS_PYTHON.exists():
        parser.error(f"{PEERS_PYTHON} is missing: `make bench` installs what the hub is set beside")
    results = []
    for part in chosen:
        with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
            work = Path(folder) / part.name
            work.mkdir()
            results.append(part.run(work, given.rows or part.rows))
    write(results, RESULTS)
    sys.stdout.write(f"\nResults are in {RESULTS}. Ratios count, not seconds: run on an idle machine.\n")


if __name__ == "__main__":
    main()
