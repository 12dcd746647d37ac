"""petition_hotline, and the departments that are asked as it is: over HTTP, for what has changed since a moment."""

from __future__ import annotations

import time

from sandbox.answers import told
from sandbox.departments import Api, Department
from sandbox.faults import SLOW, Faults, altered_texts
from sandbox.registers import paths_beside
from sandbox.servers.doors import TOKENS, Door
from sandbox.servers.pages import BadQuestionError, Find, Found, Wanted, handed_out
from sandbox.servers.web import Answer, Request, Stores

SYSTEM = "petition_hotline"
PATHS = {"/api/v2/work-orders": "work_orders", "/api/v2/transfers": "transfers",
         "/api/v2/evaluations": "evaluations", "/api/v2/visits": "visits"}  # fmt: skip


class Interface:
    """One system behind its door; every path hands out one dataset in the way of the system."""

    def __init__(self, stores: Stores, faults: Faults, door: Door, department: Department | None = None) -> None:
        self.stores, self.faults, self.door, self.department = stores, faults, door, department
        self.system = department.system if department else SYSTEM
        self.paths = {department.place: department.dataset, **paths_beside(self.system)} if department else PATHS
        self.paging = (department.api if department else Api()).paging

    def answer(self, request: Request) -> Answer | None:
        if self.faults.take(self.system, "unreachable"):
            return None
        if self.door.gives_tokens and request.path == TOKENS:
            refused = self.faults.take(self.system, "wrong_password")
            return Answer.json({"error": "invalid_client"}, 401) if refused else self.door.grant(request)
        told_at = self.department.asked.place if self.department and self.department.asked else None
        if request.path not in (told_at, *self.paths):
            return _refuse(404, "NOT_FOUND", "no such resource")
        if not self._lets_in(request):
            return _refuse(401, "TOKEN_EXPIRED", "who is asking is unknown, or the token expired")
        if self.faults.take(self.system, "slow"):
            time.sleep(SLOW)
        if self.faults.take(self.system, "http_500"):
            return _refuse(500, "INTERNAL", "internal error")
        if self.faults.take(self.system, "http_429"):
            return Answer.json({"success": False, "errorCode": "TOO_MANY_REQUESTS"}, 429, Retry_After="1")
        if request.path == told_at:
            return self._one(request)
        try:
            answer = handed_out(self.paging, request, self._finding(self.paths[request.path]))
        except BadQuestionError as error:
            code, _, message = str(error).partition(" ")
            return _refuse(400, code, message)
        if self.faults.take(self.system, "expire_token"):
            self.door.forget()
        if self.faults.take(self.system, "truncated_json"):
            answer.body = answer.body[: len(answer.body) * 2 // 3]
        return answer

    def _lets_in(self, request: Request) -> bool:
        """A door without tokens refuses here what is a wrong password."""
        if not self.door.gives_tokens and self.faults.take(self.system, "wrong_password"):
            return False
        return self.door.knows(request)

    def _one(self, request: Request) -> Answer:
        asked = self.department.asked if self.department else None
        assert asked is not None
        code, record = told(self.stores.here(), self.system, asked, request.query.get(asked.param, ""))
        return Answer.json({"code": code, "data": [record] if record else []})

    def _finding(self, dataset: str) -> Find:
        """Finds records of a dataset in the store, and lets go wrong what shall."""
        store, system, faults = self.stores.here(), self.system, self.faults

        def find(wanted: Wanted) -> Found:
            since, until, limit = wanted.since, wanted.until, wanted.limit
            rows = store.page(
                system, dataset, since, until, limit=limit + 1, offset=wanted.offset, after=wanted.after
            )  # fmt: skip
            total = store.count(system, dataset, since, until)
            if faults.take(system, "empty_delivery"):
                rows, total = [], 0
            more, rows = len(rows) > limit, rows[:limit]
            kinds = faults.take_alterations(system, dataset) if rows else []
            at = store.clean(system, dataset, [row[1] for row in rows]) if kinds else 0
            bodies = altered_texts(system, [row[3] for row in rows], kinds, at)
            return Found(bodies, total + ("duplicate_key" in kinds), rows[-1][:3] if more else None)

        return find


def _refuse(status: int, code: str, message: str) -> Answer:
    return Answer.json({"success": False, "errorCode": code, "errorMessage": message}, status)
