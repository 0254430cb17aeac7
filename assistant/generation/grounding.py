"""The claim check: what a sentence states, and whether the record states it too.

Knows how claims are recognised in English and Chinese and held against evidence, across the two languages. Does not
mend anything, writes nothing, and never takes the shopper's words for facts about the product.

A word that is neither in the record (in either language, by the tables of senses and the glossary) nor in the list of
harmless words is a claim without support, but for a single word of a clause that asserts nothing and names no property.
Above it stand kinds of claims for which a word in the record is not enough: numbers, negations, superlatives, promises,
effects, what is asserted of fit and origin, and what a material or number is said of.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping

from assistant.generation.ages import too_young
from assistant.generation.amounts import number_claims
from assistant.generation.attribution import BROAD, another_part, misplaced
from assistant.generation.claim import Claim, ClaimKind
from assistant.generation.denials import denial, included_claims, other_material, vocabulary_only
from assistant.generation.evidence import FREE, QUOTED, Evidence, EvidenceReader, Scope
from assistant.generation.frames import Frame
from assistant.generation.gaps import Gaps
from assistant.generation.mislabelled import Mislabelled
from assistant.generation.naming import Naming
from assistant.generation.patterns import (
    AFTER_POINTED,
    CLAUSE,
    COMPARATIVE,
    HAD_ZH,
    HAVING,
    MAKER_ZH,
    OWN,
    POINTED_EN,
    POINTED_ZH,
    PROMISES,
    REDUCTION,
    SPARED,
    SUPERLATIVE,
)
from assistant.generation.quantities import quantities
from assistant.generation.quoting import altered, quotes, renamed
from assistant.generation.reading import NOTHING as _NOTHING
from assistant.generation.restated import Restated
from assistant.generation.senses import Senses
from assistant.generation.support import Support, combined
from assistant.generation.surface import (
    HAN_RUN,
    OPAQUE,
    foreign,
    foreign_spans,
)
from assistant.generation.turns import introduced
from assistant.generation.vocabulary import Vocabulary, english_words, stems
from assistant.generation.zones import sworn
from assistant.lexicon import Lexicon
from assistant.types import ReplyLanguage

__all__ = ["Claim", "ClaimChecker", "ClaimKind"]

# Kinds whose words mean one thing each: no likeness of meaning stands in for them.
_STRICT = frozenset(("material", "wood", "gemstone", "color", "brand"))


class ClaimChecker:
    """Decides every claim of a sentence; safe to share between threads."""

    def __init__(
        self, lexicon: Lexicon, vocabulary: Vocabulary, frames: Mapping[str, Frame], *, support: Support | None = None
    ) -> None:
        """Take the word tables, and who reads beside the rules, if anybody."""
        self._support = support
        self._lexicon = lexicon
        self._vocabulary = vocabulary
        self._senses = Senses.load()
        alike: dict[str, set[str]] = {}
        for concept in lexicon.concepts:
            if concept.kind in _STRICT:
                alike.setdefault("color" if concept.kind == "color" else "material", set()).add(concept.key)
        self._alike = {kind: frozenset(keys) for kind, keys in alike.items()}
        self.products = frozenset(f"product:{c.key}" for c in lexicon.concepts if c.kind == "product")
        self.reader = EvidenceReader(lexicon, frames, self._senses)
        self.gaps = Gaps(lexicon, self.reader)
        self.restated = Restated(frames, self.reader)
        self.mislabelled = Mislabelled(frames, self.reader, lexicon)

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
        if quotes(body.removeprefix(QUOTED), evidence, language):
            # The record's own sentence, word for word; what is in the other language must be said to be a quotation.
            return [] if foreign(body, language) else [Claim("word", body, 0, len(sentence), True)]
        if (gap := self.gaps.holds(body, evidence, language)) is not None:
            return [Claim("negation", body, 0, len(sentence), gap)]
        claims = [*_Claims(self, sentence, evidence, request, language).claims()]
        if self._support is None:
            return claims
        doubts = self._support.doubts(sentence, evidence, request, language)
        return combined(claims, doubts, sentence, self._support.bounds)

    def alike(self, kind: str) -> frozenset[str]:
        """All colours, or all materials."""
        return self._alike.get(kind, frozenset())

    def unsupported(self, sentence: str, evidence: Evidence, request: str, language: ReplyLanguage) -> list[Claim]:
        """Only the claims that nothing supports."""
        return [c for c in self.check(sentence, evidence, request, language) if not c.supported]


class _Claims(Naming):
    """The claims of one sentence."""

    def claims(self) -> Iterator[Claim]:
        """All claims, the special kinds first: what they decide is not decided again by its words."""
        self._tell_situations()
        if (quoted := introduced(self.raw, self.language)) is not None:
            self.decided.append((0, quoted))
        yield from self._language()
        yield from self._slots()
        yield from self._misgiven()
        yield from self._altered()
        yield from self._numbers()
        yield from self._promises()
        yield from self._sworn()
        yield from self._phrases("superlative", SUPERLATIVE)
        yield from self._phrases("comparative", COMPARATIVE)
        yield from self._negations()
        yield from self._contradictions()
        yield from self._refused()
        yield from self._misplaced()
        yield from self._makers()
        yield from self._heads()
        yield from self._mentions()
        yield from self._words()

    # -- special kinds ------------------------------------------------------------------------------------------------

    def _language(self) -> Iterator[Claim]:
        brand = self.evidence.product.brand or ""
        for m in foreign_spans(self.text, self.language):
            if self.language == "en" and m.group() == brand:
                # A name is no other language: an English reply may have nothing but 云笙 to call the maker.
                self.decided.append((m.start(), m.end()))
                continue
            known = self._is_maker(m.group()) if self.language == "en" else self.evidence.states(m.group())
            if not known:
                yield self._claim("language", m.start(), m.end(), False)

    def _numbers(self) -> Iterator[Claim]:
        owned = [m.span() for m in OWN.finditer(self.text)]
        wishes = [(start, end) for start, end, _ in self.wish] + owned
        named = [(start, end) for start, end, keys in self.mentions if keys & self.evidence.concepts]
        for claim in number_claims(self.text, self.evidence, self.reader, self.request_text, wishes):
            inside = any(a <= claim.start and claim.end <= b and b - a > claim.end - claim.start for a, b in named)
            if claim.supported or not inside:
                # A number inside a name that the record has (四季, 三明治) is decided as the thing it names.
                if not claim.supported and self._told_otherwise(claim):
                    claim = Claim("number", claim.text, claim.start, claim.end, True)
                self.decided.append((claim.start, claim.end))
                self.amounts.append((claim.start, claim.end))
                yield claim
        yield from self._included()

    def _altered(self) -> Iterator[Claim]:
        for start, end, own in altered(self.raw, self.evidence, self.language, self._states_nothing):
            yield self._claim("attribution", start, end, False, f"the record's words are: {own}")

        for start, end, own in renamed(self.raw, self.evidence, self._states_nothing):
            yield self._claim("type", start, end, False, f"the record calls it {own}")

    def _states_nothing(self, words: str) -> bool:
        han = "".join(HAN_RUN.findall(words))
        return vocabulary_only(han, self.vocabulary) and all(self._allows(w) for w, _, _ in english_words(words))

    def _misgiven(self) -> Iterator[Claim]:
        wishes = [(start, end) for start, end, _ in self.wish]
        for start, end, own in self.checker.restated.misgiven(self.raw, self.evidence, wishes):
            yield self._claim("attribution", start, end, False, f"the record says {own}")
        for start, end, own in too_young(self.text, self.evidence):
            if not any(a <= start and end <= b for a, b in wishes):
                yield self._claim("attribution", start, end, False, f"the record says {own}")
        for start, end, own in self.checker.mislabelled.misnamed(self.raw, self.evidence, self.language):
            yield self._claim("attribution", start, end, False, f"the record says {own}")

    def _told_otherwise(self, claim: Claim) -> bool:
        """Whether a number word is part of a form the record has another word of: 三脚 of a tripod, "two" of a pair."""
        return any(
            s.start <= claim.start
            and claim.end <= s.end
            and (s.end - s.start > claim.end - claim.start or claim.text.lower() in ("two", "两", "双"))
            and s.rows & self.evidence.rows
            for s in self.senses
        )

    def _included(self) -> Iterator[Claim]:
        for claim in included_claims(self.text, self.evidence, self.reader, self.vocabulary, self.scopes):
            self.decided.append((claim.start, claim.end))
            yield claim

    def _promises(self) -> Iterator[Claim]:
        product = self.evidence.product
        reduced = product.list_price is not None and product.list_price > product.price
        truth = {"available": product.in_stock is True, "sold_out": product.in_stock is False, "reduced": reduced}
        for kind, pattern in PROMISES:
            for m in pattern.finditer(self.text):
                if self._is_decided(m.start(), m.end()):
                    continue
                denied = any(s.end <= m.start() <= s.reach + 1 for s in self.scopes)
                if kind == "scarce":
                    left = [q.value for q in quantities(m.group())]
                    left = left or ([1.0] if re.search(r"one|一", m.group()) else [])
                    yield self._claim("promise", m.start(), m.end(), left == [product.stock], _NOTHING)
                    continue
                true = truth["sold_out" if kind == "available" and denied else kind] if kind in truth else False
                stated = self._stated(m.start(), m.end()) or self._stated(m.start(), m.end(), before=True)
                stated = stated or (kind == "other" and self._meant(m.start(), m.end()))
                self.promised.append((m.start(), m.end()))
                reason = {
                    "available": "the record says it is out of stock" if product.in_stock is False else _NOTHING,
                    "sold_out": "the record says it is in stock" if product.in_stock else _NOTHING,
                    "reduced": "the record has no higher price it was reduced from",
                }.get(kind, "the record promises no such thing")
                yield self._claim("promise", m.start(), m.end(), true or stated, reason)

    def _misplaced(self) -> Iterator[Claim]:
        for start, end, own in misplaced(self.text, self.evidence, self.reader, self.checker.alike("material")):
            yield self._claim("attribution", start, end, False, f"the record says {own}")

    def _makers(self) -> Iterator[Claim]:
        """Names in Han characters where a Chinese sentence names the maker: in front of the product, or 由…出品."""
        first = min((a for a, _ in self._products()), default=0)
        for m in MAKER_ZH.finditer(self.text):
            yield from self._maker(*m.span("name"))
        if 2 <= first <= 4 and HAN_RUN.fullmatch(self.text[:first]):
            yield from self._maker(0, first)

    def _maker(self, start: int, end: int) -> Iterator[Claim]:
        name = self.text[start:end]
        if name.startswith(("这", "那", "此", "本", "它", "其")) or self._is_decided(start, end):
            return
        if self.evidence.states(name) or any(self.covered[start:end]):
            return
        known = any(a < end and start < b for a, b, _ in self.mentions) or self._names_property(name)
        if known or any(self._allows_han(s) for s, a, b in self.segments if start <= a < end):
            return
        yield self._claim("brand", start, end, False, self._instead("brand", False))

    def _sworn(self) -> Iterator[Claim]:
        """Effects on health and the liking of others, unless the record has the words or all that they are said of."""
        for start, end, reason in sworn(self.text):
            if self._is_decided(start, end):
                continue
            reach = next((b for a, b in self.zones if a <= start < b), end)
            supported = (
                self._meant(start, end) or self._stated(start, end) or self.evidence.states(self.text[start:end])
            )
            if not supported and "effect" in reason:
                supported = self._covers(end, reach)
            yield self._claim("promise", start, end, supported, reason)

    def _phrases(self, kind: ClaimKind, pattern: re.Pattern[str]) -> Iterator[Claim]:
        for m in pattern.finditer(self.text):
            if not self._is_decided(m.start(), m.end()):
                supported = self._stated(m.start(), m.end()) or self._bounded(kind, m.start(), m.end())
                yield self._claim(kind, m.start(), m.end(), supported, "the record makes no such comparison")

    def _bounded(self, kind: ClaimKind, start: int, end: int) -> bool:
        """Whether it bounds or compares an amount that the record has: "only 40 cm", 最长 12 小时, "€20 less"."""
        shown = [m.start() for m in re.finditer(f"{OPAQUE}+", self.text)] + [a for a, _ in self.amounts]
        if re.match(r"\s*(?:price|deal|offer)|价", self.text[end:]) or self.text[start:end].lower() == "cheapest":
            return False  # "our lowest price" is a boast, not a bound
        if any(end <= a <= end + 18 and not re.search(r"[,;，；。]", self.text[end:a]) for a in shown):
            return True
        if any(s.start < start <= s.reach for s in self.scopes) or self._in_phrase(start, end):
            return True
        if kind == "superlative":
            word = self.text[start:end].lower()
            stated = bool(re.fullmatch(r"[a-z]+est|best[- ]selling", word)) and stems(word) <= self.evidence.words
            if word == "all" and (following := re.match(r"\s+(?:the\s+)?([a-z]+)", self.text[end:])):
                return self._allows(following[1]) or bool(stems(following[1]) & self.evidence.words)
            return (stated and not word.startswith("best")) or (
                word in ("only", "all", "any", "every") and self._meant(start, end) and not self._asserts(start, end)
            )
        product = self.evidence.product
        reduced = product.list_price is not None and product.list_price > product.price
        return reduced and bool(REDUCTION.search(self.text))

    def _negations(self) -> Iterator[Claim]:
        for m in FREE.finditer(self.text):
            gone = self.reader.about(m[1])
            rows = {int(one[1:]) for one in gone if one.startswith("#")}
            denied = stems(m[1].lower()) & self.evidence.denied_words or rows & self.evidence.denied_rows
            if not (denied or self._stated(*m.span()) or self.vocabulary.allows(m[1].lower())):
                yield self._claim("negation", *m.span(), False, "the record does not say that it is free of this")
        covered = [(s, e) for s, e, _ in self.mentions]
        for scope in self.scopes:
            if any(s <= scope.start and scope.end <= e for s, e in covered):
                continue  # 不粘, 无线: the negator belongs to a property's own name
            if self._is_decided(scope.start, scope.end) or self._in_harmless_segment(scope.start, scope.end):
                continue
            ahead = [start for start, _ in (*self.amounts, *self.promised) if scope.end <= start <= scope.reach + 1]
            if any(not re.search(r"[,;，；]", self.text[scope.end : start]) for start in ahead):
                self.decided.append((scope.start, scope.end))
                continue  # "not available", 不到 900 元: what follows has been decided with its negator
            if self._other_color(scope):
                yield self._claim("negation", scope.start, scope.reach, True)
                continue
            verdict = denial(
                self.text,
                scope,
                self.evidence,
                self.reader,
                self.vocabulary,
                self.senses,
                self._plain,
                self.checker.alike("material"),
            )
            if verdict is None:
                self.decided.append((scope.start, scope.end))
            else:
                supported, reason = verdict
                claim = self._claim("negation", scope.start, scope.reach, supported, reason)
                if supported:
                    # What is denied has been decided; the rest of the stretch has not.
                    self.decided[-1] = (scope.start, scope.end)
                yield claim

    def _other_color(self, scope: Scope) -> bool:
        """Whether all that is denied is a colour, and the record has one colour and names that one nowhere."""
        inside = [(s, e, keys) for s, e, keys in self.mentions if scope.end <= s and e <= scope.reach]
        denied = frozenset(key for _, _, keys in inside for key in keys)
        rest = self.text[inside[-1][1] : scope.reach] if inside else ""
        own = self.evidence.color
        if not denied or rest.strip() or not denied <= self.checker.alike("color") or len(own) != 1:
            return False
        return not denied & self.evidence.concepts

    def _contradictions(self) -> Iterator[Claim]:
        """What the record denies, said as if it held: of the product, or of the part that the record denies it of."""
        for sense in self.senses:
            short = sense.end - sense.start < (2 if HAN_RUN.match(self.text[sense.start]) else 4)
            short = short or all(
                len(w) < 6 and self.vocabulary.allows(w)
                for w, _, _ in english_words(self.text[sense.start : sense.end]) or [("-", 0, 0)]
            )
            if short or self._is_decided(sense.start, sense.end) or self._denied_before(sense.start):
                continue
            for rows, about in self.evidence.refused:
                if not sense.rows & rows:
                    continue
                # "No board at all" of a board game: what it has is not what it is called.
                known = self.evidence.told_rows if HAVING.search(self.text[: sense.start]) else self.evidence.rows
                if not sense.rows & known or (
                    not self._affirmed(sense.start, sense.end) and self._same_part(sense, about)
                ):
                    yield self._claim("negation", sense.start, sense.end, False, "the record denies it")
                    break

    def _refused(self) -> Iterator[Claim]:
        """Words that the record has behind a negator only, said as if they held."""
        gone = self.evidence.denied_words - self.evidence.words
        found = [(a, b) for w, a, b in english_words(self.text) if stems(w) & gone and not self.vocabulary.allows(w)]
        found += [(a, b) for w, a, b in self.segments if len(w) > 1 and _pairs(w) <= self.evidence.denied_pairs]
        found += [m.span(1) for m in HAD_ZH.finditer(self.text) if _pairs(m[1]) <= self.evidence.denied_pairs]
        for start, end in found:
            told = any(a <= start and end <= b for a, b, _ in self.wish)
            told = told or any(m.start() <= start < m.end() for m in SPARED.finditer(self.text))
            if not (told or self._is_decided(start, end) or self._denied_before(start) or self._in_scope(start, end)):
                yield self._claim("negation", start, end, False, "the record denies it")

    # -- words of the lexicon -----------------------------------------------------------------------------------------

    def _mentions(self) -> Iterator[Claim]:
        for start, end, keys in self.mentions:
            if self._is_decided(start, end) or self._is_split(start, end):
                continue
            kind = self._kind(start, end)
            if kind == "brand" and self.language == "en" and not self._is_name(start, end):
                continue  # "apple", "coach", "gap": only a capital makes a brand of them
            supported = bool(keys & self.evidence.concepts) or self._type_mention(keys)
            supported = supported or (bool(keys & self.evidence.denied) and self._denied_before(start))
            supported = supported or (
                self._in_scope(start, end) and other_material(keys, self.evidence, self.checker.alike("material"))
            )
            strict = kind in ("brand", "color") or self._is_strict(keys)
            if not supported and kind not in ("brand", "color"):
                supported = self._stands_in_record(start, end)
            if kind == "product" and not supported and self._is_sibling(keys) and self._is_subject(start):
                yield self._claim("type", start, end, False, self._type())
                continue
            if not supported and self._follows(start, end, strict or self._is_kind(start, end, kind)):
                supported = True
            if supported and strict and kind != "brand" and keys & self.evidence.concepts and not keys <= BROAD:
                instead = self._of_another(start, end, keys, kind)
                if instead:
                    yield self._claim("attribution", start, end, False, instead)
                    continue
            if kind == "product" and self._pointed_at(start, end) and not self._type_mention(keys):
                named = {form for w, _, _ in english_words(self.text[start:end]) for form in stems(w)}
                told = any(u.about in ("type", "title") and self.text[start:end] in u.text for u in self.evidence.units)
                if not named & self.evidence.type_words and not told:
                    yield self._claim("type", start, end, False, self._type())
                    continue
            if not supported and not strict and self._owned(start, end):
                continue
            if not supported and self._harmless(start, end, kind):
                continue
            if not supported and not strict and kind in ("property", "product") and self._soft(start, end):
                self.decided.append((start, end))
                continue
            yield self._claim(kind, start, end, supported, self._instead(kind, strict))

    def _pointed_at(self, start: int, end: int) -> bool:
        """Whether a sentence points at the product with this name: "this stool holds"."""
        before = (POINTED_ZH if HAN_RUN.match(self.text[start]) else POINTED_EN).search(self.text[:start])
        return before is not None and bool(AFTER_POINTED.match(self.text[end:]))

    def _of_another(self, start: int, end: int, keys: frozenset[str], kind: ClaimKind) -> str:
        """Why a colour or material that the record has is not that of what the sentence says it of."""
        if any(s.end <= start and end <= s.reach for s in self.scopes):
            return ""
        alike = self.checker.alike("color" if kind == "color" else "material")
        agrees, instead = another_part(self.text, start, end, keys, alike, self.evidence, self.reader)
        if instead:
            return f"the record says {instead} of this part"
        units = [u for u in self.evidence.units if keys & u.concepts]
        if kind == "color" and self.evidence.color and not agrees and all(u.about == "text" for u in units) and units:
            return f"the record says {self.evidence.product.color} of the product"
        following = re.match(r"[\s-]+([A-Za-z']+)|色?的?([\u3400-\u9fff]{2})", self.text[end:])
        if following is None or agrees or not units or kind == "color":
            return ""
        word = following[1].lower() if following[1] else ""
        named = stems(word) & self.evidence.words - self.evidence.type_words if word else frozenset[str]()
        if word and named and not self.vocabulary.allows(word) and not any(named & u.words for u in units):
            return f"the record does not say this of the {word}"
        return ""

    def _instead(self, kind: ClaimKind, strict: bool) -> str:
        """What the record has where the sentence says something else."""
        product = self.evidence.product
        if kind == "color":
            return f"the record says {product.color}" if product.color else "the record names no such colour"
        if kind == "brand":
            return f"the record says {product.brand}" if product.brand else "the record names no such brand"
        if strict:
            known = sorted(self.evidence.concepts & self.checker.alike("material"))
            return f"the record says {', '.join(known)}" if known else "the record names no such material"
        return _NOTHING

    def _echoed(self, start: int, end: int) -> bool:
        """A number word of the wish ("for two"), told inside the wish."""
        return any(s[0] <= start and end <= s[1] for s in self.wish) and self._in_request(start, end)

    # -- every other word ---------------------------------------------------------------------------------------------

    def _words(self) -> Iterator[Claim]:
        unsure: list[tuple[int, int]] = []
        for word, start, end in english_words(self.text):
            if self._is_decided(start, end) or self._in_phrase(start, end):
                continue
            if self._allows(word) or len(word) == 1:
                continue
            told = any(s[0] <= start and end <= s[1] for s in self.wish) or self._owned(start, end)
            if told and stems(word) & self.request_words:
                continue
            supported = bool(stems(word) & self.evidence.words) or all(self.covered[start:end])
            supported = supported or word.removesuffix("'s") in self.evidence.romanised
            supported = supported or (bool(stems(word) & self.evidence.denied_words) and self._denied_before(start))
            if not supported and self._lenient(word, start, end):
                unsure.append((start, end))
                continue
            yield self._claim("word", start, end, supported)
        for segment, start, end in self.segments:
            if self._is_decided(start, end) or self._allows_han(segment):
                continue
            told = any(s[0] <= start and end <= s[1] for s in self.wish) or self._owned(start, end)
            if told and segment in self.request:
                continue
            supported = self._han_supported(segment, start)
            if not supported and self._lenient(segment, start, end):
                unsure.append((start, end))
                continue
            yield self._claim("word", start, end, supported)
        yield from self._together(unsure)

    def _together(self, unsure: list[tuple[int, int]]) -> Iterator[Claim]:
        """Words that might state nothing: one alone in its clause is let pass, two say something."""
        breaks = [m.start() for m in CLAUSE.finditer(self.text)]
        clauses = [bisect_right(breaks, start) for start, _ in unsure]
        for (start, end), clause in zip(unsure, clauses, strict=True):
            if clauses.count(clause) > 1:
                yield self._claim("word", start, end, False)


def _pairs(word: str) -> set[str]:
    return {word[i : i + 2] for i in range(len(word) - 1)}
