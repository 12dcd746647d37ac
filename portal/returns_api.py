"""The API of returns, for programs of a county or department. docs/returns.md says how to call it.

A program signs in once and sends what it got as `Authorization: Bearer …`; the session cookie of a browser opens
nothing here. Every answer is JSON, every refusal says in Chinese why, and a refused receiver is kept in the access log.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel

from hub.returns.acknowledging import acknowledge
from hub.returns.handing import fetch
from hub.returns.making import make
from hub.returns.offering import offer
from hub.returns.reading import page
from hub.scope import Refused
from operations import returns as ledger
from operations.returns import Return
from portal.session import LIFETIME
from portal.signin import admitted
from portal.visit import Visit, account_of, parts_of

router = APIRouter(prefix="/api")

MOST_ROWS = 5_000
REFUSED = "return_refused"


class SignIn(BaseModel):
    login: str
    password: str


class Wanted(BaseModel):
    """`all`: every row, so that the receiver begins anew."""

    all: bool = False


class Applied(BaseModel):
    """How many rows of which dataset the receiver counts, where it does."""

    rows: dict[str, int] = {}


def caller(request: Request) -> Iterator[Visit]:
    """Dependency of every call but sign-in. Raises 401, and Refused for an account that takes nothing."""
    parts, (kind, _, token) = parts_of(request), request.headers.get("authorization", "").partition(" ")
    session = parts.sessions.read(token.strip()) if kind.casefold() == "bearer" else None
    user = account_of(parts, session)
    if session is None or user is None:
        raise HTTPException(401)
    if user.must_change:
        raise Refused("账号仍在使用一次性密码，请先登录网页修改密码。")
    visit = Visit(request, parts, session, user)
    try:
        yield visit
    finally:
        visit.close()


Caller = Annotated[Visit, Depends(caller)]


@router.post("/sign-in")
def sign_in(request: Request, given: SignIn) -> Response:
    """A token for the calls below, good for a working day. The brake on guessing is that of the page."""
    user = admitted(request, given.login, given.password)
    if user is None:
        raise HTTPException(401)
    _, token = parts_of(request).sessions.issue(user.login, user.stamp)
    return _json({"token": token, "expires_in": int(LIFETIME.total_seconds())})


@router.get("/returns/{receiver}/datasets")
def datasets(visit: Caller, receiver: str) -> Response:
    """What can be taken: each dataset with its key, its columns, and its rows in the published version."""
    own(visit, receiver)
    found = offer(visit.store.settings, receiver)
    return _json(
        {
            "receiver": found.who.code,
            "title": found.who.title,
            "version": found.version,
            "as_of": found.as_of,
            "datasets": [
                {"name": one.name, "title": one.title, "key": one.key, "columns": one.columns, "rows": rows}
                for one, rows in found.datasets
            ],
        }
    )


@router.get("/returns/{receiver}")
def returns(visit: Caller, receiver: str) -> Response:
    """The ledger of the receiver, the newest return first."""
    own(visit, receiver)
    return _json({"returns": [_told(one) for one in ledger.listing(visit.store, receiver)]})


@router.post("/returns/{receiver}")
def begin(visit: Caller, receiver: str, wanted: Wanted | None = None) -> Response:
    """The return to apply next: what changed since the last acknowledged one. It stays as it is, whatever is published
    meanwhile, and is given again until there is something newer."""
    own(visit, receiver)
    everything = wanted is not None and wanted.all
    return _json(_told(make(visit.store.settings, receiver, by=visit.user.login, everything=everything)))


@router.get("/returns/{receiver}/{number}")
def one(visit: Caller, receiver: str, number: int) -> Response:
    """One return and its lines."""
    return _json(_told(find(visit, receiver, number)))


@router.get("/returns/{receiver}/{number}/rows")
def rows(
    visit: Caller,
    receiver: str,
    number: int,
    dataset: str,
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 1_000,
) -> Response:
    """A page of one dataset. `next` is the cursor of the page after it, null on the last; a cursor is good for this
    return alone, and so always for one publish."""
    found = find(visit, receiver, number)
    start = _start(found, dataset, cursor)
    parquet = take(visit, found, f"{dataset} {start}") / f"{dataset}.parquet"
    some, following = page(parquet, start, limit)
    return _json(
        {
            "receiver": receiver,
            "return": found.name,
            "version": found.version,
            "as_of": found.as_of,
            "dataset": dataset,
            "rows": some,
            "next": None if following is None else f"{found.name}.{dataset}.{following}",
        }
    )


@router.get("/returns/{receiver}/{number}/files/{name}")
def file(visit: Caller, receiver: str, number: int, name: str) -> Response:
    """A file of the return, as the ledger lists it with its sha256."""
    found = find(visit, receiver, number)
    if name not in {file["path"] for line in found.lines for file in line.files}:
        raise HTTPException(404)
    return FileResponse(take(visit, found, name) / name, filename=name)


@router.post("/returns/{receiver}/{number}/acknowledge")
def acknowledged(visit: Caller, receiver: str, number: int, applied: Applied | None = None) -> Response:
    """Keep that the receiver has applied the return. Where it counts other rows than we do, that is refused (409)."""
    own(visit, receiver)
    holds = applied.rows if applied is not None else {}
    return _json(_told(acknowledge(visit.store.settings, receiver, number, by=visit.user.login, holds=holds)))


def own(visit: Visit, receiver: str) -> None:
    """Raises Refused, and keeps it, unless the receiver is the caller's own code."""
    try:
        visit.scope.receive(receiver)
    except Refused:
        visit.log(REFUSED, receiver[:64], visit.request.url.path[:200])
        raise


def find(visit: Visit, receiver: str, number: int) -> Return:
    """One of the caller's own returns. Raises Refused, 404."""
    own(visit, receiver)
    found = ledger.find(visit.store, receiver, number)
    if found is None:
        raise HTTPException(404)
    return found


def take(visit: Visit, found: Return, what: str) -> Path:
    """The folder of a return, after it is kept who takes what of it. Raises GoneError."""
    folder = fetch(visit.store.settings, found, by=visit.user.login)
    visit.log("return", f"{found.receiver} {found.name} {what}", "fetched")
    return folder


def _start(found: Return, dataset: str, cursor: str) -> int:
    """The row at which a page starts. Raises 404 for a dataset that it has not, 400 for a cursor of something else."""
    if found.line(dataset) is None:
        raise HTTPException(404)
    if not cursor:
        return 0
    head, _, start = cursor.rpartition(".")
    if head != f"{found.name}.{dataset}" or not (start.isascii() and start.isdigit() and len(start) < 12):
        raise HTTPException(400)
    return int(start)


def _told(one: Return) -> dict[str, Any]:
    lines = [asdict(line) | {"balance": line.balance} for line in one.lines]
    return {"name": one.name} | asdict(one) | {"lines": lines}


def _json(content: object) -> Response:
    return Response(msgspec.json.encode(content), media_type="application/json")
