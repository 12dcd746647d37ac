"""The portal as an ASGI app. `hub serve` runs it; one process serves all."""

from __future__ import annotations

import logging
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from hub.published import NothingPublishedError
from hub.returns.errors import ReturnError
from hub.scope import Refused
from operations import users
from operations.locks import LockedError
from operations.settings import Settings
from operations.store import Store
from portal import (
    cases,
    changes,
    definitions,
    dictionary,
    gate,
    governance,
    link_review,
    orders,
    quality,
    released,
    report,
    returns,
    returns_api,
    reveals,
    rows,
    signin,
)
from portal.faults import Faults
from portal.pages import page
from portal.published import NotPublished, Published
from portal.security import SecurityHeaders
from portal.session import Attempts, Sessions
from portal.visit import Parts, PasswordChangeNeeded, SignInNeeded, parts_of

log = logging.getLogger("portal")


def create_app(settings: Settings) -> FastAPI:
    """The app over one home. The first start makes the account `admin` and prints its one-time password once."""
    store = Store(settings)
    password = users.ensure_admin(store)
    if password is not None:
        print(f"First start: sign in as {users.ADMIN} with the one-time password {password}", flush=True)  # noqa: T201 - the one place where it is ever shown
    app = FastAPI(title="hub141", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.parts = Parts(store, Sessions(settings), Published(settings))
    app.state.attempts = Attempts()
    entry = (signin, governance, changes, rows, released, cases)
    for module in (
        *entry,
        quality,
        report,
        orders,
        link_review,
        returns,
        returns_api,
        gate,
        reveals,
        dictionary,
        definitions,
    ):
        app.include_router(module.router)
    app.add_api_route("/healthz", health, methods=["GET"])
    # Only static files are compressed: a compressed page that holds a token and an echoed query could leak the token.
    static = StaticFiles(directory=Path(__file__).parent / "static")
    app.mount("/static", GZipMiddleware(static), name="static")
    app.add_middleware(Faults, settings=settings, answer=lambda request: _page(request, 500))
    app.add_middleware(SecurityHeaders)
    _errors(app)
    return app


def health(request: Request) -> JSONResponse:
    """200 with the published version, or 503 while nothing can be read; says nothing else to anyone."""
    try:
        return JSONResponse({"status": "ok", "version": parts_of(request).published.edition().version})
    except NotPublished:
        return JSONResponse({"status": "nothing published"}, 503)


def _errors(app: FastAPI) -> None:
    @app.exception_handler(SignInNeeded)
    def _(_request: Request, error: SignInNeeded) -> Response:
        return RedirectResponse(error.location, 303)

    @app.exception_handler(PasswordChangeNeeded)
    def _(_request: Request, _error: PasswordChangeNeeded) -> Response:
        return RedirectResponse("/password", 303)

    @app.exception_handler(Refused)
    def _(request: Request, error: Refused) -> Response:
        return _answer(request, 403, "无权查看", str(error), "")

    @app.exception_handler(ReturnError)
    def _(request: Request, error: ReturnError) -> Response:
        log.warning("%s %s: %s", request.method, request.url.path, error)
        status, message, advice = returns.words(error)
        return _answer(request, status, "回流没有办成", message, advice)

    @app.exception_handler(LockedError)
    def _(request: Request, error: LockedError) -> Response:
        log.warning("%s %s: %s", request.method, request.url.path, error)
        return _answer(request, 409, "正在办理", "同一单位的另一次操作还没有结束。", "请稍后重试。")

    @app.exception_handler(NotPublished)
    @app.exception_handler(NothingPublishedError)
    def _(request: Request, error: Exception) -> Response:
        log.warning("nothing to read: %s", error)
        if _is_call(request):
            return _answer(request, 503, "", "数据仓还没有发布过数据。", "请稍后再试。")
        return page(None, "unpublished.html", 503)

    @app.exception_handler(RequestValidationError)
    def _(request: Request, _error: RequestValidationError) -> Response:
        return _page(request, 400)

    @app.exception_handler(HTTPException)
    def _(request: Request, error: HTTPException) -> Response:
        return _page(request, error.status_code)


_WORDS = {
    401: ("请先登录", "没有登录，登录已经过期，或者账号、密码不正确。", "请重新登录。"),
    400: ("请求无法识别", "地址或表单里有不认识的内容。", "请返回上一页重试。"),
    403: ("请求未通过校验", "页面可能打开太久，安全校验已失效。", "请刷新页面后重试。"),
    404: ("没有这个页面", "地址可能写错了，或页面已经移走。", "请从“治理视图”重新进入。"),
    405: ("不支持这种操作", "这个地址不接受该操作。", "请返回上一页重试。"),
    409: ("现在不能这样办理", "工单状态已经变化，或填写不完整。", "请返回工单页刷新后重试。"),
    429: ("尝试次数过多", "连续多次登录失败，已暂停该账号登录。", "请 15 分钟后再试，或联系省级管理员。"),
}


def _page(request: Request, status: int) -> Response:
    failed = ("页面暂时打不开", "系统内部出错，已经记录。", "请稍后重试；如仍打不开，请把时间和地址告诉数据工程师。")
    return _answer(request, status, *_WORDS.get(status, failed))


def _answer(request: Request, status: int, title: str, message: str, advice: str) -> Response:
    """A page for people, JSON for programs."""
    if _is_call(request):
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return JSONResponse({"error": message, "advice": advice}, status, headers)
    return page(None, "error.html", status, title=title, message=message, advice=advice)


def _is_call(request: Request) -> bool:
    return request.url.path.startswith("/api/")
