"""From the bytes of an answer to its rows, by the declared form of its body."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import requests

from connectors import json_rows
from connectors.json_rows import Reply
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
            reply = json_rows.cut(response.content, dataset.rows)
        case "json_lines":
            reply = Reply(json_rows.cut_lines(response.content), {})
        case "xml":
            reply = cut_xml(response.content, dataset.rows or "")
    rows = reply.rows if dataset.unwrap is None else json_rows.unwrapped(reply.rows, dataset.unwrap)
    headers: dict[str, Any] = {name.lower(): text for name, text in response.headers.items()}
    found = Reply(rows, {**reply.envelope, HEADERS: headers})
    return Reply(rows, found.envelope, _next_link(dataset, found, response.url))


def _next_link(dataset: RestDataset, reply: Reply, asked: str) -> str | None:
    """The absolute address of the next page; a relative one is relative to the page that names it (RFC 3986, 5)."""
    if not isinstance(dataset.pagination, NextLinkPagination):
        return None
    text = reply.at(dataset.pagination.next)
    if dataset.pagination.next == f"{HEADERS}.link":
        links = requests.utils.parse_header_links(text or "")
        text = next((link["url"] for link in links if "next" in link.get("rel", "").lower().split()), None)
    return urljoin(asked, text) if isinstance(text, str) and text else None
