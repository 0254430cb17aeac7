"""What is stored of a turn, and what of one that nobody heard or that was cut off.

Knows turns and states as records; stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from assistant.dialogue import DialogueState
from assistant.turns import Done
from assistant.types import Turn


def cut_off(done: Done, said: Sequence[str]) -> Done:
    """A turn that a person cut off, with the sentences that were out by then."""
    glue = "" if done.turn.understanding.language == "zh" else " "
    return replace(done, turn=replace(done.turn, reply=glue.join(said).strip(), stopped=True))


def unshown(done: Done, before: DialogueState) -> DialogueState:
    """The state after a turn whose cards nobody saw: what is asked for is new, what was shown is as before."""
    seen = {sku for topic in before.topics for sku in topic.shown}
    found = {card.product.sku for card in done.turn.cards} - seen
    topics = []
    for place, topic in enumerate(done.state.topics):
        page = before.topics[place].page if place < len(before.topics) else ()
        topics.append(replace(topic, page=page, shown=tuple(sku for sku in topic.shown if sku not in found)))
    return replace(
        done.state,
        topics=tuple(topics),
        listed=before.listed,
        focus=before.focus,
        asked=before.asked,
        cart=before.cart,
    )


def trace_of(turn: Turn, kind: str | None = None) -> dict[str, Any]:
    """What is stored of a turn: its TURN object, the score parts of every card, and what began it."""
    return {
        **turn.to_dict(),
        "candidates": [{"sku": c.product.sku, "parts": dict(c.parts), "why": list(c.why)} for c in turn.cards],
        "categories": [c.to_dict() for c in turn.categories],
        "suggestions": list(turn.suggestions),
        "kind": kind or "message",
        "stopped": turn.stopped,
    }
