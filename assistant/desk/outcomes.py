"""What a conversation remembers of a draft that was sent: the list it showed, and the cart it changed."""

from __future__ import annotations

from dataclasses import replace

from assistant.desk.sources import Outcome
from assistant.dialogue import DialogueState
from assistant.types import CartLine


def apply_outcome(state: DialogueState, outcome: Outcome) -> DialogueState:
    """The state once the customer has the reply; "the second one" then means what it listed."""
    if outcome.cart:
        held = {line.sku: line.quantity for line in state.cart}
        for change in outcome.cart:
            # A line that is not as the draft found it was changed since: the customer's newer word stands.
            if held.get(change.sku, 0) == change.before:
                held[change.sku] = change.after
        state = replace(state, cart=tuple(CartLine(sku, pieces) for sku, pieces in held.items() if pieces))
    if outcome.page and state.topic is not None:
        shown = tuple(dict.fromkeys((*state.topic.shown, *outcome.page)))
        topic = replace(state.topic, page=outcome.page, shown=shown)
        topics = tuple(topic if place == state.active else t for place, t in enumerate(state.topics))
        state = replace(state, topics=topics)
    return replace(state, listed=outcome.listed, focus=outcome.focus) if outcome.listed else state


def of_list(skus: tuple[str, ...]) -> Outcome:
    """The outcome of showing some products."""
    return Outcome(action="search", listed=skus, focus=skus if len(skus) == 1 else (), page=skus)
