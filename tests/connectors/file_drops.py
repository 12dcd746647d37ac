"""A department's folder in tests, and writers of files that share nothing with the readers they prove.

All persons in it are synthetic.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from declarations import declared

from connectors.base import Connector
from connectors.errors import ConnectorError
from schemas.declaration import System
from schemas.delivery import Page, Window

ALL = Window(None, None)

TRIAL = """
title: 试验
title_en: Trial
department: procuratorate
contact: {{name: 联络员, email: trial@example.org}}
classification: L3
schedule: "5 * * * *"
source:
  kind: files
  transport: {transport}
{beside}
datasets:
  cases:
    pattern: "{pattern}"
    unpack: {unpack}
    format: {format}
    key: [编号]
    sync: {{mode: files}}
    freshness: {{warn: 3d, fail: 9d}}
    contract: case_reports
    fields: {fields}
"""


def trial(folder: Path, form: str, pattern: str = "*", unpack: str = "[]", beside: str = "", **more: str) -> System:
    """A declaration of files in `folder`/outbox; `beside` holds lines of the source; also `transport` and `fields`."""
    outbox = folder / "outbox"
    outbox.mkdir(exist_ok=True)
    transport = more.get("transport", f"{{kind: local, folder: {outbox}}}")
    lines = "\n".join("  " + line for line in beside.splitlines())
    fields = more.get("fields", "{title: 名称}")
    return declared(
        folder / "systems",
        TRIAL,
        format=form,
        pattern=pattern,
        unpack=unpack,
        beside=lines,
        transport=transport,
        fields=fields,
    )


def read(connector: Connector, system: System, bookmark: Any = None, resume: str | None = None) -> list[Page]:
    """The pages of one read."""
    return list(connector.read(system.datasets["cases"], ALL, resume, bookmark))


def records(pages: list[Page]) -> list[dict[str, Any]]:
    """The records of NDJSON pages; each page must hold as many as it says."""
    found = []
    for page in pages:
        assert isinstance(page.body, Path)
        lines = page.body.read_bytes().split(b"\n")[:-1]
        assert len(lines) == page.rows
        found += [json.loads(line) for line in lines]
    return found


def delimited(rows: list[list[str]], delimiter: str, quote: str | None, escape: str | None, end: str) -> str:
    """Delimited text: every value between quotes where there are any, else as it is."""

    def value(text: str) -> str:
        if quote is None:
            return text
        inner = text.replace(escape, escape * 2) if escape else text
        return quote + inner.replace(quote, (escape or quote) + quote) + quote

    return "".join(delimiter.join(map(value, row)) + end for row in rows)


def dbf(path: Path, columns: list[tuple[str, str, int]], rows: list[tuple[bool, list[bytes]]]) -> None:
    """A dBASE III table: columns of name, type and width; rows of a deletion mark and the bytes of each value."""
    width = 1 + sum(size for _, _, size in columns)
    head = struct.pack("<4BLHH20x", 3, 126, 6, 1, len(rows), 32 + 32 * len(columns) + 1, width)
    fields = b"".join(
        struct.pack("<11sc4xBB14x", name.encode("cp936"), kind.encode(), size, 0) for name, kind, size in columns
    )
    body = b"".join(
        (b"*" if deleted else b" ")
        + b"".join(value.ljust(size) for value, (_, _, size) in zip(values, columns, strict=True))
        for deleted, values in rows
    )
    path.write_bytes(head + fields + b"\r" + body + b"\x1a")


def refused(act: Callable[[], Any], *words: str) -> str:
    """The text of the ConnectorError that `act` raises, which must hold all the words."""
    with pytest.raises(ConnectorError) as raised:
        act()
    text = str(raised.value)
    assert [word for word in words if word not in text] == [], text
    return text
