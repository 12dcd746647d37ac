"""OAuth 2: a bearer token for a client, or for a user of it, fetched anew when it ends or is refused."""

from __future__ import annotations

import requests

from connectors.errors import ProtocolError
from connectors.rest.auth import Token, Visit, basic, json_object, now_ms, renew_at
from schemas.declared.rest_auth import OAuth2Client, OAuth2Password


class OAuthAuth:
    """Both grants give the same kind of token; only the request for it differs."""

    secret_params: frozenset[str] = frozenset()

    def __init__(self, declared: OAuth2Client | OAuth2Password, visit: Visit) -> None:
        self._declared = declared
        self._visit = visit
        self._url = visit.base_url + declared.token_path
        self._scope = f"{declared.kind} {self._url} {visit.login}"

    def token(self) -> Token:
        """The shared bearer token, and when to renew it (Unix milliseconds by our clock)."""
        held = self._visit.secrets.get(self._scope)
        if held is not None and now_ms() < held["renew_at"]:
            return held
        return self._visit.secrets.renew(self._scope, self._next, stale=held)

    def renew(self, refused: Token) -> Token:
        """A new token, unless another process has already fetched one."""
        return self._visit.secrets.renew(self._scope, self._next, stale=refused)

    def sign(self, request: requests.Request, token: Token) -> None:
        """A bearer token in the header (RFC 6750, 2.1)."""
        request.headers = {**request.headers, "Authorization": f"Bearer {token['bearer']}"}

    def refuses(self, status: int, code: str | None) -> bool:
        """By the HTTP status."""
        return status == 401

    def _next(self, held: Token | None) -> Token:
        asked_at = now_ms()
        response = self._visit.send(self._request())
        found = json_object(response)
        if response.status_code in (400, 401, 403):
            raise self._visit.refused(self._url, "this client id and secret, or login and password, are refused")
        try:
            ends = asked_at + int(found["expires_in"]) * 1000
            return {"bearer": str(found["access_token"]), "renew_at": renew_at(asked_at, ends)}
        except (KeyError, TypeError, ValueError):
            raise ProtocolError(
                self._visit.system,
                None,
                self._url,
                "the token reply lacks access_token or expires_in",
                "check token_path in the declaration",
            ) from None

    def _request(self) -> requests.Request:
        login, password, extra = self._visit.login, self._visit.password, self._visit.credentials.extra
        if isinstance(self._declared, OAuth2Client):
            form = {"grant_type": "client_credentials"}
            return requests.Request("POST", self._url, data=form, headers=basic(login, password))
        form = {"grant_type": "password", "username": login, "password": password}
        client = basic(str(extra["client_id"]), str(extra.get("client_secret", ""))) if "client_id" in extra else {}
        return requests.Request("POST", self._url, data=form, headers=client)
