"""Systems that feed a place's figures and are late: what is missing from them must not look like a fall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.reader import Reader


@dataclass(frozen=True)
class LateSystem:
    """A system whose reports are here only `until` a time, and its share of the place's reports in the last year."""

    title: str
    until: datetime
    share: float


def late_systems(reader: Reader, area: str) -> list[LateSystem]:
    """The late systems among the sources of a place's figures, the one with most reports first."""
    late = reader.rows("governance/late_systems")
    if not late:
        return []
    rows = reader.rows("governance/fed_by", area=area, as_of=late[0]["as_of"])
    reports = {row["system"]: row["reports"] for row in rows}
    found = [
        LateSystem(row["title"], row["until"], reports[row["system"]] / sum(reports.values()))
        for row in late
        if row["system"] in reports
    ]
    return sorted(found, key=lambda one: (-one.share, one.title))
