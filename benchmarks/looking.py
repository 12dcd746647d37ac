"""What somebody waits for the portal over a whole province: each page at its first and at its second request."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hub import published
from operations import users
from operations.store import Store

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

    from operations.settings import Settings

LOGIN, PASSWORD = "looking", "correct horse 141"
LIST = 50
"""Pages into a list, as far as anybody leafs."""


def look(settings: Settings) -> None:
    """Ask for every kind of page as a leader of the province, twice; say on stderr how long each took.

    Raises SystemExit where a page is not shown.
    """
    from fastapi.testclient import TestClient

    from portal.app import create_app

    if all(one.login != LOGIN for one in users.listing(Store(settings))):
        users.create(Store(settings), LOGIN, PASSWORD, "province")
    client = TestClient(create_app(settings), follow_redirects=False)
    token = client.get("/login").text.split('name="csrf" value="')[1].split('"')[0]
    client.post("/login", data={"csrf": token, "login": LOGIN, "password": PASSWORD})
    for page in _pages(settings):
        first, second = (_waited(client, page) for _ in range(2))
        sys.stderr.write(f"{first:8.0f} {second:8.0f} ms  {page}\n")


def _waited(client: TestClient, page: str) -> float:
    """Milliseconds until the whole page is there."""
    started = time.perf_counter()
    answer = client.get(page)
    if answer.status_code != 200:
        raise SystemExit(f"{page} is answered with {answer.status_code}")
    return 1000 * (time.perf_counter() - started)


def _pages(settings: Settings) -> Iterator[str]:
    with published.current(settings) as con:
        ((code, county, town, month),) = con.execute(
            "SELECT min(case_code), mode(county_code), mode(town_code), strftime(max(accepted_at), '%Y-%m')"
            " FROM core.cases WHERE accepted_at IS NOT NULL AND town_code IS NOT NULL"
        ).fetchall()
    for area in ("33", county[:4], county, town):
        yield f"/?area={area}"
        yield f"/?area={area}&period={month}"
    yield f"/case?code={code}"
    for metric in ("reports", "closure_rate", "visits"):
        yield f"/rows?metric={metric}"
        yield f"/rows?metric={metric}&area={county}&period={month}"
    yield f"/rows?metric=reports&number={LIST}"
    yield f"/rows.csv?metric=cases_accepted&area={county}&period={month}"
    for page in ("links", "quality", "report", "orders", "changes?metric=reports", "definitions", "released", "gate"):
        yield f"/{page}"
