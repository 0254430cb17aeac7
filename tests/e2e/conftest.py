"""A real Chromium, and two servers to point it at: the real demo, and the same pages over a scripted assistant."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from fakes_assistant import PRODUCTS, FakeAssistant
from playwright.sync_api import Browser, Error, Page, sync_playwright
from serving import serving

from assistant.lexicon import Lexicon
from assistant.server import build_app
from assistant.sessions import Sessions
from assistant.store.conversations import ConversationStore
from assistant.ui.pictures import Pictures

_FLAGS = ("--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync").split()
_START_SECONDS = 600
EVIL = '<img src=x onerror="window.broken=1"><script>window.broken=2</script>'


def _chromium() -> str | None:
    stated = os.environ.get("CHROMIUM")
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome"))
    return stated or next((path for path in found if path), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = _chromium()
    if path is None:
        pytest.skip("no Chromium here: install it (Debian: apt-get install chromium) or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """An open page and everything it asked for, said or choked on."""

    page: Page
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def open(self, address: str) -> Visit:
        self.page.goto(address)
        self.page.wait_for_selector("#live .welcome")
        return self

    def finished(self, turn: int) -> None:
        """Wait until a turn is done."""
        self.page.wait_for_selector(f'#live .turn[data-turn="{turn}"][data-status="done"]', timeout=60_000)

    def say(self, message: str, turn: int) -> None:
        """Type a message, send it, and wait for the end of its turn."""
        self.page.fill("#message textarea", message)
        self.page.press("#message textarea", "Enter")
        self.finished(turn)

    def reload(self) -> None:
        """Load the page again. The browser gives up what it waited for; that is no fault of the page."""
        self.page.reload()
        self.problems[:] = [p for p in self.problems if not re.search("abort|network|errored out", p, re.I)]

    def titles(self) -> list[str]:
        """The titles of the cards, without the position that screen readers hear first."""
        return list(
            self.page.locator("#live .card .title").evaluate_all("all => all.map(e => e.lastChild.textContent)")
        )

    def prices(self) -> list[float]:
        texts = self.page.locator("#live .card .money strong").all_inner_texts()
        return [float("".join(ch for ch in t if ch.isdigit() or ch == ".")) for t in texts]


class Tabs:
    """Tabs of the browser, each in a context of its own, lent to one test after the other.

    A new context loads and compiles all scripts of a page anew, two seconds of a processor for every test. What comes
    back is cleared of all that a visit leaves in a browser but its cache of files, or closed.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: list[Page] = []

    def new(self, **options: object) -> Page:
        context = self._browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        return context.new_page()

    def lent(self, width: int, height: int, scheme: Literal["light", "dark"]) -> Page:
        page = self._free.pop() if self._free else self.new()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        return page

    def back(self, page: Page) -> None:
        try:
            if page.context.pages == [page]:
                self._clear(page)
                self._free.append(page)
                return
        except Error:
            # Stuck or crashed: nobody shall get it.
            pass
        page.context.close()

    @staticmethod
    def _clear(page: Page) -> None:
        where = urlsplit(page.url)
        if where.scheme.startswith("http"):
            # From a page without scripts: that of the visit could write again as it is left.
            page.goto(f"{where.scheme}://{where.netloc}/nothing-is-here")
            page.evaluate("localStorage.clear(); sessionStorage.clear()")
        page.goto("about:blank")
        page.mouse.move(0, 0)
        page.context.clear_cookies()
        page.context.clear_permissions()

    def close(self) -> None:
        for page in self._free:
            page.context.close()


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Iterator[Tabs]:
    made = Tabs(browser)
    yield made
    made.close()


@pytest.fixture
def visit(tabs: Tabs) -> Iterator[Callable[..., Visit]]:
    """Opens pages, each a browser tab of its own; fails the test when one has a script error.

    ``color_scheme`` is a matter of the page; any other option of a browser context makes a new one, as does ``fresh``.
    """
    visits: list[tuple[Visit, bool, dict[str, Callable[..., None]]]] = []

    def make(
        width: int = 1280,
        height: int = 860,
        color_scheme: Literal["light", "dark"] = "light",
        *,
        fresh: bool = False,
        **options: object,
    ) -> Visit:
        fresh = fresh or bool(options)
        if fresh:
            page = tabs.new(viewport={"width": width, "height": height}, color_scheme=color_scheme, **options)
        else:
            page = tabs.lent(width, height, color_scheme)
        one = Visit(page)
        heard: dict[str, Callable[..., None]] = {
            "request": lambda request: one.requests.append(request.url),
            "pageerror": lambda error: one.problems.append(str(error)),
            "console": lambda line: one.problems.append(line.text) if line.type == "error" else None,
        }
        for event, listener in heard.items():
            page.on(event, listener)  # type: ignore[call-overload]
        visits.append((one, fresh, heard))
        return one

    yield make
    problems = [problem for one, _, _ in visits for problem in one.problems]
    for one, fresh, heard in visits:
        for event, listener in heard.items():
            one.page.remove_listener(event, listener)
        if fresh or problems:
            one.page.context.close()
        else:
            tabs.back(one.page)
    assert problems == []


@dataclass
class Scripted:
    """The scripted server and the gates that hold its turns open."""

    address: str
    assistant: FakeAssistant
    gates: dict[str, threading.Event]
    sessions: Sessions

    def stopped(self, conversation: str) -> None:
        """Wait until the turn under way was told to say no more."""
        for _ in range(400):
            event = self.sessions._stops.get(conversation)
            if event is not None and event.wait(0.05):
                return
        raise AssertionError(f"no turn of {conversation} was stopped")


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    gates: dict[str, threading.Event] = {}

    def hold(message: str) -> None:
        for word, gate in gates.items():
            if word in message:
                assert gate.wait(30)

    evil = replace(
        PRODUCTS[0],
        sku="EVIL-1",
        title="Evil <b onclick='window.broken=3'>bold</b> shoe",
        description=EVIL,
        brand=EVIL,
        translations={},
    )
    assistant = FakeAssistant((*PRODUCTS[:4], evil), before_text=hold)
    store = ConversationStore(f"sqlite:///{tmp_path_factory.mktemp('scripted') / 'c.sqlite'}")
    sessions = Sessions(assistant, store)  # type: ignore[arg-type]
    try:
        with serving(build_app(sessions, Pictures({}, Lexicon.load()))) as address:
            yield Scripted(address, assistant, gates, sessions)
    finally:
        sessions.close()
        store.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, repo_root: Path) -> Iterator[str]:
    """The address of the real ``assistant demo``, started as people start it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-c", "from assistant.cli import main; main()", "demo", "--port", str(port)]
    process = subprocess.Popen(
        command,
        cwd=repo_root,
        env={**os.environ, "ASSISTANT_DATA": str(folder / "data")},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    deadline = threading.Timer(_START_SECONDS, process.kill)
    deadline.start()
    told: list[str] = []
    for line in process.stderr:
        told.append(line)
        if "http://" in line:
            break
    deadline.cancel()
    # What it says later must not fill the pipe and stop it.
    drain = threading.Thread(target=lambda: told.extend(process.stderr or ()), daemon=True)
    drain.start()
    try:
        assert process.poll() is None, "the demo did not start: " + "".join(told[-20:])
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
        drain.join(10)
