"""Signing in: the Zhejiang gateway's rotating secrets, and OAuth 2 client credentials.

Both keep what the source hands out in the operations database, so that all processes share one secret: at the
gateway, two that renew on their own invalidate each other.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

import requests

from connectors.errors import AuthError, ProtocolError
from operations.credentials import Credentials
from operations.limits import Secrets
from schemas.declared.rest import OAuth2Client, ZjGateway

Token = dict[str, Any]
Send = Callable[[requests.Request], requests.Response]

ISSUE_PATH = "/gateway/app/refreshTokenByKey.htm"
RENEW_PATH = "/gateway/app/refreshTokenBySec.htm"

RENEW_BEFORE = 60
"""Seconds before its end at which a token is renewed, so that a slow request does not outlive it."""

_SKEW_WORTH_NOTING = 1500
"""Milliseconds. A `Date` header has whole seconds, so a smaller difference may be none."""


class Auth(Protocol):
    """A way to sign in."""

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


def open_auth(
    system: str,
    declared: ZjGateway | OAuth2Client,
    base_url: str,
    credentials: Credentials,
    secrets: Secrets,
    send: Send,
) -> Auth:
    """The declared way to sign in. Raises AuthError when the connection lacks login or password."""
    if not credentials.login or not credentials.password:
        raise AuthError(system, None, base_url, "the connection has no login or password", _fix_connection(system))
    match declared:
        case ZjGateway():
            return GatewayAuth(system, declared, base_url, credentials, secrets, send)
        case OAuth2Client():
            return OAuthAuth(system, declared, base_url, credentials, secrets, send)


def gateway_sign(app_key: str, secret: str, request_time: int) -> str:
    """The gateway's signature: md5 in lower hex over UTF-8 text; `request_time` is Unix milliseconds.

    Found in several independent clients of the province's data gateway.
    """
    return hashlib.md5(f"{app_key}{secret}{request_time}".encode()).hexdigest()


class GatewayAuth:
    """Zhejiang's data gateway: requestSecret (15 minutes) and refreshSecret (48 hours), both rotating."""

    def __init__(
        self,
        system: str,
        declared: ZjGateway,
        base_url: str,
        credentials: Credentials,
        secrets: Secrets,
        send: Send,
    ) -> None:
        self._system = system
        self._declared = declared
        self._base_url = base_url
        self._app_key = credentials.login or ""
        self._app_secret = credentials.password or ""
        self._secrets = secrets
        self._send = send
        self._scope = f"zj_gateway {base_url} {self._app_key}"

    def token(self) -> Token:
        """The shared secrets, when to renew them (ms, the gateway's clock), and the clock difference (ms)."""
        held = self._secrets.get(self._scope)
        if held is not None and _now_ms() + held["skew"] < held["request_renew_at"]:
            return held
        return self._secrets.renew(self._scope, self._next, stale=held)

    def renew(self, refused: Token) -> Token:
        """New secrets, unless another process has already fetched them."""
        return self._secrets.renew(self._scope, self._next, stale=refused)

    def sign(self, request: requests.Request, token: Token) -> None:
        """appKey, requestTime and sign in the query; the statutory reason beside the other parameters."""
        reason = {"additional": json.dumps(self._declared.additional, ensure_ascii=False)}
        request.params = {**request.params, **self._signature(token["request_secret"], token["skew"])}
        if request.json is None:
            request.params |= reason
        else:
            request.json = {**request.json, **reason}

    def refuses(self, status: int, code: str | None) -> bool:
        """By the code within HTTP 200."""
        return status == 401 or code in self._declared.refused

    def _next(self, held: Token | None) -> Token:
        if held is not None and _now_ms() + held["skew"] < held["refresh_renew_at"]:
            renewed = self._call(RENEW_PATH, held["refresh_secret"], held["skew"])
            if renewed is not None:
                return renewed
        fresh = self._call(ISSUE_PATH, self._app_secret, held["skew"] if held else 0)
        if fresh is None:
            raise AuthError(
                self._system,
                None,
                self._base_url + ISSUE_PATH,
                "the gateway refuses this appKey and appSecret",
                _fix_connection(self._system),
            )
        return fresh

    def _call(self, path: str, secret: str, skew: int) -> Token | None:
        """Secrets for a secret, or None if it is refused; tried again once by the gateway's own clock."""
        for _ in range(2):
            request = requests.Request("GET", self._base_url + path, params=self._signature(secret, skew))
            response = self._send(request)
            measured = _clock_difference(response, skew)
            found = _object(response)
            if found.get("code") == "00":
                return self._token(found.get("datas"), measured, path)
            if measured == skew:
                return None
            skew = measured
        return None

    def _token(self, datas: Any, skew: int, path: str) -> Token:
        now = _now_ms() + skew
        try:
            return {
                "request_secret": str(datas["requestSecret"]),
                "request_renew_at": _renew_at(now, int(datas["requestSecretEndTime"])),
                "refresh_secret": str(datas["refreshSecret"]),
                "refresh_renew_at": _renew_at(now, int(datas["refreshSecretEndTime"])),
                "skew": skew,
            }
        except (KeyError, TypeError, ValueError):
            raise ProtocolError(
                self._system,
                None,
                self._base_url + path,
                "the gateway's token reply lacks a secret or its end time",
                "compare it with the gateway's interface document",
            ) from None

    def _signature(self, secret: str, skew: int) -> dict[str, str]:
        at = _now_ms() + skew
        return {
            "appKey": self._app_key,
            "requestTime": str(at),
            "sign": gateway_sign(self._app_key, secret, at),
        }


class OAuthAuth:
    """OAuth 2 client credentials: a bearer token, fetched anew when it ends or is refused."""

    def __init__(
        self,
        system: str,
        declared: OAuth2Client,
        base_url: str,
        credentials: Credentials,
        secrets: Secrets,
        send: Send,
    ) -> None:
        self._system = system
        self._url = base_url + declared.token_path
        self._client = (credentials.login or "", credentials.password or "")
        self._secrets = secrets
        self._send = send
        self._scope = f"oauth2_client {self._url} {self._client[0]}"

    def token(self) -> Token:
        """The shared bearer token, and when to renew it (Unix milliseconds by our clock)."""
        held = self._secrets.get(self._scope)
        if held is not None and _now_ms() < held["renew_at"]:
            return held
        return self._secrets.renew(self._scope, self._next, stale=held)

    def renew(self, refused: Token) -> Token:
        """A new token, unless another process has already fetched one."""
        return self._secrets.renew(self._scope, self._next, stale=refused)

    def sign(self, request: requests.Request, token: Token) -> None:
        """A bearer token in the header (RFC 6750, 2.1)."""
        request.headers = {**request.headers, "Authorization": f"Bearer {token['bearer']}"}

    def refuses(self, status: int, code: str | None) -> bool:
        """By the HTTP status."""
        return status == 401

    def _next(self, held: Token | None) -> Token:
        request = requests.Request("POST", self._url, data={"grant_type": "client_credentials"}, auth=self._client)
        asked_at = _now_ms()
        response = self._send(request)
        found = _object(response)
        if response.status_code in (400, 401, 403):
            raise AuthError(
                self._system, None, self._url, "this client id and secret are refused", _fix_connection(self._system)
            )
        try:
            ends = asked_at + int(found["expires_in"]) * 1000
            return {"bearer": str(found["access_token"]), "renew_at": _renew_at(asked_at, ends)}
        except (KeyError, TypeError, ValueError):
            raise ProtocolError(
                self._system,
                None,
                self._url,
                "the token reply lacks access_token or expires_in",
                "check token_path in the declaration",
            ) from None


def _renew_at(now: int, ends: int) -> int:
    """When to renew a token (ms): a minute before its end, or at half its life if that is short."""
    return ends - min(RENEW_BEFORE * 1000, (ends - now) // 2)


def _clock_difference(response: requests.Response, known: int) -> int:
    """The source's clock minus ours in ms by its Date header; `known` where it is missing or the same."""
    try:
        theirs = parsedate_to_datetime(response.headers["Date"]).timestamp() * 1000
    except (KeyError, ValueError):
        return known
    measured = round(theirs - _now_ms())
    return known if abs(measured - known) <= _SKEW_WORTH_NOTING else measured


def _object(response: requests.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _fix_connection(system: str) -> str:
    return f"correct login and password in AIRFLOW_CONN_{system.upper()}"


def _now_ms() -> int:
    return round(time.time() * 1000)
