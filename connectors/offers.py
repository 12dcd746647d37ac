"""What a source has to offer, before anything of it is declared: tables, endpoints, files, operations.

Which module lists which family; like the connectors, each is imported on use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors.base import address
from operations.credentials import Credentials
from schemas.declaration import System
from schemas.declared.database import DatabaseSource
from schemas.declared.files import FilesSource
from schemas.declared.queue import QueueSource
from schemas.declared.rest import RestSource
from schemas.declared.soap import SoapSource

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class OfferedField:
    """A field as the source describes it; `comment` is the source's own words for it, mostly Chinese."""

    name: str
    type: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Offer:
    """Something that a source can be asked for. `words` are what a dataset's declaration would say of it, as far as
    the source tells: `table`, `pattern` and `format`, `request`, `operation`, `rows`, `pagination`, `key`."""

    kind: str  # table, view, files, endpoint, operation
    name: str
    title: str = ""
    fields: tuple[OfferedField, ...] = ()
    words: dict[str, Any] = field(default_factory=dict)


def offers(system: System, credentials: Credentials, workdir: Path, document: str | None = None) -> list[Offer]:
    """What a system offers, by name; nothing where it does not tell, as queues do not, nor HTTP interfaces without
    `document`, the path or address of an OpenAPI document.

    Raises ConnectorError.
    """
    match system.source:
        case DatabaseSource() as database:
            from connectors.database.tables import tables

            return tables(system.id, database, credentials)
        case FilesSource() as files:
            from connectors.files.listing import listing

            return listing(system.id, files, credentials, workdir)
        case SoapSource() as soap:
            from connectors.soap.operations import operations

            return operations(system.id, address(system.id, soap.wsdl))
        case RestSource():
            if document is None:
                return []
            from connectors.rest.openapi import endpoints

            return endpoints(system.id, document)
        case QueueSource():
            return []


_ROLES = {
    "page_param": r"page_?(no|num|number|index)?|current(_?page)?",
    "size_param": r"(page_?)?size|limit|per_?page|rows",
    "cursor_param": r"cursor|next|page_?token|after",
    "param": r"(begin|start|since|from)_?(time|date|at)?|updated?_?(since|from|start|after)",
    "until_param": r"(end|until|to|stop)_?(time|date|at)?|updated?_?(until|to|end|before)",
}
_SIZE = 200
"""Rows a page, where the document does not say: small enough for any source."""


def roles_of(parameters: Sequence[str]) -> dict[str, str]:
    """Which parameter probably is the page's number, its size, the cursor, and the bounds of a time window."""
    found: dict[str, str] = {}
    for name in parameters:
        role = next((role for role, form in _ROLES.items() if re.fullmatch(form, name, re.IGNORECASE)), None)
        if role is not None:
            found.setdefault(role, name)
    return found


def paging_words(roles: Mapping[str, str], scalars: Sequence[str]) -> dict[str, Any]:
    """`pagination` and the bounds of `sync`, as far as names of parameters and of the answer's values tell."""
    words: dict[str, Any] = {}
    total = next((path for path in scalars if re.search(r"total|count", _last(path), re.IGNORECASE)), None)
    following = next((path for path in scalars if re.search(r"next|cursor|token", _last(path), re.IGNORECASE)), None)
    sized = {"size_param": roles.get("size_param", ""), "size": _SIZE, "total": total}
    if total and "size_param" in roles and "page_param" in roles:
        words["pagination"] = {"kind": "page", "page_param": roles["page_param"], **sized}
    elif total and "size_param" in roles and "cursor_param" in roles and following:
        words["pagination"] = {"kind": "cursor", "cursor_param": roles["cursor_param"], "next": following, **sized}
    bounds = {role: roles[role] for role in ("param", "until_param") if role in roles}
    return words | ({"sync": bounds} if bounds else {})


def success_words(scalars: Sequence[str], equals: str) -> dict[str, Any]:
    """`success` by the name of the value that says whether all went well; what it says then, a person must know."""
    code = next(
        (path for path in scalars if re.fullmatch(r"\w*(code|status|success)", _last(path), re.IGNORECASE)), None
    )
    return {"success": {"field": code, "equals": "true" if "success" in code.lower() else equals}} if code else {}


def _last(path: str) -> str:
    return path.rpartition(".")[2]
