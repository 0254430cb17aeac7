"""Which product types of a catalogue go with which others, by the shipped table of complements.

Joins the lexicon's types with a catalogue's own names for them. Knows no products and no behaviour.
"""

from __future__ import annotations

from collections.abc import Iterable

from assistant.lexicon import Lexicon
from assistant.recommendation.complements import Complements


def type_affinity(types: Iterable[str], complements: Complements, lexicon: Lexicon) -> dict[str, dict[str, float]]:
    """Each type of a catalogue with those of its companions that the catalogue holds, weight in (0, 1].

    A companion that names a family ("shoes") stands for every type of it. Types the lexicon does not know, or that go
    with nothing there is, are left out.
    """
    keys = {kind: _keys(kind, lexicon) for kind in sorted(set(types))}
    own: dict[str, set[str]] = {}
    for kind, named in keys.items():
        for key in named:
            own.setdefault(key, set()).add(kind)
    found: dict[str, dict[str, float]] = {}
    for kind, named in keys.items():
        for companion, weight in complements.types_for(named).items():
            for other in sorted(k for key in _within(companion, lexicon) for k in own.get(key, ())):
                if other != kind:
                    row = found.setdefault(kind, {})
                    row[other] = max(row.get(other, 0.0), weight)
    return found


def _keys(kind: str, lexicon: Lexicon) -> list[str]:
    """What the lexicon calls a type; a name it does not have ("wireless mouse") is the last thing it mentions."""
    named = [concept.key for concept in lexicon.named(kind) if concept.kind == "product"]
    mentioned = lexicon.mentions(kind, ["product"])[-1:]
    return named or [concept.key for one in mentioned for concept in one.concepts if concept.kind == "product"]


def _within(key: str, lexicon: Lexicon) -> set[str]:
    """A type and everything narrower."""
    seen: set[str] = set()
    waiting = [key]
    while waiting:
        one = waiting.pop()
        concept = lexicon.product(one)
        if one not in seen:
            seen.add(one)
            waiting += concept.narrower if concept is not None else ()
    return seen
