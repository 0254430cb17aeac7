"""Every measure against values worked out by hand, and against what must hold for any input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import metrics

TRUTH = ["a", "a", "a", "b", "b", "c"]
FOUND = ["a", "a", "b", "b", "c", "c"]


def test_accuracy_counts_agreement() -> None:
    assert metrics.accuracy(TRUTH, FOUND) == pytest.approx(4 / 6)


def test_f1_of_each_label() -> None:
    # a: tp 2, fp 0, fn 1; b: tp 1, fp 1, fn 1; c: tp 1, fp 1, fn 0
    assert metrics.f1_by_label(TRUTH, FOUND) == pytest.approx({"a": 4 / 5, "b": 1 / 2, "c": 2 / 3})
    assert metrics.macro_f1(TRUTH, FOUND) == pytest.approx((4 / 5 + 1 / 2 + 2 / 3) / 3)


def test_a_label_that_is_only_predicted_counts_as_zero() -> None:
    assert metrics.macro_f1(["a", "a"], ["a", "x"]) == pytest.approx((2 / 3 + 0) / 2)


def test_confusions_are_sorted_by_frequency() -> None:
    assert metrics.confusions(["a", "a", "b", "b"], ["b", "b", "a", "b"]) == [("a", "b", 2), ("b", "a", 1)]


def test_calibration_error_by_hand() -> None:
    # Bin (14/15, 1]: two at .95, one right: gap |1 - 1.9|. Bin (8/15, 9/15]: one at .6, right: gap |1 - .6|.
    confidence, right = [0.95, 0.95, 0.6], [True, False, True]
    assert metrics.expected_calibration_error(confidence, right) == pytest.approx((0.9 + 0.4) / 3)


def test_calibration_error_of_perfect_and_of_hopeless_confidence() -> None:
    assert metrics.expected_calibration_error([1.0, 1.0], [True, True]) == 0.0
    assert metrics.expected_calibration_error([1.0, 1.0], [False, False]) == 1.0
    assert metrics.expected_calibration_error([0.0], [False]) == 0.0
    # Within one bin over- and underconfidence cancel: that is how the measure is defined.
    assert metrics.expected_calibration_error([0.5] * 4, [True, True, False, False], bins=1) == 0.0


def test_calibration_error_refuses_what_is_no_probability() -> None:
    with pytest.raises(ValueError, match="within"):
        metrics.expected_calibration_error([1.2], [True])
    with pytest.raises(ValueError, match="within"):
        metrics.expected_calibration_error([float("nan")], [True])


@pytest.mark.parametrize("measure", [metrics.accuracy, metrics.macro_f1, metrics.expected_calibration_error])
def test_unequal_or_empty_input_is_refused(measure: object) -> None:
    with pytest.raises(ValueError, match="compared"):
        measure(["a"], [])  # type: ignore[operator]
    with pytest.raises(ValueError, match="nothing"):
        measure([], [])  # type: ignore[operator]


def test_reciprocal_rank() -> None:
    assert metrics.reciprocal_rank(["x", "y", "z"], ["z", "y"]) == 0.5
    assert metrics.reciprocal_rank(["x", "y", "z"], ["z"], k=2) == 0.0
    assert metrics.reciprocal_rank([], ["z"]) == 0.0


def test_recall_at_k() -> None:
    assert metrics.recall_at_k(["a", "b", "c"], ["a", "c", "d"], k=2) == pytest.approx(1 / 3)
    assert metrics.recall_at_k(["a", "b", "c"], ["a", "c"], k=10) == 1.0
    assert metrics.recall_at_k(["a"], [], k=1) == 0.0


def test_dcg_by_hand() -> None:
    assert metrics.dcg([3, 0, 1]) == pytest.approx(3 / 1 + 0 + 1 / 2)


def test_ndcg_uses_exponential_gain() -> None:
    grades = {"a": 3.0, "b": 2.0, "c": 0.0}
    # Found: b (gain 3) then a (gain 7). Best: a then b.
    found = 3 + 7 / math.log2(3)
    best = 7 + 3 / math.log2(3)
    assert metrics.ndcg_at_k(["b", "a"], grades, k=10) == pytest.approx(found / best)
    assert metrics.ndcg_at_k(["a", "b", "c"], grades, k=10) == pytest.approx(1.0)
    assert metrics.ndcg_at_k(["b", "a"], grades, k=1) == pytest.approx(3 / 7)


def test_ndcg_without_relevant_items_is_zero_and_repeats_do_not_pay() -> None:
    assert metrics.ndcg_at_k(["a"], {"a": 0.0}, k=5) == 0.0
    assert metrics.ndcg_at_k(["a"], {}, k=5) == 0.0
    assert metrics.ndcg_at_k(["a", "a", "a"], {"a": 1.0, "b": 1.0}, k=3) < 1.0


@given(
    st.lists(st.sampled_from("abcdefgh"), unique=True), st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 3))
)
def test_ndcg_lies_between_zero_and_one(ranked: list[str], grades: dict[str, int]) -> None:
    assert 0.0 <= metrics.ndcg_at_k(ranked, grades, k=5) <= 1.0 + 1e-12


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_calibration_error_lies_between_zero_and_one(rows: list[tuple[float, bool]]) -> None:
    error = metrics.expected_calibration_error([p for p, _ in rows], [hit for _, hit in rows])
    assert 0.0 <= error <= 1.0 + 1e-12


def test_percentile_is_linear_between_neighbours() -> None:
    assert metrics.percentile([1, 2, 3, 4], 50) == 2.5
    assert metrics.percentile([10.0], 99) == 10.0
    assert metrics.percentile(np.arange(101, dtype=float), 95) == 95.0
    with pytest.raises(ValueError, match="no value"):
        metrics.percentile([], 50)
    with pytest.raises(ValueError, match="range"):
        metrics.percentile([1.0], 101)


def test_the_interval_of_a_share() -> None:
    # Newcombe (1998), table I: 81 of 263 gives 0.2553 to 0.3662 by this method.
    assert metrics.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert metrics.wilson(0, 20)[0] == 0.0
    assert metrics.wilson(20, 20)[1] == pytest.approx(1.0)
    with pytest.raises(ValueError, match="nothing"):
        metrics.wilson(0, 0)


def test_the_interval_of_a_difference_between_two_shares() -> None:
    # Newcombe (1998), table II, method 10: 56/70 - 48/80 gives 0.0524 to 0.3339, 9/10 - 3/10 gives 0.1705 to 0.8090.
    assert metrics.newcombe(48, 80, 56, 70) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert metrics.newcombe(3, 10, 9, 10) == pytest.approx((0.1705, 0.8090), abs=1e-4)
    low, high = metrics.newcombe(56, 70, 48, 80)
    assert (low, high) == pytest.approx((-0.3339, -0.0524), abs=1e-4)
    with pytest.raises(ValueError, match="nothing"):
        metrics.newcombe(1, 2, 0, 0)


def test_a_sign_test_by_counting_tosses() -> None:
    # Of 2^4 tosses one has no head and four have one.
    assert metrics.sign_test(0, 4) == pytest.approx(1 / 16)
    assert metrics.sign_test(1, 3) == pytest.approx(5 / 16)
    assert metrics.sign_test(0, 0) == 1.0
    assert metrics.sign_test(5, 0) == pytest.approx(1.0)
    assert metrics.sign_test(200, 300) < 1e-4
