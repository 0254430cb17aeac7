"""The detector of strange texts, on clouds of points whose kind is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.training.outside import fit_outside
from assistant.understanding.outside import Outside

WIDTH, LABELS = 8, 3
CENTRES = np.eye(LABELS, WIDTH) * 6


def known(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points around the labels' centres, their scores, their labels."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % LABELS
    points = (CENTRES[labels] + rng.normal(0, 1, (count, WIDTH))).astype(np.float32)
    return points, scores(points), labels


def strange(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    points = np.random.default_rng(seed).normal(0, 1, (count, WIDTH)).astype(np.float32)
    points[:, -1] += 5
    return points, scores(points)


def scores(points: np.ndarray) -> np.ndarray:
    return (points @ CENTRES.T / 3).astype(np.float32)


def test_without_strange_examples_few_known_texts_are_refused_and_most_strange_ones_found() -> None:
    fit, _, labels = known(600, 1)
    held, held_scores, held_labels = known(500, 2)
    detector = fit_outside(fit, labels, held, held_scores, held_labels, strange=None)
    fresh, fresh_scores, _ = known(2000, 3)
    odd, odd_scores = strange(500, 4)
    assert 0.02 < (detector.score(fresh, fresh_scores) >= 0.5).mean() < 0.065
    assert (detector.score(odd, odd_scores) >= 0.5).mean() > 0.9


def with_label(points: np.ndarray, likely: float) -> np.ndarray:
    """Scores with a fourth label for strange texts."""
    return np.concatenate([scores(points), np.full((len(points), 1), likely)], axis=1).astype(np.float32)


def test_strange_examples_move_the_threshold_to_where_it_pays() -> None:
    fit, _, labels = known(600, 1)
    odd_fit, _ = strange(60, 5)
    held, _, held_labels = known(500, 2)
    odd, _ = strange(100, 6)
    detector = fit_outside(
        np.concatenate([fit, odd_fit]),
        np.concatenate([labels, np.full(60, LABELS)]),
        np.concatenate([held, odd]),
        np.concatenate([with_label(held, 0.0), with_label(odd, 0.0)]),
        np.concatenate([held_labels, np.full(100, LABELS)]),
        strange=LABELS,
    )
    fresh, _, _ = known(2000, 3)
    more, _ = strange(500, 7)
    assert (detector.score(fresh, with_label(fresh, 0.0)) >= 0.5).mean() < 0.05
    assert (detector.score(more, with_label(more, 0.0)) >= 0.5).mean() > 0.9


def test_where_strange_texts_look_like_known_ones_nothing_is_refused() -> None:
    fit, _, labels = known(600, 1)
    held, _, held_labels = known(500, 2)
    alike, _, _ = known(100, 8)
    detector = fit_outside(
        fit,
        labels,
        np.concatenate([held, alike]),
        np.concatenate([with_label(held, 0.0), with_label(alike, 0.0)]),
        np.concatenate([held_labels, np.full(100, LABELS)]),
        strange=LABELS,
    )
    fresh, _, _ = known(2000, 3)
    assert (detector.score(fresh, with_label(fresh, 0.0)) >= 0.5).mean() < 0.02


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    fit, fit_scores, labels = known(300, 1)
    detector = fit_outside(fit, labels, fit, fit_scores, labels, strange=None)
    detector.save(tmp_path / "outside.safetensors")
    again = Outside.load(tmp_path / "outside.safetensors")
    odd, odd_scores = strange(20, 4)
    assert again.score(odd, odd_scores) == pytest.approx(detector.score(odd, odd_scores), abs=0.02)
