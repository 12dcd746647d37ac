"""A fault of the portal itself: its traceback goes into the private zone, because it may quote values."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.steps import faults_log, keep_traceback
from operations.settings import Settings

log = logging.getLogger("portal")


class Faults:
    """Answers what no handler has answered. Plain ASGI: what Starlette answers so goes on to the server, which prints
    it."""

    def __init__(self, app: ASGIApp, settings: Settings, answer: Callable[[Request], Response]) -> None:
        self._app = app
        self._settings = settings
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def told(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, told)
        except Exception as error:
            if scope["type"] != "http":
                raise
            name, kept = type(error).__name__, faults_log(self._settings)
            log.error("%s %s failed: %s; %s has the traceback", scope["method"], scope["path"], name, kept)
            keep_traceback(self._settings, error)
            if not begun:
                await self._answer(Request(scope))(scope, receive, send)
