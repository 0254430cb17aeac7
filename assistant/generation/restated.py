"""Amounts that are said of another attribute than the record has them of: the phrasings of attributes, read backwards.

Knows how attributes are said (the table of phrasings, their labels) and looks which of them an amount stands in. An
amount said of the width is held against the record's width, whatever else of the record has that number. Decides
nothing where no phrasing is recognised, or where the record has no such attribute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.generation.amounts import keyed, rounded
from assistant.generation.evidence import Evidence, EvidenceReader, Unit, marks
from assistant.generation.frames import Frame
from assistant.generation.quantities import Quantity, near, quantities
from assistant.generation.slots import bare_key
from assistant.generation.surface import HAN_RUN

_PLACE = re.compile(r"\{[vn]\}")
_OPENING = re.compile(r"^(?:has|is|comes?|have|are)\b\s*(?:an?\b\s*)?")
_CLAUSE = re.compile(r"[,;，；。！？!?、]|\.(?!\d)|\b(?:and|with|but|while)\b")
_JOINED_BEFORE = re.compile(r"\d\s?[^\d\s,，。;；]{0,4}\s?(?:[x×*–~-]|to|至|到)\s?$", re.I)
# 高1米7: what goes on in digits is not read to its end.
_JOINED_BEHIND = re.compile(r"\d|\s?(?:[x×*–~-]|to|至|到)\s?\d", re.I)
# Alone these say nothing of what is measured.
_VAGUE = frozenset(
    ("", "reaches", "reaches up to", "gives", "makes", "measures", "lasts", "with", "in", "of", "for", "up to")
)
_NO_PART = frozenset(("text", "title", "type", "brand", "color", "sizes"))
_REACH = 48


@dataclass(frozen=True, slots=True)
class _Phrasing:
    """What stands right before and right behind the amount of an attribute, in small letters."""

    key: str
    before: str
    behind: str
    #: Whether the amount may stand in front of the label as a count does: "9 steps".
    counted: bool = False

    @property
    def size(self) -> int:
        """How much of a text it recognises; Han characters say more than letters."""
        return sum(4 if HAN_RUN.match(c) else 1 for c in self.before + self.behind)


class _Table:
    """Phrasings by what stands next to the amount."""

    def __init__(self, phrasings: Iterable[_Phrasing]) -> None:
        self._before: dict[str, list[_Phrasing]] = {}
        self._behind: dict[str, list[_Phrasing]] = {}
        for one in phrasings:
            (self._before if one.before else self._behind).setdefault(one.before[-1:] or one.behind[:1], []).append(one)

    def around(self, before: str, behind: str) -> list[_Phrasing]:
        """Those that an amount between these texts stands in."""
        near = (*self._before.get(before[-1:], ()), *self._behind.get(behind[:1], ()))
        return [one for one in near if _ends(before, one.before) and _begins(behind, one.behind)]


class Restated:
    """Finds amounts that a sentence gives to another attribute. Safe to share between threads."""

    def __init__(self, frames: Mapping[str, Frame], reader: EvidenceReader) -> None:
        """Take the phrasings and what knows the labels of attributes."""
        self._reader = reader
        self._frames = _Table(
            p for key, frame in frames.items() for said in (frame.en, frame.zh) if (p := _phrasing(key, said))
        )
        self._labels: dict[str, tuple[_Phrasing, ...]] = {}

    def misgiven(
        self, text: str, evidence: Evidence, told: Sequence[tuple[int, int]]
    ) -> Iterator[tuple[int, int, str]]:
        """The amounts that the record has otherwise of what they are said of: ``(start, end, what the record says)``.

        Args:
            text: the sentence, its values shown.
            evidence: of the product.
            told: stretches that tell the wish, whose amounts are the shopper's.
        """
        amounts = [q for q in quantities(text) if not any(a <= q.start and q.end <= b for a, b in told)]
        if not amounts:
            return
        own = {u.about: u for u in evidence.units if u.about not in _NO_PART and u.text and u.amounts}
        known = (self._frames, _Table(p for key in own for p in self._labelled(key)))
        for said in amounts:
            if _JOINED_BEFORE.search(text[: said.start]) or _JOINED_BEHIND.match(text[said.end :]):
                continue
            found = _said_of(text, said, known)
            keys = frozenset(p.key for p in found)
            rivals = [unit for key, unit in own.items() if key in keys or bare_key(key) in keys]
            if not rivals or any(_has(unit, said, text) for unit in rivals):
                continue
            measured = {q.dimension for unit in rivals for q, _ in (*unit.amounts, *keyed(unit))}
            # An amount of the same kind may be a bound, or be told in the record's own texts.
            loose = rounded(text, said) and not any(p.before.endswith("up to") for p in found)
            if said.dimension in measured and (loose or self._told(text, said, evidence, known, keys)):
                continue
            if self._elsewhere(text, said, own, rivals):
                continue
            yield said.start, said.end, rivals[0].text.split(" ; ")[0]

    def _labelled(self, key: str) -> tuple[_Phrasing, ...]:
        if key not in self._labels:
            self._labels[key] = tuple(p for label in self._reader.labels(key) for p in _label(key, label.lower()))
        return self._labels[key]

    def _elsewhere(self, text: str, said: Quantity, own: Mapping[str, Unit], rivals: Sequence[Unit]) -> bool:
        """Whether the clause names what the record has the amount of: "folded, it is 46 cm wide"."""
        left = max((m.end() for m in _CLAUSE.finditer(text, 0, said.start)), default=0)
        stop = _CLAUSE.search(text, said.end)
        clause = marks(text[left : said.start] + " " + text[said.end : stop.start() if stop else len(text)])
        clause -= {mark for unit in rivals for mark in self._names(unit)}
        return any(clause & self._names(unit) for unit in own.values() if unit not in rivals and _has(unit, said, text))

    def _names(self, unit: Unit) -> set[str]:
        return marks(" ".join(self._reader.labels(unit.about)))

    def _told(
        self,
        text: str,
        said: Quantity,
        evidence: Evidence,
        known: Sequence[_Table],
        keys: frozenset[str],
    ) -> bool:
        """Whether a text of the record has the amount, and none has another one of what it is said of."""
        units = [u for u in evidence.units if u.about in ("text", "title")]
        here = [(u, q) for u in units for q, _ in u.amounts if _same(said, q, text, u.text)]
        if not here:
            return False
        if any(p.key in keys for u, q in here for p in _said_of(u.text, q, known)):
            return True
        return not any(p.key in keys for u in units for q, _ in u.amounts for p in _said_of(u.text, q, known))


def _phrasing(key: str, said: str) -> _Phrasing | None:
    """The surroundings of a phrasing's amount; ``None`` where they would not tell what is measured."""
    parts = _PLACE.split(said.lower())
    if len(parts) != 2:
        return None
    before, behind = _OPENING.sub("", parts[0].strip()), parts[1].strip()
    if before in _VAGUE and behind in _VAGUE:
        return None
    return _Phrasing(key, before, behind)


def _label(key: str, label: str) -> Iterator[_Phrasing]:
    """How a label and an amount stand side by side."""
    if HAN_RUN.search(label):
        yield from (_Phrasing(key, label + verb, "") for verb in ("", "为", "是", "：", ":", "有"))
    elif len(label) > 2:
        yield from (_Phrasing(key, label + verb, "") for verb in (" of", " is", ":"))
        yield _Phrasing(key, "", label, counted=True)


def _said_of(text: str, said: Quantity, known: Sequence[_Table]) -> list[_Phrasing]:
    """The phrasings that an amount stands in: the longest one, or those that are as long."""
    before = text[max(0, said.start - _REACH) : said.start].rstrip().lower()
    behind = text[said.end : said.end + _REACH].lstrip(" -").lower()
    found = [p for table in known for p in table.around(before, behind)]
    if said.dimension:
        # A 26-watt lamp is not the record's so many lamps.
        found = [p for p in found if p.before or not p.counted]
    best = max((p.size for p in found), default=0)
    return [p for p in found if p.size == best]


def _ends(text: str, words: str) -> bool:
    if not text.endswith(words):
        return False
    rest = text[: len(text) - len(words)]
    return not words or not (words[0].isascii() and rest[-1:].isascii() and rest[-1:].isalnum())


def _begins(text: str, words: str) -> bool:
    if not text.startswith(words):
        return False
    rest = text[len(words) :]
    return not words or not (words[-1].isascii() and rest[:1].isascii() and rest[:1].isalnum())


def _has(unit: Unit, said: Quantity, text: str) -> bool:
    """Whether an attribute has an amount or a range around it, in whichever unit its key or its value names."""
    amounts = [q for q, _ in (*unit.amounts, *keyed(unit)) if q.dimension == said.dimension]
    if amounts and min(q.value for q in amounts) <= said.value <= max(q.value for q in amounts):
        return True
    return any(_same(said, q, text, unit.text) for q, _ in unit.amounts)


def _same(said: Quantity, own: Quantity, text: str, source: str) -> bool:
    if said.equals(own):
        return True
    # Where only one of them names its unit, the numbers decide.
    a, b = _bare(text, said), _bare(source, own)
    return (not said.dimension or not own.dimension) and a is not None and b is not None and near(a, b)


def _bare(text: str, q: Quantity) -> float | None:
    m = re.search(r"\d[\d,]*(?:\.\d+)?", text[q.start : q.end])
    return float(m.group().replace(",", "")) if m else (q.value if not q.dimension else None)
