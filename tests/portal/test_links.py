"""The list of pairs that may be one dispute: staff decide, put off and withdraw on it; who may not sees none of it."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from chromium import CONTRAST, chromium
from fastapi.testclient import TestClient
from linked_court import Linked, report
from playwright.sync_api import Page
from signing_in import PASSWORD, csrf, sign_in

from hub import link_review, linking
from operations import access_log, users
from operations.store import Store
from portal.app import create_app
from portal.link_review import EVIDENCE

PEOPLE: dict[str, tuple[users.Role, str | None]] = {
    "leader": ("province", None),
    "engineer": ("engineer", None),
    "binjiang": ("county", "330108"),
    "justice": ("department", "justice_department"),
    "auditor": ("auditor", None),
}
OVERFLOWING = (
    "[...document.querySelectorAll('.compared th, .compared td')]"
    ".filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
)
ID_NUMBERS = ("330108198001010016", "330522196503072348", "330108197901010017")


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Linked:
    """Three people who come again after six weeks; the tests go on from each other."""
    again = [
        report(f"{key}{nth}", day, sqrzjhm=id_no)
        for key, id_no in zip("ABC", ID_NUMBERS, strict=True)
        for nth, day in enumerate(("2024-04-10", "2024-05-25"))
    ]
    made = Linked(tmp_path_factory.mktemp("links") / "home", *again)
    for login, (role, code) in PEOPLE.items():
        users.create(Store(made.settings), login, PASSWORD, role, code)
    return made


@pytest.fixture(scope="module")
def client(linked: Linked) -> Callable[[str], TestClient]:
    app = create_app(linked.settings)

    def signed_in(login: str) -> TestClient:
        found = TestClient(app, follow_redirects=False)
        assert sign_in(found, login).status_code == 303
        return found

    return signed_in


def act(desk: TestClient, word: str, **fields: str) -> int:
    form = {"csrf": csrf(desk.get("/links").text), "act": word, **fields}
    return int(desk.post("/links", data=form).status_code)


def codes(linked: Linked, key: str) -> dict[str, str]:
    return {"code": linked.code(f"{key}0"), "other_code": linked.code(f"{key}1")}


def test_every_word_of_the_evidence_has_its_chinese() -> None:
    sql = (Path(link_review.__file__).parent / "sql" / "link_review.sql").read_text(encoding="utf-8")
    assert set(re.findall("'says': '([^']+)'", sql)) == EVIDENCE.keys()


@pytest.mark.parametrize("login", ["binjiang", "justice", "auditor"])
def test_who_may_not_decide_sees_and_does_nothing(
    client: Callable[[str], TestClient], linked: Linked, login: str
) -> None:
    desk = client(login)
    assert desk.get("/links").status_code == 403
    assert "并案认定" not in desk.get("/metrics").text
    form = {"csrf": csrf(desk.get("/metrics").text), "act": "one", "reason": "x", **codes(linked, "A")}
    assert desk.post("/links", data=form).status_code == 403
    assert linking.listing(linked.settings) == []


def test_a_pair_is_shown_side_by_side_masked_with_its_evidence(client: Callable[[str], TestClient]) -> None:
    text = client("leader").get("/links").text
    assert text.count('<article class="pair"') == 3
    for words in ("申请人证件号码相同 +35", "A0", "A1", "330108********0016"):
        assert words in text
    assert not any(one in text for one in ID_NUMBERS)
    assert "申请人证件（脱敏）" in text
    assert "申请人证件（脱敏）" not in client("engineer").get("/links").text, "an engineer sees nobody"


def test_a_decision_needs_a_token_and_a_reason(client: Callable[[str], TestClient], linked: Linked) -> None:
    desk = client("leader")
    assert desk.post("/links", data={"act": "one", "reason": "x", **codes(linked, "A")}).status_code == 403
    assert act(desk, "one", **codes(linked, "A")) == 400
    assert act(desk, "burn", reason="x", **codes(linked, "A")) == 400
    assert act(desk, "one", reason="x", code="JF1", other_code="JF2") == 409
    assert linking.listing(linked.settings) == []


def test_staff_decide_put_off_and_withdraw(client: Callable[[str], TestClient], linked: Linked) -> None:
    desk = client("leader")
    assert act(desk, "later", reason="等法院回复", **codes(linked, "C")) == 303
    assert desk.get("/links").text.count('<article class="pair"') == 2
    assert "leader，" in desk.get("/links?part=later").text
    assert "等法院回复" in desk.get("/links?part=later").text
    assert act(desk, "one", reason="同一渗水", **codes(linked, "A")) == 303
    assert act(desk, "two", reason="两户两事，电话13812341234", **codes(linked, "B")) == 303
    assert act(desk, "two", reason="再说一次", **codes(linked, "B")) == 409
    assert "没有待认定的案件" in desk.get("/links").text
    rows = linking.listing(linked.settings)
    assert [(row["verdict"], row["by"], row["reason"]) for row in rows] == [
        ("split", "leader", "两户两事，电话138***"),
        ("merge", "leader", "同一渗水"),
    ]
    (newest,) = access_log.recent(Store(linked.settings), 1)
    assert (newest["who"], newest["what"], newest["reason"]) == ("leader", "link", "two")
    decided = desk.get("/links?part=decided").text
    assert "待下次建库生效" in decided
    assert act(desk, "undo", decision=str(rows[0]["id"])) == 400
    assert act(desk, "undo", decision=str(rows[0]["id"]), reason="看错了") == 303
    assert act(desk, "undo", decision=str(rows[0]["id"]), reason="看错了") == 409
    assert desk.get("/links").text.count('<article class="pair"') == 1
    linked.build()
    assert linked.code("A0") == linked.code("A1")
    assert "已并案" in desk.get("/links?part=decided").text, "what the new version says of it"


@pytest.fixture
def address(linked: Linked) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(linked.settings), host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(params=[True, False], ids=["script", "no_script"])
def page(address: str, require: Callable[[str, bool, str], None], request: pytest.FixtureRequest) -> Iterator[Page]:
    with chromium(require) as browser:
        context = browser.new_context(
            base_url=address, viewport={"width": 1440, "height": 900}, java_script_enabled=request.param
        )
        opened = context.new_page()
        opened.goto("/login")
        opened.fill("#login", "leader")
        opened.fill("#password", PASSWORD)
        opened.keyboard.press("Enter")
        opened.wait_for_url("**/")
        yield opened


@pytest.mark.browser
def test_the_keyboard_alone_decides(page: Page, linked: Linked) -> None:
    """With scripts and without: first the pair is put off again, then it is decided."""
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/links")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate(OVERFLOWING) == []
    page.goto("/links?part=later")
    before = len(linking.listing(linked.settings, everything=True))
    page.locator("textarea").first.focus()
    page.keyboard.type("一家人，同一件事")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "one"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/links")
    (newest, *_) = linking.listing(linked.settings)
    assert len(linking.listing(linked.settings, everything=True)) == before + 1
    assert (newest["verdict"], newest["reason"]) == ("split", "一家人，同一件事")
    page.emulate_media(media="print")
    for hidden in (".menu", ".act", ".undo", ".tabs"):
        assert not any(one.is_visible() for one in page.locator(hidden).all()), hidden
    linking.undo(linked.settings, newest["id"], "leader", "for the next test")
    linked.build()  # until then nothing is decided about a case of which a decision waits
