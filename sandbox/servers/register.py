"""The interfaces of registers: signed requests, HTTP Basic or a key; pages by link, by offset or by number."""

from __future__ import annotations

import base64
import hmac
import time
from urllib.parse import urlencode

from sandbox.answers import KNOWN, SECRET, UNKNOWN, is_secret
from sandbox.faults import SLOW, Faults
from sandbox.registers import Register, RegisterSystem
from sandbox.servers.web import Answer, Request, Stores

OWN = ("X-Ca-Key", "X-Ca-Timestamp", "X-Ca-Nonce")
SIGNATURE, API_KEY = "X-Ca-Signature", "X-Api-Key"
SKEW_MS = 600_000
MOST = 500
NO_END = "9999"


class RegisterApi:
    """One system of registers; every path holds one of them."""

    def __init__(self, stores: Stores, faults: Faults, system: RegisterSystem, login: str, password: str) -> None:
        self.stores, self.faults, self.system = stores, faults, system
        self.login, self.password = login, password

    def answer(self, request: Request) -> Answer | None:
        take, name = self.faults.take, self.system.system
        if take(name, "unreachable"):
            return None
        if take(name, "wrong_password") or not self._known(request):
            return Answer.json({"code": "401", "message": "who is asking is not known"}, 401)
        for dataset, register in self.system.registers.items():
            if register.asked == request.path:
                return self._one(dataset, register, request)
        if request.path not in self.system.paths:
            return Answer.json({"code": "404", "message": "no such register"}, 404)
        if take(name, "slow"):
            time.sleep(SLOW)
        if take(name, "http_500"):
            return Answer.json({"code": "500", "message": "internal error"}, 500)
        try:
            return self._page(self.system.paths[request.path], request)
        except ValueError:
            return Answer.json({"code": "400", "message": f"pages are of 1 to {MOST} rows, by numbers"}, 400)

    def _known(self, request: Request) -> bool:
        match self.system.sign_in:
            case "signed":
                said, wanted = request.headers.get(SIGNATURE), self._signature(request)
            case "basic":
                credentials = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
                said, wanted = request.headers.get("Authorization"), f"Basic {credentials}"
            case "api_key":
                said, wanted = request.headers.get(API_KEY), self.password
        return wanted is not None and hmac.compare_digest((said or "").encode(), wanted.encode())

    def _signature(self, request: Request) -> str | None:
        """HMAC-SHA256 in Base64 over the parameters and the headers of our own, sorted; None when it is too old."""
        own = {name: request.headers.get(name) or "" for name in OWN}
        at = own["X-Ca-Timestamp"]
        if own["X-Ca-Key"] != self.login or not at.isdigit() or abs(int(at) - time.time() * 1000) > SKEW_MS:
            return None
        pairs = sorted((name, text) for name, text in {**request.query, **own}.items() if text)
        text = "&".join(f"{name}={value}" for name, value in pairs)
        return base64.b64encode(hmac.digest(self.password.encode(), text.encode(), "sha256")).decode()

    def _one(self, dataset: str, register: Register, request: Request) -> Answer:
        """What the register holds of the person with an ID number: name, address and since when."""
        words, store = register.words, self.stores.here()
        id_no = request.query.get(words["id"]) or ""
        if is_secret(self.system.system, id_no):
            return Answer.json({"code": SECRET, "records": []})
        held = store.bodies(self.system.system, dataset, "json_extract(body, '$.' || ?) = ?", words["id"], id_no)
        shown = [{words[name]: body[words[name]] for name in ("name", "address", "registered")} for body in held][:1]
        return Answer.json({"code": KNOWN if shown else UNKNOWN, "records": shown})

    def _page(self, dataset: str, request: Request) -> Answer:
        query = request.query
        since, until = query.get("since") or "", query.get("until") or NO_END
        size = int(query.get("size") or 100)
        numbered = self.system.paging == "page"
        start = (int(query.get("page") or 1) - 1) * size if numbered else int(query.get("from") or 0)
        if not 1 <= size <= MOST or start < 0:
            raise ValueError
        store, name = self.stores.here(), self.system.system
        rows = store.page(name, dataset, since, until, limit=size, offset=start)
        total = store.count(name, dataset, since, until)
        if self.faults.take(name, "empty_delivery"):
            rows, total = [], 0
        return Answer(self._envelope(request, [row[3] for row in rows], total, start + size).encode())

    def _envelope(self, request: Request, bodies: list[str], total: int, following: int) -> str:
        records = f"[{','.join(bodies)}]"
        match self.system.paging:
            case "link":
                link = urlencode({**request.query, "from": following})
                shown = f'"{request.path}?{link}"' if following < total else "null"
                return f'{{"records":{records},"count":{total},"next":{shown}}}'
            case "offset":
                return f'{{"code":0,"total":{total},"rows":{records}}}'
            case "page":
                return f'{{"code":"200","data":{{"list":{records},"total":{total}}}}}'
