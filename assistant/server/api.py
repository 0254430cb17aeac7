"""The HTTP interface: one message in, one turn out, whole or as server-sent events; and what needs no conversation.

Knows JSON and status codes. Every refusal has the shape of :mod:`~.problems`; ``/openapi.json`` is made of this file.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, FastAPI, Query, Request
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import Receive, Scope, Send

from assistant.errors import AssistantError, BusyError, UnknownProductError
from assistant.server import lookups, schemas
from assistant.server.lookups import MissingProduct
from assistant.server.problems import Problem, problem_of, told
from assistant.server.rates import Rates, too_often
from assistant.server.schemas import ChatRequest
from assistant.server.shelf import Shelf
from assistant.sessions import Heard, SessionEvent, Sessions
from assistant.store.feedback import FeedbackStore, Thumb
from assistant.turns import Done, Said, Shown, Understood
from assistant.ui.people import from_people

log = logging.getLogger(__name__)

_SAID: Mapping[str, str] = {
    "missing": "add the field",
    "extra_forbidden": "take the field out, or correct its name",
    "string_type": "send a text in double quotes",
    "list_type": "send a list in square brackets",
    "model_attributes_type": "send a JSON object in curly brackets",
    "model_type": "send a JSON object in curly brackets",
    "dict_type": "send a JSON object in curly brackets",
    "int_type": "send a whole number without quotes",
    "float_type": "send a number without quotes",
    "bool_type": "send true or false without quotes",
}
_DEFAULT = "send what /docs describes"
_FORGOTTEN_AT_ONCE = 8


def routes(sessions: Sessions, per_conversation: Rates | None = None) -> APIRouter:
    """The routes of one assistant; ``per_conversation`` is how often one conversation may go on."""
    router = APIRouter()
    feedback = FeedbackStore(sessions.store.database)
    # Whoever waits for a turn has threads apart from those of every other request. Of turns there are never more.
    turns = CapacityLimiter(sessions.most_turns)
    forgetting = CapacityLimiter(_FORGOTTEN_AT_ONCE)

    def begin(body: ChatRequest) -> tuple[str, Iterator[SessionEvent]]:
        conversation = _conversation(sessions, body, per_conversation)
        # Begun here, so that the turn is under way, and stored in the end, even if the client leaves at once.
        return conversation, sessions.say(conversation, body.message)

    def shelf() -> Shelf:
        return Shelf.of(sessions.assistant)

    @router.get("/healthz", tags=["server"], response_model=schemas.Health)
    def healthz() -> dict[str, Any]:
        """Whether the server answers, and with what."""
        return {"status": "ok", "products": len(sessions.assistant.engine.products)}

    @router.post("/api/chat", tags=["conversation"], response_model=schemas.TurnAnswer)
    async def chat(body: ChatRequest) -> JSONResponse:
        """Answer one message."""
        conversation, events = await to_thread.run_sync(begin, body)
        done = await to_thread.run_sync(_end_of, events, limiter=turns)
        return JSONResponse({**done.turn.to_dict(), "conversation": conversation})

    @router.post("/api/chat/stream", tags=["conversation"], response_class=StreamingResponse)
    async def stream(body: ChatRequest) -> StreamingResponse:
        """Answer one message as it comes into being."""
        conversation, events = await to_thread.run_sync(begin, body)
        return StreamingResponse(
            _sent(events, conversation, turns), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    @router.post("/api/feedback", tags=["conversation"], response_model=schemas.FeedbackAnswer)
    def rate(body: schemas.FeedbackRequest) -> dict[str, Any]:
        """Store 👍 or 👎 on a product that a reply showed, or on the reply; a later one replaces an earlier one."""
        value: Thumb = 1 if body.value == "up" else -1
        _known(sessions, body.conversation, "conversation")
        if body.sku is not None:
            if body.turn is not None:
                raise Problem(
                    422,
                    "field 'turn': a product is rated where it was shown last",
                    where="turn",
                    do="leave out turn, or sku",
                )
            try:
                turn = sessions.rate(body.conversation, body.sku, value, body.reason)
            except UnknownProductError as error:
                raise problem_of(error, where="sku") from error
        else:
            last = sessions.store.count(body.conversation)
            turn = last if body.turn is None else body.turn
            if not 1 <= turn <= last:
                raise Problem(
                    404,
                    f"the conversation has no reply {turn}, only {last}",
                    where="turn",
                    do="count replies from 1, or leave the field out for the last one",
                )
            feedback.give(body.conversation, turn, value, reason=body.reason)
        return {"conversation": body.conversation, "turn": turn, "sku": body.sku, "value": body.value}

    @router.get("/api/conversations/{conversation}", tags=["conversation"], response_model=schemas.ConversationAnswer)
    def standing(
        conversation: Annotated[str, InPath(min_length=1, max_length=64, description="as /api/chat returned it")],
        after: Annotated[int, Query(ge=0, description="only messages with a larger id")] = 0,
    ) -> dict[str, Any]:
        """How a conversation stands: whether a person has it, and what people wrote in it."""
        _known(sessions, conversation, "conversation")
        return {
            "conversation": conversation,
            "turns": sessions.store.count(conversation),
            "with_person": sessions.silent(conversation),
            "messages": [
                {
                    "id": message.id,
                    "author": message.author,
                    "name": message.name,
                    "text": message.text,
                    "after_turn": message.after_turn,
                    "at": message.at.isoformat(),
                }
                for message in from_people(sessions.people(conversation))
                if message.id > after
            ],
        }

    @router.delete("/api/conversations/{conversation}", tags=["conversation"], status_code=204)
    async def forget(
        conversation: Annotated[str, InPath(min_length=1, max_length=64, description="as /api/chat returned it")],
    ) -> None:
        """Forget me: delete the conversation with its turns, events, feedback and everything made of it."""
        await to_thread.run_sync(_known, sessions, conversation, "conversation")
        await to_thread.run_sync(sessions.forget, conversation, limiter=forgetting)

    @router.post("/api/understand", tags=["catalogue"], response_model=schemas.Understood)
    def understand(body: schemas.TextRequest) -> JSONResponse:
        """Read a text: intent, calibrated confidence, language, constraints."""
        return JSONResponse(lookups.understand(shelf(), body.text))

    @router.post("/api/search", tags=["catalogue"], response_model=schemas.SearchAnswer)
    def search(body: schemas.SearchRequest) -> JSONResponse:
        """Find products; what the text says are hard filters, and nothing is relaxed."""
        return JSONResponse(lookups.search(shelf(), body))

    @router.post("/api/recommend", tags=["catalogue"], response_model=schemas.RecommendAnswer)
    def recommend(body: schemas.RecommendRequest) -> JSONResponse:
        """Recommend what is like a history of products, or what goes with it."""
        return JSONResponse(lookups.recommend(shelf(), body))

    @router.post("/api/compare", tags=["catalogue"], response_model=schemas.Comparison)
    def compare(body: schemas.CompareRequest) -> JSONResponse:
        """Hold products side by side, line by line from their records."""
        return JSONResponse(lookups.compare(shelf(), body))

    # A SKU may hold a slash; the path says where it begins, and nothing comes after it.
    @router.get("/api/products/{sku:path}", tags=["catalogue"], response_model=schemas.ProductAnswer)
    def product(
        sku: Annotated[str, InPath(min_length=1, max_length=200, examples=["FTW-RUNN-06"])],
        language: Annotated[schemas.Tongue, Query(description="of titles, texts and prices")] = "en",
    ) -> JSONResponse:
        """A product whole: its record, its versions, and what goes with it."""
        return JSONResponse(lookups.product(shelf(), schemas.ProductRequest(sku=sku, language=language)))

    return router


class Elsewhere:
    """ASGI application for what lies below ``/api`` and no route answers: a wrong method, or no such path.

    Without it the page at ``/``, which takes every path that is left, would answer in its own way.
    """

    def __init__(self, interface: APIRouter) -> None:
        self._routes = [route for route in interface.routes if isinstance(route, APIRoute)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse."""
        allowed = sorted(m for r in self._routes if r.path_regex.match(scope["path"]) for m in r.methods or ())
        if allowed:
            answer = _answer(405, told(f"this path does not answer to {scope['method']}", f"use {allowed[0]}"))
            answer.headers["allow"] = ", ".join(allowed)
        else:
            answer = _answer(404, told("there is nothing at this path", "/docs lists what there is"))
        await answer(scope, receive, send)


def install_errors(app: FastAPI) -> None:
    """Make every failure of the routes one clear JSON line."""

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return _answer(400, told("the body is not valid JSON", "send one JSON object"))
        where = ".".join(str(part) for part in first["loc"] if part not in ("body", "path", "query"))
        if not where and "json" not in request.headers.get("content-type", "json"):
            return _answer(415, told("the body is not said to be JSON", "send it with Content-Type: application/json"))
        said = f"field '{where}': {first['msg']}" if where else f"the body: {first['msg']}"
        return _answer(422, told(said, _SAID.get(first["type"], _DEFAULT), where or None))

    @app.exception_handler(Problem)
    def problem(_request: Request, error: Problem) -> JSONResponse:
        return _answer(error.status, error.body(), error.headers)

    @app.exception_handler(AssistantError)
    def known(_request: Request, error: AssistantError) -> JSONResponse:
        found = problem_of(error, where=error.where if isinstance(error, MissingProduct) else None)
        if isinstance(error, BusyError):
            log.warning("a message was refused: too many turns wait")
        elif found.status >= 500:
            log.error("a request failed", exc_info=error)
        return _answer(found.status, found.body(), found.headers)

    @app.exception_handler(StarletteHTTPException)
    def refused(_request: Request, error: StarletteHTTPException) -> JSONResponse:
        said = str(error.detail)
        match error.status_code:
            case 400:
                # What the framework says of bytes that are no UTF-8, or numbers no machine can hold.
                body = told("the body cannot be read as JSON in UTF-8", "send one JSON object in UTF-8")
            case _:
                body = told(said, _DEFAULT)
        return _answer(error.status_code, body, error.headers)

    @app.exception_handler(Exception)
    def failed(_request: Request, error: Exception) -> JSONResponse:
        log.error("a request failed", exc_info=error)
        return _answer(
            500, told("the assistant could not answer; the reason is in the server's log", "please try again")
        )


def _known(sessions: Sessions, conversation: str, where: str) -> None:
    """Refuse a conversation that is not stored; who knows its name may do with it what its shopper may."""
    if not sessions.knows(lookups.whole(conversation)):
        raise Problem(
            404,
            f"no conversation '{lookups.whole(conversation)}'",
            where=where,
            do="send a conversation that /api/chat returned",
        )


def _conversation(sessions: Sessions, body: ChatRequest, limit: Rates | None) -> str:
    if body.conversation is None:
        return sessions.new_id()
    conversation = lookups.whole(body.conversation)
    if not sessions.knows(conversation):
        raise Problem(
            404, f"no conversation '{conversation}'", where="conversation", do="leave the field out to begin one"
        )
    if limit is not None and (wait := limit.hit("conversation", conversation)) is not None:
        raise Problem(429, too_often(wait), do=f"wait {wait} s", headers={"Retry-After": str(wait)})
    return conversation


def _end_of(events: Iterator[SessionEvent]) -> Done:
    """The end of a turn; what comes before it is stored with it."""
    for event in events:
        if isinstance(event, Done):
            return event
    raise AssertionError("a turn always ends with Done")


async def _sent(events: Iterator[SessionEvent], conversation: str, waiting: CapacityLimiter) -> AsyncIterator[str]:
    try:
        while (event := await to_thread.run_sync(next, events, None, limiter=waiting)) is not None:
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
                case Heard(number, _):
                    # Who has it is the shop's business until they speak.
                    yield _frame("heard", {"turn": number})
                case Said(text):
                    yield _frame("text", {"text": text})
                case Done(turn, _):
                    yield _frame("done", {**turn.to_dict(), "conversation": conversation})
    except Exception:
        # The status line is long gone; the stream itself must say that it broke off.
        log.exception("a streamed turn failed")
        yield _frame("error", told("the assistant could not finish", "please try again"))


def _frame(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _answer(status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body, status_code=status, headers=dict(headers or {}))
