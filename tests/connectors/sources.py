"""Small department systems that really listen: an HTTP server, the gateway and the hotline on it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from schemas.delivery import Page

AS_OF = datetime(2026, 6, 30, 20)


@dataclass(frozen=True)
class Call:
    """One request as it arrived."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the server sends; `cut` sends only so many bytes of the body and hangs up."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


@contextmanager
def listening(answer: Callable[[Call], Answer]) -> Iterator[str]:
    """A server on a free port of this machine; gives its base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._reply()

        def do_GET(self) -> None:
            self._reply()

        def _reply(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            reply = answer(Call(parts.path, query, dict(self.headers), body))
            self.send_response_only(reply.status)
            headers = {"Date": formatdate(usegmt=True), **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: reply.cut])
            self.close_connection = reply.cut is not None

        def log_message(self, *args: Any) -> None:
            """Silence: tests read what clients say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Gateway:
    """The province's data gateway before one interface: rotating secrets, signed pages, HTTP 200 for errors."""

    rows: list[bytes]
    app_key: str = "A330000100000000000000000001"
    app_secret: str = "0123456789abcdef0123456789abcdef"
    clock: Callable[[], float] = time.time
    alter: Callable[[int, Answer], Answer | None] = lambda number, answer: None
    life: float = 900.0
    renewals: int = 0
    refusals: int = 0
    calls: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, call: Call) -> Answer:
        with self.lock:
            if call.path.startswith("/gateway/app/"):
                return self._renew(call)
            self.calls.append(json.loads(call.body))
            signed = self._signed(call.query, f"request-{self.renewals}")
            self.refusals += not signed
            page = self._page(self.calls[-1]) if signed else self._code("99")
            return self.alter(len(self.calls), page) or page

    def expire(self) -> None:
        """The secrets handed out so far are no longer good."""
        self.renewals += 1

    def _renew(self, call: Call) -> Answer:
        by_key = "ByKey" in call.path
        if not self._signed(call.query, self.app_secret if by_key else f"refresh-{self.renewals}"):
            return self._code("99")
        self.renewals += 1
        now = round(self.clock() * 1000)
        datas = {
            "refreshSecret": f"refresh-{self.renewals}",
            "refreshSecretEndTime": now + 48 * 3600_000,
            "requestSecret": f"request-{self.renewals}",
            "requestSecretEndTime": now + round(self.life * 1000),
        }
        return self._answer({"code": "00", "msg": "成功", "datas": datas})

    def _signed(self, query: dict[str, str], secret: str) -> bool:
        at = query.get("requestTime", "0")
        wanted = hashlib.md5(f"{self.app_key}{secret}{at}".encode()).hexdigest()
        near = abs(int(at) - self.clock() * 1000) < 600_000
        return near and query.get("sign") == wanted

    def _page(self, asked: dict[str, Any]) -> Answer:
        since, until = asked.get("startTime", ""), asked.get("endTime") or "~"
        rows = [row for row in self.rows if since <= cursor_of(row) < until]
        if not rows:
            return self._code("01")
        size = asked["pageSize"]
        chosen = rows[(asked["pageNo"] - 1) * size : asked["pageNo"] * size]
        body = b'{"code":"00","datas":{"total":%d,"records":[%b]}}' % (len(rows), b",".join(chosen))
        return Answer(body, headers=self._date())

    def _code(self, code: str) -> Answer:
        return self._answer({"code": code, "msg": "张三 13800000000", "datas": None})

    def _answer(self, content: dict[str, Any]) -> Answer:
        return Answer(json.dumps(content).encode(), headers=self._date())

    def _date(self) -> dict[str, str]:
        return {"Date": formatdate(self.clock(), usegmt=True)}


@dataclass
class Hotline:
    """A REST interface behind OAuth 2 client credentials, paged by an opaque cursor."""

    rows: list[dict[str, Any]]
    alter: Callable[[int, Answer], Answer | None] = lambda number, answer: None
    tokens: int = 0
    calls: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, call: Call) -> Answer:
        if call.path == "/oauth/token":
            if call.headers.get("Authorization") != "Basic " + base64.b64encode(b"client:secret").decode():
                return Answer(b'{"error":"invalid_client"}', 401)
            self.tokens += 1
            return Answer(json.dumps({"access_token": f"t{self.tokens}", "expires_in": 1800}).encode())
        self.calls.append(call.query)
        if call.headers.get("Authorization") != f"Bearer t{self.tokens}":
            return Answer(b'{"success":false,"errorCode":"TOKEN_EXPIRED"}', 401)
        start = int(base64.b64decode(call.query["cursor"])) if "cursor" in call.query else 0
        end = start + int(call.query["limit"])
        following = base64.b64encode(str(end).encode()).decode() if end < len(self.rows) else None
        result = {"items": self.rows[start:end], "nextCursor": following, "totalCount": len(self.rows)}
        answer = Answer(json.dumps({"success": True, "result": result}).encode())
        return self.alter(len(self.calls), answer) or answer


def row(number: int, at: str = "2026-06-01 08:00:00", **more: Any) -> bytes:
    """A JSON row of the gateway."""
    return json.dumps({"id": f"C{number}", "t": "纠纷", "gxsj": at, **more}, ensure_ascii=False).encode()


def cursor_of(raw: bytes) -> str:
    """The cursor of a gateway row, also where the row is no JSON."""
    return raw.partition(b'"gxsj": "')[2][:19].decode()


def lines(pages: list[Page]) -> list[bytes]:
    """The raw rows of NDJSON pages; each page must hold as many as it says."""
    found = []
    for page in pages:
        assert isinstance(page.body, bytes)
        assert page.body.count(b"\n") == page.rows
        found += page.body.split(b"\n")[:-1]
    return found
