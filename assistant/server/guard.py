"""What every request passes first: who may ask by which name, how large it may be, and what the page may load.

A browser on this machine can be talked into asking a loopback server by any web page whose name resolves to it; only
loopback names are answered, and where the server is open to other machines, plain addresses and the names it was given:
neither can be made to resolve to it by others. Of Gradio's many routes, those are open that the pages use.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.server.peers import host_name
from assistant.server.problems import told

MAX_BODY = 1_000_000
"""Bytes of a request body."""

_GRADIO = "/gradio_api"
_CLOSED = ("/login/", "/logout/", "/monitoring/", "/deep_link/")
"""Gradio's own sign-in, and what no page of ours uses."""
_GRADIO_OPEN = (
    "queue/join",
    "queue/data",
    "heartbeat/",
    "startup-events",
    "cancel",
    "reset",
    "app_id",
    "component_server",
)


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def content_policy(*, remote_pictures: bool) -> str:
    """The Content-Security-Policy of the pages: nothing from elsewhere, but product pictures where there are any."""
    # Gradio's own frontend needs inline scripts and Function(); what must never run is escaped before it gets here.
    return (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:{' https:' if remote_pictures else ''}; font-src 'self' data:; connect-src 'self'; "
        "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
    )


def is_address(host: str) -> bool:
    """Whether a name is a plain IP address."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


class Guard:
    """ASGI middleware; holds nothing that changes."""

    def __init__(
        self, app: ASGIApp, *, remote_pictures: bool = False, names: frozenset[str] = frozenset(), public: bool = False
    ) -> None:
        """Stand before ``app``.

        Args:
            app: what is guarded.
            remote_pictures: whether pages show pictures from elsewhere.
            names: host names to answer by besides the loopback ones, in lower case.
            public: whether the server is open to other machines, and so asked by its address.
        """
        self._app = app
        self._names = names
        self._public = public
        self._headers: tuple[tuple[bytes, bytes], ...] = (
            (b"content-security-policy", content_policy(remote_pictures=remote_pictures).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the page's security headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {k.lower(): v.decode("latin-1") for k, v in scope["headers"]}
        name = host_name(headers.get(b"host", ""))
        if not self._answers_by(name):
            known = "loopback only" if not self._public else "its address and the names in ASSISTANT_PUBLIC_NAMES"
            error = f"this server answers on {known}, not as '{name[:100]}'"
            await _refuse(send, 421, error, "ask it by such a name")
            return
        if not _is_open(scope["path"]):
            await _refuse(send, 404, "there is nothing here", "/docs lists what there is")
            return
        if b"transfer-encoding" in headers:
            # Its end would only be known when it is too late.
            await _refuse(send, 411, "the request does not say how long it is", "send it with Content-Length")
            return
        size = headers.get(b"content-length", "0")
        if size.isdigit() and int(size) > MAX_BODY:
            error = f"a request may have {MAX_BODY} bytes, this one has {size}"
            await _refuse(send, 413, error, "send less at once")
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*_without(message["headers"], self._headers), *self._headers]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _answers_by(self, name: str) -> bool:
        return is_loopback(name) or name.lower() in self._names or (self._public and is_address(name))


def _is_open(path: str) -> bool:
    """Whether a path is none of Gradio's that must stay shut, at whatever place a page is mounted."""
    _, found, rest = path.partition(_GRADIO)
    if found:
        return rest.startswith("/") and rest[1:].startswith(_GRADIO_OPEN)
    return not any(closed in f"{path}/" for closed in _CLOSED)


def _without(
    headers: Iterable[tuple[bytes, bytes]], replaced: Iterable[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    names = {name for name, _ in replaced}
    return [(name, value) for name, value in headers if name.lower() not in names]


async def _refuse(send: Send, status: int, error: str, do: str) -> None:
    body = json.dumps(told(error, do)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
