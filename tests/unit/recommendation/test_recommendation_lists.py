from __future__ import annotations

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.recommendation.lists import mmr

RELEVANCE = np.array([0.2, 1.0, 0.9, 0.5], dtype=np.float32)
TWINS = np.array(
    [[1.0, 0.0, 0.0, 0.1], [0.0, 1.0, 1.0, 0.2], [0.0, 1.0, 1.0, 0.2], [0.1, 0.2, 0.2, 1.0]], dtype=np.float32
)


def test_without_weight_the_order_is_that_of_relevance_with_ties_by_place() -> None:
    assert mmr(RELEVANCE, TWINS, 4, 0.0).tolist() == [1, 2, 3, 0]
    assert mmr(np.ones(3, dtype=np.float32), np.eye(3, dtype=np.float32), 2, 0.0).tolist() == [0, 1]


def test_a_twin_of_what_was_chosen_comes_later() -> None:
    # After 1: place 2 has .5·.9 - .5·1 = -.05, place 3 .5·.5 - .5·.2 = .15, place 0 .5·.2 = .1.
    assert mmr(RELEVANCE, TWINS, 4, 0.5).tolist() == [1, 3, 0, 2]


def test_weight_one_looks_at_likeness_alone_after_the_first() -> None:
    assert mmr(RELEVANCE, TWINS, 4, 1.0).tolist() == [1, 0, 3, 2]


def test_what_is_not_allowed_is_never_chosen() -> None:
    masked = np.array([-np.inf, 1.0, 0.9, -np.inf], dtype=np.float32)
    for weight in (0.0, 0.4, 1.0):
        assert mmr(masked, TWINS, 4, weight).tolist() == [1, 2]
    assert mmr(masked, TWINS, 0, 0.5).tolist() == []
    assert mmr(np.zeros(0, dtype=np.float32), np.zeros((0, 0), dtype=np.float32), 3, 0.5).tolist() == []


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_a_weight_out_of_range_is_refused(weight: float) -> None:
    with pytest.raises(TrainingError, match="from 0 to 1"):
        mmr(RELEVANCE, TWINS, 2, weight)


def test_similarities_of_another_number_of_candidates_are_refused() -> None:
    with pytest.raises(TrainingError, match="do not fit 4 candidates"):
        mmr(RELEVANCE, TWINS[:3, :3], 2, 0.5)
