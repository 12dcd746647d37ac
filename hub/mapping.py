"""The mapping desk: which codes of departments mean nothing to us yet, what they may mean, and what was decided.

An unmapped code is never defaulted. Its rows wait in quarantine until a person says which shared code it means, or
that it is wrong at its source; then the rows are checked again. The shipped crosswalks stay as they are: a decision
is a row of the operations database and counts before them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import asdict
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from hub import catalogue, crosswalks, quarantined, replays
from hub.catalogue import MAPPING, REJECTED
from operations import decisions
from operations.settings import Settings
from operations.store import Store
from schemas.codes import CodeError

if TYPE_CHECKING:
    from datetime import date

    from operations.decisions import Decision
    from quality.unmapped import WaitingCode
    from schemas.codes import Decided

Code = tuple[str, str]
"""(crosswalk, the department's code)"""
_NUMBER_OF_A_PERSON = re.compile(r"(?<!\d)(1[3-9]\d{9}|[1-9]\d{14}|[1-9]\d{16}[\dXx])(?!\d)")
"""A mobile number, or an identity number of 15 or 18 places (GB 11643)."""
LONGEST = 64
"""Characters of a code; what is longer is a text in the wrong column."""
SHOWN = 25
"""Codes that a message lists."""


class MappingError(ValueError):
    """A decision that cannot be taken; the message says why and what to do instead."""


def desk(settings: Settings, system: str | None = None, *, everything: bool = False) -> list[dict[str, Any]]:
    """The codes that rows wait for, most rows first; with ``everything`` also those that are decided.

    Keys: crosswalk, list (what it maps to), from_code (masked where it is the number of a person), text (what the
    department calls it, as far as is known), rows, datasets, first_seen, last_seen (when the first and the last of
    the rows landed), suggestions (best three: to_code, label, score from 0 to 1, reason), decided (newest first:
    to_code, None where rejected, by, reason, at, valid_from, valid_to). An approved code whose rows were not checked
    again since is among them without ``everything`` too.
    """
    store = Store(settings)
    decided = catalogue.decided(store)
    made = _decisions(store)
    rows = {(row["load_id"], row["position"]): row for row in _waiting_rows(settings, system)}
    groups = _groups(settings, rows)
    if everything:
        groups |= {code: [] for code in made if code not in groups and _is_of(code[0], system)}
    entries = []
    for (crosswalk, code), waiting in groups.items():
        verdicts = made.get((crosswalk, code), [])
        if verdicts and verdicts[0]["to_code"] is None and not everything:
            continue  # it is the department's turn
        entry = _entry(crosswalk, code, [rows[one.load_id, one.position] for one in waiting])
        entry["suggestions"] = [] if verdicts else _suggestions(settings, crosswalk, code, waiting, decided)
        entries.append(entry | {"decided": verdicts})
    return sorted(entries, key=lambda one: (-one["rows"], one["crosswalk"], one["from_code"]))


def approve(
    settings: Settings,
    crosswalk: str,
    from_code: str,
    to_code: str,
    by: str,
    reason: str,
    since: date | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    """Record that a code means a shared code (for events from ``since`` until before ``until``), and replay its rows.

    Returns crosswalk, from_code, to_code, label, replaces (rows of the crosswalk that counted so far), by, replays
    (what ``replays.replay`` returns, for each dataset). Repeating it changes nothing. Raises UnknownCrosswalkError,
    CodeError for a target that there is not, MappingError for what is no code or no period.
    """
    labels = crosswalks.labels(crosswalk, settings.clock().date())
    if to_code not in labels:
        known = ", ".join(f"{code} {label}" for code, label in islice(labels.items(), SHOWN))
        more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
        target = crosswalks.used(crosswalk)[0].meaning
        raise CodeError(f"{target} has no code {to_code!r} in force; it has {known}{more}")
    if since is not None and until is not None and until <= since:
        raise MappingError(f"a meaning from {since} cannot end on {until}: the end is the first day without it")
    days = {name: day.isoformat() for name, day in (("valid_from", since), ("valid_to", until)) if day is not None}
    told = {"crosswalk": crosswalk, "from_code": from_code, "to_code": to_code, "label": labels[to_code]}
    return told | _decide(settings, crosswalk, from_code, days, to_code, by, reason)


def reject(settings: Settings, crosswalk: str, from_code: str, by: str, reason: str) -> dict[str, Any]:
    """Record that a code is wrong at its source, and replay its rows, which are the department's to correct then.

    Returns what ``approve`` returns, with to_code None. Raises UnknownCrosswalkError, MappingError.
    """
    crosswalks.used(crosswalk)
    told = {"crosswalk": crosswalk, "from_code": from_code, "to_code": None, "label": None}
    return told | _decide(settings, crosswalk, from_code, {}, REJECTED, by, reason)


def _decide(
    settings: Settings, crosswalk: str, from_code: str, days: dict[str, str], verdict: str, by: str, reason: str
) -> dict[str, Any]:
    if not _is_code(from_code):
        raise MappingError(
            "this looks like the number of a person or a text, and is no code: a column has moved at the source."
            " Decide nothing; `hub quarantine show` has the row, tell the department"
        )
    store = Store(settings)
    before = crosswalks.mappings(crosswalk, catalogue.decided(store))
    subject = {"crosswalk": crosswalk, "from_code": from_code} | days
    about = [one for one in decisions.effective(store, MAPPING) if _code_of(one) == (crosswalk, from_code)]
    if about and (about[-1].subject, about[-1].verdict) == (subject, verdict):
        made = about[-1]
    else:
        made = decisions.decide(store, MAPPING, subject, verdict, by, reason)
    now = crosswalks.mappings(crosswalk, catalogue.decided(store))
    return {
        "by": made.by_whom,
        "replaces": [asdict(row) for row in before if row not in now],
        "replays": _replay(settings, crosswalk, from_code),
    }


def _replay(settings: Settings, crosswalk: str, from_code: str) -> list[dict[str, Any]]:
    """Check the rows again that wait for exactly this code, or were replayed for it and are not merged yet."""
    places = dict.fromkeys((use.system, use.dataset) for use in crosswalks.used(crosswalk))

    def waiting(system: str) -> set[quarantined.Key]:
        rows = quarantined.listing(settings, system, None, closed=False)
        groups = _groups(settings, {(row["load_id"], row["position"]) for row in rows})
        return {(one.load_id, one.position) for one in groups.get((crosswalk, from_code), [])}

    done = (replays.replay(settings, *place, among=partial(waiting, place[0])) for place in places)
    return [one for one in done if one is not None]


def _waiting_rows(settings: Settings, system: str | None) -> list[dict[str, Any]]:
    rows = quarantined.listing(settings, system, None, closed=False)
    return [row for row in rows if row["state"] in quarantined.WAITING]


def _groups(settings: Settings, keys: Collection[quarantined.Key]) -> dict[Code, list[WaitingCode]]:
    """The waiting codes by crosswalk and code; of a column that has a crosswalk no longer there is nothing to map."""
    from quality.unmapped import waiting_codes

    fills = {
        (use.system, use.dataset, use.column.name): name for name, found in crosswalks.uses().items() for use in found
    }
    groups: dict[Code, list[WaitingCode]] = {}
    for one in waiting_codes(settings, keys):
        crosswalk = fills.get((one.system, one.dataset, one.field))
        if crosswalk is not None:
            groups.setdefault((crosswalk, one.code), []).append(one)
    return groups


def _entry(crosswalk: str, code: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What is known of one code. A row counts once, though the code may stand in two of its columns."""
    once = {row["origin"]: row for row in rows}.values()
    seen = [row["first_landed_at"] for row in once]
    return {
        "crosswalk": crosswalk,
        "list": crosswalks.used(crosswalk)[0].meaning,
        "from_code": code if _is_code(code) else f"{code[:3]}***",
        "text": crosswalks.text_of(crosswalk, code) if _is_code(code) else "",
        "rows": len(once),
        "datasets": sorted({f"{row['system']}.{row['dataset']}" for row in once}),
        "first_seen": min(seen, default=None),
        "last_seen": max(seen, default=None),
    }


def _suggestions(
    settings: Settings, crosswalk: str, code: str, waiting: list[WaitingCode], decided: tuple[Decided, ...]
) -> list[dict[str, Any]]:
    from hub.meanings import suggestions

    if not _is_code(code):
        return []
    return [asdict(one) for one in suggestions(settings, crosswalk, code, waiting, decided)]


def _decisions(store: Store) -> dict[Code, list[dict[str, Any]]]:
    """What counts of what was decided about each code, newest first."""
    found: dict[Code, list[dict[str, Any]]] = {}
    for one in reversed(decisions.effective(store, MAPPING)):
        found.setdefault(_code_of(one), []).append(
            {
                "to_code": None if one.verdict == REJECTED else one.verdict,
                "by": one.by_whom,
                "reason": one.reason,
                "at": one.at,
                "valid_from": one.subject.get("valid_from"),
                "valid_to": one.subject.get("valid_to"),
            }
        )
    return found


def _code_of(decision: Decision) -> Code:
    return decision.subject["crosswalk"], decision.subject["from_code"]


def _is_of(crosswalk: str, system: str | None) -> bool:
    return crosswalk in crosswalks.uses() and system in (None, crosswalks.used(crosswalk)[0].system)


def _is_code(text: str) -> bool:
    """No text, no number of a person, and no $, with which the compiled statement names its run values."""
    return len(text) <= LONGEST and "$" not in text and _NUMBER_OF_A_PERSON.search(text) is None
