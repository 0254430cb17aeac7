"""Content: items like those of the history, by vectors that are handed in. Works for items nobody met yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from assistant.errors import TrainingError
from assistant.recommendation.base import Arrays, Progress
from assistant.recommendation.inner_products import VectorRecommender
from assistant.recommendation.interactions import DAY, Floats, History, Interactions, Items, Vectors


class Content(VectorRecommender):
    """Dot product of item vectors with a time-decayed, attention-pooled user vector.

    u = Σ_j a_j v_j over the history, a = softmax_j(τ · v_last·v_j + ln w_j - ln 2 · age_j / half_life), where the last
    event is what the shopper is at now and τ = ``focus`` is how much of the rest is left aside (0: a decayed mean).
    score(i) = u·v_i. Vectors are centred on the catalogue's mean, reduced to ``dimensions`` by principal components and
    brought to unit length: text encoders keep all cosines within a narrow band.

    Source: attention pooling of histories after Zhou et al., Deep Interest Network (KDD 2018), equation 3, with the
    last event for the candidate, so that one vector serves all items.
    """

    name = "content"

    def __init__(self, half_life: float | None = 30.0, focus: float = 4.0, dimensions: int = 128) -> None:
        """Half-life in days (or events), attention's inverse temperature τ, at most so many dimensions."""
        super().__init__()
        if half_life is not None and half_life <= 0:
            raise TrainingError(f"half_life is {half_life}; it must be above 0, or absent for no decay")
        if dimensions < 1:
            raise TrainingError(f"dimensions is {dimensions}; it must be at least 1")
        self._half_life = half_life
        self._focus = focus
        self._dimensions = dimensions
        self._vectors: Vectors = np.zeros((0, 0), dtype=np.float32)

    @property
    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"half_life": self._half_life, "focus": self._focus, "dimensions": self._dimensions}

    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        """Take the items' vectors; events are not looked at.

        Raises:
            TrainingError: the items have no vectors.
        """
        return self.with_items(data.items)

    def with_items(self, items: Items) -> Self:
        """Take another catalogue, as when a product was added.

        Raises:
            TrainingError: the items have no vectors.
        """
        if items.vectors is None:
            raise TrainingError("the content model needs item vectors, and these items have none; hand them in")
        self._items = items
        self._vectors = compact(items.vectors, self._dimensions)
        return self

    def item_vectors(self) -> Vectors:
        """The items' vectors, centred, reduced and of length 1, shape (n_items, d)."""
        return self._vectors

    def fold_in(self, histories: Sequence[History]) -> Vectors:
        """The pooled vectors u, shape (len(histories), d); zero where nothing is liked."""
        pooled = np.zeros((len(histories), self._vectors.shape[1]), dtype=np.float32)
        for place, one in enumerate(histories):
            rows, strengths = one.liked()
            if not len(rows):
                continue
            v = self._vectors[rows]
            logits = self._focus * (v @ v[-1]).astype(np.float64) + np.log(strengths)
            if self._half_life is not None:
                ages = one.ages() if one.weights is None else one.ages()[one.weights > 0]
                logits = logits - np.log(2.0) * ages / (DAY * self._half_life)
            weight = np.exp(logits - logits.max())
            pooled[place] = (weight / weight.sum()) @ v
        return pooled

    def _arrays(self) -> Arrays:
        return {"vectors": self._vectors}

    def _restore(self, arrays: Arrays) -> None:
        self._vectors = arrays["vectors"]


def compact(vectors: Vectors, dimensions: int) -> Vectors:
    """Centred unit vectors in at most so many dimensions, shape (n, d'); a zero vector stays zero: nothing is known."""
    wide: Floats = vectors.astype(np.float64)
    known = np.linalg.norm(wide, axis=1) > 0
    if known.sum() > 1:
        wide = np.where(known[:, None], wide - wide[known].mean(axis=0), 0.0)
    if wide.shape[1] > dimensions:
        _, axes = np.linalg.eigh(wide.T @ wide)
        wide = wide @ axes[:, ::-1][:, :dimensions]
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    unit = np.divide(wide, length, out=np.zeros_like(wide), where=length > 1e-9)
    return np.asarray(unit, dtype=np.float32)
