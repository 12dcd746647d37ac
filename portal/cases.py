"""Case look-up: one case, its five stages, its reports and why they belong together, each with its source."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from operations.personal_numbers import shortened
from portal.listing import PLACE_NAMES
from portal.pages import page
from portal.reader import Reader, Row
from portal.visit import SignedIn

router = APIRouter()

STAGES = (("10", "一窗受理"), ("20", "纠纷调处"), ("30", "司法确认"), ("40", "诉讼引调"), ("50", "评价回访"))
_CODE = re.compile(r"[0-9A-Z]{6,40}")


@dataclass(frozen=True)
class Stage:
    """One of the five stages on the timeline; `state` is done, now, or none."""

    code: str
    title: str
    state: str
    steps: list[Row]


@router.get("/case")
def case(visit: SignedIn, code: str = "") -> Response:
    """The case of a code. A code that does not exist and one outside the scope get the same answer."""
    asked = code.strip().upper()
    if not asked:
        return page(visit, "case_search.html", asked="", problem="", choices=[])
    choices = _meant(visit.reader, asked) if _CODE.fullmatch(asked) else []
    found = visit.reader.one("cases/case", {"place_names": PLACE_NAMES}, code=choices[0]) if len(choices) == 1 else None
    # What was typed may be no code but a person's number; the log keeps codes.
    visit.log("case", found["case_code"] if found else shortened(asked)[:64], "case look-up")
    if len(choices) > 1:
        problem = f"这个地方编码写在 {len(choices)} 个案件上，须由人并案或请来源更正。请选择要看的案件："
        return page(visit, "case_search.html", asked=asked, problem=problem, choices=choices)
    if found is None:
        problem = "没有找到这个编号的案件，或它不在您的权限范围内。请核对编号后重新输入。"
        return page(visit, "case_search.html", 404, asked=asked[:64], problem=problem, choices=[])
    current = found["case_code"]
    steps = visit.reader.rows("cases/steps", code=current)
    hops = _rows(visit.reader, "hops", current)
    colours = _rows(visit.reader, "colours", current)
    reports = visit.reader.rows("cases/reports", code=current)
    titles = {row["system"]: row["title"] for row in visit.reader.rows("cases/systems")}
    return page(
        visit,
        "case.html",
        case=found,
        asked=asked,
        stages=timeline(found, steps),
        holder=next(iter(_rows(visit.reader, "holder", current) or ()), None),
        hops=hops,
        hops_hidden=max(int(found["transfer_count"] or 0) - len(hops or ()), 0),
        colours=colours,
        colour_since=colour_since(colours or ()),
        aliases=_rows(visit.reader, "aliases", current) or [],
        local_codes=_rows(visit.reader, "local_codes", current) or [],
        reports=[
            {**report, "why": reason(report, titles, visit.scope.department is None), "where": where(report)}
            for report in reports
        ],
        hidden=max(int(found["report_count"] or 0) - len(reports), 0),
        parties=parties(visit.reader, current),
    )


def _meant(reader: Reader, asked: str) -> list[str]:
    """The cases of a local code, the case into which a code was merged away, or the code itself."""
    local = reader.rows("cases/local_code", code=asked) if reader.has("core.local_codes") else []
    merged = reader.one("cases/alias", code=asked)
    return [str(row["case_code"]) for row in local] or [merged["new_code"] if merged else asked]


_TABLES = {
    "holder": "core.case_holders",
    "hops": "core.transfer_hops",
    "colours": "core.colour_history",
    "aliases": "core.case_aliases",
    "local_codes": "core.local_codes",
}


def _rows(reader: Reader, name: str, code: str) -> list[Row] | None:
    """A part of the case; None where the role may not see it, or an earlier program published without it."""
    return reader.rows(f"cases/{name}", code=code) if reader.has(_TABLES[name]) else None


def colour_since(colours: Sequence[Row]) -> datetime | None:
    """Since when the case has had the colour of the last of its history, which also tells what changed beneath it."""
    since = None
    for row in reversed(colours):
        if row["colour"] != colours[-1]["colour"]:
            break
        since = row["seen_at"]
    return since


def timeline(found: Row, steps: list[Row]) -> list[Stage]:
    """The five stages: done where something happened there, now where an open case stands."""
    stages = []
    for code, title in STAGES:
        own = [step for step in steps if step["stage_code"] == code]
        now = bool(found["is_open"]) and found["stage_code"] == code
        stages.append(Stage(code, title, "now" if now else "done" if own else "none", own))
    return stages


def where(report: Row) -> str:
    """The place of a report in its delivery: dataset, file and the ordinal of the record."""
    return f"{report['dataset']} 第 {report['position']:,} 条"


def parties(reader: Reader, code: str) -> list[Row] | None:
    """Masked parties, or None where the role may not see people at all."""
    return reader.rows("cases/parties", code=code) if reader.scope.grants("core.parties") else None


def reason(report: Row, titles: dict[str, str], name_other: bool) -> str:
    """Why a report belongs to its case, in Chinese, from the evidence kept with the link.

    `name_other` says whether the reader may know the other report's system and number.
    """
    method = str(report["link_method"] or "")
    if method == "first":
        return "本案的第一件来件，案件编号由它产生。"
    loaded = json.loads(report["link_evidence"] or "{}")
    evidence: dict[str, Any] = loaded if isinstance(loaded, dict) else {}
    if method == "merged":
        former = evidence.get("from_code")
        return "原属另一案件，两案合并后归入本案" + (f"（原编号 {former}）。" if former else "。")
    if method == "decided":
        return f"由人认定归入本案（决定 {evidence.get('decision')}，原编号 {evidence.get('from_code')}）。"
    other = "本案的另一件来件"
    if name_other and evidence.get("system"):
        system = str(evidence["system"])
        other = f"{titles.get(system, system)}的来件 {evidence.get('source_id', '')}"
    sentence = {
        "transfer": f"与{other}有转办关系：一方写明了对方的编号",
        "id_rule": f"与{other}的当事人证件相同，案由同类，同在一县",
        "phone_rule": f"与{other}的申请人电话相同，案由同类，同在一县",
    }.get(method, f"按关联规则与{other}归为一案")
    if evidence.get("swapped") is True:
        sentence += "，申请人与被申请人互换"
    days = evidence.get("days")
    if days is not None:
        sentence += "，同日报送" if int(days) == 0 else f"，相隔 {days} 天"
    return sentence + "。"
