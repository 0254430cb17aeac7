"""``/mcp``: the tools over streamable HTTP, without sessions: every request stands for itself.

Who may ask: with a token whoever brings it, without one only programs on this machine. That the request comes from no
foreign page, by which host name, and how often, was asked before (guard, access). Knows HTTP; knows no tool.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from assistant.server.guard import MAX_BODY, is_loopback
from assistant.server.peers import host_name
from assistant.server.problems import told

PATH = "/mcp"


class McpEndpoint:
    """ASGI application; begins and ends with the server that mounts it."""

    def __init__(self, server: Server[Any], token: str | None = None) -> None:
        """Not yet running.

        Args:
            server: the tools.
            token: what a client must bring as a bearer token; ``None`` answers this machine only.
        """
        self._server = server
        self._token = token
        self._manager: StreamableHTTPSessionManager | None = None

    @asynccontextmanager
    async def running(self, _app: Any = None) -> AsyncIterator[None]:
        """Answer requests for as long as this is entered; usable as a server's lifespan."""
        manager = StreamableHTTPSessionManager(
            self._server, json_response=True, stateless=True, max_request_body_size=MAX_BODY
        )
        async with manager.run():
            self._manager = manager
            try:
                yield
            finally:
                self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or hand on to the tools."""
        headers = Headers(scope=scope)
        if self._token is not None:
            brought = headers.get("authorization", "")
            kind, _, token = brought.partition(" ")
            if kind.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), self._token.encode()):
                body = told("a bearer token is asked for here", "send Authorization: Bearer with the shop's token")
                await _refuse(send, 401, body, {"www-authenticate": "Bearer"})
                return
        elif not _from_here(scope, headers):
            body = told("this answers programs on its own machine only", "set ASSISTANT_MCP_TOKEN to open it to others")
            await _refuse(send, 403, body)
            return
        if scope["method"] != "POST":
            # Nothing is ever sent without being asked for, so there is no stream to open and no session to end.
            body = told("this path answers to POST only", "send each message of the protocol as a POST")
            await _refuse(send, 405, body, {"allow": "POST"})
            return
        if self._manager is None:
            await _refuse(send, 503, told("the server is starting or ending", "try again in a moment"))
            return
        await self._manager.handle_request(scope, receive, send)


def _from_here(scope: Scope, headers: Headers) -> bool:
    """Whether a program on this machine asks, by a name of this machine: a proxy in between would give its own."""
    client = scope.get("client")
    return client is not None and is_loopback(client[0]) and is_loopback(host_name(headers.get("host", "")))


async def _refuse(send: Send, status: int, body: Mapping[str, Any], more: Mapping[str, str] | None = None) -> None:
    data = json.dumps(body).encode()
    headers = {"content-type": "application/json", "content-length": str(len(data)), **(more or {})}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": data})
