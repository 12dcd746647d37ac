"""youth_hotline, and departments that do as it does: SOAP 1.1 with a WSDL and a WS-Security UsernameToken."""

from __future__ import annotations

import base64
import hmac
import json
import time
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from jinja2 import Environment, StrictUndefined

from sandbox.answers import KNOWN, told
from sandbox.departments import Asked, Department
from sandbox.faults import SLOW, Faults, alter
from sandbox.servers.web import Answer, Request, Stores
from sandbox.systems.youth import ELEMENTS

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
NO_END = "9999"
XML = "text/xml; charset=utf-8"
OF_CHANGES = (("BeginTime", "string", 0), ("EndTime", "string", 0), ("PageNo", "int", 1), ("PageSize", "int", 1))


@dataclass(frozen=True)
class Operation:
    """What can be asked: parameters as (name, type of XML Schema, how often at least), and rows of text elements."""

    name: str
    row: str
    elements: tuple[str, ...]
    parameters: tuple[tuple[str, str, int], ...] = OF_CHANGES


@dataclass(frozen=True)
class Service:
    """Its first operation lists what changed in `dataset`; a second one tells of one person what is `asked`."""

    name: str
    namespace: str
    dataset: str
    operations: tuple[Operation, ...]
    asked: Asked | None = None


YOUTH = Service("YouthHotline", "urn:zj:youth:hotline:v1", "calls", (Operation("QueryCalls", "Call", ELEMENTS),))


def service_of(department: Department) -> Service:
    """Return the service of a department."""
    name, asked = department.place, department.asked
    listed = Operation(f"Query{name}", "Record", tuple(department.words.values()))
    single = (
        [Operation(asked.place, "Item", tuple(asked.words.values()), ((asked.param, "string", 1),))] if asked else []
    )
    return Service(name, f"urn:zj:{department.system}:v1", department.dataset, (listed, *single), asked)


def path_of(name: str) -> str:
    """Return the path of a service on its server."""
    return f"/services/{name}"


def wsdl(service: Service, location: str) -> bytes:
    """Return the service description with the address of this server."""
    environment = Environment(undefined=StrictUndefined, autoescape=True)
    template = environment.from_string(Path(__file__).with_name("service.wsdl").read_text(encoding="utf-8"))
    names = [*(operation.name for operation in service.operations), "Ping"]
    return template.render(service=service, names=names, location=location).encode()


class SoapService:
    """One service over the world's store."""

    def __init__(
        self, stores: Stores, faults: Faults, login: str, password: str, system: str, service: Service
    ) -> None:  # fmt: skip
        self.stores, self.faults = stores, faults
        self.login, self.password = login, password
        self.system, self.service = system, service

    def answer(self, request: Request) -> Answer | None:
        path = path_of(self.service.name)
        if self.faults.take(self.system, "unreachable"):
            return None
        if request.path != path:
            return Answer(b"not found", 404, "text/plain")
        if request.method == "GET":
            return Answer(wsdl(self.service, f"http://{request.headers.get('Host')}{path}"), content_type=XML)
        if self.faults.take(self.system, "slow"):
            time.sleep(SLOW)
        if self.faults.take(self.system, "http_500"):
            return Answer(b"Internal Server Error", 500, "text/plain")
        try:
            # The only callers are this machine's own clients; expat resolves no external entities.
            root = ET.fromstring(request.body)  # noqa: S314
        except ET.ParseError:
            return _fault("soap:Client", "the request is not XML")
        if self.faults.take(self.system, "wrong_password") or not self._known(root):
            return _fault("wsse:FailedAuthentication", "The security token could not be authenticated")
        asked = next(iter(root.find(f"{{{SOAP}}}Body") or ()), None)
        if asked is None:
            return _fault("soap:Client", "no operation in the body")
        space, _, name = asked.tag.lstrip("{").rpartition("}")
        fields = {child.tag.split("}")[1]: (child.text or "").strip() for child in asked}
        if space == self.service.namespace and name == "Ping":
            return _envelope(f'<PingResponse xmlns="{space}"><Now>{time.strftime("%F %T")}</Now></PingResponse>')
        operation = next((one for one in self.service.operations if one.name == name), None)
        if operation is None or space != self.service.namespace:
            return _fault("soap:Client", "unknown operation")
        if operation is self.service.operations[0]:
            return self._changes(operation, fields)
        return self._one(operation, fields)

    def _known(self, root: ET.Element) -> bool:
        token = root.find(f".//{{{WSSE}}}UsernameToken")
        if token is None or token.findtext(f"{{{WSSE}}}Username") != self.login:
            return False
        given = token.find(f"{{{WSSE}}}Password")
        text = (given.text or "") if given is not None else ""
        expected = self.password
        if given is not None and (given.get("Type") or "").endswith("PasswordDigest"):
            nonce = base64.b64decode(token.findtext(f"{{{WSSE}}}Nonce") or "")
            created = (token.findtext(f"{{{WSU}}}Created") or "").encode()
            expected = base64.b64encode(sha1(nonce + created + self.password.encode()).digest()).decode()
        return hmac.compare_digest(text.encode(), expected.encode())

    def _changes(self, operation: Operation, fields: dict[str, str]) -> Answer:
        try:
            page, size = int(fields.get("PageNo") or 1), int(fields.get("PageSize") or 100)
        except ValueError:
            return self._answer(operation, "1001", "PageNo and PageSize are numbers")
        if page < 1 or not 1 <= size <= 200:
            return self._answer(operation, "1001", "PageNo starts at 1, PageSize is at most 200")
        store, where = self.stores.here(), (self.system, self.service.dataset)
        since, until = fields.get("BeginTime") or "", fields.get("EndTime") or NO_END
        total = store.count(*where, since, until)
        rows = store.page(*where, since, until, limit=size, offset=(page - 1) * size)
        if self.faults.take(self.system, "empty_delivery"):
            total, rows = 0, []
        kinds = self.faults.take_alterations(*where) if rows else []
        total += "duplicate_key" in kinds
        at = store.clean(*where, [row[1] for row in rows]) if kinds else 0
        records = alter(self.system, [json.loads(row[3]) for row in rows], kinds, at)
        return self._answer(operation, "0", "ok", total, records)

    def _one(self, operation: Operation, fields: dict[str, str]) -> Answer:
        asked = self.service.asked
        assert asked is not None
        code, record = told(self.stores.here(), self.system, asked, fields.get(asked.param, ""))
        if record is None:
            return self._answer(operation, code, "no entry")
        return self._answer(operation, KNOWN, "ok", 1, [record])

    def _answer(
        self, operation: Operation, code: str, message: str, total: int = 0, records: list[dict[str, Any]] | None = None
    ) -> Answer:
        rows = "".join(_row(operation, record) for record in records or [])
        name, row = operation.name, operation.row
        return _envelope(
            f'<{name}Response xmlns="{self.service.namespace}"><ResultCode>{code}</ResultCode><ResultMessage>{message}'
            f"</ResultMessage><TotalCount>{total}</TotalCount><{row}s>{rows}</{row}s></{name}Response>"
        )


def _row(operation: Operation, record: dict[str, Any]) -> str:
    names = [*operation.elements, *(name for name in record if name not in operation.elements)]
    inner = "".join(f"<{n}>{escape(str(record[n]))}</{n}>" for n in names if record.get(n) is not None)
    return f"<{operation.row}>{inner}</{operation.row}>"


def _envelope(inner: str, status: int = 200) -> Answer:
    text = f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{inner}'
    return Answer(f"{text}</soap:Body></soap:Envelope>".encode(), status, XML)


def _fault(code: str, message: str) -> Answer:
    inner = f"<faultcode>{code}</faultcode><faultstring>{message}</faultstring>"
    return _envelope(f'<soap:Fault xmlns:wsse="{WSSE}">{inner}</soap:Fault>', 500)
