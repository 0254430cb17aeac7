"""BM25 over a catalogue, English and Chinese tokens in one vocabulary. Source: Lucene's BM25 variant as in bm25s.

A query's own words count in full. Beside them come other names of what it means (a laptop is a notebook computer and
a 笔记本电脑) and other spellings of its words; of these only the best counts, and less.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import Any

import bm25s
import numpy as np
import numpy.typing as npt

from assistant.lexicon.spelling import Mender
from assistant.lexicon.text import HAN
from assistant.retrieval.postings import PostingsWriter, digest
from assistant.retrieval.text import keyword_document, tokens
from assistant.types import Product

Scores = npt.NDArray[np.float32]

_K1 = 1.2
_B = 0.6
_COUNT_BITS = 20
_MOST = (1 << _COUNT_BITS) - 1
# Pairs held as Python numbers, and numbers scored at once.
_HELD = 1 << 16
_CHUNK = 1 << 20
# What the best other name adds to what the query's own words bring.
_OTHER_NAMES = 0.4
# What it adds in a row that is known to be what its usual name asks for.
_SURE_NAMES = 0.7
_MOST_NAMES = 24
# The share of a script among the words of a catalogue from which on it is one of its languages.
_COMMON = 0.1
_LATIN = re.compile(r"[a-z]{3}")
# A vocabulary larger than this is that of very many listings, where a word of one or two is mostly a slip or a code.
_VOCABULARY = 200_000
_NO_SLIP = 3
# Shorter parts make a compound of anything ("in" + "ear").
_PART = 3


@dataclass(frozen=True, slots=True)
class Named:
    """A thing that a query names: ``said`` as it is written there, and all ``names`` of it.

    ``usual`` says whether ``said`` is its usual name, and not that of a part of its kind, as "headset" for headphones.
    """

    said: str
    names: tuple[str, ...]
    usual: bool = False


class Keywords:
    """A BM25 index; scores come for all rows at once. Safe to share between threads."""

    def __init__(self, index: bm25s.BM25, rows: int) -> None:
        self._index = index
        self._rows = rows
        self._mender: Mender | None = None
        self._shares: dict[str, float] = {}
        self._lock = Lock()

    @classmethod
    def build(cls, products: Iterable[Product]) -> Keywords:
        """Index the keyword documents of ``products`` in row order."""
        writer = KeywordWriter()
        writer.add(products)
        return writer.finish()

    @classmethod
    def load(cls, folder: Path, rows: int) -> Keywords:
        """Map what :class:`KeywordWriter` or :meth:`save` wrote; only the vocabulary is read.

        Raises:
            OSError: a file is missing.
            ValueError: it is of another number of rows, or damaged.
        """
        index = bm25s.BM25.load(str(folder), mmap=True, show_progress=False)
        if int(index.scores["num_docs"]) != rows or len(index.scores["data"]) != int(index.scores["indptr"][-1]):
            raise ValueError(f"keywords of {index.scores['num_docs']} rows for {rows} products")
        # Only bm25s' own retrieval asks for it: of a million listings 100 MB.
        index.unique_token_ids_set = set()
        return cls(index, rows)

    def save(self, folder: Path) -> None:
        """Write the index as plain files below ``folder``."""
        self._index.save(str(folder), show_progress=False)

    def scores(self, text: str, things: Sequence[Named] = (), *, sure: npt.NDArray[np.bool_] | None = None) -> Scores:
        """BM25 of every row for the text; zeros where no token is known. Shape: (n,).

        The last thing is what is asked for, and counts once: by the words it was asked for with, or by its best other
        name where that is more. The others describe it, and their best names add to what their words bring.

        Args:
            text: the query; empty where only what it names shall count.
            things: what the query names, in its order; their words are words of ``text``, unless that is empty.
            sure: rows known to be what is asked for, shape (n,): there the other names of what is asked for by its
                usual name count for more.
        """
        own = tokens(text)
        asked = tokens(things[-1].said) if own and things else []
        found = self._of([token for token in own if token not in asked])
        for group in (self._spellings(own), *(thing.names for thing in things[:-1])):
            if group:
                found += np.float32(_OTHER_NAMES) * self._best(group)
        if things:
            names = np.float32(_OTHER_NAMES) * self._best(things[-1].names)
            if sure is not None and things[-1].usual:
                names[sure] *= np.float32(_SURE_NAMES / _OTHER_NAMES)
            found += np.maximum(self._of(asked), names)
        return found

    def foreign(self, said: str) -> bool:
        """Whether a name is in a language that the catalogue is not written in: no row holds any of its words."""
        script = HAN if HAN.search(said) else _LATIN
        words = [token for token in tokens(said) if script.match(token)]
        return bool(words) and not self._common(script) and not any(w in self._index.vocab_dict for w in words)

    def _common(self, script: re.Pattern[str]) -> bool:
        """Whether the catalogue is written in a script, perhaps beside another."""
        if script.pattern not in self._shares:
            known = [token for token in self._index.vocab_dict if isinstance(token, str)]
            of_it = sum(script.match(token) is not None for token in known)
            self._shares[script.pattern] = of_it / max(len(known), 1)
        return self._shares[script.pattern] >= _COMMON

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
                self._mender = Mender(self._known_words())
        return self._mender.mend(word)

    def _known_words(self) -> Iterator[str]:
        """The words a misspelling may have meant; of very many without those that may be slips themselves."""
        known, least = self._index.vocab_dict, 1 if len(self._index.vocab_dict) <= _VOCABULARY else _NO_SLIP
        starts = self._index.scores["indptr"]
        for token, column in known.items():
            if isinstance(token, str) and token.isascii() and starts[column + 1] - starts[column] >= least:
                yield token


class KeywordWriter:
    """Collects keyword documents in row order, their counts on disk where they are many.

    The scores are those that bm25s computes for the same documents at once.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is where the index goes; ``None`` keeps all in memory."""
        self._folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._postings = PostingsWriter(folder, "counts")
        self._digests: dict[str, int] = {}
        self._lengths = array("q")

    def add(self, products: Iterable[Product]) -> None:
        """Add the next rows."""
        keys: list[int] = []
        numbers: list[int] = []
        for product in products:
            row = len(self._lengths)
            # A document without a word keeps its row by a token that no query has.
            document = keyword_document(product) or ["\u0000"]
            self._lengths.append(len(document))
            for token, count in Counter(document).items():
                key = self._digests.get(token)
                if key is None:
                    key = self._digests[token] = digest(token)
                keys.append(key)
                numbers.append(row << _COUNT_BITS | min(count, _MOST))
            if len(keys) > _HELD:
                self._postings.add(keys, numbers)
                keys, numbers = [], []
        self._postings.add(keys, numbers)

    def finish(self) -> Keywords:
        """The index over everything added; with a folder it is written there and mapped."""
        counts = self._postings.finish()
        rows = len(self._lengths)
        lengths = np.array(self._lengths, dtype=np.float64)
        norm = _K1 * (1 - _B + _B * lengths / lengths.mean()) if rows else lengths
        found_in = np.diff(counts.starts).astype(np.float64)
        weight = np.log(1 + (rows - found_in + 0.5) / (found_in + 0.5))
        size = len(counts.values)
        indices, data = self._room("indices", np.int32, size), self._room("data", np.float32, size)
        for start in range(0, len(data), _CHUNK):
            some = slice(start, min(start + _CHUNK, len(data)))
            numbers = counts.values[some]
            row, count = numbers >> _COUNT_BITS, numbers & _MOST
            column = np.searchsorted(counts.starts, np.arange(some.start, some.stop), side="right") - 1
            indices[some] = row
            data[some] = weight[column] * (count / (norm[row] + count))
        index = bm25s.BM25(method="lucene", k1=_K1, b=_B)
        index.scores = {"data": data, "indices": indices, "indptr": counts.starts, "num_docs": rows}
        place = {int(key): column for column, key in enumerate(counts.keys)}
        index.nonoccurrence_array = None
        index.vocab_dict = {token: place[key] for token, key in self._digests.items()}
        if self._folder is None:
            return Keywords(index, rows)
        index.save(str(self._folder), show_progress=False)
        for path in self._folder.glob("counts.*"):
            path.unlink()
        return Keywords.load(self._folder, rows)

    def _room(self, name: str, dtype: type, size: int) -> npt.NDArray[Any]:
        """An array to be filled; on disk where there is a folder."""
        if self._folder is None or not size:
            return np.empty(size, dtype=dtype)
        made: npt.NDArray[Any] = np.lib.format.open_memmap(
            self._folder / f"counts.{name}.npy", mode="w+", dtype=dtype, shape=(size,)
        )
        return made
