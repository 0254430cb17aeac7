"""Which shown products a message points at: by position, by word ("the Kestrel one", "黑色那个"), or as "it"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.dialogue.state import DialogueState
from assistant.lexicon import Lexicon, fold, words
from assistant.types import Product

_IT = re.compile(
    r"\b(?:it|its|it's|this|that|this one|that one|the one|them|these|those|they)\b"
    r"|这|那(?!么|就|还|我|你|有|要|麻烦|天|边)|它|该款|此款",
    re.I,
)
_TWO = re.compile(r"\b(?:two|both|pair of them)\b|两|俩|二者", re.I)
_ONE_WORD = re.compile(
    r"\b(?:the|that|this)\s+(?:[\w'-]+\s+){1,3}(?:one|pair|model|set)\b|[那这](?:个|款|条|件|双|台|把|部|只|张|套|盏|本|支)|[的]那|的这",
    re.I,
)
_GENERIC = frozenset("one the a an of for with and in on set pair model men women new".split())


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was pointed at. ``missing`` are positions never shown; ``pointed`` whether the message points at all."""

    skus: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()
    pointed: bool = False


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


def by_words(text: str, listed: Sequence[str], product: Callable[[str], Product | None], lexicon: Lexicon) -> Resolved:
    """The one shown product whose title, brand or colour the message names, where the words fit no other."""
    low = fold(text)
    said = {t for t, _, _ in words(low)} - _GENERIC
    colors = {c.key for m in lexicon.mentions(low, ("color",)) for c in m.concepts}
    for sku in listed:
        p = product(sku)
        if p and ((len(p.title) > 8 and fold(p.title) in low) or _names_sku(low, fold(sku))):
            return Resolved((sku,), pointed=True)
    if not _ONE_WORD.search(low):
        return Resolved()
    scores: dict[str, int] = {}
    for sku in listed:
        p = product(sku)
        if p is None:
            continue
        own = {t for title in (p.title, p.title_in("zh")) for t, _, _ in words(fold(title)) if t.isascii()} - _GENERIC
        hits = len(own & said)
        own_colors = {
            c.key for m in lexicon.mentions(fold(f"{p.color or ''} {p.title}"), ("color",)) for c in m.concepts
        }
        scores[sku] = hits + 2 * len(own_colors & colors)
    best = max(scores.values(), default=0)
    winners = [sku for sku, n in scores.items() if n == best]
    return Resolved((winners[0],), pointed=True) if best > 0 and len(winners) == 1 else Resolved()


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
    named = by_words(text, state.listed, product, lexicon)
    if named.skus:
        return named
    low = fold(text)
    pointed = bool(_IT.search(low))
    focus = tuple(sku for sku in state.focus if product(sku) is not None)
    if _TWO.search(low) and len(focus) == 2:
        return Resolved(focus, pointed=True)
    if focus:
        return Resolved(focus, pointed=pointed)
    if len(state.listed) == 1 and product(state.listed[0]) is not None:
        return Resolved(state.listed, pointed=pointed)
    return Resolved((), (), pointed)


def says_two(text: str) -> bool:
    """Whether the message speaks of exactly two products."""
    return bool(_TWO.search(fold(text)))
