"""How strange a text is to a classifier: whether it belongs to any of the labels at all.

A softmax must choose; it is often sure of a text that no label fits. Four signs tell such texts: far from the middle
of every label in the fine-tuned space, far compared with the middle of all texts, no likely label, and small raw
scores. A fifth, the label for such texts, joins where there is one. Knows vectors and scores; does not train.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

OUTSIDE = "outside.safetensors"

Floats = npt.NDArray[np.float32]
_NAMES = ("centres", "whitening", "middle", "middle_whitening", "inside", "mean", "spread", "weights", "threshold")
_LARGE = frozenset({"centres", "whitening", "middle", "middle_whitening"})


@dataclass(frozen=True)
class Outside:
    """The shape of the known texts, and how the signs are weighed.

    ``centres`` (inside labels, hidden) are the labels' means and ``whitening`` (hidden, hidden) undoes the spread
    around them; ``middle`` (hidden,) and ``middle_whitening`` do so for all texts together. ``inside`` are the columns
    of the in-scope labels. ``mean`` and ``spread`` (signs,) standardise the signs, ``weights`` (signs,) weigh them, and
    from ``threshold`` (1,) on a text counts as strange.
    """

    centres: Floats
    whitening: Floats
    middle: Floats
    middle_whitening: Floats
    inside: npt.NDArray[np.int64]
    mean: Floats
    spread: Floats
    weights: Floats
    threshold: Floats

    @cached_property
    def _whitened(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Whitening, whitened centres and whitening about the middle, in the precision the distances need."""
        whitening = self.whitening.astype(np.float64)
        return whitening, self.centres.astype(np.float64) @ whitening, self.middle_whitening.astype(np.float64)

    def signs(self, features: Floats, logits: Floats) -> npt.NDArray[np.float64]:
        """Shape (texts, 4 or 5), larger for stranger texts.

        Source: Mahalanobis distance, Lee et al. (NeurIPS 2018); relative distance, Ren et al., A Simple Fix to
        Mahalanobis Distance (2021); likeliest label, Hendrycks and Gimpel (ICLR 2017); energy, Liu et al. (NeurIPS
        2020).

        Args:
            features: pooled vectors of the fine-tuned network, shape (texts, hidden).
            logits: scores of all labels over their temperature, shape (texts, labels).
        """
        scores = logits[:, self.inside].astype(np.float64)
        largest = scores.max(axis=1, keepdims=True)
        energy = -(largest[:, 0] + np.log(np.exp(scores - largest).sum(axis=1)))
        likeliest = np.exp(largest[:, 0] + energy)
        whitening, centres, middle_whitening = self._whitened
        near = _distances(features.astype(np.float64) @ whitening, centres).min(axis=1)
        alone = (features - self.middle).astype(np.float64) @ middle_whitening
        found = [near, near - (alone**2).sum(axis=1), 1.0 - likeliest, energy]
        other = [i for i in range(logits.shape[1]) if i not in set(self.inside.tolist())]
        if other:
            found.append((logits[:, other].astype(np.float64) - largest).max(axis=1))
        signs: npt.NDArray[np.float64] = np.stack(found, axis=1)
        return signs

    def score(self, features: Floats, logits: Floats) -> npt.NDArray[np.float64]:
        """Between 0 and 1 for each text; from one half on it counts as out of scope."""
        signs = (self.signs(features, logits) - self.mean) / self.spread
        margin = signs @ self.weights.astype(np.float64) - float(self.threshold[0])
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(margin, -50, 50))))

    def save(self, path: Path) -> None:
        """Write ``outside.safetensors``."""
        from safetensors.numpy import save_file

        tensors: dict[str, npt.NDArray[Any]] = {name: np.ascontiguousarray(getattr(self, name)) for name in _NAMES}
        save_file({n: t.astype(np.float16) if n in _LARGE else t for n, t in tensors.items()}, path)

    @classmethod
    def load(cls, path: Path) -> Outside:
        """Read what :meth:`save` wrote; raises whatever safetensors raises for a missing or damaged file."""
        from safetensors.numpy import load_file

        tensors = load_file(path)
        read: dict[str, Any] = {n: tensors[n].astype(np.float32) if n in _LARGE else tensors[n] for n in _NAMES}
        return cls(**read)


def _distances(points: npt.NDArray[np.float64], centres: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Squared Euclidean distances, shape (points, centres)."""
    squares = (points**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)[None] - 2.0 * points @ centres.T
    distances: npt.NDArray[np.float64] = np.maximum(squares, 0.0)
    return distances
