"""Pairs of cases that may be one dispute: staff look at both, then say one, two or later, and may withdraw it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import RedirectResponse, Response

from hub import link_review, linking
from hub.link_review import Pair
from portal.listing import PLACE_NAMES
from portal.pages import link, page
from portal.reader import Row
from portal.session import same_token
from portal.visit import SignedIn, Visit

log = logging.getLogger("portal")
router = APIRouter()

PAGE_PAIRS = 10
PARTS = {"open": "待认定", "later": "暂缓", "decided": "已认定"}
"""The lists that the page offers, by the word in its address."""
DECIDES = {"one": linking.merge, "two": linking.apart, "later": link_review.put_off}
EVIDENCE = {
    "one names the number of the other": "一件写明了另一件的编号",
    "same local code": "地方编码相同",
    "same ID number of the applicant": "申请人证件号码相同",
    "applicant of one, respondent of the other": "一件的申请人是另一件的被申请人",
    "other ID numbers of the applicants": "申请人证件号码不同",
    "same telephone of the applicant": "申请人电话相同",
    "same name of the applicant": "申请人姓名相同",
    "same opponent": "对方当事人相同",
    "other opponents": "对方当事人不同",
    "same type": "案由相同",
    "type of the same group": "案由同类",
    "types of other groups": "案由不同类",
    "same town": "同一乡镇街道",
    "same county": "同一县（市、区）",
    "other counties": "不同县（市、区）",
    "within a week": "相隔一周以内",
    "within 30 days": "相隔三十天以内",
}
STATES = {
    "waiting": "待下次建库生效",
    "merged": "已并案",
    "split": "已拆案",
    "nothing": "已生效，编码未变",
    "refused": "与其他决定冲突，未生效",
}
Text = Annotated[str, Form()]


@dataclass(frozen=True)
class Shown:
    """A pair with its two reports as this person may see them."""

    pair: Pair
    reports: list[Row]


@router.get("/links")
def links(visit: SignedIn, part: str = "open", number: str = "1") -> Response:
    """The pairs that wait for a person, those that were put off, or what was decided."""
    visit.scope.decide_links()
    return _list(visit, part if part in PARTS else "open", number)


@router.post("/links")
def decide(
    visit: SignedIn,
    csrf: Text = "",
    act: Text = "",
    code: Text = "",
    other_code: Text = "",
    decision: Text = "",
    reason: Text = "",
) -> Response:
    """Say it, then show the list again. Refuses what lacks a reason (400) and what contradicts what stands (409)."""
    visit.scope.decide_links()
    if not same_token(visit.session, csrf):
        raise HTTPException(403)
    known = act in DECIDES or (act == "undo" and decision.isdecimal() and len(decision) < 10)
    if not known:
        raise HTTPException(400)
    part = "decided" if act == "undo" else "open"
    if not reason.strip():
        return _list(visit, part, "1", "请写明理由，再认定。", 400)
    settings, who = visit.store.settings, visit.user.login
    try:
        if act == "undo":
            linking.undo(settings, int(decision), who, reason)
        else:
            DECIDES[act](settings, code, other_code, who, reason)
    except linking.LinkError as error:
        log.warning("%s of %s %s%s: %s", act, code, other_code, decision, error)
        refused = (
            "没有办成：案件已并、已分，或另一决定与它有关而尚未生效、与它相反。请先看“已认定”，必要时撤回后再认定。"
        )
        return _list(visit, part, "1", refused, 409)
    visit.log("link", f"decision {decision}" if act == "undo" else f"{code} {other_code}", act)
    return RedirectResponse(link("/links", part=part if part != "open" else ""), 303)


def _list(visit: Visit, part: str, number: str, problem: str = "", status: int = 200) -> Response:
    pairs = link_review.review(visit.store.settings)
    decided = linking.listing(visit.store.settings, everything=True)
    lists = {
        word: [one for one in pairs if (one.put_off is not None) is (word == "later")] for word in ("open", "later")
    }
    sizes = {word: len(found) for word, found in lists.items()} | {"decided": len(decided)}
    pages = max(1, -(-sizes[part] // PAGE_PAIRS))
    current = min(max(int(number) if number.isdecimal() and len(number) < 8 else 1, 1), pages)
    cut = slice((current - 1) * PAGE_PAIRS, current * PAGE_PAIRS)
    return page(
        visit,
        "links.html",
        status,
        parts=PARTS,
        part=part,
        sizes=sizes,
        pairs=_shown(visit, lists[part][cut]) if part in lists else [],
        decided=decided[cut] if part == "decided" else [],
        evidence=EVIDENCE,
        states=STATES,
        problem=problem,
        pages=pages,
        current=current,
    )


def _shown(visit: Visit, pairs: list[Pair]) -> list[Shown]:
    keys = [report for pair in pairs for report in pair.reports]
    values = {"systems": [one for one, _ in keys], "source_ids": [one for _, one in keys]}
    rows = visit.reader.rows("links/reports", {"place_names": PLACE_NAMES}, **values)
    by_key = {(row["system"], row["source_id"]): row for row in rows}
    return [Shown(pair, [by_key[report] for report in pair.reports if report in by_key]) for pair in pairs]
