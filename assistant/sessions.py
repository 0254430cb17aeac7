"""Many conversations with one assistant: whose turn it is, and where their state is kept between messages.

Owns the only mutable things of a running server: the worker threads, and one queue per conversation that has something
under way. What is done with one conversation is done one after the other, different ones side by side. Only turns need
a worker; what is short is done by whoever wants it, so that no number of turns keeps a cart or an agent waiting. A turn
that was begun is finished and stored even when nobody listens any more; so many may wait, and one more is refused
before it begins. Where a person has the conversation, what the shopper writes is read and stored for them, and nothing
is answered. Knows no page and no protocol.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TypeAlias, TypeVar

from assistant.dialogue import DialogueState
from assistant.dialogue.topics import replace_ledger
from assistant.errors import BusyError, UnknownProductError
from assistant.evaluation.prompt_origins import erase_forgotten
from assistant.generation.writer import Listener
from assistant.personal import Taste
from assistant.pipeline import Assistant
from assistant.remembering import Remembering, pseudonym
from assistant.retrieval import Live
from assistant.store.conversations import ConversationStore, StoredTurn
from assistant.store.desk import DeskStore, HumanMessage
from assistant.store.events import Kind
from assistant.store.feedback import Feedback, FeedbackStore, Thumb
from assistant.store.queue import QueueStore
from assistant.store.trials import TrialStore
from assistant.store.users import UserStore
from assistant.traces import cut_off, trace_of, unshown
from assistant.turns import Done, Event, Said
from assistant.types import CartLine, Constraints

__all__ = ["BUSY_SECONDS", "HEARD", "Heard", "SessionEvent", "Sessions", "pseudonym", "trace_of"]

Job: TypeAlias = Callable[[], None]

MOST_PIECES = 999
"""Of one product in a cart."""

MOST_WAITING = 32
"""Turns that may wait for a worker."""

BUSY_SECONDS = 5
"""After how long to ask again where too many wait; a worker is free by then as a rule."""

HEARD = "heard"
"""The kind of a stored turn that was read and not answered: a person has the conversation."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Heard:
    """A person has the conversation: the message was stored as turn ``number`` for ``agent``, or for whoever comes.

    The agent's name is the one shoppers read.
    """

    number: int
    agent: str | None


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


SessionEvent: TypeAlias = Event | Heard
"""What a turn of a stored conversation tells."""

_Item: TypeAlias = SessionEvent | _Failed | None


class Sessions:
    """Answers messages of stored conversations. One per process; safe to share between threads."""

    def __init__(
        self,
        assistant: Assistant | Live[Assistant],
        store: ConversationStore,
        *,
        workers: int = 4,
        waiting: int = MOST_WAITING,
        personal: bool = True,
    ) -> None:
        """Begin with no turn under way.

        Args:
            assistant: answers; shared by every conversation. One that is made again where the index was built anew
                changes between turns, never within one.
            store: keeps state and traces.
            workers: turns that run at the same time; further ones wait.
            waiting: how many may wait; one more is refused.
            personal: whether what shoppers do is noted and used, unless they say otherwise.
        """
        self._answering = assistant
        self._store = store
        self._feedback = FeedbackStore(store.database)
        self.remembering = Remembering(store, enabled=personal)
        self._trials = TrialStore(store.database)
        self._users = UserStore(store.database)
        self._queue = QueueStore(store.database)
        self._desk = DeskStore(store.database)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="turn")
        self._guard = threading.Lock()
        self._all_done = threading.Condition(self._guard)
        # What waits in each conversation that has something under way; each entry lets one job begin, and never waits.
        self._lanes: dict[str, deque[Job]] = {}
        self._most_turns = workers + waiting
        self._turns = 0
        self._closed = False
        self._stops: dict[str, threading.Event] = {}
        self._hushes: dict[str, threading.Event] = {}

    @property
    def assistant(self) -> Assistant:
        """Who answers the turn that begins now."""
        return self._answering.get() if isinstance(self._answering, Live) else self._answering

    @property
    def store(self) -> ConversationStore:
        """Where state and traces are kept."""
        return self._store

    @property
    def most_turns(self) -> int:
        """Turns that may be under way or wait at the same time."""
        return self._most_turns

    def close(self) -> None:
        """Wait for everything that was begun; nothing begins from now on."""
        with self._guard:
            self._closed = True
            self._all_done.wait_for(lambda: not self._lanes)
        self._pool.shutdown(wait=True)

    def new_id(self) -> str:
        """An id for a conversation that begins; nothing is stored before its first turn is done."""
        return self._store.new_id()

    def knows(self, conversation: str) -> bool:
        """Whether a turn of this conversation was ever stored."""
        return self._store.load(conversation) is not None

    def state(self, conversation: str) -> DialogueState:
        """What the conversation remembers; empty for a new one."""
        document = self._store.load(conversation)
        return DialogueState() if document is None else DialogueState.from_dict(document)

    @property
    def under_way(self) -> int:
        """Conversations with something running or waiting."""
        with self._guard:
            return len(self._lanes)

    def say(self, conversation: str, message: str) -> Iterator[SessionEvent]:
        """Answer a message; the turn begins at once, not when the first event is asked for.

        Yields:
            The events of the turn; ``Done`` only after it is stored. Where a person has the conversation, ``Heard`` and
            a ``Done`` without reply.

        Raises:
            BusyError: too many turns wait already; nothing was begun.
        """
        message = _storable(message)
        return self._begin(
            conversation,
            lambda state, stopped, to: self.assistant.stream(
                state, message, stopped=stopped, listener=to, taste=self.remembering.taste(conversation, state)
            ),
            lambda state: self._listen(conversation, state, message),
            None,
        )

    def edit(self, conversation: str, change: Callable[[Constraints], Constraints]) -> Iterator[SessionEvent]:
        """Change what is asked for and search again; no events when the change changes nothing, or only the ledger may
        change because a person has the conversation.

        Args:
            conversation: its id.
            change: the new ledger out of the one stored when this edit's turn comes.

        Raises:
            BusyError: too many turns wait already; nothing was begun.
        """

        def produce(state: DialogueState, stopped: Callable[[], bool], to: Listener) -> Iterator[Event]:
            ledger = change(state.ledger)
            if state.topic is None or ledger == state.ledger:
                return iter(())
            taste = self.remembering.taste(conversation, state)
            return self.assistant.search_again(state, ledger, stopped=stopped, listener=to, taste=taste)

        def noted(state: DialogueState) -> Iterator[SessionEvent]:
            if state.topic is not None:
                self._store.save_state(conversation, replace_ledger(state, change(state.ledger)).to_dict())
            return iter(())

        return self._begin(conversation, produce, noted, "edit")

    def stop(self, conversation: str) -> bool:
        """Have the turn under way say no more; its cards and what it said are kept. Whether there was one."""
        with self._guard:
            running = self._stops.get(conversation)
        if running is not None:
            running.set()
        return running is not None

    # -- while people look after a conversation -----------------------------------------------------------------------

    def silent(self, conversation: str) -> bool:
        """Whether a person has the conversation, so that the assistant says nothing."""
        work = self._queue.get(conversation)
        return work is not None and not work.bot

    def people(self, conversation: str) -> tuple[HumanMessage, ...]:
        """What people wrote in a conversation, oldest first, as shoppers read it: agents under their shown names."""
        messages = self._desk.messages(conversation)
        agents = {m.name for m in messages if m.author == "agent" and m.name}
        shown = self._users.shown_names(agents) if agents else {}
        return tuple(
            replace(m, name=shown[m.name]) if m.name in agents and m.author == "agent" else m for m in messages
        )

    def hush(self, conversation: str) -> None:
        """Have the turn under way say nothing more at all, because a person speaks now."""
        with self._guard:
            running = self._hushes.get(conversation)
        if running is not None:
            running.set()
        self.stop(conversation)

    def hear(self, conversation: str, message: str) -> int:
        """Read and store what a customer wrote, unanswered, after the turns under way; returns the turn's number."""
        message = _storable(message)
        heard = self.in_turn(conversation, lambda: list(self._listen(conversation, self.state(conversation), message)))
        return next(event.number for event in heard if isinstance(event, Heard))

    def read_in(self, conversation: str, message: str) -> int:
        """As :meth:`hear`, but in the caller's thread: for a conversation that nobody else knows of yet, so that a long
        one keeps no turn of another waiting."""
        heard = self._listen(conversation, self.state(conversation), _storable(message))
        return next(event.number for event in list(heard) if isinstance(event, Heard))

    def in_turn(self, conversation: str, do: Callable[[], T]) -> T:
        """Do something short with a conversation, here and now, between its turns: after those that were begun before.

        Never from within itself for the same conversation: it would wait for its own end.
        """
        mine = threading.Event()
        self._enqueue(conversation, mine.set)
        try:
            mine.wait()
        except BaseException:
            # Whoever gives up waiting must not hold up those behind.
            self._leave(conversation, mine.set)
            raise
        try:
            return do()
        finally:
            self._go_on(conversation)

    def _listen(self, conversation: str, state: DialogueState, message: str) -> Iterator[SessionEvent]:
        """Take in what a message says without answering it."""
        # Whoever is told to stop before the first word still reads, plans and searches.
        events = self.assistant.stream(state, message, stopped=lambda: True)
        done = next(event for event in events if isinstance(event, Done))
        unanswered = replace(
            done.turn, cards=(), question=None, reply="", suggestions=(), cart=state.cart, stopped=False
        )
        after = unshown(done, state)
        matching = [card.product.sku for card in done.turn.cards]
        trace = {**trace_of(unanswered, HEARD), "before": state.to_dict(), "matching": matching}
        number = self._store.save_turn(conversation, after.to_dict(), message, trace)
        work = self._queue.get(conversation)
        name = work.assignee if work is not None else None
        yield Heard(number, self._users.shown_names([name])[name] if name else None)
        yield Done(replace(unanswered, action="handoff", handoff=True), after)

    def _call_people(self, conversation: str) -> None:
        self._queue.open(conversation)
        self._queue.call_for_people(conversation)

    # -- cart, ratings, events ----------------------------------------------------------------------------------------

    def put(self, conversation: str, sku: str, quantity: int) -> DialogueState:
        """Set how many pieces of a product are in the cart, after the turns under way; 0 takes it out.

        Raises:
            UnknownProductError: the catalogue has no such product.
            ValueError: the quantity is not between 0 and 999.
        """
        if self.assistant.engine.product(sku) is None:
            raise UnknownProductError(f"no product '{sku[:100]}' in the catalogue; take a SKU that was shown")
        if not 0 <= quantity <= MOST_PIECES:
            raise ValueError(f"{quantity} pieces; from 0 to {MOST_PIECES} can be in the cart")

        def change() -> DialogueState:
            state = self.state(conversation)
            held = {line.sku: line.quantity for line in state.cart} | {sku: quantity}
            after = replace(state, cart=tuple(CartLine(s, n) for s, n in held.items() if n))
            self._store.save_state(conversation, after.to_dict())
            self.remembering.note_cart(conversation, state.cart, after.cart)
            return after

        return self.in_turn(conversation, change)

    def history(self, conversation: str) -> tuple[StoredTurn, ...]:
        """The stored turns of a conversation, oldest first."""
        return self._store.history(conversation)

    def rate(self, conversation: str, sku: str, value: Thumb, reason: str | None = None) -> int:
        """Store what the shopper thinks of a recommendation, under the last turn that showed it; returns its number.

        Raises:
            UnknownProductError: no turn of the conversation showed the product.
        """
        for turn in reversed(self.history(conversation)):
            if any(card["sku"] == sku for card in turn.trace.get("products", ())):
                self._feedback.give(conversation, turn.number, value, sku=sku, reason=reason)
                self.note(conversation, sku, "like" if value > 0 else "dislike")
                return turn.number
        raise UnknownProductError(f"'{sku[:100]}' was not shown in this conversation; rate a product that was")

    def ratings(self, conversation: str) -> tuple[Feedback, ...]:
        """What the shopper thinks of the recommendations so far."""
        return self._feedback.of(conversation)

    def note(self, conversation: str, sku: str, event: Kind, value: float | None = None) -> None:
        """Store something the shopper did with a product, under a pseudonym, unless the shopper wants none of it."""
        self.remembering.note(conversation, sku, event, value)

    def taste(self, conversation: str) -> Taste:
        """What the shopper did with products so far; empty where that may not be used."""
        return self.remembering.taste(conversation, self.state(conversation))

    def remember(self, conversation: str, wanted: bool) -> None:
        """Note and use what the shopper does from now on, or no more; then what was noted is deleted, the cart and the
        ratings of replies are not. After the turns under way."""

        def change() -> None:
            self._store.save_state(conversation, replace(self.state(conversation), personal=wanted).to_dict())
            if not wanted:
                self.remembering.forget(conversation)

        self.in_turn(conversation, change)

    def forget(self, conversation: str) -> None:
        """Delete a conversation and everything stored of it, after the turns under way."""
        self.stop(conversation)
        self.in_turn(conversation, lambda: self._store.forget(conversation))
        # Cases of prompts made of it lie in files.
        erase_forgotten(self._store.database)

    # -- one turn at a time per conversation ---------------------------------------------------------------------------

    def _begin(
        self,
        conversation: str,
        answer: Callable[[DialogueState, Callable[[], bool], Listener], Iterator[Event]],
        listen: Callable[[DialogueState], Iterator[SessionEvent]],
        kind: str | None,
    ) -> Iterator[SessionEvent]:
        out: SimpleQueue[_Item] = SimpleQueue()
        stop, hush = threading.Event(), threading.Event()

        def answered() -> Iterator[Event]:
            said: list[str] = []
            serving = self._trials.serving(conversation)
            listener = Listener(conversation, serving.label_of, serving.missed)
            before = self.state(conversation)
            for event in answer(before, stop.is_set, listener):
                if isinstance(event, Said):
                    if hush.is_set():
                        continue
                    said.append(event.text)
                if isinstance(event, Done):
                    if hush.is_set():
                        event = cut_off(event, said)
                    trace = {**trace_of(event.turn, kind), "trials": serving.arms}
                    self._store.save_turn(conversation, event.state.to_dict(), event.turn.message, trace)
                    self.remembering.note_turn(conversation, before, event.state)
                    if event.turn.handoff:
                        self._call_people(conversation)
                yield event

        def job() -> None:
            # Known to whoever would stop it before it is asked whether it may speak, so that none slips between.
            with self._guard:
                self._stops[conversation], self._hushes[conversation] = stop, hush
            try:
                silent = self.silent(conversation)
                for event in listen(self.state(conversation)) if silent else answered():
                    out.put(event)
            except Exception as error:  # handed over to whoever waits for this turn
                out.put(_Failed(error))
            finally:
                with self._guard:
                    del self._stops[conversation], self._hushes[conversation]
                self._end_turn(conversation)
                out.put(None)

        def begin() -> None:
            try:
                self._pool.submit(job)
            except RuntimeError as error:  # the interpreter is being shut down
                self._end_turn(conversation)
                out.put(_Failed(error))

        self._enqueue(conversation, begin, turn=True)
        return _drain(out)

    def _enqueue(self, conversation: str, begin: Job, *, turn: bool = False) -> None:
        """Let a job begin when those before it in its conversation have ended; at once where there are none."""
        with self._guard:
            if self._closed:
                raise RuntimeError("the conversations are closed; nothing can begin any more")
            if turn and self._turns >= self._most_turns:
                raise BusyError(
                    f"too many shoppers are being answered just now; try again in {BUSY_SECONDS} seconds",
                    seconds=BUSY_SECONDS,
                )
            self._turns += turn
            lane = self._lanes.get(conversation)
            if lane is not None:
                lane.append(begin)
                return
            self._lanes[conversation] = deque()
        begin()

    def _go_on(self, conversation: str) -> None:
        """A job of a conversation has ended: let the next one begin, or forget the lane."""
        with self._guard:
            lane = self._lanes[conversation]
            if not lane:
                del self._lanes[conversation]
                self._all_done.notify_all()
                return
            begin = lane.popleft()
        begin()

    def _leave(self, conversation: str, begin: Job) -> None:
        """Give up a place in the lane, or the turn itself if it has come meanwhile."""
        with self._guard:
            lane = self._lanes[conversation]
            if begin in lane:
                lane.remove(begin)
                return
        self._go_on(conversation)

    def _end_turn(self, conversation: str) -> None:
        with self._guard:
            self._turns -= 1
        self._go_on(conversation)


def _drain(out: SimpleQueue[_Item]) -> Iterator[SessionEvent]:
    while (item := out.get()) is not None:
        if isinstance(item, _Failed):
            raise item.error
        yield item


def _storable(message: str) -> str:
    # A lone surrogate, legal in JSON, can be neither tokenised nor stored.
    return message.encode("utf-8", "replace").decode("utf-8")
