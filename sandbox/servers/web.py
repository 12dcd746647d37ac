"""A small threaded HTTP/1.1 server: one site per port, and a site may also hang up."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from sandbox.store import WorldStore


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes

    def form(self) -> dict[str, Any]:
        """Return the fields of a JSON object or of a form; empty when the body is neither."""
        text = self.body.decode("utf-8", "replace").strip()
        if text.startswith("{"):
            try:
                found = json.loads(text)
            except ValueError:
                return {}
            return found if isinstance(found, dict) else {}
        return dict(parse_qsl(text))


@dataclass(slots=True)
class Answer:
    body: bytes
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: object, status: int = 200, **headers: str) -> Answer:
        """Return an answer with a JSON body; header names get `-` for `_`."""
        body = json.dumps(value, ensure_ascii=False).encode()
        return cls(body, status, headers={name.replace("_", "-"): text for name, text in headers.items()})


class Site(Protocol):
    def answer(self, request: Request) -> Answer | None:
        """Answer a request; None closes the connection without a word."""
        ...


class Stores:
    """The world's store, one connection per thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def here(self) -> WorldStore:
        """Return this thread's connection."""
        store: WorldStore | None = getattr(self._local, "store", None)
        if store is None:
            store = self._local.store = WorldStore(self._path)
        return store


def serve(site: Site, port: int) -> ThreadingHTTPServer:
    """Serve a site on a loopback port (0 = any free one) in threads; return the running server."""

    class Conversation(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def _speak(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            request = Request(self.command, url.path, dict(parse_qsl(url.query, keep_blank_values=True)), self.headers,
                              self.rfile.read(length))  # fmt: skip
            answer = site.answer(request)
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = _speak

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: query strings carry signatures."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server(("127.0.0.1", port), Conversation)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
    return server
