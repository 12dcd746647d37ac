"""One request on the wire, at its turn: rate, quota and breaker of the host, connections, and what is no answer."""

from __future__ import annotations

import threading
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests

from connectors.errors import RestraintError, UnreachableError
from operations.breakers import Breaker
from operations.limits import Limiter
from operations.quotas import Quotas
from operations.store import Store
from schemas.declared.rest import RestSource

TIMEOUT = (10, 60)
"""Seconds to connect, and between two bytes of an answer."""

requests.models.CONTENT_CHUNK_SIZE = 1 << 20
"""Bytes in which a body is put together. In the library's pieces of 10 KiB that costs more than receiving it."""

BROKEN = 500
"""From this status on a source is not well. One that answers 429 is, and only busy."""


class Sender:
    """Sends to one host; safe to share between threads, each of which has its own connections."""

    def __init__(self, system: str, source: RestSource, base_url: str, store: Store) -> None:
        self._system = system
        self._source = source
        self._host = urlsplit(base_url).netloc.rpartition("@")[2]
        self._proxies: dict[str, dict[str, str]] = {}
        self._limiter = Limiter(store)
        self._quotas = Quotas(store)
        declared = source.breaker
        self._breaker = Breaker(store, self._host, declared.failures, declared.pause) if declared else None
        self._threads = threading.local()
        self._opened: list[requests.Session] = []

    def send(self, request: requests.Request, dataset: str | None) -> requests.Response:
        """The answer, whatever its status, unless that is one to be tried again after.

        Raises RestraintError without asking, and UnreachableError where there is no answer or a busy one. Errors
        are raised without their cause, whose text has the URL and with it the signature.
        """
        self._admit(request, dataset)
        self._limiter.wait(self._host, self._source.rate_limit)
        session = self._session()
        # As UTF-8: text would be sent as Latin-1, and a key or a login may be Chinese.
        request.headers = {name: str(text).encode() for name, text in request.headers.items()}
        try:
            prepared, proxies = session.prepare_request(request), self._proxies_to(str(request.url))
            response = session.send(prepared, timeout=TIMEOUT, allow_redirects=False, proxies=proxies)
        except requests.Timeout:
            raise self._unreachable(dataset, request, "no answer in time") from None
        except requests.exceptions.ChunkedEncodingError:
            raise self._unreachable(dataset, request, "the answer broke off") from None
        except requests.RequestException as error:
            raise self._unreachable(dataset, request, f"no connection ({type(error).__name__})") from None
        self._note(response)
        if response.status_code in self._source.retry.statuses:
            raise self._busy(dataset, request, response)
        return response

    def close(self) -> None:
        """Close every thread's connections."""
        for session in self._opened:
            session.close()

    def _admit(self, request: requests.Request, dataset: str | None) -> None:
        place = str(request.url)
        if self._breaker is not None and (left := self._breaker.admit()) is not None:
            raise RestraintError(
                self._system,
                dataset,
                place,
                f"{left.failures} attempts in a row failed at this host (the last: {left.cause}), so nobody asks it "
                f"before {left.until}",
                "the first run after that tries it once; check the address and the source meanwhile",
            )
        quota = self._source.quota
        if quota is not None and (again := self._quotas.take(self._host, quota)) is not None:
            raise RestraintError(
                self._system,
                dataset,
                place,
                f"the quota of {quota} requests a day is used up until {again}",
                "the first run after that goes on from here; ask the department for more if this happens often",
            )

    def _unreachable(self, dataset: str | None, request: requests.Request, message: str) -> UnreachableError:
        if self._breaker is not None:
            self._breaker.failed(message)
        return UnreachableError(
            self._system,
            dataset,
            str(request.url),
            message,
            "check the address and the way through the firewall; the next run goes on from here",
            retryable=True,
        )

    def _busy(self, dataset: str | None, request: requests.Request, response: requests.Response) -> UnreachableError:
        return UnreachableError(
            self._system,
            dataset,
            str(request.url),
            f"HTTP {response.status_code}",
            "the source is busy or down; the next run goes on from here",
            retryable=True,
            retry_after=retry_after(response),
        )

    def _note(self, response: requests.Response) -> None:
        """Tell the breaker how the source is."""
        if self._breaker is None:
            return
        if response.status_code >= BROKEN:
            self._breaker.failed(f"HTTP {response.status_code}")
        else:
            self._breaker.succeeded()

    def _proxies_to(self, url: str) -> dict[str, str]:
        """What the environment names for a host, looked for once: it would be a quarter of what a request costs."""
        host = urlsplit(url).netloc
        if host not in self._proxies:
            self._proxies[host] = requests.utils.get_environ_proxies(url)
        return self._proxies[host]

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False  # else the login of a .netrc would take the place of ours
            self._threads.session = session
            self._opened.append(session)
        return session


def retry_after(response: requests.Response) -> float | None:
    """Seconds of a Retry-After header in either of its forms (RFC 9110, 10.2.3)."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
