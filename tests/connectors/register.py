"""One register of rows behind every way of paging, on a real HTTP server; rows are in order of change."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

from sources import Answer, Call

from operations.settings import SHANGHAI

Row = dict[str, Any]


def row(number: int, at: str = "2026-06-01 08:00:00", **more: Any) -> Row:
    """A row of the register; `at` is when it was changed last."""
    return {"id": f"C{number:03}", "t": "邻里纠纷", "at": at, **more}


@dataclass
class Register:
    """`limit` is the most that it gives at once, whatever it is asked for; `alter` may answer the n-th call instead."""

    rows: list[Row]
    limit: int = 1000
    alter: Callable[[int, Answer], Answer | None] = lambda number, answer: None
    calls: list[Call] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, call: Call) -> Answer:
        with self.lock:
            self.calls.append(call)
            answer = self._answer(call, asked(call))
            return self.alter(len(self.calls), answer) or answer

    def _answer(self, call: Call, sent: dict[str, Any]) -> Answer:
        found = self._found(sent)
        if call.path == "/whole":
            return xml(found[: self.limit], len(found))
        if call.path in ("/page", "/offset", "/list"):
            return self._numbered(call, sent, found)
        size = min(int(sent.get("size") or sent.get("first") or 3), self.limit)
        after = sent.get("token") or sent.get("after") or ""
        left = [one for one in found if place(one) > after]
        rows, token = left[:size], place(left[size - 1]) if len(left) > size else None
        if call.path == "/graphql":
            edges = [{"node": one} for one in rows]
            info = {"hasNextPage": token is not None, "endCursor": token or (place(rows[-1]) if rows else None)}
            return as_json({"data": {"cases": {"totalCount": len(found), "edges": edges, "pageInfo": info}}})
        if call.path == "/links":
            return self._linked(call, rows, token)
        data = {"list": rows, "token": token}
        if token is not None:
            data["continue"] = {"token": token, "size": 3}
        return as_json({"code": "0", "data": data})

    def _numbered(self, call: Call, sent: dict[str, Any], found: list[Row]) -> Answer:
        size = min(int(sent["size"]), self.limit)
        first = 0 if call.body else 1
        start = int(sent["skip"]) if "skip" in sent else (int(sent["current"]) - first) * size
        rows = found[start : start + size]
        count = {"X-Total-Count": str(len(found))}
        if call.path == "/list":
            return Answer(json.dumps(rows).encode(), headers=count)
        if not found:
            return as_json({"code": "1", "data": None}, **count)
        return as_json({"code": "0", "data": {"list": rows, "total": len(found)}}, **count)

    def _linked(self, call: Call, rows: list[Row], token: str | None) -> Answer:
        headers = {}
        link = None
        if token is not None:
            link = f"{call.path}?{urlencode({**call.query, 'token': token})}"
            headers = {
                "Link": f'<http://{call.headers["Host"]}/links>; rel="first", <{link}>; rel="next"',
                "X-Next-Page": link,
            }
        if "x-ndjson" in call.headers["Accept"]:
            return Answer(b"".join(json.dumps(one).encode() + b"\n" for one in rows), headers=headers)
        return as_json({"data": {"list": rows, "next": link}}, **headers)

    def _found(self, sent: dict[str, Any]) -> list[Row]:
        since, until = (local(sent[name]) if sent.get(name) else None for name in ("since", "until"))
        return sorted(
            (one for one in self.rows if (since or "") <= one["at"] < (until or "~")),
            key=place,
        )


def asked(call: Call) -> dict[str, Any]:
    """The parameters of a call, wherever it carries them."""
    if not call.body:
        return call.query
    if call.headers["Content-Type"] == "application/x-www-form-urlencoded":
        return dict(parse_qsl(call.body.decode()))
    sent: dict[str, Any] = json.loads(call.body)
    return sent.get("variables", sent)


def place(one: Row) -> str:
    """Where a row stands in the order of change."""
    return f"{one['at']}|{one['id']}"


def local(text: str | int) -> str:
    """A bound in any of the forms that a request may carry, as the register writes times."""
    digits = str(text)
    if digits.isdigit() and len(digits) in (10, 13):
        seconds = int(digits) / (1000 if len(digits) == 13 else 1)
        return f"{datetime.fromtimestamp(seconds, SHANGHAI):%Y-%m-%d %H:%M:%S}"
    moment = datetime.strptime(digits, "%Y%m%d%H%M%S") if digits.isdigit() else datetime.fromisoformat(digits)
    return f"{moment.astimezone(SHANGHAI) if moment.tzinfo else moment:%Y-%m-%d %H:%M:%S}"


def as_json(value: Any, **headers: str) -> Answer:
    """A JSON answer."""
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(json.dumps(value, ensure_ascii=False).encode(), headers=names)


def xml(rows: list[Row], total: int) -> Answer:
    """An XML answer with a namespace, an attribute that says how it went, and a declared encoding."""
    body = "".join(
        "<row>" + "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in one.items()) + "</row>"
        for one in rows
    )
    text = f'<answer xmlns="urn:x" code="0"><data><total>{total}</total><list>{body}</list></data></answer>'
    return Answer(f'<?xml version="1.0" encoding="gb18030"?>{text}'.encode("gb18030"))
