"""What every way of paging gives, and how each reads the number of rows that an answer announces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.json_rows import Reply

Ask = Callable[[dict[str, Any]], Reply]
Follow = Callable[[str], Reply]
Position = dict[str, Any]


class PagingError(Exception):
    """A walk that cannot end in a whole delivery. `restart`: a fresh walk may."""

    def __init__(self, message: str, *, restart: bool) -> None:
        super().__init__(message)
        self.restart = restart


@dataclass(frozen=True)
class Stretch:
    """One page's rows, how many came so far, the delivery's total, and where a later walk goes on."""

    rows: list[bytes]
    seen: int
    total: int | None
    position: Position


def announced(reply: Reply, path: str | None) -> int | None:
    """The row count at a path of an answer; None where none is declared, 0 in an answer that nothing was found.

    Raises PagingError when the answer does not hold what is declared.
    """
    if path is None:
        return None
    if not reply.envelope:
        return 0
    stated = reply.at(path)
    if isinstance(stated, str) and stated.isdigit():
        stated = int(stated)
    if not isinstance(stated, int) or isinstance(stated, bool):
        raise PagingError(f"the answer has no row count at {path}", restart=False)
    return stated
