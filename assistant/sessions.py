"""Many conversations with one assistant: whose turn it is, and where their state is kept between messages.

Owns the only mutable things of a running server: the worker threads, and one queue per conversation that has a turn
under way. Turns of one conversation run one after the other, turns of different ones side by side. A turn that was
begun is finished and stored even when nobody listens any more. Knows no page and no protocol.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeAlias

from assistant.dialogue import DialogueState
from assistant.pipeline import Assistant, Done, Event
from assistant.retrieval import Live
from assistant.store.conversations import ConversationStore
from assistant.types import Constraints, Turn

Job: TypeAlias = Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


_Item: TypeAlias = Event | _Failed | None


class Sessions:
    """Answers messages of stored conversations. One per process; safe to share between threads."""

    def __init__(self, assistant: Assistant | Live[Assistant], store: ConversationStore, *, workers: int = 4) -> None:
        """Begin with no turn under way.

        Args:
            assistant: answers; shared by every conversation. One that is made again where the index was built anew
                changes between turns, never within one.
            store: keeps state and traces.
            workers: turns that run at the same time; further ones wait.
        """
        self._answering = assistant
        self._store = store
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="turn")
        self._guard = threading.Lock()
        self._lanes: dict[str, deque[Job]] = {}

    @property
    def assistant(self) -> Assistant:
        """Who answers the turn that begins now."""
        return self._answering.get() if isinstance(self._answering, Live) else self._answering

    def close(self) -> None:
        """Wait for the turns under way."""
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
        """Conversations with a turn running or waiting."""
        with self._guard:
            return len(self._lanes)

    def say(self, conversation: str, message: str) -> Iterator[Event]:
        """Answer a message; the turn begins at once, not when the first event is asked for.

        Yields:
            The events of the turn; ``Done`` only after it is stored.
        """
        # A lone surrogate, legal in JSON, can be neither tokenised nor stored.
        message = message.encode("utf-8", "replace").decode("utf-8")
        return self._begin(conversation, lambda state: self.assistant.stream(state, message), None)

    def edit(self, conversation: str, change: Callable[[Constraints], Constraints]) -> Iterator[Event]:
        """Change what is asked for and search again; no events when the change changes nothing.

        Args:
            conversation: its id.
            change: the new ledger out of the one stored when this edit's turn comes.
        """

        def produce(state: DialogueState) -> Iterator[Event]:
            ledger = change(state.ledger)
            if state.topic is None or ledger == state.ledger:
                return iter(())
            return self.assistant.search_again(state, ledger)

        return self._begin(conversation, produce, "edit")

    # -- one turn at a time per conversation ---------------------------------------------------------------------------

    def _begin(
        self, conversation: str, produce: Callable[[DialogueState], Iterator[Event]], kind: str | None
    ) -> Iterator[Event]:
        out: SimpleQueue[_Item] = SimpleQueue()

        def job() -> None:
            try:
                for event in produce(self.state(conversation)):
                    if isinstance(event, Done):
                        self._store.save_turn(
                            conversation, event.state.to_dict(), event.turn.message, trace_of(event.turn, kind)
                        )
                    out.put(event)
            except Exception as error:  # handed over to whoever waits for this turn
                out.put(_Failed(error))
            finally:
                out.put(None)

        self._enqueue(conversation, job)
        return _drain(out)

    def _enqueue(self, conversation: str, job: Job) -> None:
        with self._guard:
            lane = self._lanes.get(conversation)
            if lane is not None:
                lane.append(job)
                return
            self._lanes[conversation] = deque((job,))
        try:
            self._pool.submit(self._work, conversation)
        except RuntimeError:
            with self._guard:
                del self._lanes[conversation]
            raise

    def _work(self, conversation: str) -> None:
        """Run the jobs of one conversation until none waits, then forget its lane."""
        while True:
            with self._guard:
                lane = self._lanes[conversation]
                if not lane:
                    del self._lanes[conversation]
                    return
                job = lane.popleft()
            job()


def _drain(out: SimpleQueue[_Item]) -> Iterator[Event]:
    while (item := out.get()) is not None:
        if isinstance(item, _Failed):
            raise item.error
        yield item


def trace_of(turn: Turn, kind: str | None = None) -> dict[str, Any]:
    """What is stored of a turn: its TURN object, the score parts of every card, and what began it."""
    return {
        **turn.to_dict(),
        "candidates": [{"sku": c.product.sku, "parts": dict(c.parts), "why": list(c.why)} for c in turn.cards],
        "categories": [c.to_dict() for c in turn.categories],
        "suggestions": list(turn.suggestions),
        "kind": kind or "message",
    }
