"""Commands that bring a new system in: write its declaration, find out what it offers, prove how it behaves."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.home import prepared
from hub.cli.sources import AsJson, SystemName

if TYPE_CHECKING:
    from hub.onboarding.discovery import Discovery


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    for command in (new, discover, probe):
        app.command()(command)


def new(
    system: Annotated[str, typer.Argument(help="The id to be: lower case, digits, _; also the connection's id.")],
    kind: Annotated[str | None, typer.Option(help="rest, database, files, soap or queue.")] = None,
    title: Annotated[str | None, typer.Option(help="The system's name in Chinese.")] = None,
    title_en: Annotated[str | None, typer.Option(help="The system's name in English.")] = None,
    department: Annotated[str | None, typer.Option(help="The department's code in schemas/departments.csv.")] = None,
    contact: Annotated[str | None, typer.Option(help="Who answers for its records.")] = None,
    email: Annotated[str | None, typer.Option(help="Where that person is reached.")] = None,
    contract: Annotated[str, typer.Option(help="The shared schema that its first dataset fills.")] = "case_reports",
    dataset: Annotated[str, typer.Option(help="What the first dataset is called.")] = "records",
    schedule: Annotated[str, typer.Option(help="When it is read: five cron fields.")] = "15 * * * *",
    transport: Annotated[str, typer.Option(help="Of files: sftp or local.")] = "sftp",
    broker: Annotated[str | None, typer.Option(help="Of a queue: kafka or amqp.")] = None,
) -> None:
    """Write the declaration of a new system, with comments at what is to be filled in. Never overwrites one."""
    from hub import catalogue
    from hub.onboarding.skeletons import BROKERS, KINDS, TRANSPORTS, Wish, asks_nobody, declaration, environment_name
    from schemas.declaration import systems_folder
    from schemas.departments import departments

    if not re.fullmatch(r"[a-z][a-z0-9_]*", system):
        raise typer.BadParameter("write lower case letters, digits and _, a letter first", param_hint="SYSTEM")
    path = systems_folder() / f"{system}.yml"
    if path.exists():
        raise typer.BadParameter(f"{path} is there already; edit it", param_hint="SYSTEM")
    kind = _one_of("kind", kind, KINDS)
    broker = _one_of("broker", broker, BROKERS) if kind == "queue" else BROKERS[0]
    department = _one_of("department", department, tuple(departments()))
    contract = _one_of("contract", contract, tuple(catalogue.contracts()))
    wish = Wish(
        system,
        kind,
        _answer("title", title, system),
        _answer("title_en", title_en, system),
        department,
        _answer("contact", contact, "数据联络员"),
        _answer("email", email, f"{system.replace('_', '-')}@example.org"),
        schedule=schedule,
        transport=_one_of("transport", transport, TRANSPORTS),
        broker=broker,
        dataset=dataset,
    )
    path.write_text(declaration(wish, catalogue.contracts()[contract]), encoding="utf-8")
    typer.echo(f"written: {path}")
    account = "" if asks_nobody(wish) else f" and AIRFLOW_CONN_{system.upper()}"
    typer.echo(f"next: set {environment_name(wish)}{account} in HUB_HOME/env, then")
    typer.echo(f"  hub check {system}      whether it answers")
    if kind == "queue":  # no broker tells what its messages hold
        typer.echo(f"  hub discover {system} {dataset}   which fields of the messages that wait fill {contract}")
    else:
        typer.echo(f"  hub discover {system}   what it offers")


def discover(
    system: SystemName,
    dataset: Annotated[str | None, typer.Argument(help="A dataset, declared or to be; without: list offers.")] = None,
    offer: Annotated[str | None, typer.Option("--from", help="The table, files, endpoint or operation it is.")] = None,
    contract: Annotated[str | None, typer.Option(help="The shared schema that a new dataset shall fill.")] = None,
    openapi: Annotated[str | None, typer.Option(help="Path or address of an OpenAPI document.")] = None,
    rows: Annotated[int, typer.Option(min=1, help="How many rows to look at.")] = 200,
    write: Annotated[bool, typer.Option("--write", help="Put the proposals into the declaration.")] = False,
    json: AsJson = False,
) -> None:
    """List what a source offers, or propose which of its fields fill a contract. No value is ever shown."""
    from hub.cli.output import print_json, print_table
    from hub.onboarding import discovery
    from operations.store import Store

    settings = prepared()
    store = Store(settings)
    if dataset is None:
        found = discovery.available(settings, system, openapi)
        if json:
            print_json(
                [
                    {"kind": one.kind, "name": one.name, "title": one.title, "fields": len(one.fields)}
                    | {"declared": names, "words": one.words}
                    for one, names in found
                ]
            )
        else:
            cells = [[one.kind, one.name, one.title, len(one.fields), ", ".join(names)] for one, names in found]
            print_table(f"{system} offers", ("kind", "name", "title", "fields", "declared as"), cells)
        return
    answer = discovery.discover(settings, store, discovery.Ask(system, dataset, offer, contract, openapi, rows))
    if json:
        print_json(_as_dict(answer))
    else:
        _show(answer)
    if write:
        from schemas.codes import HERE

        path = discovery.write(system, answer.text)
        made = discovery.start_crosswalks(answer.crosswalks, HERE / "crosswalks")
        typer.echo("\n".join(f"written: {one}" for one in (path, *made)), err=True)


def _show(found: Discovery) -> None:
    from hub.onboarding.discovery import line

    of = f" of {found.offer.name}" if found.offer else ""
    typer.echo(f"# {found.contract.name} {found.contract.title}: {len(found.looked.rows)} rows{of} looked at")
    if found.looked.left_out:
        typer.echo(f"# {found.looked.complaint()}")
    typer.echo("fields:")
    for one in found.proposals:
        if one.field is not None:
            typer.echo(f"  {line(one)}")
    for remark in found.remarks:
        typer.echo(f"  # {remark}")


def _as_dict(found: Discovery) -> dict[str, Any]:
    from hub.onboarding.discovery import origin

    return {
        "contract": found.contract.name,
        "offer": found.offer.name if found.offer else None,
        "rows": len(found.looked.rows),
        "left_out": found.looked.left_out,
        "fields": [
            {"column": one.column.name, "field": one.field, "score": round(one.score, 2), "reasons": list(one.reasons)}
            | {"origin": origin(one)}
            for one in found.proposals
            if one.field is not None
        ],
        "remarks": list(found.remarks),
        "crosswalks": list(found.crosswalks),
    }


def _answer(name: str, given: str | None, otherwise: str) -> str:
    """What the person gave or types; without a terminal what else there is."""
    if given is not None:
        return given
    return str(typer.prompt(name, default=otherwise)) if sys.stdin.isatty() else otherwise


def _one_of(name: str, given: str | None, allowed: tuple[str, ...]) -> str:
    if given is None and sys.stdin.isatty():
        typer.echo(f"{name}: one of {', '.join(allowed)}", err=True)
        given = str(typer.prompt(name))
    if given not in allowed:
        raise typer.BadParameter(f"write one of: {', '.join(allowed)}", param_hint=f"--{name}")
    return given


def probe(
    system: SystemName,
    dataset: Annotated[list[str] | None, typer.Argument(help="Datasets; all of them when none is named.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Put the findings as comments into the declaration.")] = False,
    json: AsJson = False,
) -> None:
    """Prove against the live system what its declaration says: sign-in, paging, filters, limits, clock, encoding,
    deletions, keys, errors, pace. Lands nothing. Exit 1 if anything is wrong."""
    from hub.cli.output import print_json, print_table, progress
    from hub.onboarding import probe as probing
    from operations.store import Store

    settings = prepared()
    found = []
    with progress(None, "probe") as advance:
        for finding in probing.probe(settings, Store(settings), system, dataset):
            found.append(finding)
            advance(f"{finding.dataset or system}: {finding.check}", len(found))
    if json:
        print_json([one.as_dict() for one in found])
    else:
        loud = ("warn", "fail")
        cells = [
            (one.dataset, one.check, one.state.upper() if one.state in loud else one.state, one.found, one.advice)
            for one in found
            if one.state != "none"
        ]
        print_table(system, ("dataset", "check", "state", "found", "what to do"), cells)
    if write:
        typer.echo(f"written: {probing.write(system, found, f'{settings.clock():%Y-%m-%d}')}", err=True)
    if any(one.state == "fail" for one in found):
        raise typer.Exit(1)
