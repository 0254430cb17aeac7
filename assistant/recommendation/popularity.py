"""Popularity: what many met lately, the same for everybody but for the categories they are at home in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from assistant.errors import TrainingError
from assistant.recommendation.base import Arrays, Progress, Recommender
from assistant.recommendation.interactions import DAY, Floats, History, Interactions, Ints, Mask, Vectors


class Popularity(Recommender):
    """Events of an item, weighted and fading with time.

    pop(i) = Σ_e w_e · 2^(-age_e / half_life) over the events of item i; age from the newest event, in days. Where only
    the order is known, age is the distance from the end of the user's sequence, in events.

    With ``by_category`` the score of a history is pop(i) · (1 + b · share(c(i))), where share(c) is the part of the
    history's strength that lies in the item's category and b = ``by_category``.

    Source: the decay is that of Ding and Li, Time Weight Collaborative Filtering (CIKM 2005), equation 5.
    """

    name = "popularity"

    def __init__(self, half_life: float | None = None, by_category: float = 0.0) -> None:
        """Half-life in days (events where only the order is known), ``None`` for no decay; weight of the category."""
        super().__init__()
        if half_life is not None and half_life <= 0:
            raise TrainingError(f"half_life is {half_life}; it must be above 0, or absent for no decay")
        self._half_life = half_life
        self._by_category = by_category
        self._counts: Floats = np.zeros(0)
        self._types: Ints = np.zeros(0, dtype=np.int64)
        self._order: Ints | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"half_life": self._half_life, "by_category": self._by_category}

    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        """Count."""
        self._items = data.items
        self._types = data.items.types()
        weights = np.maximum(data.weights.astype(np.float64), 0.0)
        if self._half_life is not None and len(data):
            if data.timed:
                ages = (data.times.max() - data.times) / DAY
            else:
                ages = (data.starts[data.users + 1] - 1 - np.arange(len(data))).astype(np.float64)
            weights = weights * np.exp2(-ages / self._half_life)
        self._counts = np.bincount(data.rows, weights=weights, minlength=data.n_items).astype(np.float64)
        self._order = None
        return self

    def _score(self, histories: Sequence[History]) -> Vectors:
        out = np.tile(self._counts.astype(np.float32), (len(histories), 1))
        if not self._by_category:
            return out
        n_types = int(self._types.max()) + 1
        for row, one in enumerate(histories):
            items, strengths = one.liked()
            if len(items):
                share = np.bincount(self._types[items], weights=strengths, minlength=n_types) / strengths.sum()
                out[row] *= (1.0 + self._by_category * share[self._types]).astype(np.float32)
        return out

    def leading(self, history: History, depth: int, allowed: Mask | None = None) -> tuple[Ints, Vectors]:
        """As the base says; the order is the same for everybody unless categories count, so it is kept."""
        if self._by_category or not len(self.items):
            return super().leading(history, depth, allowed)
        counts = self._counts.astype(np.float32)
        if self._order is None:
            self._order = np.lexsort((np.arange(len(counts)), -counts))
        rows, last = _allowed(self._order, allowed, depth), _allowed(self._order[::-1], allowed, 1)
        only = len(rows) == 1 and len(_allowed(self._order, allowed, 2)) == 1
        values = counts[rows]
        keep = values > counts[last] if len(last) and not only else np.ones(len(rows), dtype=np.bool_)
        return rows[keep], values[keep]

    def _arrays(self) -> Arrays:
        return {"counts": self._counts, "types": self._types}

    def _restore(self, arrays: Arrays) -> None:
        self._counts = arrays["counts"].astype(np.float64)
        self._types = arrays["types"].astype(np.int64)
        self._order = None


def _allowed(order: Ints, allowed: Mask | None, count: int) -> Ints:
    """The first ``count`` allowed of some rows; few are looked at where most are allowed."""
    if allowed is None:
        return order[:count]
    found: list[Ints] = []
    start, width = 0, 4 * count
    while start < len(order) and sum(map(len, found)) < count:
        part = order[start : start + width]
        found.append(part[allowed[part]])
        start, width = start + width, 2 * width
    return np.concatenate(found)[:count] if found else order[:0]
