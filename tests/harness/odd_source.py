"""A department system over HTTP that really listens and misbehaves on request, and its declaration."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SECRET = "the-right-one"
NOW = datetime(2026, 6, 30, 20)
LIMIT = 40
"""Rows a page that the source gives at most."""

DECLARATION = """# yaml-language-server: $schema=../../docs/declaration.schema.json
title: 试验
title_en: Odd
department: high_court
contact: {name: 联络员, email: odd@example.org}
classification: L3
schedule: "5 * * * *"
source:
  kind: rest
  base_url: ${ODD_URL}
  auth: {kind: oauth2_client, token_path: /token}
  retry: {attempts: 5, statuses: [429, 500, 503]}
  rate_limit: 500/s
datasets:
  # what people wrote here stays
  cases:
    request: {path: /cases, method: GET}     # as in their document, page 12
    success: {field: code, equals: "00", empty: ["01"]}
    rows: data.rows
    pagination: {kind: page, page_param: pageNo, size_param: pageSize, size: 40, total: data.total}
    key: [bh]
    sync: {mode: incremental, cursor: gxsj, param: startTime, lookback: 2h, start: 2026-01-01}
    freshness: {warn: 3d, fail: 9d}
    contract: case_reports
    fields:
      title: ajmc                            # their word for it
"""

FITTING = DECLARATION.replace(
    "title: ajmc                            # their word for it",
    """title: ajmc
      handling_org_name: ajmc
      matter_kind: {const: dispute}
      case_type_code: {const: '0699'}
      status_code: {const: '10'}
      reported_at: {from: djsj, type: timestamp}
      applicant_phone: lxdh
      source_updated_at: {from: gxsj, type: timestamp}""",
)
"""The same with all that a report needs; rows then have djsj and lxdh, too."""


def rows(count: int = 100) -> list[dict[str, Any]]:
    """One row every six hours, the newest at NOW."""
    return [
        {"bh": f"{number:06d}", "ajmc": f"纠纷{number}", "gxsj": f"{NOW - timedelta(hours=6 * (count - 1 - number))}"}
        for number in range(count)
    ]


@contextmanager
def odd_source(*habits: str, records: list[dict[str, Any]] | None = None) -> Iterator[str]:
    """The base URL of the source. Habits: ignores_since, cuts_pages, shuffles (pages overlap), hides_errors,
    lets_anyone_in, spoils (every tenth row is no JSON)."""
    held = rows() if records is None else records

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            scheme, _, given = (self.headers.get("Authorization") or "").partition(" ")
            password = base64.b64decode(given).decode().partition(":")[2] if scheme == "Basic" else ""
            if password != SECRET and "lets_anyone_in" not in habits:
                return self._send({"error": "invalid_client"}, 401)
            return self._send({"access_token": "token", "token_type": "Bearer", "expires_in": 600})

        def do_GET(self) -> None:
            if self.headers.get("Authorization") != "Bearer token" and "lets_anyone_in" not in habits:
                return self._send({"code": "97"})
            return self._send(page(dict(parse_qsl(urlsplit(self.path).query)), held, habits))

        def _send(self, body: object, status: int = 200) -> None:
            text = json.dumps(body, ensure_ascii=False).encode()
            if "spoils" in habits:
                text = re.sub(rb'"bh": "(\d+9)"', rb'"bh": \1', text)  # a number may not begin with 0
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.send_header("X-RateLimit-Limit", "600")
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def page(query: dict[str, str], held: list[dict[str, Any]], habits: tuple[str, ...]) -> dict[str, Any]:
    """The answer to one question."""
    size, number = int(query.get("pageSize", LIMIT)), int(query.get("pageNo", 1))
    if not 1 <= size <= LIMIT:
        if size < 1 and "hides_errors" in habits:
            return {"code": "01"}
        if size < 1 or "cuts_pages" not in habits:
            return {"code": "98"}
        size = LIMIT
    wanted = [row for row in held if "ignores_since" in habits or row["gxsj"] >= query.get("startTime", "")]
    first = (number - 1) * size
    if "shuffles" in habits and number % 2 == 0:
        first -= 1  # the row before comes once more, and one at the end never comes
    found = wanted[first : first + size]
    return {"code": "00", "data": {"rows": found, "total": len(wanted)}} if found else {"code": "01"}
