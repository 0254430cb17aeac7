"""Which rows *are* the product asked for, not merely near it.

Similarity alone puts a belted coat among belts. With the head of every title as read by
:mod:`assistant.retrieval.titles` ("Red Accent Adventure **Belt**") this module answers with three nested row sets: rows
whose head is the type, rows that mention it, rows whose category names it. It knows no vectors and no prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.lexicon import Concept, Lexicon, Mention, fold, words
from assistant.lexicon.spelling import Mender
from assistant.lexicon.text import HAN
from assistant.retrieval.columns import columns_of
from assistant.retrieval.kinds import PLACE_BITS, kinds_of, listed_as
from assistant.retrieval.phrases import FIELDS, TITLES, Phrases
from assistant.retrieval.text import Part, phrase_lines, token_line
from assistant.retrieval.titles import UNKNOWN
from assistant.types import Product

Mask = npt.NDArray[np.bool_]

# Fewer rows than this and those that are the type only by parts join them.
_FEW = 5
# A family larger than this ("furniture") says too little about its members to stand in for one of them.
_FAMILY = 25
# Of three characters every second name is one slip from another: mended only where nothing else is found.
_HAN_NAME = 4


@dataclass(frozen=True, slots=True)
class Topic:
    """The rows of a product type: ``head`` are it, ``mention`` name it in the title, ``category`` file it so.

    ``composed`` are it by parts and only fill up a short list. ``exact`` is false where the catalogue lacks the type
    and the family above it stands in.
    """

    head: Mask
    mention: Mask
    category: Mask
    modifiers: str
    exact: bool = True
    composed: Mask | None = None

    def rows(self, allowed: Mask) -> Mask:
        """The most precise non-empty set within ``allowed``."""
        few = (self.head & allowed).sum() < _FEW
        if few and self.composed is not None and ((self.head | self.composed) & allowed).any():
            return (self.head | self.composed) & allowed
        for level in (self.head, self.mention, self.category):
            if (level & allowed).any():
                return level & allowed
        return np.zeros_like(allowed)

    @property
    def every(self) -> Mask:
        """All rows of any level."""
        out = self.head | self.mention | self.category
        return out if self.composed is None else out | self.composed

    @property
    def any(self) -> bool:
        """Whether the catalogue holds anything of the type at all."""
        return bool(self.head.any() or self.mention.any() or self.category.any())


class TopicMap:
    """Product types of a catalogue's rows, read once from titles and categories."""

    def __init__(
        self,
        products: Sequence[Product],
        lexicon: Lexicon,
        phrases: Phrases | None = None,
        version: Path | None = None,
    ) -> None:
        """Read what ``products`` are, or take it as it is stored.

        Args:
            products: the catalogue in row order.
            lexicon: the product types.
            phrases: what the rows state, where an index holds it.
            version: the folder of the index version, where what was read is kept.
        """
        self._lexicon = lexicon
        self._n = len(products)
        self._kinds = kinds_of(products, lexicon, version)
        self._phrases = columns_of(products).phrases if phrases is None else phrases
        self._mender: Mender | None = None
        self._han_mender: Mender | None = None

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

    def _mask(self, how: str, keys: Iterable[str]) -> Mask:
        mask = np.zeros(self._n, dtype=np.bool_)
        for key in keys:
            mask[self._kinds.listed.of(listed_as(how, key))] = True
        return mask

    def shelved_under(self, concepts: Sequence[Concept]) -> Mask:
        """The rows with any of these types named anywhere on their category path."""
        return self._mask("shelf", self._closure(concepts))

    @property
    def recognised(self) -> Mask:
        """The rows whose own type the lexicon knows, shape (n,)."""
        return self._kinds.recognised

    def types_of(self, row: int) -> frozenset[str]:
        """The product types a row is, as lexicon keys; a head the lexicon does not know is left out."""
        codes = self._kinds.codes[int(self._kinds.starts[row]) : int(self._kinds.starts[row + 1])]
        keys = (self._kinds.keys[code] for code in codes.tolist())
        return frozenset(key for key in keys if not key.startswith(UNKNOWN))

    def rows_of_types(self, keys: Iterable[str]) -> Mask:
        """The rows that are of any of these types or of narrower ones."""
        concepts = [c for k in keys if (c := self._lexicon.product(k)) is not None]
        return self._mask("head", self._closure(concepts))

    def of_concepts(self, concepts: Sequence[Concept], modifiers: str = "") -> Topic:
        """The rows of these types and everything narrower."""
        keys = self._closure(concepts)
        head, mention = self._mask("head", keys), self._mask("mention", keys)
        if head.any():
            # Where the catalogue has the thing itself, what is known to be another thing never stands in for it:
            # "a belt under $5" must not bring the coat with a belt.
            mention = self._mask("unread", keys)
        return Topic(head, mention, self._mask("category", keys), modifiers, composed=self._composed(concepts))

    def _widened(self, topic: Topic, concepts: Sequence[Concept]) -> Topic:
        """The topic with the rows that are the type without saying so.

        A plain "clock" counts as a wall clock (see :attr:`Lexicon.usual`), a bomber jacket that states leather as a
        leather jacket.
        """
        head = topic.head.copy()
        for concept in concepts:
            general = self._lexicon.product(self._lexicon.usual.get(concept.key, ""))
            if general is not None:
                marked = self._closure([general]) - {general.key}
                head |= self._mask("head", {general.key}) & ~self._mask("mention", marked)
                head &= ~self._mask("head", marked - self._closure([concept]))
            made = self._lexicon.mentions(concept.key, ("material",))
            if not made or made[0].start or made[0].end == len(concept.key):
                continue
            for base in self._lexicon.named(concept.key[made[0].end :].strip()):
                if base.kind == "product" and concept.key in self._closure([base]):
                    head |= self._made_of(made[0].concepts, self._mask("head", self._closure([base])))
        if (head == topic.head).all():
            return topic
        return replace(topic, head=head, mention=np.zeros_like(head) if not topic.head.any() else topic.mention)

    def _of_material(self, topic: Topic, mention: Mention, rest: str) -> Topic:
        """The topic without what is of another material, where the phrase names one and any row states it.

        Chinese also says it inside the name of the type: 皮靴 is 皮 and 靴, both of them boots.
        """
        wanted = [c for m in self._lexicon.mentions(rest, ("material",)) for c in m.concepts]
        name = fold(mention.text)
        for cut in range(1, len(name)) if HAN.match(name) else ():
            types = {c.key for c in self._lexicon.named(name[cut:]) if c.kind == "product"}
            if types & {c.key for c in mention.concepts}:
                wanted += [c for c in self._lexicon.named(name[:cut]) if c.kind == "material"]
        if not wanted:
            return topic
        made = self._made_of(wanted, topic.head)
        return replace(topic, head=made, composed=None) if made.any() else topic

    def _made_of(self, materials: Sequence[Concept], within: Mask) -> Mask:
        """The rows of ``within`` that state a material: in title or attributes, or in the description of a title that
        names no other."""
        lines = phrase_lines([f for c in materials for f in c.forms])
        keys = {c.key for c in materials}
        found = self._phrases.stating(lines, within, parts=FIELDS)
        others = self._mask("material", set(self._kinds.materials) - keys)
        return found | self._phrases.stating(lines, within & ~found & ~others, parts=(Part.DESCRIPTION,))

    def _composed(self, concepts: Sequence[Concept]) -> Mask:
        """Rows that are the type by parts: a *chef's* **knife set**, a *Venetian* **mask** on the **Halloween** shelf.

        Every word of one of the type's names stands, in order, in category and title head, the last one last.
        """
        out = np.zeros(self._n, dtype=np.bool_)
        for form in {f for c in concepts for f in c.en}:
            wanted = [t for t, _, _ in words(fold(form))]
            if len(wanted) < 2:
                continue
            out[self._in_order(wanted)] = True
        return out

    def _in_order(self, wanted: Sequence[str]) -> npt.NDArray[np.int64]:
        """The rows whose words hold the wanted ones in order, the last of them at the end."""
        rows = self._kinds.listed.of(listed_as("last", wanted[-1])).astype(np.int64)
        at = rows << PLACE_BITS
        for word in wanted:
            places = self._kinds.words.of(word)
            if not len(places):
                return rows[:0]
            next_place = np.searchsorted(places, at)
            found = places[np.minimum(next_place, len(places) - 1)]
            hit = (next_place < len(places)) & (found >> PLACE_BITS == rows)
            rows, at = rows[hit], found[hit] + 1
        return rows

    def named_in_title(self, phrase: str, within: Mask) -> Mask:
        """The rows of ``within`` whose title holds a name of the phrase's own type (not of a narrower one)."""
        mentions = self._lexicon.mentions(fold(phrase), ("product",))
        forms = {f for c in mentions[-1].concepts for f in c.forms} if mentions else {phrase}
        lines = [line for f in forms if (line := token_line(f)).strip()]
        return self._phrases.stating(lines, within, parts=TITLES, negated=True)

    def _mended(self, tokens: Sequence[str]) -> list[str]:
        """The tokens with misspelt words replaced by words that titles of this catalogue or the lexicon hold."""
        if self._mender is None:
            known = set(self._phrases.title_words)
            known |= {
                t for c in self._lexicon.concepts if c.kind == "product" for f in c.en for t, _, _ in words(fold(f))
            }
            self._mender = Mender(known, shortest=5)
        return [self._mender.mend(t) or t if t.isascii() and t.isalpha() else t for t in tokens]

    def find(self, phrase: str, text: str = "") -> Topic:
        """The rows that a product phrase in either language asks for.

        Misspelt words are mended first. Whom it is for may stand elsewhere in the message: of "bed" in ``text`` "a bed
        for an old dog" the dog beds are meant, where the catalogue has some.
        """
        for narrower in self._for_whom(phrase, text):
            topic = self.of_concepts([narrower])
            if topic.any:
                return topic
        for meant in self._respelt(phrase):
            topic = self._find(meant)
            if topic.any and topic.exact:
                return topic
        topic = self._find(phrase)
        if topic.any:
            return topic
        if HAN.search(phrase):
            return next((t for t in map(self._find, self._near_han(phrase)) if t.any and t.exact), topic)
        mended = self._mended([t for t, _, _ in words(fold(phrase))])
        return self._find(" ".join(mended))

    def _respelt(self, phrase: str) -> list[str]:
        """What a phrase with words nobody knows may have been meant to be."""
        if HAN.search(phrase):
            named = any(c.kind == "product" for c in self._lexicon.named(phrase))
            return [] if named or len(phrase) < _HAN_NAME else self._near_han(phrase)
        tokens = [t for t, _, _ in words(fold(phrase))]
        meant = " ".join(self._mended(tokens))
        # Mended words that make no known name may be worse than what was written: "reels" is no "rebel".
        return [meant] if any(c.kind == "product" for c in self._lexicon.named(meant)) else []

    def _near_han(self, phrase: str) -> list[str]:
        if self._han_mender is None:
            names = {f for c in self._lexicon.concepts if c.kind == "product" for f in c.zh}
            self._han_mender = Mender(names, shortest=3)
        return self._han_mender.near(fold(phrase))

    def _for_whom(self, phrase: str, text: str) -> list[Concept]:
        """The type of a phrase made for whom a text names: a *bed* and a *dog* give the dog bed."""
        types = self._lexicon.mentions(fold(phrase), ("product",))
        whom = [c for m in self._lexicon.mentions(fold(text), ("audience",)) for c in m.concepts]
        if not types or not whom:
            return []
        joined = (
            f"{who} {what}" if what.isascii() else f"{who}{what}"
            for person in whom
            for who in person.forms
            for concept in types[-1].concepts
            for what in concept.forms
            if who.isascii() == what.isascii()
        )
        return [c for name in joined for c in self._lexicon.named(name) if c.kind == "product"]

    def _find(self, phrase: str) -> Topic:
        """The rows that a product phrase in either language asks for.

        The head is its last known type ("dining *chairs*", "男士*剃须刀*"); unknown types are
        looked up as words in titles.
        """
        text = fold(phrase)
        mentions = self._lexicon.mentions(text, ("product",))
        if mentions:
            last = mentions[-1]
            rest = (text[: last.start] + " " + text[last.end :]).strip()
            topic = self._of_material(self._widened(self.of_concepts(last.concepts, rest), last.concepts), last, rest)
            if topic.any:
                # A title that only mentions the type ("washing machine with dryer") is the nearest there is, not it.
                is_it = (
                    topic.head.any()
                    or topic.category.any()
                    or bool(topic.composed is not None and topic.composed.any())
                )
                return topic if is_it else replace(topic, exact=False)
        tokens = [t for t, _, _ in words(text)]
        # Of a type the lexicon knows only the whole name counts: a washing machine "with dryer" is no hair dryer.
        for size in range(len(tokens), len(tokens) - 1 if mentions else 0, -1):
            line = " " + " ".join(tokens[-size:]) + " "
            hits = self._phrases.stating([line], np.ones(self._n, np.bool_), parts=TITLES, negated=True)
            han = all(not t.isascii() for t in tokens[-size:])
            if hits.any() and (not han or size > 1):
                head = self._mask("head", {f"{UNKNOWN}{tokens[-1]}"}) & hits
                if size < len(tokens) and not head.any():
                    # Part of a name, in titles of other things: an "external screen" is no screen protector.
                    hits &= ~self._kinds.recognised
                    if not hits.any():
                        break
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
