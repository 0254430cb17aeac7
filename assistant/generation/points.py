"""What one recommendation is to say: a few points of the record, chosen for the request, in the order to say them.

Knows how a record falls into points (the title, one attribute, one clause of the description) and which of them answer
a request. Does not know how they are worded in the end: that is the model's part. The choice is code's, because a small
model that is shown a whole record says what it likes of it, and more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.generation.drawbacks import is_drawback
from assistant.generation.evidence import Evidence, split_sentences, squeeze
from assistant.generation.facts import PUFF
from assistant.generation.listing import attribute_said, title_said, without_numbers
from assistant.generation.phrasing import Phraser
from assistant.generation.slots import HAN, SLOT, color_word, one_line, suspect
from assistant.generation.vocabulary import Vocabulary, english_words, stems
from assistant.lexicon import Lexicon
from assistant.types import ReplyLanguage

COUNTS = {"short": 3, "medium": 5, "long": 7}
"""How many points a text of each length holds beside the name, the price among them."""

TITLE, PRICE, COLOR, TEXT = "title", "price", "color", "text"
_USUAL = "medium"
_DRAWBACK = re.compile(r"\b(?:drawback|downside|cons?)s?\b|缺点|不足", re.I)
_DIGIT = re.compile(r"\d")
_LABEL = re.compile(r"^[^:：{]*[:：]\s*")
_COMMA = re.compile(r"[,，]\s*")
# What leans on the clause before it is no point of its own.
_LEANS = re.compile(
    r"(?:and|or|but|so|then|it|its|they|which|that|who|while|because|if|as|not|with|for|to)\b|[也但而且并所因如不则又更]"
)
# "a thin, fast-drying line": the comma stands between two adjectives.
_OPEN_END = re.compile(r"\b(?:an?|the|and|or|very|its|with)\s+[\w-]+$|^\S+$", re.I)
_LEAST = {"en": 3, "zh": 3}
# Points in the other language have to be translated, which a small model does less well than repeating.
_FOREIGN = 0.3
_PRAISE = 1.5
_WANTED = 2.0
_UNWANTED = 0.5
# How much likelier than an attribute a writer told such a point where the request named neither (measured on the
# recommendations of the training data): what the description opens with, its other clauses, the colour.
_OPENING, _TOLD, _COLORED = 0.5, 0.1, -0.4
_USUAL_FIRST, _LATER, _AFTER = 0.25, 0.02, 0.01


@dataclass(frozen=True, slots=True)
class Point:
    """One thing a record says, slots open.

    ``about`` is an attribute's key, or ``title``, ``price``, ``color``, ``text``. ``source`` is the record's own
    wording, where it is a clause of the description.
    """

    text: str
    about: str
    source: str = ""
    drawback: bool = False


class Points:
    """Takes records apart and chooses what to say. Holds word tables only; safe to share."""

    def __init__(self, phraser: Phraser, lexicon: Lexicon) -> None:
        self._phraser = phraser
        self._lexicon = lexicon
        self._vocabulary = Vocabulary.load()

    def of(self, evidence: Evidence, language: ReplyLanguage) -> list[Point]:
        """Everything a record offers to be said: the title first, the price last, the rest as the record has it."""
        product = evidence.product
        out = [Point(f"{{name}}: {title_said(product, language, evidence)}".rstrip(": "), TITLE)]
        if product.color and not _DIGIT.search(product.color):
            out.append(Point(color_word(product.color, language, self._lexicon) or one_line(product.color, 20), COLOR))
        for key, value in product.attributes.items():
            if said := attribute_said(key, value, evidence, language, self._lexicon):
                out.append(Point(said, key, drawback=is_drawback(said)))
        known = {squeeze(p.text) for p in out}
        out += [p for p in _clauses(evidence, language) if squeeze(p.text) not in known]
        if PRICE in evidence.slots.values:
            out.append(Point("{price}", PRICE))
        return out

    def chosen(
        self, evidence: Evidence, request: str, language: ReplyLanguage, *, length: str = _USUAL, focus: str = ""
    ) -> list[Point]:
        """What one text is to say: the title, what answers request and focus best, a drawback if any, the price.

        Args:
            evidence: of the product.
            request: the shopper's words.
            language: of the text.
            length: ``short``, ``medium`` or ``long``; anything else is medium.
            focus: what to dwell on, in a few words.
        """
        every = self.of(evidence, language)
        order = {p.key: n for n, p in enumerate(self._phraser.predicates(evidence, request, language))}
        first = next((n for n, p in enumerate(every) if p.about == TEXT), -1)
        against_wanted = bool(_DRAWBACK.search(focus))

        def worth(number: int) -> float:
            point = every[number]
            told = point.text if point.about in (TEXT, COLOR) else f"{point.about.replace('_', ' ')} {point.text}"
            score = self._phraser.score(request, told) + self._phraser.score(focus, told)
            score -= _FOREIGN * (bool(HAN.search(point.text)) != (language == "zh") and point.about == TEXT)
            score -= _PRAISE * bool(PUFF.search(point.text))
            if point.drawback:
                score += _WANTED if against_wanted else -_UNWANTED
            # What has a phrasing of its own is what shoppers of such things ask for, the most usual first.
            usual = max(_USUAL_FIRST - _LATER * order[point.about], 0.0) if point.about in order else 0.0
            if point.about == COLOR:
                usual = _COLORED
            elif point.about == TEXT:
                usual = _OPENING if number == first else _TOLD
            return score + usual - _AFTER * number

        body = [n for n, p in enumerate(every) if p.about not in (TITLE, PRICE)]
        price = [n for n, p in enumerate(every) if p.about == PRICE]
        room = COUNTS.get(length, COUNTS[_USUAL]) - len(price)
        ranked = self._new(every, sorted(body, key=worth, reverse=True))
        taken = ranked[:room]
        if length != "short" and not any(every[n].drawback for n in taken):
            against = [n for n in ranked[room:] if every[n].drawback][:1]
            taken = [*taken[: room - len(against)], *against]
        # What speaks for the product comes first, in the order of its worth; what speaks against it comes last.
        taken.sort(key=lambda n: every[n].drawback)
        return [every[0], *(every[n] for n in taken), *(every[n] for n in price)]

    def marks(self, text: str) -> set[str]:
        """What a text tells: concepts, which both languages share, the slots, and the stems of English words."""
        bare = SLOT.sub(" ", text)
        words = {w for w, _, _ in english_words(bare) if len(w) > 2 and not self._vocabulary.allows(w)}
        return {min(stems(w), key=len) for w in words} | self._phraser.concepts(bare) | set(SLOT.findall(text))

    def _new(self, every: Sequence[Point], ranked: Sequence[int]) -> list[int]:
        """Without the points that only say again what those before them, or the title, have said."""
        said = self.marks(every[0].text)
        kept = []
        for n in ranked:
            # "material: leather" says nothing that "made of leather" has not said.
            marks = self.marks(_LABEL.sub("", every[n].text) if every[n].about != TEXT else every[n].text)
            if not marks or not marks <= said:
                kept.append(n)
                said |= self.marks(every[n].text)
        return kept


def shown(points: Sequence[Point], language: ReplyLanguage) -> str:
    """The points as a prompt shows them: one line, a drawback marked as one."""
    mark = "不足：" if language == "zh" else "drawback: "
    texts = [(mark if p.drawback else "") + p.text.rstrip(".。;；!！ ") for p in points]
    return "; ".join(texts) + "."


def _clauses(evidence: Evidence, language: ReplyLanguage) -> Iterator[Point]:
    """The clauses of the description, their numbers as slots; what holds a number that is no slot is left out."""
    for sentence in split_sentences(one_line(evidence.product.description_in(language), 4000)):
        for clause in [] if suspect(sentence) else _split(sentence):
            text = (without_numbers(clause, evidence) or "").strip(" .。;；!！,，")
            if _size(text) >= 2:
                yield Point(text, TEXT, clause, is_drawback(text))


def _split(sentence: str) -> list[str]:
    """A sentence at its commas, but for clauses that lean on another one or are too short to stand alone."""
    out: list[str] = []
    rest = 0
    for comma in _COMMA.finditer(sentence):
        before, after = sentence[rest : comma.start()], sentence[comma.end() :]
        least = _LEAST["zh" if HAN.search(before) else "en"]
        following = _COMMA.split(after)[0]
        if _LEANS.match(after) or _OPEN_END.search(before) or min(_size(before), _size(following)) < least:
            continue
        out.append(before)
        rest = comma.end()
    return [*out, sentence[rest:]]


def _size(text: str) -> int:
    """Words of English, characters of Chinese; a slot is one."""
    bare = SLOT.sub("slot" if not HAN.search(text) else "字", text)
    return len(HAN.findall(bare)) if HAN.search(bare) else len(bare.split())
