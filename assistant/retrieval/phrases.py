"""Which rows state a phrase, and in which part of their record: every token of a catalogue with its place.

A token's list (:mod:`assistant.retrieval.postings`) holds one number for each time it is written:

    row << 31 | place in the row << 5 | part of the record << 2 | "free" right after << 1 | negator right before

so that a phrase is found by joining the lists of its tokens, without reading a text. Answers are those of
:func:`assistant.retrieval.text.states` over every piece of the record. Knows no meanings and no queries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.lexicon import fold, words
from assistant.retrieval.postings import Digests64, Postings, PostingsWriter
from assistant.retrieval.text import FREE, NEGATORS, Part, claims
from assistant.types import Product

Mask = npt.NDArray[np.bool_]

_NAME = "phrases"
_WORDS = "words.txt"
_ROW = 31
_PLACE = 5
_MOST_PLACES = (1 << (_ROW - _PLACE)) - 1
_NEGATED = 1
_FREED = 2
# Shorter words are never mended, see :class:`assistant.lexicon.spelling.Mender`.
_SHORTEST = 4
TITLES = (Part.TITLE, Part.TITLE_ZH)
FIELDS = (Part.TITLE, Part.TITLE_ZH, Part.ATTRIBUTE)


@dataclass(frozen=True, slots=True)
class Phrases:
    """The tokens of ``rows`` rows. ``title_words`` are the words of their titles that a misspelling may have meant."""

    postings: Postings
    rows: int
    title_words: tuple[str, ...]

    def stating(
        self,
        lines: Iterable[str],
        within: Mask,
        *,
        parts: Sequence[Part] | None = None,
        negated: bool = False,
    ) -> Mask:
        """The rows of ``within`` that state one of some phrases.

        Args:
            lines: the phrases as token lines, see :func:`assistant.retrieval.text.phrase_lines`.
            within: rows to look in, shape (n,).
            parts: the parts of the record to look in; everywhere by default.
            negated: whether "no leather" counts as stating leather.
        """
        out = np.zeros_like(within)
        for line in lines:
            tokens = line.split()
            if tokens:
                out[self._rows_of(tokens, within, parts, negated)] = True
        return out

    def _rows_of(
        self, tokens: Sequence[str], within: Mask, parts: Sequence[Part] | None, negated: bool
    ) -> npt.NDArray[np.int64]:
        lists = [self.postings.of(token) for token in tokens]
        rare = min(range(len(lists)), key=lambda i: len(lists[i]))
        found = lists[rare]
        if not len(found):
            return np.zeros(0, np.int64)
        if parts is not None:
            wanted = np.zeros(8, np.bool_)
            wanted[list(parts)] = True
            found = found[wanted[(found >> 2) & 7]]
        found = found[within[found >> _ROW]]
        marks = {rare: found}
        for i, others in enumerate(lists):
            if i == rare:
                continue
            # Every token of a phrase stands at the same distance from its rarest one.
            wanted_place = (found >> _PLACE) + (i - rare)
            at = np.searchsorted(others, wanted_place << _PLACE)
            at = np.minimum(at, len(others) - 1)
            hit = (others[at] >> _PLACE) == wanted_place
            found = found[hit]
            marks = {j: mark[hit] for j, mark in marks.items()}
            marks[i] = others[at[hit]]
            if not len(found):
                break
        if not negated and len(found):
            stated = (marks[0] & _NEGATED == 0) & (marks[len(tokens) - 1] & _FREED == 0)
            found = found[stated]
        rows: npt.NDArray[np.int64] = found >> _ROW
        return rows

    @classmethod
    def load(cls, folder: Path, rows: int) -> Phrases:
        """Map what :class:`PhraseWriter` wrote below ``folder``.

        Raises:
            OSError: a file is missing.
            ValueError: a file is damaged.
        """
        title_words = tuple((folder / _WORDS).read_text(encoding="utf-8").split("\n"))
        return cls(Postings.load(folder, _NAME), rows, title_words)


class PhraseWriter:
    """Collects the tokens of products in row order."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is where the files go; ``None`` keeps all in memory."""
        self._folder = folder
        self._writer = PostingsWriter(folder, _NAME)
        self._digests = Digests64()
        self._negators = np.array([self._digests(t) for t in sorted(NEGATORS)], dtype=np.uint64)
        self._free = np.uint64(self._digests(FREE))
        self._rows = 0
        self._title_words: set[str] = set()

    def add(self, products: Sequence[Product]) -> None:
        """Add the next rows."""
        keys: list[int] = []
        pieces: list[tuple[int, int, int, int]] = []
        digests = self._digests
        for row, product in enumerate(products, self._rows):
            place = 0
            for part, text in claims(product):
                tokens = [token for token, _, _ in words(fold(text))]
                if part in TITLES:
                    self._title_words.update(t for t in tokens if len(t) >= _SHORTEST and t.isascii() and t.isalpha())
                keys += [digests(token) for token in tokens]
                pieces.append((row, place, int(part), len(tokens)))
                place += len(tokens) + 1
        self._rows += len(products)
        if keys:
            found = np.array(keys, dtype=np.uint64)
            self._writer.add(found, self._numbers(found, np.array(pieces, dtype=np.int64)))

    def _numbers(self, keys: npt.NDArray[np.uint64], pieces: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        row, place, part, count = (np.repeat(column, pieces[:, 3]) for column in pieces.T)
        begins = np.repeat(np.cumsum(pieces[:, 3]) - pieces[:, 3], pieces[:, 3])
        inside = np.arange(len(keys)) - begins
        negator, free = np.isin(keys, self._negators), keys == self._free
        before = np.append(False, negator[:-1]) & (inside > 0)
        after = np.append(free[1:], False) & (inside < count - 1)
        places = np.minimum(place + inside, _MOST_PLACES)
        numbers: npt.NDArray[np.int64] = row << _ROW | places << _PLACE | part << 2 | after << 1 | before
        return numbers

    def finish(self) -> Phrases:
        """Everything added, ready to be asked."""
        title_words = tuple(sorted(self._title_words))
        if self._folder is not None:
            (self._folder / _WORDS).write_text("\n".join(title_words), encoding="utf-8")
        return Phrases(self._writer.finish(), self._rows, title_words)
