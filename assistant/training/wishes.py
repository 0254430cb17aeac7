"""Queries that a catalogue answers by itself: made from types, brands, colours, properties, attributes and texts.

No label is needed: a query is made of facts that rows state, so the rows that state all of them are what it wants. The
lexicon names the same facts in both languages, which makes Chinese queries for English products and the reverse. Knows
products and words. Does not know vectors, nor how anything is trained.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

import rjieba

from assistant.lexicon import Concept, Lexicon, fold, words
from assistant.lexicon.text import HAN
from assistant.retrieval.text import attribute_text, document
from assistant.retrieval.topics import TopicMap
from assistant.types import Product

Kind: TypeAlias = Literal["facts", "title", "description"]
Fact: TypeAlias = tuple[str, str]
"""A kind of fact (``type``, ``brand``, ``color``, a property kind, ``attribute``) and its value."""

KINDS: tuple[Kind, ...] = ("facts", "title", "description")
# What of the lexicon's kinds tells products apart and is said of a product in a query.
_PROPERTIES = frozenset({"material", "technology", "season", "occasion", "flavour", "feature"})
# Attribute values longer than this are sentences; numbers alone are measures that nobody types without their unit.
_VALUE_WORDS = 3
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_LEAST_WORDS, _MOST_WORDS = 3, 28
_TITLE_WORDS = (2, 6)
# The front of a title says what it is; the end of a long one lists measures.
_TITLE_FRONT = 9
_PLAIN = 0.6
_FIRST_FORM = 0.65
_ENGLISH = (
    "looking for {}", "i need {}", "i want to buy {}", "do you have {}", "show me {}", "best {}", "{} for sale",
    "which {} can you recommend", "cheap {}", "find me {} please",
)  # fmt: skip
_CHINESE = (
    "想买{}", "有没有{}", "推荐{}", "我要找{}", "求推荐一款{}", "帮我找{}", "{}哪个好", "需要{}", "请问有{}吗",
    "便宜的{}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """A query with the row it was made from and every row that it may mean.

    ``facts`` are what rows must state to be meant, where the query is made of facts; queries made of a row's own text
    mean that row and its variants.
    """

    text: str
    language: Literal["en", "zh"]
    kind: Kind
    row: int
    relevant: frozenset[int]
    facts: frozenset[Fact] = frozenset()


class WishMaker:
    """Makes queries for the rows of a catalogue."""

    def __init__(self, products: Sequence[Product], lexicon: Lexicon) -> None:
        self._products = products
        self._lexicon = lexicon
        self._brands = {form.lower(): c for c in lexicon.concepts if c.kind == "brand" for form in c.forms}
        self._topics = TopicMap(products, lexicon)
        self.facts: tuple[frozenset[Fact], ...] = tuple(frozenset(self._read(row)) for row in range(len(products)))
        self._rows: dict[Fact, set[int]] = defaultdict(set)
        for row, facts in enumerate(self.facts):
            for fact in facts:
                self._rows[fact].add(row)
        self._groups: dict[str, set[int]] = defaultdict(set)
        for row, product in enumerate(products):
            self._groups[group_of(product)].add(row)
        self._known: dict[frozenset[Fact], frozenset[int]] = {}

    @cached_property
    def types(self) -> dict[str, frozenset[int]]:
        """Rows that are of a type or of a narrower one, by the type's key."""
        keys = {value for kind, value in self._rows if kind == "type"}
        return {key: frozenset(self._topics.rows_of_types([key]).nonzero()[0].tolist()) for key in sorted(keys)}

    def meant(self, facts: Iterable[Fact]) -> frozenset[int]:
        """The rows that state every fact."""
        key = frozenset(facts)
        if key not in self._known:
            sets = [self.types[v] if k == "type" else frozenset(self._rows[k, v]) for k, v in key]
            self._known[key] = frozenset.intersection(*sets) if sets else frozenset()
        return self._known[key]

    def variants(self, row: int) -> frozenset[int]:
        """The row and the others of its group."""
        return frozenset(self._groups[group_of(self._products[row])])

    def make(self, row: int, kind: Kind, language: Literal["en", "zh"], rng: random.Random) -> Wish | None:
        """A query of a kind for a row; ``None`` where the row has nothing to make it of."""
        if kind == "facts":
            return self._of_facts(row, language, rng)
        product = self._products[row]
        own = bool(HAN.search(product.title)) == (language == "zh")
        translated = product.translations.get(language, {})
        source = translated.get(kind) or (getattr(product, kind) if own else "")
        text = _part_of_title(str(source), rng) if kind == "title" else _sentence(str(source), rng)
        if not text:
            return None
        return Wish(text, language, kind, row, self.variants(row))

    def passage(self, wish: Wish) -> str:
        """The text of the row a query is answered by: what is embedded, without the words the query was taken from."""
        return passage_of(self._products[wish.row], wish.kind)

    def contradicts(self, row: int, facts: Iterable[Fact]) -> bool:
        """Whether a row states something else where a fact is asked for; a row that says nothing may still be meant."""
        stated = self.facts[row]
        for kind, value in facts:
            if kind == "type":
                if row not in self.types[value] and any(k == "type" for k, _ in stated):
                    return True
            elif kind in ("brand", "color") and (kind, value) not in stated and any(k == kind for k, _ in stated):
                return True
        return False

    def _read(self, row: int) -> Iterable[Fact]:
        product = self._products[row]
        # Only what title or category say: a description also names what the thing is used with.
        filed = fold(" | ".join((product.title, product.title_in("zh"), *product.category)))
        named = {c.key for m in self._lexicon.mentions(filed, ("product",)) for c in m.concepts}
        for key in self._topics.types_of(row) & named:
            yield "type", key
        if product.brand:
            yield "brand", product.brand.strip()
        stated = f"{product.title} | {product.title_in('zh')} | {attribute_text(product)}"
        wanted = (*_PROPERTIES, "color")
        mentions = self._lexicon.mentions(fold(stated), wanted)
        if product.color:
            mentions = [m for m in mentions if m.concepts[0].kind != "color"]
            mentions += self._lexicon.mentions(fold(product.color), ("color",))
        for mention in mentions:
            if len(mention.concepts) == 1:  # a word for two things states neither of them
                yield mention.concepts[0].kind, mention.concepts[0].key
        for name, value in product.attributes.items():
            if isinstance(value, str) and _is_telling(value):
                yield "attribute", f"{name}\t{value.strip()}"
            elif value is True:
                yield "attribute", f"{name}\t"

    def _of_facts(self, row: int, language: Literal["en", "zh"], rng: random.Random) -> Wish | None:
        facts = sorted(self.facts[row])
        types = [f for f in facts if f[0] == "type" and self._name(f, language, rng)]
        if not types:
            return None
        head = rng.choice(types)
        others = [f for f in facts if f[0] != "type" and self._name(f, language, rng)]
        kinds = sorted({k for k, _ in others})
        chosen = [
            rng.choice([f for f in others if f[0] == kind])
            for kind in rng.sample(kinds, min(len(kinds), rng.choices((0, 1, 2), (3, 5, 2))[0]))
        ]
        # A property its own type's name holds ("leather belt") is said once.
        chosen = [f for f in chosen if f[1] not in head[1].split()]
        names = {f: self._name(f, language, rng) for f in (head, *chosen)}
        if language == "en":
            before = [names[f] for f in chosen if f[0] != "attribute"]
            after = [names[f] for f in chosen if f[0] == "attribute"]
            rng.shuffle(before)
            text = " ".join([*before, names[head], *(["with", *after] if after else [])])
        else:
            before = [names[f] for f in chosen]
            text = "".join([*before, names[head]])
        if rng.random() >= _PLAIN:
            text = rng.choice(_ENGLISH if language == "en" else _CHINESE).format(text)
        wanted = frozenset((head, *chosen))
        return Wish(text, language, "facts", row, self.meant(wanted) | {row}, wanted)

    def _name(self, fact: Fact, language: str, rng: random.Random) -> str:
        """A name of a fact in a language, empty where it has none."""
        kind, value = fact
        if kind == "attribute":
            name, _, stated = value.partition("\t")
            labels = self._lexicon.attribute_labels.get(name)
            if language == "zh":
                return f"{stated}{labels[1]}" if labels and (not stated or not HAN.search(stated)) else ""
            label = labels[0].lower() if labels else name.replace("_", " ").strip()
            return f"{stated} {label}".strip() if not HAN.search(stated) else ""
        if kind == "brand":
            concept = self._brands.get(value.lower())
            if language == "zh":
                return rng.choice((*concept.zh, value)) if concept and concept.zh else value
            return value if not HAN.search(value) else ""
        concept = self._lexicon.product(value) if kind == "type" else self._property(kind, value)
        forms = () if concept is None else concept.en if language == "en" else concept.zh
        if kind == "color":
            return rng.choice(forms[:2] if language == "zh" else forms[:1])  # the others are shades of it
        # The first form is what most people say; the others keep one spelling from being learnt by heart.
        return "" if not forms else forms[0] if rng.random() < _FIRST_FORM else rng.choice(forms)

    @cached_property
    def _properties(self) -> dict[tuple[str, str], Concept]:
        return {(c.kind, c.key): c for c in self._lexicon.concepts if c.kind != "product"}

    def _property(self, kind: str, key: str) -> Concept | None:
        return self._properties.get((kind, key))


def group_of(product: Product) -> str:
    """What variants of one product share; the SKU where the catalogue names no group."""
    return product.group_id or f"\0{product.sku}"


def passage_of(product: Product, kind: Kind) -> str:
    """The document of a product; for a query taken from its description, without that description."""
    if kind != "description":
        return document(product)
    bare = {
        language: {k: v for k, v in t.items() if k != "description"} for language, t in product.translations.items()
    }
    return document(replace(product, description="", translations=bare))


def _is_telling(value: str) -> bool:
    found = words(value)
    return 0 < len(found) <= _VALUE_WORDS and any(not token.isdigit() for token, _, _ in found)


def _part_of_title(title: str, rng: random.Random) -> str:
    """Some words of a title in their order, as people remember it; of a Chinese one, words that stand together."""
    if HAN.search(title):
        parts = list(rjieba.cut(title))
        kept = rng.randint((len(parts) + 1) // 2, len(parts))
        start = rng.randint(0, len(parts) - kept)
        return "".join(parts[start : start + kept]).strip()
    parts = title.split()[:_TITLE_FRONT]
    least, most = _TITLE_WORDS
    if len(parts) > least:
        kept = rng.randint(least, min(len(parts), most))
        parts = [parts[i] for i in sorted(rng.sample(range(len(parts)), kept))]
    return " ".join(parts).strip(",;:|-–— ")


def _sentence(text: str, rng: random.Random) -> str:
    """One sentence of a description, cut where it goes on for long; empty where there is none worth asking."""
    found = [s.strip() for s in _SENTENCE.split(text) if s.strip()]
    found = [s for s in found if len(s) >= 6 and len(words(s)) >= _LEAST_WORDS]
    if not found:
        return ""
    chosen = rng.choice(found[:3])
    tokens = words(chosen)
    return chosen if len(tokens) <= _MOST_WORDS else chosen[: tokens[_MOST_WORDS][1]].strip()
