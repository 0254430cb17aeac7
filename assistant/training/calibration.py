"""Turn raw scores into honest probabilities.

Knows arrays of logits and true label numbers of held-out texts. Knows no model and no file.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assistant.understanding.intent import softmax

_LOWEST, _HIGHEST = 0.05, 20.0


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
