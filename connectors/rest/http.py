"""One request after another: rate limit, signature, retry, and what a bad answer means."""

from __future__ import annotations

import threading
import time
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from connectors import json_rows
from connectors.errors import AuthError, ConnectorError, ProtocolError, UnreachableError
from connectors.json_rows import BrokenJsonError, Reply, code_of
from connectors.rest.auth import Token, open_auth
from connectors.retry import retried
from operations.credentials import Credentials
from operations.limits import Limiter, Secrets
from operations.store import Store
from schemas.declared.rest import RestDataset, RestSource

RENEWALS = 3
"""How often one request is signed anew. More than once, because a renewal for another request may come between."""

TIMEOUT = (10, 60)
"""Seconds to connect, and between two bytes of an answer."""


class Http:
    """Asks one system; safe to share between threads, each of which has its own connections."""

    def __init__(self, system: str, source: RestSource, base_url: str, credentials: Credentials, store: Store) -> None:
        self.system = system
        self.in_flight = source.in_flight
        self._source = source
        self._base_url = base_url.rstrip("/")
        self._limiter = Limiter(store)
        self._threads = threading.local()
        self._opened: list[requests.Session] = []
        self._auth = open_auth(system, source.auth, self._base_url, credentials, Secrets(store), self._send_for_token)

    def place(self, dataset: RestDataset) -> str:
        """The address of a dataset, without its parameters."""
        return self._base_url + dataset.request.path

    def ask(self, dataset: RestDataset, parameters: dict[str, Any]) -> Reply:
        """A good reply, cut into rows. A code that means "nothing found" gives no rows.

        Raises AuthError, UnreachableError or ProtocolError once retries are used up.
        """
        return retried(lambda: self._ask(dataset, parameters), self._source.retry.attempts)

    def close(self) -> None:
        """Close every thread's connections."""
        for session in self._opened:
            session.close()

    def _ask(self, dataset: RestDataset, parameters: dict[str, Any]) -> Reply:
        token = self._auth.token()
        for _ in range(RENEWALS):
            reply = self._signed(dataset, parameters, token)
            if reply is not None:
                return reply
            # The token ended, or another process renewed it, while this page was on its way: same page again.
            token = self._auth.renew(token)
        raise AuthError(
            self.system,
            dataset.name,
            self.place(dataset),
            "the source refuses tokens that it has just handed out",
            f"check request.path in the declaration, and ask whether {self.system} may read this interface",
        )

    def _signed(self, dataset: RestDataset, parameters: dict[str, Any], token: Token) -> Reply | None:
        """A good reply; None if it says that the token is no longer good."""
        posted = dataset.request.method == "POST"
        request = requests.Request(
            dataset.request.method,
            self.place(dataset),
            params={} if posted else parameters,
            json=parameters if posted else None,
        )
        self._auth.sign(request, token)
        response = self._send(request, dataset.name)
        if self._auth.refuses(response.status_code, None):
            return None
        self._check_status(dataset, response)
        try:
            reply = json_rows.cut(response.content, dataset.rows)
        except BrokenJsonError as error:
            raise ProtocolError(
                self.system,
                dataset.name,
                self.place(dataset),
                f"broken JSON: {error}",
                "nothing of this page was kept; if it happens again, send the department this message",
                retryable=True,
            ) from None
        code = code_of(reply, dataset.success.field)
        if code == dataset.success.equals:
            return reply
        if code in dataset.success.empty:
            return Reply([], {})
        if self._auth.refuses(200, code):
            return None
        raise ProtocolError(
            self.system,
            dataset.name,
            self.place(dataset),
            f"the source answers {dataset.success.field}={code}",
            "look the code up in the interface document, and compare the parameters in the declaration",
            retryable=code in dataset.success.retry,
        )

    def _send_for_token(self, request: requests.Request) -> requests.Response:
        response = self._send(request, None)
        if response.status_code in self._source.retry.statuses:
            raise self._busy(None, str(request.url), response)
        return response

    def _send(self, request: requests.Request, dataset: str | None) -> requests.Response:
        """One request on the wire, at its turn. Errors are raised without their cause, whose text has the URL."""
        self._limiter.wait(self.system, self._source.rate_limit)
        session = self._session()
        try:
            return session.send(session.prepare_request(request), timeout=TIMEOUT, allow_redirects=False)
        except requests.Timeout:
            raise self._unreachable(dataset, request, "no answer in time") from None
        except requests.exceptions.ChunkedEncodingError:
            raise self._unreachable(dataset, request, "the answer broke off") from None
        except requests.RequestException as error:
            raise self._unreachable(dataset, request, f"no connection ({type(error).__name__})") from None

    def _unreachable(self, dataset: str | None, request: requests.Request, message: str) -> UnreachableError:
        return UnreachableError(
            self.system,
            dataset,
            str(request.url),
            message,
            "check the address and the way through the firewall; the next run goes on from here",
            retryable=True,
        )

    def _busy(self, dataset: str | None, place: str, response: requests.Response) -> UnreachableError:
        return UnreachableError(
            self.system,
            dataset,
            place,
            f"HTTP {response.status_code}",
            "the source is busy or down; the next run goes on from here",
            retryable=True,
            retry_after=_retry_after(response),
        )

    def _check_status(self, dataset: RestDataset, response: requests.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        place = self.place(dataset)
        if status in self._source.retry.statuses:
            raise self._busy(dataset.name, place, response)
        known: type[ConnectorError] = AuthError if status in (401, 403) else ProtocolError
        remedy = (
            "ask the department whether this connection may read this interface"
            if known is AuthError
            else "compare base_url and request.path in the declaration with the interface document"
        )
        raise known(self.system, dataset.name, place, f"HTTP {status}", remedy)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = requests.Session()
            session.headers["Accept"] = "application/json"
            self._threads.session = session
            self._opened.append(session)
        return session


def _retry_after(response: requests.Response) -> float | None:
    """Seconds of a Retry-After header in either of its forms (RFC 9110, 10.2.3)."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
