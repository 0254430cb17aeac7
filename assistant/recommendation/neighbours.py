"""Item neighbourhoods: items met by the same shoppers, and items met one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from scipy import sparse

from assistant.errors import TrainingError
from assistant.recommendation.base import Arrays, Progress, Recommender, recent
from assistant.recommendation.interactions import (
    Floats,
    History,
    Interactions,
    Ints,
    Mask,
    Vectors,
    history_matrix,
)

_CHUNK = 2048


class Neighbours(Recommender):
    """Scores a history by the similarities of its items: score(i) = Σ_j w_j · 2^(-age_j / half_life) · s(j, i).

    j goes over the liked events of the history, w_j is an event's strength, and i must be among the ``neighbours``
    items with the highest s(j, ·), or j says nothing of it. Without a half-life nothing fades.
    """

    def __init__(self, neighbours: int, half_life: float | None) -> None:
        super().__init__()
        if neighbours < 1:
            raise TrainingError(f"neighbours is {neighbours}; it must be at least 1")
        if half_life is not None and half_life <= 0:
            raise TrainingError(f"half_life is {half_life}; it must be above 0, or absent for no decay")
        self._neighbours = neighbours
        self._half_life = half_life
        self._similar = sparse.csr_matrix((0, 0), dtype=np.float32)

    @property
    def similarities(self) -> sparse.csr_matrix:
        """s(j, i), the nearest ``neighbours`` of row j in row j, CSR of shape (n_items, n_items)."""
        return self._similar

    def _score(self, histories: Sequence[History]) -> Vectors:
        return np.asarray(self._reached(histories).toarray(), dtype=np.float32)

    def _reached(self, histories: Sequence[History]) -> sparse.csr_matrix:
        return history_matrix(histories, len(self.items), decay=self._half_life) @ self._similar

    def leading(self, history: History, depth: int, allowed: Mask | None = None) -> tuple[Ints, Vectors]:
        """As the base says, looking only at the items that the history's are similar to."""
        n = len(self.items)
        if not n:
            return super().leading(history, depth, allowed)
        reached = self._reached([history])
        rows, values = reached.indices.astype(np.int64), reached.data
        if allowed is not None:
            keep = allowed[rows]
            rows, values = rows[keep], values[keep]
        # Where an item is left that nothing says anything of, the lowest score is 0, unless there are lower ones.
        count = n if allowed is None else int(np.count_nonzero(allowed))
        if count <= max(1, len(rows)) or (values < 0).any():
            return super().leading(history, depth, allowed)
        rows, values = rows[values > 0], values[values > 0]
        order = np.lexsort((rows, -values))[:depth]
        return rows[order], values[order]

    def _arrays(self) -> Arrays:
        return {
            "data": self._similar.data,
            "indices": self._similar.indices.astype(np.int32),
            "indptr": self._similar.indptr.astype(np.int64),
        }

    def _restore(self, arrays: Arrays) -> None:
        n = len(self.items)
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        self._similar = sparse.csr_matrix(parts, shape=(n, n), dtype=np.float32)


class ItemNeighbours(Neighbours):
    """Item k-nearest-neighbours by shrunk cosine.

    s(j, i) = c(j, i) / (√n_j · √n_i + h) for i ≠ j, c(j, i) = Σ_u v(u) over the shoppers who met both, n_i = c(i, i).
    v(u) = 1 / log2(1 + |u|) with ``damped``, |u| the different items u met (a shopper who met everything says little),
    else 1; h = ``shrinkage`` takes weight from similarities that few shoppers speak for.

    Source: Deshpande and Karypis, Item-Based Top-N Recommendation (TOIS 2004), sections 4.1 and 4.3; shrinkage: Bell
    and Koren, Scalable Collaborative Filtering (ICDM 2007), section 3.1.
    """

    name = "item-knn"

    def __init__(
        self,
        neighbours: int = 200,
        shrinkage: float = 1.0,
        half_life: float | None = 1.0,
        damped: bool = True,
        window: float | None = None,
    ) -> None:
        """Neighbours kept, shrinkage, the history's half-life in days (or events), user damping, days learnt from."""
        super().__init__(neighbours, half_life)
        if shrinkage < 0:
            raise TrainingError(f"shrinkage is {shrinkage}; it must be 0 or more")
        self._shrinkage = shrinkage
        self._damped = damped
        self._window = window

    @property
    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "neighbours": self._neighbours,
            "shrinkage": self._shrinkage,
            "half_life": self._half_life,
            "damped": self._damped,
            "window": self._window,
        }

    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        """Count who met both, a block of items at a time."""
        self._items = data.items
        met = recent(data, self._window).matrix(binary=True)
        if self._damped:
            sizes = np.asarray(met.sum(axis=1)).reshape(-1)
            met = (sparse.diags((1.0 / np.log2(1.0 + np.maximum(sizes, 1.0))) ** 0.5) @ met).tocsr()
        self._similar = shrunk_cosine(met, self._neighbours, self._shrinkage, progress)
        return self


class SequentialRules(Neighbours):
    """What came after what: item i follows item j in a shopper's sequence.

    s(j, i) = (f(j, i) + b · f(i, j)) / √(n_j · (n_i + h)) for i ≠ j, where f(j, i) = Σ_u Σ 1/d over all places of u's
    sequence at which i stands d ≤ ``window`` events after j, dislikes left out; n_i counts the events of i,
    b = ``backward`` and h = ``shrinkage``.

    Source: Ludewig and Jannach, Evaluation of Session-Based Recommendation Algorithms (UMUAI 2018), section 3.1, SR
    with linear weights; the other direction and the normalisation as a cosine are added here.
    """

    name = "sequential-rules"

    def __init__(
        self,
        neighbours: int = 200,
        window: int = 5,
        backward: float = 0.5,
        shrinkage: float = 1.0,
        half_life: float | None = 1.0,
    ) -> None:
        """Neighbours kept, events looked ahead, weight of the other direction, shrinkage h, the history's half-life."""
        super().__init__(neighbours, half_life)
        if window < 1:
            raise TrainingError(f"window is {window}; it must be at least 1")
        self._window = window
        self._backward = backward
        self._shrinkage = shrinkage

    @property
    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "neighbours": self._neighbours,
            "window": self._window,
            "backward": self._backward,
            "shrinkage": self._shrinkage,
            "half_life": self._half_life,
        }

    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        """Count what followed."""
        self._items = data.items
        n = data.n_items
        liked = data.select(data.weights > 0)
        counts = sparse.csr_matrix((n, n), dtype=np.float32)
        for distance in range(1, self._window + 1):
            if len(liked) <= distance:
                break
            same = liked.users[:-distance] == liked.users[distance:]
            before, after = liked.rows[:-distance][same], liked.rows[distance:][same]
            values = np.full(len(before), 1.0 / distance, dtype=np.float32)
            counts = counts + sparse.csr_matrix((values, (before, after)), shape=(n, n))
        counts = (counts + self._backward * counts.T).tocsr()
        counts.setdiag(0)
        counts.eliminate_zeros()
        met = np.bincount(liked.rows, minlength=n).astype(np.float64)
        left = sparse.diags(1.0 / np.sqrt(np.maximum(met, 1.0)))
        right = sparse.diags(1.0 / np.sqrt(met + self._shrinkage + (self._shrinkage == 0) * (met == 0)))
        self._similar = nearest((left @ counts @ right).tocsr().astype(np.float32), self._neighbours)
        return self


def shrunk_cosine(
    met: sparse.csr_matrix, neighbours: int, shrinkage: float, progress: Progress | None = None
) -> sparse.csr_matrix:
    """Shrunk cosines of the columns of a (users, items) matrix, nearest kept, CSR (items, items), diagonal empty."""
    columns = met.tocsc()
    length = np.sqrt(np.asarray(columns.multiply(columns).sum(axis=0)).reshape(-1))
    n = met.shape[1]
    blocks = []
    for start in range(0, n, _CHUNK):
        stop = min(start + _CHUNK, n)
        counts = (columns[:, start:stop].T @ met).tocsr()
        blocks.append(_normalised(counts, length, start, neighbours, shrinkage))
        if progress is not None:
            progress("item neighbours", stop / n)
    return sparse.vstack(blocks, format="csr") if blocks else sparse.csr_matrix((n, n), dtype=np.float32)


def nearest(matrix: sparse.csr_matrix, k: int) -> sparse.csr_matrix:
    """The ``k`` largest values of every row, ties to the lower column."""
    lengths = np.diff(matrix.indptr)
    rows = np.repeat(np.arange(matrix.shape[0]), lengths)
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    place = np.arange(len(order)) - np.repeat(matrix.indptr[:-1], lengths)
    keep = order[place < k]
    kept = (matrix.data[keep], (rows[keep], matrix.indices[keep]))
    return sparse.csr_matrix(kept, shape=matrix.shape, dtype=np.float32)


def _normalised(
    counts: sparse.csr_matrix, length: Floats, start: int, neighbours: int, shrinkage: float
) -> sparse.csr_matrix:
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    values = counts.data / (length[rows + start] * length[counts.indices] + shrinkage)
    values[rows + start == counts.indices] = 0.0
    out = sparse.csr_matrix((values, counts.indices, counts.indptr), shape=counts.shape, dtype=np.float32)
    out.eliminate_zeros()
    return nearest(out, neighbours)
