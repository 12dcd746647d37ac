"""Every part of the benchmark: what it measures beside what, and what it should cost at most."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from benchmarks import served
from benchmarks.measure import ROUNDS, Target, compare, measure
from benchmarks.province import VOLUMES

PEERS = Path(__file__).parent / "peers"
PEERS_PYTHON = PEERS / ".venv" / "bin" / "python"
PEAK = 1024 + 300
"""MiB: HUB_MEMORY_LIMIT as it is by default, and what a process has beside it."""


def _without_source(_: Path) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(frozen=True)
class Part:
    """One comparison. `steps` are the module's own, `peers` those of benchmarks/peers; `around` keeps a source up, and
    says what it has spent where that counts."""

    name: str
    module: str
    title: str
    rows: int
    steps: tuple[str, ...]
    limit: str
    peers: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    around: Callable[[Path], AbstractContextManager[Callable[[], float] | None]] = _without_source
    rounds: int = ROUNDS

    def own(self, step: str, folder: Path, *arguments: object) -> Sequence[str]:
        """The command line of a step of the module."""
        return [sys.executable, "-m", self.module, step, str(folder), *map(str, arguments)]

    def run(self, folder: Path, rows: int) -> dict[str, object]:
        """Prepare the input (not measured), then measure all steps interleaved."""
        measure(self.own("prepare", folder, rows), folder)
        commands = {step: self.own(step, folder) for step in self.steps}
        commands |= {peer: [str(PEERS_PYTHON), str(PEERS / "peers.py"), peer, str(folder)] for peer in self.peers}
        with self.around(folder) as source:
            title = self.title.format(rows=rows)
            return compare(title, commands, self.limit, self.targets, folder, self.rounds, source)


GIB_4 = 4096
DLT_FIRST, DLT_DAY = "dlt_first", "dlt_day"
CONNECTORX, ADBC, REST = "dlt_connectorx", "dlt_adbc", "dlt_rest_api"
PANDAS_CSV, PANDAS_XLSX = "pandas_csv", "pandas_xlsx"
EXTRACT = "benchmarks.extract"
SEED = ("load", "day", "build", "scan", "marts", "plain_copy", "publish", "release", "look")

PARTS = (
    Part(
        "check",
        "benchmarks.check",
        "{rows:,} rows under 32 rules",
        3_127_000,
        ("limit", "split", "whole"),
        "limit",
        targets=(Target("split", "cpu", 2.0, "limit"), Target("split", "peak", 1024), Target("whole", "peak", 1024)),
    ),
    Part(
        "audit",
        "benchmarks.audit",
        "{rows:,} rows under 32 rules, without imports",
        100_000,
        ("check", "split", "gx_duckdb", "gx_pandas"),
        "check",
        targets=(
            Target("check", "cpu", 1 / 3, "gx_duckdb"),
            Target("check", "cpu", 1 / 10, "gx_pandas"),
            Target("split", "cpu", 1 / 2, "gx_duckdb"),
            Target("split", "cpu", 1 / 6, "gx_pandas"),
        ),
    ),
    Part(
        "merge",
        "benchmarks.merge",
        "{rows:,} reports for the first time, then 50,000 changed ones",
        VOLUMES["reports"],
        ("copy", "create", "first", "first_bare", "delete_insert", "merge_into", "day_bare", "day"),
        "copy",
        (DLT_FIRST, DLT_DAY),
        (
            Target("first_bare", "cpu", 1.2, "copy"),
            Target("first_bare", "cpu", 0.4, DLT_FIRST),
            Target("first", "cpu", 1.0, DLT_FIRST),
            Target("first", "peak", GIB_4),
            Target("day_bare", "cpu", 1.3, "delete_insert"),
            Target("day_bare", "cpu", 0.3, "merge_into"),
            Target("day_bare", "cpu", 0.5, DLT_DAY),
            Target("day", "cpu", 1.0, DLT_DAY),
            Target("day", "peak", GIB_4),
        ),
    ),
    Part(
        "seed",
        "benchmarks.seed",
        "a province with {rows:,} reports and all that belongs to them",
        VOLUMES["reports"],
        SEED,
        "load",
        targets=(
            Target("marts", "cpu", 6.0, "scan"),
            Target("publish", "cpu", 1.3, "plain_copy"),
            *(Target(step, "peak", GIB_4) for step in SEED),
        ),
        rounds=1,
    ),
    Part(
        "postgresql",
        EXTRACT,
        "PostgreSQL, {rows:,} rows of 26 columns",
        300_000,
        ("limit", "bare", "whole"),
        "limit",
        (CONNECTORX, ADBC, "dlt_pyarrow"),
        (
            Target("bare", "cpu", 0.6, CONNECTORX),
            Target("bare", "wall", 0.75, CONNECTORX),
            Target("bare", "both", 1.4, "limit"),
            Target("whole", "cpu", 1.0, CONNECTORX),
            Target("whole", "peak", PEAK),
        ),
        served.postgresql,
    ),
    Part(
        "rest",
        EXTRACT,
        "REST, {rows:,} rows of 26 columns in pages of 1,000",
        300_000,
        ("limit", "bare", "whole"),
        "limit",
        (REST,),
        (Target("bare", "cpu", 0.25, REST), Target("whole", "cpu", 0.4, REST), Target("whole", "peak", PEAK)),
        served.rest,
    ),
    Part(
        "csv",
        EXTRACT,
        "GB18030 CSV, {rows:,} rows of 26 columns",
        300_000,
        ("limit", "bare", "whole"),
        "limit",
        (PANDAS_CSV,),
        (
            Target("bare", "wall", 0.6, PANDAS_CSV),
            Target("bare", "cpu", 0.75, PANDAS_CSV),
            Target("bare", "peak", 0.5, PANDAS_CSV),
            Target("bare", "cpu", 1.3, "limit"),
            Target("whole", "peak", PEAK),
        ),
    ),
    Part(
        "xlsx",
        EXTRACT,
        "xlsx, {rows:,} rows of 26 columns",
        50_000,
        ("bare", "whole"),
        PANDAS_XLSX,
        (PANDAS_XLSX,),
        (Target("bare", "cpu", 0.5, PANDAS_XLSX), Target("whole", "peak", PEAK)),
    ),
)
