"""Which points of its record a written recommendation tells, so that a model can learn to tell just what it is given.

Knows examples and the claim check. A point is told where its slot is used or most of its words come again, in either
language; and where the text would not be supported any more by a record without it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.generation.evidence import split_sentences
from assistant.generation.points import COLOR, PRICE, TEXT, TITLE, Point, Points
from assistant.generation.slots import SLOT
from assistant.generation.writer import BlurbWriter, card_for
from assistant.labelled.blurbs import BlurbExample
from assistant.types import Product

# What a record leaves open, and yes or no, is not for the model to say: no point tells it.
_ANSWERS = re.compile(
    r"\blisting (?:does not|doesn't|gives no|says nothing)|\bnot (?:stated|listed|given)\b|^(?:Yes|No|Not)\b|"
    r"资料里?(?:没有?|未|并未|不)|没有?(?:写|说明|提到|标)|^(?:会|不会|能|不能|可以|不可以|有|没有|是的|不是|不行|行)[，。！]"
)
# Of a point's words that tell something, the share that has to come again in the text.
_MOST = 0.5


def told_points(example: BlurbExample, writer: BlurbWriter) -> list[Point] | None:
    """The points an example tells, in its order, the title first; ``None`` where its record does not support it."""
    wish = example.wish
    language = wish.language
    evidence = writer.evidence(card_for(wish.product, language), language)
    taker = Points(writer.phraser, writer.lexicon)
    points = taker.of(evidence, language)
    if _ANSWERS.search(example.blurb) or not _supported(example, writer, wish.product):
        return None
    places = {n: place for n, p in enumerate(points) if (place := _place(p, example.blurb, taker)) is not None}
    places[0] = -1
    if not _supported(example, writer, _only(wish.product, [points[n] for n in places])):
        # Something is worded too freely to be found again: what cannot be left out is in the text.
        every = list(range(len(points)))
        for n in [n for n in every if n not in places]:
            rest = [m for m in every if m != n]
            if _supported(example, writer, _only(wish.product, [points[m] for m in rest])):
                every = rest
        for n in every:
            places.setdefault(n, len(example.blurb))
    return [points[n] for n in sorted(places, key=lambda n: (places[n], n))]


def _supported(example: BlurbExample, writer: BlurbWriter, product: Product) -> bool:
    language = example.wish.language
    evidence = writer.evidence(card_for(product, language), language)
    return not any(
        writer.checker.unsupported(sentence, evidence, example.wish.request, language)
        for sentence in split_sentences(example.blurb)
    )


def _only(product: Product, points: Sequence[Point]) -> Product:
    """The record with nothing but these points."""
    about = {p.about for p in points}
    text = " ".join(p.source for p in points if p.about == TEXT)
    translations = {
        lang: {k: v for k, v in entries.items() if k != "description"} for lang, entries in product.translations.items()
    }
    # Slots that a text uses must stay; their values alone state nothing.
    return replace(
        product,
        description=text,
        translations=translations,
        color=product.color if COLOR in about else None,
        attributes={k: v for k, v in product.attributes.items() if k in about},
    )


def _place(point: Point, blurb: str, points: Points) -> int | None:
    """Where in the text a point is told, or ``None``."""
    if point.about == TITLE:
        return 0
    slots = SLOT.findall(point.text)
    at = [blurb.find(f"{{{slot}}}") for slot in slots]
    if slots and (found := [a for a in at if a >= 0]):
        return min(found)
    if point.about == PRICE or (slots and point.about != TEXT):
        return None
    marks = points.marks(point.text)
    if not marks:
        return None
    said = points.marks(blurb)
    shared = marks & said
    if len(shared) < _MOST * len(marks):
        return None
    return min((blurb.lower().find(m) for m in shared if blurb.lower().find(m) >= 0), default=len(blurb) // 2)
