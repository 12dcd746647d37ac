"""Commands about the department systems: what is declared, whether it answers, what it holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from hub.cli.home import prepared

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON alone on stdout.")]
SystemName = Annotated[str, typer.Argument(help="A system's id; `hub systems` lists them.")]
DatasetName = Annotated[str, typer.Argument(help="One of the system's datasets.")]


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    for command in (systems, check, sql, sync):
        app.command()(command)


def systems(json: AsJson = False) -> None:
    """List the declared systems; a broken declaration is named and stops only itself."""
    from hub import catalogue
    from hub.cli.output import complain, print_json, print_table

    rows = [
        {
            "system": one.id,
            "department": one.department,
            "kind": one.source.kind,
            "datasets": list(one.datasets),
        }
        for one in catalogue.systems().values()
    ]
    for error in catalogue.broken():
        complain(error)
    if json:
        print_json(rows)
        return
    titles = {one.id: one.title for one in catalogue.systems().values()}
    print_table(
        f"{len(rows)} systems",
        ("system", "名称", "department", "kind", "datasets"),
        [(r["system"], titles[str(r["system"])], r["department"], r["kind"], ", ".join(r["datasets"])) for r in rows],
    )


def check(
    system: Annotated[list[str] | None, typer.Argument(help="Systems to check; all when none is named.")] = None,
    json: AsJson = False,
) -> None:
    """Read the declarations, fit each dataset to its contract, and ask each system whether it can be reached and read.
    Exit 1 if anything cannot."""
    from hub import catalogue
    from hub.cli.output import print_json, print_table
    from hub.onboarding.skeletons import unfilled
    from hub.steps import expected
    from operations.store import Store

    settings = prepared()
    findings = [{"system": error.system, "ok": False, "message": str(error)} for error in catalogue.broken()]
    unfit = catalogue.unfit(catalogue.decided(Store(settings)))
    for one in system or list(catalogue.systems()):
        if lines := unfilled(one):
            findings.append({"system": one, "ok": False, "message": lines})
        misfits = [catalogue.placed(misfit) for (of, _), misfit in unfit.items() if of == one]
        findings += [{"system": one, "ok": False, "message": message} for message in misfits]
        try:
            with catalogue.connector(catalogue.system(one), Store(settings), settings) as connector:
                found = [(finding.ok, finding.message) for finding in connector.check()]
        except Exception as error:
            if not expected(error):
                raise
            found = [(False, str(error))]
        findings += [{"system": one, "ok": ok, "message": message} for ok, message in found]
    if json:
        print_json(findings)
    else:
        rows = [(f["system"], "ok" if f["ok"] else "FAILED", f["message"]) for f in findings]
        print_table("Systems", ("system", "state", "message"), rows)
    if not all(finding["ok"] for finding in findings):
        raise typer.Exit(1)


def sql(
    system: SystemName,
    dataset: DatasetName,
    records: Annotated[
        bool, typer.Option("--records", help="Print the rules that compare its records instead, one SELECT each.")
    ] = False,
) -> None:
    """Print the one statement that conforms and checks a dataset."""
    from hub import catalogue
    from operations.store import Store

    declared, wanted = catalogue.dataset(system, dataset)
    settings = prepared()
    decided = catalogue.decided(Store(settings))
    if not records:
        typer.echo(catalogue.statement(declared, wanted, decided).sql)
        return
    for one in catalogue.record_rules(decided):
        if (system, dataset) in one.versions:
            rule = one.of(system, dataset)
            typer.echo(f"-- {rule.id} [{rule.severity}] {rule.title}\n{one.sql};\n")


def sync(
    system: SystemName,
    dataset: Annotated[str | None, typer.Argument(help="One dataset; all of the system's when left out.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Backfill from here (moves no bookmark).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Backfill up to here.")] = None,
    json: AsJson = False,
) -> None:
    """Read a system from where it stopped, land and check it. `hub build` merges what has landed."""
    from hub import catalogue
    from hub.cli.output import complain, print_json, print_table, progress, say
    from hub.pipeline import sync as sync_dataset
    from hub.steps import expected
    from hub.windows import NotNowError, backfill
    from operations import runs
    from operations.store import Store

    window = backfill(since, until) if since or until else None
    settings = prepared()
    store = Store(settings)
    names = [dataset] if dataset else [name for _, name in catalogue.selected([system])]
    rows, failed = [], False
    with progress(len(names), "sync") as advance:
        for name in names:
            try:
                done = sync_dataset(settings, system, name, window=window, progress=advance)
            except NotNowError as skipped:
                say(str(skipped))
                continue
            except Exception as error:
                if not expected(error):
                    raise
                complain(error)
                failed = True
                continue
            noted = runs.last_outcome(store)[(system, name)]["message"]
            rows.append(
                {"system": system, "dataset": name, "load_id": done.load_id}
                | {"declared": done.declared, "landed": done.landed, "noted": noted}
            )
    if json:
        print_json(rows)
    else:
        print_table(
            "Landed", ("system", "dataset", "load", "declared", "landed", "noted"), [list(r.values()) for r in rows]
        )
    if failed:
        raise typer.Exit(1)
