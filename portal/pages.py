"""Turns a template and its values into a page; every page gets the trust strip, the menu and the CSRF token."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub.scope import Refused
from portal import formats, trust
from portal.published import NotPublished
from portal.visit import Visit

_HERE = Path(__file__).parent


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("count", "percent", "amount", "measure", "lasting", "day", "moment", "month", "plain", "passed"):
        environment.filters[name] = getattr(formats, name)
    environment.globals.update(formats=formats, link=link, static=static)
    return environment


def link(path: str, **parameters: Any) -> str:
    """A URL of this portal; parameters that are None or empty are left out."""
    given = {name: value for name, value in parameters.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


@cache
def static(name: str) -> str:
    """URL of a static file with its digest, so that browsers may keep it for long and never keep an old one."""
    digest = hashlib.sha256((_HERE / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def page(visit: Visit | None, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The rendered page. Without a visit (sign-in, errors) there is no menu and no strip."""
    strip = None
    if visit is not None:
        try:
            strip = trust.strip(visit.reader)
        except (NotPublished, Refused):
            strip = None
    text = _environment().get_template(template).render(visit=visit, strip=strip, **values)
    return HTMLResponse(text, status)
