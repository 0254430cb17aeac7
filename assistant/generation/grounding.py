"""The claim check: what a sentence states, and whether the record states it too.

Knows how claims are recognised in English and Chinese and held against evidence, across the two languages. Does not
mend anything, writes nothing, and never takes the shopper's words for facts about the product.

The rule is closed: a word that is neither in the record nor in the list of harmless words is a claim without support.
Above it stand kinds of claims for which a word in the record is not enough: numbers, negations, superlatives, promises,
and what an adjective is said of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import rjieba

from assistant.generation.evidence import QUOTED, Evidence, EvidenceReader, Unit, negations, squeeze, within
from assistant.generation.frames import Frame
from assistant.generation.patterns import (
    COMPARATIVE,
    HEAD_EN,
    HEAD_GENERIC_EN,
    HEAD_GENERIC_ZH,
    HEAD_ZH,
    NUMBER_EN,
    NUMBER_ZH,
    PRICE_VERB,
    PROMISES,
    SUPERLATIVE,
    UNIT_AFTER,
)
from assistant.generation.slots import SLOT
from assistant.generation.surface import (
    HAN_RUN,
    OPAQUE,
    foreign,
    foreign_spans,
    hide_values,
    segments,
    split_known,
    wish_spans,
)
from assistant.generation.vocabulary import Vocabulary, english_words, stems
from assistant.lexicon import Lexicon
from assistant.types import ReplyLanguage

ClaimKind: TypeAlias = Literal[
    "slot", "number", "promise", "superlative", "comparative", "negation", "brand", "product", "property", "color",
    "type", "attribution", "word", "language",
]  # fmt: skip

_SITUATIONAL = frozenset(("occasion", "place", "room", "season"))


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a sentence states, at ``[start, end)``, and whether the record states it."""

    kind: ClaimKind
    text: str
    start: int
    end: int
    supported: bool


class ClaimChecker:
    """Decides every claim of a sentence. Holds word tables only; safe to share."""

    def __init__(self, lexicon: Lexicon, vocabulary: Vocabulary, frames: Mapping[str, Frame]) -> None:
        self._lexicon = lexicon
        self._vocabulary = vocabulary
        self.reader = EvidenceReader(lexicon, frames)

    def check(self, sentence: str, evidence: Evidence, request: str, language: ReplyLanguage) -> list[Claim]:
        """The claims of one sentence, with slots still open or already filled.

        Args:
            sentence: one sentence of a reply.
            evidence: of the product it is about.
            request: the shopper's words; they may be echoed as a wish, never as a fact.
            language: of the reply.
        """
        body = sentence.strip()
        if not body:
            return []
        if len(squeeze(body)) >= 8 and evidence.states(body.removeprefix(QUOTED)):
            # The record's own sentence, word for word.
            return [] if foreign(body, language) else [Claim("word", body, 0, len(sentence), True)]
        return [*_Reading(self, sentence, evidence, request, language).claims()]

    def unsupported(self, sentence: str, evidence: Evidence, request: str, language: ReplyLanguage) -> list[Claim]:
        """Only the claims that nothing supports."""
        return [c for c in self.check(sentence, evidence, request, language) if not c.supported]


class _Reading:
    """One sentence while it is checked."""

    def __init__(
        self, checker: ClaimChecker, sentence: str, evidence: Evidence, request: str, language: ReplyLanguage
    ) -> None:
        self.reader = checker.reader
        self.lexicon = checker._lexicon
        self.vocabulary = checker._vocabulary
        self.raw = sentence
        self.evidence = evidence
        self.language = language
        self.text = hide_values(sentence, evidence)
        self.wish = wish_spans(self.text)
        self.request_words = {form for w, _, _ in english_words(request) for form in stems(w)}
        self.request = squeeze(request)
        self.request_concepts = self.reader.concepts(request)
        self.scopes = negations(self.text)
        # Spans that a finer rule has already decided; the closed vocabulary leaves them alone.
        self.decided: list[tuple[int, int]] = []

    def claims(self) -> Iterator[Claim]:
        """All claims, the special kinds first: what they decide is not decided again by its words."""
        yield from self._language()
        yield from self._slots()
        yield from self._numbers()
        yield from self._promises()
        yield from self._phrases("superlative", SUPERLATIVE)
        yield from self._phrases("comparative", COMPARATIVE)
        yield from self._negations()
        yield from self._heads()
        yield from self._mentions()
        yield from self._words()

    def _claim(self, kind: ClaimKind, start: int, end: int, supported: bool) -> Claim:
        self.decided.append((start, end))
        return Claim(kind, self.text[start:end], start, end, supported)

    def _is_decided(self, start: int, end: int) -> bool:
        return any(a <= start and end <= b for a, b in self.decided)

    # -- special kinds ------------------------------------------------------------------------------------------------

    def _language(self) -> Iterator[Claim]:
        for m in foreign_spans(self.text, self.language):
            if self.language == "en" or not self.evidence.states(m.group()):
                yield self._claim("language", m.start(), m.end(), False)

    def _slots(self) -> Iterator[Claim]:
        known = self.evidence.slots
        for m in re.finditer(r"\{[^{}]*\}|[{}]", self.raw):
            slot = m.group().strip("{}")
            if slot not in known.values:
                yield self._claim("slot", m.start(), m.end(), False)
                continue
            supported = not UNIT_AFTER.match(self.raw, m.end())
            if slot in known.attributes:
                supported = supported and self._slot_fits(slot, m.start(), m.end())
            yield self._claim("slot", m.start(), m.end(), supported)

    def _slot_fits(self, slot: str, start: int, end: int) -> bool:
        """Whether what is said around an attribute's slot is said of that attribute and of no other one."""
        left = max(self.raw.rfind(c, 0, start) for c in ",;，；。、") + 1
        right = min((i for c in ",;，；。、" if (i := self.raw.find(c, end)) >= 0), default=len(self.raw))
        clause = self.raw[left:start] + " " + self.raw[end:right]
        if PRICE_VERB.search(self.raw[left:start]):
            return False
        said = {form for w, _, _ in english_words(SLOT.sub(" ", clause)) for form in stems(w)}
        others = False
        for name, key in self.evidence.slots.attributes.items():
            labels = (key.replace("_", " "), *self.lexicon.attribute_labels.get(key, ()))
            hit = any(
                {w for w, _, _ in english_words(label)} <= said if not HAN_RUN.search(label) else label in clause
                for label in labels
            )
            if hit and name == slot:
                return True
            # Another attribute's name is fine where its own slot stands beside it.
            others = others or (hit and "{" + name + "}" not in clause)
        return not others

    def _numbers(self) -> Iterator[Claim]:
        for m in re.finditer(r"[^\W\d_]*\d[\d.,]*\s?[%°]?[^\W\d_]*", self.text):
            following = re.match(r"[\s-]*[^\W\d_]+", self.text[m.end() :])
            phrase = m.group() + (following.group() if following and not re.search(r"[^\W\d_]$", m.group()) else "")
            yield self._claim("number", m.start(), m.end(), self.evidence.states(phrase))
        for m in NUMBER_EN.finditer(self.text):
            if self._echoed(m.start(), m.end()):
                continue
            following = re.match(r"[\s-]+[A-Za-z]+", self.text[m.end() :])
            phrase = m.group() + (following.group() if following else "")
            yield self._claim("number", m.start(), m.end(), self.evidence.states(phrase))
        named = [(start, end) for start, end, _ in self.reader.mentions(self.text)]
        for m in NUMBER_ZH.finditer(self.text):
            if self._echoed(m.start(), m.end()) or self._in_harmless_segment(m.start(), m.end()):
                continue
            if any(start <= m.start() and m.end() <= end for start, end in named):
                continue  # 四季, 三明治: decided as the thing they name
            phrase = m.group() + self.text[m.end() : m.end() + 1]
            yield self._claim("number", m.start(), m.end(), self.evidence.states(phrase))

    def _promises(self) -> Iterator[Claim]:
        product = self.evidence.product
        for kind, pattern in PROMISES:
            for m in pattern.finditer(self.text):
                reduced = product.list_price is not None and product.list_price > product.price
                true = {
                    "available": product.in_stock is True,
                    "sold_out": product.in_stock is False,
                    "reduced": reduced,
                }.get(kind, False)
                stated = self._stated(m.start(), m.end()) or self._stated(m.start(), m.end(), before=True)
                yield self._claim("promise", m.start(), m.end(), true or stated)

    def _phrases(self, kind: ClaimKind, pattern: re.Pattern[str]) -> Iterator[Claim]:
        for m in pattern.finditer(self.text):
            if not self._is_decided(m.start(), m.end()):
                yield self._claim(kind, m.start(), m.end(), self._stated(m.start(), m.end()))

    def _stated(self, start: int, end: int, *, before: bool = False) -> bool:
        """Whether the record has these words together with the one that follows them, or the one before."""
        if before:
            preceding = re.search(r"(?:[A-Za-z]{3,}|[\u3400-\u9fff])[\s-]*$", self.text[:start])
            return preceding is not None and self.evidence.states(preceding.group() + self.text[start:end])
        following = re.match(r"[\s-]*(?:[A-Za-z]+|[\u3400-\u9fff])", self.text[end:])
        said = self.text[start:end]
        if following is not None:
            return self.evidence.states(said + following.group())
        # Alone it must stand as a word of its own: "best" is not stated by "bestow".
        alone = re.compile(rf"(?<![A-Za-z]){re.escape(said)}(?![A-Za-z])", re.I)
        return any(alone.search(u.text) for u in self.evidence.units)

    def _negations(self) -> Iterator[Claim]:
        covered = [(s, e) for s, e, _ in self.reader.mentions(self.text)]
        for scope in self.scopes:
            if any(s <= scope.start and scope.end <= e for s, e in covered):
                continue  # 不粘, 无线: the negator belongs to a property's own name
            if self._is_decided(scope.start, scope.end) or self._in_harmless_segment(scope.start, scope.end):
                continue
            if re.match(r"\s*(?:only|just|need)\b", self.text[scope.end :], re.I):
                continue
            said = self.text[scope.end : scope.reach]
            words = [w for w, _, _ in english_words(said) if not self.vocabulary.allows(w)]
            if words:
                good = all(stems(w) & self.evidence.denied_words for w in words)
            elif HAN_RUN.search(said):
                good = any(self.evidence.states(self.text[scope.start : scope.end + n]) for n in (2, 1))
            else:
                continue
            denied = self.reader.concepts(said) & self.evidence.denied
            supported = good or bool(denied)
            yield self._claim("negation", scope.start, scope.reach, supported)

    def _heads(self) -> Iterator[Claim]:
        """What the product is said to be: "it is a pot" holds only of pots."""
        for m in HEAD_EN.finditer(self.text):
            phrase = english_words(m.group("np"))
            while phrase and phrase[-1][0] in ("well", "too", "here"):
                phrase.pop()
            if not phrase:
                continue
            head, start, end = phrase[-1]
            start, end = start + m.start("np"), end + m.start("np")
            if head in HEAD_GENERIC_EN or (stems(head) & self.evidence.type_words and self._is_thing(head)):
                continue
            keys = {k.removeprefix("product:") for k in self.reader.concepts(m.group("np")) if k.startswith("product:")}
            supported = bool(keys & self.evidence.type_concepts)
            self.decided.append((start, end)) if supported else None
            if not supported:
                yield self._claim("type", start, end, False)
        for m in HEAD_ZH.finditer(self.text):
            said = m.group("np")
            keys = {k.removeprefix("product:") for k in self.reader.concepts(said) if k.startswith("product:")}
            if keys & self.evidence.type_concepts or said.endswith(HEAD_GENERIC_ZH) or OPAQUE in said:
                continue
            if any(u.about in ("type", "title") and said[-2:] in u.text for u in self.evidence.units):
                continue
            yield self._claim("type", m.start("np"), m.end("np"), False)

    def _is_thing(self, head: str) -> bool:
        """Whether a word can name what a product is: known as one, or standing in the title as more than a theme."""
        if any(c.kind == "product" for c in self.lexicon.named(head)):
            return True
        return any(stems(head) & u.words for u in self.evidence.units if u.about == "title")

    # -- words of the lexicon -----------------------------------------------------------------------------------------

    def _mentions(self) -> Iterator[Claim]:
        for start, end, keys in self.reader.mentions(self.text):
            if self._is_decided(start, end):
                continue
            kind = self._kind(start, end)
            if kind == "brand" and self.language == "en" and not self.text[start].isupper():
                continue  # "apple", "coach", "gap": only a capital makes a brand of them
            supported = bool(keys & self.evidence.concepts) or self._type_mention(keys)
            if not supported and kind not in ("brand", "color"):
                supported = self._stands_in_record(start, end)
            if supported and kind in ("color", "property"):
                supported = self._said_of_the_same(start, end, keys, kind)
                if not supported:
                    yield self._claim("attribution", start, end, False)
                    continue
            if not supported and self._harmless(start, end, kind):
                continue
            yield self._claim(kind, start, end, supported)

    def _kind(self, start: int, end: int) -> ClaimKind:
        kinds = {c.kind for m in self.lexicon.mentions(self.text) if m.start == start for c in m.concepts}
        kinds |= {c.kind for c in self.lexicon.named(self.text[start:end])}
        if kinds == {"brand"}:
            return "brand"
        if "color" in kinds:
            return "color"
        return "product" if "product" in kinds and len(kinds) == 1 else "property"

    def _type_mention(self, keys: frozenset[str]) -> bool:
        return any(k.removeprefix("product:") in self.evidence.type_concepts for k in keys if k.startswith("product:"))

    def _stands_in_record(self, start: int, end: int) -> bool:
        said = self.text[start:end]
        if HAN_RUN.search(said):
            return self.evidence.states(said)
        return all(stems(w) & self.evidence.words for w, _, _ in english_words(said))

    def _harmless(self, start: int, end: int, kind: ClaimKind) -> bool:
        """Words of daily life that happen to be in the lexicon, and the shopper's wish where it is told as a wish."""
        if self._wished(start, end, explicit=kind != "product") and kind not in ("color", "brand"):
            return True
        if self._is_situational(start, end) and self._in_request(start, end):
            return True
        if kind == "color" or kind == "brand":
            return False
        said = self.text[start:end]
        if HAN_RUN.search(said):
            return all(self._allows_han(s) for s in rjieba.cut(said) if HAN_RUN.search(s))
        return all(self._allows(w) for w, _, _ in english_words(said))

    def _is_situational(self, start: int, end: int) -> bool:
        """Whether it names an occasion or a place: "suits a rainy trek" repeats a wish, "is quiet" states a fact."""
        kinds = {c.kind for c in self.lexicon.named(self.text[start:end])}
        return bool(kinds) and kinds <= _SITUATIONAL

    def _allows(self, word: str) -> bool:
        """Harmless, or of daily life and in the request; what the record says is decided elsewhere."""
        if self.vocabulary.is_situation(word):
            return bool(stems(word) & self.request_words)
        return self.vocabulary.allows(word)

    def _allows_han(self, segment: str) -> bool:
        if segment in self.vocabulary.zh_situations:
            return segment in self.request
        return segment in self.vocabulary.zh

    def _wished(self, start: int, end: int, *, explicit: bool) -> bool:
        spans = [s for s in self.wish if s[0] <= start and end <= s[1] and (s[2] or not explicit)]
        if not spans:
            return False
        return bool(self.reader.concepts(self.text[start:end]) & self.request_concepts) or self._in_request(start, end)

    def _in_request(self, start: int, end: int) -> bool:
        said = self.text[start:end]
        if HAN_RUN.search(said):
            return squeeze(said) in self.request
        words = english_words(said)
        return bool(words) and all(stems(w) & self.request_words for w, _, _ in words)

    def _echoed(self, start: int, end: int) -> bool:
        """A number word of the wish ("for two"), told inside the wish."""
        return any(s[0] <= start and end <= s[1] for s in self.wish) and self._in_request(start, end)

    def _said_of_the_same(self, start: int, end: int, keys: frozenset[str], kind: ClaimKind) -> bool:
        """Whether the record ties this property to the noun that follows it, or to the product itself."""
        units = [u for u in self.evidence.units if keys & u.concepts]
        # A shade may also be what a thing is made or smells of: then an attribute says so.
        whole = any(u.about != "text" for u in units)
        if self.language == "zh":
            m = re.match(r"色?的?([\u3400-\u9fff]{2})", self.text[end:])
            if not m:
                return whole or kind != "color" or self._said_before(start, units)
            noun = m.group(1)
            if noun in self.evidence.squeezed and not any(noun in u.text for u in units):
                return whole
            return whole or kind != "color" or any(noun in u.text for u in units) or not self.evidence.color
        m2 = re.match(r"[\s-]+([A-Za-z']+)", self.text[end:])
        word = m2.group(1).lower() if m2 else ""
        following = stems(word) if word else frozenset[str]()
        if not word or (self.vocabulary.allows(word) and not following & self.evidence.words):
            return whole or kind != "color" or self._said_before(start, units)
        if following & self.evidence.type_words:
            return whole or any(following & u.words for u in units)
        if following & self.evidence.words and not self.vocabulary.allows(word):
            return any(following & u.words for u in units)
        return whole or kind != "color" or not self.evidence.color

    def _said_before(self, start: int, units: Sequence[Unit]) -> bool:
        """A colour in the predicate ("the laces are red"): whether the record gives it to that subject."""
        if not self.evidence.color:
            return True
        before = self.text[:start]
        if m := re.search(r"([\u3400-\u9fff]{2})(?:是|为|呈)$", before):
            return any(m.group(1) in u.text for u in units)
        if m := re.search(r"([A-Za-z]+)\s+(?:is|are|come in|comes in)\s+$", before):
            return any(stems(m.group(1).lower()) & u.words for u in units)
        return False

    # -- every other word ---------------------------------------------------------------------------------------------

    def _words(self) -> Iterator[Claim]:
        phrases = self._harmless_phrases()
        for word, start, end in english_words(self.text):
            if self._is_decided(start, end) or any(a <= start and end <= b for a, b in phrases):
                continue
            if self._allows(word) or len(word) == 1:
                continue
            if any(s[0] <= start and end <= s[1] for s in self.wish) and stems(word) & self.request_words:
                continue
            yield self._claim("word", start, end, bool(stems(word) & self.evidence.words))
        for segment, start, end in segments(self.text):
            if self._is_decided(start, end) or self._allows_han(segment):
                continue
            if any(s[0] <= start and end <= s[1] for s in self.wish) and segment in self.request:
                continue
            yield self._claim("word", start, end, self._han_supported(segment))

    def _han_supported(self, segment: str) -> bool:
        if self._affirmed(segment):
            return True
        pieces = [s for s in split_known(segment, self.vocabulary.zh) if not self._allows_han(s)]
        return bool(pieces) and all(len(p) > 1 and self._affirmed(p) for p in pieces)

    def _affirmed(self, segment: str) -> bool:
        """Whether the record has the segment outside the reach of a negator."""
        for unit in self.evidence.units:
            at = unit.text.find(segment)
            while at >= 0:
                if not within(at, at + len(segment), negations(unit.text)):
                    return True
                at = unit.text.find(segment, at + 1)
        return False

    def _in_harmless_segment(self, start: int, end: int) -> bool:
        return any(a <= start and end <= b and self._allows_han(s) for s, a, b in segments(self.text))

    def _harmless_phrases(self) -> list[tuple[int, int]]:
        words = english_words(self.text)
        out = []
        for phrase in self.vocabulary.en_phrases:
            for i in range(len(words) - len(phrase) + 1):
                if tuple(w for w, _, _ in words[i : i + len(phrase)]) == phrase:
                    out.append((words[i][1], words[i + len(phrase) - 1][2]))
        return out
