"""Fields and score parts in words that need no manual.

Knows the names of constraints and of the parts of a score. Knows no product.
"""

from __future__ import annotations

from dataclasses import fields

from assistant.notebooks.showing import AMBER, BLUE, GREEN
from assistant.types import Constraints

MEANT = {
    "product": "the kind of product",
    "price_min": "costs at least",
    "price_max": "costs at most",
    "currency": "the currency of the bounds",
    "brands": "of one of these makers",
    "exclude_brands": "of none of these makers",
    "colors": "in one of these colours",
    "exclude_colors": "in none of these colours",
    "sizes": "in one of these sizes",
    "terms": "the listing says so",
    "exclude_terms": "the listing does not say so",
    "sort": "in this order",
    "in_stock_only": "only what can be bought now",
    "quantity": "how many",
    "references": "which of the list shown",
}
"""Field of the constraints → what it asks for."""

PARTS = (("meaning", BLUE), ("words", AMBER), ("bonus", GREEN))
"""The parts of a score that are drawn, in order, with their colours."""

LABELS = ("nearness of meaning", "words in common", "named what was asked for")
"""What these parts are."""


def plain(value: object) -> str:
    """A value as a person writes it: nothing for none, no point where there are no cents."""
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return "" if value is None else str(value)


def said(c: Constraints) -> str:
    """All that constraints ask for, in one line."""
    neutral = Constraints()
    told = [(f.name, getattr(c, f.name)) for f in fields(Constraints)]
    return "; ".join(f"{MEANT[name]}: {plain(value)}" for name, value in told if value != getattr(neutral, name))


def reason(cause: str) -> str:
    """A cause of a miss (``filter: colors``, ``ranking: words``) in words."""
    kind, _, name = cause.partition(": ")
    parts = {part: label for (part, _), label in zip(PARTS, LABELS, strict=True)}
    known = {"filter": MEANT, "ranking": parts}.get(kind, {})
    return f"{kind}: {known.get(name, name)}" if name else cause
