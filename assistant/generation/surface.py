"""The surface of a sentence: what is hidden from the check, what tells a wish, what is in the wrong language.

Knows characters, slots and segments. Knows no claims.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import rjieba

from assistant.generation.evidence import Evidence, squeeze
from assistant.generation.patterns import WISH, WISH_EXPLICIT
from assistant.generation.slots import HAN, SLOT
from assistant.generation.vocabulary import english_words
from assistant.types import ReplyLanguage

HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[A-Za-z][A-Za-z'’]*")
# A slot is one opaque word to the rest of the check; a private-use character is in no vocabulary and no table.
OPAQUE = "\ue000"
_FOREIGN_WORDS = 3
#: Where a sentence of a reply ends; an initial ("J. Smith", but not "45 W.") and a point inside a number end none.
SENTENCE_END = re.compile(r"[!?。！？]+|\.”|\.(?=\s)(?<!(?<!\d )\b[A-Z]\.)")


def hide_values(sentence: str, evidence: Evidence) -> str:
    """The sentence with slots, and values already filled in for them, made opaque; positions stay."""
    text = SLOT.sub(lambda m: OPAQUE * len(m.group()) if m.group(1) in evidence.slots.values else m.group(), sentence)
    for pattern in evidence.shown_values:
        text = pattern.sub(lambda m: OPAQUE * len(m.group()), text)
    return text


def reply_sentences(text: str) -> list[tuple[int, str]]:
    """``(start, sentence)`` of a finished reply, cut where the writer cuts it while it is written."""
    out, at = [], 0
    for end in [*(m.end() for m in SENTENCE_END.finditer(text)), len(text)]:
        piece = text[at:end]
        if body := piece.strip():
            out.append((at + piece.index(body[0]), body))
        at = end
    return out


def wish_spans(text: str) -> list[tuple[int, int, bool]]:
    """Clauses that tell the wish; the flag says whether they do so in so many words ("you asked for …")."""
    return [(m.start(), m.end(), bool(WISH_EXPLICIT.match(m.group()))) for m in WISH.finditer(text)]


def segments(text: str) -> Sequence[tuple[str, int, int]]:
    """The Chinese words of a text with their positions."""
    out = []
    at = 0
    for segment in rjieba.cut(text):
        if HAN_RUN.fullmatch(segment):
            out.append((segment, at, at + len(segment)))
        at += len(segment)
    return out


def split_known(segment: str, known: frozenset[str]) -> list[str]:
    """A long segment cut into harmless words and the rest, greedily from the left."""
    out, rest, i = [], "", 0
    while i < len(segment):
        hit = next((segment[i:j] for j in range(len(segment), i, -1) if segment[i:j] in known), None)
        if hit is None:
            rest += segment[i]
            i += 1
            continue
        if rest:
            out.append(rest)
            rest = ""
        out.append(hit)
        i += len(hit)
    return [*out, rest] if rest else out


def foreign_spans(text: str, language: str) -> list[re.Match[str]]:
    """Words of the other language, where there are more than a name or two of them."""
    if language == "en":
        return list(HAN_RUN.finditer(text))
    # USB, GPS, macOS are written so in both languages.
    latin = [m for m in _LATIN.finditer(text) if len(m.group()) > 1 and not re.search(r"[A-Z].*[A-Z]", m.group())]
    return latin if len(latin) > _FOREIGN_WORDS else []


def foreign(text: str, language: str) -> bool:
    """Whether a whole sentence is in the other language."""
    if language == "en":
        return bool(HAN_RUN.search(text))
    return len(HAN_RUN.findall(text)) == 0


def length_of(text: str, language: ReplyLanguage) -> int:
    """Words of an English text, Han characters of a Chinese one."""
    return len(HAN.findall(text)) if language == "zh" else len(text.split())


def content(text: str, language: str) -> set[str]:
    """What two sentences are compared by: longer English words, pairs of neighbouring characters of Chinese."""
    if language == "zh":
        bare = squeeze(text)
        return {bare[i : i + 2] for i in range(len(bare) - 1)}
    return {w for w, _, _ in english_words(text) if len(w) > 3}
