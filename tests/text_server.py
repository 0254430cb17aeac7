"""A real text server of a test's own: a model of ours behind the OpenAI interface, with HTTP and SSE over loopback."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import anyio.to_thread
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

from assistant.generation import Generator
from assistant.generation.generator import TextStream


class TextServer:
    """Serves ``generator``. What it is told to do wrong, it does once for each entry or until told otherwise."""

    def __init__(self, generator: Generator, *, key: str | None = None, completions: bool = True) -> None:
        self.generator = generator
        self.key = key
        self.completions = completions
        self.refusals: list[int] = []
        self.breaks_after: int | None = None
        self.allows_digits = False
        self.streams_text = True
        self.keeps_choices = True
        self.silence: threading.Event | None = None
        self.asked: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.streams: list[TextStream] = []
        self.left = threading.Event()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"

    def app(self) -> FastAPI:
        app = FastAPI()
        if self.completions:
            app.post("/v1/completions", response_model=None)(self._completions)
        app.post("/v1/chat/completions", response_model=None)(self._chat)
        return app

    async def _completions(self, request: Request) -> StreamingResponse | JSONResponse:
        body = await request.json()
        return self._answer(request, body, body["prompt"], chat=False)

    async def _chat(self, request: Request) -> StreamingResponse | JSONResponse:
        body = await request.json()
        return self._answer(request, body, body["messages"][-1]["content"], chat=True)

    def _answer(
        self, request: Request, body: dict[str, Any], prompt: str, *, chat: bool
    ) -> StreamingResponse | JSONResponse:
        self.asked.append(request.url.path)
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            told = f"the key {request.headers.get('authorization')} is not valid"
            return JSONResponse({"error": {"message": told}}, status_code=401)
        if self.refusals:
            return JSONResponse({"error": {"message": "told to refuse"}}, status_code=self.refusals.pop(0))
        if body["model"] != self.generator.name:
            return JSONResponse({"error": {"message": f"The model {body['model']} does not exist."}}, status_code=404)
        choice = (body.get("structured_outputs") or {}).get("choice", ())

        def kept(written: str) -> Sequence[str]:
            return () if written else choice

        stream = self.generator.stream(
            prompt,
            max_tokens=body["max_tokens"],
            stop=body.get("stop", ()),
            seed=body.get("seed"),
            temperature=body["temperature"],
            ban_digits=not self.allows_digits,
            ways=kept if choice and self.keeps_choices else None,
        )
        self.streams.append(stream)
        if not self.streams_text:
            return JSONResponse({"choices": [{"text": "".join(stream), "finish_reason": "stop"}]})
        return StreamingResponse(self._events(stream, chat=chat), media_type="text/event-stream")

    async def _events(self, stream: TextStream, *, chat: bool) -> AsyncIterator[str]:
        sent = 0
        ended = False
        try:
            yield ": a comment, as servers send to keep a connection open\n\n"
            while (piece := await anyio.to_thread.run_sync(next, stream, None)) is not None:
                if sent == self.breaks_after:
                    return
                if self.silence is not None and sent == 2:
                    while not self.silence.is_set():
                        await anyio.sleep(0.01)
                part = {"delta": {"content": piece}} if chat else {"text": piece}
                yield f"data: {json.dumps({'choices': [{**part, 'index': 0, 'finish_reason': None}]})}\n\n"
                sent += 1
            last = {"delta": {}} if chat else {"text": ""}
            yield f"data: {json.dumps({'choices': [{**last, 'index': 0, 'finish_reason': 'stop'}]})}\n\n"
            yield f"data: {json.dumps({'choices': [], 'usage': {'completion_tokens': stream.tokens}})}\n\n"
            yield "data: [DONE]\n\n"
            ended = True
        finally:
            stream.close()
            if not ended:
                self.left.set()


@contextlib.contextmanager
def running(server: TextServer) -> Iterator[TextServer]:
    """The server, listening; ended afterwards."""
    listening = threading.Event()

    class Told(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            listening.set()

    inner = Told(uvicorn.Config(server.app(), host="127.0.0.1", port=server.port, log_level="warning"))
    inner.force_exit = False
    thread = threading.Thread(target=inner.run, daemon=True)
    thread.start()
    assert listening.wait(60)
    try:
        yield server
    finally:
        inner.should_exit = inner.force_exit = True
        thread.join(60)
