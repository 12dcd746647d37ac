"""Commands about indicators: what was reported on a day, what is known now, and what changed between."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.sources import AsJson

if TYPE_CHECKING:
    from hub.restated import Indicator, Number, Restated

app = typer.Typer(no_args_is_help=True, help="Indicators as they were reported and as they are known now.")


@app.callback()
def _group() -> None:
    """Typer makes a lone command the whole app; this keeps it a named one."""


@app.command("as-of")
def as_of(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="What had been published by the end of it.")],
    metric: Annotated[list[str] | None, typer.Option(help="Only this indicator; may be repeated.")] = None,
    area: Annotated[str, typer.Option(help="Code of the province, a prefecture or a county.")] = "33",
    period: Annotated[str, typer.Option(help="A month such as 2026-06, or all.")] = "all",
    json: AsJson = False,
) -> None:
    """Indicators as reported on DAY and as known now, with the change by its cause, which adds up exactly."""
    from hub import published, reading, restated
    from hub.cli.output import print_json
    from operations.settings import Settings

    for value, form, name, words in (
        (area, r"33(\d\d){0,2}", "--area", "33, a prefecture (3301) or a county (330108)"),
        (period, r"all|\d{4}-(0[1-9]|1[0-2])", "--period", "all, or a month such as 2026-06"),
    ):
        if not re.fullmatch(form, value):
            raise typer.BadParameter(f"{value!r} is not {words}", param_hint=name)
    with published.current(Settings.from_env()) as connection:
        reader = reading.Reader(connection, restated.FOLDER)
        known = restated.steps(reader)
        since = restated.reported_on(known, day.date())
        registry = restated.indicators(reader)
        if unknown := [name for name in metric or () if name not in registry]:
            raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(registry)}", param_hint="--metric")
        asked = [one for name, one in registry.items() if not metric or name in metric]
        if period != restated.ALWAYS:
            asked = [one for one in asked if one.has_months]
        found = restated.restated(reader, since, asked, [area], period)
    if json:
        print_json({"reported": since, "known": known[0], "area": area, "period": period, "indicators": _plain(found)})
    else:
        typer.echo(f"reported: version {since.version} of {since.as_of}; known: version {known[0].version}")
        _print(found, f"{area}, {period}")


def _plain(found: list[Restated]) -> list[dict[str, Any]]:
    return [
        {
            "metric": one.indicator.name,
            "title": one.indicator.title,
            "reported": one.reported,
            "changes": [
                {"cause": step.cause, "numerator": step.numerator, "denominator": step.denominator, "after": step.after}
                for step in one.changes
            ],
            "known": one.known,
        }
        for one in found
    ]


def _print(found: list[Restated], title: str) -> None:
    from hub.cli.output import print_table
    from warehouse.metric_changes import CAUSES

    causes = [cause for cause in CAUSES if any(one.by(cause) for one in found)]
    rows = [
        [one.indicator.title, _shown(one.indicator, one.reported), *(_moved(one, c) for c in causes),
         _shown(one.indicator, one.known)]
        for one in found
    ]  # fmt: skip
    print_table(title, ("indicator", "reported", *(f"{CAUSES[cause]} {cause}" for cause in causes), "known"), rows)


def _shown(indicator: Indicator, number: Number) -> str:
    if number.value is None:
        return "-"
    if indicator.measure == "share":
        return f"{100 * number.value:.1f}% ({number.numerator:,}/{number.denominator:,})"
    return f"{number.value:,.1f}" if indicator.has_denominator else f"{number.value:,.0f}"


def _moved(one: Restated, cause: str) -> str:
    """What a cause did: to a count by how many, to a share by how many above and below the line, else from and to."""
    step = one.by(cause)
    if step is None:
        return ""
    if one.indicator.measure == "share":
        return f"{step.numerator:+,}/{step.denominator:+,}"
    if one.indicator.has_denominator:
        return f"{_shown(one.indicator, step.before)} → {_shown(one.indicator, step.after)}"
    return f"{step.numerator:+,}"
