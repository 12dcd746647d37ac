"""From a declared request and a page's parameters to what goes out."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import requests

from connectors.rest.bodies import ACCEPT
from schemas.declared.rest import RestDataset


def question(dataset: RestDataset, place: str, parameters: dict[str, Any]) -> requests.Request:
    """The unsigned request for one page."""
    asked = {**dataset.request.params, **parameters}
    request = requests.Request(dataset.request.method, place, headers={"Accept": ACCEPT[dataset.body]})
    if dataset.request.graphql is not None:
        request.json = {"query": dataset.request.graphql, "variables": asked}
    elif dataset.request.method == "GET":
        request.params = asked
    elif dataset.request.send == "form":
        request.data = asked
    else:
        request.json = asked
    return request


def linked(dataset: RestDataset, link: str) -> requests.Request:
    """The unsigned request for a link: a GET of its address, with its query as parameters so that they are signed."""
    parts = urlsplit(link)
    address = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    return requests.Request("GET", address, params=asked, headers={"Accept": ACCEPT[dataset.body]})
