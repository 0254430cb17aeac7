"""The temperature on scores whose right answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.training.calibration import fit_temperature
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
