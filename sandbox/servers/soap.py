"""youth_hotline: SOAP 1.1 with a WSDL and a WS-Security UsernameToken, by the standard library alone."""

from __future__ import annotations

import base64
import hmac
import json
import time
from hashlib import sha1
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from sandbox.faults import Faults, alter
from sandbox.servers.web import Answer, Request, Stores
from sandbox.systems.youth import ELEMENTS

SYSTEM = "youth_hotline"
NAMESPACE = "urn:zj:youth:hotline:v1"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
TEMPLATE = Path(__file__).with_name("youth_hotline.wsdl")
NO_END = "9999"
XML = "text/xml; charset=utf-8"


def wsdl(location: str) -> bytes:
    """Return the service description with the address of this server."""
    elements = "".join(f'<xs:element name="{name}" type="xs:string" minOccurs="0"/>' for name in ELEMENTS)
    text = TEMPLATE.read_text(encoding="utf-8")
    return text.replace("{location}", location).replace("{elements}", elements).encode()


class YouthService:
    """The operations Ping and QueryCalls."""

    def __init__(self, stores: Stores, faults: Faults, login: str, password: str) -> None:
        self.stores, self.faults = stores, faults
        self.login, self.password = login, password

    def answer(self, request: Request) -> Answer | None:
        if self.faults.take(SYSTEM, "unreachable"):
            return None
        if request.path != "/services/YouthHotline":
            return Answer(b"not found", 404, "text/plain")
        if request.method == "GET":
            return Answer(wsdl(f"http://{request.headers.get('Host')}/services/YouthHotline"), content_type=XML)
        if self.faults.take(SYSTEM, "slow"):
            time.sleep(2)
        if self.faults.take(SYSTEM, "http_500"):
            return Answer(b"Internal Server Error", 500, "text/plain")
        try:
            # The only callers are this machine's own clients; expat resolves no external entities.
            root = ET.fromstring(request.body)  # noqa: S314
        except ET.ParseError:
            return _fault("soap:Client", "the request is not XML")
        if self.faults.take(SYSTEM, "wrong_password") or not self._known(root):
            return _fault("wsse:FailedAuthentication", "The security token could not be authenticated")
        operation = next(iter(root.find(f"{{{SOAP}}}Body") or ()), None)
        if operation is None:
            return _fault("soap:Client", "no operation in the body")
        if operation.tag == f"{{{NAMESPACE}}}Ping":
            return _envelope(f'<PingResponse xmlns="{NAMESPACE}"><Now>{time.strftime("%F %T")}</Now></PingResponse>')
        if operation.tag != f"{{{NAMESPACE}}}QueryCalls":
            return _fault("soap:Client", "unknown operation")
        return self._calls({child.tag.split("}")[1]: (child.text or "").strip() for child in operation})

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

    def _calls(self, fields: dict[str, str]) -> Answer:
        try:
            page, size = int(fields.get("PageNo") or 1), int(fields.get("PageSize") or 100)
        except ValueError:
            return _answer("1001", "PageNo and PageSize are numbers", 0, "")
        if page < 1 or not 1 <= size <= 200:
            return _answer("1001", "PageNo starts at 1, PageSize is at most 200", 0, "")
        store = self.stores.here()
        since, until = fields.get("BeginTime") or "", fields.get("EndTime") or NO_END
        total = store.count(SYSTEM, "calls", since, until)
        rows = store.page(SYSTEM, "calls", since, until, limit=size, offset=(page - 1) * size)
        if self.faults.take(SYSTEM, "empty_delivery"):
            total, rows = 0, []
        kinds = self.faults.take_alterations(SYSTEM) if rows else []
        total += "duplicate_key" in kinds
        calls = "".join(_call(record) for record in alter(SYSTEM, [json.loads(row[3]) for row in rows], kinds))
        return _answer("0", "ok", total, calls)


def _call(record: dict[str, str | None]) -> str:
    names = [*ELEMENTS, *(name for name in record if name not in ELEMENTS)]
    inner = "".join(f"<{n}>{escape(str(record[n]))}</{n}>" for n in names if record.get(n) is not None)
    return f"<Call>{inner}</Call>"


def _answer(code: str, message: str, total: int, calls: str) -> Answer:
    return _envelope(
        f'<QueryCallsResponse xmlns="{NAMESPACE}"><ResultCode>{code}</ResultCode><ResultMessage>{message}'
        f"</ResultMessage><TotalCount>{total}</TotalCount><Calls>{calls}</Calls></QueryCallsResponse>"
    )


def _envelope(inner: str, status: int = 200) -> Answer:
    text = f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{inner}'
    return Answer(f"{text}</soap:Body></soap:Envelope>".encode(), status, XML)


def _fault(code: str, message: str) -> Answer:
    inner = f"<faultcode>{code}</faultcode><faultstring>{message}</faultstring>"
    return _envelope(f'<soap:Fault xmlns:wsse="{WSSE}">{inner}</soap:Fault>', 500)
