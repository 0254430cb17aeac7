"""Fit the linear views that stand beside the fine-tuned network, and how much each of them counts.

Knows texts, vectors, label numbers and scores of held-out texts. Knows no network and no file.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assistant.training.adapt import linear_probe
from assistant.understanding.intent import softmax
from assistant.understanding.views import Scores, Views, count_ngrams, weigh_ngrams

_SVM_PENALTY = 0.5
_VECTOR_PENALTY = 0.125
_VECTOR_STEPS = 200
_LARGEST = 127
_GRID = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0)
# A view that adds less than this to the likelihood of a held-out text is left out: it would only cost time.
_WORTH = 0.002


def fit_views(
    texts: Sequence[str], vectors: npt.NDArray[np.float32], labels: Sequence[int], *, count: int, seed: int
) -> Views:
    """Both linear views of the training texts; the network alone counts until :func:`choose_blend` has been asked.

    Args:
        texts: the training texts.
        vectors: their unit vectors by the untouched encoder, shape (texts, hidden).
        labels: their label numbers, each of ``count`` occurring.
        count: how many labels there are.
        seed: for the order in which the solver visits the texts.
    """
    import torch
    from sklearn.svm import LinearSVC

    truth = np.asarray(labels)
    weight, bias = linear_probe(
        torch.from_numpy(vectors), torch.from_numpy(truth), count, penalty=_VECTOR_PENALTY, steps=_VECTOR_STEPS
    )
    counts = count_ngrams(texts)
    texts_with = np.asarray((counts > 0).sum(axis=0)).ravel()
    seen = np.flatnonzero(texts_with).astype(np.int32)
    rarity = (np.log((1 + len(texts)) / (1 + texts_with)) + 1).astype(np.float16).astype(np.float32)
    rarity[texts_with == 0] = 0.0  # an n-gram no training text has says nothing
    machine = LinearSVC(C=_SVM_PENALTY, random_state=seed).fit(weigh_ngrams(counts, rarity)[:, seen], truth)
    words, words_bias = _per_label(machine.coef_, machine.intercept_, count)
    scale = np.maximum(np.abs(words).max(axis=1, keepdims=True), 1e-12) / _LARGEST
    return Views(
        (1.0, 0.0, 0.0),
        weight.numpy(),
        bias.numpy(),
        np.rint(words / scale).astype(np.int8),
        scale.astype(np.float32),
        words_bias.astype(np.float32),
        seen,
        rarity,
    )


def choose_blend(
    network: Scores, vector: Scores, words: Scores, truth: npt.NDArray[np.int64]
) -> tuple[float, float, float]:
    """How much each view's scores count, so that held-out texts become most likely.

    A grid over two ratios, each with its best temperature: with a few hundred texts nothing finer can be told apart.
    The network's weight is always 1; a view that hardly helps gets 0.

    Args:
        network: raw scores, shape (texts, labels), as are ``vector`` and ``words``.
        vector: scores of the untouched encoder's vectors.
        words: scores of words and letters.
        truth: label numbers, shape (texts,).
    """
    from assistant.training.calibration import fit_temperature

    if len(truth) == 0:
        return 1.0, 0.0, 0.0
    # In units of the network's own spread, so that one grid serves every label set.
    spread = float(network.std())
    units = [spread / max(float(scores.std()), 1e-9) for scores in (vector, words)]

    def loss(a: float, b: float) -> float:
        total = (network + a * units[0] * vector + b * units[1] * words).astype(np.float32)
        likely = softmax(total, fit_temperature(total, truth))[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(likely, 1e-12)).mean())

    found = {(a, b): loss(a, b) for a in _GRID for b in _GRID}
    best = min(found, key=lambda pair: found[pair])
    for simpler in ((0.0, 0.0), *((a, 0.0) for a in _GRID), *((0.0, b) for b in _GRID)):
        if found[simpler] <= found[best] + _WORTH:
            best = min(
                (p for p in found if (p[0] > 0) == (simpler[0] > 0) and (p[1] > 0) == (simpler[1] > 0)),
                key=lambda pair: found[pair],
            )
            break
    return 1.0, best[0] * units[0], best[1] * units[1]


def _per_label(
    weight: npt.NDArray[np.float64], bias: npt.NDArray[np.float64], count: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """One row a label; for two labels scikit-learn states only the second one's."""
    if count == 2 and len(weight) == 1:
        return np.concatenate([-weight, weight]), np.concatenate([-bias, bias])
    return weight, bias
