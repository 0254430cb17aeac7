"""Twenty chats at once over real event streams of a real server: none mixed, none lost, all under way together."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fakes_assistant import PRODUCTS, FakeAssistant
from serving import serving

from assistant.lexicon import Lexicon
from assistant.server import build_app
from assistant.server.auth import Access
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store import ConversationStore, Database
from assistant.ui.pictures import Pictures

CHATS, TURNS = 20, 3


class Together:
    """Holds the first text of every chat back until all of them have their cards."""

    def __init__(self) -> None:
        self.barrier = threading.Barrier(CHATS)

    def __call__(self, message: str) -> None:
        if "first" in message:
            self.barrier.wait(120)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Sessions]]:
    database = Database(f"sqlite:///{tmp_path / 'c.sqlite'}")
    # A worker a chat: with fewer, the barrier above could never be passed.
    sessions = Sessions(cast("Any", FakeAssistant(before_text=Together())), ConversationStore(database), workers=CHATS)
    access = Access.of(database, Settings.model_construct(rate_limit_address="10000/minute"))
    app = build_app(sessions, Pictures({}, Lexicon.load()), access)
    try:
        with serving(app) as address:
            yield address, sessions
    finally:
        sessions.close()
        database.close()


def _turn(client: httpx.Client, body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    events = []
    name = ""
    with client.stream("POST", "/api/chat/stream", json=body) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))
    return events


def test_twenty_chats_at_once(served: tuple[str, Sessions]) -> None:
    address, sessions = served
    problems: list[str] = []
    conversations: dict[int, str] = {}
    messages: dict[int, list[str]] = {}

    def talk(n: int) -> None:
        conversation: str | None = None
        language = "zh" if n % 2 else "en"
        try:
            with httpx.Client(base_url=address, timeout=300) as client:
                for turn in range(TURNS):
                    bound = 60 + 5 * n + turn
                    order = "first" if turn == 0 else "next"
                    said = f"{order} {n}: 想要跑鞋 低于 {bound}" if n % 2 else f"{order} {n}: shoes under {bound}"
                    messages.setdefault(n, []).append(said)
                    body = {"message": said, **({"conversation": conversation} if conversation else {})}
                    events = _turn(client, body)
                    done = events[-1][1]
                    assert [name for name, _ in events] == ["understood", "products", "text", "text", "done"]
                    assert done["language"] == events[0][1]["language"] == language
                    assert done["ledger"]["price_max"] == bound
                    assert {p["sku"] for p in done["products"]} == {p.sku for p in PRODUCTS if p.price <= bound}
                    assert events[1][1]["products"] == done["products"]
                    glue = "" if n % 2 else " "
                    assert glue.join(d["text"] for name, d in events if name == "text") == done["reply"]
                    assert conversation in (None, done["conversation"])
                    conversation = conversations[n] = done["conversation"]
        except Exception as error:  # told by the main thread, which alone can fail the test
            problems.append(f"chat {n}: {error!r}")

    threads = [threading.Thread(target=talk, args=(n,)) for n in range(CHATS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert problems == []
    assert len(set(conversations.values())) == CHATS
    for n, conversation in conversations.items():
        assert [turn.message for turn in sessions.history(conversation)] == messages[n]
    assert cast("FakeAssistant", sessions.assistant).most_running == CHATS
