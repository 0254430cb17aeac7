"""Bins, intervals, scores and neighbours, each against a sum done by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assistant import metrics
from assistant.evaluation.intent_charts import reliability_chart, score_chart
from assistant.evaluation.intent_figures import (
    Examples,
    auroc,
    misreadings,
    nearest,
    reliability,
    score_bins,
    top_pairs,
)
from assistant.labelled.utterances import Utterance
from assistant.understanding.intent import IntentPrediction


def test_the_bins_add_up_to_the_calibration_error() -> None:
    rng = np.random.default_rng(3)
    confidence = [0.0, 1.0, 1 / 15, *rng.uniform(0, 1, 400)]
    correct = [bool(rng.random() < c**2) for c in confidence]
    bins = reliability(confidence, correct)
    assert sum(b.count for b in bins) == len(confidence)
    error = sum(b.count * abs(b.accuracy - b.confidence) for b in bins) / len(confidence)
    assert error == pytest.approx(metrics.expected_calibration_error(confidence, correct))
    assert all(b.low <= b.confidence <= b.high for b in bins if b.count)


def test_scores_are_counted_by_kind() -> None:
    bins = score_bins([0.0, 0.01, 0.5, 0.99, 1.0], [False, False, True, True, True])
    assert len(bins) == 20
    assert (bins[0].inside, bins[0].outside) == (2, 0)
    assert (bins[10].inside, bins[10].outside) == (0, 1)
    assert bins[-1].outside == 2
    assert bins[-1].high == 1.0


def test_scores_of_another_scale_get_their_own_range() -> None:
    bins = score_bins([-40.0, 60.0, 10.0], [False, True, False])
    assert (bins[0].low, bins[-1].high) == (-40.0, 60.0)
    assert sum(b.inside + b.outside for b in bins) == 3
    assert sum(b.inside for b in score_bins([7.0, 7.0], [False, False])) == 2


def test_the_area_under_the_curve_counts_ties_half() -> None:
    assert auroc([0.1, 0.2, 0.9], [False, False, True]) == 1.0
    assert auroc([0.9, 0.9, 0.1], [False, False, True]) == 0.0
    assert auroc([0.5, 0.1, 0.5], [False, False, True]) == 0.75
    assert auroc([0.5, 0.1], [False, False]) is None
    assert auroc([0.5, 0.1], [True, True]) is None


def test_the_chart_stands_where_the_numbers_are() -> None:
    chart = reliability_chart(reliability([0.5, 0.5, 0.98, 0.98], [True, False, True, True]))
    (x1, y1, r1), (x2, y2, r2) = chart.dots
    middle, high = (chart.left + chart.right) / 2, chart.top
    assert (x1, y1) == pytest.approx((middle, (chart.top + chart.bottom) / 2))
    assert y2 == pytest.approx(high)
    assert x2 == pytest.approx(chart.left + 0.98 * (chart.right - chart.left))
    assert r1 == r2
    assert [bar.text for bar in chart.counts] == ["2", "2"]


def test_the_threshold_is_drawn_only_where_it_lies_in_the_picture() -> None:
    bins = score_bins([0.1, 0.2, 0.9], [False, False, True])
    chart = score_chart(bins, 0.25)
    assert chart.limit == pytest.approx(chart.left + 0.25 * (chart.right - chart.left))
    assert score_chart(bins, 1.5).limit is None
    assert score_chart(bins, None).limit is None
    assert chart.inside[0].height == pytest.approx((chart.middle - chart.top) * math.sqrt(0.5))
    assert all(box.y > chart.middle for box in chart.outside)
    assert all(box.y + box.height < chart.middle for box in chart.inside)


def test_pairs_come_by_frequency_with_the_shortest_messages() -> None:
    test = [
        Utterance("a long one " * 3, "a"),
        Utterance("a", "a"),
        Utterance("bb", "a"),
        Utterance("ccc", "a"),
        Utterance("dddd", "a"),
        Utterance("b", "b"),
    ]
    pairs = top_pairs(test, ["b", "b", "b", "b", "a", "a"], 5)
    assert [(p.truth, p.read, p.count) for p in pairs] == [("a", "b", 4), ("b", "a", 1)]
    assert pairs[0].share == pytest.approx(0.8)
    assert [u.text for u in pairs[0].examples] == ["a", "bb", "ccc"]
    assert len(top_pairs(test, ["b", "b", "b", "b", "a", "a"], 1)) == 1


def made() -> tuple[list[Utterance], list[IntentPrediction], Examples]:
    test = [Utterance("right", "a", "en"), Utterance("sure", "b", "zh"), Utterance("unsure", "b")]
    found = [
        IntentPrediction("a", 0.9, {"a": 0.9, "b": 0.1}),
        IntentPrediction("a", 0.8, {"a": 0.8, "b": 0.05, "c": 0.15}),
        IntentPrediction("c", 0.5, {"a": 0.1, "b": 0.4, "c": 0.5}),
    ]
    train = [Utterance("north", "n"), Utterance("east", "e"), Utterance("both", "ne"), Utterance("south", "s")]
    features = np.asarray([[0, 1], [1, 0], [1, 1], [0, -1]], dtype=np.float32)
    # A long vector must not win by its length.
    tests = np.asarray([[1, 0], [0.1, 2], [30, 1]], dtype=np.float32)
    return test, found, Examples(train, features, tests)


def test_misread_texts_come_surest_first_with_what_else_they_could_be() -> None:
    test, found, examples = made()
    one, two = misreadings(test, found, ["a", "a", "c"], examples)
    assert (one.text, one.truth, one.read, one.language) == ("sure", "b", "a", "zh")
    assert (one.second, one.second_share, one.truth_share) == ("c", 0.15, 0.05)
    assert (two.second, two.confidence) == ("b", 0.5)
    assert [n.label for n in one.near] == ["n", "ne", "e"]
    assert [n.label for n in two.near] == ["e", "ne", "n"]
    assert one.near[0].cosine == pytest.approx(2 / math.hypot(0.1, 2))


def test_without_vectors_there_are_no_neighbours() -> None:
    test, found, _ = made()
    assert misreadings(test, found, ["a", "a", "c"], None)[0].near == ()
    assert misreadings(test, found, ["a", "b", "b"], None) == ()


def test_a_rejected_text_names_what_it_would_have_been() -> None:
    found = [IntentPrediction("a", 0.5, {"a": 0.5, "b": 0.3})]
    (one,) = misreadings([Utterance("x", "a")], found, ["oos"], None)
    assert (one.read, one.second) == ("oos", "a")
    (unknown,) = misreadings([Utterance("x", "never")], found, ["a"], None)
    assert unknown.truth_share is None


def test_vectors_must_fit_the_texts() -> None:
    test, found, examples = made()
    with pytest.raises(ValueError, match="3 vectors are given for 1"):
        misreadings([test[1]], [found[1]], ["a"], examples)
    with pytest.raises(ValueError, match="cannot be compared"):
        Examples(test, np.zeros((2, 2), np.float32), np.zeros((3, 2), np.float32))
    with pytest.raises(ValueError, match="cannot be compared"):
        Examples(test, np.zeros((3, 2), np.float32), np.zeros((3, 4), np.float32))


def test_a_vector_of_nothing_is_near_to_nothing() -> None:
    examples = Examples([Utterance("x", "a")], np.ones((1, 2), np.float32), np.zeros((1, 2), np.float32))
    assert nearest(examples, [0])[0][0].cosine == 0.0
