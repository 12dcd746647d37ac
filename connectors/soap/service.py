"""The connector's way to a SOAP service: zeep calls the operation, its rows become flat JSON."""

from __future__ import annotations

from typing import Any

import msgspec
import requests
import zeep
import zeep.exceptions
import zeep.helpers
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken

from connectors.errors import AuthError, ConnectorError, ProtocolError, UnreachableError
from connectors.json_rows import Reply, code_of
from connectors.retry import retried
from operations.credentials import Credentials
from operations.limits import Limiter
from operations.store import Store
from schemas.declared.soap import SoapDataset, SoapSource

# zeep carries a py.typed marker but leaves these untyped.
_Client: Any = zeep.Client
_Transport: Any = Transport
_UsernameToken: Any = UsernameToken
_as_plain: Any = zeep.helpers.serialize_object

TIMEOUT = 60
"""Seconds to connect, and between two bytes of an answer."""


class Service:
    """One SOAP service. Its WSDL is read at the first call."""

    in_flight = 1  # a zeep client serves one thread

    def __init__(self, system: str, source: SoapSource, wsdl: str, credentials: Credentials, store: Store) -> None:
        self.system = system
        self._source = source
        self._wsdl = wsdl
        self._limiter = Limiter(store)
        self._session = requests.Session()
        self._client: Any = None
        if not credentials.login or not credentials.password:
            raise AuthError(system, None, wsdl, "the connection has no login or password", self._fix_connection())
        self._token = _UsernameToken(credentials.login, credentials.password, use_digest=True)

    def ask(self, dataset: SoapDataset, parameters: dict[str, Any]) -> Reply:
        """A good answer: its rows as JSON, the rest as the envelope. Raises ConnectorError."""
        return retried(lambda: self._ask(dataset, parameters), self._source.retry.attempts)

    def place(self, dataset: SoapDataset) -> str:
        """The service's address and the operation."""
        return f"{self._wsdl.partition('?')[0]} {dataset.operation}"

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _ask(self, dataset: SoapDataset, parameters: dict[str, Any]) -> Reply:
        answer = self._call(dataset, parameters)
        level = answer
        *outer, last = dataset.rows.split(".")
        for step in outer:
            level = level.get(step) or {}
        rows = [msgspec.json.encode(row) for row in level.pop(last, None) or []]
        reply = Reply(rows, answer)
        code = code_of(reply, dataset.success.field)
        if code == dataset.success.equals:
            return reply
        if code in dataset.success.empty:
            return Reply([], {})
        raise ProtocolError(
            self.system,
            dataset.name,
            self.place(dataset),
            f"the source answers {dataset.success.field}={code}",
            "look the code up in the interface document, and compare the parameters in the declaration",
            retryable=code in dataset.success.retry,
            code=code,
        )

    def _call(self, dataset: SoapDataset, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            client = self._opened()
            self._limiter.wait(self.system, self._source.rate_limit)
            answer = client.service[dataset.operation](**parameters)
        except zeep.exceptions.Fault as fault:
            raise self._fault(dataset, str(fault.code)) from None
        except zeep.exceptions.TransportError as error:
            if error.status_code == 200:
                raise self._garbled(dataset, "no XML") from None
            raise self._unreachable(dataset, error.status_code) from None
        except requests.RequestException as error:
            raise self._unreachable(dataset, type(error).__name__) from None
        except AttributeError:
            message, remedy = "the WSDL has no such operation", "correct operation in the declaration"
            raise ProtocolError(self.system, dataset.name, self.place(dataset), message, remedy) from None
        except (zeep.exceptions.Error, TypeError) as error:
            raise self._garbled(dataset, type(error).__name__) from None
        found: dict[str, Any] = _as_plain(answer, dict)
        return found

    def _opened(self) -> Any:
        if self._client is None:
            transport = _Transport(session=self._session, timeout=TIMEOUT, operation_timeout=TIMEOUT)
            self._client = _Client(self._wsdl, wsse=self._token, transport=transport)
        return self._client

    def _fault(self, dataset: SoapDataset, code: str) -> ConnectorError:
        """A soap:Fault by its code; its text is left out, since it may quote what was sent."""
        name = code.rpartition(":")[2]
        if name in ("FailedAuthentication", "InvalidSecurityToken", "InvalidSecurity"):
            return AuthError(
                self.system,
                dataset.name,
                self.place(dataset),
                "the service refuses login or password",
                self._fix_connection(),
            )
        return ProtocolError(
            self.system,
            dataset.name,
            self.place(dataset),
            f"soap:Fault {code}",
            "compare operation and parameters in the declaration with the WSDL",
            retryable=name == "Server",
        )

    def _garbled(self, dataset: SoapDataset, what: str) -> ProtocolError:
        return ProtocolError(
            self.system,
            dataset.name,
            self.place(dataset),
            f"the answer or its parameters are not what the WSDL says ({what})",
            "compare operation, pagination and sync.param in the declaration with the WSDL",
            retryable=True,
        )

    def _unreachable(self, dataset: SoapDataset, what: object) -> UnreachableError:
        status = what if isinstance(what, int) else None
        return UnreachableError(
            self.system,
            dataset.name,
            self.place(dataset),
            f"HTTP {status}" if status else f"no connection ({what})",
            "check the address and the way through the firewall; the next run goes on from here",
            retryable=status is None or status in self._source.retry.statuses,
        )

    def _fix_connection(self) -> str:
        return f"correct login and password in AIRFLOW_CONN_{self.system.upper()}"
