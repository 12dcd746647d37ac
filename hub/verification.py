"""The verify step: asks query-only sources about the subjects of recent reports, one at a time, on a legal ground.

Each call is logged before it is made. An answer is kept, encrypted, until its load is complete, so that a kill costs
no second call. A quota that is used up leaves the rest for the next day, and says so.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.errors import ConnectorError
from hub import catalogue, publication
from hub.steps import step
from operations import lookups
from operations.keys import secret, versions
from operations.locks import reader_lock
from operations.settings import Settings
from operations.store import Store
from schemas.codes import code_list
from schemas.declaration import System
from schemas.declared.lookup import Lookup
from schemas.declared.paged import PagedDataset
from schemas.delivery import Page
from warehouse.tokens import tokens

if TYPE_CHECKING:
    from connectors.paged import Answer
    from warehouse.verification import Question

WHO = "hub"
"""The caller in the log: the machine, on the schedule of the warehouse."""
OVER_LIMIT = "03"
"""The code of refusal_reason with which a source says that we have asked enough for today."""


class NoReasonError(RuntimeError):
    """A statutory reason that is not in force: nothing may be asked on it."""


def verify(settings: Settings, declared: list[tuple[System, PagedDataset]] | None = None) -> dict[str, str]:
    """Ask query-only datasets (all of them by default) what is not known yet about the subjects of merged reports, and
    land the answers as loads of kind `verification`.

    Returns the messages of those that failed by `system.dataset`; each stops only itself.
    """
    store = Store(settings)
    failures: dict[str, str] = {}
    declared = catalogue.lookups() if declared is None else declared
    asked = _questions(settings, declared) if declared else []
    for (system, dataset), questions in zip(declared, asked, strict=True):
        try:
            with (
                step(store, system.id, dataset.name, "verify") as notes,
                reader_lock(settings, system.id, dataset.name),
            ):
                notes += _verify(settings, store, system, dataset, questions)
        except Exception as error:
            failures[f"{system.id}.{dataset.name}"] = str(error)
    return failures


def _questions(settings: Settings, declared: list[tuple[System, PagedDataset]]) -> list[list[Question]]:
    """Read from the warehouse before anything is asked, so that it is not held while sources take their time."""
    from warehouse.verification import questions

    now = settings.clock()
    with publication.warehouse(settings) as writer:
        return [
            questions(writer, lookup.subject, sorted(lookup.reasons), now - lookup.within)
            for lookup in (_lookup(dataset) for _, dataset in declared)
        ]


def _verify(
    settings: Settings, store: Store, system: System, dataset: PagedDataset, questions: list[Question]
) -> list[str]:
    _refuse_without_reason(system, dataset, settings.clock().date())
    known = lookups.known(store, system.id, dataset.name)
    keys = [secret(settings, name) for name in versions(settings, "token_id_no")]
    unknown = [question for question in questions if known.isdisjoint(_tokens(question, keys))]
    try:
        return _ask(settings, store, system, dataset, unknown)
    finally:
        _land(settings, store, system, dataset)


def _tokens(question: Question, keys: list[bytes]) -> set[str]:
    """Every token of a subject: a rotation that was killed must not have anybody asked twice."""
    return {question.token, *(tokens(one, [question.value])[0] for one in keys)}


def _refuse_without_reason(system: System, dataset: PagedDataset, today: date) -> None:
    reasons = set(_lookup(dataset).reasons.values())
    in_force = {
        code.code
        for code in code_list("verification_reason")
        if (code.valid_from or today) <= today and (code.valid_to is None or today < code.valid_to)
    }
    if missing := sorted(reasons - in_force):
        raise NoReasonError(
            f"{system.id}.{dataset.name}: reasons {', '.join(missing)} are not in force, so nothing was asked;"
            " give lookup.reasons codes of schemas/codes/verification_reason.csv that are"
        )


def _ask(
    settings: Settings, store: Store, system: System, dataset: PagedDataset, questions: list[Question]
) -> list[str]:
    """Ask one after another. Returns what a person should know: how many wait for another day."""
    if not questions:
        return []
    lookup = _lookup(dataset)
    with catalogue.connector(system, store, settings) as connector:
        for number, question in enumerate(questions):
            call = lookups.Call(
                system=system.id,
                dataset=dataset.name,
                subject_token=question.token,
                related_system=question.system,
                related_no=question.source_id,
                item_code=lookup.item,
                reason_code=lookup.reasons[question.system],
                who=WHO,
            )
            call_no = lookups.begin(store, call, lookup.quota)
            if call_no is None:
                left = len(questions) - number
                return [f"the quota of {lookup.quota} a day is used up: {left} subjects wait for tomorrow"]
            asked_at = settings.clock()
            try:
                answer: Answer = connector.lookup(dataset, question.value)  # type: ignore[attr-defined]
            except ConnectorError:
                lookups.failed(store, call_no)
                raise
            valid_until = _valid_until(settings.clock(), lookup, answer)
            row = _row(system, call, call_no, question, answer, asked_at, settings.clock(), valid_until)
            lookups.answered(store, call_no, answer.result, valid_until, row)
            if answer.refusal == OVER_LIMIT:
                left = len(questions) - number - 1
                return [f"the source says that we have asked enough for today: {left} subjects wait for tomorrow"]
    return []


def _valid_until(now: datetime, lookup: Lookup, answer: Answer) -> datetime:
    if answer.refusal == OVER_LIMIT:
        return datetime.combine(now, time.min) + timedelta(days=1)
    return now + lookup.cache


def _row(
    system: System,
    call: lookups.Call,
    call_no: str,
    question: Question,
    answer: Answer,
    asked_at: datetime,
    answered_at: datetime,
    valid_until: datetime,
) -> dict[str, Any]:
    """What lands, under the names of ANSWER_FIELDS. The answer's rows are kept as the JSON text they came as."""
    additional = getattr(getattr(system.source, "auth", None), "additional", {})
    rows = b"[" + b",".join(answer.rows) + b"]"
    return {
        "call_no": call_no,
        "related_system": call.related_system,
        "related_no": call.related_no,
        "item_code": call.item_code,
        "reason_code": call.reason_code,
        "power_item_no": additional.get("powerMatters"),
        "asked_at": str(asked_at),
        "subject_kind": "person",
        "subject_id_no": question.value,
        "result_code": answer.result,
        "answered_at": str(answered_at),
        "valid_until": str(valid_until),
        "refusal_reason_code": answer.refusal,
        "answer": rows.decode("utf-8", "backslashreplace") if answer.rows else None,
    }


def _land(settings: Settings, store: Store, system: System, dataset: PagedDataset) -> None:
    """Land what was answered, by this run or by one that died before it could."""
    from warehouse.landing import Landing

    found = lookups.waiting(store, system.id, dataset.name)
    if not found:
        return
    body = b"".join(msgspec.json.encode(row) + b"\n" for row in found.values())
    load = Landing(settings).open(system.id, dataset.name, "verification", None, catalogue.fingerprint(system))
    load.add(Page(format="ndjson", rows=len(found), body=body, declared=len(found)))
    manifest = load.complete(None)
    lookups.landed(store, list(found), manifest.load_id)


def _lookup(dataset: PagedDataset) -> Lookup:
    if dataset.lookup is None:
        raise TypeError(f"{dataset.name} is not query-only")
    return dataset.lookup
