"""Signing in: what every way has in common, and which one a declaration means.

What a source hands out for a while is kept in the operations database, so that all processes share one secret: at
the gateway, two that renew on their own invalidate each other.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import requests

from connectors.errors import AuthError
from operations.credentials import Credentials
from operations.limits import Secrets
from schemas.declared.rest_auth import (
    ApiKeyAuth,
    BasicAuth,
    BearerAuth,
    NoAuth,
    OAuth2Client,
    OAuth2Password,
    RestAuth,
    SignedRequests,
    ZjGateway,
)

Token = dict[str, Any]
Send = Callable[[requests.Request], requests.Response]

RENEW_BEFORE = 60
"""Seconds before its end at which a token is renewed, so that a slow request does not outlive it."""


class Auth(Protocol):
    """A way to sign in. `secret_params` are query parameters of its own, which no stored link may keep."""

    secret_params: frozenset[str]

    def token(self) -> Token:
        """What signs a request now, renewed if it is about to end. Raises AuthError or UnreachableError."""
        ...

    def renew(self, refused: Token) -> Token:
        """Another token than the refused one."""
        ...

    def sign(self, request: requests.Request, token: Token) -> None:
        """Add what the source wants to see to a request."""
        ...

    def refuses(self, status: int, code: str | None) -> bool:
        """Whether a reply says that the token is no longer good."""
        ...


@dataclass(frozen=True)
class Visit:
    """Who we are at one system, and how a request for a token is sent there."""

    system: str
    base_url: str
    credentials: Credentials
    secrets: Secrets
    send: Send

    @property
    def login(self) -> str:
        return self.credentials.login or ""

    @property
    def password(self) -> str:
        return self.credentials.password or ""

    def refused(self, place: str, message: str) -> AuthError:
        """The error of a source that does not know us."""
        return AuthError(self.system, None, place, message, fix_connection(self.system))


def open_auth(declared: RestAuth, visit: Visit) -> Auth:
    """The declared way to sign in. Raises AuthError when the connection lacks what it needs."""
    from connectors.rest.fixed import FixedAuth
    from connectors.rest.gateway import GatewayAuth
    from connectors.rest.oauth import OAuthAuth
    from connectors.rest.signing import SignedAuth

    needs_login = not isinstance(declared, NoAuth | BearerAuth | ApiKeyAuth)
    if not isinstance(declared, NoAuth) and (not visit.password or (needs_login and not visit.login)):
        lacks = "login or password" if needs_login else "password"
        raise visit.refused(visit.base_url, f"the connection has no {lacks}")
    match declared:
        case NoAuth() | BasicAuth() | BearerAuth() | ApiKeyAuth():
            return FixedAuth(declared, visit)
        case OAuth2Client() | OAuth2Password():
            return OAuthAuth(declared, visit)
        case SignedRequests():
            return SignedAuth(declared, visit)
        case ZjGateway():
            return GatewayAuth(declared, visit)


def basic(login: str, password: str) -> dict[str, str]:
    """The header of HTTP Basic, in UTF-8 (RFC 7617, 2.1); requests would write it in Latin-1, which has no Chinese."""
    return {"Authorization": "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()}


def renew_at(now: int, ends: int) -> int:
    """When to renew a token (ms): a minute before its end, or at half its life if that is short."""
    return ends - min(RENEW_BEFORE * 1000, (ends - now) // 2)


def json_object(response: requests.Response) -> dict[str, Any]:
    """The JSON object of an answer; an empty one where it holds none."""
    try:
        found = response.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def fix_connection(system: str) -> str:
    """What to do when a source refuses us."""
    return f"correct login and password in AIRFLOW_CONN_{system.upper()}"


def now_ms() -> int:
    """Unix milliseconds by our clock."""
    return round(time.time() * 1000)
