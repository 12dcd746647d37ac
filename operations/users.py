"""Local accounts of the portal. Passwords are kept as argon2id hashes (RFC 9106) and written nowhere else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from operations.store import Store, storable
from operations.tables import users

Role = Literal["province", "county", "department", "engineer", "auditor"]

ADMIN = "admin"
SHORTEST_PASSWORD = 8  # characters, NIST SP 800-63B section 5.1.1.2


class UserError(ValueError):
    """An account that cannot be made; the message says what to write instead."""


@dataclass(frozen=True)
class User:
    """An account. A county role (maybe a province role) has an area_code, a department role a department."""

    login: str
    display_name: str
    role: Role
    area_code: str | None = None
    department: str | None = None
    must_change: bool = False  # has a one-time password: must choose another one before anything else


def create(
    store: Store,
    login: str,
    password: str,
    role: Role,
    scope_code: str | None = None,
    must_change: bool = False,
    *,
    display_name: str = "",
) -> User:
    """Add an account. `scope_code` is the division of a county role (or province role), or the department.

    Raises UserError when the login is taken, the password is short, or role and scope_code do not fit.
    """
    if role not in get_args(Role):
        raise UserError(f"role {role!r}: use one of {', '.join(get_args(Role))}")
    if role in ("county", "department") and not scope_code:
        raise UserError(f"role {role} needs a scope code: its {'division' if role == 'county' else role}")
    if role in ("engineer", "auditor") and scope_code:
        raise UserError(f"role {role} takes no scope code")
    user = User(
        login=_login(login),
        display_name=storable(display_name or login),
        role=role,
        area_code=scope_code if role in ("province", "county") else None,
        department=scope_code if role == "department" else None,
        must_change=must_change,
    )
    row = {
        "login": user.login,
        "display_name": user.display_name,
        "password_hash": _hash(password),
        "role": user.role,
        "area_code": user.area_code,
        "department": user.department,
        "must_change": user.must_change,
        "created_at": store.settings.clock(),
    }
    try:
        with store.write() as connection:
            connection.execute(users.insert().values(**row))
    except IntegrityError:
        # Raised without its cause, which quotes the row with the hash.
        raise UserError(f"login {user.login!r} is taken") from None
    return user


def verify(store: Store, login: str, password: str) -> User | None:
    """The account with this login and password, or None. It takes as long for a login that does not exist."""
    with store.read() as connection:
        row = connection.execute(select(users).where(users.c.login == _login(login))).one_or_none()
    try:
        _hasher().verify(row.password_hash if row else _nobody(), password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return None
    return None if row is None else _user(row)


def find(store: Store, login: str) -> User | None:
    """The account with this login as it is now, for a session that began earlier."""
    with store.read() as connection:
        row = connection.execute(select(users).where(users.c.login == _login(login))).one_or_none()
    return None if row is None else _user(row)


def listing(store: Store) -> list[User]:
    """Every account, by role and login."""
    with store.read() as connection:
        return [_user(row) for row in connection.execute(select(users).order_by(users.c.role, users.c.login))]


def change_password(store: Store, login: str, password: str) -> None:
    """Set the password that the person chose. Raises ValueError (too short) or LookupError (no account)."""
    new = {"password_hash": _hash(password), "must_change": False}
    with store.write() as connection:
        if connection.execute(update(users).where(users.c.login == _login(login)).values(**new)).rowcount == 0:
            raise LookupError(f"no account {login!r}")


def ensure_admin(store: Store) -> str | None:
    """Make the engineer account `admin` where no engineer has an account.

    Returns its one-time password, which exists nowhere else, or None when there was nothing to do.
    """
    with store.read() as connection:
        if connection.scalar(select(users.c.login).where(users.c.role == "engineer").limit(1)):
            return None
    password = secrets.token_urlsafe(12)
    try:
        create(store, ADMIN, password, "engineer", must_change=True, display_name="系统管理员")
    except ValueError:  # another process was first
        return None
    return password


def _login(login: str) -> str:
    return storable(login).strip().casefold()


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password needs at least {SHORTEST_PASSWORD} characters")
    return _hasher().hash(password)


def _user(row: object) -> User:
    fields = {name: getattr(row, name) for name in User.__dataclass_fields__}
    return User(**{**fields, "role": cast(Role, fields["role"])})


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
