"""A trained recommender over the rows of a catalogue index: what it makes of a history there, between 0 and 1.

The model has items of its own, which may be those of an older catalogue; they are matched by SKU. Knows no filters: the
caller's mask carries them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.recommendation.base import Recommender
from assistant.recommendation.hybrid import ranked
from assistant.recommendation.interactions import History, Ints, Mask, Vectors
from assistant.recommendation.lists import without_met

_DEPTH = 100


class Learnt:
    """Asks a model with catalogue rows. Reads only; safe to share."""

    def __init__(self, model: Recommender, skus: Sequence[str]) -> None:
        """``skus`` are those of the catalogue in row order, n of them."""
        self._model = model
        # The model's row of every catalogue row, -1 for a product it does not know.
        self._own: Ints = np.array([model.items.rows.get(sku, -1) for sku in skus], dtype=np.int64)

    def worth(self, rows: Sequence[int], allowed: Mask) -> dict[str, Vectors]:
        """What the model's ranks among the allowed rows are worth, shape (n,): 1 for the first, 0 from the 100th on.

        Args:
            rows: catalogue rows of the history, oldest first.
            allowed: catalogue rows that may come, shape (n,).

        Returns:
            Under "behaviour" the worth, and, where a model is made of several, what each part adds under
            "behaviour:part", scaled to sum to it. Empty where the model knows nothing of the history, or no allowed
            row.
        """
        history = History.of([int(row) for row in self._own[list(rows)] if row >= 0])
        known = self._own >= 0
        mask = np.zeros(len(self._model.items), dtype=np.bool_)
        mask[self._own[known & allowed]] = True
        if not len(history) or not mask.any():
            return {}
        scores = without_met(self._model.scores([history], mask).copy(), [history])
        best, values = ranked(scores, _DEPTH)
        own = np.zeros(len(mask), dtype=np.float32)
        own[best[0]] = np.maximum(values[0], 0.0)
        out = {"behaviour": self._spread(own)}
        for name, part in self._model.parts([history], mask).items():
            total = np.where(own > 0, scores[0], 1.0)
            share = np.divide(part[0], total, out=np.zeros_like(part[0]), where=total > 0)
            out[f"behaviour:{name}"] = self._spread(np.asarray(share * own, dtype=np.float32))
        return out

    def _spread(self, own: Vectors) -> Vectors:
        return np.where(self._own >= 0, own[self._own], np.float32(0.0)).astype(np.float32)
