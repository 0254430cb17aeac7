"""What a sentence calls the product, and what it says around a slot: read against the record's names and labels.

Knows heads ("it is a pot"), slots and the labels of attributes. Decides nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.generation.claim import Claim
from assistant.generation.evidence import marks
from assistant.generation.patterns import (
    CALLED,
    HEAD_EN,
    HEAD_GENERIC_EN,
    HEAD_GENERIC_ZH,
    HEAD_ZH,
    MATERIAL_ZH,
    PRICE_VERB,
    UNIT_AFTER,
)
from assistant.generation.reading import Reading
from assistant.generation.slots import SLOT
from assistant.generation.surface import HAN_RUN, OPAQUE
from assistant.generation.vocabulary import english_words, stems


class Naming(Reading):
    """The claims of one sentence that lie in a name or a slot."""

    def _slots(self) -> Iterator[Claim]:
        known = self.evidence.slots
        for m in re.finditer(r"\{[^{}]*\}|[{}]", self.raw):
            slot = m.group().strip("{}")
            if slot not in known.values:
                yield self._claim("slot", m.start(), m.end(), False)
                continue
            unit = UNIT_AFTER.match(self.raw, m.end())
            # "{cups} cups", {dividers}块: a bare number is counted in what its attribute counts.
            counted = known.values[slot].isdigit() and unit is not None and self._counts(slot, unit.group())
            supported = unit is None or counted
            if slot in known.attributes:
                supported = supported and self._slot_fits(slot, m.start(), m.end())
            yield self._claim("slot", m.start(), m.end(), supported)
        for start, end in self._shown():
            value = self.raw[start:end]
            mine = [slot for slot, shown in known.values.items() if shown == value]
            if all(slot in known.attributes and not self._slot_fits(slot, start, end) for slot in mine):
                yield self._claim("attribution", start, end, False, "the record has this number of something else")

    def _shown(self) -> list[tuple[int, int]]:
        """Where values of slots stand that are filled in already, the longest first and none inside another."""
        found: list[tuple[int, int]] = []
        for pattern in self.evidence.shown_values:
            for m in pattern.finditer(self.raw):
                if not any(a < m.end() and m.start() < b for a, b in found):
                    found.append(m.span())
        return found

    def _counts(self, slot: str, unit: str) -> bool:
        key = self.evidence.slots.attributes.get(slot, slot)
        return unit.strip(" -") in ("块", "杯") or bool(stems(unit.strip(" -").lower()) & marks(key.replace("_", " ")))

    def _slot_fits(self, slot: str, start: int, end: int) -> bool:
        """Whether what is said around an attribute's slot is said of that attribute and of no other one."""
        left = max(self.raw.rfind(c, 0, start) for c in ",;，；。、") + 1
        right = min((i for c in ",;，；。、" if (i := self.raw.find(c, end)) >= 0), default=len(self.raw))
        clause = self.raw[left:start] + " " + self.raw[end:right]
        own = marks(" ".join(self.reader.labels(self.evidence.slots.attributes[slot])))
        if PRICE_VERB.search(self.raw[left:start]):
            return bool(own & {"price", "价格", "售价"})
        said = {form for w, _, _ in english_words(SLOT.sub(" ", clause)) for form in stems(w)}
        if HAN_RUN.search(clause) and own & marks(SLOT.sub(" ", clause)):
            return True
        # Only what stands right beside a slot is its label.
        behind = SLOT.sub(" ", self.raw[end:right])
        near = {form for w, _, _ in english_words(SLOT.sub(" ", self.raw[left:start]))[-4:] for form in stems(w)}
        near |= {form for w, _, _ in english_words(behind)[:2] for form in stems(w)}
        others = False
        for name, key in self.evidence.slots.attributes.items():
            labels = (key.replace("_", " "), *self.lexicon.attribute_labels.get(key, ()))
            hit = any(
                {w for w, _, _ in english_words(label)} <= said if not HAN_RUN.search(label) else label in clause
                for label in labels
            )
            if hit and name == slot:
                return True
            # Another attribute's name is fine where its own slot stands beside it.
            beside = HAN_RUN.search(clause) or all(near & stems(w) for w, _, _ in english_words(key.replace("_", " ")))
            shown = "{" + name + "}" in clause or self.evidence.slots.values[name] in clause
            others = others or (hit and bool(beside) and not shown)
        return not others

    def _heads(self) -> Iterator[Claim]:
        """What the product is said to be: "it is a pot" holds only of pots."""
        for m in HEAD_EN.finditer(self.text):
            phrase = english_words(m.group("np"))
            while phrase and phrase[-1][0] in ("well", "too", "here"):
                phrase.pop()
            if not phrase:
                continue
            head, start, end = phrase[-1]
            start, end = start + m.start("np"), end + m.start("np")
            if head in HEAD_GENERIC_EN or (stems(head) & self.evidence.type_words and self._is_thing(head)):
                continue
            keys = {k.removeprefix("product:") for k in self.reader.concepts(m.group("np")) if k.startswith("product:")}
            supported = bool(keys & self.evidence.type_concepts)
            self.decided.append((start, end)) if supported else None
            if self._called(head, m.group("np")):
                continue
            if not supported:
                yield self._claim("type", start, end, False, self._type())
        for m in HEAD_ZH.finditer(self.text):
            said = m.group("np")
            keys = {k.removeprefix("product:") for k in self.reader.concepts(said) if k.startswith("product:")}
            if keys & self.evidence.type_concepts or said.endswith(HEAD_GENERIC_ZH) or OPAQUE in said:
                continue
            if any(u.about in ("type", "title") and said[-2:] in u.text for u in self.evidence.units):
                continue
            if self._called(said[-2:], said):
                continue
            if (
                said.endswith(MATERIAL_ZH)
                or not keys
                or not any(said.endswith(self.text[a:b]) for a, b in self._products())
            ):
                continue  # 是尼龙面料 says what it is made of, not what it is
            yield self._claim("type", m.start("np"), m.end("np"), False, self._type())

    def _called(self, head: str, phrase: str) -> bool:
        """Whether the record calls the product so: in its title or type in other words, or as its text begins.

        A word that names no kind of product ("a rich and gentle cream") is decided like every other word.
        """
        opening = next((u.text for u in self.evidence.units if u.about == "text"), "")
        opening = CALLED.split(opening, maxsplit=1)[0]
        if HAN_RUN.search(head):
            if head in opening:
                return True
        else:
            last = [w for w, _, _ in english_words(opening)][-1:]
            if last and stems(last[0]) & stems(head):
                return True
            if not self.reader.concepts(head) & self.checker.products:
                return bool(stems(head) & self.evidence.words)
        # Within one language another word is another thing; rows only carry a name into the other one.
        titles = [u for u in self.evidence.units if u.about in ("title", "type")]
        if any(bool(HAN_RUN.search(u.text)) == bool(HAN_RUN.search(head)) for u in titles if u.about == "title"):
            return False
        named = {row for u in titles for row in u.rows} | {
            row for s in self.checker._senses.found(opening) for row in s.rows
        }
        at = phrase.rfind(head)
        return any(s.rows & named for s in self.checker._senses.found(phrase) if s.end >= at + len(head))

    def _type(self) -> str:
        return f"the record calls it {self.evidence.product.type or self.evidence.product.title}"
