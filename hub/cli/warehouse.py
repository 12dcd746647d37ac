"""Commands about the warehouse: merge and publish, the ledger, and the way back from a case to its sources."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    for command in (verify, build, publish, run, ledger, trace):
        app.command()(command)


def verify(json: AsJson = False) -> None:
    """Ask the query-only sources about the subjects of recent reports, within quota and on a legal ground."""
    from hub.cli.output import print_json, print_table
    from hub.verification import verify as ask
    from operations import lookups
    from operations.store import Store

    settings = prepared()
    failures = ask(settings)
    calls = lookups.recent(Store(settings))
    if json:
        print_json({"failures": failures, "calls": calls})
    else:
        columns = ("call_no", "asked_at", "who", "reason_code", "related_system", "related_no", "result", "valid_until")
        print_table("The newest calls", columns, [[call[name] for name in columns] for call in calls])
        _explain(failures)
    if failures:
        raise typer.Exit(1)


def build(json: AsJson = False) -> None:
    """Merge everything that has landed, link, build the models, and publish if the gate agrees. Exit 1 when a delivery
    could not be merged; the others are, and published."""
    from hub import pipeline
    from hub.cli.output import print_json, progress

    settings = prepared()
    with progress(None, "build") as advance:
        summary = pipeline.build(settings, progress=advance)
    if json:
        print_json(summary)
    else:
        typer.echo(f"published {summary.published}: {summary.reports:,} reports, {summary.cases:,} cases")
        _explain(summary.failures)
    if summary.failures:
        raise typer.Exit(1)


def publish(json: AsJson = False) -> None:
    """Publish the warehouse as it is once more, through the gate, without merging anything."""
    from hub import pipeline
    from hub.cli.output import print_json

    settings = prepared()
    version = pipeline.publish(settings)
    print_json({"published": version}) if json else typer.echo(f"published {version}")


def run(
    system: Annotated[list[str] | None, typer.Argument(help="Systems to run; all when none is named.")] = None,
    parallel: Annotated[int, typer.Option(min=1, help="How many datasets to read at once.")] = 1,
    json: AsJson = False,
) -> None:
    """Sync the systems and build, without Airflow. A system that fails is named and stops only itself."""
    from hub import pipeline
    from hub.catalogue import selected
    from hub.cli.output import print_json, progress

    settings = prepared()
    with progress(len(selected(system)), "run") as advance:
        summary = pipeline.run(settings, parallel=parallel, systems=system, progress=advance)
    if json:
        print_json(summary)
    else:
        print_summary(summary.as_dict())
    if summary.failures:
        raise typer.Exit(1)


def print_summary(summary: dict[str, object]) -> None:
    """A run's summary for a person: the ledger's sum, what was published, and what failed."""
    from hub.cli.output import print_table
    from hub.summary import TERMS

    print_table(f"{summary['systems']} systems, {summary['datasets']} datasets", TERMS, [[summary[t] for t in TERMS]])
    steps = summary["steps"]
    if isinstance(steps, dict):
        print_table("Seconds by step", ("step", "seconds"), [(name, f"{took:.1f}") for name, took in steps.items()])
    typer.echo(
        f"published {summary['published']}: {summary['reports']:,} reports, {summary['cases']:,} cases"
        f" in {summary['seconds']:.1f} s"
    )
    failures, slow = summary["failures"], summary.get("slow")
    _explain(failures if isinstance(failures, dict) else {})
    _explain(slow if isinstance(slow, dict) else {}, "SLOW")


def _explain(found: dict[str, str], what: str = "FAILED") -> None:
    from hub.cli.output import say

    for name, message in found.items():
        say(f"{what} {name}: {message}")


def ledger(
    system: Annotated[str | None, typer.Option(help="Only this system.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the newest loads.")] = None,
    json: AsJson = False,
) -> None:
    """The ledger: one line per load and dataset. Balance is landed minus the sum of the terms; it must be 0."""
    from hub import catalogue
    from hub.cli.output import print_json, print_table
    from operations import loads
    from operations.settings import Settings
    from operations.store import Store

    columns = (
        *("load_id", "kind", "system", "dataset", "declared", "landed", "loaded", "unchanged"),
        *("superseded", "duplicate", "deleted", "rejected", "balance"),
    )
    lines = [line for line in loads.lines(Store(Settings.from_env())) if system in (None, line["system"])]
    catalogue.refuse_unknown(system, lines)
    chosen = [{name: line[name] for name in columns} for line in (lines[-limit:] if limit else lines)]
    if json:
        print_json(chosen)
    else:
        print_table(f"{len(chosen)} loads", columns, [list(line.values()) for line in chosen])


def trace(
    case_code: Annotated[str, typer.Argument(help="A case code, current, forwarded or local.")], json: AsJson = False
) -> None:
    """From a case to every report, system, load, file and line behind it, and to the codes that it had."""
    from hub.cli.output import print_json, print_table
    from hub.tracing import trace as trace_case
    from operations.settings import Settings

    found = trace_case(Settings.from_env(), case_code)
    if json:
        print_json(found)
        return
    place = found["county_name"] or "县不详"
    if found["county_code_then"] not in (None, found["county_code"]):
        place += f"（当时：{found['county_name_then']}）"
    typer.echo(f"{found['case_code']}  {found['case_type_name']}  {place}  stage {found['stage_code']}")
    columns = ("system", "source_id", "reported_at", "link_method", "load_id", "file", "line", "landed_at")
    print_table("Reports", columns, [[report[name] for name in columns] for report in found["reports"]])
    if found["history"]:
        moved = ("moved_at", "from_code", "to_code", "reports")
        rows = [[*(move[name] for name in moved), _by(move["decision"])] for move in found["history"]]
        print_table("Codes", (*moved, "why"), rows)


def _by(decision: dict[str, object] | None) -> str:
    """Who moved reports to another code."""
    return "rule" if decision is None else "decision {id} ({verdict}, {by}: {reason})".format(**decision)
