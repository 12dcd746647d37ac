"""One request of a signed-in person: the account as it is now, its scope, and the edition it reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request

from hub.scope import Scope, scope
from operations import access_log, users
from operations.store import Store
from portal.published import Published
from portal.reader import Reader
from portal.session import COOKIE, Session, Sessions


class SignInNeeded(Exception):
    """Nobody is signed in; `target` is where to go afterwards."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.location = "/login" + (f"?next={quote(target, safe='')}" if target != "/" else "")


class PasswordChangeNeeded(Exception):
    """The account still has its one-time password."""


@dataclass(frozen=True)
class Parts:
    """What the app holds for all requests."""

    store: Store
    sessions: Sessions
    published: Published


class Visit:
    """A signed-in request. Touching `reader` opens the published version (raises NotPublished)."""

    def __init__(self, request: Request, parts: Parts, session: Session, user: users.User) -> None:
        self.request = request
        self.session = session
        self.user = user
        self.scope: Scope = scope(user)
        self._parts = parts

    @cached_property
    def reader(self) -> Reader:
        return Reader(self._parts.published.edition(), self.scope)

    @property
    def store(self) -> Store:
        """The operations database; what is read from it for a page goes through `scope` too."""
        return self._parts.store

    def log(self, what: str, subject: str, reason: str) -> None:
        """Keep that this person looked something up."""
        access_log.record(self._parts.store, self.user.login, what, subject, reason)

    def close(self) -> None:
        if "reader" in self.__dict__:
            self.reader.close()


def parts_of(request: Request) -> Parts:
    found: Parts = request.app.state.parts
    return found


def session_of(request: Request) -> Session | None:
    return parts_of(request).sessions.read(request.cookies.get(COOKIE))


def account_of(parts: Parts, session: Session | None) -> users.User | None:
    """The account of a session as it is now, so that a changed role counts at once.

    None before sign-in, and once the account is closed, gone, or has another password than when the session began.
    """
    user = users.find(parts.store, session.login) if session and session.login else None
    return user if session and user and not user.closed and user.stamp == session.stamp else None


def signed_in(request: Request) -> tuple[Session, users.User]:
    """The session and its account. Raises SignInNeeded."""
    session = session_of(request)
    user = account_of(parts_of(request), session)
    if session is None or user is None:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise SignInNeeded(target if request.method == "GET" else "/")
    return session, user


def visit(request: Request) -> Iterator[Visit]:
    """Dependency of every page but sign-in. Raises SignInNeeded, PasswordChangeNeeded, Refused."""
    session, user = signed_in(request)
    if user.must_change:
        raise PasswordChangeNeeded
    opened = Visit(request, parts_of(request), session, user)
    try:
        yield opened
    finally:
        opened.close()


SignedIn = Annotated[Visit, Depends(visit)]
