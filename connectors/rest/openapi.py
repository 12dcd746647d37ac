"""The endpoints of an OpenAPI document (3.x, or Swagger 2.0) that answer with a list of records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import yaml

from connectors.errors import ProtocolError, UnreachableError
from connectors.offers import Offer, OfferedField, paging_words, roles_of, success_words

TIMEOUT = 60
"""Seconds, to connect and between two bytes."""
DEEPEST = 6
"""Levels of an answer that are looked through: records lie near the top, and schemas may refer to themselves."""

_METHODS = ("get", "post")
_Schema = dict[str, Any]
_Path = tuple[str, ...]


def endpoints(system: str, document: str) -> list[Offer]:
    """Every GET and POST whose good answer holds a list of objects. `document` is a path or an http(s) address.

    Raises ConnectorError when it cannot be fetched, or is no OpenAPI document.
    """
    root = _read(system, document)
    prefix = str(root.get("basePath") or "").rstrip("/")  # Swagger 2.0 keeps it apart
    found = []
    for path, item in sorted((root.get("paths") or {}).items()):
        for method in _METHODS:
            if isinstance(item, dict) and isinstance(item.get(method), dict):
                operation = item[method] | {"parameters": [*item.get("parameters", []), *_listed(item[method])]}
                found.append(_offer(root, prefix + path, method, operation))
    return [one for one in found if one is not None]


def _listed(operation: _Schema) -> list[Any]:
    return list(operation.get("parameters") or [])


def _read(system: str, document: str) -> _Schema:
    try:
        if urlsplit(document).scheme in ("http", "https"):
            response = requests.get(document, timeout=TIMEOUT)
            response.raise_for_status()
            text = response.text
        else:
            text = Path(document).read_text(encoding="utf-8")
    except (requests.RequestException, OSError):
        raise UnreachableError(
            system, None, document, "the document cannot be fetched", "give its path, or an address that answers"
        ) from None
    try:
        root = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        root = None
    if not isinstance(root, dict) or not isinstance(root.get("paths"), dict):
        raise ProtocolError(
            system, None, document, "it is no OpenAPI document", "give one in JSON or YAML with a `paths` section"
        )
    return root


def _offer(root: _Schema, path: str, method: str, operation: _Schema) -> Offer | None:
    answer = _answer(root, operation)
    rows = next(_lists(root, answer, (), 0), None)
    if rows is None:
        return None
    where, row = rows
    scalars = [".".join(one) for one in _scalars(root, answer, (), 0)]
    roles = roles_of([*_parameters(root, operation)])
    words: dict[str, Any] = {"request": {"path": path, "method": method.upper()}, "rows": ".".join(where)}
    words |= success_words(scalars, "00") | paging_words(roles, scalars)
    fields = tuple(
        OfferedField(name, str(one.get("type") or ""), str(one.get("description") or one.get("title") or ""))
        for name, one in ((name, _whole(root, one)) for name, one in _properties(root, row).items())
    )
    title = str(operation.get("summary") or operation.get("description") or "").split("\n")[0]
    return Offer("endpoint", path, title, fields, words)


def _answer(root: _Schema, operation: _Schema) -> _Schema:
    responses = operation.get("responses") or {}
    good = _whole(root, responses.get("200") or responses.get(200) or responses.get("default") or {})
    for kind, content in (good.get("content") or {}).items():
        if "json" in kind:
            return _whole(root, content.get("schema") or {})
    return _whole(root, good.get("schema") or {})


def _parameters(root: _Schema, operation: _Schema) -> Iterator[str]:
    for one in operation["parameters"]:
        parameter = _whole(root, one)
        if parameter.get("in") == "body":
            yield from _properties(root, parameter.get("schema") or {})
        elif parameter.get("in") in ("query", "formData"):
            yield str(parameter.get("name"))
    for content in (_whole(root, operation.get("requestBody") or {}).get("content") or {}).values():
        yield from _properties(root, content.get("schema") or {})


def _lists(
    root: _Schema, schema: _Schema, at: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], _Schema]]:
    """The paths to lists of objects, nearest to the top first."""
    inner = {name: _whole(root, one) for name, one in _properties(root, schema).items()}
    for name, one in inner.items():
        row = _whole(root, one.get("items") or {})
        if one.get("type") == "array" and _properties(root, row):
            yield (*at, name), row
    if depth < DEEPEST:
        for name, one in inner.items():
            if one.get("type") != "array":
                yield from _lists(root, one, (*at, name), depth + 1)


def _scalars(root: _Schema, schema: _Schema, at: _Path, depth: int) -> Iterator[_Path]:
    for name, raw in _properties(root, schema).items():
        one = _whole(root, raw)
        if _properties(root, one):
            if depth < DEEPEST:
                yield from _scalars(root, one, (*at, name), depth + 1)
        elif one.get("type") != "array":
            yield (*at, name)


def _properties(root: _Schema, schema: _Schema) -> dict[str, Any]:
    whole = _whole(root, schema)
    found = dict(whole.get("properties") or {})
    for part in whole.get("allOf") or []:
        found |= _properties(root, part)
    return found


def _whole(root: _Schema, schema: Any) -> _Schema:
    """A schema with its `$ref` within the document followed; one that leads nowhere is empty."""
    for _ in range(DEEPEST):
        if not isinstance(schema, dict) or "$ref" not in schema:
            break
        found: Any = root
        for step in str(schema["$ref"]).removeprefix("#/").split("/"):
            found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
        schema = found
    return schema if isinstance(schema, dict) else {}
