"""The ways in which departments' interfaces hand out what has changed since a moment."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any
from xml.sax.saxutils import escape

from sandbox.departments import Paging
from sandbox.servers.web import Answer, Request

MOST = 500
"""Rows in one answer, but where everything comes in one."""
WHOLE = 100_000
SHANGHAI = timezone(timedelta(hours=8))
NO_END = "9999"
Place = tuple[str, str, int]
"""(updated, source_id, copy) of a row."""


class BadQuestionError(ValueError):
    """A question that cannot be answered; the first word is the code of it."""


@dataclass(frozen=True)
class Wanted:
    """Rows with since ≤ updated < until: at most `limit`, from the number `offset` on or after a place."""

    since: str
    until: str
    limit: int
    offset: int = 0
    after: Place | None = None


@dataclass(frozen=True)
class Found:
    """Records as JSON texts, how many are wanted but for the limit, and the last one's place if more follow."""

    bodies: list[str]
    total: int
    last: Place | None


Find = Callable[[Wanted], Found]


def handed_out(paging: Paging, request: Request, find: Find) -> Answer:
    """Answer a question for changed records. Raises BadQuestionError."""
    return WAYS[paging]({**request.query, **request.form()}, find)


def _cursor(fields: dict[str, Any], find: Find) -> Answer:
    wanted = _wanted(fields, "updatedSince", "updatedUntil", "limit")
    if fields.get("cursor"):
        wanted = _later(wanted, str(fields["cursor"]))
    found = find(wanted)
    return _json(f'{{"success":true,"result":{{"items":{_list(found)},"nextCursor":{json.dumps(_state(wanted, found))},'
                 f'"totalCount":{found.total}}}}}')  # fmt: skip


def _continue(fields: dict[str, Any], find: Find) -> Answer:
    wanted = _wanted(fields, "from", "to", "batch")
    if fields.get("token"):
        wanted = _later(wanted, str(fields["token"]))
    found = find(wanted)
    state = _state(wanted, found)
    following = json.dumps(None if state is None else {"token": state, "batch": str(wanted.limit)})
    return _json(f'{{"code":0,"count":{found.total},"rows":{_list(found)},"continue":{following}}}')


def _relay(fields: dict[str, Any], find: Find) -> Answer:
    """A GraphQL connection: what is asked by name is not looked at, only the variables are."""
    asked = fields.get("variables") or {}
    if "edges" not in str(fields.get("query")):
        raise BadQuestionError("GRAPHQL query has no edges")
    wanted = _wanted(asked, "since", "until", "first")
    if asked.get("after"):
        wanted = _later(wanted, str(asked["after"]))
    found = find(wanted)
    edges = ",".join(f'{{"node":{body}}}' for body in found.bodies)
    page = json.dumps({"hasNextPage": found.last is not None, "endCursor": _state(wanted, found)})
    return _json(f'{{"data":{{"changes":{{"totalCount":{found.total},"edges":[{edges}],"pageInfo":{page}}}}}}}')


def _page(fields: dict[str, Any], find: Find) -> Answer:
    found = find(_numbered(fields))
    return _json(f'{{"code":"0","data":{{"total":{found.total},"list":{_list(found)}}}}}')


def _page_xml(fields: dict[str, Any], find: Find) -> Answer:
    if fields.get("format") != "xml":
        raise BadQuestionError("FORMAT format is xml")
    found = find(_numbered(fields))
    records = "".join(f"<record>{_elements(json.loads(body))}</record>" for body in found.bodies)
    text = f"<response><code>0</code><total>{found.total}</total><records>{records}</records></response>"
    return Answer(f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode(), content_type="application/xml")


def _window(fields: dict[str, Any], find: Find) -> Answer:
    """No pages: at most so many rows of a time, and how many there are in it."""
    found = find(replace(_wanted(fields, "beginTime", "endTime", ""), limit=MOST))
    return _json(f'{{"status":"ok","count":{found.total},"list":{_list(found)}}}')


def _whole(fields: dict[str, Any], find: Find) -> Answer:
    found = find(replace(_wanted(fields, "since", "until", ""), limit=WHOLE))
    body = "".join(f"{one}\n" for one in found.bodies).encode()
    return Answer(body, content_type="application/x-ndjson", headers={"X-Total-Count": str(found.total)})


WAYS: dict[Paging, Callable[[dict[str, Any], Find], Answer]] = {
    "cursor": _cursor, "continue": _continue, "relay": _relay, "page": _page, "page_xml": _page_xml,
    "window": _window, "whole": _whole,
}  # fmt: skip


def _wanted(fields: dict[str, Any], since: str, until: str, limit: str) -> Wanted:
    try:
        most = int(fields.get(limit) or 100)
        wanted = Wanted(_local(fields.get(since), ""), _local(fields.get(until), NO_END), most)
    except ValueError:
        most = 0
    if not 1 <= most <= MOST:
        raise BadQuestionError(f"BAD_REQUEST {limit} is a number up to {MOST}, times are ISO 8601")
    return wanted


def _numbered(fields: dict[str, Any]) -> Wanted:
    """Pages by number, from 0 on."""
    wanted = _wanted(fields, "startTime", "stopTime", "pageSize")
    number = str(fields.get("pageNo") or 0)
    if not number.isdigit():
        raise BadQuestionError("BAD_REQUEST pageNo is a number from 0 on")
    return replace(wanted, offset=int(number) * wanted.limit)


def _state(wanted: Wanted, found: Found) -> str | None:
    """What says where the next page begins; None after the last."""
    if found.last is None:
        return None
    text = json.dumps({"s": wanted.since, "u": wanted.until, "a": found.last})
    return base64.urlsafe_b64encode(text.encode()).decode()


def _later(wanted: Wanted, state: str) -> Wanted:
    try:
        said = json.loads(base64.urlsafe_b64decode(state))
        return replace(wanted, since=said["s"], until=said["u"], after=tuple(said["a"]))
    except (ValueError, KeyError, TypeError):
        raise BadQuestionError("BAD_CURSOR cursor is not one of ours") from None


def _local(text: str | None, default: str) -> str:
    """Return an ISO time as the store's local text; a `+` that a client forgot to quote arrives as a space."""
    if not text:
        return default
    at = datetime.fromisoformat(text.replace(" 08:00", "+08:00") if text.endswith(" 08:00") else text)
    return f"{at.astimezone(SHANGHAI) if at.tzinfo else at:%Y-%m-%d %H:%M:%S}"


def _list(found: Found) -> str:
    return f"[{','.join(found.bodies)}]"


def _elements(record: dict[str, Any]) -> str:
    """Texts by name; a field without a value is an element without a text."""
    texts = {name: "" if value is None else escape(str(value)) for name, value in record.items()}
    return "".join(f"<{name}>{text}</{name}>" for name, text in texts.items())


def _json(text: str) -> Answer:
    return Answer(text.encode())
