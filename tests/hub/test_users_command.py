"""`hub users`: how everybody but the first engineer gets an account, and what is said of one that cannot be."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli import app
from operations import decisions, users
from operations.settings import Settings
from operations.store import Store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("HUB_HOME", str(tmp_path))
    settings = Settings.from_env()
    settings.prepare()
    return Store(settings)


def hub(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["users", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_a_department_gets_an_account_with_a_password_for_one_sign_in(store: Store) -> None:
    made = json.loads(hub("add", "Court", "--role", "department", "--scope", "high_court", "--name", "高院", "--json"))
    user = users.verify(store, "court", made["one_time_password"])
    assert user == users.User("court", "高院", "department", department="high_court", must_change=True)
    assert made["one_time_password"] not in hub()
    assert json.loads(hub("--json")) == [
        {
            "login": "court",
            "name": "高院",
            "role": "department",
            "scope": "high_court",
            "must_change": True,
            "closed": False,
        }
    ]


def test_a_county_and_the_province_need_no_more_than_their_place(store: Store) -> None:
    hub("add", "binjiang", "--role", "county", "--scope", "330108")
    hub("add", "leader", "--role", "province")
    found = users.find(store, "binjiang"), users.find(store, "leader")
    assert [one and one.area_code for one in found] == ["330108", None]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--role", "department", "--scope", "high_cuort"), "no department 'high_cuort'.*nearest: high_court"),
        (("--role", "county", "--scope", "331234"), "no division '331234'"),
        (("--role", "county"), "role county needs a scope code"),
        (("--role", "boss"), "use one of province, county, department, engineer, auditor"),
        (("--role", "auditor", "--scope", "330108"), "role auditor takes no scope code"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_write(store: Store, given: tuple[str, ...], told: str) -> None:
    done = CliRunner().invoke(app, ["users", "add", "someone", *given])
    assert isinstance(done.exception, users.UserError)  # which `hub` says in one line
    assert re.search(told, str(done.exception))
    assert users.listing(store) == []


def once(*arguments: str) -> str:
    return str(json.loads(hub(*arguments, "--json"))["one_time_password"])


def test_a_forgotten_password_gives_way_to_a_new_one_time_one(store: Store) -> None:
    first = once("add", "court", "--role", "department", "--scope", "high_court")
    users.change_password(store, "court", "a password of its own")
    second = once("password", "Court")
    assert users.verify(store, "court", "a password of its own") is None
    user = users.verify(store, "court", second)
    assert user is not None
    assert user.must_change
    assert second != first


def test_a_closed_account_opens_for_nobody_until_it_is_reopened(store: Store) -> None:
    first = once("add", "court", "--role", "department", "--scope", "high_court")
    made = decisions.decide(store, "mapping", {"code": "1"}, "approved", "court", "known to us")
    assert "`hub users reopen court`" in hub("close", "court")
    assert users.verify(store, "court", first) is None
    assert users.verify(store, "court", "") is None
    assert [one["closed"] for one in json.loads(hub("--json"))] == [True]
    assert decisions.verdicts(store, "mapping") == [made], "what it decided stays under its name"
    assert users.verify(store, "court", first) is None
    second = once("reopen", "court")
    user = users.verify(store, "court", second)
    assert user is not None
    assert (user.department, user.must_change, user.closed) == ("high_court", True, False)
    assert users.verify(store, "court", first) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("password", "cuort"), "no account 'cuort'; nearest: court"),
        (("close", "cuort"), "no account 'cuort'; nearest: court"),
        (("reopen", "court"), "the account 'court' is open; `hub users password court`"),
        (("password", "gone"), "the account 'gone' is closed; `hub users reopen gone`"),
        (("close", "gone"), "the account 'gone' is closed already"),
        (
            ("add", "gone", "--role", "province"),
            "login 'gone' is taken; `hub users` lists the accounts, closed ones",
        ),
    ],
)
def test_what_cannot_be_done_to_an_account_is_refused(store: Store, given: tuple[str, ...], told: str) -> None:
    for login in ("court", "gone"):
        hub("add", login, "--role", "province")
    hub("close", "gone")
    done = CliRunner().invoke(app, ["users", *given])
    assert isinstance(done.exception, users.UserError)
    assert told in str(done.exception)


def test_a_home_without_accounts_says_so(store: Store) -> None:
    done = CliRunner().invoke(app, ["users", "close", "court"])
    assert "there is none yet; `hub users add` makes one" in str(done.exception)
