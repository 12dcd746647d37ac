"""The trust strip of every page: how far the numbers on it can be relied on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from portal.reader import Reader

LATE = "freshness_"
"""How rules begin that the strip shows as late systems."""


@dataclass(frozen=True)
class Strip:
    """As of when, from which version, and what is missing, within the reader's scope."""

    version: str
    as_of: datetime | None
    systems: int
    late: list[str]  # titles of systems whose data is late or has stopped
    rejected: int  # rows refused and not yet corrected
    checked: int  # rows current plus refused
    pending: int  # rows whose newer version was refused
    unmapped: int  # rows refused because a code has no mapping yet
    odd: dict[str, int] = field(default_factory=dict)  # what else is wrong with whole datasets -> with how many

    @property
    def rejected_share(self) -> float | None:
        return self.rejected / self.checked if self.checked else None


def strip(reader: Reader) -> Strip:
    """Raises NotPublished and Refused as the reader does."""
    found = reader.one("trust_strip")
    if found is None:
        return Strip(reader.edition.version, None, 0, [], 0, 0, 0, 0)
    issues = reader.rows("dataset_issues", department="", system="")
    odd = Counter(row["title"] for row in issues if not row["rule_id"].startswith(LATE))
    return Strip(version=reader.edition.version, **found, odd=dict(odd))
