"""Signing in with what does not change: nothing, login and password, a token, a key."""

from __future__ import annotations

import requests

from connectors.rest.auth import Token, Visit, basic
from schemas.declared.rest_auth import ApiKeyAuth, BasicAuth, BearerAuth, NoAuth


class FixedAuth:
    """The same secret with every request. One that is refused cannot be renewed, so nothing here ever is."""

    def __init__(self, declared: NoAuth | BasicAuth | BearerAuth | ApiKeyAuth, visit: Visit) -> None:
        self._headers: dict[str, str] = {}
        self._params: dict[str, str] = {}
        match declared:
            case BasicAuth():
                self._headers = basic(visit.login, visit.password)
            case BearerAuth():
                self._headers = {"Authorization": f"Bearer {visit.password}"}
            case ApiKeyAuth(header=str(header)):
                self._headers = {header: visit.password}
            case ApiKeyAuth(param=str(param)):
                self._params = {param: visit.password}
            case _:
                pass
        self.secret_params = frozenset(self._params)

    def token(self) -> Token:
        """Nothing that ends."""
        return {}

    def renew(self, refused: Token) -> Token:
        """Nothing to renew; never called, since `refuses` never says so."""
        return refused

    def sign(self, request: requests.Request, token: Token) -> None:
        """Add the header or the parameter."""
        request.headers = {**request.headers, **self._headers}
        request.params = {**request.params, **self._params}

    def refuses(self, status: int, code: str | None) -> bool:
        """False: a refusal is final."""
        return False
