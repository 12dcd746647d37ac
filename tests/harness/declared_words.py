"""The words of a declaration, derived from its types, and those that a declaration says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import SkipJsonSchema

_HIDDEN: type[Any] = SkipJsonSchema  # a generic alias to a type checker, a plain class at run time


def vocabulary(*roots: type[BaseModel]) -> set[str]:
    """Every word as `Model.field`, and `Model.field=value` for each value of a closed list."""
    words: set[str] = set()
    left, seen = list(roots), set(roots)
    while left:
        model = left.pop()
        for name, field in _fields(model):
            word = _word(model, name)
            words.add(word)
            words |= {f"{word}={value}" for value in _choices(field.annotation)}
            inner = set(_models(field.annotation)) - seen
            seen |= inner
            left += inner
    return words


def said(part: Any) -> set[str]:
    """The words that a part of a declaration says, with all below it; a value of a closed list also by its default."""
    if isinstance(part, Mapping):
        return set().union(*map(said, part.values()))
    if isinstance(part, list | tuple):
        return set().union(*map(said, part))
    if not isinstance(part, BaseModel):
        return set()
    words: set[str] = set()
    for name, field in _fields(type(part)):
        word, value = _word(type(part), name), getattr(part, name)
        if name in part.model_fields_set:
            words.add(word)
        choices = _choices(field.annotation)
        held = value if isinstance(value, list) else [value]
        words |= {f"{word}={one}" for one in held if isinstance(one, str) and one in choices}
        words |= said(value)
    return words


def _fields(model: type[BaseModel]) -> list[tuple[str, FieldInfo]]:
    """The fields that a file may give."""
    found = model.model_fields.items()
    return [(name, field) for name, field in found if not any(type(one) is _HIDDEN for one in field.metadata)]


def _word(model: type[BaseModel], name: str) -> str:
    """A field by its name in the file and the most general model that has it."""
    owner = next(one for one in reversed(model.__mro__) if name in vars(one).get("__annotations__", {}))
    return f"{owner.__name__}.{model.model_fields[name].alias or name}"


def _choices(annotation: Any) -> set[Any]:
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    return set().union(*map(_choices, get_args(annotation)))


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
