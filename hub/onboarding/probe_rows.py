"""What rows alone tell of a source: its times, characters, keys, marks of deletion and form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from hub.onboarding.findings import Finding, State
from hub.onboarding.inferred import DELETE_MARK, tombstone
from hub.onboarding.proposals import Field
from hub.onboarding.rows import Looked, Row, source_id
from hub.onboarding.samples import NOTHING, Profile, moment, profiles
from hub.onboarding.yaml_text import flow
from schemas.declaration import Dataset, KeyCompare, NoDeletes, Tombstone

SKEW = timedelta(minutes=5)
"""How far a source's newest row may lie ahead of our clock."""
ZONE = timedelta(hours=8)

SAMPLE = 500
"""Rows whose values are looked at field by field."""

FEW = 10
"""Filled values from which one that is no time in any of them is the wrong field, and not a spoilt row."""

_MOJIBAKE = re.compile("锟斤拷|烫烫烫|屯屯屯|[\u00c2\u00c3\u00e2\u00e4-\u00e9][\u0080-\u00bf]|\ufffd|[\ue000-\uf8ff]")
"""What UTF-8 read as GBK or Latin-1, and the reverse, leave behind."""
_PLACE = ("_sheet", "_row")


def look(dataset: Dataset, rows: Sequence[Row], now: datetime) -> Iterator[Finding]:
    """Every finding about a dataset's rows."""
    if not rows:
        yield Finding("rows", dataset.name, "unknown", "no row came", "probe again when the source has some")
        return
    seen = profiles(rows[:SAMPLE])
    yield clock(dataset, rows, seen, now)
    yield encoding(dataset, rows)
    yield deletes(dataset, seen)
    yield ids(dataset, rows)
    yield shape(dataset, rows, seen)


def readable(dataset: Dataset, found: Looked) -> Finding:
    """Whether every record can be read; the other findings are about those that can."""
    if not found.left_out:
        return Finding("readable", dataset.name, "ok", f"each of {len(found)} records can be read")
    state: State = "fail" if len(found.left_out) > len(found) / 5 else "warn"
    advice = "tell the department; such rows go to quarantine"
    return Finding("readable", dataset.name, state, found.complaint(), advice)


def clock(dataset: Dataset, rows: Sequence[Row], seen: dict[str, Profile], now: datetime) -> Finding:
    """How the field that tells changes writes its times, and whether its newest is possible."""
    version = dataset.fields.get("source_updated_at")
    field = dataset.sync.cursor or (version.source if version else None)
    if field is None or field not in seen:
        return Finding("clock", dataset.name, "unknown", "no field tells when a row changed", "ask which one does")
    forms = seen[field].formats
    times = [at for row in rows if (at := moment(row.get(field))) is not None and at.year < 9999]
    if not times:
        return _timeless(dataset, field, seen[field].filled)
    absolute = all(form.startswith("epoch") or form.endswith("%z") for form in forms)
    kind = "absolute" if absolute else "without a zone, taken as Asia/Shanghai"
    told = f"{field} is written {', '.join(forms)}, {kind}"
    ahead = max(times) - now
    if ahead > SKEW:
        hint = "its clock, or a zone that is not Asia/Shanghai" if ahead < 2 * ZONE else "a date in the future"
        return Finding("clock", dataset.name, "warn", f"{told}; the newest is {ahead} ahead of us", f"ask about {hint}")
    return Finding("clock", dataset.name, "ok", f"{told}; the newest is {-ahead} old")


def _timeless(dataset: Dataset, field: str, filled: int) -> Finding:
    """No value of a field is a time: a few may be spoilt ones of the right field, many are another field."""
    if filled < FEW:
        told = f"{field} holds no time in {filled} filled values: spoilt, or another field than the one of changes"
        return Finding("clock", dataset.name, "unknown", told, "so few do not tell; probe again when more rows changed")
    return Finding("clock", dataset.name, "fail", f"{field} holds no time in {filled} values", "correct sync.cursor")


def encoding(dataset: Dataset, rows: Sequence[Row]) -> Finding:
    """Whether texts bear the marks of having been read in the wrong encoding, somewhere on their way to us."""
    spoilt: Counter[str] = Counter()
    for row in rows:
        spoilt.update(name for name, value in row.items() if isinstance(value, str) and _MOJIBAKE.search(value))
    if not spoilt:
        return Finding("encoding", dataset.name, "ok", f"no spoilt character in {len(rows)} rows")
    state: State = "fail" if max(spoilt.values()) > len(rows) / 5 else "warn"
    told = ", ".join(f"{name} ({count})" for name, count in spoilt.most_common(5))
    return Finding(
        "encoding",
        dataset.name,
        state,
        f"spoilt characters in {told} of {len(rows)} rows",
        "ask in which encoding the source keeps and sends them",
    )


def deletes(dataset: Dataset, seen: dict[str, Profile]) -> Finding:
    """Whether deletions can be seen, against what is declared."""
    marks = [name for name in seen if DELETE_MARK.fullmatch(name)]
    mark = tombstone([Field(name, profile=profile) for name, profile in seen.items()])
    advice = f"if it is one, declare deletes: {flow(mark)}" if mark else "ask what it says of a deleted record"
    match dataset.deletes:
        case Tombstone(field=field, equals=equals):
            if field not in seen:
                return Finding("deletes", dataset.name, "fail", f"no row has {field}", "correct deletes.field")
            state = "has" if seen[field].distinct & set(equals) else "has not, among these rows,"
            return Finding("deletes", dataset.name, "ok", f"{field} is there and {state} a deleted row")
        case KeyCompare():
            note = f"; {', '.join(marks)} may be a mark of deletion" if marks else ""
            return Finding("deletes", dataset.name, "warn" if marks else "ok", f"all keys are compared{note}")
        case NoDeletes():
            if marks:
                return Finding("deletes", dataset.name, "warn", f"{', '.join(marks)} may be a mark of deletion", advice)
            return Finding("deletes", dataset.name, "ok", "no mark of deletion, as declared")
    told = f"not declared; marks seen: {', '.join(marks) or 'none'}"
    return Finding(
        "deletes",
        dataset.name,
        "warn",
        told,
        advice if marks else "declare a tombstone or key_compare, or none with its reason",
    )


def ids(dataset: Dataset, rows: Sequence[Row]) -> Finding:
    """Whether the key names one record: there in every row, once, and of a kind that loses no digit."""
    values = [row.get(name) for row in rows for name in dataset.key]
    empty = sum(1 for one in values if one is None or str(one).strip() in NOTHING)
    counted = Counter(source_id(row, dataset) for row in rows)
    twice = sum(1 for count in counted.values() if count > 1)
    texts = [str(one) for one in values if one is not None]
    kinds = sorted({"text" if isinstance(one, str) else type(one).__name__ for one in values if one is not None})
    zeros = " with leading zeros" if any(re.fullmatch(r"0\d+", one) for one in texts) else ""
    lengths = f"{min(map(len, texts), default=0)} to {max(map(len, texts), default=0)} characters"
    told = f"{', '.join(dataset.key)}: {' and '.join(kinds)}{zeros}, {lengths}, {len(counted)} in {len(rows)} rows"
    if dataset.sync.mode == "files" and twice and not empty:
        return Finding("ids", dataset.name, "ok", f"{told}; {twice} come again in later files")
    if twice > len(counted) / 5:
        return Finding("ids", dataset.name, "fail", f"{told}; {twice} come more than once", "the key lacks a field")
    if empty or twice:
        return Finding(
            "ids",
            dataset.name,
            "warn",
            f"{told}; {empty} empty, {twice} more than once",
            "ask the department; such rows go to quarantine or count as duplicates",
        )
    return Finding("ids", dataset.name, "ok", told)


def shape(dataset: Dataset, rows: Sequence[Row], seen: dict[str, Profile]) -> Finding:
    """Fields that nobody declared, that not every row has, or that hold objects; and what stands for nothing."""
    known = {one.source for one in dataset.fields.values()} | {*dataset.key, *dataset.ignore, *_PLACE}
    if isinstance(dataset.deletes, Tombstone):
        known.add(dataset.deletes.field)
    notes = []
    if new := [name for name in seen if name not in known and name != dataset.sync.cursor]:
        notes.append(f"neither mapped nor ignored: {', '.join(new)}")
    if missing := sorted(one for one in known if one and one not in seen and one not in (*_PLACE, *dataset.ignore)):
        notes.append(f"declared and in no row: {', '.join(missing)}")
    if nested := [name for name, one in seen.items() if one.nested]:
        notes.append(f"objects or lists: {', '.join(nested)}")
    if partly := [name for name in seen if any(name not in row for row in rows)]:
        notes.append(f"left out of some rows: {len(partly)} fields")
    tokens = sorted({text for row in rows for one in row.values() if (text := _token(one))})
    notes.append(f"nothing is written {', '.join(map(repr, tokens))}" if tokens else "nothing is written null")
    refused = bool(missing) and dataset.drift.missing_field == "fail"
    advice = ["correct `fields`: a sync refuses a delivery without them"] if refused else []
    advice += ["map or ignore each field"] if new else []
    state: State = "fail" if refused else "warn" if new or missing else "ok"
    return Finding("shape", dataset.name, state, "; ".join(notes), "; ".join(advice))


def _token(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) and value.strip() in NOTHING and value.strip() else None
