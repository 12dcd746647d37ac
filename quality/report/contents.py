"""What a report says, gathered and worded; the templates only lay it out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from quality.report import words


class Point(NamedTuple):
    """The pass rate of one day, 0..1; None where nothing was checked."""

    day: date
    rate: float | None


class Day(NamedTuple):
    """What arrived on one day and what is usual on such a day; `expected`, `low`, `high` are None where unknown."""

    day: date
    rows: int
    expected: float | None
    low: float | None
    high: float | None
    verdict: str  # of words.VOLUMES


@dataclass(frozen=True)
class Tier:
    """A tier with its lower bound, 0..1; None for the one of what was not checked."""

    name: str
    title: str
    min_rate: float | None
    note: str


@dataclass(frozen=True)
class Score:
    """One dimension. `checked` and `failed` are rows; of accessibility they are reads of the source."""

    dimension: str
    tier: str
    rate: float | None
    rules: int
    checked: int
    failed: int
    elsewhere: int
    trend: tuple[Point, ...] = ()

    @property
    def title(self) -> str:
        return words.DIMENSIONS[self.dimension]

    @property
    def unit(self) -> str:
        return "次" if self.dimension == "accessibility" else "行"

    @property
    def known(self) -> list[Point]:
        """The days of the trend on which something was checked."""
        return [point for point in self.trend if point.rate is not None]


@dataclass(frozen=True)
class Example:
    """A failing row: its key at the source, what the source wrote (masked; None where it may not be shown), where."""

    source_id: str | None
    shown: str | None
    place: str
    since: datetime


@dataclass(frozen=True)
class Order:
    """An open work order that was sent to its department; `due` is how it stands to its due date, in words."""

    number: str
    system: str
    contract: str
    rule_id: str
    field: str
    title: str
    state: str  # of operations.order_words.STATES
    rows_open: int
    due_at: datetime
    due_provisional: bool
    due: str
    is_overdue: bool
    promised_on: date | None

    @property
    def subject(self) -> tuple[str, str, str, str]:
        """What the order is about; an issue with the same subject hangs from it."""
        return self.system, self.contract, self.rule_id, self.field


@dataclass(frozen=True)
class Issue:
    """A rule that rows fail now (`checked` rows looked at), or something wrong with a whole dataset (`checked` 0)."""

    system: str
    system_title: str
    dataset_title: str
    field: str  # as a person calls it, with the source's own name
    rule_id: str
    title: str
    dimension: str
    severity: str
    responsibility: str
    message: str
    cause: str
    advice: str
    checked: int
    failed: int
    rejected: int
    examples: tuple[Example, ...]
    order: Order | None

    @property
    def share(self) -> float | None:
        return self.failed / self.checked if self.checked else None

    @property
    def weight(self) -> str:
        """The severity in a word. Of a whole dataset nothing is refused."""
        return "严重" if self.severity == "critical" and not self.checked else words.SEVERITIES[self.severity]

    @property
    def extent(self) -> str:
        return f"{words.count(self.failed)} 行" if self.checked else "整个数据集"


@dataclass(frozen=True)
class Dataset:
    """How one dataset stands: freshness against its limits, rows, and what arrived day by day (empty if not known)."""

    system: str
    system_title: str
    title: str
    freshness: str
    newest_source_at: datetime | None
    last_landed_at: datetime | None
    is_read: bool  # we have read it within its limit, so what is missing is missing at the source
    warn_minutes: int
    fail_minutes: int
    rows_current: int
    rows_rejected: int
    pending_corrections: int
    days: tuple[Day, ...]

    @property
    def has_arrived(self) -> bool:
        return self.rows_current + self.rows_rejected > 0


@dataclass(frozen=True)
class Change:
    """A rule whose number of failing rows is not what it was on the day compared with."""

    kind: str  # of words.CHANGES
    system_title: str
    dataset_title: str
    title: str
    responsibility: str
    before: int
    now: int
    is_redefined: bool


@dataclass(frozen=True)
class Totals:
    """Rows, each counted once: the department's own that were refused, those that were accepted with a warning, and
    those with a fault of ours or of the transport, be it beside one of the department's."""

    rejected: int
    warned: int
    elsewhere: int

    @property
    def own(self) -> int:
        return self.rejected + self.warned


@dataclass(frozen=True)
class Edition:
    """Which published version a page is of, and the bounds that its tiers follow."""

    version: int
    as_of: datetime
    published_at: datetime
    tiers: tuple[Tier, ...]


@dataclass(frozen=True)
class Report:
    """The report of a department, or of one of its systems (`system` is then set)."""

    edition: Edition
    department: str
    department_name: str
    system: str | None
    systems: tuple[tuple[str, str], ...]  # (id, title) of all systems of the department, or the one
    advice: tuple[str, ...]  # sentences, the most urgent first
    scores: tuple[Score, ...]
    totals: Totals
    issues: tuple[Issue, ...]  # the department's own
    elsewhere: tuple[Issue, ...]
    datasets: tuple[Dataset, ...]
    orders: tuple[Order, ...]
    compared_with: date | None  # None on the first day
    changes: tuple[Change, ...]

    def place_of(self, order: Order) -> str:
        """Where the rows of an order are, as a person calls it; '' when none of them fails now."""
        issues = (*self.issues, *self.elsewhere)
        return next((f"{one.system_title} · {one.dataset_title}" for one in issues if one.order == order), "")

    failing: int  # lines of the list of failing rows: one per row and rule

    @property
    def title(self) -> str:
        return self.department_name if self.system is None else self.systems[0][1]

    @property
    def days(self) -> list[date]:
        """The days of the trends."""
        return sorted({point.day for score in self.scores for point in score.trend})

    def worst(self, dimension: str) -> list[Issue]:
        """The three rules of a dimension that most rows fail."""
        of_dimension = [issue for issue in self.issues if issue.dimension == dimension and issue.checked]
        return sorted(of_dimension, key=lambda issue: -issue.failed)[:3]


@dataclass(frozen=True)
class Line:
    """A department in the overview."""

    department: str
    name: str
    systems: tuple[str, ...]  # titles
    scores: tuple[Score, ...]
    totals: Totals
    late: int  # datasets that are late, stopped or never arrived
    orders: int
    overdue: int

    @property
    def needs_work(self) -> bool:
        return any(score.tier == "needs_work" for score in self.scores)

    @property
    def rank(self) -> tuple[int, ...]:
        """Sorts the worst first: most dimensions to mend, then most without data, most usable, most failing rows."""
        tiers = [score.tier for score in self.scores]
        counted = [tiers.count(tier) for tier in ("needs_work", "no_data", "usable")]
        return (*(-number for number in counted), -self.totals.own)


@dataclass(frozen=True)
class Overview:
    """All departments, the worst first."""

    edition: Edition
    lines: tuple[Line, ...]
