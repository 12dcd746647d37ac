"""What an unknown code may mean: the evidence of crosswalks, of the waiting records' past, and of what rows say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from hub import catalogue, crosswalks
from quality.suggestions import Meaning, Suggestion, by_history, by_rows, by_text, suggest

if TYPE_CHECKING:
    from operations.settings import Settings
    from quality.unmapped import WaitingCode
    from schemas.codes import Decided
    from schemas.contract import Column


def suggestions(
    settings: Settings, crosswalk: str, from_code: str, waiting: Sequence[WaitingCode], decided: tuple[Decided, ...]
) -> list[Suggestion]:
    """The best three shared codes for a code, from all evidence; `waiting` are the rows that wait for it."""
    return suggest(
        crosswalks.labels(crosswalk, settings.clock().date()),
        by_text([crosswalks.text_of(crosswalk, from_code), from_code], list(meanings(crosswalk, decided))),
        by_history(_before(settings, waiting)),
        by_rows(_said(settings, waiting), _mapped_texts(settings, crosswalk)),
    )


def meanings(crosswalk: str, decided: tuple[Decided, ...]) -> Iterator[Meaning]:
    """Every text and code whose shared code is known: the code list's or the divisions', then those of all crosswalks
    to it. A place that lies in another one is known by its own name too."""
    column = crosswalks.used(crosswalk)[0].column
    target = column.code_list
    if column.division is not None:
        from schemas.divisions import divisions

        for place in divisions():
            if place.level == column.division and place.valid_to is None:
                yield Meaning(place.name, place.code, "the divisions")
    if target is not None:
        from schemas.codes import code_list

        yield from (Meaning(code.label, code.code, f"code list {target}") for code in code_list(target))
    for name in crosswalks.alike(crosswalk):
        for row in crosswalks.mappings(name, decided):
            yield from (Meaning(text, row.to_code, name) for text in dict.fromkeys([row.from_label, row.from_code]))


def _before(settings: Settings, waiting: Sequence[WaitingCode]) -> dict[str, int]:
    from quality.unmapped import codes_before

    found: Counter[str] = Counter()
    for (system, dataset, field), rows in _by_column(waiting).items():
        keys = sorted({row.source_id for row in rows if row.source_id is not None})
        found.update(codes_before(settings, (system, dataset), field, keys))
    return dict(found)


def _said(settings: Settings, waiting: Sequence[WaitingCode]) -> list[str]:
    """What the waiting rows say in the telling column of their contract."""
    from quality.unmapped import texts_of

    found: list[str] = []
    for (system, name, _), rows in _by_column(waiting).items():
        dataset = catalogue.dataset(system, name)[1]
        mapped = dataset.fields.get(_telling_column(dataset.contract) or "")
        if mapped is not None and mapped.source is not None:
            found += texts_of(settings, [row.raw for row in rows], mapped.source)
    return found


@lru_cache(maxsize=32)  # many codes of one list wait together, and the rows that show its meanings are the same
def _mapped_texts(settings: Settings, crosswalk: str) -> dict[str, list[str]]:
    """Shared code -> texts of accepted rows, of every system that fills the same column."""
    from quality.unmapped import texts_by_code

    use = crosswalks.used(crosswalk)[0]
    telling = _telling_column(use.contract)
    places = dict.fromkeys(
        (other.system, other.dataset)
        for found in crosswalks.uses().values()
        for other in found
        if (other.contract, other.column.name) == (use.contract, use.column.name)
    )
    return texts_by_code(settings, list(places), use.column.name, telling) if telling is not None else {}


def _telling_column(contract: str) -> str | None:
    """The column whose words tell most of what a record is about: its first free text (title, note), else a name.

    One short text judges better than all together (measured): the others repeat what is said of every matter.
    """
    columns = catalogue.contracts()[contract].columns
    texts = [column.name for column in columns if column.personal == "text"]
    return next(iter([*texts, *(column.name for column in columns if _is_name(column))]), None)


def _is_name(column: Column) -> bool:
    """What a thing is called: no code, no number, no key, and no name of a person."""
    named = column.name == "name" or column.name.endswith("_name")
    return named and column.is_text and column.personal is None and not column.public_office


def _by_column(waiting: Sequence[WaitingCode]) -> dict[tuple[str, str, str], list[WaitingCode]]:
    found: dict[tuple[str, str, str], list[WaitingCode]] = {}
    for one in waiting:
        found.setdefault((one.system, one.dataset, one.field), []).append(one)
    return found
