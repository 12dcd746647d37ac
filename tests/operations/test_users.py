"""An account opens with its own password, and passwords are nowhere but in people's heads."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from operations import users
from operations.settings import Settings
from operations.store import Store
from operations.tables import users as accounts

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def test_the_right_password_opens_and_nothing_else(store: Store) -> None:
    lin = users.create(store, "Lin", PASSWORD, "county", "330108", display_name="林主任")
    assert users.verify(store, " lin ", PASSWORD) == lin
    assert (lin.area_code, lin.department, lin.display_name) == ("330108", None, "林主任")
    for login, password in (
        ("lin", PASSWORD + " "),
        ("lin", ""),
        ("nobody", PASSWORD),
        ("lin", "\ud800" * 9),
    ):
        assert users.verify(store, login, password) is None


def test_only_an_argon2id_hash_is_kept(store: Store) -> None:
    users.create(store, "lin", PASSWORD, "department", "high_court")
    with store.read() as connection:
        row = connection.execute(select(accounts)).one()
    assert row.password_hash.startswith("$argon2id$")
    assert PASSWORD not in repr(tuple(row))


@pytest.mark.parametrize(
    ("role", "scope_code", "password"),
    [
        ("county", None, PASSWORD),
        ("department", "", PASSWORD),
        ("engineer", "330108", PASSWORD),
        ("king", None, PASSWORD),
        ("province", None, "short"),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(
    store: Store, role: Any, scope_code: str | None, password: str
) -> None:
    with pytest.raises(ValueError, match=r"role|password"):
        users.create(store, "lin", password, role, scope_code)
    assert users.find(store, "lin") is None


def test_a_login_is_taken_once_whatever_its_case(store: Store) -> None:
    users.create(store, "lin", PASSWORD, "province")
    with pytest.raises(ValueError, match="taken") as raised:
        users.create(store, "LIN", PASSWORD, "province")
    assert raised.value.__cause__ is None


def test_a_one_time_password_must_be_changed_and_then_is_gone(store: Store) -> None:
    once = users.ensure_admin(store)
    assert once is not None
    admin = users.verify(store, "admin", once)
    assert admin is not None
    assert (admin.role, admin.must_change) == ("engineer", True)
    users.change_password(store, "admin", PASSWORD)
    assert users.verify(store, "admin", once) is None
    changed = users.verify(store, "admin", PASSWORD)
    assert changed is not None
    assert not changed.must_change
    with pytest.raises(LookupError, match="nobody"):
        users.change_password(store, "nobody", PASSWORD)


def test_the_first_start_makes_one_admin_and_later_starts_none(
    settings: Settings, in_processes: Callable[..., list[Any]]
) -> None:
    Store(settings).migrate()
    made = in_processes(4, lambda _: users.ensure_admin(Store(settings)))
    assert sum(password is not None for password in made) == 1
    assert users.ensure_admin(Store(settings)) is None


def test_no_password_is_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    once = users.ensure_admin(store)
    users.verify(store, "admin", str(once))
    users.create(store, "lin", PASSWORD, "province")
    assert str(once) not in caplog.text
    assert PASSWORD not in caplog.text
