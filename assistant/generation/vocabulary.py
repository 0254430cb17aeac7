"""The words a recommendation may use without stating anything about the product.

Knows two plain word lists beside this file, and how English word forms are reduced for comparison. What is not in the
lists must come from the record; so the lists hold no quality, material, feature or promise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

from assistant.lexicon import fold, singular

_WORD = re.compile(r"[a-zà-öø-ɏ]+(?:'[a-z]+)?")
_VOWEL = re.compile(r"[aeiouy]")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Harmless words: English stems and phrases, Chinese segments.

    Situations are words of daily life that say what a thing is used for: harmless where the request or the record
    speaks of them, made up elsewhere.
    """

    en: frozenset[str]
    en_phrases: frozenset[tuple[str, ...]]
    zh: frozenset[str]
    en_situations: frozenset[str]
    zh_situations: frozenset[str]

    @classmethod
    def load(cls) -> Vocabulary:
        """The shipped lists."""
        en, en_situations = _lists("vocabulary.en.txt")
        zh, zh_situations = _lists("vocabulary.zh.txt")
        phrases = frozenset(tuple(entry.split("_")) for entry in en if "_" in entry)
        # Only what an entry certainly is: "thing" must not make "th" harmless.
        single = [entry for entry in en if "_" not in entry]
        known = frozenset(form for entry in single for form in (entry, singular(entry)))
        uses = frozenset(form for entry in en_situations for form in (entry, singular(entry))) - known
        return cls(known, phrases, frozenset(zh), uses, frozenset(zh_situations) - frozenset(zh))

    def allows(self, word: str) -> bool:
        """Whether an English word (small letters) is harmless in any of its forms."""
        return word in self.en or any(form in self.en for form in stems(word))

    def is_situation(self, word: str) -> bool:
        """Whether an English word (small letters) is one of daily life in any of its forms."""
        return any(form in self.en_situations for form in stems(word))


def _lists(name: str) -> tuple[list[str], list[str]]:
    """The harmless entries of a file, and the situations below its ``# ==`` line."""
    text = files("assistant.generation").joinpath(name).read_text(encoding="utf-8")
    harmless, _, situations = text.partition("\n# ==")
    return _entries(harmless), _entries("#" + situations)


def _entries(text: str) -> list[str]:
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return [entry for line in lines for entry in line.split()]


def english_words(text: str) -> list[tuple[str, int, int]]:
    """``(word, start, end)`` of the English words in a text, in small letters; hyphens separate."""
    return [(m.group(), m.start(), m.end()) for m in _WORD.finditer(_lower(text))]


def _lower(text: str) -> str:
    # One character stays one character, so that positions hold: fold() may change the length.
    low = text.lower()
    return low.replace("’", "'") if len(low) == len(text) else fold(text)


def stems(word: str) -> frozenset[str]:
    """Every form an inflected English word could come from, itself included. Comparison is no inflection here."""
    word = word.removesuffix("'s")
    out = {word, singular(word)}
    for suffix in ("ing", "ed", "d", "ly"):
        base = word.removesuffix(suffix)
        if base == word or len(base) < 3 or not _VOWEL.search(base):
            continue
        out.add(base)
        if suffix in ("ing", "ed"):
            out.add(base + "e")
            if base[-1] == base[-2]:
                out.add(base[:-1])
            if suffix == "ed" and base.endswith("i"):
                out.add(base[:-1] + "y")
        if suffix == "ly" and base.endswith("i"):
            out.add(base[:-1] + "y")
    return frozenset(out)
