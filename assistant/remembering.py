"""What shoppers do with products, noted under a pseudonym of their conversation and read back as a taste.

Nothing is noted, and nothing read, where a shopper or the whole shop does not want it; what was noted before is deleted
by whoever changes that. Knows the store of events and of conversations; knows no ranking and no page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from assistant.dialogue import DialogueState
from assistant.personal import NO_TASTE, Doing, Sign, Taste
from assistant.store.conversations import ConversationStore
from assistant.store.events import EventStore, Kind, ShopperEvent
from assistant.types import CartLine

_DOINGS: dict[Kind, Doing] = {"view": "view", "purchase": "purchase", "like": "like", "dislike": "dislike"}
_NEWEST = 100


class Remembering:
    """Notes and reads what was done in conversations. Safe to share between threads."""

    def __init__(self, store: ConversationStore, *, enabled: bool = True) -> None:
        """``enabled`` is whether the shop wants any of it."""
        self.enabled = enabled
        self._store = store
        self._events = EventStore(store.database)

    def wanted(self, conversation: str) -> bool:
        """Whether what is done in a conversation may be noted and used."""
        if not self.enabled:
            return False
        document = self._store.load(conversation)
        return document is None or DialogueState.from_dict(document).personal

    def note(self, conversation: str, sku: str, event: Kind, value: float | None = None) -> None:
        """Store something the shopper did with a product, unless that is not wanted."""
        if self.wanted(conversation):
            self._events.record(pseudonym(conversation), sku, event, value=value, conversation=conversation)

    def note_cart(self, conversation: str, before: Sequence[CartLine], after: Sequence[CartLine]) -> None:
        """Store what came into a cart; what was taken out is seen by its being there no more."""
        held = {line.sku: line.quantity for line in before}
        for line in after:
            if line.quantity > held.get(line.sku, 0):
                self.note(conversation, line.sku, "add_to_cart", line.quantity)

    def note_turn(self, conversation: str, before: DialogueState, after: DialogueState) -> None:
        """Store what a turn put into the cart; who said in it that nothing be noted has what was noted deleted."""
        if before.personal and not after.personal:
            self.forget(conversation)
        self.note_cart(conversation, before.cart, after.cart)

    def taste(self, conversation: str, state: DialogueState) -> Taste:
        """What the shopper did so far, oldest first; empty where that may not be used."""
        if not (self.enabled and state.personal):
            return NO_TASTE
        events = self._events.of(pseudonym(conversation), limit=_NEWEST)
        if not events:
            return NO_TASTE
        now = self._store.database.now()
        cart = {line.sku for line in state.cart}
        # Of several ratings of a product the last one stands.
        rated = {e.sku: e for e in events if e.event in ("like", "dislike")}
        return Taste(
            tuple(
                Sign(e.sku, _doing(e, cart), max((now - e.at).total_seconds(), 0.0))
                for e in events
                if e.event not in ("like", "dislike") or rated[e.sku] is e
            )
        )

    def forget(self, conversation: str) -> None:
        """Delete what was noted in a conversation."""
        self._events.forget(pseudonym(conversation))


def pseudonym(conversation: str) -> str:
    """Who the events of a conversation belong to: nobody can get back to the conversation's id from it."""
    return hashlib.sha256(f"shopper of {conversation}".encode()).hexdigest()[:24]


def _doing(event: ShopperEvent, cart: set[str]) -> Doing:
    if event.event == "add_to_cart":
        return "cart" if event.sku in cart else "carted"
    return _DOINGS[event.event]
