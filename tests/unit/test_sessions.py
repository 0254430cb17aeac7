"""Sessions: order within a conversation, none between them, and nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes_assistant import FakeAssistant

from assistant.errors import BusyError, UnknownProductError
from assistant.retrieval import Live
from assistant.sessions import Sessions, pseudonym
from assistant.store.conversations import ConversationStore
from assistant.store.events import EventStore
from assistant.turns import Done
from assistant.types import CartLine
from assistant.ui.chips import without


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConversationStore]:
    store = ConversationStore(f"sqlite:///{tmp_path / 'c.sqlite'}")
    yield store
    store.close()


def _finish(sessions: Sessions, conversation: str, message: str) -> Done:
    events = list(sessions.say(conversation, message))
    assert isinstance(events[-1], Done)
    return events[-1]


def test_state_and_trace_are_stored_before_done_is_told(store: ConversationStore) -> None:
    sessions = Sessions(FakeAssistant(), store)
    conversation = sessions.new_id()
    assert not sessions.knows(conversation)
    for event in sessions.say(conversation, "shoes under 80"):
        if isinstance(event, Done):
            assert sessions.state(conversation) == event.state
    assert sessions.knows(conversation)
    (trace,) = store.turns(conversation)
    assert trace["ledger"]["price_max"] == 80
    assert [c["sku"] for c in trace["candidates"]] == [p["sku"] for p in trace["products"]]
    sessions.close()


def test_conversations_do_not_see_each_other(store: ConversationStore) -> None:
    sessions = Sessions(FakeAssistant(), store)
    _finish(sessions, "a", "shoes under 80")
    _finish(sessions, "b", "hello")
    assert sessions.state("a").ledger.price_max == 80
    assert sessions.state("b").topic is None
    sessions.close()


def test_turns_of_one_conversation_wait_for_each_other(store: ConversationStore) -> None:
    gate, reached = threading.Event(), threading.Event()

    def hold(message: str) -> None:
        if "first" in message:
            reached.set()
            assert gate.wait(10)

    assistant = FakeAssistant(before_text=hold)
    sessions = Sessions(assistant, store)  # type: ignore[arg-type]
    first = sessions.say("a", "first shoes under 80")
    assert reached.wait(10)
    second = sessions.say("a", "add number 1 to the cart")
    other = _finish(sessions, "b", "hello")  # another conversation is not held up
    assert other.turn.reply.startswith("You said")
    assert sessions.under_way == 1
    gate.set()
    assert isinstance(list(first)[-1], Done)
    last = list(second)[-1]
    assert isinstance(last, Done)
    assert [line.sku for line in last.state.cart] == ["TST-SHOE-01"]
    sessions.close()
    assert sessions.under_way == 0


def test_no_more_turns_at_once_than_workers(store: ConversationStore) -> None:
    assistant = FakeAssistant()
    sessions = Sessions(assistant, store, workers=2)  # type: ignore[arg-type]
    streams = [sessions.say(f"c{n}", "hello") for n in range(12)]
    for stream in streams:
        assert isinstance(list(stream)[-1], Done)
    assert 1 <= assistant.most_running <= 2
    sessions.close()


def test_a_turn_nobody_waits_for_is_stored_all_the_same(store: ConversationStore) -> None:
    sessions = Sessions(FakeAssistant(), store)
    stream = sessions.say("a", "shoes under 80")
    next(stream)
    del stream
    sessions.close()
    assert sessions.knows("a")


def test_a_failed_turn_reaches_its_caller_and_blocks_nobody(store: ConversationStore) -> None:
    sessions = Sessions(FakeAssistant(), store)
    _finish(sessions, "a", "shoes under 80")
    with pytest.raises(RuntimeError, match="boom"):
        list(sessions.say("a", "boom"))
    assert _finish(sessions, "a", "hello").state.ledger.price_max == 80
    assert sessions.under_way == 0
    sessions.close()


def test_an_edit_searches_again_and_an_idle_one_does_nothing(store: ConversationStore) -> None:
    sessions = Sessions(FakeAssistant(), store)
    before = _finish(sessions, "a", "shoes under 80")
    after = list(sessions.edit("a", lambda c: without(c, "price_max", "80.0")))[-1]
    assert isinstance(after, Done)
    assert len(after.turn.cards) > len(before.turn.cards)
    assert list(sessions.edit("a", lambda c: c)) == []
    assert list(sessions.edit("never", lambda c: c)) == []
    assert store.turns("a")[-1]["kind"] == "edit"
    sessions.close()


def test_after_closing_nothing_begins(store: ConversationStore) -> None:
    sessions = Sessions(FakeAssistant(), store)
    sessions.close()
    with pytest.raises(RuntimeError):
        sessions.say("a", "hello")
    assert sessions.under_way == 0


def test_an_assistant_that_is_made_again_answers_from_the_next_turn_on(
    store: ConversationStore, tmp_path: Path
) -> None:
    made = [FakeAssistant(), FakeAssistant()]
    (tmp_path / "CURRENT").write_text("one")
    live = Live(tmp_path, lambda: made.pop(0), lambda assistant: "one" if not made else "no")
    first = live.get()
    sessions = Sessions(live, store)
    assert sessions.assistant is first
    _finish(sessions, "a", "shoes under 80")
    (tmp_path / "CURRENT").write_text("another")
    assert live.settle() is not first
    assert sessions.assistant is live.get()
    assert _finish(sessions, "a", "hello").turn.message == "hello"
    sessions.close()


def test_the_cart_is_set_between_turns_and_becomes_an_event(store: ConversationStore) -> None:
    sessions = Sessions(FakeAssistant(), store)
    _finish(sessions, "a", "shoes")
    assert sessions.put("a", "TST-SHOE-01", 2).cart == (CartLine("TST-SHOE-01", 2),)
    assert _finish(sessions, "a", "add number 2").turn.cart == (CartLine("TST-SHOE-01", 2), CartLine("TST-SHOE-02", 1))
    assert [line.sku for line in sessions.put("a", "TST-SHOE-01", 0).cart] == ["TST-SHOE-02"]
    assert [line.sku for line in sessions.state("a").cart] == ["TST-SHOE-02"]
    events = EventStore(store.database).of(pseudonym("a"))
    # Said or pressed, what comes into the cart is an event.
    assert [(e.sku, e.event, e.value) for e in events] == [
        ("TST-SHOE-01", "add_to_cart", 2),
        ("TST-SHOE-02", "add_to_cart", 1),
    ]
    assert "a" not in {e.shopper for e in events}
    sessions.close()


@pytest.mark.parametrize(("sku", "quantity"), [("NO-SUCH", 1), ("TST-SHOE-01", -1), ("TST-SHOE-01", 1000)])
def test_what_cannot_be_in_a_cart_is_refused(store: ConversationStore, sku: str, quantity: int) -> None:
    sessions = Sessions(FakeAssistant(), store)
    with pytest.raises((UnknownProductError, ValueError), match=r"NO-SUCH|pieces"):
        sessions.put("a", sku, quantity)
    assert not sessions.knows("a")
    sessions.close()


def test_a_rating_belongs_to_the_last_turn_that_showed_the_product(store: ConversationStore) -> None:
    sessions = Sessions(FakeAssistant(), store)
    _finish(sessions, "a", "shoes")
    _finish(sessions, "a", "shoes under 70")
    _finish(sessions, "a", "hello")
    assert sessions.rate("a", "TST-SHOE-01", 1) == 2
    assert sessions.rate("a", "TST-SHOE-05", -1, "too_dear") == 1
    assert sessions.rate("a", "TST-SHOE-01", -1) == 2
    assert [(r.turn, r.sku, r.value, r.reason) for r in sessions.ratings("a")] == [
        (1, "TST-SHOE-05", -1, "too_dear"),
        (2, "TST-SHOE-01", -1, None),
    ]
    with pytest.raises(UnknownProductError, match="was not shown"):
        sessions.rate("a", "NO-SUCH", 1)
    sessions.close()


def test_a_stopped_turn_keeps_its_cards_and_says_no_more(store: ConversationStore) -> None:
    gate, reached = threading.Event(), threading.Event()

    def hold(message: str) -> None:
        reached.set()
        assert gate.wait(10)

    sessions = Sessions(FakeAssistant(before_text=hold), store)
    assert not sessions.stop("a")
    events = sessions.say("a", "shoes")
    assert reached.wait(10)
    assert sessions.stop("a")
    gate.set()
    done = list(events)[-1]
    assert isinstance(done, Done)
    assert done.turn.stopped
    assert done.turn.cards
    assert done.turn.reply == ""
    assert sessions.history("a")[0].trace["stopped"] is True
    assert not _finish(sessions, "a", "shoes").turn.stopped
    sessions.close()


def test_forgetting_waits_for_the_turn_under_way_and_leaves_nothing(store: ConversationStore) -> None:
    sessions = Sessions(FakeAssistant(), store)
    _finish(sessions, "a", "shoes")
    _finish(sessions, "b", "shoes")
    sessions.rate("a", "TST-SHOE-01", 1)
    sessions.say("a", "shoes under 80")
    sessions.forget("a")
    assert not sessions.knows("a")
    assert sessions.history("a") == ()
    assert sessions.ratings("a") == ()
    assert EventStore(store.database).of(pseudonym("a")) == ()
    assert sessions.knows("b")
    sessions.close()


class Held:
    """Holds every turn whose message says "hold" open until it is let go."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.begun = threading.Semaphore(0)

    def __call__(self, message: str) -> None:
        if "hold" in message:
            self.begun.release()
            assert self.gate.wait(10)

    def wait(self, turns: int) -> None:
        for _ in range(turns):
            assert self.begun.acquire(timeout=10)


def test_what_is_short_goes_through_while_every_worker_is_held(store: ConversationStore) -> None:
    held = Held()
    sessions = Sessions(FakeAssistant(before_text=held), store)
    _finish(sessions, "a", "shoes")
    turns = [sessions.say(f"held {n}", "hold shoes") for n in range(4)]
    held.wait(4)
    waiting = sessions.say("waits", "shoes under 80")
    assert sessions.put("a", "TST-SHOE-01", 2).cart == (CartLine("TST-SHOE-01", 2),)
    assert sessions.in_turn("a", lambda: "sent") == "sent"
    assert sessions.stop("held 0")
    sessions.forget("a")
    assert not sessions.knows("a")
    assert sessions.under_way == 5
    held.gate.set()
    for turn in (*turns, waiting):
        assert isinstance(list(turn)[-1], Done)
    assert store.turns("held 0")[0]["stopped"]
    assert not store.turns("held 1")[0]["stopped"]
    sessions.close()


def test_one_conversation_keeps_its_order_among_turns_and_what_is_short(store: ConversationStore) -> None:
    held = Held()
    sessions = Sessions(FakeAssistant(before_text=held), store)
    first = sessions.say("a", "hold shoes")
    held.wait(1)
    order: list[str] = []

    def put() -> None:
        order.append(f"{len(sessions.put('a', 'TST-SHOE-05', 1).cart)} in the cart")

    short = threading.Thread(target=put)
    short.start()
    _until(lambda: len(sessions._lanes["a"]) == 1)
    second = sessions.say("a", "add number 1 to the cart")
    third = threading.Thread(target=lambda: sessions.in_turn("a", lambda: order.append("after both")))
    third.start()
    _until(lambda: len(sessions._lanes["a"]) == 3)
    assert order == []
    held.gate.set()
    short.join(10)
    third.join(10)
    assert isinstance(list(first)[-1], Done)
    last = list(second)[-1]
    assert isinstance(last, Done)
    # The turn found what was put before it; what came after it found its end.
    assert [line.sku for line in last.state.cart] == ["TST-SHOE-05", "TST-SHOE-01"]
    assert order == ["1 in the cart", "after both"]
    sessions.close()
    assert sessions.under_way == 0


def test_one_turn_too_many_is_refused_before_it_begins_and_nothing_else_is(store: ConversationStore) -> None:
    held = Held()
    sessions = Sessions(FakeAssistant(before_text=held), store, workers=2, waiting=1)
    turns = [sessions.say(f"c{n}", "hold shoes") for n in range(3)]
    held.wait(2)
    for refused in (lambda: sessions.say("late", "shoes"), lambda: sessions.edit("c0", lambda ledger: ledger)):
        with pytest.raises(BusyError, match="try again in 5 seconds") as told:
            refused()
        assert told.value.seconds == 5
    assert not sessions.knows("late")
    assert sessions.put("late", "TST-SHOE-01", 1).cart
    held.gate.set()
    for turn in turns:
        assert isinstance(list(turn)[-1], Done)
    assert _finish(sessions, "late", "shoes").turn.cart == (CartLine("TST-SHOE-01", 1),)
    sessions.close()


def test_what_fails_in_between_reaches_its_caller_and_blocks_nobody(store: ConversationStore) -> None:
    sessions = Sessions(FakeAssistant(), store)

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        sessions.in_turn("a", fail)
    assert sessions.in_turn("a", lambda: 3) == 3
    assert sessions.under_way == 0
    sessions.close()
    with pytest.raises(RuntimeError, match="closed"):
        sessions.in_turn("a", lambda: 3)


def test_whoever_gives_up_waiting_holds_nobody_up(store: ConversationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Held()
    sessions = Sessions(FakeAssistant(before_text=held), store)
    first = sessions.say("a", "hold shoes")
    held.wait(1)

    class Interrupted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("assistant.sessions.threading.Event", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            sessions.in_turn("a", lambda: None)
    second = sessions.say("a", "hello")
    held.gate.set()
    assert isinstance(list(first)[-1], Done)
    assert isinstance(list(second)[-1], Done)
    sessions.close()


def test_closing_waits_for_the_turns_that_wait(store: ConversationStore) -> None:
    held = Held()
    sessions = Sessions(FakeAssistant(before_text=held), store, workers=1)
    for message in ("hold shoes", "shoes under 80", "hello"):
        sessions.say("a", message)
    sessions.say("b", "shoes")
    held.wait(1)
    closing = threading.Thread(target=sessions.close)
    closing.start()
    held.gate.set()
    closing.join(10)
    assert not closing.is_alive()
    assert [turn.message for turn in sessions.history("a")] == ["hold shoes", "shoes under 80", "hello"]
    assert sessions.knows("b")


def _until(true: Callable[[], bool]) -> None:
    """Wait for what another thread does, which nothing here could be told of."""
    waiting = threading.Event()
    for _ in range(1000):
        if true():
            return
        waiting.wait(0.01)
    raise AssertionError("it never came true")
