from __future__ import annotations

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.evaluation.recommender_ratings import cross_validate
from assistant.recommendation.interactions import Interactions, Items
from assistant.recommendation.ratings import BiasedFactors

USERS, ITEMS = 60, 40


def rated(seed: int = 0, share: float = 0.5) -> tuple[Interactions, np.ndarray]:
    """Stars made of a mean, biases and two tastes, with little noise; the whole table beside what is known of it."""
    chance = np.random.default_rng(seed)
    p, q = chance.normal(size=(USERS, 2)), chance.normal(size=(ITEMS, 2))
    table = 3 + chance.normal(scale=0.5, size=(USERS, 1)) + chance.normal(scale=0.5, size=ITEMS) + p @ q.T
    table += chance.normal(scale=0.05, size=table.shape)
    users, rows = np.nonzero(chance.random(table.shape) < share)
    items = Items(tuple(map(str, range(ITEMS))))
    stars = table[users, rows].astype(np.float32)
    return Interactions.build(users, rows, None, items, [str(u) for u in range(USERS)], ratings=stars), table


def test_what_is_hidden_is_predicted_far_better_than_by_biases() -> None:
    data, table = rated()
    hidden = np.ones_like(table, dtype=bool)
    hidden[data.users, data.rows] = False
    users, rows = np.nonzero(hidden)
    full, biases = (BiasedFactors(f, 0.01).fit(data).predict(users, rows) - table[users, rows] for f in (2, 0))
    assert np.sqrt((full**2).mean()) < 0.4 * np.sqrt((biases**2).mean())


def test_somebody_new_is_predicted_from_what_they_rated() -> None:
    data, table = rated()
    model = BiasedFactors(2, 0.01).fit(data.select(data.users != 7))
    known = np.arange(0, ITEMS, 2)
    predicted = model.predict_for(known, table[7, known])
    rest = np.arange(1, ITEMS, 2)
    assert np.corrcoef(predicted[rest], table[7, rest])[0, 1] > 0.9


def test_masked_and_rated_items_never_come() -> None:
    data, table = rated()
    model = BiasedFactors(2, 0.01).fit(data)
    allowed = np.zeros(ITEMS, dtype=bool)
    allowed[[1, 4, 6]] = True
    found = model.recommend_for(np.array([4]), table[0, [4]], 10, allowed)
    assert set(found.tolist()) == {1, 6}
    scores = model.predict_for(np.array([4]), table[0, [4]])
    assert scores[found[0]] >= scores[found[1]]


def test_predictions_stay_within_the_stars_given_and_unknowns_get_the_mean() -> None:
    stars = np.array([1, 5, 5], dtype=np.float32)
    items = Items(("a", "b", "c"))
    data = Interactions.build(np.array([0, 0, 1]), np.array([0, 1, 1]), None, items, ["u", "v", "w"], ratings=stars)
    model = BiasedFactors(2, 0.001).fit(data)
    every = model.predict(np.repeat(np.arange(3), 3), np.tile(np.arange(3), 3))
    assert every.min() >= 1.0
    assert every.max() <= 5.0
    assert model.predict(np.array([2]), np.array([2]))[0] == pytest.approx(11 / 3)
    assert len(model.predict_for(np.zeros(0, dtype=np.int64), np.zeros(0))) == 3


def test_cross_validation_beats_the_baselines_and_repeats_itself() -> None:
    data, _ = rated()
    figures = cross_validate(data, folds=3)
    assert figures["rmse"] < figures["biases_rmse"] < figures["mean_rmse"]
    assert figures["mae"] < figures["rmse"]
    assert cross_validate(data, folds=3) == figures


def test_without_ratings_it_says_so() -> None:
    data = Interactions.from_sequences([[0]], Items(("a",)))
    with pytest.raises(TrainingError, match="no ratings"):
        BiasedFactors().fit(data)
    with pytest.raises(TrainingError, match="no ratings"):
        cross_validate(data)
    with pytest.raises(TrainingError, match="folds"):
        cross_validate(rated()[0], folds=1)
