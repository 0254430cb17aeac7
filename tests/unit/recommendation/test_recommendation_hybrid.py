from __future__ import annotations

import numpy as np

from assistant.recommendation.hybrid import Hybrid, ranked
from assistant.recommendation.interactions import History, Interactions, Items
from assistant.recommendation.registry import make
from assistant.recommendation.splits import leave_one_out


def cycles(users: int = 80, n: int = 30) -> Interactions:
    chance = np.random.default_rng(3)
    starts = chance.integers(0, n, users)
    return Interactions.from_sequences(
        [[(int(s) + k) % n for k in range(5)] for s in starts], Items(tuple(map(str, range(n))))
    )


def test_ranks_are_worth_less_the_later_and_nothing_for_the_lowest_score() -> None:
    rows, worth = ranked(np.array([[1, 9, 5, 0, 0]], dtype=np.float32), 4)
    assert rows[0, :3].tolist() == [1, 2, 0]
    assert worth[0, 0] == 1.0
    assert np.all(np.diff(worth[0]) < 0)
    assert worth[0, 3] == 0.0


def test_equal_scores_are_worth_the_same() -> None:
    _, worth = ranked(np.array([[7, 7, 3, 1]], dtype=np.float32), 3)
    assert worth[0, 0] == worth[0, 1] < 1.0


def test_one_allowed_item_has_a_rank() -> None:
    scores = np.array([[-np.inf, 2, -np.inf]], dtype=np.float32)
    rows, worth = ranked(scores, 3)
    assert rows[0, 0] == 1
    assert worth[0].tolist() == [1.0, 0.0, 0.0]


def test_what_answers_weighs_more_than_what_does_not() -> None:
    model = make("hybrid", parts={"popularity": {}, "sequential-rules": {}}).fit(cycles())
    assert isinstance(model, Hybrid)
    weights = model.weights
    assert weights["sequential-rules"][2] > weights["popularity"][2]


def test_parts_sum_to_the_score_also_under_a_mask() -> None:
    model = make("hybrid", parts={"popularity": {}, "sequential-rules": {}}).fit(cycles())
    allowed = np.zeros(30, dtype=bool)
    allowed[[4, 9, 17]] = True
    found = model.recommend(History.of([2, 3]), 5, allowed, explain=True)
    assert set(found.parts) == {"popularity", "sequential-rules"}
    np.testing.assert_allclose(np.sum(list(found.parts.values()), axis=0), found.scores, rtol=1e-5)
    assert found.rows[0] == 4


def test_fitted_models_are_fused_without_fitting_them_again() -> None:
    data = cycles()
    split = leave_one_out(data, "validation")
    models = {name: make(name).fit(split.train) for name in ("popularity", "sequential-rules")}
    before = models["popularity"].scores([History.of([1])])
    fused = Hybrid.of(models, data.items).learn(split)
    np.testing.assert_array_equal(models["popularity"].scores([History.of([1])]), before)
    assert fused.recommend(History.of([5, 6]), 1).rows.tolist() == [7]
