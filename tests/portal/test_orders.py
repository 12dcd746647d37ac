"""Work orders on the pages: a department sees and answers its own, the province watches, counties see none."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from fastapi.testclient import TestClient
from order_rounds_made import a_round
from python_calamine import CalamineWorkbook
from signing_in import PASSWORD, csrf, sign_in

from hub.work_orders import due_in_words, due_now
from operations import access_log, order_rounds, users, work_orders
from operations.settings import Settings
from operations.store import Store
from portal.app import create_app
from portal.order_lists import shown

AS_OF = datetime(2026, 9, 15, 8)
PEOPLE = {"leader": ("province", None), "justice": ("department", "justice_department"), "engineer": ("engineer", None)}
SignedIn = Callable[[str], TestClient]


class Desk:
    """A home of its own with one order of the justice department; everybody acts through the pages."""

    def __init__(self, home: Path, published: Path) -> None:
        self.settings = Settings(home=home, memory_limit="256MiB", as_of=AS_OF)
        self.settings.published.symlink_to(published)
        self.settings.prepare()
        self.store = Store(self.settings)
        for login, (role, code) in PEOPLE.items():
            users.create(self.store, login, PASSWORD, role, code)  # type: ignore[arg-type]
        self.build(rows_open=3)
        self.order_no = str(work_orders.listing(self.store)[0]["order_no"])
        self._app = create_app(self.settings)
        self._clients: dict[str, TestClient] = {}

    def build(self, number: int = 1, **facts: Any) -> None:
        """What a build tells the people's side of this order."""
        order_rounds.follow(self.store, [a_round(number, **facts)], due_now(self.settings), AS_OF)

    def client(self, login: str) -> TestClient:
        if login not in self._clients:
            found = self._clients[login] = TestClient(self._app, follow_redirects=False)
            assert sign_in(found, login).status_code == 303
        return self._clients[login]

    def page(self, login: str) -> str:
        return str(self.client(login).get(f"/orders/{self.order_no}").text)

    def act(self, login: str, act: str, **fields: str) -> int:
        form = {"csrf": csrf(self.page(login)), "act": act, **fields}
        return int(self.client(login).post(f"/orders/{self.order_no}", data=form).status_code)

    @property
    def order(self) -> dict[str, Any]:
        return work_orders.find(self.store, self.order_no)


def words(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.fixture
def desk(tmp_path: Path, settings: Settings) -> Desk:
    return Desk(tmp_path, settings.published)


def test_a_department_signs_answers_and_declares_the_fix_and_the_machine_closes(desk: Desk) -> None:
    assert "签收表示已收到本工单" in desk.page("justice")
    assert desk.act("justice", "sign") == 303
    given = {"verdict": "true", "cause": "entry", "promised_on": "2026-09-18", "note": "窗口录入有误"}
    assert desk.act("justice", "answer", **given) == 303
    text = words(desk.page("justice"))
    assert "属实 ，原因：源头录入" in text or "属实，原因：源头录入" in text
    assert "承诺 2026-09-18 前完成" in text
    assert desk.act("justice", "fix", note="已更正三条") == 303
    assert desk.order["state"] == "fixed"
    desk.build(rows_corrected=3)
    text = words(desk.page("justice"))
    assert "已销号" in text
    assert "部门整改" in text
    assert 'id="acts"' not in desk.page("justice")
    assert [event["who"] for event in work_orders.events(desk.store, desk.order_no)] == [
        "hub", "hub", "justice", "justice", "justice", "hub", "hub",
    ]  # fmt: skip


def test_what_an_answer_lacks_is_said_in_chinese_and_changes_nothing(desk: Desk) -> None:
    desk.act("justice", "sign")
    for fields, says in (
        ({}, "请选择答复意见"),
        ({"verdict": "true", "cause": "entry"}, "请选择原因并填写承诺完成日期"),
        ({"verdict": "true", "cause": "weather", "promised_on": "2026-09-18"}, "请选择原因"),
        ({"verdict": "untrue", "note": " "}, "请写明理由"),
    ):
        form = {"csrf": csrf(desk.page("justice")), "act": "answer", **fields}
        answer = desk.client("justice").post(f"/orders/{desk.order_no}", data=form)
        assert answer.status_code == 400
        assert says in answer.text
    assert desk.order["state"] == "signed"


def test_nobody_does_what_is_not_theirs_or_out_of_turn(desk: Desk) -> None:
    assert desk.act("leader", "sign") == 403
    assert desk.act("justice", "return", note="不") == 403
    assert desk.act("justice", "verify") == 403
    assert desk.act("justice", "fix") == 409
    assert desk.client("justice").post(f"/orders/{desk.order_no}", data={"act": "sign"}).status_code == 403
    assert desk.order["state"] == "sent"
    assert [event["act"] for event in work_orders.events(desk.store, desk.order_no)] == ["find", "send"]


def test_the_province_returns_an_answer_and_the_act_is_logged(desk: Desk) -> None:
    desk.act("justice", "sign")
    desk.act("justice", "answer", verdict="wrong_rule", note="外籍人员证件")
    assert desk.act("leader", "return", note="规则已核对") == 303
    assert desk.order["state"] == "signed"
    assert "规则已核对" in desk.page("justice")
    (newest,) = access_log.recent(desk.store, 1)
    assert (newest["who"], newest["what"], newest["subject"], newest["reason"]) == (
        "leader", "order", desk.order_no, "return",
    )  # fmt: skip


def test_rows_without_a_key_can_be_closed_by_hand_and_others_not(desk: Desk) -> None:
    assert desk.act("engineer", "waive", note="无法复核") == 409
    desk.build(rows_open=3, rows_unkeyed=3)
    assert "人工销号" in desk.page("engineer")
    assert desk.act("engineer", "waive") == 400
    assert desk.act("engineer", "waive", note="来源已停用") == 303


def test_what_looks_like_markup_or_a_number_in_a_note_is_neither_run_nor_shown(desk: Desk) -> None:
    desk.act("justice", "sign")
    desk.act("justice", "answer", verdict="untrue", note="<script>x</script> 330108200001010016")
    text = desk.page("leader")
    assert "<script>x" not in text
    assert "330108200001010016" not in text


def test_due_dates_are_words_in_working_days(desk: Desk) -> None:
    assert "剩余 5 个工作日" in desk.page("justice")
    due = desk.order["due_at"]
    later = {day: replace(desk.settings, as_of=due.replace(hour=9) + timedelta(days=day)) for day in (-1, 0, 1, 3)}
    said = {day: due_in_words(at, work_orders.find(Store(at), desk.order_no)) for day, at in later.items()}
    assert due == datetime(2026, 9, 21, 23, 59, 59), "a Monday: Sunday the 20th is worked for the holiday"
    assert said == {-1: "剩余 1 个工作日", 0: "今日到期", 1: "逾期 1 个工作日", 3: "逾期 3 个工作日"}


def test_a_department_never_sees_a_fault_of_ours(signed_in: SignedIn) -> None:
    for path in ("/orders", "/orders?part=ours", "/orders?part=unsent", "/orders?part=closed"):
        text = signed_in("justice").get(path).text
        assert "案由尚无对照" not in text
        assert "乡镇街道未填" not in text, "a warning that nobody sent yet"
        assert "省信访局" not in text
    assert "身份号码校验位不符" in signed_in("justice").get("/orders").text
    text = signed_in("leader").get("/orders?part=ours").text
    assert "案由尚无对照" in text
    assert "由数据仓处理" in text
    assert "待派发" in signed_in("leader").get("/orders?part=unsent").text


def test_another_departments_order_answers_like_one_that_does_not_exist(signed_in: SignedIn) -> None:
    there, nowhere = (signed_in("justice").get(f"/orders/GD20260915-{n}") for n in ("0001", "9999"))
    assert there.status_code == nowhere.status_code == 404
    assert there.text == nowhere.text


def test_counties_see_no_order_and_no_way_to_one(signed_in: SignedIn) -> None:
    assert signed_in("binjiang").get("/orders").status_code == 403
    text = signed_in("binjiang").get("/quality").text
    assert "整改工单" not in text
    assert "GD2026" not in text


def test_the_quality_page_leads_from_a_rule_to_its_order(signed_in: SignedIn) -> None:
    text = signed_in("justice").get("/quality").text
    (order_no,) = set(re.findall(r'href="/orders/(GD\d{8}-\d{4})"', text))
    page = signed_in("justice").get(f"/orders/{order_no}").text
    assert "身份号码校验位不符" in page
    assert "APPLICANT_CERT_NUM" in page, "the source's own name of the field"
    for part in ("PEOPLES_MEDIATION-0", "330108********0016", "part-0001.ndjson"):
        assert part in page


def test_exports_hold_every_row_masked_and_no_formula(signed_in: SignedIn) -> None:
    order_no = re.findall(r'href="/orders/(GD[\d-]+)"', signed_in("justice").get("/orders").text)[0]
    lines = signed_in("justice").get(f"/orders/{order_no}/rows.csv").text.splitlines()
    assert lines[0].startswith("\ufeff工单号,数据集,源编号")
    assert len(lines) == 5
    assert "'=1+1" in lines[-1]
    assert "已更正" in lines[-1]
    book = signed_in("justice").get(f"/orders/{order_no}/rows.xlsx").content
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book))
    assert [len(sheets.get_sheet_by_name(name).to_python()) for name in sheets.sheet_names] == [5, 6]


def test_what_is_wrong_with_a_dataset_is_shown_with_what_should_be(signed_in: SignedIn) -> None:
    listed = signed_in("engineer").get("/orders?system=court_odr").text
    for order_no in re.findall(r'href="/orders/(GD[\d-]+)"', listed):
        text = words(signed_in("engineer").get(f"/orders/{order_no}").text)
        if "volume_zero" in text:
            assert "整个数据集" in text
            assert "2026-09-14（周一）0 行（应为：约 40 行，22 至 58 行）" in text
            break
    else:
        pytest.fail("no order of the dataset")


def test_pages_of_a_department_have_no_word_of_ours(signed_in: SignedIn, current: duckdb.DuckDBPyConnection) -> None:
    desk = signed_in("justice")
    numbers = re.findall(r'href="(/orders/GD[\d-]+)"', desk.get("/orders").text)
    ours = "SELECT unnest([system, dataset, contract, rule_id, field, load_id]) FROM core.failing_rows"
    named = {word for (word,) in current.execute(f"SELECT DISTINCT word FROM ({ours}) AS t(word)").fetchall() if word}
    for path in ("/quality", "/orders", numbers[0]):
        text = re.sub(r"<[^>]*>", "\n", re.sub(r"<(script|style).*?</\1>", "", desk.get(path).text, flags=re.S))
        text = text.split("装载账目")[0]  # the ledger names each load, to be asked about
        assert [word for word in sorted(named) if re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", text)] == [], path
        assert "来件" in text


def test_a_field_is_called_what_it_is_called_in_every_contract(desk: Desk) -> None:
    order = work_orders.listing(desk.store)[0]
    assert shown(desk.store, {**order, "field": "source_updated_at"}).field_title == "源系统更新时间"
    key = shown(desk.store, {**order, "field": "source_id"})
    assert (key.field_title, key.source_field) == ("主键", "CASE_NO")
