"""What a conversation remembers of a draft that was sent: the list it showed, and the cart it changed."""

from __future__ import annotations

from dataclasses import replace

from assistant.desk.sources import Outcome
from assistant.dialogue import DialogueState

_LISTS = frozenset(("search", "ideas", "complement"))


def apply_outcome(state: DialogueState, outcome: Outcome) -> DialogueState:
    """The state once the customer has the reply; "the second one" then means what it listed."""
    if outcome.cart is not None:
        state = replace(state, cart=outcome.cart)
    if not outcome.listed or outcome.action == "cart":
        return state
    if outcome.action in _LISTS and state.topic is not None:
        shown = tuple(dict.fromkeys((*state.topic.shown, *outcome.listed)))
        topic = replace(state.topic, page=outcome.listed, shown=shown)
        topics = tuple(topic if place == state.active else t for place, t in enumerate(state.topics))
        state = replace(state, topics=topics)
    focus = outcome.listed if len(outcome.listed) == 1 else ()
    return replace(state, listed=outcome.listed, focus=focus)
