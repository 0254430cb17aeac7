"""The linear views: what they read of a text, how they add up, and that a file gives back what was saved."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from assistant.training.views import choose_blend, fit_views
from assistant.understanding.views import BUCKETS, Views, count_ngrams, ngrams_of, weigh_ngrams

TEXTS = [
    "refund please",
    "i want a refund",
    "money back",
    "我要退款",
    "where is my parcel",
    "parcel status",
    "快递到哪了",
]
LABELS = [0, 0, 0, 0, 1, 1, 1]


def vectors(texts: list[str]) -> np.ndarray:
    """Two axes that tell the labels apart, a third that does not."""
    rows = [
        [1.0, 0.1, len(t) % 3] if ("refund" in t or "退" in t or "back" in t) else [0.1, 1.0, len(t) % 3] for t in texts
    ]
    raw = np.asarray(rows, dtype=np.float32)
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def views() -> Views:
    return fit_views(TEXTS, vectors(TEXTS), LABELS, count=2, seed=1)


def test_a_misspelt_word_keeps_most_of_its_row() -> None:
    even = np.ones(2 * BUCKETS, dtype=np.float32)
    right, slip, other = weigh_ngrams(count_ngrams(["refund", "refnud", "kettle"]), even).toarray()
    assert right @ slip > 2 * (right @ other)


def test_any_text_has_a_row() -> None:
    rows = weigh_ngrams(count_ngrams(["", "\ud800", "😀", "a" * 100_000]), np.ones(2 * BUCKETS, dtype=np.float32))
    assert rows.shape == (4, 2 * BUCKETS)
    assert np.isfinite(rows.data).all()


def test_both_views_learn_what_is_there(views: Views) -> None:
    unseen = ["refund now", "退款", "my parcel", "快递"]
    assert views.word_scores(unseen).argmax(axis=1).tolist() == [0, 0, 1, 1]
    assert views.vector_scores(vectors(unseen)).argmax(axis=1).tolist() == [0, 0, 1, 1]


def test_the_sum_is_the_weighted_one(views: Views) -> None:
    from dataclasses import replace

    network = np.asarray([[1.0, 2.0]], dtype=np.float32)
    both = replace(views, blend=(1.0, 0.5, 0.25))
    expected = network + 0.5 * views.vector_scores(vectors(["refund"])) + 0.25 * views.word_scores(["refund"])
    assert both.blended(network, ["refund"], lambda t: vectors(list(t))) == pytest.approx(expected, abs=1e-5)
    with pytest.raises(ValueError, match="untouched encoder"):
        both.blended(network, ["refund"], None)


@pytest.mark.parametrize("blend", [(1.0, 0.5, 0.25), (1.0, 0.0, 0.25), (1.0, 0.5, 0.0)])
def test_what_was_saved_comes_back(views: Views, blend: tuple[float, float, float], tmp_path: Path) -> None:
    from dataclasses import replace

    stored = replace(views, blend=blend)
    stored.save(tmp_path / "views.safetensors")
    again = Views.load(tmp_path / "views.safetensors")
    network = np.zeros((2, 2), dtype=np.float32)
    texts = ["refund now", "快递"]
    embed = lambda t: vectors(list(t))  # noqa: E731
    assert again.blended(network, texts, embed) == pytest.approx(stored.blended(network, texts, embed), abs=5e-3)


def test_a_view_that_is_right_where_the_network_is_not_counts() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 300)
    good = (np.eye(3)[truth] * 3 + rng.normal(0, 1, (300, 3))).astype(np.float32)
    noise = rng.normal(0, 1, (300, 3)).astype(np.float32)
    weak = (np.eye(3)[truth] + rng.normal(0, 1, (300, 3))).astype(np.float32)
    assert choose_blend(weak, good, noise, truth)[1] > 0
    assert choose_blend(weak, noise, good, truth)[2] > 0


def test_a_useless_view_is_left_out() -> None:
    rng = np.random.default_rng(4)
    truth = rng.integers(0, 3, 300)
    good = (np.eye(3)[truth] * 3 + rng.normal(0, 1, (300, 3))).astype(np.float32)
    noise = rng.normal(0, 1, (2, 300, 3)).astype(np.float32)
    assert choose_blend(good, noise[0], noise[1], truth) == (1.0, 0.0, 0.0)


def test_nothing_held_out_means_the_network_alone() -> None:
    none = np.zeros((0, 3), dtype=np.float32)
    assert choose_blend(none, none, none, np.zeros(0, dtype=np.int64)) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    "text", ["", "Refund please!!", "我想买一条新手机 and a kettle", "a a a b", "\ud800 x", "ÀÉ 😀 ﬁ"]
)
def test_one_text_is_hashed_as_many_are(text: str) -> None:
    row = count_ngrams([text]).toarray()[0]
    found = np.zeros_like(row)
    for half, counts in enumerate(ngrams_of(text)):
        for column, count in counts.items():
            found[column + half * BUCKETS] = 1.0 + math.log(count)
    assert found == pytest.approx(row)
