"""A work order's whole life without a hand on the database: from bad rows at a department to its relapse."""

from __future__ import annotations

import email
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default as policy
from pathlib import Path
from typing import Any

import duckdb
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from fastapi.testclient import TestClient
from homes import hub_json, run_hub
from signing_in import PASSWORD, csrf, sign_in

from operations import users
from operations.ports import free_port
from operations.settings import Settings
from operations.store import Store
from portal.app import create_app

SYSTEM, RULE = "peoples_mediation", "applicant_id_no.checksum"

pytestmark = pytest.mark.slow


class Source:
    """The mediation department's exchange database, as its own people edit it."""

    def __init__(self, home: Path) -> None:
        self._path = home / "sandbox" / "exchange.db"
        with sqlite3.connect(self._path, timeout=30) as database:
            rows = database.execute(
                "SELECT CASE_NO, APPLICANT_CERT_NUM FROM T_MEDIATION_CASE WHERE APPLICANT_TYPE = '1'"
                " AND length(APPLICANT_CERT_NUM) = 18 ORDER BY CASE_NO LIMIT 3"
            ).fetchall()
        self.right: dict[str, str] = dict(rows)
        self.keys = sorted(self.right)

    def write(self, **numbers: str) -> None:
        """Edit the identity number of cases; each edit moves the update time, as the source's own screens do."""
        with sqlite3.connect(self._path, timeout=30) as database:
            for key, number in numbers.items():
                (newest,) = database.execute(
                    "SELECT max(UPDATE_TIME) FROM T_MEDIATION_CASE WHERE substr(UPDATE_TIME, 1, 4) <> '9999'"
                ).fetchone()
                moved = datetime.fromisoformat(newest) + timedelta(seconds=1)
                database.execute(
                    "UPDATE T_MEDIATION_CASE SET APPLICANT_CERT_NUM = ?, UPDATE_TIME = ? WHERE CASE_NO = ?",
                    [number, f"{moved:%Y-%m-%d %H:%M:%S.%f}", key],
                )

    def spoil(self, *keys: str) -> None:
        """Mistype the last digit, so that the check digit of GB 11643 fails."""
        self.write(**{key: self.right[key][:-1] + ("1" if self.right[key][-1] != "1" else "2") for key in keys})

    def mend(self, *keys: str) -> None:
        self.write(**{key: self.right[key] for key in keys})


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:
        found = email.message_from_bytes(bytes(envelope.content or b""), policy=policy)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        return "250 OK"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clean province: whatever is wrong in it, the test did."""
    made = tmp_path_factory.mktemp("life")
    run_hub(made, "sandbox", "up", "--cases", "60", "--dirt", "0", "--today", "2026-06-30")
    yield made
    run_hub(made, "sandbox", "down", check=False)


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield box, f"smtp://127.0.0.1:{controller.port}"
    controller.stop()


@pytest.fixture
def portal(home: Path) -> Callable[..., str]:
    """portal(act, …): the department signs in and does one act on its order; without an act, the page it sees."""
    settings = Settings.from_env({"HUB_HOME": str(home)})
    users.create(Store(settings), "justice", PASSWORD, "department", "justice_department")
    client = TestClient(create_app(settings))
    assert sign_in(client, "justice").url.path != "/login"

    def act(order_no: str, act: str = "", **fields: str) -> str:
        page = client.get(f"/orders/{order_no}")
        assert page.status_code == 200
        if not act:
            return str(page.text)
        answer = client.post(f"/orders/{order_no}", data={"csrf": csrf(page.text), "act": act, **fields})
        assert answer.status_code == 200
        return str(answer.text)

    return act


def run(home: Path, **environment: str) -> int:
    """Read the department's cases from where the last read stopped, and build; how many rows came."""
    (landed,) = hub_json(home, "sync", SYSTEM, "mediation_cases")
    summary = hub_json(home, "build", **environment)
    assert summary["failures"] == {}
    return int(landed["landed"])


def order_of(home: Path) -> dict[str, Any]:
    (found,) = (row for row in hub_json(home, "workorders", "list", "--system", SYSTEM) if row["rule_id"] == RULE)
    return dict(hub_json(home, "workorders", "show", found["order_no"]))


def rows_of(home: Path) -> dict[str, list[str | None]]:
    with duckdb.connect(str((home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        found = connection.execute(
            "SELECT source_id, list(settled_how ORDER BY round) FROM ops.order_rows WHERE rule_id = ? GROUP BY ALL",
            [RULE],
        ).fetchall()
    return dict(found)


def test_from_bad_rows_to_the_relapse(home: Path, portal: Callable[..., str], mailbox: tuple[Mailbox, str]) -> None:
    source = Source(home)
    first, second, third = source.keys

    source.spoil(*source.keys)
    run(home, HUB_SMTP_URL=mailbox[1])
    order = order_of(home)
    number = order["order_no"]
    assert (order["state"], order["rows_open"], order["responsibility"]) == ("sent", 3, "department")
    assert rows_of(home) == {first: [None], second: [None], third: [None]}
    (told,) = (mail for mail in mailbox[0].mails if "peoples-mediation@example.org" in mail["To"])
    assert "新派发" in told["Subject"]
    assert number in told.get_content()

    page = portal(number)
    for key in source.keys:
        assert key in page
        wrong = source.right[key][:-1]
        assert f"{wrong[:6]}********" in page, "the masked evidence"
        assert wrong not in page
    portal(number, "sign")
    portal(number, "answer", verdict="true", cause="entry", promised_on="2026-07-03", note="窗口录入有误")
    assert "已申报整改" in portal(number, "fix", note="先改了一条")

    source.mend(first)
    assert 0 < run(home) < 10, "an incremental load, which brings neither of the other two"
    order = order_of(home)
    assert (order["state"], order["rows_open"], order["rows_corrected"]) == ("fixed", 2, 1)
    assert rows_of(home) == {first: ["corrected"], second: [None], third: [None]}
    page = portal(number)
    assert "本轮未改 2 行，已更正 1 行" in page

    source.mend(second, third)
    run(home)
    order = order_of(home)
    assert (order["state"], order["closed_as"], order["rows_corrected"]) == ("closed", "department", 3)
    assert "已销号" in portal(number)

    source.spoil(first)
    run(home)
    order = order_of(home)
    assert (order["state"], order["reopened_count"], order["rows_open"]) == ("reopened", 1, 1)
    assert order["due_at"] is not None
    assert rows_of(home)[first] == ["corrected", None], "the history stays"
    assert [event["act"] for event in order["events"]] == [
        *("find", "send", "sign", "answer", "fix", "verify", "close", "reopen"),
    ]
    assert "签收表示已收到本工单" in portal(number), "and the department has it again"
