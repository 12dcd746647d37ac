"""The loopback endpoint through which `hub sandbox` speaks to its daemon."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable
from typing import Any

from sandbox.servers.web import Answer, Request

Action = Callable[[dict[str, Any]], dict[str, Any]]


class Control:
    """Named actions, guarded by a token that only the owner of the home can read; one at a time."""

    def __init__(self, token: str, actions: dict[str, Action]) -> None:
        self.token, self.actions = token, actions
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Answer | None:
        if not hmac.compare_digest(request.headers.get("X-Sandbox-Token") or "", self.token):
            return Answer.json({"error": "not the owner of this sandbox"}, 403)
        action = self.actions.get(request.path.strip("/"))
        if action is None:
            return Answer.json({"error": f"no action {request.path!r}"}, 404)
        try:
            with self._lock:
                return Answer.json(action(request.form()))
        except ValueError as error:
            return Answer.json({"error": str(error)}, 400)
