"""Small drawings as inline SVG, without script or style attributes; what they show also stands in words beside them."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from quality.report import words
from quality.report.contents import Day, Point

WIDTH, HEIGHT, EDGE = 132, 30, 3
LEAST_SPAN = 0.004
"""The least height of a trend, as a share: a thousandth up or down is not to look like a cliff."""


def trend(points: Sequence[Point]) -> Markup:
    """A line over the days on which something was checked, with a dot at the last; '' for fewer than two."""
    known = [(point.day.toordinal(), point.rate) for point in points if point.rate is not None]
    if len(known) < 2:
        return Markup()
    rates = [rate for _, rate in known]
    middle, span = (max(rates) + min(rates)) / 2, max(max(rates) - min(rates), LEAST_SPAN)
    across = _scale(known[0][0], known[-1][0], EDGE, WIDTH - EDGE)
    down = _scale(middle + span / 2, middle - span / 2, EDGE, HEIGHT - EDGE)
    line = " ".join(f"{across(day):.1f},{down(rate):.1f}" for day, rate in known)
    x, y = across(known[-1][0]), down(known[-1][1])
    label = f"通过率从 {words.passed(rates[0])} 到 {words.passed(rates[-1])}"
    return _drawing(
        label,
        f'<polyline class="line" points="{line}"/><circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="2.6"/>',
    )


def volumes(days: Sequence[Day]) -> Markup:
    """A bar per day over the band of what is usual; a day outside the band is dark and outlined."""
    if not days:
        return Markup()
    first, last = days[0].day.toordinal(), days[-1].day.toordinal()
    slots = last - first + 1
    top = max(max(day.rows, day.high or 0) for day in days) or 1
    wide = (WIDTH - 2 * EDGE) / slots
    down = _scale(top, 0, EDGE, HEIGHT - EDGE)
    shapes = []
    for day in days:
        x = EDGE + (day.day.toordinal() - first) * wide
        if day.low is not None and day.high is not None:
            band = f'y="{down(day.high):.1f}" height="{down(day.low) - down(day.high):.1f}"'
            shapes.append(f'<rect class="band" x="{x:.1f}" width="{wide:.1f}" {band}/>')
    for day in days:
        x = EDGE + (day.day.toordinal() - first) * wide
        odd = " odd" if day.verdict in ("low", "zero", "high") else ""
        bar = f'y="{down(day.rows) - 0.6:.1f}" height="{HEIGHT - EDGE - down(day.rows) + 0.6:.1f}"'
        shapes.append(f'<rect class="bar{odd}" x="{x + wide * 0.2:.1f}" width="{wide * 0.6:.1f}" {bar}/>')
    return _drawing(f"{words.day(days[0].day)} 至 {words.day(days[-1].day)} 每日行数", "".join(shapes))


class _scale:
    """A linear map of [low, high] onto [start, end]; everything to the middle where low = high."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._start = low, start
        self._step = (end - start) / (high - low) if high != low else 0.0

    def __call__(self, value: float) -> float:
        return self._start + (value - self._low) * self._step


def _drawing(label: str, shapes: str) -> Markup:
    """`shapes` are made of numbers alone; the label is escaped."""
    frame = f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}"'
    text = f'<svg class="spark" role="img" aria-label="{escape(label)}" {frame}>{shapes}</svg>'
    return Markup(text)  # noqa: S704
