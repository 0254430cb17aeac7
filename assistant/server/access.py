"""What every request is asked after the guard: does it come from our own page, whose is it, and is it one too many.

Whether a path is there is not told to those who may not ask. Knows paths and methods; who somebody is the door says.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from http.cookies import SimpleCookie
from urllib.parse import quote, urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.auth import VISIT_COOKIE, Access, visit_of
from assistant.server.pages import refused_page, speaks
from assistant.server.peers import one_household
from assistant.server.problems import told
from assistant.server.rates import too_often
from assistant.server.roles import may, required_role

LIMITED = ("/api/", "/mcp", "/gradio_api/queue/join", "/shop/")
"""What makes the models work, or waits for people, with everything below it: limited for everybody."""

_CHECKS_AT_ONCE = 4

_SAFE = ("GET", "HEAD", "OPTIONS")
_CACHED = ("/assets/", "/static/", "/theme.css")


class AccessMiddleware:
    """ASGI middleware; what it counts and looks up is in ``Access``."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access
        # Threads of their own: who is there is asked for however many requests wait for something longer.
        self._checks = CapacityLimiter(_CHECKS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with one clear sentence, or pass on with the user in the request's state."""
        if scope["type"] == "websocket":
            # No page of ours opens one; a path must not be reachable past the checks below.
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        path = scope["path"]
        if request.method not in _SAFE and not _from_our_page(request):
            await _refuse(send, 403, "this was sent by a page of another site", "open ours and try again")
            return
        added: list[tuple[bytes, bytes]] = []
        needed = required_role(path)
        if needed is not None:
            user = await to_thread.run_sync(self._access.door.who, request, limiter=self._checks)
            if user is None:
                await self._ask_to_sign_in(request, send)
                return
            if not may(user.role, needed):
                await self._forbid(request, send, f"this is for the role '{needed}' and above; yours is '{user.role}'")
                return
            scope.setdefault("state", {})["user"] = user
            if not any(part in path for part in _CACHED):
                added.append((b"cache-control", b"no-store"))
        # What asks for a role is not open to the public, so its use needs no limit.
        if needed is None and path.startswith(LIMITED) and request.method not in ("HEAD", "OPTIONS"):
            wait = self._too_often(request)
            if wait is not None:
                await _refuse(send, 429, too_often(wait), f"wait {wait} s", {"retry-after": str(wait)})
                return
        if path == "/" and request.method == "GET" and visit_of(request) is None:
            added.append((b"set-cookie", _visit_cookie(secure=scope["scheme"] == "https")))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *added]
            await send(message)

        await self._app(scope, receive, with_headers if added else send)

    def _too_often(self, request: Request) -> int | None:
        client = request.client.host if request.client else ""
        # An address that is over its limit must not have any number of visits counted besides.
        if (wait := self._access.per_address.hit("address", one_household(client))) is not None:
            return wait
        visit = visit_of(request)
        return None if visit is None else self._access.per_session.hit("visit", visit)

    async def _ask_to_sign_in(self, request: Request, send: Send) -> None:
        if not _wants_page(request):
            await _refuse(
                send, 401, "sign in first, at /sign-in", "open /sign-in in a browser", {"www-authenticate": "Cookie"}
            )
            return
        query = request.scope.get("query_string", b"").decode("latin-1")
        where = request.scope["path"] + (f"?{query}" if query else "")
        await _answer(
            send, 303, b"", {"location": f"/sign-in?next={quote(where, safe='')}", "cache-control": "no-store"}
        )

    async def _forbid(self, request: Request, send: Send, reason: str) -> None:
        if not _wants_page(request):
            await _refuse(send, 403, reason, "sign in as somebody who may")
            return
        page = refused_page(speaks(request), reason)
        await _answer(
            send, 403, page.encode(), {"content-type": "text/html; charset=utf-8", "cache-control": "no-store"}
        )


def _from_our_page(request: Request) -> bool:
    """Whether a request that changes something comes from our own page, or from no browser at all.

    Every browser says one of the two headers on such a request; what says neither is a program, which nobody's page can
    make act in somebody's name.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""


def _wants_page(request: Request) -> bool:
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")


def _visit_cookie(*, secure: bool) -> bytes:
    cookie: SimpleCookie = SimpleCookie({VISIT_COOKIE: secrets.token_urlsafe(18)})
    parts = cookie[VISIT_COOKIE]
    parts["path"], parts["httponly"], parts["samesite"] = "/", True, "Lax"
    parts["secure"] = secure
    return parts.OutputString().encode("latin-1")


async def _refuse(send: Send, status: int, error: str, do: str, more: Mapping[str, str] | None = None) -> None:
    # Gradio's page reads "detail", ours and every program "error".
    body = json.dumps({**told(error, do), "detail": error}).encode()
    await _answer(send, status, body, {"content-type": "application/json", "cache-control": "no-store", **(more or {})})


async def _answer(send: Send, status: int, body: bytes, headers: Mapping[str, str]) -> None:
    pairs = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
    pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
