"""Where a record answers a question, and what it says there: yes, no, a value, or only something near.

Knows a record as statements, its attributes and the clauses of its descriptions. An answer must meet every word that
the question turns on; what meets only some of them is handed back as near, never as an answer. Says nothing itself.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from assistant.generation.replies.caution import ABOUT_A_PART, INCLUDED, INCLUSION, rests_on_little
from assistant.generation.replies.evidence import Records
from assistant.generation.replies.findings import Attribute, Clause, Found, Looked
from assistant.generation.replies.grounds import Known, modifies, speaks_of_it
from assistant.generation.replies.matching import meets
from assistant.generation.replies.polarity import affirmed, denies, pieces
from assistant.generation.replies.questions import Query, Questions, Term
from assistant.generation.replies.terms import JOINS, VERB, stem
from assistant.generation.replies.values import Values
from assistant.generation.replies.witness import Witness
from assistant.generation.replies.wording import has_han, sentences
from assistant.lexicon import Lexicon, fold, words
from assistant.types import Product

_YES = frozenset("yes true y included include 是 有 支持 可 可以 能 含 附 附带 已含 包含 赠送".split())
_NO = frozenset("no false n none not included 否 无 没有 不 不支持 不可 不可以 不能 不含 不附 不带 不包含".split())
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
_ACCESSORY = re.compile(
    r"\s(?:with|incl\w*|plus|w/|\+)\s|[,，(（]\s*(?:with|incl\w*|带|配|含|附)|\s[带配含附](?=[\u3400-\u9fff])", re.I
)
_HAVING = re.compile(r"\b(?:have|has|with|got|come)\b|[有带配]")
_HEDGED = re.compile(
    r"\b(?:only|partly|partial|limited|optional|some|up to you|varies|depends)\b|部分|选配|可选|有限|仅"
)
_ABSENT_KEY = re.compile(r"(?:^|[_ ])(?:free|no|non|without)(?:$|[_ ])|^(?:无|不含|免|非)")


class Lookup:
    """Looks questions up in products. Holds word tables only."""

    def __init__(self, lexicon: Lexicon, records: Records, witness: Witness | None = None) -> None:
        self._lexicon = lexicon
        self._records = records
        self._witness = witness
        self.questions = Questions(lexicon)
        self._values = Values(lexicon, records, self.questions)

    def look_up(self, product: Product, text: str, language: str) -> list[Looked]:
        """What the record says on each question of a message."""
        return [self._one(product, query, language) for query in self.questions.read(text)]

    def terms(self, product: Product, query: Query) -> list[Term]:
        """The terms of a question without the words for the product itself."""
        # Only the last of a path names the product: what stands under "baby" need not be one.
        leaf = product.category[-1:]
        # A pan with lid is no lid.
        titles = (_ACCESSORY.split(title)[0] for title in (product.title, product.title_in("zh")))
        own = fold(" ".join((*titles, *leaf)))
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
            found = self._polar(query, terms, attributes, clauses, language, self._values.known(product, query))
            if found:
                return Looked(query, tuple(self._careful(query, terms, product, f) for f in found), asked)
            found = self._values.find(product, query, terms, aspects, attributes, clauses, language)
            near = [replace(f, near=True) for f in found[:1]] or self._nearest(
                query, terms, attributes, clauses, language
            )
            if not near and self._witness is not None:
                near = self._witness.nearest(product, query, language)
            return Looked(
                query, tuple(near), asked if not near or not self._values.outside(query, terms, aspects) else None
            )
        found = self._values.find(product, query, terms, aspects, attributes, clauses, language)
        if query.polar:
            # Yes or no was asked, and of nothing that a record could name.
            found = [replace(f, near=True) for f in found[:1]]
        elif self._witness is not None:
            found = self._witness.heard(product, query, found, language)
        if not found:
            found = self._nearest(query, terms, attributes, clauses, language)
        if not found and self._witness is not None and (terms or aspects):
            found = self._witness.nearest(product, query, language)
        return Looked(query, tuple(found), asked, part=bool(self._values.outside(query, terms, aspects)))

    def _careful(self, query: Query, terms: Sequence[Term], product: Product, found: Found) -> Found:
        if found.verdict is None or str(found.value).lower() in _NO | {"false"}:
            return found
        told = fold(str(found.value)) if found.sentence else self._attribute(found.key, found.value).both
        little = rests_on_little(query, terms, told, f"{product.title} {product.title_in('zh')}", self._lexicon)
        return replace(found, verdict=None, near=True, plain=False) if little else found

    def _attribute(self, key: str, value: Any) -> Attribute:
        english, chinese = self._lexicon.attribute_labels.get(key, ("", ""))
        name = fold(" ".join((re.sub(r"[_-]+", " ", key), english, chinese)))
        return Attribute(key, value, name, fold(str(value)))

    def _clauses(self, product: Product, language: str) -> Iterator[Clause]:
        own = product.description_in("zh" if language == "zh" else "en")
        texts = [own, product.description, product.description_in("zh")]
        for text in dict.fromkeys(t for t in texts if t):
            for sentence in sentences(text):
                for piece in pieces(fold(sentence)):
                    yield Clause(piece, sentence)

    # -- yes or no ----------------------------------------------------------------------------------------------------

    def _polar(
        self,
        query: Query,
        terms: Sequence[Term],
        attributes: Sequence[Attribute],
        clauses: Sequence[Clause],
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

    def _flag(self, query: Query, terms: Sequence[Term], attribute: Attribute, language: str) -> Found | None:
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
            if not all(by_name) or self._values.more(attribute, terms):
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
            if _HEDGED.search(attribute.said) or self._values.more(attribute, terms):
                return replace(found, near=True, plain=False)
            present = not denied
        return found if query.denied else replace(found, verdict=present != query.absent)

    def _stated(self, query: Query, clause: Clause, spans: Sequence[tuple[int, int]], known: Known) -> Found:
        """A clause that names everything the question turns on, and whether it affirms it."""
        piece = clause.piece
        start, end = min(a for a, _ in spans), max(b for _, b in spans)
        found = Found(value=clause.sentence, sentence=True, focus=piece.text[start:end])
        apart = sorted(spans)
        for (_, b), (a, _) in itertools.pairwise(apart):
            between = piece.text[b:a] if a > b else ""
            having = " with " in between and _HAVING.search(query.text)
            if JOINS.search(between) and not VERB.search(between) and not having:
                return replace(found, near=True, plain=False)
        after = _FOLLOWS.match(piece.text, end)
        if after and _WHOLE.search(query.text) and not _LOOSE.match(after[1]):
            return replace(found, near=True, plain=False)
        if INCLUSION.search(query.text) and not INCLUDED.search(piece.text):
            return replace(found, near=True, plain=False)
        present = affirmed(piece, start, end)
        if present is None or query.denied:
            return replace(found, plain=present is not None)
        if not (present or query.absent) and any(denies(piece.text[a:b]) for a, b in spans):
            # "flicker-free" is met as a whole, and nothing is denied of it.
            return replace(found, near=True, plain=False)
        if modifies(piece.text, end, query.text):
            return replace(found, near=True, plain=False)
        if not speaks_of_it(query.text, piece, clause.sentence, (start, end), verdict=present, known=known):
            return replace(found, near=True, plain=False)
        return replace(found, verdict=present != query.absent)

    def _elliptic(self, query: Query, terms: Sequence[Term], clauses: Sequence[Clause]) -> Iterator[Found]:
        """ "The cover is washable; the core is not": no is said of the core by leaving the rest out."""
        for clause in clauses:
            if re.search(r"\b(?:is|are|does|do|can) ?n[o']t\.?$|不行[。.]?$|不可以[。.]?$", clause.piece.text.strip()):
                here = [t for t in terms if self.meets(t, clause.piece.text)]
                rest = [t for t in terms if t not in here]
                whole = fold(clause.sentence)
                if here and rest and all(self.meets(t, whole) for t in rest):
                    focus = clause.piece.text.strip()
                    yield Found(value=clause.sentence, sentence=True, focus=focus, verdict=bool(query.absent))

    # -- near ---------------------------------------------------------------------------------------------------------

    def _nearest(
        self,
        query: Query,
        terms: Sequence[Term],
        attributes: Sequence[Attribute],
        clauses: Sequence[Clause],
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
