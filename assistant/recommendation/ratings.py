"""Predicts the stars a shopper would give: biased matrix factorisation by alternating least squares.

Knows ratings and who gave them. Ranks nothing but by predicted stars, and is no :class:`~.base.Recommender`: its query
is what a shopper rated, not what was met.
"""

from __future__ import annotations

from typing import Self

import numpy as np

from assistant.errors import TrainingError
from assistant.recommendation.base import best
from assistant.recommendation.interactions import Floats, Interactions, Ints, Mask


class BiasedFactors:
    """r̂_ui = μ + b_u + b_i + p_u·q_i, clipped to the range of the stars that were given.

    Minimises Σ (r_ui - r̂_ui)² + λ Σ_u n_u (|p_u|² + b_u²) + λ Σ_i n_i (|q_i|² + b_i²), with n the number of ratings of
    each, by solving for users and items in turn; each is a ridge regression of its own. ``factors`` 0 leaves the
    biases. Users and items without ratings get no bias and no factors.

    Source: Koren, Bell and Volinsky, Matrix Factorization Techniques (Computer 2009), equation 4; the weighting of λ:
    Zhou et al., Large-Scale Parallel Collaborative Filtering for the Netflix Prize (AAIM 2008), equation 2.
    """

    def __init__(self, factors: int = 16, regularization: float = 0.08, sweeps: int = 15, seed: int = 0) -> None:
        """Length of p and q, λ, how often both sides are solved, seed of the items' first factors."""
        if factors < 0 or sweeps < 1 or regularization <= 0:
            raise TrainingError(
                f"factors {factors}, sweeps {sweeps} and regularization {regularization} cannot be used: at least 0, "
                "at least 1 and above 0"
            )
        self._size = factors
        self._regularization = regularization
        self._sweeps = sweeps
        self._seed = seed
        self._mean = 0.0
        self._range = (0.0, 0.0)
        # The last column is the bias.
        self._users: Floats = np.zeros((0, factors + 1))
        self._items: Floats = np.zeros((0, factors + 1))

    def fit(self, data: Interactions) -> Self:
        """Learn from events that have ratings.

        Raises:
            TrainingError: the events have none.
        """
        if data.ratings is None or not len(data):
            raise TrainingError("these events have no ratings to learn from")
        stars = data.ratings.astype(np.float64)
        self._mean, self._range = float(stars.mean()), (float(stars.min()), float(stars.max()))
        chance = np.random.default_rng(self._seed)
        self._users = np.zeros((data.n_users, self._size + 1))
        self._items = np.zeros((data.n_items, self._size + 1))
        self._items[:, : self._size] = chance.normal(scale=0.1, size=(data.n_items, self._size))
        by_item = np.lexsort((data.users, data.rows))
        item_starts = np.searchsorted(data.rows[by_item], np.arange(data.n_items + 1))
        for _ in range(self._sweeps):
            self._solve(self._users, self._items, data.starts, data.rows, stars)
            self._solve(self._items, self._users, item_starts, data.users[by_item], stars[by_item])
        return self

    def predict(self, users: Ints, rows: Ints) -> Floats:
        """Stars of pairs of user and item rows, shape (n,)."""
        p, q = self._users[users], self._items[rows]
        raw = self._mean + p[:, -1] + q[:, -1] + (p[:, :-1] * q[:, :-1]).sum(axis=1)
        return np.asarray(np.clip(raw, *self._range), dtype=np.float64)

    def predict_for(self, rows: Ints, stars: Floats) -> Floats:
        """Stars for every item by somebody who gave these, whether the model met them or not, shape (n_items,)."""
        x = self._ridge(self._items[rows], np.asarray(stars, dtype=np.float64))
        raw = self._mean + x[-1] + self._items[:, -1] + self._items[:, :-1] @ x[:-1]
        return np.asarray(np.clip(raw, *self._range), dtype=np.float64)

    def recommend_for(self, rows: Ints, stars: Floats, k: int, allowed: Mask | None = None) -> Ints:
        """The ``k`` allowed items, none of those rated, with the most predicted stars."""
        scores = self.predict_for(rows, stars).astype(np.float32)
        scores[rows] = -np.inf
        if allowed is not None:
            scores[~allowed] = -np.inf
        return best(scores, k)

    def _solve(self, own: Floats, others: Floats, starts: Ints, whom: Ints, stars: Floats) -> None:
        for at in range(len(own)):
            part = slice(int(starts[at]), int(starts[at + 1]))
            if part.start < part.stop:
                own[at] = self._ridge(others[whom[part]], stars[part])

    def _ridge(self, others: Floats, stars: Floats) -> Floats:
        if not len(stars):
            return np.zeros(self._size + 1)
        design = others.copy()
        design[:, -1] = 1.0
        rest = stars - self._mean - others[:, -1]
        gram = design.T @ design + self._regularization * len(stars) * np.eye(self._size + 1)
        return np.asarray(np.linalg.solve(gram, design.T @ rest), dtype=np.float64)
