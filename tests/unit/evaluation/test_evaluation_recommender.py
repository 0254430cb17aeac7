from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pytest

from assistant import metrics
from assistant.errors import TrainingError
from assistant.evaluation.recommender import (
    beyond_figures,
    evaluate,
    exposure_groups,
    list_diversity,
    over_seeds,
    profiles,
    recommender_table,
)
from assistant.evaluation.recommender_runs import Plan, compare, parse_models, split_of
from assistant.evaluation.recommender_tuning import tune
from assistant.recommendation.base import Arrays, Progress, Recommender
from assistant.recommendation.interactions import History, Interactions, Items, Vectors
from assistant.recommendation.lists import accuracy_figures, answer, top_rows
from assistant.recommendation.splits import Split, leave_one_out, time_split


class Fixed(Recommender):
    """Scores that are told, the same for every history."""

    name = "fixed"

    def __init__(self, told: Sequence[float]) -> None:
        super().__init__()
        self.told = told

    @property
    def options(self) -> dict[str, Any]:
        return {"told": list(self.told)}

    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        self._items = data.items
        return self

    def _score(self, histories: Sequence[History]) -> Vectors:
        return np.tile(np.asarray(self.told, dtype=np.float32), (len(histories), 1))

    def _arrays(self) -> Arrays:
        return {}

    def _restore(self, arrays: Arrays) -> None:
        return None


def cycles(users: int = 60, n: int = 20) -> Interactions:
    """Everybody walks round a circle of items from somewhere."""
    sequences = [[(user * 7 + step) % n for step in range(6)] for user in range(users)]
    vectors = np.eye(n, dtype=np.float32)
    return Interactions.from_sequences(sequences, Items(tuple(map(str, range(n))), vectors=vectors))


def test_the_target_is_ranked_among_all_items_but_those_of_the_history() -> None:
    data = Interactions.from_sequences([[0, 1, 2], [3, 1, 0]], Items(tuple("abcde")))
    split = leave_one_out(data)
    lists = answer(Fixed([5, 4, 3, 2, 1]).fit(split.train), split, k=3)
    # First user: 0 and 1 are excluded, 2 is then the best. Second: 3 and 1 are excluded, 0 is the best.
    assert lists.ranks.tolist() == [1, 1]
    assert lists.rows.tolist() == [[2, 3, 4], [0, 2, 4]]


def test_ties_count_against_the_model() -> None:
    split = leave_one_out(Interactions.from_sequences([[0, 1, 2]], Items(tuple("abcde"))))
    assert answer(Fixed([0] * 5).fit(split.train), split).ranks.tolist() == [3]


def test_a_target_that_stands_in_the_history_is_a_miss() -> None:
    data = Interactions.from_sequences([[0, 1]], Items(tuple("abc")))
    split = Split(data, (History.of([0, 1]),), np.array([0]), np.array([0]))
    figures = evaluate(Fixed([3, 2, 1]).fit(split.train), split)
    assert figures["hr@10"] == 0.0
    assert figures["not_askable"] == 1


def test_accuracy_by_hand() -> None:
    figures = accuracy_figures(np.array([1, 3, 11, 0]))
    assert figures["hr@10"] == figures["recall@10"] == 0.5
    assert figures["ndcg@10"] == pytest.approx((1 + 1 / 2) / 4)
    assert figures["mrr@10"] == pytest.approx((1 + 1 / 3) / 4)
    with pytest.raises(TrainingError, match="nothing to measure"):
        accuracy_figures(np.zeros(0, dtype=np.int64))


def test_diversity_by_hand_and_against_all_pairs() -> None:
    chance = np.random.default_rng(0)
    vectors = chance.normal(size=(9, 4)).astype(np.float32)
    data = Interactions.from_sequences([[0]], Items(tuple("abcdefghi"), vectors=vectors))
    rows = np.array([[0, 3, 5], [1, 2, -1], [4, -1, -1]])
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    first = np.mean([1 - unit[a] @ unit[b] for a, b in ((0, 3), (0, 5), (3, 5))])
    second = 1 - unit[1] @ unit[2]
    assert list_diversity(rows, profiles(data)) == pytest.approx((first + second) / 2, abs=1e-5)


def test_an_item_of_which_nothing_is_known_is_in_no_pair() -> None:
    vectors = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], dtype=np.float32)
    data = Interactions.from_sequences([[0]], Items(tuple("abcd"), vectors=vectors))
    assert list_diversity(np.array([[0, 1, 3]]), profiles(data)) == pytest.approx(1.0)
    assert list_diversity(np.array([[0, 2, 3], [2, 3, -1]]), profiles(data)) == pytest.approx(1 - 0.5**0.5)
    assert list_diversity(np.array([[2, 3, -1]]), profiles(data)) == 0.0


def test_what_diversity_was_measured_by_is_said() -> None:
    with_vectors = compare(cycles(), Plan(("popularity",)))
    plain = Interactions.from_sequences([one.tolist() for one in cycles().sequences()], Items(cycles().items.ids))
    assert with_vectors["diversity_by"] == "content"
    assert compare(plain, Plan(("popularity",)))["models"]["popularity"]["diversity_by"] == "shoppers"


def test_beyond_accuracy_by_hand() -> None:
    items = Items(tuple("abcd"), brands=("x", "x", "y", None), prices=(1.0, 2.0, 3.0, None))
    data = Interactions.from_sequences([[0, 1], [0, 2], [0], [0]], items)
    split = leave_one_out(Interactions.from_sequences([[1, 2, 0]], items))
    lists = answer(Fixed([4, 3, 2, 1]).fit(data), split, k=1)
    assert lists.rows.tolist() == [[0]]
    figures = beyond_figures(lists, data)
    assert figures["coverage"] == 0.25
    assert figures["novelty"] == 0.0
    assert figures["gini_items"] == pytest.approx(0.75)
    assert figures["gini_brands"] == pytest.approx(0.5)
    assert set(exposure_groups(items)) == {"brands", "price_bands"}
    assert exposure_groups(items)["price_bands"][3] == -1


def test_gini_of_equal_and_of_one() -> None:
    assert metrics.gini([2, 2, 2]) == pytest.approx(0.0)
    assert metrics.gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert metrics.gini([1, 3]) == pytest.approx(0.25)
    with pytest.raises(ValueError, match="not all of them 0"):
        metrics.gini([0, 0])


def test_lists_are_padded_where_there_are_too_few() -> None:
    scores = np.array([[1, -np.inf, 2]], dtype=np.float32)
    assert top_rows(scores, 5).tolist() == [[2, 0, -1, -1, -1]]


def test_following_a_cycle_beats_popularity_and_seeds_are_summed_up() -> None:
    options = {"ials": {"factors": 8, "iterations": 3, "threads": 1}}
    plan = Plan(("sequential-rules", "popularity", "ials"), seeds=(1, 2, 3), options=options)
    figures = compare(cycles(), plan)
    rows = figures["models"]
    assert figures["ndcg@10"] == rows["sequential-rules"]["ndcg@10"] > rows["popularity"]["ndcg@10"]
    assert rows["ials"]["seeds"] == [1, 2, 3]
    assert rows["ials"]["ndcg@10_sd"] >= 0
    assert rows["sequential-rules"]["seeds"] == [1]
    table = recommender_table(rows)
    assert len(table) == 5
    assert "sequential-rules" in table[2]
    for name in ("hr@10", "ndcg@10", "mrr@10", "recall@10", "coverage", "novelty", "intra_list_diversity"):
        assert name in figures


def test_means_and_spread_over_seeds() -> None:
    out = over_seeds([{"ndcg@10": 0.1, "questions": 5}, {"ndcg@10": 0.3, "questions": 5}])
    assert out["ndcg@10"] == pytest.approx(0.2)
    assert out["ndcg@10_sd"] == pytest.approx(0.141421, abs=1e-6)
    assert out["questions"] == 5


def test_tuning_takes_the_best_of_what_it_tried() -> None:
    split = leave_one_out(cycles(), "validation")
    best, tried = tune("sequential-rules", split)
    top = max(trial.ndcg for trial in tried)
    assert tried[0].options == {}
    assert next(trial for trial in tried if trial.ndcg == top).options == best
    assert len(tried) > 5


def test_a_hybrid_of_tuned_parts() -> None:
    parts = {"sequential-rules": {}, "popularity": {}}
    plan = Plan(("hybrid",), seeds=(0, 1), options={"hybrid": {"parts": parts}})
    alone = compare(cycles(), Plan(("popularity",)))
    assert compare(cycles(), plan)["ndcg@10"] > alone["ndcg@10"]


def test_models_by_name() -> None:
    assert parse_models([], has_vectors=False) == ("hybrid",)
    assert "content" in parse_models(["all"], has_vectors=True)
    assert "content" not in parse_models(["all"], has_vectors=False)
    assert parse_models(["bpr", "bpr", "ials"], has_vectors=False) == ("bpr", "ials")


def stamped() -> Interactions:
    users, steps = np.repeat(np.arange(30), 6), np.tile(np.arange(6), 30)
    items = Items(tuple(map(str, range(20))))
    return Interactions.build(
        users, (users * 7 + steps) % 20, (steps * 10 + users % 10).astype(float), items, list(map(str, range(30)))
    )


def test_each_protocol_learns_from_validation_events_as_is_usual_for_it_unless_told() -> None:
    data = stamped()
    usual, told = split_of(data, "time-split", "test"), split_of(data, "time-split", "test", refit=False)
    assert len(usual.train) == len(time_split(data).train) > len(told.train)
    loo = split_of(data, "leave-one-out", "test")
    assert len(loo.train) < len(split_of(data, "leave-one-out", "test", refit=True).train)
    for protocol, refit, learnt in (
        ("time-split", None, "train and validation"),
        ("time-split", False, "train"),
        ("leave-one-out", None, "train"),
        ("leave-one-out", True, "train and validation"),
    ):
        figures = compare(data, Plan(("popularity",), protocol, refit=refit))  # type: ignore[arg-type]
        assert figures["learnt_from"] == learnt
