"""Named places where a test may kill the process, to prove that a kill there loses and tears nothing."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter

FAILPOINTS = (
    "landing.part_written",
    "landing.before_complete",
    "landing.completed",
    "check.staged",
    "merge.before_commit",
    "merge.committed",
    "link.before_commit",
    "models.before_commit",
    "orders.before_commit",
    "publish.files_written",
    "publish.before_swap",
    "publish.swapped",
    "backup.build_copied",
    "backup.before_manifest",
    "backup.before_rename",
    "restore.files_written",
    "restore.before_rename",
    "compact.written",
    "compact.verified",
    "compact.swapped",
    "compact.outcome_removed",
    "erase.part_written",
    "erase.generation_written",
    "erase.load_done",
    "erase.backup_rewritten",
    "erase.before_commit",
    "erase.committed",
    "erase.compacted",
    "erase.published",
    "return.files_written",
    "return.renamed",
    "return.recorded",
    "return.handed_over",
    "return.state_written",
    "return.acknowledged",
    "rotate.begun",
    "rotate.key_made",
    "rotate.before_commit",
    "rotate.committed",
    "rotate.rewritten",
    "rotate.resealed",
    "destroy.begun",
    "destroy.hidden",
    "destroy.removed",
)

_passes: Counter[str] = Counter()
_counting = threading.Lock()


def failpoint(name: str) -> None:
    """Kill this process with SIGKILL when HUB_FAILPOINT is `name`, or `name:n` and this is the n-th pass.

    Passes are counted per process. Raises ValueError when `name` or the variable names no failpoint.
    """
    if name not in FAILPOINTS:
        raise ValueError(f"{name!r} is not in operations.failpoints.FAILPOINTS; add it there")
    wanted = os.environ.get("HUB_FAILPOINT")
    if not wanted:
        return
    wanted_name, _, nth = wanted.partition(":")
    if wanted_name not in FAILPOINTS or (nth and not nth.isdigit()):
        raise ValueError(f"HUB_FAILPOINT={wanted}: write NAME or NAME:N with one of {', '.join(FAILPOINTS)}")
    if wanted_name != name:
        return
    with _counting:
        _passes[name] += 1
        due = _passes[name] == int(nth or 1)
    if due:
        os.kill(os.getpid(), signal.SIGKILL)
