"""The routes ``/sign-in`` and ``/sign-out``.

A form is taken only with the token of the cookie that came with it; a failed attempt never says which half was wrong.
"""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from assistant.server.auth import (
    FORM_COOKIE,
    SESSION_COOKIE,
    Access,
    TooMany,
    form_token_fits,
    new_form_token,
)
from assistant.server.pages import WORDS, Tongue, sign_in_page, sign_out_page, speaks
from assistant.server.roles import may
from assistant.store.users import Role

_HOME: tuple[tuple[Role, str], ...] = (("manager", "/lab"), ("agent", "/console"))


def sign_in_routes(access: Access) -> APIRouter:
    """The routes of one server."""
    router = APIRouter()

    @router.get("/sign-in")
    def ask(request: Request, next: str = "") -> Response:
        """The form."""
        return _form(request, speaks(request), next)

    @router.post("/sign-in")
    def enter(
        request: Request,
        name: Annotated[str, Form()] = "",
        password: Annotated[str, Form()] = "",
        token: Annotated[str, Form()] = "",
        next: Annotated[str, Form()] = "",
        lang: Annotated[str, Form()] = "",
    ) -> Response:
        """Come in, or the form again with what went wrong."""
        tongue: Tongue = "zh" if lang == "zh" else "en"
        w = WORDS[tongue]
        if not form_token_fits(request, token):
            return _form(request, tongue, next, status=403, name=name, told=w.stale)
        found = access.door.sign_in(name, password, request.client.host if request.client else "")
        if isinstance(found, TooMany):
            told = w.wait.format(minutes=math.ceil(found.wait / 60))
            answer = _form(request, tongue, next, status=429, name=name, told=told)
            answer.headers["retry-after"] = str(found.wait)
            return answer
        if found is None:
            return _form(request, tongue, next, status=401, name=name, told=w.wrong)
        # Whoever was signed in here before is not any more.
        access.door.sign_out(request)
        home = next_path(next) or next_home(found.user.role)
        entered = RedirectResponse(home, 303, headers={"cache-control": "no-store"})
        entered.set_cookie(
            SESSION_COOKIE,
            found.token,
            max_age=int(access.door.longest.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        entered.delete_cookie(FORM_COOKIE)
        return entered

    @router.get("/sign-out")
    def ask_to_leave(request: Request) -> Response:
        """The form that ends a sign-in; a link alone changes nothing."""
        token = _token(request)
        return _page(request, sign_out_page(speaks(request), token=token), 200, token)

    @router.post("/sign-out")
    def leave(request: Request, token: Annotated[str, Form()] = "", lang: Annotated[str, Form()] = "") -> Response:
        """End the sign-in."""
        tongue: Tongue = "zh" if lang == "zh" else "en"
        if not form_token_fits(request, token):
            fresh = _token(request)
            return _page(request, sign_out_page(tongue, token=fresh), 403, fresh)
        access.door.sign_out(request)
        left = RedirectResponse(f"/sign-in?lang={tongue}", 303, headers={"cache-control": "no-store"})
        left.delete_cookie(SESSION_COOKIE)
        return left

    return router


def next_path(wanted: str) -> str | None:
    """Where to go after signing in, if that is a path of this server; a page elsewhere must not be led to."""
    plain = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if plain and "\\" not in wanted and len(wanted) <= 500 else None


def next_home(role: Role) -> str:
    """The first page of a role."""
    return next(path for least, path in _HOME if may(role, least))


def _form(
    request: Request, tongue: Tongue, wanted: str, *, status: int = 200, name: str = "", told: str = ""
) -> HTMLResponse:
    token = _token(request)
    page = sign_in_page(tongue, token=token, next_path=next_path(wanted) or "", name=name[:64], told=told)
    return _page(request, page, status, token)


def _token(request: Request) -> str:
    # Kept while it lasts, so that two tabs with a form open do not void each other's.
    kept = request.cookies.get(FORM_COOKIE, "")
    return kept if len(kept) == len(new_form_token()) and kept.isascii() else new_form_token()


def _page(request: Request, html: str, status: int, token: str) -> HTMLResponse:
    page = HTMLResponse(html, status, headers={"cache-control": "no-store"})
    secure = request.url.scheme == "https"
    page.set_cookie(FORM_COOKIE, token, max_age=3600, httponly=True, samesite="lax", secure=secure)
    return page
