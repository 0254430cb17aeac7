"""Taking a change back and putting one right: what either makes of the constraints of a topic.

Pure functions over a topic and a reading. Which topic is meant, and what is shown, the planner decides.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.dialogue.state import Topic
from assistant.lexicon import Lexicon, fold
from assistant.types import Constraints, Reading

_KEPT = 8
_EXCLUDED = ("exclude_terms", "exclude_colors", "exclude_brands")
_WANTED = {"exclude_terms": "terms", "exclude_colors": "colors", "exclude_brands": "brands"}


def remembering(topic: Topic, before: Topic) -> Topic:
    """The topic with the constraints it had before in its history, where they changed; only the last few are kept."""
    if topic.constraints == before.constraints:
        return topic
    past = (before.constraints, before.price_currency)
    return replace(topic, history=(*before.history, past)[-_KEPT:])


def undone(topic: Topic) -> Topic:
    """The topic as it was before its last change; unchanged where it never changed."""
    if not topic.history:
        return topic
    constraints, currency = topic.history[-1]
    return replace(topic, constraints=constraints, price_currency=currency, shown=(), history=topic.history[:-1])


def allow(lexicon: Lexicon, ledger: Constraints, phrases: tuple[str, ...]) -> Constraints:
    """The ledger without the exclusions that name what is welcome after all ("leather is fine", 皮的也可以)."""
    changes: dict[str, tuple[str, ...]] = {}
    for name in _EXCLUDED:
        values: tuple[str, ...] = getattr(ledger, name)
        changes[name] = tuple(v for v in values if not any(_same(lexicon, v, phrase) for phrase in phrases))
    return replace(ledger, **changes)  # type: ignore[arg-type]


def _same(lexicon: Lexicon, value: str, phrase: str) -> bool:
    value, phrase = fold(value).strip(), fold(phrase).strip()
    core = phrase.rstrip("的款色")
    if value in phrase or (core and core in value):
        return True
    keys = {c.key for m in lexicon.mentions(value) for c in m.concepts}
    return bool(keys & {c.key for m in lexicon.mentions(phrase) for c in m.concepts})


def corrected(topic: Topic, reading: Reading) -> Constraints:
    """What a correction says, fitted to the constraints it corrects.

    A bare number takes the place of the bound that stood, and so does a price without a word for its side; "not black"
    beside the new colour names the slip and excludes nothing.
    """
    said, former = reading.constraints, topic.constraints
    amount = reading.amount
    only_low = former.price_min is not None and former.price_max is None
    if amount is not None:
        said = replace(said, price_min=amount, price_max=None) if only_low else replace(said, price_max=amount)
    for name, wanted in _WANTED.items():
        slips = {fold(v) for v in getattr(former, wanted)}
        if getattr(said, wanted):
            kept = tuple(v for v in getattr(said, name) if fold(v) not in slips)
            said = replace(said, **{name: kept})  # type: ignore[arg-type]
    return said


def carried(topic: Topic, said: Constraints) -> Constraints:
    """A corrected product keeps the price that was said for the one misnamed, unless a new one is said."""
    former = topic.constraints
    if said.price_min is not None or said.price_max is not None:
        return said
    return replace(
        said, price_min=former.price_min, price_max=former.price_max, currency=said.currency or former.currency
    )
