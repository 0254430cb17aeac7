"""Small slips of the finger: what people really type instead of a written sentence.

Knows characters only. Used while training, so that a classifier does not lean on spelling, case or punctuation.
"""

from __future__ import annotations

import random
import re

# Neighbours on a QWERTY keyboard, row by row; a slip lands on one of them.
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_WORD = re.compile(r"[A-Za-z]{4,}")
_PUNCTUATION = re.compile(r"[,.!?;:'\"，。！？；：、…~～“”]+")


def _neighbour(letter: str, rng: random.Random) -> str:
    low = letter.lower()
    for row in _ROWS:
        at = row.find(low)
        if at >= 0:
            near = row[max(0, at - 1) : at] + row[at + 1 : at + 2]
            return rng.choice(near)
    return letter


def _typo(text: str, rng: random.Random) -> str:
    """One slip inside one Latin word of four letters or more: swapped, lost, doubled or neighbouring letter."""
    words = list(_WORD.finditer(text))
    if not words:
        return text
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at + 1 :]
    if kind == 2:
        return text[:at] + text[at] + text[at:]
    return text[:at] + _neighbour(text[at], rng) + text[at + 1 :]


def _bare(text: str, rng: random.Random) -> str:
    """Punctuation lost, as dictation and hurry lose it; between Chinese clauses a space may take its place."""
    gap = rng.choice(("", " "))
    stripped = _PUNCTUATION.sub(lambda m: gap if ord(m.group()[0]) > 0x2E80 else "", text).strip()
    return stripped or text


def _cased(text: str, rng: random.Random) -> str:
    kind = rng.randrange(4)
    return text.upper() if kind == 0 else text[:1].upper() + text[1:] if kind == 1 else text.lower()


def disturb(text: str, rng: random.Random, rate: float) -> str:
    """The text, with probability ``rate`` for each kind of slip; the meaning stays, and it is never empty."""
    if rng.random() < rate:
        text = _cased(text, rng)
    if rng.random() < rate:
        text = _bare(text, rng)
    if rng.random() < rate:
        text = _typo(text, rng)
    return text
