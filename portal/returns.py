"""The page of returns: who was given what, when it was fetched and acknowledged; receivers take their own there."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import FileResponse, RedirectResponse, Response, StreamingResponse

from hub.returns.acknowledging import acknowledge
from hub.returns.errors import (
    CountsDifferError,
    GoneError,
    NotFetchedError,
    ReturnError,
    SupersededError,
    UnknownReturnError,
)
from hub.returns.making import make
from hub.returns.reading import csv_of, folder_of
from hub.returns.receivers import DATASETS
from operations import returns as ledger
from operations.returns import Return
from portal.pages import link, page
from portal.published import NotPublished
from portal.returns_api import find, own, take
from portal.session import same_token
from portal.visit import SignedIn, Visit
from schemas.departments import departments

router = APIRouter()

LISTED = 100
STATES = {"open": "待确认", "acknowledged": "已确认", "superseded": "已被后一次取代"}
ORDER = {name: nth for nth, name in enumerate(DATASETS)}
COUNTS = ("inserted", "changed", "withdrawn", "recalled", "held_before", "held_after")
Text = Annotated[str, Form()]


@router.get("/returns")
def returns(visit: SignedIn, receiver: str = "", number: str = "") -> Response:
    """The ledger: one's own returns, or everybody's for whoever oversees them; one of them is opened."""
    seen = visit.scope.returns()
    if seen and receiver not in ("", seen):
        own(visit, receiver)
    found = ledger.listing(visit.store, seen or receiver or None)
    opened = next((one for one in found if number == str(one.number)), found[0] if found else None)
    return page(
        visit,
        "returns.html",
        returns=found[:LISTED],
        opened=opened,
        own=seen,
        receiver=receiver,
        names=_names(visit, {one.receiver for one in found} | {seen or receiver}),
        totals={(one.receiver, one.number): totals(one) for one in found[:LISTED]},
        titles=_titles(visit),
        states=STATES,
        lines=sorted(opened.lines, key=lambda line: ORDER.get(line.dataset, len(ORDER))) if opened else [],
        takes=opened is not None and _has_files(visit, opened),
        erased=ledger.REMOVED,
    )


@router.post("/returns")
def begin(visit: SignedIn, csrf: Text = "", everything: Text = "") -> Response:
    """Make the next return of one's own."""
    receiver = _own(visit, csrf)
    made = make(visit.store.settings, receiver, by=visit.user.login, everything=everything == "yes")
    visit.log("return", f"{receiver} {made.name}", "made")
    return RedirectResponse(link("/returns", number=made.number), 303)


@router.get("/returns/{number}/{name}")
def file(visit: SignedIn, number: int, name: str) -> Response:
    """A dataset of one's own return: Parquet as it is kept, or CSV made of it."""
    found = find(visit, _receiver(visit), number)
    dataset, _, ending = name.rpartition(".")
    if found.line(dataset) is None or ending not in ("parquet", "csv"):
        raise HTTPException(404)
    path = take(visit, found, name) / f"{dataset}.parquet"
    shown = f"{found.receiver}_{found.name}_{name}"
    if ending == "parquet":
        return FileResponse(path, filename=shown)
    disposition = f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(shown)}"
    return StreamingResponse(
        csv_of(path), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


@router.post("/returns/{number}/acknowledge")
def acknowledged(visit: SignedIn, number: int, csrf: Text = "") -> Response:
    """Keep that one's own return is applied."""
    receiver = _own(visit, csrf)
    acknowledge(visit.store.settings, receiver, number, by=visit.user.login)
    visit.log("return", f"{receiver} {ledger.folder_name(number)}", "acknowledged")
    return RedirectResponse(link("/returns", number=number), 303)


def totals(one: Return) -> dict[str, int]:
    """The sums of a return's lines, and whether one of them does not balance."""
    sums = {name: sum(getattr(line, name) for line in one.lines) for name in COUNTS}
    return sums | {"unbalanced": sum(line.balance != 0 for line in one.lines)}


def words(error: ReturnError) -> tuple[int, str, str]:
    """(HTTP status, what is wrong, what to do) in Chinese."""
    anew = "请重新生成回流，再按新的一次领取和确认。"
    if isinstance(error, UnknownReturnError):
        return 404, "没有这一次回流。", "请从回流清单中选择。"
    if isinstance(error, GoneError):
        return 410, "这一次回流的文件已不在：已经确认、已被后一次取代，或依法删除时移除。", anew
    if isinstance(error, SupersededError):
        return 409, "这一次回流已被后一次取代，不能再确认。", "请领取并确认最新的一次，它包含此前全部变化。"
    if isinstance(error, NotFetchedError):
        return 409, "这一次回流还没有领取过，不能确认。", "请先下载文件或读取数据，应用之后再确认。"
    if isinstance(error, CountsDifferError):
        told = "；".join(f"{dataset} 贵方 {there:,} 行，本仓 {here:,} 行" for dataset, there, here in error.unlike)
        return 409, f"行数不一致，未予确认：{told}。", "请按文件中的先后重新应用；仍不一致的，请领取全部数据重新开始。"
    return 409, "回流现在不能生成或确认。", "请稍后重试；仍然不行的，请把时间告诉数据工程师。"


def _own(visit: Visit, csrf: str) -> str:
    if not same_token(visit.session, csrf):
        raise HTTPException(403)
    return _receiver(visit)


def _receiver(visit: Visit) -> str:
    """One's own code. Raises Refused for a role that takes nothing."""
    receiver = visit.scope.receiver or ""
    own(visit, receiver)
    return receiver


def _has_files(visit: Visit, one: Return) -> bool:
    try:
        folder_of(visit.store.settings, one)
    except GoneError:
        return False
    return one.receiver == visit.scope.receiver


def _names(visit: Visit, codes: set[str]) -> dict[str, str]:
    """What the receivers are called; a code that nobody knows any more stands for itself."""
    known = {code: one.name_zh for code, one in departments().items()}
    with suppress(NotPublished):
        known |= {row["code"]: row["name"] for row in visit.reader.rows("returns/places", codes=sorted(codes))}
    return {code: known.get(code, code) for code in codes}


def _titles(visit: Visit) -> dict[str, Any]:
    """What the datasets are called."""
    try:
        rows = visit.reader.rows("returns/titles")
    except NotPublished:
        return {}
    return {row["name"]: str(row["title"] or row["name"]).partition("：")[0] for row in rows}
