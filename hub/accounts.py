"""Accounts of the portal: a new one, checked against the departments and divisions that there are; how one ends."""

from __future__ import annotations

import difflib
import secrets
from typing import cast

from operations import users
from operations.store import Store
from operations.users import User, UserError
from schemas.departments import departments
from schemas.divisions import divisions


def add(store: Store, login: str, role: str, scope: str, name: str) -> tuple[User, str]:
    """Make an account; returns it and its one-time password, which is kept nowhere else.

    `scope` is the division of a county role, the id of a department, or empty. Raises UserError: it is no such thing,
    the login is taken, or role and scope do not fit.
    """
    if role == "department" and scope and scope not in departments():
        near = ", ".join(difflib.get_close_matches(scope, departments(), 3, 0))
        raise UserError(f"no department {scope!r}; nearest: {near} (schemas/departments.csv has all)")
    if role == "county" and scope and all(one.code != scope for one in divisions()):
        raise UserError(f"no division {scope!r}; write its code, such as 330108 (schemas/divisions.csv has all)")
    password = _one_time()
    as_role = cast(users.Role, role)
    return users.create(store, login, password, as_role, scope or None, must_change=True, display_name=name), password


def password(store: Store, login: str) -> tuple[User, str]:
    """Give an account a new one-time password; returns both. Its sessions end. Raises UserError."""
    if _known(store, login).closed:
        raise UserError(f"the account {login!r} is closed; `hub users reopen {login}` opens it with a new password")
    once = _one_time()
    return users.change_password(store, login, once, must_change=True), once


def close(store: Store, login: str) -> User:
    """Close an account: nobody signs in with it, its sessions end, its login stays taken. Raises UserError."""
    if _known(store, login).closed:
        raise UserError(f"the account {login!r} is closed already")
    return users.close(store, login)


def reopen(store: Store, login: str) -> tuple[User, str]:
    """Open a closed account again, with a new one-time password; returns both. Raises UserError."""
    if not _known(store, login).closed:
        raise UserError(f"the account {login!r} is open; `hub users password {login}` gives it a new password")
    once = _one_time()
    return users.reopen(store, login, once), once


def _known(store: Store, login: str) -> User:
    found = users.find(store, login)
    if found is None:
        every = [one.login for one in users.listing(store)]
        if not every:
            raise UserError(f"no account {login!r}: there is none yet; `hub users add` makes one")
        near = ", ".join(difflib.get_close_matches(login, every, 3, 0))
        raise UserError(f"no account {login!r}; nearest: {near} (`hub users` lists all)")
    return found


def _one_time() -> str:
    return secrets.token_urlsafe(12)
