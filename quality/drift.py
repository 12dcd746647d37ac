"""Whether the form of a delivery is still the declared one, and what the declaration's `drift` policy makes of it.

Names of fields are compared before anything is read, those of each file that has a header by themselves. Whether
values are still of the declared kind follows from what the check has found anyway: the rules on unreadable values, and
a sample of JSON records for objects and lists where a plain value is declared. A number that comes as text, or a text
as number, is no change: both are read the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from quality.compiler import Statement
from quality.errors import DriftError, named
from quality.landed import PLACE, Piece
from quality.masks import broken
from quality.rules import Rule
from quality.split import written
from schemas.declaration import Dataset, Tombstone
from schemas.delivery import MESSAGE_FIELDS, FieldChange, Manifest

if TYPE_CHECKING:
    import duckdb

RETYPED_SHARE = 0.2
"""Of the filled values of a field, above which its kind has changed: dirt is per cents, another form is nearly all."""
RETYPED_ROWS = 10
"""Unreadable values below which a share says nothing; the rules judge those rows one by one."""
_EXAMPLES = 3
_LONGEST_SHAPE = 30
_WORDS = {"new": "new_field", "missing": "missing_field", "retyped": "wrong_type"}
_SAID = {"missing": "lacks the declared fields", "new": "has the undeclared fields"}


def form_changes(
    manifest: Manifest, dataset: Dataset, statement: Statement, pieces: Sequence[Piece]
) -> list[FieldChange]:
    """Fields that came undeclared, declared ones that did not come, and those that became objects or lists; each once,
    with the first file, else the table, interface or topic place, that is so.

    What has no records says nothing, nor do rows that were checked before, nor what holds only deleted records.
    """
    if manifest.kind == "replay":
        return []
    known = {*statement.fields, *dataset.ignore, *PLACE, *MESSAGE_FIELDS}
    found: dict[tuple[str, str], FieldChange] = {}
    for place, came in _deliveries(manifest, statement, pieces).items():
        if came and not _is_of_deleted(dataset, came):
            differing = [FieldChange(name, "new", place) for name in came if name not in known]
            differing += [FieldChange(name, "missing", place) for name in statement.fields if name not in came]
            for one in differing:
                found.setdefault((one.field, one.change), one)
    nested = {name: share for piece in pieces for name, share in piece.nested.items() if share > RETYPED_SHARE}
    return [
        *found.values(),
        *(
            FieldChange(name, "retyped", f"抽样记录中 {nested[name]:.0%} 的值是对象或列表，应为单个值")
            for name in statement.fields
            if name in nested
        ),
    ]


def retyped_fields(
    con: duckdb.DuckDBPyConnection, statement: Statement, fired: Mapping[str, int], known: Sequence[FieldChange]
) -> list[FieldChange]:
    """Typed fields whose values in the table `checked` can no longer be read, besides those `known` to be retyped."""
    told = {change.field for change in known if change.change == "retyped"}
    found: dict[str, FieldChange] = {}
    for index, rule in enumerate(statement.rules):
        source = statement.sources.get(rule.field)
        unread = fired.get(rule.id, 0)
        if rule.kind != "unreadable" or source is None or source in told or unread < RETYPED_ROWS:
            continue
        counted = con.execute(f'SELECT count("{rule.field}") FROM checked').fetchone()
        filled = unread + (counted[0] if counted else 0)
        if unread > RETYPED_SHARE * filled:
            examples = _examples(con, statement, index, rule)
            detail = f"有值的 {filled} 行中 {unread} 行（{unread / filled:.0%}）无法识别，如{examples}"
            found.setdefault(source, FieldChange(source, "retyped", detail))
    return list(found.values())


def refuse(
    manifest: Manifest,
    dataset: Dataset,
    statement: Statement,
    pieces: Sequence[Piece],
    changes: Sequence[FieldChange],
) -> None:
    """Raise DriftError when one of the changes is, by the declaration, a reason to fail the load."""
    failing = [
        one
        for one in changes
        if getattr(dataset.drift, _WORDS[one.change]) == "fail"
        or (one.change == "missing" and one.field in dataset.key)
    ]
    if not failing:
        return
    told = []
    for place, came in _deliveries(manifest, statement, pieces).items():
        differing = [one for one in failing if one.change != "retyped" and one.detail == place]
        words = [f"{_SAID[word]} {names}" for word in _SAID if (names := _names(differing, word))]
        if words:
            told.append(f"{place} {' and '.join(words)}; its fields are {', '.join(came)}")
    if retyped := [f"{one.field} ({one.detail})" for one in failing if one.change == "retyped"]:
        told.append(f"it has values of another kind in {', '.join(retyped)}")
    raise DriftError(
        f"{named(manifest)}: {'; '.join(told)}. Ask the department whether this was meant, then change `fields` or"
        f" `ignore` in connectors/systems/{manifest.system}.yml and build again: the delivery is kept"
        + _or_again(manifest, dataset),
        changes,
    )


def _or_again(manifest: Manifest, dataset: Dataset) -> str:
    """What to do where the source has been put right: what it had is read once more, and the delivery passed over."""
    sync = f"hub sync {manifest.system} {manifest.dataset}"
    match dataset.sync.mode:
        case "incremental":
            since = f"{manifest.since:%Y-%m-%dT%H:%M:%S}" if manifest.since else "1900-01-01"
            way = f"`{sync} --since {since}` reads it again"
        case "snapshot":
            way = f"`{sync}` reads it again"
        case "files":
            way = f"they send {'the file' if len(manifest.parts) == 1 else 'the files'} again under the same name"
        case _:
            return ""
    return f". Or it was not meant and has been mended: {way}, and the next build passes this delivery over"


def _deliveries(manifest: Manifest, statement: Statement, pieces: Sequence[Piece]) -> dict[str, dict[str, None]]:
    """The fields of what came in one form, in order of appearance, by its name at the source: of each file that has a
    header, and of all else together, for records of JSON and XML leave out what is empty, and one tells little."""
    found: dict[str, dict[str, None]] = {}
    for part, piece in zip(manifest.parts, pieces, strict=True):
        fields = piece.fields or ()
        has_header = piece.format != "ndjson" or set(PLACE) <= set(fields)
        if part.rows:
            name = (part if has_header else manifest.parts[0]).original_name
            found.setdefault(name or statement.delivered_as or manifest.parts[0].path, {}).update(dict.fromkeys(fields))
    return found


def _names(changes: Sequence[FieldChange], word: str) -> str:
    return ", ".join(one.field for one in changes if one.change == word)


def _is_of_deleted(dataset: Dataset, came: Mapping[str, None]) -> bool:
    mark = dataset.deletes
    return isinstance(mark, Tombstone) and came.keys() <= {*_tombstone_fields(dataset, mark), *MESSAGE_FIELDS}


def _tombstone_fields(dataset: Dataset, deletes: Tombstone) -> set[str]:
    """The fields that a deleted record still has: its key, the mark itself, and when that was set."""
    updated = dataset.fields.get("source_updated_at")
    times = {dataset.sync.cursor, updated.source if updated else None}
    return {*dataset.key, deletes.field} | {name for name in times if name is not None}


def _examples(con: duckdb.DuckDBPyConnection, statement: Statement, index: int, rule: Rule) -> str:
    """Where such values stand and what form the first of them has; not the values, which may be anybody's."""
    rows = con.execute(
        f"SELECT c.position, {written(statement, rule)} FROM checked AS c"
        f" WHERE {broken(index)} ORDER BY 1 LIMIT {_EXAMPLES}"
    ).fetchall()
    places = "、".join(f"第 {position} 条" for position, _ in rows)
    return f"{places}，形如 {_shape(str(rows[0][1]))}"


def _shape(text: str) -> str:
    """9 for a digit, a for a letter, 字 for another character, units and signs as they are: 3万元 is 9万元."""
    text = re.sub(r"[0-9]", "9", text[:_LONGEST_SHAPE])
    return re.sub(r"[^\x00-\x7f年月日时分秒元万亿]", "字", re.sub(r"[A-Za-z]", "a", text))
