"""Reveal: the personal values of one report, for a reason that is kept first; and who had which revealed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from hub import reveal as revealing
from operations import access_log
from portal.pages import page
from portal.reader import Row
from portal.session import same_token
from portal.visit import SignedIn, Visit
from warehouse.reveal import NoRevealError

router = APIRouter()

CONTRACT = "case_reports"
LISTED = 500
Text = Annotated[str, Form()]


@router.get("/reveal")
def ask(visit: SignedIn, system: str = "", source_id: str = "") -> Response:
    """The form for one report: its fields, and why they are needed. A report outside the scope is not there (404)."""
    visit.scope.reveal()
    return _form(visit, _report(visit, system, source_id))


@router.post("/reveal")
def show(
    visit: SignedIn,
    csrf: Text = "",
    system: Text = "",
    source_id: Text = "",
    reason: Text = "",
    field: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Keep who, what and why, then show the values; the page is never kept by a browser."""
    visit.scope.reveal()
    if not same_token(visit.session, csrf):
        raise HTTPException(403)
    report = _report(visit, system, source_id)
    wanted = [name for name in field or () if name in revealing.fields(CONTRACT)]
    if not wanted:
        return _form(visit, report, "请勾选需要查看的内容。", reason)
    if len(reason.strip()) < revealing.SHORTEST_REASON:
        return _form(visit, report, f"请写明理由（至少 {revealing.SHORTEST_REASON} 个字）。", reason, wanted)
    try:
        values = revealing.reveal(
            visit.store.settings,
            visit.store,
            who=visit.user.login,
            contract=CONTRACT,
            system=system,
            source_id=source_id,
            wanted=wanted,
            reason=reason,
        )
    except (NoRevealError, revealing.RevealError):
        return _form(visit, report, "原值暂不可查：下一次发布之后再试；本次申请已留痕。", reason, wanted)
    return page(visit, "revealed.html", report=report, values=values, titles=revealing.fields(CONTRACT), reason=reason)


@router.get("/reveals")
def reveals(visit: SignedIn) -> Response:
    """The last reveals, newest first, for whoever audits them."""
    visit.scope.audit()
    return page(visit, "reveals.html", reveals=access_log.recent(visit.store, LISTED, access_log.REVEAL), listed=LISTED)


def _report(visit: Visit, system: str, source_id: str) -> Row:
    found = visit.reader.one("cases/report", system=system, source_id=source_id)
    if found is None:
        raise HTTPException(404)
    return found


def _form(visit: Visit, report: Row, problem: str = "", reason: str = "", wanted: list[str] | None = None) -> Response:
    fields = revealing.fields(CONTRACT)
    status = 400 if problem else 200
    return page(
        visit, "reveal.html", status, report=report, fields=fields, problem=problem, reason=reason, wanted=wanted or []
    )
