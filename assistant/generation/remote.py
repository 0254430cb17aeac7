"""The same seam on an OpenAI-compatible server, such as vLLM, reached by its address.

Knows the streams of ``/completions`` and ``/chat/completions``, and what goes wrong on the way. Does not know which
model the server runs, or what is written about. The key for the server goes into one header and nowhere else.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import json
import logging
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from assistant.errors import ConfigurationError, GenerationError
from assistant.generation.generator import AT_ONCE, TextStream, never
from assistant.generation.queueing import Job, Line, Request
from assistant.generation.received import Sentences, Whole
from assistant.generation.ways import Ways

_LOG = logging.getLogger(__name__)
_CONTINUE = "Continue the text of the user. Write only what comes next, without repeating any of it."
# What the interface allows; a longer list is an error on some servers. Texts are cut here as well.
_STOPS_SENT = 4
# Worth another try: the server is busy, restarting, or behind a gateway that does not reach it.
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_GLANCE = 0.05


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may take, in seconds, and how often it is asked before it has written anything."""

    connect: float = 5.0
    first: float = 30.0
    between: float = 10.0
    tries: int = 3
    pause: float = 0.3


class RemoteGenerator:
    """A model behind ``URL/completions``, or behind ``URL/chat/completions`` where the server has no completions.

    Several requests run at the same time, as many as ``at_once``; the server batches them. The server's own cache makes
    beginnings that come again fast (vLLM: automatic prefix caching), so :meth:`prepare` has nothing to do.

    A server chooses its tokens itself, so numbers cannot be kept out of its choice as in the other backends. Where they
    are banned, text is handed on sentence by sentence, and a sentence that holds one is left out; so is one that holds
    anything else :func:`first_banned` finds. ``tokens`` of a stream counts the server's pieces, which are tokens
    on the servers known to us.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        key: str | None = None,
        at_once: int = AT_ONCE,
        patience: Patience | None = None,
    ) -> None:
        """Take the address; nothing is asked of the server yet.

        Args:
            name: what the server calls its model.
            url: where ``/completions`` is below; ``/v1`` is added to an address without a path.
            key: sent as a bearer token.
            at_once: how many requests run at the same time.
            patience: how long the server may take.

        Raises:
            ConfigurationError: the address is none.
        """
        self._name = name
        self._url = _checked(url)
        self._shown = f"{self._url.copy_with(userinfo=b'')}"
        self._key = key
        self._patience = patience or Patience()
        self._chat = False
        self._warned = False
        self._line = Line(self._serve, at_once=at_once, name=name)
        self._lock = threading.Lock()
        self._room: _Room | None = None

    @property
    def name(self) -> str:
        """The model's name, as a person set it."""
        return self._name

    def prepare(self, prefix: str) -> None:
        """Nothing: the server keeps beginnings by itself."""

    def stream(
        self,
        prompt: str,
        *,
        max_tokens: int,
        stop: Sequence[str] = (),
        seed: int | None = None,
        temperature: float = 0.0,
        ban_digits: bool = True,
        cancelled: Callable[[], bool] = never,
        owner: str | None = None,
        ways: Ways | None = None,
    ) -> TextStream:
        """Write on from ``prompt``; see :class:`~assistant.generation.generator.Generator`.

        Raises:
            GenerationError: while the stream is read: the server cannot be reached, refuses, takes too long, or breaks
                off. Before the first piece, what may pass is tried again.
        """
        request = Request(prompt, max_tokens, tuple(stop), seed, temperature, ban_digits, cancelled, owner, ways)
        return Job(self._line, request).stream()

    def close(self) -> None:
        """Close the connections. A later text opens new ones."""
        with self._lock:
            room, self._room = self._room, None
        if room is not None:
            room.close()

    # -- one request --------------------------------------------------------------------------------------------------

    def _serve(self, job: Job) -> None:
        with self._lock:
            if self._room is None:
                self._room = _Room(self._url, self._key, self._patience)
                # The room's thread would otherwise outlive a generator that nobody holds.
                weakref.finalize(self, self._room.close)
            room = self._room
        # Cancelled means that the reader left; there is nobody to tell.
        with contextlib.suppress(concurrent.futures.CancelledError):
            room.run(self._write(job, room.client))

    async def _write(self, job: Job, client: httpx.AsyncClient) -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None
        left = False

        def leave() -> None:
            nonlocal left
            # Once: a second time would interrupt the closing of the connection, which then stays open.
            if not left:
                left = True
                task.cancel()

        def interrupt() -> None:
            loop.call_soon_threadsafe(leave)

        job.begin(interrupt)
        if job.request.max_tokens < 1 or not job.wanted():
            return
        watch = asyncio.create_task(_watch(job, leave))
        try:
            if job.request.ways is not None:
                await self._go_along(job, job.request.ways, client)
                return
            sentences = Sentences(job)
            await self._ask(job, job.request, sentences, client)
            sentences.end()
        finally:
            watch.cancel()

    async def _go_along(self, job: Job, ways: Ways, client: httpx.AsyncClient) -> None:
        """Write along given ways: one request for each choice."""
        written, tokens = "", 0
        while job.wanted() and tokens < job.request.max_tokens:
            # Beside the loop: looking for pieces computes, and the other texts' answers go on coming in.
            pieces = await asyncio.to_thread(ways, written)
            if not pieces:
                return
            piece = pieces[0] if len(pieces) == 1 else await self._pick(job, written, pieces, client)
            tokens += 1
            job.count()
            job.give(piece)
            written += piece

    async def _pick(self, job: Job, written: str, pieces: Sequence[str], client: httpx.AsyncClient) -> str:
        """The piece the server chooses; the first one where it answers with something else."""
        longest = max(len(piece) for piece in pieces)
        request = replace(job.request, prompt=job.request.prompt + written, max_tokens=longest, stop=())
        answer = Whole()
        await self._ask(job, request, answer, client, choice=pieces)
        said = answer.text.strip()
        chosen = next((piece for piece in pieces if piece.strip() == said), None)
        if chosen is None and not self._warned:
            self._warned = True
            _LOG.warning(
                "the text server at %s does not keep to the choices it is given (structured outputs), so the first one "
                "is taken each time: texts stay true, and all begin alike; use vLLM, or a prompt that is not guided",
                self._shown,
            )
        return chosen if chosen is not None else pieces[0]

    async def _ask(
        self,
        job: Job,
        request: Request,
        answer: Sentences | Whole,
        client: httpx.AsyncClient,
        *,
        choice: Sequence[str] = (),
    ) -> None:
        """One request, asked again where another try may help and nothing has been read."""
        for attempt in range(1, self._patience.tries + 1):
            try:
                await self._answer(job, request, answer, client, choice)
                return
            except _MayPassError as error:
                if attempt == self._patience.tries or answer.began:
                    raise GenerationError(str(error)) from error
                _LOG.info("%s; trying again", error)
                await asyncio.sleep(self._patience.pause * attempt)

    async def _answer(
        self,
        job: Job,
        request: Request,
        sentences: Sentences | Whole,
        client: httpx.AsyncClient,
        choice: Sequence[str],
    ) -> None:
        waits = self._patience
        try:
            async with asyncio.timeout(waits.first) as limit:
                async with contextlib.aclosing(self._pieces(request, client, choice)) as pieces:
                    async for piece in pieces:
                        job.count(not choice)
                        limit.reschedule(asyncio.get_running_loop().time() + waits.between)
                        if not sentences.take(piece) or not job.wanted():
                            return
        except TimeoutError as error:
            missing = f"{waits.between:g} s passed after a piece" if sentences.began else f"{waits.first:g} s passed"
            raise _MayPassError(
                f"the text server at {self._shown} stopped answering: {missing} without text; see what keeps it busy"
            ) from error
        except httpx.ConnectTimeout as error:
            raise _MayPassError(self._unreachable(f"no connection within {waits.connect:g} s")) from error
        except httpx.ConnectError as error:
            raise _MayPassError(self._unreachable(str(error) or "no connection")) from error
        except httpx.HTTPError as error:
            raise _MayPassError(
                f"the text server at {self._shown} broke off: {error or type(error).__name__}; see its log"
            ) from error

    def _unreachable(self, why: str) -> str:
        return (
            f"the text server at {self._shown} cannot be reached: {why}; start it, or mend ASSISTANT_GENERATOR_URL, "
            "or unset it to run the generator here"
        )

    async def _pieces(self, request: Request, client: httpx.AsyncClient, choice: Sequence[str]) -> AsyncGenerator[str]:
        while True:
            chat = self._chat
            path = "chat/completions" if chat else "completions"
            async with client.stream("POST", path, json=self._body(request, choice, chat=chat)) as response:
                if response.status_code == 200:
                    async for piece in self._read(response, chat=chat):
                        yield piece
                    return
                said = self._without_key((await response.aread()).decode("utf-8", "replace"))
                if chat or not _lacks_route(response.status_code, said):
                    raise self._refusal(response.status_code, said)
            self._chat = True
            _LOG.warning("the text server at %s has no /completions; using /chat/completions", self._shown)

    def _body(self, request: Request, choice: Sequence[str], *, chat: bool) -> dict[str, Any]:
        prompt = request.prompt.encode("utf-8", "replace").decode("utf-8")
        body: dict[str, Any] = {
            "model": self._name,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "stream": True,
        }
        if chat:
            body["messages"] = [{"role": "system", "content": _CONTINUE}, {"role": "user", "content": prompt}]
        else:
            body["prompt"] = prompt
        if request.stop:
            body["stop"] = list(request.stop[:_STOPS_SENT])
        if request.seed is not None:
            body["seed"] = request.seed
        if choice:
            # vLLM's name for it, and the one it had up to version 0.10.
            body["structured_outputs"] = {"choice": list(choice)}
            body["guided_choice"] = list(choice)
        return body

    async def _read(self, response: httpx.Response, *, chat: bool) -> AsyncGenerator[str]:
        if "event-stream" not in response.headers.get("content-type", ""):
            # Some servers do not stream and answer in one.
            text, _ = self._text(_parsed((await response.aread()).decode("utf-8", "replace")), chat=chat)
            yield text
            return
        done = False
        async for line in response.aiter_lines():
            field, _, value = line.partition(":")
            if field != "data":
                continue
            if value.strip() == "[DONE]":
                return
            text, ends = self._text(_parsed(value), chat=chat)
            done = done or ends
            if text:
                yield text
        if not done:
            raise _MayPassError(f"the text server at {self._shown} broke off in the middle of a text; see its log")

    def _text(self, event: Any, *, chat: bool) -> tuple[str, bool]:
        """The text of an event, and whether it is the last one."""
        if isinstance(event, Mapping):
            if event.get("error"):
                raise GenerationError(
                    f"the text server at {self._shown} failed: {self._without_key(_message(event))}; see its log"
                )
            # An event without choices reports figures.
            choice: Any = next(iter(event.get("choices") or ()), {})
            if isinstance(choice, Mapping):
                part = (choice.get("delta") or choice.get("message") or {}) if chat else choice
                text = part.get("content" if chat else "text") or ""
                if isinstance(text, str):
                    return text, bool(choice.get("finish_reason"))
        raise GenerationError(
            f"what the text server at {self._shown} sends is no OpenAI-compatible stream: "
            f"{self._without_key(str(event)[:120])}; mend ASSISTANT_GENERATOR_URL"
        )

    def _refusal(self, status: int, said: str) -> GenerationError | _MayPassError:
        message = _message(_parsed(said))
        what = f"the text server at {self._shown} answered {status}: {message}"
        if status in (401, 403):
            return GenerationError(f"{what}; set ASSISTANT_GENERATOR_KEY to a key that it takes")
        if status in _PASSING:
            return _MayPassError(f"{what}; see its log, or try later")
        if status == 404:
            return GenerationError(
                f"{what}; set ASSISTANT_GENERATOR to a model that {self._shown}/models lists (it is '{self._name}'), "
                "or mend ASSISTANT_GENERATOR_URL"
            )
        return GenerationError(f"{what}; mend what it complains of, or name another server")

    def _without_key(self, text: str) -> str:
        """A server may repeat what it was sent; the key must not come back in a message."""
        return text.replace(self._key, "***") if self._key else text


class _MayPassError(Exception):
    """Another try may help, as long as nothing has been read."""


class _Room:
    """A thread with an event loop, and the connections that live in it."""

    def __init__(self, url: httpx.URL, key: str | None, patience: Patience) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="text server", daemon=True)
        self._thread.start()
        self.client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {key}"} if key else None,
            # Reading is timed by the pieces: a server that sends comments to keep a connection open is not answering.
            timeout=httpx.Timeout(None, connect=patience.connect),
        )

    def run(self, work: Any) -> None:
        """Run a coroutine there and wait for it."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        """Close the connections and end the thread."""
        if self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self.client.aclose(), self._loop).add_done_callback(
                lambda _: self._loop.call_soon_threadsafe(self._loop.stop)
            )


async def _watch(job: Job, leave: Callable[[], None]) -> None:
    """Leave when nobody wants the text any more, also while the server says nothing."""
    wanted = True
    while wanted:
        await asyncio.sleep(_GLANCE)
        try:
            wanted = job.wanted()
        except Exception as error:
            job.fail(GenerationError(f"the question whether a text is still wanted failed: {error}"))
            wanted = False
    leave()


def _checked(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise ConfigurationError(
            f"the address of the text server is none: {error}; mend ASSISTANT_GENERATOR_URL"
        ) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        shown = parsed.copy_with(userinfo=b"") if parsed.host else url[:60]
        raise ConfigurationError(
            f"'{shown}' is no address of a text server; set ASSISTANT_GENERATOR_URL to one like http://HOST:8000/v1"
        )
    path = parsed.path.rstrip("/")
    for ending in ("/chat/completions", "/completions"):
        path = path.removesuffix(ending)
    return parsed.copy_with(path=path or "/v1", query=None, fragment=None)


def _lacks_route(status: int, said: str) -> bool:
    """Whether an answer means that the server has no completions, and not that it lacks the model."""
    if status in (405, 501):
        return True
    return status == 404 and "model" not in _message(_parsed(said)).lower()


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _message(answer: Any) -> str:
    """What an answer says is wrong, in one line."""
    for key in ("error", "message", "detail"):
        if isinstance(answer, Mapping) and answer.get(key):
            answer = answer[key]
    return " ".join(str(answer).split())[:300] or "nothing"
