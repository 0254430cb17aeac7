"""What is asked of a record and it names, denies, or leaves open.

Knows which properties a record states in so many words when it has them, and the turns of phrase that tell of such a
gap. Does not know requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal

from assistant.generation.evidence import Evidence, EvidenceReader, concept_id
from assistant.generation.turns import turns
from assistant.generation.vocabulary import english_words, stems
from assistant.lexicon import Concept, Lexicon
from assistant.types import ReplyLanguage

# Qualities ("quiet"), materials and occasions are said in too many ways to be missed by a list of words.
_TELLABLE = frozenset(("feature", "technology", "diet", "certification"))

_ASKABLE = re.compile(r"(?:proof|able|ible|resistant|less|[- ]free|[- ]safe|ed|ing)$|^with ")
# What is meant whenever it is said. "Light" may be a weight, a colour or a lamp.
_NAMED = _TELLABLE | frozenset(
    ("material", "wood", "occasion", "style", "pattern", "flavour", "taste", "shape", "room")
)
_LOOSE = frozenset(("style",))
_SMALL = frozenset("with from that this have over into been safe free".split())


class Gaps:
    """Decides what a record denies and what it does not tell. Safe to share."""

    def __init__(self, lexicon: Lexicon, reader: EvidenceReader) -> None:
        self._lexicon = lexicon
        self._reader = reader

    def named(self, text: str) -> Iterator[tuple[str, Concept]]:
        """The properties a text names that a record could tell in so many words, each with its words."""
        for mention in self._lexicon.mentions(text):
            concept = mention.concepts[0]
            if len(mention.concepts) > 1 or concept.kind not in _TELLABLE:
                continue
            # A V-neck may be what it is worn with; who says "foldable" wants the thing to fold.
            if concept.kind != "feature" or any(_ASKABLE.search(form) for form in concept.en):
                yield mention.text, concept

    def denies(self, evidence: Evidence, concept: Concept) -> bool:
        """Whether the record says that the product has a property not."""
        # What was not tested may be so all the same.
        untested = {k for k, v in evidence.product.attributes.items() if k.endswith("_tested") and v is False}
        found = {key for k in untested for key in self._reader.concepts(k.replace("_", " "))}
        return concept_id(concept) in evidence.denied - found

    def leaves_open(self, evidence: Evidence, concept: Concept) -> bool:
        """Whether nothing in the record has to do with a property: no form or kind of it, no word it is made of."""
        if {concept_id(concept), *concept.narrower} & (evidence.concepts | evidence.denied):
            return False
        keys = {form for key in evidence.product.attributes for form in _forms(key)}
        if any(_forms(form) & (evidence.words | evidence.denied_words | keys) for form in concept.en):
            return False
        about = set().union(*(self._reader.about(form) for form in (*concept.en, *concept.zh)))
        if {f"#{row}" for row in evidence.rows | evidence.denied_rows} & about:
            return False
        return not any(evidence.states(form) for form in concept.zh)

    def mentioned(self, text: str, evidence: Evidence) -> Iterator[tuple[str, Concept]]:
        """The properties a text names that the record names too, and does not deny; each with the text's words."""
        # The shelf a product stands on is not what is written of it.
        named = {key for unit in evidence.units if unit.about != "type" for key in unit.concepts} - evidence.denied
        for mention in self._lexicon.mentions(text):
            for concept in mention.concepts[:1]:
                if concept.kind not in _NAMED or concept_id(concept) not in named:
                    continue
                # Cotton flannel names cotton, and no pure cotton, which is a kind of it.
                word = mention.text.lower()
                names = (*concept.en[:1], *concept.zh[:1])
                # Styles that are alike for search are no kinds of each other: what is zen need not be Japanese.
                if word in names and concept.kind in _LOOSE and not any(evidence.states(name) for name in names):
                    continue
                if word in names or evidence.states(word):
                    yield mention.text, concept

    def holds(self, sentence: str, evidence: Evidence, language: ReplyLanguage) -> bool | None:
        """Whether a sentence that tells of a gap, or of a mention, is right; ``None`` for any other sentence."""
        for pattern in _told("mentioned", language):
            if found := pattern.fullmatch(sentence.strip()):
                words = re.findall(r"“([^“”]+)”", f"“{found[1]}”")
                return bool(words) and all(any(self.mentioned(word, evidence)) for word in words)
        for role in ("denied", "untold"):
            for pattern in _told(role, language):
                if found := pattern.fullmatch(sentence.strip()):
                    decide = self.denies if role == "denied" else self.leaves_open
                    concepts = [concept for _, concept in self.named(found[1])]
                    return bool(concepts) and all(decide(evidence, concept) for concept in concepts)
        return None


@cache
def _told(role: Literal["denied", "untold", "mentioned"], language: ReplyLanguage) -> tuple[re.Pattern[str], ...]:
    patterns = (turn.pattern for turn in turns(role, language))
    return tuple(re.compile(re.escape(p).replace(re.escape("[w]"), "(.{1,120}?)")) for p in patterns)


def _forms(text: str) -> set[str]:
    """Stems of the longer words of an English text or an attribute's key."""
    words = (word for word, _, _ in english_words(text.replace("_", " ")) if len(word) > 3 and word not in _SMALL)
    return {form for word in words for form in stems(word)}
