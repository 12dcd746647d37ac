"""court_odr behind the province's data gateway: signed requests, rotating secrets, errors with HTTP 200."""

from __future__ import annotations

import hmac
import json
import secrets
import threading
import time
from dataclasses import dataclass
from hashlib import md5
from typing import Any

from sandbox.faults import SLOW, Faults, altered_texts
from sandbox.servers.web import Answer, Request, Stores

SYSTEM = "court_odr"
APIS = {"sqdj000000000001": "pre_suit_cases", "sqbz000000000002": "pre_suit_steps",
        "sfqr000000000003": "confirmations", "ssyd000000000004": "referrals"}  # fmt: skip
DATA = "/gateway/api/001003001/dataSharing/"
REFRESH_SECONDS = 48 * 3600
SKEW_MS = 600_000
NO_END = "9999"


def signature(app_key: str, secret: str, at_ms: str) -> str:
    """Return the gateway's signature: lower-case hex MD5 over UTF-8 text."""
    return md5(f"{app_key}{secret}{at_ms}".encode()).hexdigest()


@dataclass(slots=True)
class Tokens:
    refresh: str = ""
    refresh_ends: float = 0.0
    request: str = ""
    request_ends: float = 0.0


class Gateway:
    """One application key; any renewal replaces both secrets, the old ones die at once."""

    def __init__(self, stores: Stores, faults: Faults, app_key: str, app_secret: str, life: float) -> None:
        self.stores, self.faults = stores, faults
        self.app_key, self.app_secret, self.life = app_key, app_secret, life
        self._tokens = Tokens()
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer | None:
        if self.faults.take(SYSTEM, "unreachable"):
            return None
        fields = {**request.form(), **request.query}
        for name in ("appKey", "requestTime", "sign"):
            if name not in fields and request.headers.get(name):
                fields[name] = request.headers[name]
        missing = [name for name in ("appKey", "requestTime", "sign") if not fields.get(name)]
        if missing:
            return _reply("97", f"参数缺失: {','.join(missing)}")
        if request.path == "/gateway/app/refreshTokenByKey.htm":
            return self._renew(fields, self.app_secret, time.time() + 60)
        if request.path == "/gateway/app/refreshTokenBySec.htm":
            return self._renew(fields, self._tokens.refresh, self._tokens.refresh_ends)
        api = request.path.removeprefix(DATA).removesuffix(".htm")
        if not request.path.startswith(DATA) or api not in APIS:
            return _reply("99", "接口不存在")
        if not self._signed(fields, self._tokens.request, self._tokens.request_ends):
            return _reply("99", "签名错误或秘钥已过期")
        return self._data(APIS[api], fields)

    def _signed(self, fields: dict[str, Any], secret: str, ends: float) -> bool:
        at = str(fields["requestTime"])
        fresh = at.isdigit() and abs(int(at) - time.time() * 1000) < SKEW_MS and time.time() < ends
        right = hmac.compare_digest(signature(self.app_key, secret, at), str(fields["sign"]))
        return bool(secret) and fields["appKey"] == self.app_key and fresh and right

    def _renew(self, fields: dict[str, Any], secret: str, ends: float) -> Answer:
        if self.faults.take(SYSTEM, "wrong_password") or not self._signed(fields, secret, ends):
            return _reply("99", "签名错误")
        now = time.time()
        with self._lock:
            self._tokens = Tokens(secrets.token_hex(16), now + REFRESH_SECONDS, secrets.token_hex(16), now + self.life)
            new = self._tokens
        return Answer.json({"code": "00", "msg": "成功", "datas": {
            "refreshSecret": new.refresh, "refreshSecretEndTime": int(new.refresh_ends * 1000),
            "requestSecret": new.request, "requestSecretEndTime": int(new.request_ends * 1000)}})  # fmt: skip

    def _data(self, dataset: str, fields: dict[str, Any]) -> Answer:
        take = self.faults.take
        if take(SYSTEM, "slow"):
            time.sleep(SLOW)
        if take(SYSTEM, "http_500"):
            return Answer(b"Internal Server Error", 500, "text/plain")
        if take(SYSTEM, "http_429"):
            return Answer(b"Too Many Requests", 429, "text/plain", {"Retry-After": "1"})
        if take(SYSTEM, "error_code_200"):
            return _reply("96", "数据错误")
        if not fields.get("additional"):
            return _reply("97", "参数缺失: additional")
        try:
            page, size = int(fields.get("pageNo") or 1), int(fields.get("pageSize") or 100)
        except (TypeError, ValueError):
            return _reply("98", "参数类型错误: pageNo, pageSize")
        if page < 1 or not 1 <= size <= 1000:
            return _reply("98", "参数类型错误: pageNo 从 1 起, pageSize 不超过 1000")
        answer = self._page(dataset, fields, page, size)
        if take(SYSTEM, "expire_token"):
            self._tokens.request_ends = 0.0
        if take(SYSTEM, "truncated_json"):
            answer.body = answer.body[: len(answer.body) * 2 // 3]
        return answer

    def _page(self, dataset: str, fields: dict[str, Any], page: int, size: int) -> Answer:
        store = self.stores.here()
        since, until = str(fields.get("startTime") or ""), str(fields.get("endTime") or NO_END)
        total = store.count(SYSTEM, dataset, since, until)
        rows = store.page(SYSTEM, dataset, since, until, limit=size, offset=(page - 1) * size)
        if self.faults.take(SYSTEM, "empty_delivery"):
            total, rows = 0, []
        if total == 0:
            return _reply("01", "查无数据")
        kinds = self.faults.take_alterations(SYSTEM, dataset) if rows else []
        at = store.clean(SYSTEM, dataset, [row[1] for row in rows]) if kinds else 0
        bodies = altered_texts(SYSTEM, [row[3] for row in rows], kinds, at)
        total += "duplicate_key" in kinds
        head = json.dumps({"total": total, "pageNo": page, "pageSize": size})[:-1]
        return Answer(f'{{"code":"00","msg":"成功","datas":{head},"records":[{",".join(bodies)}]}}}}'.encode())


def _reply(code: str, message: str) -> Answer:
    return Answer.json({"code": code, "msg": message, "datas": None})
