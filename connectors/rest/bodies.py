"""From the bytes of an answer to its rows, by the declared form of its body."""

from __future__ import annotations

from email.message import Message
from typing import Any
from urllib.parse import urljoin

import requests

from connectors import json_rows
from connectors.json_rows import BrokenJsonError, Reply
from connectors.xml_rows import cut_xml
from schemas.declared.pagination import NextLinkPagination
from schemas.declared.rest import RestDataset

HEADERS = "@headers"
"""Where the headers of an answer stand in its envelope, by their lower-case names."""

ACCEPT = {
    "json": "application/json",
    "json_lines": "application/x-ndjson, */*;q=0.5",
    "xml": "application/xml, text/xml",
}


def read_body(dataset: RestDataset, response: requests.Response) -> Reply:
    """The rows of an answer, the rest of it, and the link to the next page. A row is bytes of JSON on one line.

    Raises BrokenJsonError or BrokenXmlError.
    """
    match dataset.body:
        case "json":
            reply = json_rows.cut(_as_utf8(response), dataset.rows)
        case "json_lines":
            reply = Reply(json_rows.cut_lines(_as_utf8(response)), {})
        case "xml":
            reply = cut_xml(response.content, dataset.rows or "")
    rows = reply.rows if dataset.unwrap is None else json_rows.unwrapped(reply.rows, dataset.unwrap)
    headers: dict[str, Any] = {name.lower(): text for name, text in response.headers.items()}
    found = Reply(rows, {**reply.envelope, HEADERS: headers})
    return Reply(rows, found.envelope, _next_link(dataset, found, response.url))


def _as_utf8(response: requests.Response) -> bytes:
    """The body of JSON, which is UTF-8 (RFC 8259, 8.1) unless it is not and its Content-Type names another encoding.

    What is UTF-8 stays so whatever is named: servers name their default. A character that is not of the encoding stays
    as it came, so that only its own row cannot be read. Raises BrokenJsonError where nobody knows the encoding.
    """
    header = Message()
    header["Content-Type"] = response.headers.get("Content-Type", "")
    named = header.get_content_charset()
    body = response.content
    if named is None or named in ("utf-8", "utf8"):
        return body
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return _recoded(body, named)
    return body


def _recoded(body: bytes, named: str) -> bytes:
    # GB18030 has all of GBK and GB2312, which servers name and do not keep to (WHATWG, Encoding, 4.2).
    encoding = "gb18030" if named in ("gb2312", "gbk") else named
    try:
        return body.decode(encoding, "surrogateescape").encode("utf-8", "surrogateescape")
    except (LookupError, UnicodeError):
        raise BrokenJsonError(f"its Content-Type names the encoding {named}, in which it cannot be read") from None


def _next_link(dataset: RestDataset, reply: Reply, asked: str) -> str | None:
    """The absolute address of the next page; a relative one is relative to the page that names it (RFC 3986, 5)."""
    if not isinstance(dataset.pagination, NextLinkPagination):
        return None
    text = reply.at(dataset.pagination.next)
    if dataset.pagination.next == f"{HEADERS}.link":
        links = requests.utils.parse_header_links(text or "")
        text = next((link["url"] for link in links if "next" in link.get("rel", "").lower().split()), None)
    return urljoin(asked, text) if isinstance(text, str) and text else None
