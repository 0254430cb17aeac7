"""Sentences that say nothing but what the record says, in natural wording: what stands in where the model fails.

Knows how predicates become sentences, and which of the description's sentences can be quoted. Uses no model.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence

from assistant.generation.drawbacks import is_drawback
from assistant.generation.evidence import QUOTED, Evidence, split_sentences, squeeze
from assistant.generation.phrasing import Phraser, Predicate, agree
from assistant.generation.slots import HAN, SLOT, one_line, suspect
from assistant.types import ReplyLanguage

_DIGIT = re.compile(r"\d")
_CLAUSE = re.compile(
    r"\b(?:is|are|was|has|have|can|will|it|you|your|that|which|who|this|these|they|the \w+ \w+s)\b|\w+ed by\b", re.I
)
_PLAIN_WORD = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)*(?![\w-])")
_ASCII_COMMA = re.compile(r"(?<=[\u3400-\u9fff]),\s*|,\s*(?=[\u3400-\u9fff])")
# Sentences that praise rather than tell are quoted last.
_PUFF = re.compile(
    r"^(?:step|embark|embrace|elevate|discover|experience|indulge|transform|introducing|unleash|immerse|dive|get ready|"
    r"meet|add|bring|enjoy|make a|capture|the image|the photo|the picture)\b|\b(?:perfect|ultimate|best|must-have|"
    r"timeless|our|stunning|exquisite|elegance|sophistication)\b|完美|极致|必备|首选",
    re.I,
)
_LENGTHS = {"en": (3, 34), "zh": (6, 62)}
_SHORTEST = {"en": 2, "zh": 4}


class Facts:
    """Hands out sentences about one record, the most fitting first, none twice. Slots are open."""

    def __init__(self, phraser: Phraser, evidence: Evidence, request: str, language: ReplyLanguage) -> None:
        self._phraser = phraser
        self._evidence = evidence
        self._request = request
        self._language = language
        self._predicates = phraser.predicates(evidence, request, language)
        self._quotes = self._rank_quotes(language)
        self._warned = False
        # The same product keeps its wording; different ones get different ones.
        self._turn = zlib.crc32(evidence.product.sku.encode("utf-8", "replace")) % 3

    @property
    def has_price(self) -> bool:
        """Whether there is a price to tell."""
        return "price" in self._evidence.slots.values

    @property
    def predicates(self) -> tuple[Predicate, ...]:
        """What can be said of the attributes and has not been told, the most fitting first."""
        return tuple(self._predicates)

    def opening(self) -> str:
        """Name, what it is, and the facts that answer the request, with the price."""
        identity = self._phraser.identity(self._evidence, self._language)
        chosen = self._take(2 if identity is None else 1)
        wished = bool(chosen) and chosen[0].asked
        parts = ([identity] if identity else []) + [p.text for p in chosen]
        if self._language == "zh":
            return self._opening_zh(parts, wished, bool(identity))
        return self._opening_en(parts, wished, bool(identity))

    def _opening_en(self, parts: list[str], wished: bool, identity: bool) -> str:
        price = self.has_price
        verb = agree("costs {price}", Phraser.is_plural(self._evidence))
        if not parts:
            return f"{{name}} {verb}." if price else self.last_resort()
        if wished and len(parts) > (2 if identity else 1):
            at = 1 if identity else 0
            parts[at] += ", as you asked,"
            text = "{name} " + join_predicates(parts).replace(",,", ",")
        elif wished:
            return f"{{name}} {join_predicates(parts)}, as you asked" + (f", and {verb}." if price else ".")
        elif price and self._turn == 1 and not self._evidence.slots.values["name"].startswith("this"):
            return f"At {{price}}, {{name}} {join_predicates(parts)}."
        else:
            text = "{name} " + (join_predicates([*parts, verb]) if price else join_predicates(parts))
            return text + "."
        return f"{text}; {'they cost' if verb.startswith('cost ') else 'it costs'} {{price}}." if price else text + "."

    def _opening_zh(self, parts: list[str], wished: bool, identity: bool) -> str:
        price = ("售价{price}", "价格{price}", "标价{price}")[self._turn] if self.has_price else ""
        if wished:
            at = min(1 if identity else 0, len(parts) - 1)
            parts[at] += "，正合你的要求"
        if not parts:
            return "{name}的价格是{price}。" if price else self.last_resort()
        head = parts[0] if parts[0].startswith("是") else ("，" + parts[0])
        return "{name}" + "，".join([head, *parts[1:], *([price] if price else [])]) + "。"

    def told(self, text: str) -> None:
        """Note what a released text has said, so that it is not said again. Its slots are filled."""
        self._warned = self._warned or is_drawback(text)
        said = squeeze(text)
        concepts = self._phraser.concepts(text)
        kept = []
        for predicate in self._predicates:
            slots = [self._evidence.slots.values[s] for s in SLOT.findall(predicate.text)]
            about = self._phraser.concepts(predicate.text)
            known = any(squeeze(v) in said for v in slots) if slots else bool(about) and about <= concepts
            if not known and squeeze(predicate.text) not in said:
                kept.append(predicate)
        self._predicates = kept

    def lead(self) -> str:
        """The predicate an answer may begin with: the fact nearest to the request, marked where it was asked for."""
        if identity := self._phraser.identity(self._evidence, self._language):
            return identity
        if not self._predicates:
            plural = Phraser.is_plural(self._evidence)
            price = "售价{price}" if self._language == "zh" else agree("costs {price}", plural)
            return price if self.has_price else ""
        first = self._predicates[0]
        if not first.asked:
            return first.text
        return f"{first.text}，正合你的要求" if self._language == "zh" else f"{first.text}, as you asked,"

    def statement(self, most: int) -> str:
        """What the model is shown of the attributes: one sentence about ``{name}``, slots open, without the price."""
        identity = self._phraser.identity(self._evidence, self._language)
        parts = ([identity] if identity else []) + [p.text for p in self._predicates[: most - bool(identity)]]
        if not parts:
            return ""
        if self._language == "zh":
            return "{name}" + ("" if identity else "，") + "，".join(parts) + "。"
        return "{name} " + join_predicates(parts) + "."

    def quotes(self) -> tuple[str, ...]:
        """The description's own sentences that are fit for quoting and not yet told."""
        return tuple(self._quotes)

    def against(self) -> str | None:
        """The description's sentence that speaks against the product, unless a drawback has been told already."""
        if self._warned:
            return None
        return next((quote for quote in self._quotes if is_drawback(quote)), None)

    def more(self) -> Iterator[str]:
        """Further sentences: the description's own, then attributes not yet told."""
        while self._quotes:
            yield self._quotes.pop(0)
        while chosen := self._take(2):
            yield self._attribute_sentence([p.text for p in chosen])

    def price_sentence(self) -> str:
        """The price alone."""
        if self._language == "zh":
            return ("售价{price}。", "价格是{price}。", "标价{price}。")[self._turn]
        plural = Phraser.is_plural(self._evidence)
        return ("They cost {price}." if plural else "It costs {price}.", "The price is {price}.")[self._turn % 2]

    def last_resort(self) -> str:
        """A sentence that cannot fail the check: the name and the price, or the name alone."""
        if self._language == "zh":
            return "{name}的价格是{price}。" if self.has_price else "这里推荐的是{name}。"
        verb = agree("costs {price}", Phraser.is_plural(self._evidence))
        return f"{{name}} {verb}." if self.has_price else "The product here is {name}."

    def _attribute_sentence(self, parts: list[str]) -> str:
        if self._language == "zh":
            return "另外，" + "，".join(parts) + "。"
        plural = Phraser.is_plural(self._evidence)
        text = f"{'They' if plural else 'It'} also {join_predicates(parts)}."
        return re.sub(r"^(It|They) also (is|are|can|was|were)\b", r"\1 \2 also", text)

    def _take(self, n: int) -> list[Predicate]:
        chosen, self._predicates = self._predicates[:n], self._predicates[n:]
        return chosen

    def foreign_quotes(self) -> tuple[str, ...]:
        """As :meth:`quotes`, of a description that is in English only, for a Chinese reply."""
        if self._language == "en" or HAN.search(self._evidence.product.description_in("zh")):
            return ()
        return tuple(self._rank_quotes("en"))

    def _rank_quotes(self, language: ReplyLanguage) -> list[str]:
        """The description's sentences fit for quoting: those that answer the request first, else in their order."""
        text = one_line(self._evidence.product.description_in(language), 4000)
        fit = [s for s in split_sentences(text) if quotable(s, language)]
        near = self._phraser.nearness(self._request, fit)
        ranked = sorted((praises(s) * 1.5 - n, i, s) for i, (n, s) in enumerate(zip(near, fit, strict=True)))
        return [_closed(s, language) for _, _, s in ranked]


def praises(sentence: str) -> bool:
    """Whether a sentence sets a mood rather than tells a fact: it is quoted last, and answers nothing."""
    return bool(_PUFF.search(sentence))


def quotable(sentence: str, language: ReplyLanguage) -> bool:
    """Whether a description's sentence can stand in a reply: right language, right length, no data sheet."""
    words = re.findall(r"[A-Za-z'’-]+", sentence) if language == "en" else HAN.findall(sentence)
    low, high = _LENGTHS[language]
    # "No cushion." is short, and worth telling.
    low = min(low, _SHORTEST[language]) if is_drawback(sentence) else low
    if not low <= len(words) <= high or suspect(sentence) or re.search(r"[|{}<>•*_=\[\]]|\.\.\.", sentence):
        return False
    if language == "en" and HAN.search(sentence):
        return False
    return len(_DIGIT.findall(sentence)) <= 10 and sentence.count(",") <= 5


def join_predicates(parts: Sequence[str]) -> str:
    """English predicates as one: "is red, weighs 2 kg and has A and B"; neighbours with one verb share it."""
    merged: list[list[str]] = []
    for part in parts:
        verb, _, rest = part.partition(" ")
        if merged and merged[-1][0] == verb and verb in ("has", "have", "is", "are") and "," not in merged[-1][-1]:
            merged[-1].append(rest)
        else:
            merged.append([verb, rest])
    said = [f"{verb} {_and(rest)}" for verb, *rest in merged]
    # "has A and B and costs C" is read wrongly; a comma keeps the two verbs apart.
    loose = any(len(rest) > 1 for _, *rest in merged[:-1])
    return said[0] if len(said) == 1 else ", ".join(said[:-1]) + (", and " if loose else " and ") + said[-1]


def _and(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1]


def _closed(sentence: str, language: ReplyLanguage) -> str:
    """With an end mark and a capital."""
    sentence = sentence.strip().rstrip(",;，；:：")
    listed = sentence.count(",") >= 2 and ":" not in sentence and len(sentence.split(",")[0].split()) <= 4
    if language == "en" and listed and len(sentence.split()) <= 16 and not _CLAUSE.search(sentence):
        # A list of catchwords reads as a quotation better than as a sentence.
        sentence = QUOTED + (sentence[0].lower() + sentence[1:] if _PLAIN_WORD.match(sentence) else sentence)
    if language == "zh":
        sentence = _ASCII_COMMA.sub("，", sentence)
    if not re.search(r"[.!?。！？]['\"”’)]*$", sentence):
        sentence += "。" if language == "zh" else "."
    return sentence[:1].upper() + sentence[1:] if language == "en" else sentence
