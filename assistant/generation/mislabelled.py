"""Words that are told as another attribute's value than the record has them for: "comes in USB-C", 材质是渐变紫.

Knows how attributes with words for a value are said (the table of phrasings, read backwards) and what such a value may
run up to. A word is only out of place where the record has the attribute it is told of, with another value, and the
word as the value of another one. Decides nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assistant.generation.evidence import Evidence, EvidenceReader, Unit, marks, squeeze
from assistant.generation.frames import Frame
from assistant.generation.slots import bare_key, localise
from assistant.lexicon import Lexicon
from assistant.types import ReplyLanguage

_OPENING = re.compile(r"^(?:has|is|have|are)\b\s*(?:an?\b\s*)?")
_VERB = re.compile(r"^([a-z]{3,})s\b")
_VALUE_EN = r"(?P<v>[^,;:.!?“”\"]{2,40}?)"
_VALUE_ZH = r"(?P<v>[^，。；：、！？,;:.“”]{1,14})"
_END_EN = r"(?=[,;:.!?“”]|\s+(?:and|with|for|but|which|that|so|plus|,)\b|$)"
_END_ZH = r"(?=[，。；：、,;:.]|$)"
_HAS = r"\b(?:has|have|with)\s+(?:an?\s+|its\s+)?"
# "Comes in": of a colour; a thing may come in a box or in three sizes.
_COLOR = Frame("comes in {v}", "颜色是{v}")
_NO_VALUE = frozenset(("text", "title", "type", "brand"))
_ABOUT = re.compile(r"^(?:sizes?|this|one|an?|the|its|two|three|four|many|several)\b", re.I)


@dataclass(frozen=True, slots=True)
class _Said:
    """What finds the value of a phrasing, and what has to stand in a text for it to be looked for."""

    pattern: re.Pattern[str]
    needle: str


class Mislabelled:
    """Finds words that a sentence gives to another attribute. Safe to share between threads."""

    def __init__(self, frames: Mapping[str, Frame], reader: EvidenceReader, lexicon: Lexicon) -> None:
        """Take the phrasings, what tells the concepts of a text, and what names colours in the other language."""
        self._reader = reader
        self._lexicon = lexicon
        self._said: dict[tuple[str, str], list[_Said]] = {}
        for key, frame in (*frames.items(), ("color", _COLOR)):
            for language, phrase in (("en", frame.en), ("zh", frame.zh)):
                if (said := _said(phrase, language)) is not None:
                    self._said.setdefault((language, key), []).append(said)

    def misnamed(self, text: str, evidence: Evidence, language: ReplyLanguage) -> Iterator[tuple[int, int, str]]:
        """The values that the record has of another attribute: ``(start, end, what the record says)``.

        Args:
            text: the sentence, its values shown.
            evidence: of the product.
            language: of the reply.
        """
        low = text.lower()
        own = [unit for unit in evidence.units if unit.about not in _NO_VALUE and unit.text]
        told: dict[tuple[int, int], list[Unit]] = {}
        for unit in own:
            for key in {unit.about, bare_key(unit.about)}:
                for said in self._said.get((language, key), ()):
                    for m in said.pattern.finditer(text) if said.needle in low else ():
                        told.setdefault(m.span("v"), []).append(unit)
        for (start, end), rivals in told.items():
            value = text[start:end].strip()
            if _ABOUT.match(value) or any(self._agrees(value, unit, language) for unit in rivals):
                continue
            if any(self._holds(value, u) for u in own if u not in rivals) and not _told(value, start, text, evidence):
                yield start, end, rivals[0].text.split(" ; ")[0]

    def _agrees(self, value: str, unit: Unit, language: ReplyLanguage) -> bool:
        return (
            bool(self._reader.about(value) & self._reader.about(_values(unit)))
            or bool(self._reader.concepts(value) & unit.concepts)
            or (unit.about == "color" and value == localise(unit.text, language, self._lexicon, key="color"))
        )

    def _holds(self, value: str, unit: Unit) -> bool:
        """Whether an attribute has all of a value."""
        theirs = _values(unit)
        said, concepts = marks(value), self._reader.concepts(value)
        return (bool(said) and said <= marks(theirs)) or (bool(concepts) and concepts <= self._reader.concepts(theirs))


def _values(unit: Unit) -> str:
    """The value of an attribute in both languages, without its labels and phrasings."""
    first, *others = unit.text.split(" ; ")
    value = first.partition(": ")[2] or first
    return " ; ".join((value, *(other for other in others if value not in other)))


def _told(value: str, start: int, text: str, evidence: Evidence) -> bool:
    """Whether a text of the record has the value behind the same word."""
    before = re.search(r"(?:[A-Za-z]+\s+|[\u3400-\u9fff]{1,2})$", text[:start])
    said = squeeze((before.group() if before else "") + value)
    return any(said in unit.squeezed for unit in evidence.units if unit.about in ("text", "title"))


def _said(phrase: str, language: str) -> _Said | None:
    """What finds the value in a phrasing; ``None`` where nothing tells it apart."""
    before, placed, behind = phrase.partition("{v}")
    if not placed:
        return None
    if language == "zh":
        front, back = re.sub("是$", "(?:是|为|采用|用)", re.escape(before)), re.escape(behind)
        if behind:
            pattern = rf"(?:^|(?<=[，。；：、,;:\s])){front}{_VALUE_ZH}{back}{_END_ZH}"
            return _Said(re.compile(pattern), behind.lower())
        return (
            _Said(re.compile(front + _VALUE_ZH + _END_ZH), before.removesuffix("是").lower())
            if len(before) > 1
            else None
        )
    before, behind = _OPENING.sub("", before).strip(), behind.strip()
    if behind:
        front = rf"\b{re.escape(before)}\s+" if before else _HAS
        return _Said(re.compile(rf"{front}{_VALUE_EN}\s+{re.escape(behind)}\b", re.I), behind.lower())
    if not before:
        return None
    # The verb may stand in either number.
    words = _VERB.sub(r"\1s?", re.escape(before).replace(r"\ ", r"\s+"))
    return _Said(re.compile(rf"\b{words}\s+{_VALUE_EN}{_END_EN}", re.I), _VERB.sub(r"\1", before.lower()).split()[0])
