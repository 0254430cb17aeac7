"""Which rows *are* the product asked for, not merely near it.

Similarity alone puts a belted coat among belts. This module reads the head of every title ("Red Accent Adventure
**Belt**"), maps it onto the bilingual product types of the lexicon, and answers with three nested row sets: rows whose
head is the type, rows that mention it, rows whose category names it. It knows no vectors and no prices.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from assistant.lexicon import Concept, Lexicon, fold, words
from assistant.lexicon.text import HAN
from assistant.retrieval.text import token_line
from assistant.types import Product

Mask = npt.NDArray[np.bool_]

# What follows one of these describes the head, it is not the head: "lamp with shelf", "cover for tablet".
_TAIL = re.compile(r"\s(?:with|for|in|by|from|of|on|to|featuring|inspired|made|and|&|plus|w/)\s|[,(/|–—:;]|\s-\s", re.I)
# A family larger than this ("furniture") says too little about its members to stand in for one of them.
_FAMILY = 25
_CONTAINERS = frozenset(
    "set kit bundle collection pair pack duo trio quartet assortment ensemble experience sensation essential edition "
    "piece medley combo selection box series style design".split()
)


@dataclass(frozen=True, slots=True)
class Topic:
    """The rows of a product type: ``head`` are it, ``mention`` name it in the title, ``category`` file it so.

    ``exact`` is false where the catalogue lacks the type and the family above it stands in.
    """

    head: Mask
    mention: Mask
    category: Mask
    modifiers: str
    exact: bool = True

    def rows(self, allowed: Mask) -> Mask:
        """The most precise non-empty set within ``allowed``."""
        for level in (self.head, self.mention, self.category):
            if (level & allowed).any():
                return level & allowed
        return np.zeros_like(allowed)

    @property
    def any(self) -> bool:
        """Whether the catalogue holds anything of the type at all."""
        return bool(self.head.any() or self.mention.any() or self.category.any())


def _english_head(title: str) -> str:
    cut = _TAIL.search(title)
    return title[: cut.start()] if cut and cut.start() > 0 else title


class TopicMap:
    """Product types of a catalogue's rows, read once from titles and categories."""

    def __init__(self, products: Sequence[Product], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._n = len(products)
        self._head: dict[str, list[int]] = defaultdict(list)
        self._mention: dict[str, list[int]] = defaultdict(list)
        # Rows whose head no table knows ("Canyon belt XT"), by the types named in front of it.
        self._unread: dict[str, list[int]] = defaultdict(list)
        self._category: dict[str, list[int]] = defaultdict(list)
        self._titles: list[str] = []
        self._row_heads: list[frozenset[str]] = []
        cached: dict[tuple[str, ...], tuple[str, ...]] = {}
        for row, product in enumerate(products):
            zh = str(product.translations.get("zh", {}).get("title") or "")
            self._titles.append(token_line(f"{product.title} | {zh}"))
            heads, mentions, named = self._read_title(fold(product.title))
            if zh:
                zh_heads, zh_mentions, zh_named = self._read_title(fold(zh))
                heads |= zh_heads
                mentions |= zh_mentions
                named |= zh_named
            if product.category not in cached:
                cached[product.category] = self._read_category(product)
            category = cached[product.category]
            if not heads or any(c in heads for c in category):
                heads |= set(category)
            self._row_heads.append(frozenset(heads))
            for key in heads:
                self._head[key].append(row)
            for key in mentions:
                self._mention[key].append(row)
            for key in named if all(k.startswith("word:") for k in heads) else ():
                self._unread[key].append(row)
            for key in category:
                self._category[key].append(row)

    def _read_title(self, title: str) -> tuple[set[str], set[str], set[str]]:
        """The types a title is, the types it mentions anywhere, and those it mentions before any "with" or "for"."""
        head_part = _english_head(title)
        every = self._lexicon.mentions(title, ("product",))
        inside = [m for m in every if m.end <= len(head_part)]
        last = inside[-1] if inside else None
        heads = {c.key for c in last.concepts} if last else set()
        named = {c.key for m in inside for c in m.concepts}
        tail = [t for t, _, _ in words(head_part[last.end :])] if last else []
        # A word the lexicon does not know after the last known type is itself the head ("scarf print cushionette").
        if tail and tail[-1].isascii() and tail[-1].isalpha() and tail[-1] not in _CONTAINERS:
            heads = {f"word:{tail[-1]}"}
        if not heads:
            tokens = [t for t, _, _ in words(head_part) if t not in _CONTAINERS]
            heads = {f"word:{tokens[-1]}"} if tokens else set()
        return heads, {c.key for m in every for c in m.concepts}, named

    def _read_category(self, product: Product) -> tuple[str, ...]:
        keys: list[str] = []
        names = [product.type, str(product.translations.get("zh", {}).get("category") or "")]
        for name in names:
            found = self._lexicon.mentions(fold(name), ("product",)) if name else []
            keys += [c.key for c in found[-1].concepts] if found else []
        if not keys and product.type:
            tokens = [t for t, _, _ in words(fold(product.type))]
            keys = [f"word:{tokens[-1]}"] if tokens else []
        return tuple(dict.fromkeys(keys))

    def _closure(self, concepts: Sequence[Concept]) -> set[str]:
        keys: set[str] = set()
        pending = list(concepts)
        while pending:
            concept = pending.pop()
            if concept.key in keys:
                continue
            keys.add(concept.key)
            pending += [n for k in concept.narrower if (n := self._lexicon.product(k)) is not None]
        return keys

    def _mask(self, table: dict[str, list[int]], keys: set[str]) -> Mask:
        mask = np.zeros(self._n, dtype=np.bool_)
        for key in keys:
            mask[table.get(key, [])] = True
        return mask

    def types_of(self, row: int) -> frozenset[str]:
        """The product types a row is, as lexicon keys; a head the lexicon does not know is left out."""
        return frozenset(k for k in self._row_heads[row] if not k.startswith("word:"))

    def rows_of_types(self, keys: Iterable[str]) -> Mask:
        """The rows that are of any of these types or of narrower ones."""
        concepts = [c for k in keys if (c := self._lexicon.product(k)) is not None]
        return self._mask(self._head, self._closure(concepts))

    def of_concepts(self, concepts: Sequence[Concept], modifiers: str = "") -> Topic:
        """The rows of these types and everything narrower."""
        keys = self._closure(concepts)
        head, mention = self._mask(self._head, keys), self._mask(self._mention, keys)
        if head.any():
            # Where the catalogue has the thing itself, what is known to be another thing never stands in for it:
            # "a belt under $5" must not bring the coat with a belt.
            mention = self._mask(self._unread, keys)
        return Topic(head, mention, self._mask(self._category, keys), modifiers)

    def find(self, phrase: str) -> Topic:
        """The rows that a product phrase in either language asks for.

        The head is its last known type ("dining *chairs*", "男士*剃须刀*"); unknown types are
        looked up as words in titles.
        """
        text = fold(phrase)
        mentions = self._lexicon.mentions(text, ("product",))
        if mentions:
            last = mentions[-1]
            rest = (text[: last.start] + " " + text[last.end :]).strip()
            topic = self.of_concepts(last.concepts, rest)
            if topic.any:
                return topic
        tokens = [t for t, _, _ in words(text)]
        for size in range(len(tokens), 0, -1):
            line = " " + " ".join(tokens[-size:]) + " "
            hits = np.fromiter((line in title for title in self._titles), dtype=np.bool_, count=self._n)
            han = all(not t.isascii() for t in tokens[-size:])
            if hits.any() and (not han or size > 1):
                head = self._mask(self._head, {f"word:{tokens[-1]}"}) & hits
                return Topic(head, hits, np.zeros_like(hits), " ".join(tokens[:-size]))
        return self._next_best(mentions[-1].concepts if mentions else (), text)

    def _next_best(self, concepts: Sequence[Concept], text: str) -> Topic:
        """What stands in for a type the catalogue lacks: the type right above it, marked as not exact."""
        wanted = {c.key for c in concepts}
        above = [
            c
            for c in self._lexicon.concepts
            if c.kind == "product" and wanted & set(c.narrower) and len(c.narrower) <= _FAMILY
        ]
        topic = self.of_concepts(above, text)
        # A Chinese word no table knows may still name what English listings hold: similarity decides.
        return replace(topic, exact=not concepts and bool(HAN.search(text)))
