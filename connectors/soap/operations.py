"""The operations of a SOAP service by its WSDL: parameters, the repeated element of the answer, and its fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests
import zeep
import zeep.exceptions
from zeep.transports import Transport

from connectors.errors import ProtocolError, UnreachableError
from connectors.offers import Offer, OfferedField, paging_words, roles_of, success_words
from connectors.soap.service import TIMEOUT

_Client: Any = zeep.Client
_Transport: Any = Transport


def operations(system: str, wsdl: str) -> list[Offer]:
    """Every operation whose answer repeats an element. Raises ConnectorError when the WSDL cannot be read."""
    session = requests.Session()
    place = wsdl.partition("?")[0]
    try:
        client = _Client(wsdl, transport=_Transport(session=session, timeout=TIMEOUT, operation_timeout=TIMEOUT))
        found = [
            _offer(name, operation)
            for service in client.wsdl.services.values()
            for port in service.ports.values()
            for name, operation in sorted(port.binding._operations.items())
        ]
    except (requests.RequestException, OSError):
        remedy = "check the address in the environment, or give the path of a WSDL file"
        raise UnreachableError(system, None, place, "the WSDL cannot be fetched", remedy) from None
    except zeep.exceptions.Error as error:
        message = f"it is no WSDL that can be read ({type(error).__name__})"
        raise ProtocolError(system, None, place, message, "ask the department for the current one") from None
    finally:
        session.close()
    return [one for one in found if one is not None]


def _offer(name: str, operation: Any) -> Offer | None:
    inputs = [key for key, _ in operation.input.body.type.elements] if operation.input.body is not None else []
    if operation.output is None or operation.output.body is None:
        return None
    answer = operation.output.body.type
    rows = next(_repeated(answer, ()), None)
    if rows is None:
        return None
    path, row = rows
    scalars = [key for key, element in answer.elements if not _is_complex(element)]
    words: dict[str, Any] = {"operation": name, "rows": ".".join(path)}
    roles = roles_of(inputs)
    words |= paging_words(roles, scalars) | success_words(scalars, "0")
    fields = tuple(OfferedField(key, element.type.name or "") for key, element in row.elements)
    return Offer("operation", name, f"asks for {', '.join(inputs)}" if inputs else "", fields, words)


def _repeated(of: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The paths to complex elements that may come more than once, outermost first."""
    for name, element in of.elements:
        if not _is_complex(element):
            continue
        if element.accepts_multiple:
            yield (*path, name), element.type
        else:
            yield from _repeated(element.type, (*path, name))


def _is_complex(element: Any) -> bool:
    return bool(getattr(element.type, "elements", None))
