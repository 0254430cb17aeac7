"""The nearest of some rows to a vector: exactly where they are few, by short codes first where they are many.

    codes.npy       (n, 96) int8: each vector along the directions in which a catalogue's vectors differ most
    rest.npy        (n, d - 96) int8: the same along all other directions
    directions.npy  (d, d) float32: the directions, scaled so that a product with all codes is a cosine less a constant

A tenth of the rows is kept by the first codes, a few hundred of these by all of them, and those are compared exactly.
So a filter may leave any share of a million rows, near the query or far from it. Source of the directions: principal
components of a sample (Pearson, 1901). Knows vectors only.
"""

from __future__ import annotations

import os
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.retrieval.postings import mapped
from assistant.retrieval.versions import VECTORS

_FIRST_FILE = "codes.npy"
_REST_FILE = "rest.npy"
_DIRECTIONS_FILE = "directions.npy"

Rows = npt.NDArray[np.int64]
Vector = npt.NDArray[np.float32]

#: Catalogues with fewer rows have no codes: comparing all of them exactly is quick.
COARSE_FROM = 50_000
#: Beyond so many rows Chroma's graph misses more than a scan costs: of a million it found 86 of 100 where 4,000 were
#: asked for. It is then not even opened, for it would hold two gigabytes.
GRAPH_UP_TO = 200_000
_FIRST = 96
_SAMPLE = 20_000
# What is kept by the first codes: a share, and no fewer than so many. Of a million rows kept so, none of the nearest
# ten was lost for 60 queries; a twentieth loses one in a hundred.
_SHARE = 0.1
_KEPT = 8_000
# How many times the wanted rows are compared exactly in the end, and how many at least.
_OVER = 3
_LEAST = 300
# Codes are compared in blocks that stay in the processor's cache, and made in larger ones.
_CACHED = 2_048
_BLOCK = 8_192


class VectorFile:
    """Stored vectors read row by row: a mapped file would, row after row, come to lie in memory as a whole."""

    def __init__(self, path: Path) -> None:
        """Open an array of shape (n, d), float32.

        Raises:
            OSError: the file is missing.
            ValueError: it is no such array.
        """
        mapped_file = np.load(path, mmap_mode="r")
        if mapped_file.ndim != 2 or mapped_file.dtype != np.float32 or not mapped_file.flags.c_contiguous:
            raise ValueError(f"'{path.name}' holds {mapped_file.dtype} of shape {mapped_file.shape}")
        self._width = int(mapped_file.shape[1])
        self._begin = int(mapped_file.offset)
        self._mapped, self._name, self._file = mapped_file, path.name, -1
        if hasattr(os, "preadv"):  # not everywhere; without it the mapped file does
            self._file = os.open(path, os.O_RDONLY)
            weakref.finalize(self, os.close, self._file)

    def rows(self, rows: Rows) -> npt.NDArray[np.float32]:
        """Some rows, shape (len(rows), d). Safe to share between threads."""
        if self._file < 0:
            return np.asarray(self._mapped[rows])
        out = np.empty((len(rows), self._width), dtype=np.float32)
        size = 4 * self._width
        for place, row in zip(out, rows.tolist(), strict=True):
            got = os.preadv(self._file, [place.data], self._begin + row * size)
            if got != size:
                raise OSError(f"row {row} of '{self._name}' ends after {got} bytes")
        return out


@dataclass(frozen=True, slots=True)
class Codes:
    """Short codes of n vectors; see the module."""

    first: npt.NDArray[np.int8]
    rest: npt.NDArray[np.int8]
    directions: npt.NDArray[np.float32]
    exact: VectorFile

    @classmethod
    def make(cls, vectors: npt.NDArray[Any], folder: Path) -> Codes:
        """Find the directions in a sample of ``vectors``, shape (n, d), and write the codes of all into ``folder``.

        The vectors themselves lie there already.
        """
        n, d = vectors.shape
        sample = np.asarray(vectors[:: max(1, n // _SAMPLE)], dtype=np.float32)
        mean = sample.mean(axis=0)
        _, found = np.linalg.eigh(np.cov((sample - mean).T))
        basis = np.ascontiguousarray(found[:, ::-1], dtype=np.float32)
        # A few stray vectors may be cut off, so that the others use the whole range.
        reach = np.quantile(np.abs((sample - mean) @ basis), 0.999, axis=0).astype(np.float32)
        step = np.maximum(reach, 1e-6) / 127
        cut = min(_FIRST, d)
        first = np.lib.format.open_memmap(folder / _FIRST_FILE, mode="w+", dtype=np.int8, shape=(n, cut))
        rest = np.lib.format.open_memmap(folder / _REST_FILE, mode="w+", dtype=np.int8, shape=(n, d - cut))
        for start in range(0, n, _BLOCK):
            block = (np.asarray(vectors[start : start + _BLOCK], dtype=np.float32) - mean) @ basis
            codes = np.clip(np.round(block / step), -127, 127)
            first[start : start + _BLOCK], rest[start : start + _BLOCK] = codes[:, :cut], codes[:, cut:]
        first.flush()
        rest.flush()
        np.save(folder / _DIRECTIONS_FILE, basis * step)
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> Codes:
        """Map what :meth:`make` wrote.

        Raises:
            OSError: a file is missing.
            ValueError: a file is damaged.
        """
        first, rest = mapped(folder / _FIRST_FILE), mapped(folder / _REST_FILE)
        directions = np.load(folder / _DIRECTIONS_FILE)
        if len(first) != len(rest) or first.shape[1] + rest.shape[1] != directions.shape[1]:
            raise ValueError(f"codes of {first.shape} and {rest.shape} for directions of {directions.shape}")
        return cls(first, rest, directions, VectorFile(folder / VECTORS))

    def nearest(self, vector: Vector, rows: Rows, k: int) -> Rows:
        """About the ``k`` nearest of some rows, in no order."""
        query = np.asarray(vector, dtype=np.float32) @ self.directions
        cut = self.first.shape[1]
        scores = _products(self.first, query[:cut], rows)
        kept = best(scores, max(_KEPT, k, int(_SHARE * len(rows))))
        # Ascending rows lie side by side in the file.
        kept.sort()
        rows, scores = rows[kept], scores[kept] + _products(self.rest, query[cut:], rows[kept])
        return rows[best(scores, k)]


def _products(codes: npt.NDArray[np.int8], query: Vector, rows: Rows) -> npt.NDArray[np.float32]:
    """The products of some rows of ``codes`` with a vector, shape (len(rows),)."""
    out = np.empty(len(rows), dtype=np.float32)
    held = np.empty((min(_CACHED, len(rows)), len(query)), dtype=np.int8)
    room = np.empty(held.shape, dtype=np.float32)
    for start in range(0, len(rows), _CACHED):
        some = rows[start : start + _CACHED]
        block = room[: len(some)]
        if int(some[-1]) - int(some[0]) + 1 == len(some):
            block[...] = codes[int(some[0]) : int(some[-1]) + 1]
        else:
            # Unchecked and into room at hand, which is three times as quick as indexing.
            block[...] = np.take(codes, some, axis=0, out=held[: len(some)], mode="clip")
        np.dot(block, query, out=out[start : start + len(some)])
    return out


def cosines(
    vectors: npt.NDArray[np.float32], codes: Codes | None, vector: Vector, rows: Rows
) -> npt.NDArray[np.float64]:
    """The exact cosines of some rows, shape (len(rows),)."""
    some = vectors[rows] if codes is None else codes.exact.rows(rows)
    return np.asarray(some @ vector, dtype=np.float64)


def nearest_of(
    vectors: npt.NDArray[np.float32], codes: Codes | None, vector: Vector, rows: Rows, k: int
) -> tuple[Rows, npt.NDArray[np.float64]]:
    """The ``k`` nearest of some rows.

    Args:
        vectors: all vectors, shape (n, d), of length 1.
        codes: their codes, where there are any.
        vector: shape (d,), of length 1.
        rows: ascending rows to choose from.
        k: at most so many.

    Returns:
        The rows and their cosines, best first.
    """
    kept = max(_OVER * k, _LEAST)
    if codes is not None and len(rows) > kept:
        rows = np.sort(codes.nearest(vector, rows, kept))
    exact = cosines(vectors, codes, vector, rows)
    order = best(exact, k)
    order = order[np.lexsort((rows[order], -exact[order]))]
    return rows[order], exact[order]


def best(scores: npt.NDArray[Any], k: int) -> Rows:
    """The places of the ``k`` highest scores, in no order."""
    if k >= len(scores):
        return np.arange(len(scores))
    return np.argpartition(scores, len(scores) - k)[len(scores) - k :]
