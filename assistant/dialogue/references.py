"""Which shown products a message points at: by position, by word ("the Kestrel one", "黑色那个"), or as "it"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.dialogue.description import Shelf
from assistant.dialogue.state import DialogueState
from assistant.lexicon import Lexicon, fold
from assistant.types import Product

_IT = re.compile(
    r"\b(?:it|its|it's|this|that|this one|that one|the one|them|these|those|they)\b"
    r"|这|那(?!么|就|还|我|你|有|要|麻烦|天|边)|它|该款|此款",
    re.I,
)
_SEVERAL = re.compile(r"\b(?:them|these|those|they|all|each|every)\b|都|它们|这些|那些|全部|各", re.I)
_TWO = re.compile(r"\b(?:two|both|pair of them)\b|两|俩|二者", re.I)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was pointed at. ``missing`` are positions never shown; ``pointed`` whether the message points at all;
    ``unclear`` whether it describes one product and the description fits none or several."""

    skus: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()
    pointed: bool = False
    unclear: bool = False


def at_positions(listed: Sequence[str], positions: Sequence[int]) -> Resolved:
    """Positions count from 1, negative ones from the end."""
    skus: list[str] = []
    missing: list[int] = []
    for p in positions:
        if p != 0 and abs(p) <= len(listed):
            sku = listed[p - 1 if p > 0 else p]
            if sku not in skus:
                skus.append(sku)
        else:
            missing.append(p)
    return Resolved(tuple(skus), tuple(missing), pointed=bool(positions))


def by_words(
    text: str,
    listed: Sequence[str],
    product: Callable[[str], Product | None],
    lexicon: Lexicon,
    focus: Sequence[str] = (),
) -> Resolved:
    """The shown products a message names by title or SKU, else the one it describes.

    Several just talked about (``focus``) are told apart first: after a comparison "the cheaper one" is one of the two.
    Where a description fits several, the one under discussion is meant, else nobody can tell (``unclear``).
    """
    named = _by_name(fold(text), (*listed, *focus), product)
    if named:
        return Resolved(named, pointed=True)
    unclear = False
    for pool in (focus, listed) if len(focus) > 1 else (listed,):
        fit = Shelf(pool, product, lexicon).described(text)
        if len(fit.skus) == 1 or fit.several:
            return Resolved(fit.skus, pointed=True)
        if len(focus) == 1 and focus[0] in fit.skus:
            return Resolved(tuple(focus), pointed=True)
        unclear = unclear or fit.described
    return Resolved(pointed=unclear, unclear=unclear)


def _by_name(low: str, shown: Sequence[str], product: Callable[[str], Product | None]) -> tuple[str, ...]:
    """The products whose whole title or SKU the text holds, in the order said; a title inside a longer one is not."""
    spans: list[tuple[int, int, str]] = []
    for sku in dict.fromkeys(shown):
        p = product(sku)
        if p is None:
            continue
        for title in {fold(p.title), fold(p.title_in("zh"))}:
            at = low.find(title) if len(title) > 8 else -1
            if at >= 0:
                spans.append((at, at + len(title), sku))
        if _names_sku(low, fold(sku)):
            at = low.find(fold(sku))
            spans.append((at, at + len(sku), sku))
    whole = [x for x in spans if not any(y[0] <= x[0] and x[1] <= y[1] and x[1] - x[0] < y[1] - y[0] for y in spans)]
    # Two cards of the very same title are one span: the first shown is meant.
    first: dict[tuple[int, int], str] = {}
    for start, end, sku in whole:
        first.setdefault((start, end), sku)
    return tuple(dict.fromkeys(first[span] for span in sorted(first)))


def _names_sku(text: str, sku: str) -> bool:
    """Whether a text holds a SKU as a word of its own; a short one ("42") is more likely a size or a number."""
    return len(sku) > 3 and re.search(rf"(?<![\w-]){re.escape(sku)}(?![\w-])", text) is not None


def resolve(
    text: str,
    positions: Sequence[int],
    state: DialogueState,
    product: Callable[[str], Product | None],
    lexicon: Lexicon,
) -> Resolved:
    """What a message points at, tried in this order: positions, words, the two just compared, "it".

    A product that has left the catalogue since it was shown counts as never shown.
    """
    if positions:
        found = at_positions(state.listed, positions)
        gone = tuple(state.listed.index(sku) + 1 for sku in found.skus if product(sku) is None)
        skus = tuple(sku for sku in found.skus if product(sku) is not None)
        return Resolved(skus, found.missing + gone, found.pointed)
    focus = tuple(sku for sku in state.focus if product(sku) is not None)
    named = by_words(text, state.listed, product, lexicon, focus)
    if named.skus or named.unclear:
        return named
    low = fold(text)
    pointed = bool(_IT.search(low))
    if _TWO.search(low) and len(focus) == 2:
        return Resolved(focus, pointed=True)
    if focus:
        return Resolved(focus, pointed=pointed)
    if len(state.listed) == 1 and product(state.listed[0]) is not None:
        return Resolved(state.listed, pointed=pointed)
    return Resolved((), (), pointed)


def says_several(text: str) -> bool:
    """Whether the message speaks of more than one product ("them", 都)."""
    return bool(_TWO.search(fold(text)) or _SEVERAL.search(fold(text)))


def says_two(text: str) -> bool:
    """Whether the message speaks of exactly two products."""
    return bool(_TWO.search(fold(text)))
