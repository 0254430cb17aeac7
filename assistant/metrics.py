"""Measures of ranking, classification, calibration and time, on plain arrays.

Knows formulas only. Knows no product, no label set and no file; NumPy is all it needs, and each function names where
its definition comes from, so that a figure can be compared with a published one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Sized

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def accuracy(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """Share of positions where both agree.

    Raises:
        ValueError: the lengths differ, or there is nothing to measure.
    """
    _same_length(truth, predicted)
    return sum(t == p for t, p in zip(truth, predicted, strict=True)) / len(truth)


def f1_by_label(truth: Sequence[str], predicted: Sequence[str]) -> dict[str, float]:
    """F1 = 2·TP / (2·TP + FP + FN) of every label that occurs on either side, in sorted order.

    Source: van Rijsbergen, Information Retrieval (1979), chapter 7.

    Raises:
        ValueError: the lengths differ, or there is nothing to measure.
    """
    _same_length(truth, predicted)
    out = {}
    for label in sorted(set(truth) | set(predicted)):
        hit = sum(t == label and p == label for t, p in zip(truth, predicted, strict=True))
        wrong = sum((t == label) != (p == label) for t, p in zip(truth, predicted, strict=True))
        out[label] = 2 * hit / (2 * hit + wrong)
    return out


def macro_f1(truth: Sequence[str], predicted: Sequence[str]) -> float:
    """Unweighted mean of the F1 of every label that occurs on either side.

    The averaged-F1 form, not the F1 of averaged precision and recall.
    Source: Opitz and Burst, Macro F1 and Macro F1 (2019), arXiv:1911.03347.

    Raises:
        ValueError: the lengths differ, or there is nothing to measure.
    """
    scores = f1_by_label(truth, predicted)
    return sum(scores.values()) / len(scores)


def confusions(truth: Sequence[str], predicted: Sequence[str]) -> list[tuple[str, str, int]]:
    """Wrong pairs as (true label, predicted label, count), the most frequent first, then by name."""
    _same_length(truth, predicted)
    counts: dict[tuple[str, str], int] = {}
    for pair in zip(truth, predicted, strict=True):
        if pair[0] != pair[1]:
            counts[pair] = counts.get(pair, 0) + 1
    return sorted(((t, p, n) for (t, p), n in counts.items()), key=lambda row: (-row[2], row[0], row[1]))


def expected_calibration_error(
    confidence: Sequence[float] | Floats, correct: Sequence[bool] | npt.NDArray[np.bool_], *, bins: int = 15
) -> float:
    """Σ_b (n_b / n) · |accuracy(b) - mean confidence(b)| over ``bins`` equal-width bins of (0, 1].

    Source: Guo et al., On Calibration of Modern Neural Networks (ICML 2017), equation 3, with its 15 bins.

    Raises:
        ValueError: the lengths differ, there is nothing to measure, or a confidence is not within [0, 1].
    """
    _same_length(confidence, correct)
    p = np.asarray(confidence, dtype=np.float64)
    hit = np.asarray(correct, dtype=np.float64)
    if not bool(np.all((p >= 0) & (p <= 1))):
        raise ValueError("a confidence is not within [0, 1]")
    # Bins are open below and closed above; 0 itself belongs to the first.
    which = np.clip(np.ceil(p * bins).astype(np.int64) - 1, 0, bins - 1)
    gap = np.bincount(which, weights=hit - p, minlength=bins)
    return float(np.abs(gap).sum() / len(p))


def reciprocal_rank(ranked: Sequence[str], relevant: Iterable[str], *, k: int | None = None) -> float:
    """1 / rank of the first relevant item among the first ``k``, or 0 where there is none.

    Source: Voorhees, The TREC-8 Question Answering Track Report (1999).
    """
    wanted = set(relevant)
    for rank, item in enumerate(ranked[:k], start=1):
        if item in wanted:
            return 1.0 / rank
    return 0.0


def recall_at_k(ranked: Sequence[str], relevant: Iterable[str], *, k: int) -> float:
    """|relevant ∩ first k| / |relevant|; 0 where nothing is relevant.

    Source: Manning, Raghavan and Schütze, Introduction to Information Retrieval (2008), section 8.3.
    """
    wanted = set(relevant)
    return len(wanted & set(ranked[:k])) / len(wanted) if wanted else 0.0


def dcg(gains: Sequence[float] | Floats) -> float:
    """Σ_i gain_i / log2(i + 1), ranks from 1.

    Source: Järvelin and Kekäläinen, Cumulated Gain-Based Evaluation of IR Techniques (TOIS 2002).
    """
    values = np.asarray(gains, dtype=np.float64)
    return float((values / np.log2(np.arange(2, len(values) + 2))).sum())


def ndcg_at_k(ranked: Sequence[str], grades: Mapping[str, float], *, k: int) -> float:
    """DCG of the first ``k`` over the DCG of the best order, with gain 2^grade - 1; 0 where no grade is above 0.

    An item without a grade counts as grade 0; a repeated item counts where it first stands.
    Source: Burges et al., Learning to Rank using Gradient Descent (ICML 2005), section 6.
    """
    ideal = dcg([2.0**g - 1.0 for g in sorted(grades.values(), reverse=True)[:k]])
    if ideal <= 0:
        return 0.0
    unique = list(dict.fromkeys(ranked))[:k]
    return dcg([2.0 ** grades.get(item, 0.0) - 1.0 for item in unique]) / ideal


def gini(values: Sequence[float] | Floats) -> float:
    """Inequality of non-negative values: 0 where all are equal, (n - 1) / n where one has everything.

    G = Σ_i (2i - n - 1) x_i / (n Σ x), x in ascending order, i from 1.
    Source: Dixon et al., Bootstrapping the Gini Coefficient of Inequality (Ecology 1987), equation 2, without the
    small-sample factor.

    Raises:
        ValueError: there is no value, one is negative, or all are 0.
    """
    x = np.sort(np.asarray(values, dtype=np.float64))
    if len(x) == 0 or float(x[0]) < 0 or float(x.sum()) <= 0:
        raise ValueError("the Gini index needs values of 0 or more, not all of them 0")
    n = len(x)
    place = 2.0 * np.arange(1, n + 1, dtype=np.float64) - n - 1.0
    return float(np.dot(place, x)) / (n * float(x.sum()))


def percentile(values: Sequence[float] | Floats, q: float) -> float:
    """The ``q``-th percentile (0 to 100), linear between the two nearest observations.

    Source: Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), definition 7.

    Raises:
        ValueError: there is no value, or ``q`` is out of range.
    """
    if len(values) == 0:
        raise ValueError("there is no value to take a percentile of")
    return float(np.percentile(np.asarray(values, dtype=np.float64), q))


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share.

    Source: Wilson, Probable Inference, the Law of Succession, and Statistical Inference (JASA 1927).

    Raises:
        ValueError: there is nothing to take a share of.
    """
    if total < 1:
        raise ValueError("there is nothing to take a share of")
    share, weight = hits / total, z * z / total
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / total + weight / (4 * total)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def newcombe(hits: int, total: int, other_hits: int, other_total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of ``other_hits / other_total - hits / total``, two independent shares.

    With p₁ in (l₁, u₁) and p₂ in (l₂, u₂) by :func:`wilson`, and d = p₂ - p₁:
    d - √((p₂ - l₂)² + (u₁ - p₁)²) to d + √((u₂ - p₂)² + (p₁ - l₁)²).
    Source: Newcombe, Interval Estimation for the Difference Between Independent Proportions (Statistics in Medicine
    1998), method 10.

    Raises:
        ValueError: there is nothing to take a share of.
    """
    (low, high), (other_low, other_high) = wilson(hits, total, z), wilson(other_hits, other_total, z)
    share, other = hits / total, other_hits / other_total
    difference = other - share
    return (
        max(-1.0, difference - math.hypot(other - other_low, high - share)),
        min(1.0, difference + math.hypot(other_high - other, share - low)),
    )


def sign_test(better: int, worse: int) -> float:
    """The probability of at most ``better`` heads in ``better + worse`` tosses of a fair coin: one-sided and exact.

    For pairs of outcomes that differ, it is how likely so few are better where neither is.
    Source: McNemar, Note on the Sampling Error of the Difference Between Correlated Proportions (Psychometrika 1947),
    in its exact binomial form (Mosteller, Psychometrika 1952).
    """
    pairs = better + worse
    tosses: int = 2**pairs
    return sum(math.comb(pairs, k) for k in range(better + 1)) / tosses


def _same_length(one: Sized, other: Sized) -> None:
    if len(one) != len(other):
        raise ValueError(f"{len(one)} values cannot be compared with {len(other)}")
    if len(one) == 0:
        raise ValueError("there is nothing to measure")
