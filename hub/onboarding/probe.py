"""`hub probe`: proves against the live system what its declaration says, and what the hub relies on.

Nothing is landed, no bookmark moves. One attempt with a wrong secret is made, with a scratch store, so that shared
tokens are neither used nor replaced by it. Findings hold no value of a row.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.errors import AuthError, ConnectorError
from connectors.registry import open_connector
from connectors.watched import Asked
from hub import catalogue
from hub.connections import credentials, sign_in
from hub.onboarding import probe_reads, probe_rows, yaml_text
from hub.onboarding.findings import Finding
from hub.onboarding.rows import LISTED, SAMPLED, Looked
from schemas.declaration import systems_folder

if TYPE_CHECKING:
    from connectors.base import Connector
    from operations.settings import Settings
    from operations.store import Store
    from schemas.declaration import Dataset, System

CLOCK_SECONDS = 60
"""How far a server's clock may be from ours before signatures and cursors suffer."""


def probe(settings: Settings, store: Store, system_id: str, names: list[str] | None = None) -> Iterator[Finding]:
    """Every finding, as it comes. Raises UnknownNameError; a fault of the source is a finding."""
    system = _once(catalogue.system(system_id))
    wanted = [catalogue.dataset(system_id, name)[1] for name in names or system.datasets]
    listed = [dataset for dataset in wanted if dataset.sync.mode in LISTED]
    for dataset in wanted:
        if dataset not in listed:
            told = f"a dataset of mode {dataset.sync.mode} cannot be probed"
            advice = "`hub discover` and `hub preview` look at what waits" if dataset.sync.mode in SAMPLED else ""
            yield Finding("read", dataset.name, "unknown", told, advice)
    for dataset in listed[:1]:
        yield from _signing_in(system, dataset)
        yield from _http(system, dataset)
    for dataset in listed:
        with catalogue.connector(system, store, settings) as connector:
            try:
                yield from _dataset(settings, connector, system, dataset)
            except ConnectorError as error:
                yield Finding("read", dataset.name, "fail", error.message, error.remedy)


def write(system_id: str, findings: list[Finding], day: str) -> Path:
    """Put the findings as comments into the declaration, in place of those of last time. Returns its path."""
    path = systems_folder() / f"{system_id}.yml"
    text = path.read_text(encoding="utf-8")
    common = [one.remark() for one in findings if one.dataset is None and one.state != "none"]
    for name in dict.fromkeys(one.dataset for one in findings if one.dataset is not None):
        remarks = [one.remark() for one in findings if one.dataset == name and one.state != "none"]
        text = yaml_text.set_comments(text, name, "probe", [f"on {day}:", *common, *remarks])
        common = []  # what holds for the whole system stands at its first dataset
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path


def _dataset(settings: Settings, connector: Connector, system: System, dataset: Dataset) -> Iterator[Finding]:
    asked: list[Asked] = []
    watch = getattr(connector, "watch", None)
    if watch is not None:
        watch(asked.append)
    now = settings.clock()
    first = probe_reads.first_look(connector, dataset, now, asked)
    yield probe_reads.paging(connector, dataset, first, asked)
    yield probe_reads.since(connector, dataset, first, asked)
    yield probe_reads.limit(connector, dataset, asked)
    yield probe_rows.readable(dataset, Looked(first.rows, first.left_out))
    yield from probe_rows.look(dataset, first.rows, now)
    yield probe_reads.errors(connector, dataset)
    yield probe_reads.again(connector, dataset, first, asked)
    yield probe_reads.pace(dataset, first, getattr(system.source, "rate_limit", None))


def _once(system: System) -> System:
    """The system with every question asked once: a probe wants to see the error, not to outlast it."""
    retry = getattr(system.source, "retry", None)
    if retry is None:
        return system
    source = system.source.model_copy(update={"retry": retry.model_copy(update={"attempts": 1}), "in_flight": 1})
    if "in_flight" not in type(source).model_fields:
        source = system.source.model_copy(update={"retry": retry.model_copy(update={"attempts": 1})})
    return system.model_copy(update={"source": source})


def _signing_in(system: System, dataset: Dataset) -> Iterator[Finding]:
    """A right secret is let in when a dataset is read; here a wrong one must not be."""
    from operations.settings import Settings as Scratch
    from operations.store import Store as ScratchStore

    kind = sign_in(system)
    if kind is None:
        yield Finding("auth", None, "none", "this source asks for no secret")
        return
    given = credentials(system)
    keyless = {name: value for name, value in given.extra.items() if name != "private_key"}  # it would do alone
    wrong = replace(given, password=f"wrong-{secrets.token_hex(8)}", extra=keyless)
    with tempfile.TemporaryDirectory(prefix="hub-probe-") as folder:
        scratch = Scratch(home=Path(folder))
        scratch.prepare()
        try:
            store = ScratchStore(scratch)
            connector = open_connector(system, credentials=wrong, store=store, workdir=scratch.private / "work")
            try:
                connector.preview(dataset, 1)
            finally:
                connector.close()
        except AuthError as error:
            yield Finding("auth", None, "ok", f"{kind}: a wrong secret is refused ({error.message})")
        except ConnectorError as error:
            yield Finding(
                "auth",
                None,
                "warn",
                f"{kind}: a wrong secret ends in: {error.message}",
                "it should be known as a refusal: see success and auth in the declaration",
            )
        else:
            yield Finding("auth", None, "warn", f"{kind}: a wrong secret is let in", "tell the department")


def _http(system: System, dataset: Dataset) -> Iterator[Finding]:
    """One question without credentials to an HTTP source: what a stranger is told, its clock, and its stated limits."""
    if system.source.kind != "rest":
        return
    import requests

    from connectors.base import address

    request: Any = getattr(dataset, "request", None)
    base = address(system.id, system.source.base_url).rstrip("/")
    try:
        answer = requests.request(
            request.method, base + request.path, json={} if request.method == "POST" else None, timeout=30
        )
    except requests.RequestException as error:
        yield Finding("stranger", None, "fail", f"no answer ({type(error).__name__})", "check the address")
        return
    yield _stranger(dataset, answer)
    limits = {name: value for name, value in answer.headers.items() if "ratelimit" in name.lower().replace("-", "")}
    if limits or "Retry-After" in answer.headers:
        told = ", ".join(f"{name}: {value}" for name, value in sorted(limits.items())) or "Retry-After"
        yield Finding("limits", None, "ok", f"the source states {told}", "keep rate_limit below it")
    if "Date" in answer.headers:
        ours = time.time()
        theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        apart = abs(round(theirs - ours))
        if apart <= CLOCK_SECONDS:
            yield Finding("server clock", None, "ok", f"{apart} s from ours")
        else:
            yield Finding("server clock", None, "warn", f"{apart} s from ours", "set one of the clocks")


def _stranger(dataset: Dataset, answer: Any) -> Finding:
    success: Any = getattr(dataset, "success", None)
    code = None
    if answer.status_code == 200 and success is not None:
        try:
            code = answer.json()
            for step in success.field.split("."):
                code = code.get(step) if isinstance(code, dict) else None
        except ValueError:
            code = None
    told = f"HTTP {answer.status_code}" + (f" with {success.field}={code}" if code is not None else "")
    if answer.status_code == 200 and (success is None or str(code) == success.equals):
        return Finding(
            "stranger", None, "warn", f"without credentials: {told}, as if all were well", "tell the department"
        )
    return Finding("stranger", None, "ok", f"without credentials: {told}")
