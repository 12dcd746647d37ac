"""A small SOAP 1.1 service that really listens, with its WSDL and WS-Security UsernameToken."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sources import Answer, Call

NAMESPACE = "urn:trial"

WSDL = """<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:t="urn:trial" xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:trial">
<types><xs:schema targetNamespace="urn:trial" elementFormDefault="qualified">
  <xs:element name="Query"><xs:complexType><xs:sequence>
    <xs:element name="BeginTime" type="xs:string" minOccurs="0"/>
    <xs:element name="EndTime" type="xs:string" minOccurs="0"/>
    <xs:element name="PageNo" type="xs:int" minOccurs="0"/><xs:element name="PageSize" type="xs:int" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="QueryResponse"><xs:complexType><xs:sequence>
    <xs:element name="ResultCode" type="xs:string"/><xs:element name="TotalCount" type="xs:int"/>
    <xs:element name="Calls" minOccurs="0"><xs:complexType><xs:sequence>
      <xs:element name="Call" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
        <xs:element name="CallId" type="xs:string" minOccurs="0"/>
        <xs:element name="Subject" type="xs:string" minOccurs="0"/>
        <xs:element name="UpdateTime" type="xs:string" minOccurs="0"/>
      </xs:sequence></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema></types>
<message name="Ask"><part name="body" element="t:Query"/></message>
<message name="Say"><part name="body" element="t:QueryResponse"/></message>
<portType name="Port"><operation name="Query"><input message="t:Ask"/><output message="t:Say"/></operation></portType>
<binding name="Binding" type="t:Port"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
  <operation name="Query"><soap:operation soapAction="Query"/>
    <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
<service name="Service"><port name="Port" binding="t:Binding"><soap:address location="{url}/service"/></port></service>
</definitions>"""

ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'

SOAP = """
title: 试验
title_en: Trial
department: youth_league
contact: {{name: 联络员, email: trial@example.org}}
classification: L4
schedule: "5 * * * *"
source:
  kind: soap
  wsdl: ${{TRIAL_URL}}/service?wsdl
  auth: {{kind: username_token}}
  retry: {{attempts: 3, statuses: [502, 503]}}
  rate_limit: 1000/s
datasets:
  cases:
    operation: {operation}
    success: {{field: ResultCode, equals: "0", retry: ["9999"]}}
    rows: Calls.Call
    pagination: {{kind: page, page_param: PageNo, size_param: PageSize, size: 3, total: TotalCount}}
    key: [CallId]
    sync: {{mode: incremental, cursor: UpdateTime, param: BeginTime, until_param: EndTime}}
    freshness: {{warn: 3d, fail: 9d}}
    contract: case_reports
    fields: {{title: Subject}}
"""


@dataclass
class CallService:
    """Answers Query in pages; `alter` may answer the n-th call instead."""

    count: int
    password: str = "secret"
    alter: Callable[[int], Answer | None] = lambda number: None
    calls: list[str] = field(default_factory=list)
    url: str = ""

    def __call__(self, call: Call) -> Answer:
        if not call.body:
            return Answer(
                WSDL.format(url=f"http://{call.headers['Host']}").encode(), headers={"Content-Type": "text/xml"}
            )
        text = call.body.decode()
        if not self._signed(text):
            return fault("wsse:FailedAuthentication")
        self.calls.append(text)
        altered = self.alter(len(self.calls))
        return altered or self._page(int(_value(text, "PageNo")), int(_value(text, "PageSize")))

    def _signed(self, text: str) -> bool:
        nonce = base64.b64decode(_value(text, "Nonce"))
        digest = hashlib.sha1(nonce + (_value(text, "Created") + self.password).encode()).digest()
        return _value(text, "Username") == "client" and _value(text, "Password") == base64.b64encode(digest).decode()

    def _page(self, page: int, size: int) -> Answer:
        chosen = range((page - 1) * size, min(page * size, self.count))
        calls = "".join(
            f"<Call><CallId>Y{number}</CallId><Subject>求助&amp;咨询</Subject>"
            f"<UpdateTime>2026-06-{number + 1:02} 08:00:00</UpdateTime></Call>"
            for number in chosen
        )
        rows = f"<Calls>{calls}</Calls>" if calls else ""
        return answer("0", self.count, rows)


def answer(code: str, total: int, rows: str) -> Answer:
    """A QueryResponse."""
    body = f"<ResultCode>{code}</ResultCode><TotalCount>{total}</TotalCount>{rows}"
    return _xml(f'<QueryResponse xmlns="{NAMESPACE}">{body}</QueryResponse>', 200)


def fault(code: str) -> Answer:
    """A soap:Fault, which SOAP 1.1 sends with HTTP 500."""
    return _xml(f"<s:Fault><faultcode>{code}</faultcode><faultstring>张三 的密码</faultstring></s:Fault>", 500)


def _xml(body: str, status: int) -> Answer:
    return Answer(ENVELOPE.format(body).encode(), status, {"Content-Type": "text/xml; charset=utf-8"})


def _value(text: str, element: str) -> str:
    found = re.search(rf"<(?:\w+:)?{element}\b[^>]*>([^<]*)<", text)
    return found[1] if found else ""
