"""Local accounts of the portal. Passwords are kept as argon2id hashes (RFC 9106) and written nowhere else."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, cast, get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.exc import IntegrityError

from operations.store import Store, storable
from operations.tables import users

Role = Literal["province", "county", "department", "engineer", "auditor"]

ADMIN = "admin"
SHORTEST_PASSWORD = 8  # characters, NIST SP 800-63B section 5.1.1.2
CLOSED = ""  # instead of a hash: no password opens the account


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
    closed: bool = False  # opens with no password; what was done under its login stays
    stamp: str = field(default="", compare=False, repr=False)
    """Another one with each password. A session is good while its account has the stamp under which it began."""


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
        raise UserError(f"login {user.login!r} is taken; `hub users` lists the accounts, closed ones too") from None
    return user


def verify(store: Store, login: str, password: str) -> User | None:
    """The account with this login and password, or None. It takes as long for one that does not exist or is closed."""
    with store.read() as connection:
        row = connection.execute(select(users).where(users.c.login == _login(login))).one_or_none()
    try:
        _hasher().verify(row.password_hash if row and row.password_hash != CLOSED else _nobody(), password)
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


def change_password(store: Store, login: str, password: str, *, must_change: bool = False) -> User:
    """Set another password, which ends every session of the account; returns the account as it is now.

    Raises ValueError (too short) or LookupError (no account of that login is open).
    """
    return _set(store, login, users.c.password_hash != CLOSED, _hash(password), must_change)


def close(store: Store, login: str) -> User:
    """Let no password open the account, and end its sessions. Raises LookupError (no account of that login is open)."""
    return _set(store, login, users.c.password_hash != CLOSED, CLOSED, must_change=False)


def reopen(store: Store, login: str, password: str) -> User:
    """Open a closed account with a one-time password. Raises ValueError (too short) or LookupError (none is closed)."""
    return _set(store, login, users.c.password_hash == CLOSED, _hash(password), must_change=True)


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


def _set(store: Store, login: str, state: ColumnElement[bool], password_hash: str, must_change: bool) -> User:
    change = update(users).where(users.c.login == _login(login), state).returning(*users.c)
    with store.write() as connection:
        row = connection.execute(change.values(password_hash=password_hash, must_change=must_change)).one_or_none()
    if row is None:
        raise LookupError(f"no account {login!r} in that state")
    return _user(row)


def _login(login: str) -> str:
    return storable(login).strip().casefold()


def _hash(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password needs at least {SHORTEST_PASSWORD} characters")
    return _hasher().hash(password)


def _user(row: Row[Any]) -> User:
    kept = {name: getattr(row, name) for name in ("login", "display_name", "area_code", "department", "must_change")}
    stamp = hashlib.sha256(row.password_hash.encode()).hexdigest()[:16]
    return User(**kept, role=cast(Role, row.role), closed=row.password_hash == CLOSED, stamp=stamp)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
