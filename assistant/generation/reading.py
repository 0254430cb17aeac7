"""One sentence while it is checked: what it mentions, what of it the record covers, what is harmless or the wish's.

Knows the sentence, the evidence and the word tables, and answers questions about stretches of the sentence. Does not
decide which claims there are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import rjieba

from assistant.generation.claim import Claim, ClaimKind
from assistant.generation.denials import vocabulary_only
from assistant.generation.evidence import Evidence, negations, squeeze
from assistant.generation.patterns import (
    ADDED,
    APPLIANCE,
    BESIDE,
    CLAUSE,
    FRAIL,
    MAKERS,
    NEGATOR,
    OWN,
    SCENE_AFTER,
    SCENE_BEFORE,
    WITH,
)
from assistant.generation.senses import Sense
from assistant.generation.situations import Situation, grants, situations
from assistant.generation.surface import (
    HAN_RUN,
    hide_values,
    segments,
    wish_spans,
)
from assistant.generation.turns import introduced
from assistant.generation.vocabulary import english_words, stems
from assistant.generation.zones import asserted, is_telling, praises
from assistant.lexicon import Mention
from assistant.types import ReplyLanguage

if TYPE_CHECKING:
    from assistant.generation.grounding import ClaimChecker

_SITUATIONAL = frozenset(("occasion", "place", "room", "season"))
# Kinds that tell of the shopper and the world rather than of the product, unless a text asserts a fitness with them.
SOFT_KINDS = frozenset(("occasion", "place", "room", "season", "audience", "animal"))
NOTHING = "the record does not say this"


class Reading:
    """A sentence held against the evidence of one product."""

    def __init__(
        self, checker: ClaimChecker, sentence: str, evidence: Evidence, request: str, language: ReplyLanguage
    ) -> None:
        self.reader = checker.reader
        self.lexicon = checker._lexicon
        self.vocabulary = checker._vocabulary
        self.checker = checker
        self.raw = sentence
        self.evidence = evidence
        self.language = language
        self.text = hide_values(sentence, evidence)
        met = grants(self.text)
        self.wish = [(a, b, explicit and not met) for a, b, explicit in wish_spans(self.text)]
        self.request_words = {form for w, _, _ in english_words(request) for form in stems(w)}
        self.request = squeeze(request)
        self.request_text = request
        self.scopes = negations(self.text)
        self.mentions = self.reader.mentions(self.text, self.lexicon_mentions)
        self.senses: list[Sense] = list(checker._senses.found(self.text))
        # Spans that a finer rule has already decided; the closed vocabulary leaves them alone.
        self.decided: list[tuple[int, int]] = []
        self.amounts: list[tuple[int, int]] = []
        self.promised: list[tuple[int, int]] = []
        self.phrases = self._harmless_phrases()

    @cached_property
    def segments(self) -> Sequence[tuple[str, int, int]]:
        """The Chinese words of the sentence with their positions."""
        return segments(self.text)

    def _names(self) -> list[tuple[int, int]]:
        """Where the sentence names the product: its slot, that slot filled in, its brand."""
        found = [m.span() for m in re.finditer(r"\{name\}", self.raw)]
        for name in (self.evidence.slots.values.get("name", ""), self.evidence.product.brand or ""):
            at = self.raw.find(name) if len(name) > 1 else -1
            found += [(at, at + len(name))] if at >= 0 else []
        return sorted(found)

    def _tell_situations(self) -> None:
        """Take the shopper's own words, where they tell the shopper's situation, as decided: they state nothing."""
        if not self.request:
            return
        chinese = bool(HAN_RUN.search(self.text))
        for one in situations(self.text, self._names(), chinese=chinese):
            self._tell_han(one) if chinese else self._tell_english(one)
            for start, end, keys in self.mentions if one.plain else ():
                if one.start <= start and end <= one.end and self._tells_no_property(start, end, keys, one.suited):
                    self.decided.append((start, end))

    def _tells_no_property(self, start: int, end: int, keys: frozenset[str], suited: bool) -> bool:
        """Whether a mention is the shopper's own and names a thing, a place or people: no make of the product."""
        kinds = {c.kind for m in self.lexicon_mentions if m.start == start and m.end == end for c in m.concepts}
        apart = self._is_strict(keys) or APPLIANCE.search(self.text[start:end]) or FRAIL.search(self.text[start:end])
        allowed = SOFT_KINDS - {"animal"} if suited else SOFT_KINDS | {"product"}
        return bool(kinds) and kinds <= allowed and not apart and self._in_request(start, end)

    def _passes(self, word: str, one: Situation) -> bool:
        """Whether a word of the request may pass in a stretch."""
        if one.suited:
            daily = self.vocabulary.is_situation(word) or word in self.vocabulary.zh_situations
            return (daily or self.checker._senses.everyday(word)) and not FRAIL.search(word)
        return not one.plain or not self._names_property(word)

    def _tell_english(self, one: Situation) -> None:
        run: list[tuple[int, int]] = []
        wished = False
        last = one.end - one.start
        for word, start, end in [*english_words(self.text[one.start : one.end]), ("", last, last)]:
            asked = bool(stems(word) & self.request_words) and self._passes(word, one)
            if asked or (word and self.vocabulary.allows(word) and not NEGATOR.match(word)):
                run.append((one.start + start, one.start + end))
                wished = wished or asked
                continue
            if wished:
                self.decided.append((run[0][0], run[-1][1]))
            run, wished = [], False

    def _tell_han(self, one: Situation) -> None:
        run, wished = -1, False
        for segment, start, end in [*self.segments, ("", len(self.text), len(self.text))]:
            if end <= one.start:
                continue
            inside = bool(segment) and start < one.end
            asked = inside and self._asked_han(start, min(end, one.end)) and self._passes(segment, one)
            if asked or (inside and segment in self.vocabulary.zh and not NEGATOR.search(segment)):
                run, wished = (start if run < 0 else run), wished or asked
                continue
            if wished:
                self.decided.append((run, min(start, one.end)))
            run, wished = -1, False
            if not inside:
                return

    def _asked_han(self, start: int, end: int) -> bool:
        """Whether every character of a stretch stands in the request beside one of the same neighbours."""
        if end - start == 1 and self.text[start] in self.request:
            return True
        pairs = [self.text[i : i + 2] in self.request for i in range(max(0, start - 1), end)]
        at = min(start, 1)
        return all(pairs[i + at - 1 if i + at else 0] or pairs[min(i + at, len(pairs) - 1)] for i in range(end - start))

    @cached_property
    def zones(self) -> list[tuple[int, int]]:
        """The stretches that claim something whatever their words are; what is given as the record's words is one."""
        quoted = introduced(self.raw, self.language)
        return [*asserted(self.text), *([(quoted, len(self.text))] if quoted is not None else [])]

    def _asserts(self, start: int, end: int) -> bool:
        return any(a <= start and end <= b for a, b in self.zones)

    def _lenient(self, word: str, start: int, end: int) -> bool:
        """Whether a word the record lacks states nothing that can be checked: "gathers", 一气呵成.

        Only outside of stretches that assert something, and only of words that name no property, part, substance or
        make of things, no ailment, and are no name.
        """
        if self._asserts(start, end) or self._names_property(word) or praises(self.text, word, start):
            return False
        if HAN_RUN.match(word):
            # What opens a sentence may be the maker's name.
            return len(word) <= 4 and start > 2
        return not self.text[start].isupper()

    def _names_property(self, word: str) -> bool:
        if self.checker._senses.everyday(word):
            return False
        if self.checker._senses.names(word) or is_telling(word):
            return True
        return any(c.kind not in SOFT_KINDS for c in self.lexicon.named(word))

    @cached_property
    def lexicon_mentions(self) -> list[Mention]:
        """What the lexicon finds, every kind."""
        return self.lexicon.mentions(self.text)

    @cached_property
    def request_concepts(self) -> set[str]:
        """The concepts of the shopper's words."""
        return self.reader.concepts(self.request_text)

    @cached_property
    def covered(self) -> list[bool]:
        """For each character, whether the record has it: beside the same neighbour, or in a form of the same sense."""
        out = [False] * len(self.text)
        for i in range(len(self.text) - 1):
            pair = self.text[i : i + 2]
            denied = pair in self.evidence.denied_pairs and self._in_scope(i, i + 2)
            if denied or pair in self.evidence.pairs:
                out[i] = out[i + 1] = True
        for s in self.senses:
            denied = bool(s.rows & self.evidence.denied_rows) and self._in_scope(s.start, s.end)
            if denied or (s.rows | s.follows) & self.evidence.rows:
                out[s.start : s.end] = [True] * (s.end - s.start)
        return out

    def _type_mention(self, keys: frozenset[str]) -> bool:
        return any(k.removeprefix("product:") in self.evidence.type_concepts for k in keys if k.startswith("product:"))

    def _stands_in_record(self, start: int, end: int) -> bool:
        said = self.text[start:end]
        if HAN_RUN.search(said):
            pairs = [said[i : i + 2] for i in range(len(said) - 1)]
            return set(pairs) <= self.evidence.pairs if pairs else self.evidence.states(said)
        return all(stems(w) & self.evidence.words for w, _, _ in english_words(said) if w not in ("wood", "wooden"))

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

    def _in_scope(self, start: int, end: int) -> bool:
        """Whether a negator of the sentence reaches over it."""
        return any(s.start <= start and end <= s.reach for s in self.scopes)

    def _is_split(self, start: int, end: int) -> bool:
        """Whether a Chinese form is made of pieces of other words, 合金 in 适合金发, that are known otherwise.

        A word it only cuts into has to be harmless or in the record, or else it may be the form that is right.
        """
        if not HAN_RUN.match(self.text[start]):
            return self.text[start:end].lower() == "suits"  # the verb; a suit is said to be one
        if end - start > 2:
            return False
        for segment, a, b in self.segments:
            crosses = a < start < b < end or start < a < end < b
            # 细粉, 天黑, 发黄: one character at the end of a word is no colour.
            crosses = crosses or (end - start == 1 and a < start and end == b and not self.lexicon.named(segment))
            if crosses and len(segment) > 1 and (self._allows_han(segment) or self.evidence.states(segment)):
                return True
        return False

    def _denied_before(self, start: int) -> bool:
        """Whether a negator stands before it in its clause: "should not fall on a hard floor"."""
        return any(s.start <= start and not CLAUSE.search(self.text, s.end, start) for s in self.scopes)

    def _affirmed(self, start: int, end: int) -> bool:
        """Whether the record has these very words, and denies none of them."""
        said = [stems(w) for w, _, _ in english_words(self.text[start:end])]
        return bool(said) and all(s & self.evidence.words and not s & self.evidence.denied_words for s in said)

    def _is_decided(self, start: int, end: int) -> bool:
        return any(a <= start and end <= b for a, b in self.decided)

    def _in_harmless_segment(self, start: int, end: int) -> bool:
        return any(a <= start and end <= b and self._allows_han(s) for s, a, b in self.segments)

    def _in_phrase(self, start: int, end: int) -> bool:
        return any(a <= start and end <= b for a, b in self.phrases)

    def _harmless_phrases(self) -> list[tuple[int, int]]:
        words = english_words(self.text)
        out = []
        for i in range(len(words)):
            for n in range(2, min(5, len(words) - i) + 1):
                if tuple(w for w, _, _ in words[i : i + n]) in self.vocabulary.en_phrases:
                    out.append((words[i][1], words[i + n - 1][2]))
        return out

    def _han_supported(self, segment: str, start: int) -> bool:
        """Whether what the record does not cover of a segment is made of harmless words alone."""
        done = [
            hit or any(a <= i < b for a, b in self.decided)
            for i, hit in enumerate(self.covered[start : start + len(segment)], start)
        ]
        rest = "".join(c if not hit else " " for c, hit in zip(segment, done, strict=True))
        if segment in self.vocabulary.zh_situations and not all(done):
            return False
        return all(vocabulary_only(piece, self.vocabulary) for piece in rest.split())

    def _meant(self, start: int, end: int) -> bool:
        """Whether the record says the same in other words, by the table of senses."""
        return any(
            s.start <= start and end <= s.end and (s.rows | s.follows) & self.evidence.rows for s in self.senses
        ) or all(stems(w) & self.evidence.words for w, _, _ in english_words(self.text[start:end]) or [("", 0, 0)])

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

    def _owned(self, start: int, end: int) -> bool:
        """Whether it is the shopper's own thing, told as theirs: "your laptop", 你家的猫."""
        return any(m.start() <= start and end <= m.end() for m in OWN.finditer(self.text)) and (
            bool(self.reader.concepts(self.text[start:end]) & self.request_concepts) or self._in_request(start, end)
        )

    def _claim(self, kind: ClaimKind, start: int, end: int, supported: bool, reason: str = NOTHING) -> Claim:
        self.decided.append((start, end))
        return Claim(kind, self.text[start:end], start, end, supported, "" if supported else reason)

    def _same_part(self, sense: Sense, about: frozenset[str]) -> bool:
        """Whether the clause around a sense speaks of the part that the record denies it of."""
        left = max(self.text.rfind(c, 0, sense.start) for c in ",;，；。、") + 1
        right = min((i for c in ",;，；。、" if (i := self.text.find(c, sense.end)) >= 0), default=len(self.text))
        here = self.reader.about(self.text[left : sense.start] + " " + self.text[sense.end : right])
        rows = {f"#{row}" for row in sense.rows}
        return any(not self.vocabulary.allows(mark) for mark in here & about - rows if not mark.startswith("#"))

    def _is_strict(self, keys: frozenset[str]) -> bool:
        return bool(keys & self.checker.alike("material"))

    def _kind(self, start: int, end: int) -> ClaimKind:
        kinds = {c.kind for m in self.lexicon_mentions if m.start == start for c in m.concepts}
        kinds |= {c.kind for c in self.lexicon.named(self.text[start:end])}
        if kinds == {"brand"}:
            return "brand"
        if "color" in kinds:
            return "color"
        return "product" if "product" in kinds and len(kinds) == 1 else "property"

    def _harmless(self, start: int, end: int, kind: ClaimKind) -> bool:
        """Words of daily life that happen to be in the lexicon, and the shopper's wish where it is told as a wish."""
        if self._wished(start, end, explicit=kind != "product") and kind not in ("color", "brand"):
            return True
        if kind == "product" and self._is_added(start):
            return False
        if kind == "product" and not APPLIANCE.search(self.text[start:end]):
            scene = SCENE_BEFORE.search(self.text[:start])
            if scene or (HAN_RUN.match(self.text[start]) and SCENE_AFTER.match(self.text[end:])):
                return True
        if self._is_situational(start, end) and self._in_request(start, end):
            return True
        if kind == "color" or kind == "brand":
            return False
        said = self.text[start:end]
        if HAN_RUN.search(said):
            return all(self._allows_han(s) for s in rjieba.cut(said) if HAN_RUN.search(s))
        return all(self._allows(w) for w, _, _ in english_words(said))

    def _is_added(self, start: int) -> bool:
        """Whether a thing is said to come with the product: "includes a case", "a pram with a rain cover"."""
        if any(m.start() < start < m.end() for m in ADDED.finditer(self.text)):
            return True
        return any(
            self._type_mention(keys) and (m := WITH.match(self.text, end)) is not None and end < start < m.end()
            for _, end, keys in self.mentions
        )

    def _follows(self, start: int, end: int, strict: bool) -> bool:
        """Whether a row of senses, or the record's own words, stand in for what the lexicon did not find."""
        known = self.evidence.rows
        for s in self.senses:
            if not (s.start <= start and end <= s.end):
                continue
            # A longer name of the same thing decides (铁盒 is a tin), a bare material only by itself.
            longer = s.end - s.start > end - start
            if s.follows & known or (s.rows & known and (longer or not strict)):
                return True
        return not strict and bool(HAN_RUN.search(self.text[start:end])) and all(self.covered[start:end])

    def _is_maker(self, name: str) -> bool:
        """Whether the record names whoever made it so: an author, a publisher, a brand."""
        return any(name in u.text for u in self.evidence.units if u.about in MAKERS)

    def _covers(self, start: int, end: int) -> bool:
        """Whether the record has every word of a stretch that has any."""
        said = [(a, b) for w, a, b in english_words(self.text) if start <= a and b <= end and not self._allows(w)]
        said += [(a, b) for w, a, b in self.segments if start <= a and b <= end and not self._allows_han(w)]
        # Only in so many words: a row of senses is too wide for what a thing does to one's health.
        return bool(said) and all(self._stands_in_record(a, b) for a, b in said)

    def _products(self) -> list[tuple[int, int]]:
        return [(a, b) for a, b, keys in self.mentions if any(k.startswith("product:") for k in keys)]

    def _is_kind(self, start: int, end: int, kind: ClaimKind) -> bool:
        """Whether it is a long Chinese name of a kind, of a product with a Chinese name: its characters do not do."""
        if kind != "product" or end - start < 4 or not HAN_RUN.match(self.text[start]):
            return False
        return any(u.about == "title" and HAN_RUN.search(u.text) for u in self.evidence.units)

    def _is_sibling(self, keys: frozenset[str]) -> bool:
        """Whether it is another kind of what the product is a kind of: a tote where the record has a backpack."""
        kinds = {k.removeprefix("product:") for k in keys}
        above = {p for k in kinds for p in self.reader.with_broader({k})} - kinds
        return bool(above & self.evidence.own_kinds) and not kinds & self.evidence.type_concepts

    def _is_subject(self, start: int) -> bool:
        """Whether no earlier words of the sentence name the product, nor say that this only goes with it."""
        if any(b <= start and self._type_mention(keys) for _, b, keys in self.mentions):
            return False
        return not BESIDE.search(re.split(r"[,;:.，。；、]", self.text[:start])[-1])

    def _soft(self, start: int, end: int) -> bool:
        """Whether it names people, animals, places or a manner, and nothing is asserted with it."""
        if self._asserts(start, end):
            return False
        said = self.text[start:end].lower()
        kinds = {c.kind for c in self.lexicon.named(said)}
        if self.checker._senses.names(said):
            return False
        return (bool(kinds) and kinds <= SOFT_KINDS) or self.checker._senses.everyday(said)

    def _is_name(self, start: int, end: int) -> bool:
        """Whether a brand's name is written as one: "Keep" at the start of a sentence is a verb."""
        first = not self.text[:start].strip(" \"'“‘(")
        return self.text[start].isupper() and not (first and self.vocabulary.allows(self.text[start:end].lower()))

    def _is_thing(self, head: str) -> bool:
        """Whether a word can name what a product is: known as one, or standing in the title as more than a theme."""
        if any(c.kind == "product" for c in self.lexicon.named(head)):
            return True
        return any(stems(head) & u.words for u in self.evidence.units if u.about == "title")

    def _plain(self, word: str) -> bool:
        return not self._names_property(word) and not stems(word) & self.evidence.words
