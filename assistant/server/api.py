"""The HTTP interface: one message in, one turn out, whole or as server-sent events.

Knows JSON and status codes. Errors are ``{"error": "…"}`` with one sentence a person can act on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from assistant.pipeline import Done, Event, Said, Shown, Understood
from assistant.server.rates import Rates, too_often
from assistant.sessions import Sessions

log = logging.getLogger(__name__)


class ChatRequest(BaseModel):
    """The body of both chat routes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    message: str
    conversation: str | None = Field(None, min_length=1, max_length=64)


def routes(sessions: Sessions, per_conversation: Rates | None = None) -> APIRouter:
    """The routes of one assistant; ``per_conversation`` is how often one conversation may go on."""
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> dict[str, Any]:
        """Whether the server answers, and with what."""
        return {"status": "ok", "products": len(sessions.assistant.engine.products)}

    @router.post("/api/chat")
    def chat(body: ChatRequest) -> JSONResponse:
        """Answer one message."""
        conversation = _conversation(sessions, body, per_conversation)
        for event in sessions.say(conversation, body.message):
            if isinstance(event, Done):
                return JSONResponse({**event.turn.to_dict(), "conversation": conversation})
        raise AssertionError("a turn always ends with Done")

    @router.post("/api/chat/stream")
    def stream(body: ChatRequest) -> StreamingResponse:
        """Answer one message as it comes into being."""
        conversation = _conversation(sessions, body, per_conversation)
        # Begun here, so that the turn is under way, and stored in the end, even if the client leaves at once.
        events = sessions.say(conversation, body.message)
        return StreamingResponse(
            _sent(events, conversation), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    return router


def install_errors(app: FastAPI) -> None:
    """Make every failure of the routes one clear JSON line."""

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return _error(400, "the body is not valid JSON")
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return _error(422, f"field '{where}': {first['msg']}" if where else f"the body: {first['msg']}")

    @app.exception_handler(StarletteHTTPException)
    def refused(_request: Request, error: StarletteHTTPException) -> JSONResponse:
        answer = _error(error.status_code, str(error.detail))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    def failed(_request: Request, error: Exception) -> JSONResponse:
        log.error("a request failed", exc_info=error)
        return _error(500, "the assistant could not answer; the reason is in the server's log, please try again")


def _conversation(sessions: Sessions, body: ChatRequest, limit: Rates | None) -> str:
    if body.conversation is None:
        return sessions.new_id()
    if not sessions.knows(body.conversation):
        raise HTTPException(404, f"no conversation '{body.conversation}'; leave the field out to begin one")
    if limit is not None and (wait := limit.hit("conversation", body.conversation)) is not None:
        raise HTTPException(429, too_often(wait), {"Retry-After": str(wait)})
    return body.conversation


def _sent(events: Iterator[Event], conversation: str) -> Iterator[str]:
    try:
        for event in events:
            match event:
                case Understood(understanding, ledger):
                    yield _frame("understood", {**understanding.to_dict(), "ledger": ledger.to_dict()})
                case Shown(cards, relaxed, question):
                    yield _frame(
                        "products",
                        {
                            "products": [card.to_dict() for card in cards],
                            "relaxed": list(relaxed),
                            "question": question.to_dict() if question else None,
                        },
                    )
                case Said(text):
                    yield _frame("text", {"text": text})
                case Done(turn, _):
                    yield _frame("done", {**turn.to_dict(), "conversation": conversation})
    except Exception:
        # The status line is long gone; the stream itself must say that it broke off.
        log.exception("a streamed turn failed")
        yield _frame("error", {"error": "the assistant could not finish; please try again"})


def _frame(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status_code=status)
