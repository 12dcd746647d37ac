"""Zhejiang's data gateway: every request is signed with a secret that rotates."""

from __future__ import annotations

import hashlib
import json
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from connectors.errors import ProtocolError
from connectors.rest.auth import Token, Visit, json_object, now_ms, renew_at
from schemas.declared.rest_auth import ZjGateway

ISSUE_PATH = "/gateway/app/refreshTokenByKey.htm"
RENEW_PATH = "/gateway/app/refreshTokenBySec.htm"

_SKEW_WORTH_NOTING = 1500
"""Milliseconds. A `Date` header has whole seconds, so a smaller difference may be none."""


def gateway_sign(app_key: str, secret: str, request_time: int) -> str:
    """The gateway's signature: md5 in lower hex over UTF-8 text; `request_time` is Unix milliseconds.

    Found in several independent clients of the province's data gateway.
    """
    return hashlib.md5(f"{app_key}{secret}{request_time}".encode()).hexdigest()


class GatewayAuth:
    """Zhejiang's data gateway: requestSecret (15 minutes) and refreshSecret (48 hours), both rotating."""

    secret_params = frozenset({"appKey", "requestTime", "sign"})

    def __init__(self, declared: ZjGateway, visit: Visit) -> None:
        self._declared = declared
        self._visit = visit
        self._scope = f"zj_gateway {visit.base_url} {visit.login}"

    def token(self) -> Token:
        """The shared secrets, when to renew them (ms, the gateway's clock), and the clock difference (ms)."""
        held = self._visit.secrets.get(self._scope)
        if held is not None and now_ms() + held["skew"] < held["request_renew_at"]:
            return held
        return self._visit.secrets.renew(self._scope, self._next, stale=held)

    def renew(self, refused: Token) -> Token:
        """New secrets, unless another process has already fetched them."""
        return self._visit.secrets.renew(self._scope, self._next, stale=refused)

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
        if held is not None and now_ms() + held["skew"] < held["refresh_renew_at"]:
            renewed = self._call(RENEW_PATH, held["refresh_secret"], held["skew"])
            if renewed is not None:
                return renewed
        fresh = self._call(ISSUE_PATH, self._visit.password, held["skew"] if held else 0)
        if fresh is None:
            raise self._visit.refused(
                self._visit.base_url + ISSUE_PATH, "the gateway refuses this appKey and appSecret"
            )
        return fresh

    def _call(self, path: str, secret: str, skew: int) -> Token | None:
        """Secrets for a secret, or None if it is refused; tried again once by the gateway's own clock."""
        for _ in range(2):
            request = requests.Request("GET", self._visit.base_url + path, params=self._signature(secret, skew))
            response = self._visit.send(request)
            measured = _clock_difference(response, skew)
            found = json_object(response)
            if found.get("code") == "00":
                return self._token(found.get("datas"), measured, path)
            if measured == skew:
                return None
            skew = measured
        return None

    def _token(self, datas: Any, skew: int, path: str) -> Token:
        now = now_ms() + skew
        try:
            return {
                "request_secret": str(datas["requestSecret"]),
                "request_renew_at": renew_at(now, int(datas["requestSecretEndTime"])),
                "refresh_secret": str(datas["refreshSecret"]),
                "refresh_renew_at": renew_at(now, int(datas["refreshSecretEndTime"])),
                "skew": skew,
            }
        except (KeyError, TypeError, ValueError):
            raise ProtocolError(
                self._visit.system,
                None,
                self._visit.base_url + path,
                "the gateway's token reply lacks a secret or its end time",
                "compare it with the gateway's interface document",
            ) from None

    def _signature(self, secret: str, skew: int) -> dict[str, str]:
        at = now_ms() + skew
        return {
            "appKey": self._visit.login,
            "requestTime": str(at),
            "sign": gateway_sign(self._visit.login, secret, at),
        }


def _clock_difference(response: requests.Response, known: int) -> int:
    """The source's clock minus ours in ms by its Date header; `known` where it is missing or the same."""
    try:
        theirs = parsedate_to_datetime(response.headers["Date"]).timestamp() * 1000
    except (KeyError, ValueError):
        return known
    measured = round(theirs - now_ms())
    return known if abs(measured - known) <= _SKEW_WORTH_NOTING else measured
