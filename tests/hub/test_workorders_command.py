"""`hub workorders`: list, show, act on somebody's behalf, and a plain message for what is not possible."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from order_rounds_made import a_round
from typer.testing import CliRunner

from hub.cli import app
from hub.doctor import examine
from hub.work_orders import due_now
from operations import notices, order_rounds, work_orders
from operations.settings import Settings
from operations.store import Store

AS_OF = datetime(2026, 6, 30, 8)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A home with three orders: sent, waiting to be sent, and of rows without a key."""
    for name, value in (("HUB_HOME", str(tmp_path)), ("HUB_AS_OF", AS_OF.isoformat())):
        monkeypatch.setenv(name, value)
    settings = Settings.from_env()
    settings.prepare()
    found = Store(settings)
    rounds = [
        a_round(rule_id="a.x", rows_open=2),
        a_round(rule_id="b.y", rows_open=2, severity="warning"),
        a_round(rule_id="row.unreadable", rows_open=2, rows_unkeyed=2),
    ]
    order_rounds.follow(found, rounds, due_now(settings), AS_OF)
    return found


def hub(*arguments: str) -> Any:
    """The result of a command, and what it raised instead of a message."""
    return CliRunner().invoke(app, ["workorders", *arguments])


def test_orders_are_listed_and_shown_as_json(store: Store) -> None:
    rows = json.loads(hub("list", "--json").stdout)
    assert [row["order_no"] for row in rows] == ["GD20260630-0001", "GD20260630-0003", "GD20260630-0002"]
    assert [row["order_no"] for row in json.loads(hub("--state", "found", "--json").stdout)] == ["GD20260630-0002"]
    assert json.loads(hub("list", "--overdue", "--json").stdout) == []
    assert json.loads(hub("list", "--system", "court_odr", "--json").stdout) == []
    shown = json.loads(hub("show", "GD20260630-0001", "--json").stdout)
    assert (shown["possible"], [event["act"] for event in shown["events"]]) == (["sign"], ["find", "send"])
    assert "write one of found, sent" in hub("list", "--state", "lost").output


def test_an_engineer_acts_on_behalf_of_a_department(store: Store) -> None:
    number = "GD20260630-0002"
    for arguments in (
        ("send", number, "--by", "wang"),
        ("sign", number, "--by", "li"),
        ("answer", number, "true", "--cause", "entry", "--promised", "2026-07-03", "--by", "li"),
        ("return", number, "--by", "wang", "--reason", "请再核"),
        ("answer", number, "true", "--cause", "source_logic", "--promised", "2026-07-06", "--by", "li"),
        ("fix", number, "--by", "li", "--note", "已改"),
    ):
        result = hub(*arguments)
        assert result.exit_code == 0, result.output
    assert work_orders.find(store, number)["state"] == "fixed"
    assert [event["who"] for event in work_orders.events(store, number)] == [
        "hub",
        "wang",
        "li",
        "li",
        "wang",
        "li",
        "li",
    ]
    assert number in hub("show", number).stdout


def test_what_is_not_possible_is_said_and_nothing_happens(store: Store) -> None:
    for arguments, says in (
        (("fix", "GD20260630-0001", "--by", "li"), "GD20260630-0001 is sent: fix is not possible now; possible: sign"),
        (("sign", "GD20260630-0009", "--by", "li"), "no work order 'GD20260630-0009'"),
        (("close", "GD20260630-0001", "--by", "wang", "--reason", "x"), "waive is not possible now"),
        (("close", "GD20260630-0003", "--by", "wang", "--reason", " "), "a reason is needed"),
    ):
        result = hub(*arguments)
        assert result.exit_code == 1
        assert says in str(result.exception), "the command line prints an expected error as one line"
    assert hub("close", "GD20260630-0003", "--by", "wang", "--reason", "来源已停用").exit_code == 0


def test_mails_that_wait_are_named_where_one_looks(store: Store) -> None:
    notices.queue(store, "digest:justice_department", ["x@example.org"], "题", "文", 0)
    assert "1 mails wait: HUB_SMTP_URL is not set" in hub("list").output
    result = hub("notify")
    assert result.exit_code == 1
    assert "HUB_SMTP_URL is not set" in result.output
    (finding,) = (one for one in examine(store.settings) if one.name == "mails")
    assert (finding.ok, finding.message) == (True, "1 wait: HUB_SMTP_URL is not set")
    notices.refused(store, notices.unsent(store)[0], "host refuses the mail (554)")
    (finding,) = (one for one in examine(store.settings) if one.name == "mails")
    assert (finding.ok, finding.message) == (False, "1 could not be sent: host refuses the mail (554)")
