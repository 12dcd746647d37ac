"""Faults of a declaration in plain words, with what would have been allowed in that place."""

from __future__ import annotations

import difflib
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import ErrorDetails

Loc = tuple[int | str, ...]


def in_order(faults: list[ErrorDetails]) -> list[ErrorDetails]:
    """Missing words last: a misspelt one is missing too, and its own fault says more."""
    return sorted(faults, key=lambda fault: fault["type"] == "missing")


def explain(error: ErrorDetails, root: type[BaseModel]) -> str:
    """One fault as `<dotted place>: <what is wrong>`; an unknown word is answered with the allowed ones."""
    place = ".".join(str(step) for step in error["loc"])
    if error["type"] == "extra_forbidden":
        word = str(error["loc"][-1])
        allowed = sorted(_words(_models_at(root, error["loc"][:-1])))
        near = difflib.get_close_matches(word, allowed, 1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        return f"{place}: unknown word{meant} allowed: {', '.join(allowed)}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{place}: {message[:1].lower()}{message[1:]}"


def _models_at(root: type[BaseModel], steps: Loc) -> list[type[BaseModel]]:
    """The models which may stand at a place of pydantic's error path (it also names union members)."""
    current = [root]
    for step in steps:
        inside = [
            found
            for model in current
            for name, field in model.model_fields.items()
            if step == (field.alias or name)
            for found in _models_in(field.annotation)
        ]
        narrowed = [model for model in current if step in get_args(_kind(model))]
        current = inside or narrowed or current
    return current


def _kind(model: type[BaseModel]) -> Any:
    return model.model_fields["kind"].annotation if "kind" in model.model_fields else None


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]


# A generic alias to a type checker, a plain class at run time.
_HIDDEN: type[Any] = SkipJsonSchema


def _words(models: list[type[BaseModel]]) -> set[str]:
    return {
        field.alias or name
        for model in models
        for name, field in model.model_fields.items()
        if not any(type(one) is _HIDDEN for one in field.metadata)
    }
