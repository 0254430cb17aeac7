"""Matrix factorisation of implicit feedback by the library ``implicit``: iALS and BPR, shoppers folded in.

Users' factors are not kept: a history is the query, so that somebody nobody met before is answered alike, and an event
counts at once. Scores are dot products of the folded-in user vector with the items' factors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self

import numpy as np
from threadpoolctl import threadpool_limits

from assistant.errors import TrainingError
from assistant.recommendation.base import Arrays, Progress, recent
from assistant.recommendation.inner_products import VectorRecommender
from assistant.recommendation.interactions import (
    Floats,
    History,
    Interactions,
    Ints,
    Vectors,
    history_matrix,
)

_BLOCK = 512


class _Factors(VectorRecommender):
    """Item factors and how a history becomes a user vector."""

    def __init__(self) -> None:
        super().__init__()
        self._factors: Vectors = np.zeros((0, 0), dtype=np.float32)

    @property
    def factors(self) -> Vectors:
        """Item factors, shape (n_items, d)."""
        return self._factors

    def item_vectors(self) -> Vectors:
        """Item factors, shape (n_items, d)."""
        return self._factors


class ImplicitALS(_Factors):
    """Weighted matrix factorisation by alternating least squares.

    Minimises Σ_{u,i} c_ui (p_ui - x_u·y_i)² + λ (Σ|x_u|² + Σ|y_i|²), p_ui = 1 where u met i, else 0; c_ui = α·r_ui
    where u met i, else 1. A history is folded in by the exact solution of its least squares with Y fixed:
    x = (YᵀY + λI + Yᵀ(C - I)Y)⁻¹ Yᵀ C p.

    Source: Hu, Koren and Volinsky, Collaborative Filtering for Implicit Feedback Datasets (ICDM 2008), equations 3-5.
    """

    name = "ials"

    def __init__(
        self,
        factors: int = 128,
        regularization: float = 1.0,
        alpha: float = 10.0,
        iterations: int = 15,
        half_life: float | None = 1.0,
        threads: int = 0,
        seed: int = 0,
        window: float | None = None,
    ) -> None:
        """Factors, λ, α, sweeps, half-life of the history in days (or events), threads (0: all), seed, window in days.

        Without a window all events are learnt from; see :func:`assistant.recommendation.base.recent`.
        """
        super().__init__()
        if factors < 1 or iterations < 1 or alpha <= 0 or regularization <= 0:
            raise TrainingError(
                f"factors {factors}, iterations {iterations}, alpha {alpha} and regularization {regularization} "
                "must all be above 0"
            )
        self._size = factors
        self._regularization = regularization
        self._alpha = alpha
        self._iterations = iterations
        self._half_life = half_life
        self._threads = threads
        self._seed = seed
        self._window = window
        self._inverse: Floats = np.zeros((0, 0))

    @property
    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "factors": self._size,
            "regularization": self._regularization,
            "alpha": self._alpha,
            "iterations": self._iterations,
            "half_life": self._half_life,
            "threads": self._threads,
            "seed": self._seed,
            "window": self._window,
        }

    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        """Alternate."""
        from implicit.cpu.als import AlternatingLeastSquares

        self._items = data.items
        matrix = recent(data, self._window).matrix()
        self._factors = np.zeros((data.n_items, self._size), dtype=np.float32)
        if matrix.nnz:

            def told(iteration: int, seconds: float, loss: float | None) -> None:
                if progress is not None:
                    progress("iALS", (iteration + 1) / self._iterations)

            # Made within as well: the library looks at the number of threads when a model is made.
            with one_blas_thread():
                model = AlternatingLeastSquares(
                    factors=self._size,
                    regularization=self._regularization,
                    alpha=self._alpha,
                    iterations=self._iterations,
                    num_threads=self._threads,
                    random_state=self._seed,
                )
                model.fit(matrix, show_progress=False, callback=told)
            self._factors = np.asarray(model.item_factors, dtype=np.float32)
        self._prepare()
        return self

    def _prepare(self) -> None:
        wide = self._factors.astype(np.float64)
        inverse = np.linalg.inv(wide.T @ wide + self._regularization * np.eye(self._size))
        self._inverse = np.asarray(inverse, dtype=np.float64)

    def fold_in(self, histories: Sequence[History]) -> Vectors:
        """Exact, by inverting a matrix as large as the history is long instead of one as large as there are factors.

        (A + VᵀWV)⁻¹Vᵀ = A⁻¹Vᵀ(I + W V A⁻¹ Vᵀ)⁻¹ with A = YᵀY + λI, V the history's item factors and W = C - I.
        """
        asked = history_matrix(histories, len(self.items), decay=self._half_life)
        out = np.zeros((len(histories), self._size), dtype=np.float32)
        for at, rows, strengths in _by_length(asked):
            v = self._factors[rows].astype(np.float64)
            c = self._alpha * strengths
            reached = v @ self._inverse
            small = np.eye(rows.shape[1]) + (c - 1.0)[:, :, None] * (reached @ v.transpose(0, 2, 1))
            solved = np.linalg.solve(small, c[:, :, None])
            out[at] = (reached.transpose(0, 2, 1) @ solved)[:, :, 0]
        return out

    def _arrays(self) -> Arrays:
        return {"factors": self._factors}

    def _restore(self, arrays: Arrays) -> None:
        self._factors = arrays["factors"]
        self._prepare()


class FoldedFactors(_Factors):
    """Item factors of a model that learns user vectors too; a history is mapped onto one by linear regression.

    x = W·[h, |h|, 1] with h the decayed mean of the history's item factors; W by ridge regression from the training
    users' histories onto their learnt vectors. Without it a model whose users are free vectors could not answer a live
    session.
    """

    _RIDGE = 1e-2

    def __init__(self, half_life: float | None) -> None:
        super().__init__()
        self._half_life = half_life
        self._map: Floats = np.zeros((0, 0))

    def _learn_map(self, data: Interactions, users: Vectors) -> None:
        known = np.flatnonzero(data.lengths() > 0)
        given = self._pooled([data.history(int(u)) for u in known])
        gram = given.T @ given + self._RIDGE * len(known) / max(1, given.shape[1]) * np.eye(given.shape[1])
        self._map = np.linalg.solve(gram, given.T @ users[known].astype(np.float64))

    def _pooled(self, histories: Sequence[History]) -> Floats:
        asked = history_matrix(histories, len(self.items), decay=self._half_life)
        total = np.maximum(np.asarray(asked.sum(axis=1)).reshape(-1, 1), 1e-12)
        mean = np.asarray(asked @ self._factors, dtype=np.float64) / total
        size = np.log1p(np.diff(asked.indptr)).reshape(-1, 1)
        return np.concatenate([mean, size, np.ones_like(size)], axis=1)

    def fold_in(self, histories: Sequence[History]) -> Vectors:
        """User vectors by the regression, shape (len(histories), d)."""
        return np.asarray(self._pooled(histories) @ self._map, dtype=np.float32)

    def _arrays(self) -> Arrays:
        return {"factors": self._factors, "map": self._map}

    def _restore(self, arrays: Arrays) -> None:
        self._factors = arrays["factors"]
        self._map = arrays["map"]


class BPR(FoldedFactors):
    """Bayesian personalised ranking: items a shopper met shall score above those not met.

    Maximises Σ ln σ(x_ui - x_uj) - λ|Θ|², x_ui = b_i + x_u·y_i, over sampled triples of a user, an item met and one not
    met, by stochastic gradient ascent.

    Source: Rendle et al., BPR: Bayesian Personalized Ranking from Implicit Feedback (UAI 2009), section 4.
    """

    name = "bpr"

    def __init__(
        self,
        factors: int = 128,
        learning_rate: float = 0.02,
        regularization: float = 0.01,
        iterations: int = 300,
        half_life: float | None = 1.0,
        seed: int = 0,
    ) -> None:
        """Factors, step size, λ, rounds over the events, half-life of the history in days (or events), seed."""
        super().__init__(half_life)
        if factors < 1 or iterations < 1:
            raise TrainingError(f"factors {factors} and iterations {iterations} must be above 0")
        self._size = factors
        self._rate = learning_rate
        self._regularization = regularization
        self._iterations = iterations
        self._seed = seed

    @property
    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "factors": self._size,
            "learning_rate": self._rate,
            "regularization": self._regularization,
            "iterations": self._iterations,
            "half_life": self._half_life,
            "seed": self._seed,
        }

    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        """Sample and step, with one thread: with more the order of the steps, and so the model, would be chance."""
        from implicit.cpu.bpr import BayesianPersonalizedRanking

        self._items = data.items
        # The library's last factor is the item's bias.
        self._factors = np.zeros((data.n_items, self._size + 1), dtype=np.float32)
        self._map = np.zeros((self._size + 3, self._size + 1))
        matrix = data.matrix(binary=True)
        # With one item there is nothing that was not met to sample.
        if matrix.nnz and data.n_items > 1:

            def told(iteration: int, seconds: float, *rest: object) -> None:
                if progress is not None:
                    progress("BPR", (iteration + 1) / self._iterations)

            # Made within as well: the library looks at the number of threads when a model is made.
            with one_blas_thread():
                model = BayesianPersonalizedRanking(
                    factors=self._size,
                    learning_rate=self._rate,
                    regularization=self._regularization,
                    iterations=self._iterations,
                    num_threads=1,
                    random_state=self._seed,
                )
                model.fit(matrix, show_progress=False, callback=told)
            self._factors = np.asarray(model.item_factors, dtype=np.float32)
            self._learn_map(data, np.asarray(model.user_factors, dtype=np.float32))
        return self


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """One BLAS thread within: the library runs its own threads, and threads under threads stand in each other's way."""
    with threadpool_limits(1, "blas"):
        yield


def _by_length(asked: Any) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Rows of equal length together: which (b,), their columns (b, m) and values (b, m); empty rows are left out."""
    lengths = np.diff(asked.indptr)
    for m in np.unique(lengths[lengths > 0]):
        places = np.flatnonzero(lengths == m)
        for start in range(0, len(places), _BLOCK):
            at = places[start : start + _BLOCK]
            cells = asked.indptr[at][:, None] + np.arange(m)
            yield at, asked.indices[cells].astype(np.int64), asked.data[cells].astype(np.float64)
