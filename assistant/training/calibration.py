"""Turn raw scores into honest probabilities, and choose below which of them a text counts as out of scope.

Knows arrays of logits and true label numbers of held-out texts. Knows no model and no file.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assistant.understanding.intent import softmax

_LOWEST, _HIGHEST = 0.05, 20.0
# What rejecting may cost at most: so many of the in-scope texts that would otherwise be kept.
_FALSE_REJECT_KNOWN = 0.01
_FALSE_REJECT_UNKNOWN = 0.05


def fit_temperature(logits: npt.NDArray[np.float32], truth: npt.NDArray[np.int64]) -> float:
    """The temperature with the least negative log-likelihood on texts that were not trained on; 1 where there are none.

    Source: Guo et al., On Calibration of Modern Neural Networks (ICML 2017), section 4.2. The likelihood has one
    minimum in 1/T, so a golden-section search on log T finds it.
    """
    if len(truth) == 0:
        return 1.0

    def loss(log_temperature: float) -> float:
        p = softmax(logits, float(np.exp(log_temperature)))[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(p, 1e-12)).mean())

    low, high = float(np.log(_LOWEST)), float(np.log(_HIGHEST))
    ratio = (5**0.5 - 1) / 2
    for _ in range(60):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(left) <= loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def choose_rejection(
    probabilities: npt.NDArray[np.float64], truth: npt.NDArray[np.int64], out_of_scope: int | None
) -> float:
    """The confidence below which a text is taken for out of scope; 0 rejects nothing beyond what the labels do.

    With a label for such texts, the threshold is the one that catches the most of the held-out ones the labels miss, as
    long as it costs at most 1 % of the in-scope texts. Without it, 5 % of the in-scope texts lie below.
    """
    if len(truth) == 0:
        return 0.0
    confidence, best = probabilities.max(axis=1), probabilities.argmax(axis=1)
    if out_of_scope is None:
        return float(np.quantile(confidence, _FALSE_REJECT_UNKNOWN))
    kept = best != out_of_scope
    inside, missed = confidence[kept & (truth != out_of_scope)], confidence[kept & (truth == out_of_scope)]
    if len(inside) == 0 or len(missed) == 0:
        return 0.0
    limit = float(np.quantile(inside, _FALSE_REJECT_KNOWN))
    caught = missed[missed < limit]
    # Just above the surest of the caught ones: a higher threshold would cost more and catch nothing.
    return float(np.nextafter(caught.max(), 1.0)) if len(caught) else 0.0
