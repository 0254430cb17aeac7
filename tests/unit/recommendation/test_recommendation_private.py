from __future__ import annotations

import sys

import numpy as np
import pytest

from assistant.errors import ConfigurationError, TrainingError
from assistant.recommendation.interactions import History, Interactions, Items
from assistant.recommendation.private import Budget, PrivateNeighbours, private_counts

ITEMS = Items(tuple("abcdefgh"))
EXACT = Budget(epsilon=2000.0, pairs=2, singles=2)


def counted(data: Interactions, budget: Budget, window: int = 2) -> dict[tuple[int, int], int]:
    found = private_counts(data, budget, window=window)
    return {(int(a), int(b)): int(c) for (a, b), c in zip(found.pairs, found.counts, strict=True)}


def test_a_shopper_counts_in_so_many_pairs_and_items_and_no_more() -> None:
    data = Interactions.from_sequences([[0, 1, 2, 3, 4, 5, 6, 7]] * 30, ITEMS)
    assert counted(data, EXACT) == {(6, 7): 30, (5, 6): 30}
    assert private_counts(data, EXACT).singles.tolist() == [0, 0, 0, 0, 0, 0, 30, 30]


def test_repeats_count_once_and_dislikes_never() -> None:
    weights = np.array([1, 1, 1, 1, -1] * 30, dtype=np.float32)
    rows, users = np.array([0, 1, 0, 1, 2] * 30), np.repeat(np.arange(30), 5)
    data = Interactions.build(users, rows, None, ITEMS, [str(u) for u in range(30)], weights=weights)
    assert counted(data, EXACT) == {(0, 1): 30}
    assert private_counts(data, EXACT).singles.tolist()[:3] == [30, 30, 0]


@pytest.mark.parametrize("epsilon", [1.0, 4.0, 8.0])
def test_what_is_spent_is_within_the_budget(epsilon: float) -> None:
    budget = Budget(epsilon=epsilon, delta=1e-6)
    found = private_counts(Interactions.from_sequences([[0, 1], [0, 1]], ITEMS), budget)
    assert found.spent[0] <= epsilon
    assert found.spent[1] <= 1e-6
    # A pair of one shopper passes only by noise that has this probability.
    assert found.threshold > 1 + np.log(1 / 1e-6) * budget.pairs / (epsilon * budget.share)


def test_more_privacy_means_more_noise() -> None:
    data = Interactions.from_sequences([[]], Items(tuple(map(str, range(2000)))))
    strict, loose = (np.abs(private_counts(data, Budget(epsilon=e)).singles).mean() for e in (1.0, 8.0))
    # Mean absolute noise is about singles / (ε · (1 - share)): 16 and 2.
    assert 12 < strict < 20
    assert 1.2 < loose < 3.0


def test_a_pair_of_one_shopper_is_not_released() -> None:
    data = Interactions.from_sequences([[0, 1]], ITEMS)
    assert not any(counted(data, Budget(epsilon=1.0)) for _ in range(20))


def test_neighbours_come_back_and_popularity_answers_where_there_are_none() -> None:
    data = Interactions.from_sequences([[0, 1]] * 400 + [[2, 3]] * 900 + [[4]] * 100, ITEMS)
    model = PrivateNeighbours(epsilon=8.0).fit(data)
    assert model.recommend(History.of([0]), 1).rows.tolist() == [1]
    assert set(model.recommend(History.of([]), 2).rows.tolist()) == {2, 3}


def test_what_was_given_away_is_told() -> None:
    model = PrivateNeighbours(epsilon=8.0).fit(Interactions.from_sequences([[0, 1]] * 400, ITEMS))
    assert model.release["pairs"] == 1
    assert model.release["threshold"] > 1
    assert 0 < model.release["epsilon"] <= 8.0


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opendp.prelude", None)
    with pytest.raises(ConfigurationError, match=r"\[privacy\]"):
        PrivateNeighbours().fit(Interactions.from_sequences([[0, 1]], ITEMS))


@pytest.mark.parametrize("given", [{"epsilon": 0.0}, {"epsilon": 1.0, "delta": 1.0}, {"epsilon": 1.0, "pairs": 0}])
def test_what_is_no_budget_is_an_error(given: dict[str, float]) -> None:
    with pytest.raises(TrainingError):
        Budget(**given)  # type: ignore[arg-type]
