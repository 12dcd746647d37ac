"""Who is at the other end: a signed cookie, a CSRF token inside it, and a brake on guessing passwords."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer

from operations import keys
from operations.settings import Settings

COOKIE = "hub_session"
LIFETIME = timedelta(hours=8)  # one working day; then sign in again


@dataclass(frozen=True)
class Session:
    """What the cookie says. `login` is empty before sign-in; `csrf` must come back with every POST; `stamp` is the
    account's when it signed in (operations.users.User)."""

    login: str
    csrf: str
    stamp: str


class Sessions:
    """Signs session cookies with the home's newest `session` key, and reads those of each; nothing in them is secret.

    Keys are looked up each time, so that a rotation counts at once. It signs nobody out; to destroy the old key does.
    """

    def __init__(self, settings: Settings) -> None:
        keys.key(settings, "session")  # made on first use
        self._settings = settings

    def _serializer(self) -> URLSafeTimedSerializer:
        held = [keys.secret(self._settings, name) for name in keys.versions(self._settings, "session")]
        return URLSafeTimedSerializer(held, salt="portal", signer_kwargs={"digest_method": hashlib.sha256})

    def issue(self, login: str = "", stamp: str = "") -> tuple[Session, str]:
        """A new session and its cookie value; every sign-in gets a new one, so a planted cookie is worth nothing."""
        session = Session(login, secrets.token_urlsafe(24), stamp)
        return session, self._serializer().dumps(asdict(session))

    def read(self, cookie: str | None) -> Session | None:
        """The session of a cookie, or None when it is absent, forged or older than LIFETIME."""
        if not cookie:
            return None
        try:
            content: Any = self._serializer().loads(cookie, max_age=int(LIFETIME.total_seconds()))
        except BadSignature:
            return None
        return Session(str(content["login"]), str(content["csrf"]), str(content.get("stamp", "")))


def same_token(session: Session | None, given: str) -> bool:
    return session is not None and secrets.compare_digest(session.csrf.encode(), given.encode())


def local_path(target: str) -> str:
    """`target` when it is a path of this portal, else "/" (a sign-in never forwards to another host)."""
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target
    if parts.scheme or parts.netloc or not plain or any(ord(letter) < 32 for letter in target):
        return "/"
    return target


class Attempts:
    """Counts failed sign-ins per login and per client address in a sliding window, in this process.

    The portal is one process; a restart forgets the count, which argon2 makes affordable.
    """

    PER_LOGIN = 5
    PER_ADDRESS = 30
    WINDOW = 15 * 60.0  # seconds

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[str, deque[float]] = {}

    def begin(self, login: str, address: str) -> bool:
        """Whether a password may be tried now. It counts as a failure until it has `succeeded`: of passwords that are
        tried at the same time each would find that none has failed yet."""
        with self._lock:
            of_login, of_address = _counted(login, address)
            if self._count(of_login) >= self.PER_LOGIN or self._count(of_address) >= self.PER_ADDRESS:
                return False
            for name in (of_login, of_address):
                self._failures.setdefault(name, deque(maxlen=self.PER_ADDRESS)).append(self._clock())
            if len(self._failures) > 10_000:
                self._failures = {n: times for n, times in self._failures.items() if self._count(n)}
            return True

    def succeeded(self, login: str, address: str) -> None:
        """Forget the failures of the login, and of the address the one that was none."""
        with self._lock:
            of_login, of_address = _counted(login, address)
            self._failures.pop(of_login, None)
            if times := self._failures.get(of_address):
                times.pop()

    def _count(self, name: str) -> int:
        times = self._failures.get(name)
        while times and self._clock() - times[0] > self.WINDOW:
            times.popleft()
        return len(times) if times else 0


def _counted(login: str, address: str) -> tuple[str, str]:
    return "login " + login, "from " + address
