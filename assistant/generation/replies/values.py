"""Which value answers a question: an attribute that is for what is asked, or a clause that gives it.

Every word of the question has to be taken up by the attribute, by the aspect it belongs to, or by the clause; a value
that is given for another part, setting or measure is handed back as near. Does not decide yes or no.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.generation.replies.evidence import Aspect, Records
from assistant.generation.replies.findings import Attribute, Clause, Found
from assistant.generation.replies.grounds import Known, about_it, belongs
from assistant.generation.replies.matching import is_part, meets
from assistant.generation.replies.measures import (
    CLASSIFIER,
    COUNT,
    DIMENSIONS,
    OF_KIND,
    counted,
    kinds_of,
    lasts,
    measured,
    other_way,
    rival,
)
from assistant.generation.replies.questions import OR, Query, Questions, Term
from assistant.generation.replies.scope import one_figure, same_scope
from assistant.generation.replies.terms import JOINS, VERB, stem
from assistant.generation.replies.wording import has_han
from assistant.lexicon import Lexicon, fold, words
from assistant.types import Product

_NEUTRAL = frozenset(
    "total net max maximum min minimum overall item product approx approximat rat rating level type class size number "
    "of the per unit gross actual nominal usable recommend standard is has with in by g kg cm mm l ml w h hour v "
    "weight height length width depth diamet thickn capacity volume load age time life range range limit output"
    " input".split()
)
_AMOUNT = re.compile(r"\bhow (?:much|many)\b|多少")
_NUMERAL = re.compile(rf"\d|\b{COUNT}\b|[一二三四五六七八九十两双半]")
# How to do a thing and why it is so, no clause tells by naming it.
_MANNER = re.compile(r"\bwhy\b|\bhow (?:do|does|can|to|should|did|is|are|would)\b|怎么|如何|怎样|为什么|为何|为啥")
_WHICH = re.compile(r"\b(?:what|which)\b|什么|哪")
_ENDURES = re.compile(
    r"\b(?:last|run|burn|stay|keep|work|play|go|glow)\w*\b|\b(?:runtime|playback|life)\b|用|续航|烧|持续|播放|保"
)
# Aspects that only a figure tells.
_FIGURED = frozenset("age seats people pages voltage power storage capacity count light".split())
_ANY_CLASSIFIER = "个把件支只条"

_ASKING = frozenset("last run burn keep stay go weigh hold carry support measur charg take bear stand cost".split())
_LEFT_OUT = re.compile(r"\bwithout\b|\bexcl|\bfree\b|\bbody only\b|不含|不带|无")
_EXCLUDES = re.compile(r"\bwithout\b|\bexcl|不含|不带")
# What follows is another thing, which this one goes with.
_OTHERS_THING = re.compile(
    r"\b(?:fits?|suits?|for|compatible with|works? with|replac\w+)\s+$|(?:适用于?|兼容|适配|替换)$"
)
_PAIRS = frozenset("washable noise waterproof power ingredients included dimensions battery".split())


class Values:
    """Finds values in products. Holds word tables only."""

    def __init__(self, lexicon: Lexicon, records: Records, questions: Questions) -> None:
        self._lexicon = lexicon
        self._records = records
        self._questions = questions

    def _meets(self, term: Term, text: str) -> tuple[int, int] | None:
        return meets(term, text, self._lexicon)

    def known(self, product: Product, query: Query) -> Known:
        """Tells words for the product itself, and those that the question names, from others."""
        own = fold(" ".join((product.title, product.title_in("zh"), product.brand or "", *product.category[-1:])))
        stems = {stem(t) for t, _, _ in words(own)} | {stem(t) for t, _, _ in words(query.text)}
        kinds = {c.key for m in self._lexicon.mentions(own, ("product",)) for c in m.concepts}

        def known(word: str) -> bool:
            if has_han(word):
                if word in own or word in query.text:
                    return True
            elif stem(word) in stems:
                return True
            if any(self._meets(t, word) for t in query.terms):
                return True
            return any(c.key in kinds for c in self._lexicon.named(word))

        return known

    def find(
        self,
        product: Product,
        query: Query,
        terms: Sequence[Term],
        aspects: Sequence[Aspect],
        attributes: Sequence[Attribute],
        clauses: Sequence[Clause],
        language: str,
    ) -> list[Found]:
        """The values that answer a question, best first; near ones where none does."""
        outside = self.outside(query, terms, aspects)
        whole: list[tuple[float, Found]] = []
        general: list[tuple[float, Found]] = []
        for order, attribute in enumerate(attributes):
            found = Found(self._records.label(attribute.key, language), attribute.value, attribute.key)
            if isinstance(attribute.value, bool):
                continue
            named = [self._meets(t, attribute.name) for t in terms]
            valued = [
                self._meets(t, attribute.said) or (query.choice and self._meets(t, attribute.both)) for t in terms
            ]
            rank = next((i for i, a in enumerate(aspects) if self._fits(a, attribute)), None)
            kind = query.measure or (OF_KIND.get(aspects[rank].key) if rank is not None else None)
            if _AMOUNT.search(query.text) and not _NUMERAL.search(attribute.said):
                continue
            if kind and (
                not measured(kind, attribute.key, attribute.value, query) or rival(kind, query.text, attribute.name)
            ):
                continue
            if not kind and _WHICH.search(query.text) and lasts(attribute.key, attribute.value):
                continue
            without = _EXCLUDES.search(attribute.name)
            if not same_scope(query.text, attribute.both) or (without and any(named) and not query.absent):
                # The weight without the lid is not that of the lid.
                general.append((0.5, found))
                continue
            every = all(a or b for a, b in zip(named, valued, strict=True))
            if kind == "count" and (asked := CLASSIFIER.search(query.text)):
                if _numbered(attribute.said, asked[1]) and every:
                    whole.append((2.5, found))
                    continue
                if not any(named) and rank is None:
                    continue
            chosen = query.choice and self._chosen(query, terms, attribute.both)
            if query.choice and not chosen:
                continue
            if (terms and any(named) and every) or chosen:
                more = self.more(attribute, terms) and (rank is None or self._foreign(attribute, aspects[rank], query))
                (general if more else whole).append((2 + sum(map(bool, named)) - 0.01 * order, found))
            elif rank is not None:
                met = all(self._meets(t, attribute.name) or self._meets(t, attribute.said) for t in outside)
                met = met and all(self._told_by(t, attribute, aspects[rank]) for t in terms if t not in outside)
                place = (
                    aspects[rank].attributes.index(attribute.key) if attribute.key in aspects[rank].attributes else 0
                )
                score = 1 - 0.1 * rank - 0.01 * place + 0.5 * any(named)
                fitting = [a for a in aspects if self._fits(a, attribute)]
                foreign = self._foreign(attribute, aspects[rank], query) or self._asks_else(query, aspects, fitting)
                (whole if met and not foreign else general).append((score, found))
        for key in (k for a in aspects for k in a.attributes if k.startswith("@")):
            value = self._records.field(product, key)
            aspect = next(a for a in aspects if key in a.attributes)
            if (
                value not in (None, "")
                and not outside
                and not query.measure
                and not self._asks_else(query, aspects, [aspect])
            ):
                whole.append((3, Found(aspect.name(language), value, key)))
        if query.absent:
            # "How heavy is it without the stand" is not answered by the weight with it.
            general += [one for one in whole if not _LEFT_OUT.search(fold(f"{one[1].key} {one[1].value}"))]
            whole = [one for one in whole if one not in general]
        if whole:
            ranked = [f for _, f in sorted(whole, key=lambda one: -one[0])]
            best = max(score for score, _ in whole)
            return ranked[: 2 if best < 2 and not query.measure and len(aspects) and aspects[0].key in _PAIRS else 1]
        known = self.known(product, query)
        quoted = [f for c in clauses if (f := self._quote(query, terms, outside, aspects, c, known))]
        if quoted:
            return [max(quoted, key=lambda f: len(f.focus) > 0)][:1]
        if general:
            return [replace(max(general, key=lambda one: one[0])[1], near=True)]
        return []

    def _told_by(self, term: Term, attribute: Attribute, aspect: Aspect) -> bool:
        """Whether an attribute of an aspect is for a word of the question that belongs to the aspect.

        Allergens tell of ingredients, and nothing of sugar.
        """
        return self._names(aspect, term) or stem(term.word) in _ASKING or bool(self._meets(term, attribute.both))

    def _names(self, aspect: Aspect, term: Term) -> bool:
        """Whether a word is a name of an aspect."""
        return term.word in (aspect.key, aspect.en, aspect.zh) or bool(self._meets(term, f"{aspect.en} {aspect.zh}"))

    def _chosen(self, query: Query, terms: Sequence[Term], text: str) -> tuple[int, int] | None:
        """Which of two things offered a text names, where it names but one of them and all else that is asked."""
        mark = OR.search(query.text)
        before = [t for t in terms if mark and t.end <= mark.start()]
        after = [t for t in terms if mark and t.start >= mark.end()]
        if not before or not after:
            return None
        offered = [self._meets(t, text) for t in (before[-1], after[0])]
        if any(span and _OTHERS_THING.search(text[: span[0]]) for span in offered) and not _OTHERS_THING.search(
            query.text
        ):
            return None
        rest = [t for t in terms if t not in (before[-1], after[0])]
        if sum(map(bool, offered)) != 1 or not all(self._meets(t, text) for t in rest):
            return None
        return offered[0] or offered[1]

    @staticmethod
    def _asks_else(query: Query, aspects: Sequence[Aspect], fitting: Sequence[Aspect]) -> bool:
        """Whether a question is of another aspect than an attribute's too ("what age is it rated for")."""
        spans = [m.span() for a in fitting for m in a.question.finditer(query.text)]
        return any(
            not any(a < m.end() and m.start() < b for a, b in spans)
            for other in aspects
            if other not in fitting
            for m in other.question.finditer(query.text)
        )

    def _fits(self, aspect: Aspect, attribute: Attribute) -> bool:
        """Whether an attribute is one that answers questions of an aspect."""
        if attribute.key in aspect.attributes or aspect.key == attribute.key:
            return True
        if has_han(attribute.key):
            return bool(aspect.question.search(fold(attribute.key)) or aspect.zh in attribute.key)
        tokens = {stem(t) for t, _, _ in words(fold(re.sub(r"[_-]+", " ", attribute.key)))}
        return stem(aspect.key) in tokens or bool(
            {stem(t) for t in aspect.en.split()} & tokens - _NEUTRAL and len(tokens) == 1
        )

    def _foreign(self, attribute: Attribute, aspect: Aspect, query: Query) -> bool:
        """Whether an attribute of the right kind is about a part that the question does not name."""
        if attribute.key in aspect.attributes and "_" not in attribute.key:
            return False
        name = attribute.key if has_han(attribute.key) else re.sub(r"[_-]+", " ", attribute.key)
        parts = [
            t
            for t in self._questions.terms(fold(name))
            if not aspect.question.search(t.word) and t.word not in _NEUTRAL
        ]
        parts = [t for t in parts if stem(t.word) != stem(aspect.key) and t.word != aspect.zh and t.word != aspect.en]
        return any(not self._meets(t, query.text) for t in parts)

    def _quote(
        self,
        query: Query,
        terms: Sequence[Term],
        outside: Sequence[Term],
        aspects: Sequence[Aspect],
        clause: Clause,
        known: Known,
    ) -> Found | None:
        """A clause that answers a question for a value."""
        text = clause.piece.text
        kind = query.measure or (OF_KIND.get(aspects[0].key) if aspects else None)
        spans = [self._meets(t, text) for t in (outside if aspects and kind != "count" else terms)]
        if query.choice:
            chosen = self._chosen(query, terms, text)
            if chosen is None or clause.piece.denied or clause.piece.doubtful:
                return None
            spans = [chosen]
        if not all(spans):
            return None
        focus = text[spans[0][0] : spans[0][1]] if spans and spans[0] else ""
        if kind == "count":
            if not spans or not spans[0] or not counted(text, spans[0]):
                return None
            asked = CLASSIFIER.search(query.text)
            if asked and has_han(text) and asked[1] not in _ANY_CLASSIFIER and not _numbered(text, asked[1]):
                return None
        elif kind:
            units = [DIMENSIONS[k] for k in kinds_of(kind)]
            given = any(re.search(rf"\d\s*-?\s*{unit}(?![a-z])", text) for unit in units)
            if not given or not all(one_figure(text, unit) for unit in units) or rival(kind, query.text, text):
                return None
            if other_way(query.text, text) or (
                not outside and not about_it(clause.piece, clause.sentence, len(text), known)
            ):
                return None
            if kind == "duration" and not all(self._meets(t, text) or stem(t.word) in _ASKING for t in terms):
                return None
            if kind == "duration" and not terms and not _ENDURES.search(text):
                return None
        elif clause.piece.denied or (aspects and aspects[0].key in _FIGURED and not _NUMERAL.search(text)):
            return None
        if not same_scope(query.text, text) or (_AMOUNT.search(query.text) and not _NUMERAL.search(text)):
            return None
        if not aspects and _MANNER.search(query.text):
            return None
        taken = [t for t in terms if t not in outside and stem(t.word) not in _ASKING]
        if aspects and not kind and not all(self._meets(t, text) or self._names(aspects[0], t) for t in taken):
            return None
        fits = list(self._told(text, aspects))
        echo = not kind and not outside and all(_echoes(text[a:b], query.text) for a, b in fits)
        if fits and echo and not re.search(r"\d", text):
            # What only repeats the word asked tells nothing of it.
            return None
        if not kind:
            fits = [(a, b) for a, b in fits if belongs(query.text, text, a, b)]
        at = spans[0][0] if spans and spans[0] else 0
        fit = min(fits, key=lambda m: min(abs(m[0] - at), abs(m[1] - at)), default=None)
        if aspects and not fit and not (kind and spans):
            return None
        if not aspects and not terms:
            return None
        if not aspects and not kind and clause.piece.denied:
            return None
        if not outside and aspects and kind != "count" and self._about_part(text, aspects, query):
            return None
        if outside and fit and spans and spans[0] and not kind:
            low, high = min(fit[1], spans[0][1]), max(fit[0], spans[0][0])
            if JOINS.search(text[low:high]) and not VERB.search(text[low:high]):
                return None
        return Found(value=clause.sentence, sentence=True, focus=(text[fit[0] : fit[1]] if fit else "") or focus)

    def _told(self, text: str, aspects: Sequence[Aspect]) -> Iterator[tuple[int, int]]:
        """Where a clause speaks of what is asked; of what a thing is made the lexicon knows more words."""
        for aspect in aspects:
            if aspect.description is not None:
                yield from (m.span() for m in aspect.description.finditer(text))
            if aspect.key == "material":
                yield from ((m.start, m.end) for m in self._lexicon.mentions(text, ("material", "wood")))

    def _about_part(self, text: str, aspects: Sequence[Aspect], query: Query) -> bool:
        """Whether a clause speaks of a part, where the question is about the whole."""
        return any(
            is_part(t) and not self._meets(t, query.text) and not any(a.question.search(t.word) for a in aspects)
            for t in self._questions.terms(text)
        )

    @staticmethod
    def outside(query: Query, terms: Sequence[Term], aspects: Sequence[Aspect]) -> list[Term]:
        """The terms that no aspect's wording takes up."""
        spans = [m.span() for a in aspects for m in a.question.finditer(query.text)]

        def taken(term: Term) -> bool:
            # "What is the insole made of" is about material from end to end, and yet about the insole.
            inside = any(a < term.end and term.start < b for a, b in spans)
            return inside and (
                any(a.question.search(term.word) or term.word in (a.key, a.en, a.zh) for a in aspects)
                or stem(term.word) in _ASKING
                or any(b - a <= len(term.word) + 1 for a, b in spans if a < term.end and term.start < b)
            )

        return [t for t in terms if not taken(t)]

    def more(self, attribute: Attribute, terms: Sequence[Term]) -> bool:
        """Whether the attribute's key names something beside what is asked (blade length, cover removable)."""
        if has_han(attribute.key):
            rest = attribute.key
            for form in sorted((h for t in terms for h in t.han), key=len, reverse=True):
                rest = rest.replace(form, "")
            return len(rest) > 2 and len(rest) >= len(attribute.key) - 1
        label = self._lexicon.attribute_labels.get(attribute.key, ("", ""))[1]
        if label and any(label in t.han for t in terms):
            return False
        tokens = [stem(t) for t, _, _ in words(fold(re.sub(r"[_-]+", " ", attribute.key)))]
        known = (
            {s for t in terms for p in t.phrases for s in p} | _NEUTRAL | {"free", "safe", "includ", "requir", "able"}
        )
        asked = {key for term in terms for key in term.concepts}
        mentioned = self._lexicon.mentions(fold(attribute.key.replace("_", " ")))
        same = [m for m in mentioned if asked & {c.key for c in m.concepts}]
        meant = {stem(t) for m in same for t, _, _ in words(m.text)}
        return any(t not in known and t not in meant for t in tokens)


def _echoes(said: str, question: str) -> bool:
    """Whether a word of a clause is one of the question."""
    return all(any(stem(t) == stem(q) for q, _, _ in words(question)) or t in question for t, _, _ in words(said))


def _numbered(text: str, classifier: str) -> bool:
    return bool(re.search(rf"[\d一二三四五六七八九十两]\s*{classifier}(?!月|小时|星期|百分)", text))
