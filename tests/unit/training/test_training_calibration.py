"""Temperature and rejection threshold on scores whose right answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.training.calibration import choose_rejection, fit_temperature
from assistant.understanding.intent import softmax


@pytest.mark.parametrize("true_temperature", [0.4, 1.0, 3.0])
def test_the_temperature_that_made_the_scores_is_found(true_temperature: float) -> None:
    rng = np.random.default_rng(0)
    honest = rng.normal(size=(20_000, 5)).astype(np.float32) * 2
    chances = softmax(honest)
    truth = (chances.cumsum(axis=1) > rng.random((len(honest), 1))).argmax(axis=1)
    found = fit_temperature((honest * true_temperature).astype(np.float32), truth)
    assert found == pytest.approx(true_temperature, rel=0.05)


def test_without_texts_nothing_is_changed() -> None:
    empty = np.zeros((0, 3), dtype=np.float32)
    assert fit_temperature(empty, np.zeros(0, dtype=np.int64)) == 1.0
    assert choose_rejection(softmax(np.zeros((0, 3), dtype=np.float32)), np.zeros(0, dtype=np.int64), 0) == 0.0


def test_without_an_out_of_scope_label_a_twentieth_lies_below() -> None:
    first = np.linspace(0.5, 1.0, 1001)
    probabilities = np.stack([first, 1 - first], axis=1)
    threshold = choose_rejection(probabilities, np.zeros(1001, dtype=np.int64), None)
    assert (probabilities.max(axis=1) < threshold).mean() == pytest.approx(0.05, abs=0.002)


def test_missed_out_of_scope_texts_are_caught_where_that_costs_little() -> None:
    inside = np.tile([0.05, 0.95], (200, 1))
    missed = np.tile([0.4, 0.6], (5, 1))
    truth = np.asarray([1] * 200 + [0] * 5)
    threshold = choose_rejection(np.concatenate([inside, missed]), truth, 0)
    assert 0.6 < threshold < 0.61


def test_nothing_is_rejected_where_it_would_cost_too_much() -> None:
    inside = np.tile([0.4, 0.6], (200, 1))
    missed = np.tile([0.05, 0.95], (5, 1))
    truth = np.asarray([1] * 200 + [0] * 5)
    assert choose_rejection(np.concatenate([inside, missed]), truth, 0) == 0.0
