"""One page after another: signed, sent, tried again, and what a bad answer means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests

from connectors.errors import AuthError, ConnectorError, ProtocolError
from connectors.json_rows import BrokenJsonError, Reply, code_of
from connectors.rest.asking import linked, question
from connectors.rest.auth import Token, Visit, fix_connection, open_auth
from connectors.rest.bodies import read_body
from connectors.rest.sending import Sender
from connectors.retry import retried
from connectors.xml_rows import BrokenXmlError
from operations.credentials import Credentials
from operations.limits import Secrets
from operations.store import Store
from schemas.declared.rest import RestDataset, RestSource

RENEWALS = 3
"""How often one request is signed anew. More than once, because a renewal for another request may come between."""


class Http:
    """Asks one system; safe to share between threads."""

    def __init__(self, system: str, source: RestSource, base_url: str, credentials: Credentials, store: Store) -> None:
        self.system = system
        self.in_flight = source.in_flight
        self._source = source
        self._base_url = base_url.rstrip("/")
        self._sender = Sender(system, source, self._base_url, store)
        visit = Visit(system, self._base_url, credentials, Secrets(store), lambda one: self._sender.send(one, None))
        self._auth = open_auth(source.auth, visit)

    def place(self, dataset: RestDataset) -> str:
        """The address of a dataset, without its parameters."""
        return self._base_url + dataset.request.path

    def ask(self, dataset: RestDataset, parameters: dict[str, Any]) -> Reply:
        """A good reply, cut into rows. A code that means "nothing found" gives no rows.

        Raises AuthError, UnreachableError, RestraintError or ProtocolError once retries are used up.
        """
        return self._retried(dataset, lambda: question(dataset, self.place(dataset), parameters))

    def follow(self, dataset: RestDataset, link: str) -> Reply:
        """A good reply to a link that an earlier one gave. Raises what `ask` raises."""
        return self._retried(dataset, lambda: linked(dataset, urljoin(self._base_url, link)))

    def close(self) -> None:
        """Close every connection."""
        self._sender.close()

    def _retried(self, dataset: RestDataset, make: Callable[[], requests.Request]) -> Reply:
        reply = retried(lambda: self._ask(dataset, make), self._source.retry.attempts)
        return reply if reply.link is None else Reply(reply.rows, reply.envelope, self._kept(dataset, reply.link))

    def _ask(self, dataset: RestDataset, make: Callable[[], requests.Request]) -> Reply:
        token = self._auth.token()
        for _ in range(RENEWALS):
            reply = self._signed(dataset, make(), token)
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

    def _signed(self, dataset: RestDataset, request: requests.Request, token: Token) -> Reply | None:
        """A good reply; None if it says that the token is no longer good."""
        self._auth.sign(request, token)
        response = self._sender.send(request, dataset.name)
        if self._auth.refuses(response.status_code, None):
            return None
        self._check_status(dataset, response)
        try:
            reply = read_body(dataset, response)
        except (BrokenJsonError, BrokenXmlError) as error:
            raise ProtocolError(
                self.system,
                dataset.name,
                self.place(dataset),
                f"broken {'XML' if dataset.body == 'xml' else 'JSON'}: {error}",
                "nothing of this page was kept; if it happens again, send the department this message",
                retryable=True,
            ) from None
        return self._good(dataset, reply)

    def _good(self, dataset: RestDataset, reply: Reply) -> Reply | None:
        """The reply if it says that it is good, no rows if it says that there are none, None for a refused token."""
        if dataset.request.graphql is not None and reply.at("errors"):
            raise ProtocolError(
                self.system,
                dataset.name,
                self.place(dataset),
                f"GraphQL answers with {len(reply.at('errors'))} errors",  # their text may quote values
                "run request.graphql in the source's own explorer, and compare its variables with the declaration",
            )
        if dataset.success is None:
            return reply
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
            code=code,
        )

    def _check_status(self, dataset: RestDataset, response: requests.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        known: type[ConnectorError] = AuthError if status in (401, 403) else ProtocolError
        remedy = (
            f"{fix_connection(self.system)}, or ask the department whether this connection may read this interface"
            if known is AuthError
            else "compare base_url and request.path in the declaration with the interface document"
        )
        raise known(self.system, dataset.name, self.place(dataset), f"HTTP {status}", remedy)

    def _kept(self, dataset: RestDataset, link: str) -> str:
        """A link as it is stored: without the host, which may have another address by then, and without what signed
        it, since it is signed again. Raises ProtocolError for one to another host, which must not see who we are."""
        parts = urlsplit(link)
        if parts[:2] != urlsplit(self._base_url)[:2]:
            raise ProtocolError(
                self.system,
                dataset.name,
                self.place(dataset),
                f"the link to the next page leads to another host ({parts.netloc})",
                "ask the department; if that address is right, make it base_url in the declaration",
            )
        kept = [one for one in parse_qsl(parts.query, keep_blank_values=True) if one[0] not in self._auth.secret_params]
        return urlunsplit(("", "", parts.path or "/", urlencode(kept), ""))
