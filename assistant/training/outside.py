"""Fit the detector of texts that belong to no label: from known texts, and from strange ones where there are some.

Knows features, scores and label numbers. Knows no network and no file.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from assistant.understanding.outside import Floats, Outside

# Of each covariance so much is replaced by a round one of the same size: the fine-tuned space is nearly flat.
_SHRINKAGE = 0.1
_FALSE_REJECT = 0.04
"""So many of the known texts may be taken for strange at most; the held-out ones decide, new ones scatter around it."""
# A known text refused costs as much as so many strange ones found: it was a customer with a right question.
_PRICE = 2.0
# Fewer strange texts than this say too little about how to weigh the signs.
_ENOUGH_STRANGE = 8
_ENOUGH_KNOWN = 25
_NOISE = 1e-3
_RIDGE = 1.0


def fit_outside(
    features: Floats,
    labels: npt.NDArray[np.int64],
    held_features: Floats,
    held_logits: Floats,
    held_labels: npt.NDArray[np.int64],
    *,
    strange: int | None,
) -> Outside | None:
    """The detector, with a threshold that refuses at most 4 % of the known held-out texts.

    ``None`` where there is too little to fit one: fewer than 25 known held-out texts, or a label with a single text.

    Args:
        features: pooled vectors of the training texts, shape (texts, hidden).
        labels: their label numbers.
        held_features: the same of held-out texts.
        held_logits: their scores over the temperature, shape (held-out texts, labels).
        held_labels: their label numbers.
        strange: the number of the label that strange texts have, where there is one.
    """
    known = labels != strange
    is_known = held_labels != strange
    if is_known.sum() < _ENOUGH_KNOWN or np.unique(labels[known], return_counts=True)[1].min() < 2:
        return None
    inside = np.unique(labels[known])
    centres = np.stack([features[labels == label].mean(axis=0) for label in inside]).astype(np.float64)
    place = {int(label): i for i, label in enumerate(inside)}
    around = features[known] - centres[[place[int(label)] for label in labels[known]]]
    middle = features[known].mean(axis=0)
    ones = np.ones(5 if strange is not None else 4, dtype=np.float32)
    detector = Outside(
        _stored(centres),
        _stored(_whitening(around)),
        _stored(middle),
        _stored(_whitening(features[known] - middle)),
        inside.astype(np.int64),
        0 * ones,
        ones,
        ones,
        np.zeros(1, dtype=np.float32),
    )
    signs = detector.signs(held_features, held_logits)
    if not np.isfinite(signs).all():
        return None
    mean, spread = signs[is_known].mean(axis=0), signs[is_known].std(axis=0)
    # With a single label some signs are the same for every text, but for rounding: they say nothing.
    telling = spread > _NOISE * (1.0 + np.abs(mean))
    spread = np.where(telling, spread, 1.0)
    scaled = (signs - mean) / spread * telling
    weights = telling / max(int(telling.sum()), 1)
    if strange is not None and (~is_known).sum() >= _ENOUGH_STRANGE:
        weights = _weigh(scaled, ~is_known) * telling
    # What the label for strange texts wins outright is decided already; the detector looks at the rest.
    free = np.ones(len(held_labels), dtype=np.bool_) if strange is None else held_logits.argmax(axis=1) != strange
    threshold = _threshold(scaled @ weights, is_known, free)
    return replace(
        detector,
        mean=mean.astype(np.float32),
        spread=spread.astype(np.float32),
        weights=weights.astype(np.float32),
        threshold=np.asarray([threshold], dtype=np.float32),
    )


def _stored(values: npt.NDArray[np.floating]) -> Floats:
    """Values as they come back from the file, so that the threshold fits what will run."""
    with np.errstate(over="ignore"):
        return np.asarray(values, dtype=np.float16).astype(np.float32)


def _whitening(vectors: npt.NDArray[np.floating]) -> Floats:
    """A matrix that makes the spread of ``vectors`` round and of size 1, shape (hidden, hidden)."""
    covariance = vectors.T.astype(np.float64) @ vectors / max(len(vectors), 1)
    size = float(np.trace(covariance)) / len(covariance)
    covariance = (1 - _SHRINKAGE) * covariance + _SHRINKAGE * max(size, 1e-12) * np.eye(len(covariance))
    values, axes = np.linalg.eigh(covariance)
    return np.asarray(axes / np.sqrt(np.maximum(values, 1e-12)), dtype=np.float32)


def _weigh(signs: npt.NDArray[np.float64], strange: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """How much each sign tells known from strange: a logistic regression with both kinds counting alike."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1.0 / _RIDGE, class_weight="balanced", max_iter=500).fit(signs, strange)
    return np.asarray(fitted.coef_[0], dtype=np.float64)


def _threshold(total: npt.NDArray[np.float64], known: npt.NDArray[np.bool_], free: npt.NDArray[np.bool_]) -> float:
    """The lowest that the limit on false refusals allows, or above it what finds the most for its price."""
    left, open_known = total[free & ~known], total[free & known]
    refused = int((known & ~free).sum())
    budget = max(0.0, _FALSE_REJECT * int(known.sum()) - refused) / max(len(open_known), 1)
    # Just above the text that the budget no longer allows, for texts at the threshold are refused.
    edge = np.quantile(open_known, 1.0 - min(budget, 1.0), method="higher") if len(open_known) else total.max()
    lowest = float(np.nextafter(np.float32(edge), np.float32(np.inf)))
    if (~known).sum() < _ENOUGH_STRANGE:
        return lowest
    never = float(total.max()) + 1.0
    choices = np.unique(np.concatenate([[lowest, never], total[free & (total > lowest)]]))
    strange_count, known_count = int((~known).sum()), max(int(known.sum()), 1)
    gains = [(left >= t).sum() / strange_count - _PRICE * (open_known >= t).sum() / known_count for t in choices]
    # The highest of the best: between two texts nothing says where the line is.
    best = max(gains)
    return float(max(t for t, gain in zip(choices, gains, strict=True) if gain >= best))
