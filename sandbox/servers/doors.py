"""The ways in which departments' interfaces let somebody in: tokens, fixed secrets, signatures, or nothing at all."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import time
from datetime import datetime, timedelta
from hashlib import md5
from typing import Any, Protocol

from sandbox.departments import SignIn
from sandbox.servers.web import Answer, Request

TOKENS = "/oauth/token"
SKEW = 600
"""Seconds by which the time of a signed request may be off."""


class Door(Protocol):
    gives_tokens: bool

    def grant(self, request: Request) -> Answer:
        """Answer a request for a token."""
        ...

    def knows(self, request: Request) -> bool:
        """Tell whether a request comes from somebody known."""
        ...

    def forget(self) -> None:
        """Let every token end."""
        ...


def door(kind: SignIn, keys: dict[str, str], life: float) -> Door:
    """Return a door that knows the client of these keys; a token lives `life` seconds."""
    client = keys["client_id"], keys["client_secret"]
    match kind:
        case "oauth2_client":
            return Tokens("client_credentials", client, client, life)
        case "oauth2_password":
            return Tokens("password", client, (keys["app_key"], keys["app_secret"]), life)
        case _:
            return Fixed(kind, *client)


class Tokens:
    """OAuth2 (RFC 6749): bearer tokens for a client, or for a user of one; they live in memory."""

    gives_tokens = True

    def __init__(self, grant: str, client: tuple[str, str], user: tuple[str, str], life: float) -> None:
        self.kind, self.client, self.user, self.life = grant, client, user, life
        self._ends: dict[str, float] = {}

    def grant(self, request: Request) -> Answer:
        form = request.form()
        said = str(form.get("client_id", "")), str(form.get("client_secret", ""))
        scheme, _, basic = (request.headers.get("Authorization") or "").partition(" ")
        if scheme == "Basic":
            try:
                login, _, password = base64.b64decode(basic).decode().partition(":")
                said = login, password
            except (binascii.Error, UnicodeDecodeError):
                said = "", ""
        if not _same(said, self.client):
            return Answer.json({"error": "invalid_client"}, 401)
        if form.get("grant_type") != self.kind:
            return Answer.json({"error": "unsupported_grant_type"}, 400)
        if self.kind == "password" and not _same((form.get("username"), form.get("password")), self.user):
            return Answer.json({"error": "invalid_grant"}, 400)
        token = secrets.token_urlsafe(24)
        self._ends[token] = time.time() + self.life
        return Answer.json({"access_token": token, "token_type": "Bearer", "expires_in": int(self.life)})

    def knows(self, request: Request) -> bool:
        scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
        return scheme == "Bearer" and self._ends.get(token, 0.0) >= time.time()

    def forget(self) -> None:
        self._ends.clear()


class Fixed:
    """A secret that does not end, sent with each request or signing it."""

    gives_tokens = False

    def __init__(self, kind: SignIn, login: str, password: str) -> None:
        self.kind, self.login, self.password = kind, login, password

    def grant(self, request: Request) -> Answer:
        return Answer.json({"error": "unsupported_grant_type"}, 400)

    def knows(self, request: Request) -> bool:
        match self.kind:
            case "none":
                return True
            case "bearer":
                return _same((request.headers.get("Authorization"),), (f"Bearer {self.password}",))
            case "api_key":
                return _same((request.query.get("apikey"),), (self.password,))
            case _:
                return self._signed({**request.query, **request.form()})

    def _signed(self, fields: dict[str, Any]) -> bool:
        """The signature over all parameters that are filled, sorted by name: `a=1&b=2&key=SECRET` by MD5 in upper-case
        hexadecimal, or `a1b2` by an HMAC in hexadecimal (MD5) or Base64 (SHA-1)."""
        said = fields.pop("sign", None)
        if fields.get("appKey") != self.login or not _is_now(str(fields.get("timestamp"))):
            return False
        filled = sorted((name, str(value)) for name, value in fields.items() if value)
        bare, key = "".join(map("".join, filled)).encode(), self.password.encode()
        match self.kind:
            case "md5":
                pairs = "&".join(f"{name}={value}" for name, value in [*filled, ("key", self.password)])
                wanted = md5(pairs.encode()).hexdigest().upper()
            case "hmac_md5":
                wanted = hmac.digest(key, bare, "md5").hex()
            case _:
                wanted = base64.b64encode(hmac.digest(key, bare, "sha1")).decode()
        return _same((said,), (wanted,))

    def forget(self) -> None:
        pass


def _same(said: tuple[Any, ...], wanted: tuple[str, ...]) -> bool:
    pairs = zip(said, wanted, strict=True)
    return all(hmac.compare_digest(str(one or "").encode(), other.encode()) for one, other in pairs)


def _is_now(text: str) -> bool:
    """Tell whether a time, milliseconds since 1970 or YYYY-MM-DD HH:MM:SS in Shanghai, is that of a real clock."""
    try:
        at = int(text) / 1000 if text.isdigit() else (datetime.fromisoformat(text) - EPOCH) / timedelta(seconds=1)
    except ValueError:
        return False
    return abs(at - time.time()) < SKEW


EPOCH = datetime(1970, 1, 1, 8)  # in Shanghai
