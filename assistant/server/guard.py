"""What every request passes first: who may ask by which name, how large it may be, and what the page may load.

A browser on this machine can be talked into asking a loopback server by any web page whose name resolves to it; only
loopback names are answered. Of Gradio's many routes, those are open that the page uses.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1_000_000
"""Bytes of a request body."""

_GRADIO = "/gradio_api/"
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


class Guard:
    """ASGI middleware; holds nothing that changes."""

    def __init__(self, app: ASGIApp, *, remote_pictures: bool = False) -> None:
        self._app = app
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
        host = headers.get(b"host", "")
        name = host.rsplit("]", 1)[0] if host.startswith("[") else host.partition(":")[0]
        if not is_loopback(name):
            await _refuse(send, 421, f"this server answers on loopback only, not as '{name[:100]}'")
            return
        path = scope["path"]
        if path.startswith(_GRADIO) and not path[len(_GRADIO) :].startswith(_GRADIO_OPEN):
            await _refuse(send, 404, "there is nothing here")
            return
        size = headers.get(b"content-length", "0")
        if size.isdigit() and int(size) > MAX_BODY:
            await _refuse(send, 413, f"a request may have {MAX_BODY} bytes, this one has {size}")
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*_without(message["headers"], self._headers), *self._headers]
            await send(message)

        await self._app(scope, receive, with_headers)


def _without(
    headers: Iterable[tuple[bytes, bytes]], replaced: Iterable[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    names = {name for name, _ in replaced}
    return [(name, value) for name, value in headers if name.lower() not in names]


async def _refuse(send: Send, status: int, reason: str) -> None:
    body = json.dumps({"error": reason}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
