"""Work orders: what has to be mended, by when, with evidence; departments answer here, the province watches."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import RedirectResponse, Response

from hub import work_orders as hub_orders
from operations import order_states, work_orders
from operations.order_words import SETTLED
from portal.order_lists import PARTS, Shown, is_in, shown, system_title
from portal.pages import page
from portal.published import NotPublished
from portal.reader import Row
from portal.session import same_token
from portal.visit import SignedIn, Visit
from quality.report.sheets import XLSX, csv_lines, write_workbook

router = APIRouter()

PAGE_ROWS = 50
XLSX_ROWS = 10_000
CSV_ROWS = 1_000_000
Text = Annotated[str, Form()]


@router.get("/orders")
def orders(visit: SignedIn, part: str = "open", system: str = "", number: str = "1") -> Response:
    """The orders in scope, longest overdue first."""
    part = part if part in PARTS else "open"
    seen = _seen(visit)
    sizes = {word: sum(is_in(one, word) for one in seen) for word in PARTS}
    chosen = [one for one in seen if is_in(one, part) and system in ("", one["system"])]
    pages = max(1, -(-len(chosen) // PAGE_ROWS))
    current = min(max(int(number) if number.isdecimal() and len(number) < 8 else 1, 1), pages)
    found = [shown(visit.store, one) for one in chosen[(current - 1) * PAGE_ROWS : current * PAGE_ROWS]]
    return page(
        visit,
        "orders.html",
        orders=found,
        parts={word: title for word, title in PARTS.items() if sizes[word] or word in ("open", "closed", part)},
        sizes=sizes,
        part=part,
        system=system,
        systems={one["system"]: system_title(one) for one in seen},
        pages=pages,
        current=current,
    )


@router.get("/orders/{order_no}")
def order(visit: SignedIn, order_no: str, rows: str = "open", number: str = "1") -> Response:
    """One order: what is wrong, how far it is, the rows, and what this person may do now."""
    return _order_page(visit, _one(visit, order_no), rows, number)


@router.post("/orders/{order_no}")
def act(
    visit: SignedIn,
    order_no: str,
    csrf: Text = "",
    act: Text = "",
    verdict: Text = "",
    cause: Text = "",
    promised_on: Text = "",
    note: Text = "",
) -> Response:
    """Do one act, then show the order again. Refuses what the role may not do (403) and what is out of turn (409)."""
    if not same_token(visit.session, csrf) or not visit.scope.may(act):
        raise HTTPException(403)
    found = _one(visit, order_no)
    if problem := _missing(act, verdict, cause, promised_on, note):
        return _order_page(visit, found, "open", "1", problem=problem, status=400)
    try:
        _perform(visit, order_no, act, verdict, cause, promised_on, note)
    except order_states.OrderError:
        raise HTTPException(409) from None
    visit.log("order", order_no, act)
    return RedirectResponse(f"/orders/{order_no}", 303)


@router.get("/orders/{order_no}/rows.csv")
def rows_csv(visit: SignedIn, order_no: str) -> Response:
    """Every row of the order, settled ones too, as CSV: masked, with the source's own key."""
    found = shown(visit.store, _one(visit, order_no))
    titles, cells = _cells(visit, found, CSV_ROWS)
    visit.log("export", f"/orders/{order_no}", "csv")
    return _file(b"".join(csv_lines(titles, cells)), "text/csv; charset=utf-8", order_no, "csv")


@router.get("/orders/{order_no}/rows.xlsx")
def rows_xlsx(visit: SignedIn, order_no: str) -> Response:
    """The first XLSX_ROWS rows as xlsx, with the order on a second sheet."""
    found = shown(visit.store, _one(visit, order_no))
    titles, cells = _cells(visit, found, XLSX_ROWS)
    notes = [
        f"整改工单 {order_no}：{found.order['title']}",
        f"{found.department_name} · {found.system_title} · {found.field_title}",
        f"问题：{found.order['message']}",
        f"怎么改：{found.order['advice']}",
        f"期限：{found.order['due_at']:%Y-%m-%d}" if found.order["due_at"] else "期限：尚未派发",
        f"数据版本：{visit.reader.edition.version}；最多 {XLSX_ROWS:,} 行，更多请下载 CSV",
    ]
    visit.log("export", f"/orders/{order_no}", "xlsx")
    body = io.BytesIO()
    write_workbook(body, titles, cells, notes)
    return _file(body.getvalue(), XLSX, order_no, "xlsx")


def order_numbers(visit: Visit) -> dict[tuple[str, str, str], str]:
    """The order of each (system, contract, rule) in scope; empty for a role that sees none."""
    if not visit.scope.sees_orders:
        return {}
    return {(one["system"], one["contract"], one["rule_id"]): one["order_no"] for one in _seen(visit)}


def _seen(visit: Visit) -> list[Row]:
    """Every order in scope. Raises Refused."""
    return work_orders.listing(visit.store, **visit.scope.orders())


def _one(visit: Visit, order_no: str) -> Row:
    """An order in scope; one outside it and one that does not exist get the same answer (404)."""
    for one in _seen(visit):
        if one["order_no"] == order_no:
            return one
    raise HTTPException(404)


def _order_page(visit: Visit, found: Row, rows: str, number: str, *, problem: str = "", status: int = 200) -> Response:
    possible = [one for one in order_states.allowed(found) if visit.scope.may(one)]
    size, evidence, current = _evidence(visit, found, rows, number)
    return page(
        visit,
        "order.html",
        status,
        shown=shown(visit.store, found),
        order=found,
        events=work_orders.events(visit.store, found["order_no"]),
        possible=possible,
        problem=problem,
        today=visit.store.settings.clock().date(),
        size=size,
        part=rows,
        evidence=evidence,
        pages=max(1, -(-size.get(rows, 0) // PAGE_ROWS)),
        current=current,
    )


def _evidence(visit: Visit, found: Row, part: str, number: str) -> tuple[dict[str, int], list[Row], int]:
    """(rows by part, one page of them, its number); nothing while nothing is published."""
    try:
        counted = visit.reader.one("orders/count", **_key(found)) or {"rows": 0, "still_open": 0}
    except NotPublished:
        return {}, [], 1
    size = {"open": counted["still_open"], "all": counted["rows"]}
    part = part if part in size else "open"
    last = max(1, -(-size[part] // PAGE_ROWS))
    current = min(max(int(number) if number.isdecimal() and len(number) < 8 else 1, 1), last)
    rows = visit.reader.rows("orders/rows", part=part, size=PAGE_ROWS, start=(current - 1) * PAGE_ROWS, **_key(found))
    return size, rows, current


def _key(found: Row) -> dict[str, Any]:
    return {name: found[name] for name in ("system", "contract", "rule_id", "field")}


def _missing(act: str, verdict: str, cause: str, promised_on: str, note: str) -> str:
    """What the form still lacks, as a sentence; empty when it is complete."""
    if act in ("return", "waive") and not note.strip():
        return "请写明理由。"
    if act != "answer":
        return ""
    if verdict not in order_states.VERDICTS:
        return "请选择答复意见。"
    if verdict != "true":
        return "" if note.strip() else "申诉或认为规则有误的，请写明理由。"
    if cause not in order_states.CAUSES or _day(promised_on) is None:
        return "认定属实的，请选择原因并填写承诺完成日期。"
    return ""


def _perform(visit: Visit, order_no: str, act: str, verdict: str, cause: str, promised_on: str, note: str) -> None:
    store, who = visit.store, visit.user.login
    if act == "send":
        hub_orders.send(store, order_no, who)
    elif act == "sign":
        work_orders.sign(store, order_no, who)
    elif act == "answer":
        is_so = verdict == "true"
        work_orders.answer(
            store,
            order_no,
            who,
            cast("order_states.Verdict", verdict),
            note,
            cause=cast("order_states.Cause", cause) if is_so else None,
            promised_on=_day(promised_on) if is_so else None,
        )
    elif act == "fix":
        work_orders.fix(store, order_no, who, note)
    elif act == "return":
        work_orders.give_back(store, order_no, who, note)
    elif act == "waive":
        work_orders.waive(store, order_no, who, note)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _cells(visit: Visit, found: Shown, size: int) -> tuple[list[str], Iterator[list[Any]]]:
    """Titles and cells of the exports."""
    titles = ["工单号", "数据集", "源编号", "字段", "源字段", "填报内容（脱敏）", "出处", "第几条", "批次"]
    titles += ["发现时间", "轮次", "销号时间", "结果"]
    rows = visit.reader.rows("orders/rows", part="all", size=size, start=0, **_key(found.order))
    cells = (
        [
            *(
                found.order["order_no"],
                found.dataset_title,
                row["source_id"],
                found.field_title or found.order["field"],
            ),
            *(found.source_field, row["shown"], row["file"], row["position"], row["load_id"], row["attached_at"]),
            *(row["round"], row["settled_at"], SETTLED[row["settled_how"]] if row["settled_how"] else "未改"),
        ]
        for row in rows
    )
    return titles, cells


def _file(body: bytes, kind: str, order_no: str, ending: str) -> Response:
    name = quote(f"整改工单_{order_no}.{ending}")
    disposition = f"attachment; filename=\"{order_no}.{ending}\"; filename*=UTF-8''{name}"
    return Response(body, media_type=kind, headers={"Content-Disposition": disposition})
