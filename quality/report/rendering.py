"""Lays a report out as one self-contained page: its style inside, no script, nothing fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from operations.order_words import STATES
from quality.report import drawing, words
from quality.report.contents import Overview, Report

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Links:
    """Where the links of a page lead: relative addresses in a static site, addresses of the portal in the portal.

    What is None is not offered.
    """

    csv: str
    xlsx: str | None = None
    home: str | None = None
    overview: str | None = None
    department: str | None = None  # of a system's page
    systems: Mapping[str, str] = field(default_factory=dict)  # by system id; of a department's page


def render(report: Report, links: Links) -> str:
    """The page of a department or of one of its systems."""
    return _environment().get_template("report.html").render(report=report, links=links)


def render_overview(overview: Overview, departments: Mapping[str, str], home: str | None = None) -> str:
    """The page of all departments; `departments` are the addresses of theirs, `home` of what lies above."""
    return _environment().get_template("overview.html").render(overview=overview, departments=departments, home=home)


@cache
def style() -> str:
    """The style sheet that every page carries."""
    return (_TEMPLATES / "report.css").read_text(encoding="utf-8")


@cache
def style_source() -> str:
    """The style sheet as a Content-Security-Policy names it, so that a server may allow this one and no other."""
    digest = hashlib.sha256(style().encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("count", "passed", "share", "day", "moment", "span"):
        environment.filters[name] = getattr(words, name)
    environment.filters.update(trend=drawing.trend, volumes=drawing.volumes)
    environment.globals.update(words=words, order_states=STATES, style=Markup(style()))  # noqa: S704 - our own file
    return environment
