"""Measures predicted stars by k-fold cross-validation: mean absolute error and root mean squared error.

Knows folds and errors. Does not rank: how well lists are made is measured by full ranking.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from assistant.errors import TrainingError
from assistant.recommendation.interactions import Interactions
from assistant.recommendation.ratings import BiasedFactors

REGULARIZATIONS = (0.05, 0.08, 0.12)
FACTORS = (8, 16, 32)


def cross_validate(data: Interactions, *, folds: int = 5, seed: int = 0) -> dict[str, Any]:
    """MAE and RMSE of biased factors over ``folds`` parts, each predicted from the others, beside two baselines.

    Options are chosen once, on a tenth of the first fold's training ratings, and never see a test rating of that fold.

    Returns:
        ``mae``, ``rmse`` with ``_sd`` over folds, the same of the biases alone and of the mean, ``folds``, ``options``.

    Raises:
        TrainingError: there are no ratings, or fewer than two a fold.
    """
    if data.ratings is None:
        raise TrainingError("these events have no ratings; a cross-validation needs them")
    if folds < 2 or len(data) < 2 * folds:
        raise TrainingError(f"{len(data)} ratings cannot be cut into {folds} folds; at least 2 folds of 2")
    part = np.random.default_rng(seed).permutation(len(data)) % folds
    options = _choose(data.select(part != 0), seed)
    found: dict[str, list[tuple[float, float]]] = {"": [], "biases_": [], "mean_": []}
    for fold in range(folds):
        train, test = data.select(part != fold), data.select(part == fold)
        found[""].append(_errors(BiasedFactors(**options, seed=seed).fit(train), test))
        alone = {**options, "factors": 0}
        found["biases_"].append(_errors(BiasedFactors(**alone, seed=seed).fit(train), test))
        assert train.ratings is not None
        assert test.ratings is not None
        gap = test.ratings.astype(np.float64) - float(train.ratings.mean())
        found["mean_"].append((float(np.abs(gap).mean()), float(np.sqrt((gap**2).mean()))))
    out: dict[str, Any] = {}
    for prefix, errors in found.items():
        values = np.array(errors)
        for column, name in enumerate(("mae", "rmse")):
            out[f"{prefix}{name}"] = round(float(values[:, column].mean()), 6)
            if not prefix:
                out[f"{name}_sd"] = round(float(values[:, column].std(ddof=1)), 6)
    return {**out, "folds": folds, "seed": seed, "options": options}


def _choose(data: Interactions, seed: int) -> dict[str, Any]:
    held = np.random.default_rng(seed).random(len(data)) < 0.1
    if not held.any() or held.all():
        return {"factors": FACTORS[0], "regularization": REGULARIZATIONS[-1]}
    train, test = data.select(~held), data.select(held)
    tried = {}
    for factors in FACTORS:
        for regularization in REGULARIZATIONS:
            model = BiasedFactors(factors, regularization, seed=seed).fit(train)
            tried[factors, regularization] = _errors(model, test)[1]
    factors, regularization = min(tried, key=lambda options: tried[options])
    return {"factors": factors, "regularization": regularization}


def _errors(model: BiasedFactors, test: Interactions) -> tuple[float, float]:
    assert test.ratings is not None
    gap = test.ratings.astype(np.float64) - model.predict(test.users, test.rows)
    return float(np.abs(gap).mean()), float(np.sqrt((gap**2).mean()))
