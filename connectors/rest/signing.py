"""Requests signed by a secret over their sorted parameters, a time and a nonce."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import requests

from connectors.cursors import as_parameter
from connectors.rest.auth import Token, Visit
from operations.settings import SHANGHAI
from schemas.declared.rest_auth import SignedRequests


def signature(declared: SignedRequests, parameters: Mapping[str, Any], secret: str) -> str:
    """The signature of parameters: sorted by name, empty values left out, as UTF-8 text."""
    texts = {name: _text(value) for name, value in parameters.items()}
    filled = sorted((name, text) for name, text in texts.items() if text)
    if declared.secret_param is not None:
        filled.append((declared.secret_param, secret))
    pairs = declared.text == "pairs"
    text = ("&" if pairs else "").join(f"{name}={value}" if pairs else name + value for name, value in filled)
    if declared.algorithm == "md5":
        surrounded = text if declared.secret_param is not None else secret + text + secret
        digest = hashlib.md5(surrounded.encode()).digest()
    else:
        digest = hmac.digest(secret.encode(), text.encode(), declared.algorithm.removeprefix("hmac_"))
    match declared.digest:
        case "hex":
            return digest.hex()
        case "upper_hex":
            return digest.hex().upper()
        case "base64":
            return base64.b64encode(digest).decode()


class SignedAuth:
    """No token: every request, and every repetition of one, has its own time, nonce and signature."""

    def __init__(self, declared: SignedRequests, visit: Visit) -> None:
        self._declared = declared
        self._visit = visit
        own = (declared.key_param, declared.time_param, declared.nonce_param, declared.sign_param)
        self.secret_params = frozenset(name for name in own if name is not None)

    def token(self) -> Token:
        """Nothing is handed out."""
        return {}

    def renew(self, refused: Token) -> Token:
        """Nothing to renew; never called, since `refuses` never says so."""
        return refused

    def sign(self, request: requests.Request, token: Token) -> None:
        """Key, time, nonce and signature among the parameters or in the headers."""
        own = self._own()
        sent = {**request.params, **(request.json or {}), **(request.data or {})}
        own[self._declared.sign_param] = signature(self._declared, {**sent, **own}, self._visit.password)
        if self._declared.place == "headers":
            request.headers = {**request.headers, **own}
        elif request.json is not None:
            request.json = {**request.json, **own}
        elif request.data:
            request.data = {**request.data, **own}
        else:
            request.params = {**request.params, **own}

    def refuses(self, status: int, code: str | None) -> bool:
        """False: a refusal is final."""
        return False

    def _own(self) -> dict[str, str]:
        now = datetime.now(SHANGHAI).replace(tzinfo=None)
        found = {
            self._declared.key_param: self._visit.login,
            self._declared.time_param: str(as_parameter(now, self._declared.time_format)),
        }
        if self._declared.nonce_param is not None:
            found[self._declared.nonce_param] = uuid.uuid4().hex
        return found


def _text(value: Any) -> str:
    """A parameter as it is signed: text as it is, nothing as nothing, the rest as compact JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
