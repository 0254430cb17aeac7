"""A real server in a process of its own, asked over real sockets: cookies, redirects, limits, files, ``kill -9``."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.store import ConversationStore

PASSWORD = "correct horse battery"

SERVER = """
import socket, sys
import uvicorn
import gradio as gr
from argon2 import PasswordHasher
from fakes_assistant import FakeAssistant
from assistant.lexicon import Lexicon
from assistant.server import build_app
from assistant.server.auth import Access
from assistant.server.faces import Face
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store import ConversationStore, Database, UserStore
from assistant.ui.pictures import Pictures

database = Database(sys.argv[1])
users = UserStore(database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
if users.get("ann") is None:
    users.add("ann", "agent", sys.argv[2])
with gr.Blocks(analytics_enabled=False) as page:
    gr.Markdown("the console")
settings = Settings.model_construct(rate_limit_address="60/minute", sign_in_limit="4/minute")
access = Access.of(database, settings)
access.door.users = users
sessions = Sessions(FakeAssistant(), ConversationStore(database))
app = build_app(sessions, Pictures({}, Lexicon.load()), access, [Face("/console", page, "agent")])
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(64)
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="warning", proxy_headers=False)).run(sockets=[listener])
"""


@dataclass(frozen=True)
class Running:
    """A server's process and where it answers."""

    process: subprocess.Popen[str]
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self, how: int = signal.SIGTERM) -> None:
        os.kill(self.process.pid, how)
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()


def _start(url: str, repo_root: Path) -> Running:
    path = [part for part in (str(repo_root / "tests"), os.environ.get("PYTHONPATH")) if part]
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, url, PASSWORD],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path), "GRADIO_ANALYTICS_ENABLED": "False"},
        cwd=repo_root,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return Running(process, int(process.stdout.readline()))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.sqlite'}"


@pytest.fixture
def running(url: str, repo_root: Path) -> Iterator[Running]:
    started = _start(url, repo_root)
    yield started
    if started.process.poll() is None:
        started.stop()


def _raw(port: int, method: str, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """A request whose path no client library has tidied up."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest(method, path, skip_host=False, skip_accept_encoding=True)
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode("utf-8", "replace")
    connection.close()
    return answer.status, text


def test_the_way_in_and_out_and_what_stays_shut(running: Running, tmp_path: Path) -> None:
    page = {"accept": "text/html"}
    with httpx.Client(base_url=running.address, timeout=120) as browser:
        led = browser.get("/console", headers=page)
        assert led.status_code == 303
        form = browser.get(led.headers["location"])
        token = re.search(r'name="token" value="([^"]+)"', form.text)
        assert token is not None
        filled = {"token": token[1], "name": "ann", "password": PASSWORD, "next": "/console"}
        assert browser.post("/sign-in", data=filled, headers={"origin": "http://evil.example"}).status_code == 403
        entered = browser.post("/sign-in", data=filled, headers={"origin": running.address})
        assert (entered.status_code, entered.headers["location"]) == (303, "/console")
        assert "HttpOnly" in entered.headers["set-cookie"]
        seen = browser.get("/console", headers=page, follow_redirects=True)
        assert seen.status_code == 200
        assert "the console" in seen.text
        assert browser.get("/lab", headers=page).status_code == 403
        cookie = browser.cookies["lantern_session"]
        token = re.search(r'name="token" value="([^"]+)"', browser.get("/sign-out").text)
        assert token is not None
        assert browser.post("/sign-out", data={"token": token[1]}).status_code == 303
    assert httpx.get(f"{running.address}/console/config", cookies={"lantern_session": cookie}).status_code == 401

    # A proxy nobody named is not believed: neither who is there, nor where it comes from.
    for n in range(6):
        said = {"x-forwarded-for": f"8.8.8.{n}", "x-forwarded-proto": "https", "x-auth-user": "ann"}
        with httpx.Client(base_url=running.address, headers=said, timeout=60) as stranger:
            assert stranger.get("/console/config").status_code == 401
            answer = stranger.get("/sign-in")
            assert "Secure" not in answer.headers["set-cookie"]
            token = re.search(r'name="token" value="([^"]+)"', answer.text)
            assert token is not None
            status = stranger.post(
                "/sign-in", data={"token": token[1], "name": f"n{n}", "password": "guess"}
            ).status_code
            # One attempt of the four a minute was the right one above.
            assert status == (401 if n < 3 else 429)

    secret = tmp_path / "secret.txt"
    secret.write_text("the password of the safe")
    up = "../" * 15
    for path in (
        f"/assets/{up}{secret}",
        f"/static/{up}{secret}",
        f"/svelte/{up}{secret}",
        f"/assets/{up.replace('..', '%2e%2e')}{secret}",
        f"/static/{up.replace('/', '%2f')}{str(secret).replace('/', '%2f')}",
        f"/static/..%5c..%5c{secret}",
        f"/gradio_api/file={secret}",
        f"/console/../gradio_api/file={secret}",
        f"//gradio_api/file={secret}",
        f"/gradio_api/queue/../file={secret}",
        f"/gradio_api/heartbeat/../file={secret}",
        f"/%67radio_api/file={secret}",
        f"/gradio%5fapi/file={secret}",
        f"{running.address}/gradio_api/file={secret}",
    ):
        status, text = _raw(running.port, "GET", path)
        assert "the password of the safe" not in text, path
        assert status in (400, 403, 404, 405, 422), (path, status)
    for path in ("/%63onsole/config", "/console/./config", "/x/../console/config", "//console/config"):
        status, text = _raw(running.port, "GET", path)
        assert "the console" not in text, path
        assert status in (401, 404), (path, status)

    statuses: list[int] = []
    with httpx.Client(base_url=running.address, timeout=60) as client:
        for _ in range(70):
            answer = client.post("/api/chat", json={"message": "hello"})
            statuses.append(answer.status_code)
            if answer.status_code == 429:
                break
    assert statuses[-1] == 429
    assert len(statuses) >= 60
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_a_killed_server_has_lost_no_turn_it_answered(running: Running, url: str, repo_root: Path) -> None:
    answered: dict[str, list[str]] = {}
    guard = threading.Lock()
    enough = threading.Event()

    def talk(n: int) -> None:
        conversation: str | None = None
        with httpx.Client(base_url=running.address, timeout=60) as client:
            for turn in range(1000):
                body: dict[str, Any] = {"message": f"shoes under {turn + 60} of {n}"}
                if conversation:
                    body["conversation"] = conversation
                try:
                    with client.stream("POST", "/api/chat/stream", json=body) as answer:
                        if answer.status_code != 200:
                            enough.set()
                            return
                        lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
                except httpx.TransportError:
                    return  # killed
                done = json.loads(lines[-1].removeprefix("data: "))
                if "conversation" not in done:
                    return  # cut off before the end
                conversation = str(done["conversation"])
                with guard:
                    answered.setdefault(conversation, []).append(body["message"])
                    if sum(map(len, answered.values())) >= 24:
                        enough.set()

    talkers = [threading.Thread(target=talk, args=(n,)) for n in range(3)]
    for talker in talkers:
        talker.start()
    assert enough.wait(240)
    running.stop(signal.SIGKILL)
    for talker in talkers:
        talker.join(60)
    store = ConversationStore(url)
    assert sum(map(len, answered.values())) >= 24
    for conversation, messages in answered.items():
        kept = store.history(conversation)
        assert [turn.message for turn in kept][: len(messages)] == messages
        assert [turn.number for turn in kept] == list(range(1, len(kept) + 1))
        assert len(kept) - len(messages) in (0, 1)  # one may be stored whose answer did not get out
    store.close()
    again = _start(url, repo_root)
    try:
        conversation, messages = next(iter(answered.items()))
        body = {"message": "hello", "conversation": conversation}
        assert httpx.post(f"{again.address}/api/chat", json=body, timeout=60).status_code == 200
    finally:
        again.stop()
