"""BM25 over a catalogue, English and Chinese tokens in one vocabulary. Source: Lucene's BM25 variant as in bm25s.

A query's own words count in full. Beside them come other names of what it means (a laptop is a notebook computer and
a 笔记本电脑) and other spellings of its words; of these only the best counts, and less.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from threading import Lock

import bm25s
import numpy as np
import numpy.typing as npt

from assistant.lexicon.spelling import Mender
from assistant.retrieval.text import keyword_document, tokens
from assistant.types import Product

Scores = npt.NDArray[np.float32]

# What the best other name adds to what the query's own words bring.
_OTHER_NAMES = 0.4
_MOST_NAMES = 24
# Shorter parts make a compound of anything ("in" + "ear").
_PART = 3


class Keywords:
    """A BM25 index; scores come for all rows at once. Safe to share between threads."""

    def __init__(self, index: bm25s.BM25, rows: int) -> None:
        self._index = index
        self._rows = rows
        self._mender: Mender | None = None
        self._lock = Lock()

    @classmethod
    def build(cls, products: Iterable[Product]) -> Keywords:
        """Index the keyword documents of ``products`` in row order."""
        documents = [keyword_document(p) or ["\u0000"] for p in products]
        index = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
        index.index(documents, show_progress=False)
        return cls(index, len(documents))

    @classmethod
    def load(cls, folder: Path, rows: int) -> Keywords:
        """Read what :meth:`save` wrote."""
        return cls(bm25s.BM25.load(str(folder)), rows)

    def save(self, folder: Path) -> None:
        """Write the index as plain files below ``folder``."""
        self._index.save(str(folder), show_progress=False)

    def scores(self, text: str, names: Sequence[Sequence[str]] = ()) -> Scores:
        """BM25 of every row for the text; zeros where no token is known. Shape: (n,).

        Args:
            text: the query; empty where only what it names shall count.
            names: for each thing the query names, its names; the best of each thing adds its share.
        """
        own = tokens(text)
        found = self._of(own)
        for group in (self._spellings(own), *names):
            if group:
                found = found + np.float32(_OTHER_NAMES) * self._best(group)
        return found

    def _best(self, names: Sequence[str]) -> Scores:
        """The best score of each row by any of the names; only rows that hold a word of one are touched."""
        best = np.zeros(self._rows, dtype=np.float32)
        sums = np.zeros(self._rows, dtype=np.float32)
        for name in list(dict.fromkeys(names))[:_MOST_NAMES]:
            postings = [self._postings(t) for t in dict.fromkeys(tokens(name)) if t in self._index.vocab_dict]
            for rows, scores in postings:
                sums[rows] += scores
            for rows, _ in postings:
                best[rows] = np.maximum(best[rows], sums[rows])
            for rows, _ in postings:
                sums[rows] = 0.0
        return best

    def _postings(self, token: str) -> tuple[npt.NDArray[np.int32], Scores]:
        """The rows that hold a token and its score in each."""
        table = self._index.scores
        column = self._index.vocab_dict[token]
        start, end = int(table["indptr"][column]), int(table["indptr"][column + 1])
        return table["indices"][start:end], table["data"][start:end]

    def _of(self, words: Sequence[str]) -> Scores:
        out = np.zeros(self._rows, dtype=np.float32)
        for token in dict.fromkeys(words):
            if token in self._index.vocab_dict:
                rows, scores = self._postings(token)
                out[rows] += scores
        return out

    def _spellings(self, words: Sequence[str]) -> list[str]:
        """The query in other spellings this catalogue knows: joined, parted, and with slips mended."""
        vocabulary = self._index.vocab_dict
        out = []
        for i, (one, two) in enumerate(pairwise(words)):
            if one.isascii() and one + two in vocabulary:
                out.append(" ".join([*words[:i], one + two, *words[i + 2 :]]))
        mended = list(words)
        for i, word in enumerate(words):
            if not (word.isascii() and word.isalpha()):
                continue
            parts = [
                f"{word[:cut]} {word[cut:]}"
                for cut in range(_PART, len(word) - _PART + 1)
                if word[:cut] in vocabulary and word[cut:] in vocabulary
            ]
            out += [" ".join([*words[:i], part, *words[i + 1 :]]) for part in parts[:2]]
            if word not in vocabulary:
                mended[i] = self._mend(word) or word
        return [*out, " ".join(mended)] if mended != list(words) else out

    def _mend(self, word: str) -> str | None:
        with self._lock:
            if self._mender is None:
                self._mender = Mender(t for t in self._index.vocab_dict if isinstance(t, str) and t.isascii())
        return self._mender.mend(word)
