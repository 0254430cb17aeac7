"""Where a record answers a question, and what it says there: yes, no, a value, or only something near.

Knows a record as statements, its attributes and the clauses of its descriptions. An answer must meet every word that
the question turns on; what meets only some of them is handed back as near, never as an answer. Says nothing itself.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.generation.replies.caution import ABOUT_A_PART, INCLUDED, INCLUSION, rests_on_little
from assistant.generation.replies.evidence import Aspect, Records
from assistant.generation.replies.grounds import Known, modifies, speaks_of_it
from assistant.generation.replies.matching import is_part, meets
from assistant.generation.replies.measures import CLASSIFIER, COUNT, DIMENSIONS, OF_KIND, counted, kinds_of, measured
from assistant.generation.replies.polarity import Piece, affirmed, pieces
from assistant.generation.replies.questions import Query, Questions, Term
from assistant.generation.replies.scope import one_figure, same_scope
from assistant.generation.replies.terms import stem
from assistant.generation.replies.wording import has_han, sentences
from assistant.lexicon import Lexicon, fold, words
from assistant.types import Product

_YES = frozenset("yes true y included include 是 有 支持 可 可以 能 含 附 附带 已含 包含 赠送".split())
_NO = frozenset("no false n none not included 否 无 没有 不 不支持 不可 不可以 不能 不含 不附 不带 不包含".split())
_NEUTRAL = frozenset(
    "total net max maximum min minimum overall item product approx approximat rat rating level type class size number "
    "of the per unit gross actual nominal usable recommend standard is has with in by g kg cm mm l ml w h hour v "
    "weight height length width depth diamet thickn capacity volume load age time life range range limit output"
    " input".split()
)
_WHOLE = re.compile(
    r"\b(?:is|are) (?:it|this|that|they|these|those|the)\b|\b(?:have|has|come|comes|include|there)\b|\bgot\b"
)
_FOLLOWS = re.compile(r"[\s-]+([a-z]+)")
_LOOSE = re.compile(
    r"(?:and|or|but|with|for|in|on|at|to|of|from|by|as|is|are|was|has|have|can|will|that|which|when|while|so|up"
    r"|down|it|"
    r"its|the|a|an|not|per|only|included|supplied|needed|required|supported|inside|outside|each|also|too|fully|built|"
    r"ready|safe|friendly|function|functions|feature|features|mode|modes|design|construction|technology|support|"
    r"protection|system|type|version|free|proof|resistant|compatible|able|tested|sealed|made|sold|works?|goes|comes?|"
    r"fits?|keeps?|lasts?|runs?|holds?|takes?|between|against|over|under|after|before|during|without|than|\w+ly)$"
)
_JOINS = re.compile(r"\s(?:and|with|or|plus)\s|,|、|和|及|与|以及|，")
_HAVING = re.compile(r"\b(?:have|has|with|got|come)\b|[有带配]")
_VERB = re.compile(r"\b(?:is|are|has|have|can|works?|fits?|goes|comes?|does|do|be|cannot|will)\b|是|为|可|能|不|均|都")
_HEDGED = re.compile(
    r"\b(?:only|partly|partial|limited|optional|some|up to you|varies|depends)\b|部分|选配|可选|有限|仅"
)
_ABSENT_KEY = re.compile(r"(?:^|[_ ])(?:free|no|non|without)(?:$|[_ ])|^(?:无|不含|免|非)")


@dataclass(frozen=True, slots=True)
class Found:
    """What the record holds on one question.

    ``verdict`` is set where yes or no may be said. ``near`` marks what meets the question only in part. ``value`` is an
    attribute's value as recorded, or a sentence of the description (``sentence``); ``focus`` its words that answer.
    """

    label: str = ""
    value: Any = None
    key: str = ""
    sentence: bool = False
    focus: str = ""
    verdict: bool | None = None
    near: bool = False
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Looked:
    """The findings on one question, best first, and the question; ``asked`` names the aspect where that is known."""

    query: Query
    findings: tuple[Found, ...] = ()
    asked: str | None = None
    part: bool = False


@dataclass(frozen=True, slots=True)
class _Attribute:
    key: str
    value: Any
    name: str
    said: str

    @property
    def both(self) -> str:
        return f"{self.said} {self.name}"


@dataclass(frozen=True, slots=True)
class _Clause:
    piece: Piece
    sentence: str


class Lookup:
    """Looks questions up in products. Holds word tables only."""

    def __init__(self, lexicon: Lexicon, records: Records) -> None:
        self._lexicon = lexicon
        self._records = records
        self.questions = Questions(lexicon)

    def look_up(self, product: Product, text: str, language: str) -> list[Looked]:
        """What the record says on each question of a message."""
        return [self._one(product, query, language) for query in self.questions.read(text)]

    def terms(self, product: Product, query: Query) -> list[Term]:
        """The terms of a question without the words for the product itself."""
        # Only the last of a path names the product: what stands under "baby" need not be one.
        leaf = product.category[-1:]
        own = fold(" ".join((product.title, product.title_in("zh"), *leaf)))
        kinds = {c.key for m in self._lexicon.mentions(own, ("product",)) for c in m.concepts}
        kinds |= {c.key for part in leaf for c in self._lexicon.named(part)}
        ends = (fold(product.title), fold(product.title_in("zh")), *(fold(c) for c in leaf))
        heads = {stem(t) for e in ends for t, _, _ in words(e)[-1:]}
        brand = fold(product.brand or "")
        names = {stem(t) for t, _, _ in words(brand)} if brand and brand in query.text else set()
        out = []
        for term in query.terms:
            if not term.number:
                if term.concepts & kinds:
                    continue
                forms = [stem(t) for t, _, _ in words(term.word)]
                if forms and not has_han(term.word) and all(f in heads | names for f in forms):
                    continue
                if has_han(term.word) and self._is_type(term, product, query, ends):
                    continue
                if not has_han(term.word) and self._pointed_at(term, product, query):
                    continue
            out.append(term)
        return out

    @staticmethod
    def _is_type(term: Term, product: Product, query: Query, ends: Sequence[str]) -> bool:
        bare = {term.word, term.word[:-1] if term.word[-1] in "子儿" and len(term.word) == 2 else term.word}
        if any(e.endswith(w) for w in bare for e in ends):
            return True
        # 这个锅: the word after "this" names the product, unless it is a part that the record speaks of.
        pointed = re.search(rf"[这那该本][个款件双把台条只套支张盒瓶辆部种副]?{re.escape(term.word)}", query.text)
        told = fold(product.description + product.description_in("zh") + " ".join(map(str, product.attributes)))
        return bool(pointed) and term.word not in told

    @staticmethod
    def _pointed_at(term: Term, product: Product, query: Query) -> bool:
        pointed = re.search(rf"\b(?:this|these|that|those) {re.escape(term.word)}\b", query.text)
        return bool(pointed) and stem(term.word) not in {stem(t) for t, _, _ in words(fold(product.description))}

    def meets(self, term: Term, text: str) -> tuple[int, int] | None:
        """Where a folded text names a term; ``None`` where it does not."""
        return meets(term, text, self._lexicon)

    # -- one question -------------------------------------------------------------------------------------------------

    def _one(self, product: Product, query: Query, language: str) -> Looked:
        terms = self.terms(product, query)
        aspects = self._records.asked(query.text)
        asked = aspects[0].name(language) if aspects else None
        attributes = [self._attribute(k, v) for k, v in self._records.shown(product).items()]
        clauses = list(self._clauses(product, language))
        if query.polar and terms:
            found = self._polar(query, terms, attributes, clauses, language, self._known(product, query))
            if found:
                return Looked(query, tuple(self._careful(query, terms, product, f) for f in found), asked)
            found = self._value(product, query, terms, aspects, attributes, clauses, language)
            near = [replace(f, near=True) for f in found[:1]] or self._nearest(
                query, terms, attributes, clauses, language
            )
            return Looked(query, tuple(near), asked if not near or not self._outside(query, terms, aspects) else None)
        found = self._value(product, query, terms, aspects, attributes, clauses, language)
        if not found:
            found = self._nearest(query, terms, attributes, clauses, language)
        return Looked(query, tuple(found), asked, part=bool(self._outside(query, terms, aspects)))

    def _careful(self, query: Query, terms: Sequence[Term], product: Product, found: Found) -> Found:
        if found.verdict is None or str(found.value).lower() in _NO | {"false"}:
            return found
        told = fold(str(found.value)) if found.sentence else self._attribute(found.key, found.value).both
        little = rests_on_little(query, terms, told, f"{product.title} {product.title_in('zh')}", self._lexicon)
        return replace(found, verdict=None, near=True, plain=False) if little else found

    def _attribute(self, key: str, value: Any) -> _Attribute:
        english, chinese = self._lexicon.attribute_labels.get(key, ("", ""))
        name = fold(" ".join((re.sub(r"[_-]+", " ", key), english, chinese)))
        return _Attribute(key, value, name, fold(str(value)))

    def _clauses(self, product: Product, language: str) -> Iterator[_Clause]:
        own = product.description_in("zh" if language == "zh" else "en")
        texts = [own, product.description, product.description_in("zh")]
        for text in dict.fromkeys(t for t in texts if t):
            for sentence in sentences(text):
                for piece in pieces(fold(sentence)):
                    yield _Clause(piece, sentence)

    @staticmethod
    def _outside(query: Query, terms: Sequence[Term], aspects: Sequence[Aspect]) -> list[Term]:
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

    # -- yes or no ----------------------------------------------------------------------------------------------------

    def _polar(
        self,
        query: Query,
        terms: Sequence[Term],
        attributes: Sequence[_Attribute],
        clauses: Sequence[_Clause],
        language: str,
        known: Known,
    ) -> list[Found]:
        out: list[Found] = []
        for attribute in attributes:
            if found := self._flag(query, terms, attribute, language):
                out.append(found)
        for clause in clauses:
            spans = [self.meets(t, clause.piece.text) for t in terms]
            if all(spans):
                out.append(self._stated(query, clause, [s for s in spans if s], known))
        out += self._elliptic(query, terms, clauses)
        said = {f.verdict for f in out if f.verdict is not None}
        if len(said) == 1:
            # What is said plainly decides; the rest may speak of something else.
            return sorted((f for f in out if f.verdict is not None), key=lambda f: f.sentence)[:1]
        if len(said) > 1:
            return [replace(f, verdict=None, plain=False) for f in out if f.verdict is not None][:2]
        return [replace(f, near=not f.plain) for f in out[:1]]

    def _flag(self, query: Query, terms: Sequence[Term], attribute: _Attribute, language: str) -> Found | None:
        """An attribute that names everything the question turns on, and whether it holds."""
        by_name = [self.meets(t, attribute.name) for t in terms]
        by_value = [self.meets(t, attribute.said) for t in terms]
        if not all(a or b for a, b in zip(by_name, by_value, strict=True)):
            return None
        if not any(by_name) and not any(by_value):
            return None
        label, value = self._records.label(attribute.key, language), attribute.value
        found = Found(label, value, attribute.key)
        if INCLUSION.search(query.text) and not isinstance(value, bool) and not INCLUDED.search(attribute.both):
            # "bulb: E14" and "storage: memory card up to 256 GB" say which, not whether it is in the box.
            return replace(found, near=True, plain=False)
        word = attribute.said.strip(" .。")
        if isinstance(value, bool) or word in _YES | _NO:
            holds = value if isinstance(value, bool) else word in _YES
            if not all(by_name) or self._more(attribute, terms):
                return replace(found, near=True, plain=False)
            present = holds != bool(_ABSENT_KEY.search(attribute.name.strip()))
        elif any(b and not a for a, b in zip(by_name, by_value, strict=True)):
            piece = next(iter(p for p in pieces(attribute.said) if any(self.meets(t, p.text) for t in terms)), None)
            if piece is None or _HEDGED.search(attribute.said):
                return replace(found, near=True, plain=False)
            at = next((s for t in terms if (s := self.meets(t, piece.text))), (0, 0))
            verdict = affirmed(piece, *at)
            if verdict is None:
                return replace(found, near=True, plain=False)
            present = verdict
        else:
            if ABOUT_A_PART.search(query.text):
                # "filling: feather" says which it is, not that it is down.
                return replace(found, near=True, plain=False)
            first = pieces(attribute.said)
            denied = any(p.denied for p in first) or word in _NO
            if _HEDGED.search(attribute.said) or self._more(attribute, terms):
                return replace(found, near=True, plain=False)
            present = not denied
        return found if query.denied else replace(found, verdict=present != query.absent)

    def _more(self, attribute: _Attribute, terms: Sequence[Term]) -> bool:
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
        meant = {stem(t) for m in self._lexicon.mentions(fold(attribute.key.replace("_", " "))) for t, _, _ in words(m.text)  # noqa: E501
                 if any(t2.concepts & {c.key for c in m.concepts} for t2 in terms)}  # fmt: skip
        return any(t not in known and t not in meant for t in tokens)

    def _stated(self, query: Query, clause: _Clause, spans: Sequence[tuple[int, int]], known: Known) -> Found:
        """A clause that names everything the question turns on, and whether it affirms it."""
        piece = clause.piece
        start, end = min(a for a, _ in spans), max(b for _, b in spans)
        found = Found(value=clause.sentence, sentence=True, focus=piece.text[start:end])
        apart = sorted(spans)
        for (_, b), (a, _) in itertools.pairwise(apart):
            between = piece.text[b:a] if a > b else ""
            having = " with " in between and _HAVING.search(query.text)
            if _JOINS.search(between) and not _VERB.search(between) and not having:
                return replace(found, near=True, plain=False)
        after = _FOLLOWS.match(piece.text, end)
        if after and _WHOLE.search(query.text) and not _LOOSE.match(after[1]):
            return replace(found, near=True, plain=False)
        if INCLUSION.search(query.text) and not INCLUDED.search(piece.text):
            return replace(found, near=True, plain=False)
        present = affirmed(piece, start, end)
        if present is None or query.denied:
            return replace(found, plain=present is not None)
        if modifies(piece.text, end, query.text):
            return replace(found, near=True, plain=False)
        if not speaks_of_it(query.text, piece, clause.sentence, (start, end), verdict=present, known=known):
            return replace(found, near=True, plain=False)
        return replace(found, verdict=present != query.absent)

    def _known(self, product: Product, query: Query) -> Known:
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
            if any(self.meets(t, word) for t in query.terms):
                return True
            return any(c.key in kinds for c in self._lexicon.named(word))

        return known

    def _elliptic(self, query: Query, terms: Sequence[Term], clauses: Sequence[_Clause]) -> Iterator[Found]:
        """ "The cover is washable; the core is not": no is said of the core by leaving the rest out."""
        for clause in clauses:
            if re.search(r"\b(?:is|are|does|do|can) ?n[o']t\.?$|不行[。.]?$|不可以[。.]?$", clause.piece.text.strip()):
                here = [t for t in terms if self.meets(t, clause.piece.text)]
                rest = [t for t in terms if t not in here]
                whole = fold(clause.sentence)
                if here and rest and all(self.meets(t, whole) for t in rest):
                    focus = clause.piece.text.strip()
                    yield Found(value=clause.sentence, sentence=True, focus=focus, verdict=bool(query.absent))

    # -- values -------------------------------------------------------------------------------------------------------

    def _value(
        self,
        product: Product,
        query: Query,
        terms: Sequence[Term],
        aspects: Sequence[Aspect],
        attributes: Sequence[_Attribute],
        clauses: Sequence[_Clause],
        language: str,
    ) -> list[Found]:
        outside = self._outside(query, terms, aspects)
        whole: list[tuple[float, Found]] = []
        general: list[tuple[float, Found]] = []
        for order, attribute in enumerate(attributes):
            found = Found(self._records.label(attribute.key, language), attribute.value, attribute.key)
            if isinstance(attribute.value, bool):
                continue
            named = [self.meets(t, attribute.name) for t in terms]
            valued = [self.meets(t, attribute.said) or (query.choice and self.meets(t, attribute.both)) for t in terms]
            rank = next((i for i, a in enumerate(aspects) if self._fits(a, attribute)), None)
            kind = query.measure or (OF_KIND.get(aspects[rank].key) if rank is not None else None)
            if _AMOUNT.search(query.text) and not _NUMERAL.search(attribute.said):
                continue
            if kind and not measured(kind, attribute.key, attribute.value, query):
                continue
            if not same_scope(query.text, attribute.both):
                general.append((0.5, found))
                continue
            every = all(a or b for a, b in zip(named, valued, strict=True))
            if kind == "count" and (asked := CLASSIFIER.search(query.text)):
                if _numbered(attribute.said, asked[1]):
                    whole.append((2.5, found))
                    continue
                if not any(named) and rank is None:
                    continue
            if (terms and any(named) and every) or (query.choice and sum(map(bool, valued)) == 1):
                more = self._more(attribute, terms) and rank is None
                (general if more else whole).append((2 + sum(map(bool, named)) - 0.01 * order, found))
            elif rank is not None:
                met = all(self.meets(t, attribute.name) or self.meets(t, attribute.said) for t in outside)
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
            if value not in (None, "") and not outside and not query.measure and not self._asks_else(query, aspects, [aspect]):
                whole.append((3, Found(aspect.name(language), value, key)))
        if query.absent:
            # "How heavy is it without the stand" is not answered by the weight with it.
            general += [one for one in whole if not _LEFT_OUT.search(fold(f"{one[1].key} {one[1].value}"))]
            whole = [one for one in whole if one not in general]
        if whole:
            ranked = [f for _, f in sorted(whole, key=lambda one: -one[0])]
            best = max(score for score, _ in whole)
            return ranked[: 2 if best < 2 and not query.measure and len(aspects) and aspects[0].key in _PAIRS else 1]
        quoted = [f for c in clauses if (f := self._quote(query, terms, outside, aspects, c))]
        if quoted:
            return [max(quoted, key=lambda f: len(f.focus) > 0)][:1]
        if general:
            return [replace(max(general, key=lambda one: one[0])[1], near=True)]
        return []

    def _told_by(self, term: Term, attribute: _Attribute, aspect: Aspect) -> bool:
        """Whether an attribute of an aspect is for a word of the question that belongs to the aspect.

        The first attribute of an aspect is what the aspect is about; of the others one has to be named: allergens tell
        of ingredients, and nothing of sugar.
        """
        first = attribute.key in (aspect.key, aspect.attributes[0]) or term.word in (aspect.key, aspect.en, aspect.zh)
        return first or stem(term.word) in _ASKING or bool(self.meets(term, attribute.both))

    @staticmethod
    def _asks_else(query: Query, aspects: Sequence[Aspect], fitting: Sequence[Aspect]) -> bool:
        """Whether the question speaks of another aspect than those that an attribute is for ("what age is it rated")."""
        spans = [m.span() for a in fitting for m in a.question.finditer(query.text)]
        return any(
            not any(a < m.end() and m.start() < b for a, b in spans)
            for other in aspects
            if other not in fitting
            for m in other.question.finditer(query.text)
        )

    def _fits(self, aspect: Aspect, attribute: _Attribute) -> bool:
        """Whether an attribute is one that answers questions of an aspect."""
        if attribute.key in aspect.attributes or aspect.key == attribute.key:
            return True
        if has_han(attribute.key):
            return bool(aspect.question.search(fold(attribute.key)) or aspect.zh in attribute.key)
        tokens = {stem(t) for t, _, _ in words(fold(re.sub(r"[_-]+", " ", attribute.key)))}
        return stem(aspect.key) in tokens or bool(
            {stem(t) for t in aspect.en.split()} & tokens - _NEUTRAL and len(tokens) == 1
        )

    def _foreign(self, attribute: _Attribute, aspect: Aspect, query: Query) -> bool:
        """Whether an attribute of the right kind is about a part that the question does not name."""
        if attribute.key in aspect.attributes and "_" not in attribute.key:
            return False
        name = attribute.key if has_han(attribute.key) else re.sub(r"[_-]+", " ", attribute.key)
        parts = [
            t for t in self.questions.terms(fold(name)) if not aspect.question.search(t.word) and t.word not in _NEUTRAL
        ]
        parts = [t for t in parts if stem(t.word) != stem(aspect.key) and t.word != aspect.zh and t.word != aspect.en]
        return any(not self.meets(t, query.text) for t in parts)

    def _quote(
        self, query: Query, terms: Sequence[Term], outside: Sequence[Term], aspects: Sequence[Aspect], clause: _Clause
    ) -> Found | None:
        """A clause that answers a question for a value."""
        text = clause.piece.text
        kind = query.measure or (OF_KIND.get(aspects[0].key) if aspects else None)
        spans = [self.meets(t, text) for t in (outside if aspects and kind != "count" else terms)]
        if query.choice:
            spans = [s for s in spans if s]
            if len(spans) != 1 or clause.piece.denied or clause.piece.doubtful:
                return None
        if not all(spans):
            return None
        focus = text[spans[0][0] : spans[0][1]] if spans and spans[0] else ""
        if kind == "count":
            if not spans or not spans[0] or not counted(text, spans[0]):
                return None
            asked = CLASSIFIER.search(query.text)
            if asked and has_han(text) and asked[1] not in _ANY_CLASSIFIER and not _numbered(text, asked[1]):
                return None
        elif kind and not any(re.search(rf"\d\s*-?\s*{DIMENSIONS[k]}(?![a-z])", text) for k in kinds_of(kind)):
            return None
        elif kind and not all(one_figure(text, DIMENSIONS[k]) for k in kinds_of(kind)):
            return None
        if not same_scope(query.text, text) or (_AMOUNT.search(query.text) and not _NUMERAL.search(text)):
            return None
        if not aspects and _MANNER.search(query.text):
            return None
        fits = list(self._told(text, aspects))
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
            if _JOINS.search(text[low:high]) and not _VERB.search(text[low:high]):
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
            is_part(t) and not self.meets(t, query.text) and not any(a.question.search(t.word) for a in aspects)
            for t in self.questions.terms(text)
        )

    # -- near ---------------------------------------------------------------------------------------------------------

    def _nearest(
        self,
        query: Query,
        terms: Sequence[Term],
        attributes: Sequence[_Attribute],
        clauses: Sequence[_Clause],
        language: str,
    ) -> list[Found]:
        """What meets at least half of the words asked; what meets none is of no help."""
        if not terms:
            return []
        best: tuple[float, Found] | None = None
        weight = [0.5 if t.number else 1.0 for t in terms]
        for attribute in attributes:
            if isinstance(attribute.value, bool) and not query.polar:
                continue
            hit = [bool(self.meets(t, attribute.name) or self.meets(t, attribute.said)) for t in terms]
            score = sum(w for w, h in zip(weight, hit, strict=True) if h) / sum(weight)
            if score >= 0.5 and (best is None or score > best[0]):
                label = self._records.label(attribute.key, language)
                best = (score, Found(label, attribute.value, attribute.key, near=True, plain=False))
        for clause in clauses:
            spans = [self.meets(t, clause.piece.text) for t in terms]
            score = sum(w for w, s in zip(weight, spans, strict=True) if s) / sum(weight)
            if score >= 0.5 and (best is None or score > best[0]):
                at = next(s for s in spans if s)
                focus = clause.piece.text[at[0] : at[1]]
                best = (score, Found(value=clause.sentence, sentence=True, focus=focus, near=True, plain=False))
        return [best[1]] if best else []


_AMOUNT = re.compile(r"\bhow (?:much|many)\b|多少")
_NUMERAL = re.compile(rf"\d|\b{COUNT}\b|[一二三四五六七八九十两双半]")
# How to do a thing and why it is so, no clause tells by naming it.
_MANNER = re.compile(r"\bwhy\b|\bhow (?:do|does|can|to|should|did|is|are|would)\b|怎么|如何|怎样|为什么|为何|为啥")
_ANY_CLASSIFIER = "个把件支只条"


def _numbered(text: str, classifier: str) -> bool:
    return bool(re.search(rf"[\d一二三四五六七八九十两]\s*{classifier}", text))


_ASKING = frozenset("last run burn keep stay go weigh hold carry support measur charg take bear stand cost".split())
_LEFT_OUT = re.compile(r"\bwithout\b|\bexcl|\bfree\b|\bbody only\b|不含|不带|无")
_PAIRS = frozenset("washable noise waterproof power ingredients included dimensions battery".split())
