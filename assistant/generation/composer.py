"""What may be written of one record, sentence by sentence, for a generator that chooses among true continuations.

Knows the order of a recommendation (what was asked for, further facts, what speaks against it, the price) and how long
it may be. Every sentence it offers comes from the record and has passed the claim check. Does not know which one is
chosen, nor how: that is the generator's.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from assistant.generation.drawbacks import is_drawback
from assistant.generation.evidence import QUOTED, Evidence
from assistant.generation.facts import Facts, join_predicates, praises
from assistant.generation.grounding import ClaimChecker
from assistant.generation.phrasing import Phraser, Predicate, agree
from assistant.generation.slots import HAN, color_word
from assistant.generation.surface import content, length_of
from assistant.generation.turns import STYLES, Role, Turn, turns
from assistant.lexicon import Concept, Lexicon
from assistant.types import Constraints, ReplyLanguage

# A sentence of the description that shares so much with the request is told as the answer to it.
_ASKED_QUOTE = 1.5
_BODY_SENTENCES = 3
_BODY: frozenset[Role] = frozenset(("more", "quote", "quote.asked", "quote.fragment", "quote.foreign"))
# Offers that are held against the record at each step, at most.
_HELD = 12
# Words of English or Han characters: nothing is added above the first number, nothing goes past the second.
_LENGTHS = {
    "en": {"short": (14, 26), "medium": (26, 46), "long": (42, 65)},
    "zh": {"short": (20, 42), "medium": (38, 72), "long": (64, 100)},
}
_TURNS_OFFERED = 3
# What speaks against a product may make a text so much longer.
_ROOM = {"en": 20, "zh": 30}
_ALSO = re.compile(r"\b([Ii]t|[Tt]hey) also (is|are|can|was|were)\b")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|can|will|may|do|does|you|your|it|its|they|that|which|who|not)\b|\b\w+(?:s|ed)\b",
    re.I,
)
_LOWERED = frozenset(
    "a an the it its this these they not no only for with without in on at if one two each all both there".split()
)


@dataclass(frozen=True, slots=True)
class _Offer:
    """A sentence that may be written, and which of the description's sentences it quotes."""

    role: Role
    text: str
    pattern: str = ""
    quote: str = ""


class Composer:
    """Offers the sentences of one recommendation. Asked by one thread at a time; slots stay open."""

    def __init__(
        self,
        phraser: Phraser,
        checker: ClaimChecker,
        lexicon: Lexicon,
        evidence: Evidence,
        request: str,
        language: ReplyLanguage,
        *,
        wish: Constraints | None = None,
        price: float | None = None,
        currency: str | None = None,
        length: str = "",
        style: str = "",
        focus: str = "",
    ) -> None:
        """Take the record and the wish.

        Args:
            phraser: says attributes.
            checker: decides whether a sentence may be offered.
            lexicon: words of both languages.
            evidence: of the product.
            request: the shopper's words.
            language: of the reply.
            wish: what the conversation asks for by now, as far as it has been parsed.
            price: on the card, in major units of ``currency``, to hold against the wish's budget.
            currency: ISO 4217 code.
            length: ``short``, ``medium`` or ``long``; anything else is taken as ``medium``.
            style: ``plain`` or ``warm``; anything else leaves both.
            focus: words of what is to be told first; ``none`` for nothing.
        """
        self._phraser = phraser
        self._checker = checker
        self._lexicon = lexicon
        self._gaps = checker.gaps
        self._evidence = evidence
        self._request = request
        self._language: ReplyLanguage = language
        self._facts = Facts(phraser, evidence, request, language)
        self._foreign = [_capital(q.removeprefix(QUOTED)) for q in self._facts.foreign_quotes()]
        self._answering = {
            q for q in self._facts.quotes() if not praises(q) and phraser.score(request, q) >= _ASKED_QUOTE
        }
        bounds = _LENGTHS[language]
        self._enough, self._most = bounds.get(length, bounds["medium"])
        self._style = style if style in STYLES else ""
        self._plural = language == "en" and Phraser.is_plural(evidence)
        self._turn = zlib.crc32(evidence.product.sku.encode("utf-8", "replace"))
        self._within = self._facts.has_price and _within_budget(wish, price, currency)
        self._predicates = self._ordered(wish, "" if focus == "none" else focus)
        self._offers: dict[str, _Offer] = {}
        self._known: list[str] = []
        self._roles: list[Role] = []
        self._said: list[str] = []
        self._said_open: list[str] = []
        self._quoted: set[str] = set()
        self._put_so: set[str] = set()
        self._closing = False
        self._asked_for = False

    def __call__(self, written: str) -> Sequence[str]:
        """The sentences that may come after ``written``, the most fitting first; none where enough is said."""
        chosen = next((offer for text, offer in self._offers.items() if written.endswith(text)), None)
        if chosen is not None:
            self._take(chosen)
        space = " " if self._language == "en" else ""
        self._offers = {space + offer.text: offer for offer in self._next()}
        self._known += self._offers
        return list(self._offers)

    @property
    def complete(self) -> bool:
        """Whether enough has been said: nothing was offered any more."""
        return bool(self._said) and not self._offers

    def first(self, text: str) -> str | None:
        """The offered sentence that a text begins with, once it is there to its end.

        May be asked by another thread than the one that is offered sentences.
        """
        return next((known for known in tuple(self._known) if text.startswith(known)), None)

    # -- the order of a recommendation --------------------------------------------------------------------------------

    def _next(self) -> list[_Offer]:
        if not self._said:
            return self._fit(self._openings()) or self._fit(self._bare(), last=True) or self._last_resort()
        # What is asked for and is not so comes before anything that might please.
        if "denied" not in self._roles and (offers := self._fit(self._denied(), last=True)):
            return offers
        if not self._asked_for and len(self._said) == 1 and (offers := self._fit(self._mentioned())):
            return offers
        told = sum(role in _BODY for role in self._roles)
        goes_on = not self._closing and self._length() < self._enough and told < _BODY_SENTENCES
        if goes_on and (offers := self._fit(self._body())):
            return offers
        self._closing = True
        if not {"against", "against.foreign"} & set(self._roles) and (
            offers := self._fit(self._against(), room=_ROOM[self._language])
        ):
            return offers
        if not {"denied", "untold"} & set(self._roles) and (offers := self._fit(self._untold())):
            return offers
        return [] if any("{price}" in text for text in self._said_open) else self._fit(self._price(), last=True)

    def _take(self, offer: _Offer) -> None:
        text = self._evidence.slots.fill(offer.text)
        self._roles.append(offer.role)
        self._said_open.append(offer.text)
        self._said.append(text)
        self._quoted.add(offer.quote)
        if offer.pattern != "[q]":
            self._put_so.add(offer.pattern)
        self._facts.told(text)
        left = {p.key for p in self._facts.predicates}
        self._predicates = [p for p in self._predicates if p.key in left]

    def _fit(self, offers: Iterable[_Offer], *, last: bool = False, room: int = 0) -> list[_Offer]:
        """The offers that say something new, are short enough, and hold against the record.

        ``room`` may be taken beyond the usual length; what comes ``last`` takes what it needs.
        """
        room += self._most - self._length()
        old = set().union(*(content(text, self._language) for text in self._said)) if self._said else set()
        kept = []
        for offer in islice(offers, _HELD):
            text = self._evidence.slots.fill(offer.text)
            new = content(text, self._language)
            if not last and (_size(text, self._language) > room or len(new & old) > 0.6 * len(new)):
                continue
            if not self._checker.unsupported(text, self._evidence, self._request, self._language):
                kept.append(offer)
        return kept

    def _length(self) -> int:
        return _size(" ".join(self._said), self._language)

    # -- the sentences ------------------------------------------------------------------------------------------------

    def _openings(self) -> Iterator[_Offer]:
        asked = [p.text for p in self._predicates if p.asked][:2]
        others = [p.text for p in self._predicates if not p.asked][:4]
        identity = self._phraser.identity(self._evidence, self._language)
        self._asked_for = bool(asked)
        if asked:
            if identity and self._language == "zh":
                asked.insert(0, identity)
            further = [others[:2], others[:1], others[1:2]] if others else []
            for more in further[: len(others) + 1]:
                yield from self._put("asked.more", x=asked, y=more)
            yield from self._put("asked", x=asked)
            return
        if self._answering:
            # The description answers; the first sentence need not tell much.
            yield from self._bare()
        known = [identity] if identity else []
        combinations = [others[:2], [*others[:1], *others[2:3]], others[:1]] if len(others) > 1 else [others]
        for chosen in combinations[: 2 if known else 3]:
            if known or chosen:
                yield from self._put("first", x=[*known, *chosen])

    def _bare(self) -> Iterator[_Offer]:
        if self._facts.has_price:
            yield from self._put("bare.within" if self._within else "bare")

    def _last_resort(self) -> list[_Offer]:
        return self._fit([_Offer("bare", self._facts.last_resort())], last=True)

    def _body(self) -> Iterator[_Offer]:
        quotes = [q for q in self._facts.quotes() if q not in self._quoted and not is_drawback(q)]
        asked = [q for q in quotes if q in self._answering]
        if asked:
            for quote in asked[:2]:
                yield from self._quote("quote" if "quote.asked" in self._roles else "quote.asked", quote)
            return
        last = self._roles[-1]
        if "quote.foreign" not in self._roles:
            for quote in _telling([q for q in self._foreign if not is_drawback(q)])[:2]:
                yield from self._quote("quote.foreign", quote)
        facts = [p.text for p in self._predicates]
        if facts and (last != "more" or not quotes):
            for chosen in [facts[:2], facts[1:3]] if len(facts) > 2 else [facts[:2]]:
                yield from self._put("more", x=chosen)
        if last not in ("quote", "quote.fragment") or not facts:
            for quote in _telling(quotes)[:2]:
                whole = self._language == "zh" or quote.startswith(QUOTED) or _FINITE.search(quote)
                yield from self._quote("quote" if whole else "quote.fragment", quote)

    def _mentioned(self) -> Iterator[_Offer]:
        """What the shopper named and the record names too, where no sentence of the reply's language can tell it."""
        if self._answering:
            return
        words: dict[str, str] = {}
        for word, concept in self._gaps.mentioned(self._phraser.affirmed(self._request), self._evidence):
            if bool(HAN.search(word)) == (self._language == "zh"):
                words.setdefault(concept.key, word)
        if words:
            between = "”、“" if self._language == "zh" else "”, “"
            yield from self._put("mentioned", w=between.join(list(words.values())[:3]))

    def _against(self) -> Iterator[_Offer]:
        if not any(is_drawback(text) for text in self._said):
            for quote in [q for q in self._facts.quotes() if is_drawback(q) and not praises(q)][:2]:
                yield from self._quote("against", quote)
            for quote in [q for q in self._foreign if is_drawback(q) and not praises(q)][:1]:
                yield from self._quote("against.foreign", quote)

    def _denied(self) -> Iterator[_Offer]:
        for word, concept in self._wished():
            if self._gaps.denies(self._evidence, concept):
                yield from self._put("denied", w=word)

    def _untold(self) -> Iterator[_Offer]:
        for word, concept in self._wished():
            if self._gaps.leaves_open(self._evidence, concept):
                yield from self._put("untold", w=word)

    def _price(self) -> Iterator[_Offer]:
        if self._facts.has_price:
            yield from self._put("within" if self._within else "price")

    # -- words --------------------------------------------------------------------------------------------------------

    def _put(self, role: Role, *, x: Sequence[str] = (), y: Sequence[str] = (), w: str = "") -> Iterator[_Offer]:
        it = "they" if self._plural else "it"
        said, further = self._joined(x), self._joined(y)
        parts = {
            "x": said, "，x": said if said.startswith("是") else f"，{said}", "y": further, "w": w,
            "it": it, "It": it.capitalize(), "costs": agree("costs", self._plural),
        }  # fmt: skip
        for turn in self._turns(role):
            yield _Offer(role, _ALSO.sub(r"\1 \2 also", turn.put(parts)), turn.pattern)

    def _quote(self, role: Role, quote: str) -> Iterator[_Offer]:
        for turn in self._turns(role):
            begins = turn.pattern.startswith("[q]")
            said = quote if begins else _lowered(quote.removeprefix(QUOTED))
            yield _Offer(role, turn.put({"q": said}), turn.pattern, quote)

    def _turns(self, role: Role) -> list[Turn]:
        """Some turns of a role, none twice in a text: the same ones for the same product, others for the next."""
        priced = role in ("price", "within", "bare", "bare.within") or (self._facts.has_price and not self._within)
        fit = [t for t in turns(role, self._language, self._style) if priced or "{price}" not in t.pattern]
        fit = [t for t in fit if t.pattern not in self._put_so] or fit
        at = self._turn % len(fit) if fit else 0
        return [*fit[at:], *fit[:at]][:_TURNS_OFFERED]

    def _joined(self, predicates: Sequence[str]) -> str:
        if not predicates:
            return ""
        return "，".join(predicates) if self._language == "zh" else join_predicates(predicates)

    # -- the wish -----------------------------------------------------------------------------------------------------

    def _ordered(self, wish: Constraints | None, focus: str) -> list[Predicate]:
        """The record's predicates, those of the focus first; a colour that avoids a refused one says so."""
        out = []
        for predicate in self._facts.predicates:
            if predicate.key == "color" and wish is not None and (refused := self._avoided(wish)):
                said = f"，不是{refused}" if self._language == "zh" else f", not {refused}"
                predicate = replace(predicate, text=predicate.text + said, asked=True)
            out.append(predicate)
        if not focus:
            return sorted(out, key=lambda p: not p.asked)
        return sorted(out, key=lambda p: -self._phraser.score(focus, f"{p.key.replace('_', ' ')} {p.text}"))

    def _avoided(self, wish: Constraints) -> str | None:
        """A colour the wish refuses and the record does not have, in the reply's language."""
        for color in wish.exclude_colors:
            known = self._checker.reader.concepts(color)
            if known and self._evidence.color and not known & self._evidence.color:
                return color_word(color, self._language, self._lexicon)
        return None

    def _wished(self) -> Iterator[tuple[str, Concept]]:
        """What the request asks for that a record could tell in so many words: the word to say, and its concept."""
        for word, concept in self._gaps.named(self._phraser.affirmed(self._request)):
            own = bool(HAN.search(word)) == (self._language == "zh")
            forms = concept.zh if self._language == "zh" else concept.en
            if said := word if own else next(iter(forms), ""):
                yield said, concept


def _within_budget(wish: Constraints | None, price: float | None, currency: str | None) -> bool:
    """Whether a price keeps to the wish's limit, in the same currency; a limit without one is in the card's."""
    if wish is None or price is None or wish.price_max is None or wish.currency not in (None, currency):
        return False
    return price <= wish.price_max


def _size(text: str, language: ReplyLanguage) -> int:
    """English words, or Han characters and two for each Latin word between them."""
    return length_of(text, language) + (2 * len(_LATIN.findall(text)) if language == "zh" else 0)


def _telling(quotes: list[str]) -> list[str]:
    """Without the sentences that praise, where others are left."""
    return [q for q in quotes if not praises(q)] or quotes


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lowered(quote: str) -> str:
    """A quoted sentence as it goes on after a colon: a small word at its beginning loses its capital."""
    first = quote.split(" ", 1)[0]
    return first.lower() + quote[len(first) :] if first.lower() in _LOWERED else quote
