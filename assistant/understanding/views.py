"""Two linear views of a text beside the fine-tuned network: its untouched vector, and its words and letters.

Fine-tuning forgets some of what an encoder knew, and word pieces blur what is spelt out; a weighted sum of the scores
of all three is right more often than any of them. Knows vectors, hashed n-grams and weight matrices; knows no labels'
names and does not train.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.encoder import clean_text

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

VIEWS = "views.safetensors"

Scores = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]
"""Texts to unit vectors of the encoder as it was before fine-tuning, shape (texts, hidden)."""

BUCKETS = 2**16
_WORDS, _LETTERS = (1, 2), (1, 4)
# No classifier's text is longer than this many tokens' worth of letters; the rest cannot change what it is about.
_READ = 2_000
# Halves of texts whose n-grams are weighed together: enough to save steps, few enough to stay near the processor.
_TOGETHER = 64


@cache
def _vectorizers() -> tuple[Any, Any]:
    """Words and pairs of them, and letters within words; making them takes longer than using them."""
    from sklearn.feature_extraction.text import HashingVectorizer

    common: dict[str, Any] = {"n_features": BUCKETS, "alternate_sign": False, "norm": None, "dtype": np.float32}
    words = HashingVectorizer(ngram_range=_WORDS, token_pattern=r"(?u)\b\w+\b", **common)
    letters = HashingVectorizer(analyzer="char_wb", ngram_range=_LETTERS, **common)
    return words, letters


@cache
def _analyzers() -> tuple[Callable[[str], list[str]], ...]:
    return tuple(vectorizer.build_analyzer() for vectorizer in _vectorizers())


def count_ngrams(texts: Sequence[str]) -> csr_matrix:
    """How often each hashed n-gram occurs: 1 + log of the count, shape (texts, 2·BUCKETS).

    The first half are single words and pairs, the second letters within words, one to four, so that a misspelt word
    still shares most of its row and Chinese needs no segmentation.
    Source: Weinberger et al., Feature Hashing for Large Scale Multitask Learning (ICML 2009).
    """
    from scipy.sparse import hstack

    cleaned = [clean_text(text, _READ) for text in texts]
    counts = hstack([vectorizer.transform(cleaned) for vectorizer in _vectorizers()], format="csr")
    counts.data = 1.0 + np.log(counts.data)
    return counts


@lru_cache(maxsize=2**17)
def _bucket(gram: str) -> int:
    """The column of an n-gram; most of a message's have been met before, and the hash costs ten times the look-up."""
    from sklearn.utils import murmurhash3_32

    return abs(int(murmurhash3_32(gram, seed=0))) % BUCKETS


def ngrams_of(text: str) -> tuple[Counter[int], Counter[int]]:
    """One text's row of :func:`count_ngrams`, without the machinery of matrices: how often each column occurs.

    Words and pairs come first, letters second; the columns of both count from 0.
    """
    words, letters = _analyzers()
    cleaned = clean_text(text, _READ)
    return Counter(map(_bucket, words(cleaned))), Counter(map(_bucket, letters(cleaned)))


def weigh_ngrams(counts: csr_matrix, rarity: npt.NDArray[np.float32]) -> csr_matrix:
    """Counts times rarity, words and letters each scaled to length 1. ``rarity`` has shape (2·BUCKETS,)."""
    from scipy.sparse import diags, hstack
    from sklearn.preprocessing import normalize

    weighed = counts @ diags(rarity)
    return hstack([normalize(weighed[:, :BUCKETS]), normalize(weighed[:, BUCKETS:])], format="csr")


@dataclass(frozen=True)
class Views:
    """The weights of both views, and how much the scores of network, vector and words count.

    ``vector`` is (labels, hidden) with ``vector_bias`` (labels,). ``words`` is (labels, seen n-grams) in whole numbers,
    times ``words_scale`` (labels, 1), with ``words_bias`` (labels,); ``seen`` are the columns it has of all, and
    ``rarity`` (2·BUCKETS,) is 0 for the others.
    """

    blend: tuple[float, float, float]
    vector: npt.NDArray[np.float32]
    vector_bias: npt.NDArray[np.float32]
    words: npt.NDArray[np.int8]
    words_scale: npt.NDArray[np.float32]
    words_bias: npt.NDArray[np.float32]
    seen: npt.NDArray[np.int32]
    rarity: npt.NDArray[np.float32]

    @property
    def needs_vectors(self) -> bool:
        """Whether the untouched encoder is asked at all."""
        return self.blend[1] > 0

    def vector_scores(self, vectors: npt.NDArray[np.float32]) -> Scores:
        """Shape (texts, labels) from unit vectors of the untouched encoder, shape (texts, hidden)."""
        return np.asarray(vectors @ self.vector.T + self.vector_bias, dtype=np.float32)

    @cached_property
    def _rows(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int8]]:
        """For each n-gram the row of its weights or -1, and the weights with a row an n-gram."""
        places = np.full(2 * BUCKETS, -1, dtype=np.int32)
        places[self.seen] = np.arange(len(self.seen), dtype=np.int32)
        return places, np.ascontiguousarray(self.words.T)

    def word_scores(self, texts: Sequence[str]) -> Scores:
        """Shape (texts, labels) from the letters of the texts."""
        return self.worded(texts)[0]

    def worded(self, texts: Sequence[str]) -> tuple[Scores, Scores]:
        """:meth:`word_scores`, and which share of each text's letter n-grams training met, shape (texts,)."""
        halves = [half for text in texts for half in ngrams_of(text)]
        out = np.zeros((len(texts), len(self.words)), dtype=np.float32)
        met = np.zeros(len(texts), dtype=np.float32)
        for start in range(0, len(halves), _TOGETHER):
            part = halves[start : start + _TOGETHER]
            found, share = self._weighed(part)
            rows = slice(start // 2, start // 2 + len(part) // 2)
            out[rows], met[rows] = found[0::2] + found[1::2], share[1::2]
        return np.asarray(out * self.words_scale.T + self.words_bias, dtype=np.float32), met

    def _weighed(self, halves: Sequence[Counter[int]]) -> tuple[Scores, Scores]:
        """Shape (len(halves), labels): each half's n-grams, of length 1 together, times their weights; and which share
        of its n-grams training met, shape (len(halves),).

        Halves of words and of letters take turns.
        """
        places, weights = self._rows
        sizes = [len(half) for half in halves]
        owners = np.repeat(np.arange(len(halves)), sizes)
        columns = np.fromiter(chain.from_iterable(halves), np.int64, sum(sizes)) + BUCKETS * (owners % 2)
        counts = np.fromiter(chain.from_iterable(half.values() for half in halves), np.float32, sum(sizes))
        known = places[columns] >= 0
        met = np.bincount(owners, known, len(halves)) / np.maximum(sizes, 1)
        owners, columns, counts = owners[known], columns[known], counts[known]
        values = (1.0 + np.log(counts)) * self.rarity[columns]
        lengths = np.sqrt(np.bincount(owners, values**2, len(halves)))
        values /= np.where(lengths > 0, lengths, 1)[owners]
        out = np.zeros((len(halves), len(self.words)), dtype=np.float32)
        if len(owners):
            shares = weights[places[columns]] * values[:, None].astype(np.float32)
            starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
            out[owners[starts]] = np.add.reduceat(shares, starts, axis=0)
        return out, met.astype(np.float32)

    def blended(
        self, network: Scores, texts: Sequence[str], embed: Embed | None, words: Scores | None = None
    ) -> Scores:
        """The weighted sum of all scores, shape (texts, labels). ``embed`` is needed where :attr:`needs_vectors`;
        ``words`` are the :meth:`word_scores` where they are known already.
        """
        out = self.blend[0] * network
        if self.needs_vectors:
            if embed is None:
                raise ValueError("this classifier needs the vectors of the untouched encoder")
            out = out + self.blend[1] * self.vector_scores(embed(texts))
        if self.blend[2] > 0:
            out = out + self.blend[2] * (self.word_scores(texts) if words is None else words)
        return np.asarray(out, dtype=np.float32)

    def save(self, path: Path) -> None:
        """Write ``views.safetensors``; matrices of a view that does not count are left out."""
        from safetensors.numpy import save_file

        tensors: dict[str, npt.NDArray[Any]] = {"blend": np.asarray(self.blend, dtype=np.float32)}
        if self.needs_vectors:
            tensors |= {"vector": self.vector.astype(np.float16), "vector_bias": self.vector_bias}
        if self.blend[2] > 0:
            tensors |= {
                "words": self.words,
                "words_scale": self.words_scale,
                "words_bias": self.words_bias,
                "seen": self.seen,
                "rarity": self.rarity[self.seen].astype(np.float16),
            }
        save_file({name: np.ascontiguousarray(t) for name, t in tensors.items()}, path)

    @classmethod
    def load(cls, path: Path) -> Views:
        """Read what :meth:`save` wrote.

        Raises:
            OSError, ValueError, KeyError: the file is missing or damaged; safetensors has an error type of its own too.
        """
        from safetensors.numpy import load_file

        tensors = load_file(path)
        blend = tensors["blend"]
        none = np.zeros((0, 0), dtype=np.float32)
        rarity = np.zeros(2 * BUCKETS, dtype=np.float32)
        seen = tensors["seen"] if blend[2] > 0 else np.zeros(0, dtype=np.int32)
        if blend[2] > 0:
            rarity[seen] = tensors["rarity"].astype(np.float32)
        return cls(
            (float(blend[0]), float(blend[1]), float(blend[2])),
            tensors["vector"].astype(np.float32) if blend[1] > 0 else none,
            tensors["vector_bias"] if blend[1] > 0 else none.ravel(),
            tensors["words"] if blend[2] > 0 else none.astype(np.int8),
            tensors["words_scale"] if blend[2] > 0 else none,
            tensors["words_bias"] if blend[2] > 0 else none.ravel(),
            seen,
            rarity,
        )
