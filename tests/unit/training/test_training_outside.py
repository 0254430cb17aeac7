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
    assert detector is not None
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


def test_too_few_held_out_texts_make_no_detector() -> None:
    fit, _, labels = known(600, 1)
    held, held_scores, held_labels = known(20, 2)
    assert fit_outside(fit, labels, held, held_scores, held_labels, strange=None) is None


def test_a_label_with_one_text_makes_no_detector() -> None:
    fit, _, labels = known(600, 1)
    held, held_scores, held_labels = known(100, 2)
    once = np.concatenate([labels[labels != 2], [2]])
    some = np.concatenate([fit[labels != 2], fit[labels == 2][:1]])
    assert fit_outside(some, once, held, held_scores, held_labels, strange=None) is None


def test_a_single_label_is_judged_alike_before_and_after_its_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    points = rng.normal(0, 1, (700, WIDTH)).astype(np.float32)
    logits = np.stack([points[:, 0], np.zeros(700)], axis=1).astype(np.float32)
    labels = np.zeros(400, dtype=np.int64)
    held_labels = np.zeros(100, dtype=np.int64)
    detector = fit_outside(points[:400], labels, points[400:500], logits[400:500], held_labels, strange=1)
    assert detector is not None
    detector.save(tmp_path / "outside.safetensors")
    fresh = detector.score(points[500:], logits[500:])
    again = Outside.load(tmp_path / "outside.safetensors").score(points[500:], logits[500:])
    assert ((fresh >= 0.5) == (again >= 0.5)).all()
    assert (again >= 0.5).mean() < 0.25
