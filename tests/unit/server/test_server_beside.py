"""Beside Gradio's queue: waiting for people's words, a stop, and who is there, however many turns are under way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from argon2 import PasswordHasher
from fakes_desk import DeskAssistant
from fastapi.testclient import TestClient

from assistant.catalog import PolicyBook
from assistant.desk import Desk, EditedPolicies
from assistant.lexicon import Lexicon
from assistant.server import beside, build_app
from assistant.server.auth import SESSION_COOKIE, VISIT_COOKIE, Access, SignedIn
from assistant.server.beside import Listeners
from assistant.sessions import Sessions
from assistant.settings import Settings
from assistant.store import ConversationStore, QueueStore, UserStore
from assistant.turns import Done
from assistant.ui.pictures import Pictures

BASE = "http://127.0.0.1:7860"
PASSWORD = "correct horse battery"
TURNS = 4


@dataclass
class Shop:
    """A running server, its desk, and the gate that holds every turn open whose message says "hold"."""

    client: TestClient
    sessions: Sessions
    desk: Desk
    access: Access
    gate: threading.Event
    begun: threading.Semaphore

    def asked(self, conversation: str, **more: Any) -> Any:
        return self.client.get("/shop/words", params={"conversation": conversation, **more})

    def taken(self) -> str:
        """A conversation that an agent has."""
        conversation = self.sessions.new_id()
        list(self.sessions.say(conversation, "I want to talk to a person"))
        assert self.desk.take(conversation, "eve")
        QueueStore(self.sessions.store.database).let_bot(conversation, False)
        return conversation


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    gate, begun = threading.Event(), threading.Semaphore(0)

    def hold(message: str) -> None:
        if "hold" in message:
            begun.release()
            assert gate.wait(30)

    monkeypatch.setattr(beside, "LOOK_SECONDS", 0.02)
    store = ConversationStore(f"sqlite:///{tmp_path / 'c.sqlite'}")
    database = store.database
    UserStore(database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)).add("eve", "agent", PASSWORD)
    sessions = Sessions(cast("Any", DeskAssistant(before_text=hold)), store, workers=TURNS, waiting=32)
    lexicon = Lexicon.load()
    desk = Desk.of(
        sessions, lexicon=lexicon, policies=EditedPolicies(PolicyBook(()), database), orders=None, cases=tmp_path
    )
    access = Access.of(
        database, Settings.model_construct(rate_limit_address="10000/minute", rate_limit_session="10000/minute")
    )
    app = build_app(sessions, Pictures({}, lexicon), access)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield Shop(client, sessions, desk, access, gate, begun)
    gate.set()
    sessions.close()
    store.close()


def _until(true: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(1000):
        if true():
            return
        waiting.wait(0.01)
    raise AssertionError("it never came true")


# -- the words of people ----------------------------------------------------------------------------------------------


def test_words_come_when_they_are_written_and_only_once(shop: Shop) -> None:
    conversation = shop.taken()
    first = shop.asked(conversation)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-store"
    assert first.json()["silent"] is True
    assert "theirs" not in first.json()["html"]
    with ThreadPoolExecutor(1) as beside_us:
        waiting = beside_us.submit(shop.asked, conversation, mark=first.json()["mark"])
        shop.desk.write(conversation, "eve", "These two fit <b>best</b>.")
        second = waiting.result(10).json()
    assert "These two fit &lt;b&gt;best" in second["html"]
    (message,) = shop.sessions.people(conversation)
    newer = shop.asked(conversation, after=message.id).json()
    assert "theirs" not in newer["html"]
    assert f'data-after="{message.id}"' in newer["html"]
    assert 'lang="zh"' in shop.asked(conversation, lang="zh").json()["html"]


def test_where_nobody_has_it_the_page_is_told_at_once(shop: Shop) -> None:
    list(shop.sessions.say("a", "shoes"))
    told = shop.asked("a").json()
    assert told["silent"] is False
    assert shop.asked("a", mark=told["mark"]).json()["silent"] is False
    assert shop.asked("never").status_code == 404
    assert shop.asked("x" * 100).status_code == 422
    assert shop.client.get("/shop/words").status_code == 422


def test_waiting_ends_by_itself(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "LISTEN_SECONDS", 0.1)
    conversation = shop.taken()
    mark = shop.asked(conversation).json()["mark"]
    assert shop.asked(conversation, mark=mark).status_code == 204


def test_one_page_waits_in_a_conversation_the_one_that_came_last(shop: Shop) -> None:
    conversation = shop.taken()
    mark = shop.asked(conversation).json()["mark"]
    with ThreadPoolExecutor(2) as pages:
        waiting = [pages.submit(shop.asked, conversation, mark=mark) for _ in range(2)]
        _until(lambda: any(w.done() for w in waiting))
        shop.desk.write(conversation, "eve", "Hello.")
        told = [w.result(10).json() for w in waiting]
    assert sorted("elsewhere" in body for body in told) == [False, True]
    assert "Hello." in next(body["html"] for body in told if "html" in body)


def test_so_many_may_wait_of_a_visit_and_so_many_at_all() -> None:
    listeners = Listeners(per_visit=2, most=3)
    mine, other = ("visit", "mine"), ("visit", "other")
    first, second = listeners.begin("a", mine), listeners.begin("b", mine)
    assert first is not None
    assert second is not None
    assert listeners.begin("c", mine) is None
    # In the same conversation again, by whomever, one takes the place of another.
    again = listeners.begin("a", mine)
    assert again is not None
    assert first.replaced
    listeners.end("a", first)
    assert len(listeners) == 2
    assert listeners.begin("c", other) is not None
    assert listeners.begin("d", other) is None
    assert not again.replaced
    listeners.end("a", again)
    assert listeners.begin("d", other) is not None


def test_a_visit_that_waits_too_often_is_told_when_to_come_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.client.cookies.set(VISIT_COOKIE, "somebody")
    conversations = [shop.taken() for _ in range(beside.MOST_PER_VISIT + 1)]
    marks = {c: shop.asked(c).json()["mark"] for c in conversations}
    monkeypatch.setattr(beside, "LISTEN_SECONDS", 1.0)
    with ThreadPoolExecutor(len(conversations)) as pages:
        answers = list(pages.map(lambda c: shop.asked(c, mark=marks[c]), conversations))
    assert sorted(answer.status_code for answer in answers) == [204] * beside.MOST_PER_VISIT + [429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "30"
    assert "try again in 30 seconds" in refused.json()["error"]


def test_waiting_is_limited_as_messages_are(tmp_path: Path) -> None:
    store = ConversationStore(f"sqlite:///{tmp_path / 'c.sqlite'}")
    sessions = Sessions(cast("Any", DeskAssistant()), store)
    access = Access.of(store.database, Settings.model_construct(rate_limit_address="2/minute"))
    app = build_app(sessions, Pictures({}, Lexicon.load()), access)
    with TestClient(app, base_url=BASE) as client:
        asked = [client.get("/shop/words", params={"conversation": "a"}).status_code for _ in range(3)]
        assert asked == [404, 404, 429]
        assert client.post("/shop/stop/a").status_code == 429
        assert client.post("/shop/stop/a", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    sessions.close()
    store.close()


# -- while turns are under way ----------------------------------------------------------------------------------------


def test_a_stop_and_an_agents_words_go_through_while_every_worker_is_held(shop: Shop) -> None:
    conversation = shop.taken()
    list(shop.sessions.say("mine", "shoes"))
    turns = [shop.sessions.say(f"held {n}", "hold shoes") for n in range(TURNS)]
    for _ in turns:
        assert shop.begun.acquire(timeout=10)
    shop.desk.write(conversation, "eve", "I am here.")
    assert "I am here." in shop.asked(conversation).json()["html"]
    assert [line.quantity for line in shop.sessions.put("mine", "TST-SHOE-01", 2).cart] == [2]
    assert shop.client.post("/shop/stop/held 0").status_code == 204
    assert shop.client.delete("/api/conversations/mine").status_code == 204
    shop.gate.set()
    ends = [list(turn)[-1] for turn in turns]
    assert [isinstance(end, Done) and end.turn.stopped for end in ends] == [True, False, False, False]


def test_forty_messages_at_once_keep_neither_the_staff_nor_a_stop_waiting(shop: Shop) -> None:
    entered = shop.access.door.sign_in("eve", PASSWORD, "10.0.0.1")
    assert isinstance(entered, SignedIn)
    list(shop.sessions.say("mine", "shoes"))
    paths = ("/api/chat", "/api/chat/stream")

    def chat(n: int) -> Any:
        return shop.client.post(paths[n % 2], json={"message": f"hold shoes under {100 + n}"})

    with ThreadPoolExecutor(40) as shoppers:
        answers: list[Future[Any]] = [shoppers.submit(chat, n) for n in range(40)]
        # Four are answered, 32 wait, and the last four are told to come again.
        _until(lambda: sum(answer.done() for answer in answers) == 40 - shop.sessions.most_turns)
        cookies = {"cookie": f"{SESSION_COOKIE}={entered.token}"}
        assert shop.client.get("/api/console/x").status_code == 401
        assert shop.client.get("/api/console/x", headers=cookies).status_code == 404
        assert shop.client.get("/healthz").status_code == 200
        assert shop.client.get("/api/conversations/mine").json()["turns"] == 1
        assert shop.client.post("/shop/stop/mine").status_code == 204
        assert shop.client.delete("/api/conversations/mine").status_code == 204
        assert shop.sessions.under_way == shop.sessions.most_turns
        shop.gate.set()
        done = [answer.result(60) for answer in answers]
    refused = [answer for answer in done if answer.status_code == 503]
    assert len(refused) == 40 - shop.sessions.most_turns
    for answer in refused:
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["error"] == "too many shoppers are being answered just now; try again in 5 seconds"
    assert sum(answer.status_code == 200 for answer in done) == shop.sessions.most_turns
    assert shop.sessions.under_way == 0
