"""A new account of the portal, checked against the departments and divisions that there are."""

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
    password = secrets.token_urlsafe(12)
    as_role = cast(users.Role, role)
    return users.create(store, login, password, as_role, scope or None, must_change=True, display_name=name), password
