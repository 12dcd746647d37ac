"""petition_hotline, and departments that do as it does: OAuth2 client credentials, an opaque cursor, Retry-After."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
import time
from datetime import datetime, timedelta, timezone

from sandbox.answers import told
from sandbox.departments import Department
from sandbox.faults import SLOW, Faults, altered_texts
from sandbox.registers import paths_beside
from sandbox.servers.web import Answer, Request, Stores

SYSTEM = "petition_hotline"
PATHS = {"/api/v2/work-orders": "work_orders", "/api/v2/transfers": "transfers",
         "/api/v2/evaluations": "evaluations", "/api/v2/visits": "visits"}  # fmt: skip
SHANGHAI = timezone(timedelta(hours=8))
NO_END = "9999"


class HotlineApi:
    """A resource server that is its own token server; tokens live in memory."""

    def __init__(
        self, stores: Stores, faults: Faults, client: str, secret: str, life: float,
        department: Department | None = None,
    ) -> None:  # fmt: skip
        self.stores, self.faults, self.department = stores, faults, department
        self.system = department.system if department else SYSTEM
        self.paths = {department.place: department.dataset, **paths_beside(self.system)} if department else PATHS
        self.client, self.secret, self.life = client, secret, life
        self._tokens: dict[str, float] = {}

    def answer(self, request: Request) -> Answer | None:
        if self.faults.take(self.system, "unreachable"):
            return None
        if request.path == "/oauth/token":
            return self._token(request)
        told_at = self.department.asked.place if self.department and self.department.asked else None
        if request.path not in (told_at, *self.paths):
            return _refuse(404, "NOT_FOUND", "no such resource")
        scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
        if scheme != "Bearer" or self._tokens.get(token, 0.0) < time.time():
            return _refuse(401, "TOKEN_EXPIRED", "token is unknown or expired")
        if self.faults.take(self.system, "slow"):
            time.sleep(SLOW)
        if self.faults.take(self.system, "http_500"):
            return _refuse(500, "INTERNAL", "internal error")
        if self.faults.take(self.system, "http_429"):
            return Answer.json({"success": False, "errorCode": "TOO_MANY_REQUESTS"}, 429, Retry_After="1")
        if request.path == told_at:
            return self._one(request)
        answer = self._page(self.paths[request.path], request)
        if self.faults.take(self.system, "expire_token"):
            self._tokens.clear()
        if self.faults.take(self.system, "truncated_json"):
            answer.body = answer.body[: len(answer.body) * 2 // 3]
        return answer

    def _token(self, request: Request) -> Answer:
        form = request.form()
        client, secret = str(form.get("client_id", "")), str(form.get("client_secret", ""))
        scheme, _, basic = (request.headers.get("Authorization") or "").partition(" ")
        if scheme == "Basic":
            try:
                client, _, secret = base64.b64decode(basic).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                client = ""
        right = client == self.client and hmac.compare_digest(secret.encode(), self.secret.encode())
        if self.faults.take(self.system, "wrong_password") or not right:
            return Answer.json({"error": "invalid_client"}, 401)
        if form.get("grant_type") != "client_credentials":
            return Answer.json({"error": "unsupported_grant_type"}, 400)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = time.time() + self.life
        return Answer.json({"access_token": token, "token_type": "Bearer", "expires_in": int(self.life)})

    def _one(self, request: Request) -> Answer:
        asked = self.department.asked if self.department else None
        assert asked is not None
        code, record = told(self.stores.here(), self.system, asked, request.query.get(asked.param, ""))
        return Answer.json({"code": code, "data": [record] if record else []})

    def _page(self, dataset: str, request: Request) -> Answer:
        query = request.query
        after: tuple[str, str, int] | None = None
        try:
            limit = int(query.get("limit") or 100)
            since, until = _local(query.get("updatedSince"), ""), _local(query.get("updatedUntil"), NO_END)
        except ValueError:
            return _refuse(400, "BAD_REQUEST", "limit is a number up to 500, times are ISO 8601")
        if query.get("cursor"):
            try:
                state = json.loads(base64.urlsafe_b64decode(query["cursor"]))
                since, until, after = state["s"], state["u"], tuple(state["a"])
            except (ValueError, KeyError, TypeError):
                return _refuse(400, "BAD_CURSOR", "cursor is not one of ours")
        if not 1 <= limit <= 500:
            return _refuse(400, "BAD_REQUEST", "limit is a number up to 500")
        store = self.stores.here()
        rows = store.page(self.system, dataset, since, until, limit=limit + 1, after=after)
        total = store.count(self.system, dataset, since, until)
        if self.faults.take(self.system, "empty_delivery"):
            rows, total = [], 0
        more, rows = len(rows) > limit, rows[:limit]
        kinds = self.faults.take_alterations(self.system, dataset) if rows else []
        at = store.clean(self.system, dataset, [row[1] for row in rows]) if kinds else 0
        bodies = altered_texts(self.system, [row[3] for row in rows], kinds, at)
        total += "duplicate_key" in kinds
        state_text = json.dumps({"s": since, "u": until, "a": rows[-1][:3]}) if more else ""
        cursor = json.dumps(base64.urlsafe_b64encode(state_text.encode()).decode() if more else None)
        return Answer(
            f'{{"success":true,"result":{{"items":[{",".join(bodies)}],"nextCursor":{cursor},'
            f'"totalCount":{total}}}}}'.encode()
        )  # fmt: skip


def _local(text: str | None, default: str) -> str:
    """Return an ISO time as the store's local text; a `+` that a client forgot to quote arrives as a space."""
    if not text:
        return default
    at = datetime.fromisoformat(text.replace(" 08:00", "+08:00") if text.endswith(" 08:00") else text)
    return f"{at.astimezone(SHANGHAI) if at.tzinfo else at:%Y-%m-%d %H:%M:%S}"


def _refuse(status: int, code: str, message: str) -> Answer:
    return Answer.json({"success": False, "errorCode": code, "errorMessage": message}, status)
