from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from assistant.recommendation.base import Arrays, Progress, Recommender
from assistant.recommendation.hybrid import Hybrid, ranked
from assistant.recommendation.interactions import History, Interactions, Items
from assistant.recommendation.popularity import Popularity
from assistant.recommendation.registry import make
from assistant.recommendation.splits import Split, leave_one_out


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


def test_what_is_met_takes_no_rank_where_it_cannot_be_shown() -> None:
    items = Items(tuple("abcdef"))
    data = Interactions.from_sequences([[0, 1, 2], [0, 1, 3], [0, 1], [0]], items)
    models = {"popularity": Popularity().fit(data)}
    asked = [History.of([0, 1])]
    plain, skipping = (Hybrid.of(models, items, skip_met=skip).scores(asked)[0] for skip in (False, True))
    assert skipping[2] == plain[1] < plain[0] == 1.0  # 2 and 3 tie, at the second of the ranks that are left
    assert skipping[0] == skipping[1] == 0.0
    made = Hybrid.of(models, items, skip_met=True)
    assert made.recommend(History.of([0, 1]), 2).rows.tolist() == [2, 3]
    assert make("hybrid", **made.options).options["skip_met"] is True


def test_the_last_liked_new_item_is_what_weights_are_learnt_from() -> None:
    """Everybody ends with a repeat and a dislike; the rule that follows the circle must still weigh most."""
    data = cycles()
    told = [one.tolist() for one in data.sequences()]
    rows = np.array([row for one in told for row in (*one, one[0], (one[-1] + 9) % 30)])
    users = np.repeat(np.arange(len(told)), 7)
    weights = np.tile(np.array([1, 1, 1, 1, 1, 1, -1], dtype=np.float32), len(told))
    shop = Interactions.build(users, rows, None, data.items, data.user_ids, weights=weights)
    assert leave_one_out(shop, refit=True).targets.tolist() == [one[-1] for one in told]
    model = make("hybrid", parts={"popularity": {}, "sequential-rules": {}}).fit(shop)
    assert isinstance(model, Hybrid)
    assert model.weights["sequential-rules"][2] > model.weights["popularity"][2]


def test_what_is_recommended_is_what_all_scores_say() -> None:
    """With and without a mask, seen items and what is met taking no rank; where items tie, by row."""
    chance = np.random.default_rng(4)
    n = 400
    vectors = chance.standard_normal((n, 16)).astype(np.float32)
    items = Items(tuple(map(str, range(n))), vectors=vectors)
    starts = chance.integers(0, n, 300)
    data = Interactions.from_sequences([[(int(s) + k * k) % n for k in range(6)] for s in starts], items)
    parts: dict[str, dict[str, object]] = {
        "popularity": {},
        "item-knn": {},
        "sequential-rules": {},
        "ials": {"factors": 8, "iterations": 3, "threads": 1},
        "content": {"dimensions": 8},
        "sequence": {"network": {"width": 16}, "training": {"epochs": 1}, "device": "cpu"},
    }
    models = {name: make(name, **options).fit(data) for name, options in parts.items()}
    masks = [None, chance.random(n) < 0.3, np.arange(n) == 9, np.zeros(n, dtype=bool)]
    for skip in (False, True):
        fused = Hybrid.of(models, items, depth=n, skip_met=skip).learn(leave_one_out(data, "validation"))
        assert isinstance(fused, Hybrid)
        for history in (History.of([]), History.of([3]), History.of([7, 8, 11, 16]), data.history(0)):
            for allowed in masks:
                for seen in (False, True):
                    for k in (1, 10, 2 * n):
                        whole = Recommender.recommend(fused, history, k, allowed, seen=seen, explain=True)
                        found = fused.recommend(history, k, allowed, seen=seen, explain=True)
                        np.testing.assert_allclose(found.scores, whole.scores, rtol=1e-4, atol=1e-6)
                        close = np.abs(np.diff(whole.scores)) < 1e-5
                        if not close.any():
                            assert found.rows.tolist() == whole.rows.tolist()
                        assert sorted(found.rows) == sorted(whole.rows) or len(whole.rows) == k
                        assert set(found.parts) == set(whole.parts)
                        for name, values in found.parts.items():
                            assert values.shape == found.scores.shape, name


def test_a_part_that_weighs_nothing_is_not_asked() -> None:
    data = cycles()
    models = {name: make(name).fit(data) for name in ("popularity", "sequential-rules")}
    fused = Hybrid.of(models, data.items)
    fused._weights[:, 0] = 0.0
    expected = Recommender.recommend(fused, History.of([5, 6]), 3).rows.tolist()

    def never(*given: object) -> None:
        raise AssertionError("asked")

    models["popularity"].leading = never  # type: ignore[method-assign, assignment]
    found = fused.recommend(History.of([5, 6]), 3, explain=True)
    assert found.rows.tolist() == expected
    assert found.parts["popularity"].tolist() == [0.0, 0.0, 0.0]


class Told(Recommender):
    """Scores what a table says, by the last item of the history."""

    name = "told"

    def __init__(self, table: np.ndarray) -> None:
        super().__init__()
        self._table = table
        self._items = Items(tuple(map(str, range(table.shape[1]))))

    @property
    def options(self) -> dict[str, Any]:
        return {}

    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        return self

    def _score(self, histories: Sequence[History]) -> np.ndarray:
        return self._table[[int(one.items[-1]) for one in histories]]

    def _arrays(self) -> Arrays:
        return {}

    def _restore(self, arrays: Arrays) -> None:
        raise NotImplementedError


def test_what_no_part_would_show_does_not_teach_to_trust_none() -> None:
    chance = np.random.default_rng(0)
    n, questions, found = 400, 120, 30
    table = chance.random((n, n)).astype(np.float32)
    targets = (np.arange(questions) + 200).astype(np.int64)
    for question, target in enumerate(targets):
        # First for a few, behind the best hundred for the rest.
        table[question, target] = 2.0 if question < found else np.sort(table[question])[-200 - question]
    histories = tuple(History.of([question]) for question in range(questions))
    data = Interactions.from_sequences([[question] for question in range(questions)], Items(tuple(map(str, range(n)))))
    split = Split(data, histories, targets, np.arange(questions))
    model = Hybrid.of({"told": Told(table), "blind": Told(np.zeros((n, n), dtype=np.float32))}, data.items).learn(split)
    assert model.weights["told"][1] > 5.0
