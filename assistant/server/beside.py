"""What the shop's page asks for beside Gradio's queue: the words of people as they come, and a stop.

A page that waits holds neither a thread nor one of Gradio's places, so that any number of shoppers may wait for a
person while others are answered. Knows HTTP and who waits; how people's words look is in ``assistant.ui.people``.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, Response

from assistant.server.auth import visit_of
from assistant.server.peers import one_household
from assistant.server.problems import Problem
from assistant.sessions import Sessions
from assistant.ui.people import words_of
from assistant.ui.texts import words

LOOK_SECONDS = 1.0
"""Between two looks for new words; two small reads of the database each."""

LISTEN_SECONDS = 25.0
"""A page waits this long at a time, and then asks again: nobody is waited for who has left."""

MOST_PER_VISIT = 6
"""Conversations that one browser may wait in at the same time."""

MOST_LISTENERS = 1000
"""Pages that may wait at the same time, of all visits together."""

_LOOKS_AT_ONCE = 4
_REFUSED_SECONDS = 30

Visit: TypeAlias = tuple[str, str]


@dataclass(slots=True, eq=False)
class Listener:
    """A page that waits. ``replaced`` is whether another one waits in the same conversation since."""

    visit: Visit
    replaced: bool = False


class Listeners:
    """Who waits for words just now: one page per conversation, so many per visit, so many at all.

    For the event loop alone: no method waits, and none is safe from other threads.
    """

    def __init__(self, *, per_visit: int = MOST_PER_VISIT, most: int = MOST_LISTENERS) -> None:
        self._per_visit = per_visit
        self._most = most
        self._waiting: dict[str, Listener] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def begin(self, conversation: str, visit: Visit) -> Listener | None:
        """Wait in a conversation instead of whoever did; ``None`` where too many wait already."""
        before = self._waiting.pop(conversation, None)
        same = sum(listener.visit == visit for listener in self._waiting.values())
        if len(self._waiting) >= self._most or same >= self._per_visit:
            if before is not None:
                self._waiting[conversation] = before
            return None
        if before is not None:
            before.replaced = True
        self._waiting[conversation] = listener = Listener(visit)
        return listener

    def end(self, conversation: str, listener: Listener) -> None:
        """Wait no more."""
        if self._waiting.get(conversation) is listener:
            del self._waiting[conversation]


def beside_routes(sessions: Sessions, listeners: Listeners | None = None) -> APIRouter:
    """The routes of the page of one assistant; ``listeners`` counts who waits."""
    router = APIRouter(include_in_schema=False)
    here = Listeners() if listeners is None else listeners
    looks = CapacityLimiter(_LOOKS_AT_ONCE)

    @router.get("/shop/words")
    async def listen(
        request: Request,
        conversation: Annotated[str, Query(min_length=1, max_length=64)],
        after: Annotated[int, Query(ge=0)] = 0,
        mark: Annotated[str, Query(max_length=32)] = "",
        lang: Annotated[str, Query(max_length=8)] = "en",
    ) -> Response:
        """What people wrote after a message, as soon as it is not what ``mark`` stands for; 204 if it stays the same.

        The answer is the part of the page, its mark, and whether more may come; or that another page listens since.
        """

        def look() -> tuple[str, bool]:
            return words_of(sessions, conversation, after, words(lang))

        if not await to_thread.run_sync(sessions.knows, conversation, limiter=looks):
            raise Problem(404, "no such conversation", where="conversation", do="begin one on the page")
        listener = here.begin(conversation, _visit(request))
        if listener is None:
            raise Problem(
                429,
                f"too many pages wait for a person; try again in {_REFUSED_SECONDS} seconds",
                do="close the ones that are not needed",
                headers={"Retry-After": str(_REFUSED_SECONDS)},
            )
        try:
            for _ in range(round(LISTEN_SECONDS / LOOK_SECONDS)):
                html, silent = await to_thread.run_sync(look, limiter=looks)
                now = _mark(html)
                if listener.replaced:
                    return _told({"elsewhere": True})
                if now != mark or not silent:
                    return _told({"html": html, "silent": silent, "mark": now})
                await asyncio.sleep(LOOK_SECONDS)
                if await request.is_disconnected():
                    break
        finally:
            here.end(conversation, listener)
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    @router.post("/shop/stop/{conversation}")
    async def stop(conversation: Annotated[str, InPath(min_length=1, max_length=64)]) -> Response:
        """Have the turn under way say no more; sets a flag, so it waits for nothing and nobody."""
        sessions.stop(conversation)
        return Response(status_code=204)

    return router


def _visit(request: Request) -> Visit:
    """By whom to count: the browser, or the address where it keeps no cookie."""
    visit = visit_of(request)
    if visit is not None:
        return "visit", visit
    return "address", one_household(request.client.host if request.client else "")


def _mark(html: str) -> str:
    """A short text that is another one as soon as the part of the page is."""
    return hashlib.sha256(html.encode()).hexdigest()[:16]


def _told(body: dict[str, Any]) -> JSONResponse:
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
