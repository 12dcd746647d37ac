"""Sign-in, sign-out and the password change that a one-time password asks for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from operations import access_log, users
from portal.pages import page
from portal.session import COOKIE, LIFETIME, Attempts, local_path, same_token
from portal.visit import parts_of, session_of, signed_in

router = APIRouter()

Text = Annotated[str, Form()]


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:
    return _login_page(request, local_path(next), "", 200)


@router.post("/login")
def login(request: Request, csrf: Text = "", login: Text = "", password: Text = "", next: Text = "/") -> Response:
    """Opens a session. Says the same for a wrong login and a wrong password, and stops guessing (429)."""
    if not same_token(session_of(request), csrf):
        return _login_page(request, local_path(next), "页面已过期，请重新输入。", 403)
    user = admitted(request, login, password)
    if user is None:
        return _login_page(request, local_path(next), "账号或密码不正确。", 401)
    response = RedirectResponse("/password" if user.must_change else local_path(next), 303)
    _, cookie = parts_of(request).sessions.issue(user.login, user.stamp)
    return _with_cookie(request, response, cookie)


def admitted(request: Request, login: str, password: str) -> users.User | None:
    """The account, or None for a wrong login or password, which is kept. Raises 429 after too many of those."""
    attempts: Attempts = request.app.state.attempts
    address = request.client.host if request.client else ""
    name = login.strip().casefold()[:100]
    if not attempts.begin(name, address):
        raise HTTPException(429)
    store = parts_of(request).store
    user = users.verify(store, login, password)
    if user is None:
        access_log.record(store, name, "sign_in_failed", address, "")
    else:
        attempts.succeeded(name, address)
    return user


@router.post("/logout")
def logout(request: Request, csrf: Text = "") -> Response:
    if not same_token(session_of(request), csrf):
        raise HTTPException(403)
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE)
    return response


@router.get("/password")
def password_page(request: Request) -> Response:
    session, user = signed_in(request)
    return page(None, "password.html", csrf=session.csrf, user=user, problem="")


@router.post("/password")
def password_change(
    request: Request, csrf: Text = "", current: Text = "", new: Text = "", again: Text = ""
) -> Response:
    session, user = signed_in(request)
    if not same_token(session, csrf):
        raise HTTPException(403)
    problem = _password_problem(request, user, current, new, again)
    if problem:
        return page(None, "password.html", 400, csrf=session.csrf, user=user, problem=problem)
    changed = users.change_password(parts_of(request).store, user.login, new)
    _, cookie = parts_of(request).sessions.issue(changed.login, changed.stamp)
    return _with_cookie(request, RedirectResponse("/", 303), cookie)


def _password_problem(request: Request, user: users.User, current: str, new: str, again: str) -> str:
    attempts: Attempts = request.app.state.attempts
    address = request.client.host if request.client else ""
    if not attempts.begin(user.login, address):
        raise HTTPException(429)
    if users.verify(parts_of(request).store, user.login, current) is None:
        return "当前密码不正确。"
    attempts.succeeded(user.login, address)
    if new != again:
        return "两次输入的新密码不一致。"
    if new == current:
        return "新密码不能与当前密码相同。"
    if len(new) < max(users.SHORTEST_PASSWORD, 10):
        return "新密码至少 10 个字符。"
    return ""


def _login_page(request: Request, target: str, problem: str, status: int) -> Response:
    session, cookie = session_of(request), None
    if session is None:
        session, cookie = parts_of(request).sessions.issue()
    response = page(None, "login.html", status, csrf=session.csrf, target=target, problem=problem)
    return _with_cookie(request, response, cookie) if cookie else response


def _with_cookie(request: Request, response: Response, cookie: str) -> Response:
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response
