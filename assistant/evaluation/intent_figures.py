"""What the figure page of an intent evaluation shows, as plain records: bins, shares, neighbours, misread messages.

Knows labelled texts, predictions and vectors. Does not know how anything is drawn or written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant import metrics
from assistant.labelled.utterances import Utterance
from assistant.understanding.intent import IntentPrediction

_BINS = 15  # those of the calibration error itself
_SCORE_BINS = 20
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Examples:
    """Training texts with their vectors of shape (texts, hidden), and the test texts' vectors, one row each."""

    texts: Sequence[Utterance]
    features: npt.NDArray[np.float32]
    test_features: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        if len(self.texts) != len(self.features) or self.features.shape[1:] != self.test_features.shape[1:]:
            raise ValueError(
                f"{len(self.texts)} training texts with vectors of shape {self.features.shape} cannot be compared with "
                f"test vectors of shape {self.test_features.shape}"
            )


@dataclass(frozen=True, slots=True)
class Bin:
    """Texts whose confidence lies in (low, high]; the means are 0 where there are none."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class ScoreBin:
    """How many in-scope and out-of-scope texts have a score in [low, high)."""

    low: float
    high: float
    inside: int
    outside: int


@dataclass(frozen=True, slots=True)
class Near:
    """A training text near a misread one: its label, and the cosine of the two vectors."""

    text: str
    label: str
    cosine: float


@dataclass(frozen=True, slots=True)
class Misread:
    """A text read as another label than its own; ``second`` is the likeliest label besides the one read."""

    text: str
    language: str | None
    truth: str
    read: str
    confidence: float
    second: str | None
    second_share: float
    truth_share: float | None
    near: tuple[Near, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A kind of confusion: how many texts, which share of the true label's, and the first few of them."""

    truth: str
    read: str
    count: int
    share: float
    examples: tuple[Utterance, ...]


def reliability(confidence: Sequence[float], correct: Sequence[bool]) -> tuple[Bin, ...]:
    """The bins that :func:`assistant.metrics.expected_calibration_error` averages over, the empty ones too.

    Source: Guo et al., On Calibration of Modern Neural Networks (ICML 2017), figure 1.
    """
    p = np.asarray(confidence, dtype=np.float64)
    hit = np.asarray(correct, dtype=np.float64)
    which = np.clip(np.ceil(p * _BINS).astype(np.int64) - 1, 0, _BINS - 1)
    out = []
    for b in range(_BINS):
        rows = which == b
        count = int(rows.sum())
        out.append(
            Bin(
                b / _BINS,
                (b + 1) / _BINS,
                count,
                float(p[rows].mean()) if count else 0.0,
                float(hit[rows].mean()) if count else 0.0,
            )
        )
    return tuple(out)


def score_bins(scores: Sequence[float], outside: Sequence[bool]) -> tuple[ScoreBin, ...]:
    """Out-of-scope scores counted in bins of one width, over 0 to 1 or, where they leave it, over their own range."""
    values, strange = np.asarray(scores, dtype=np.float64), np.asarray(outside, dtype=np.bool_)
    low, high = float(min(values.min(), 0.0)), float(max(values.max(), 1.0))
    if values.max() > 1 or values.min() < 0:
        low, high = float(values.min()), float(values.max())
    edges = np.linspace(low, high if high > low else low + 1.0, _SCORE_BINS + 1)
    inside_counts, _ = np.histogram(values[~strange], edges)
    outside_counts, _ = np.histogram(values[strange], edges)
    return tuple(
        ScoreBin(float(edges[i]), float(edges[i + 1]), int(inside_counts[i]), int(outside_counts[i]))
        for i in range(_SCORE_BINS)
    )


def auroc(scores: Sequence[float], outside: Sequence[bool]) -> float | None:
    """How often an out-of-scope text scores above an in-scope one, ties counting half; ``None`` without both kinds.

    Source: Hanley and McNeil, The Meaning and Use of the Area under a ROC Curve (Radiology 1982).
    """
    values, strange = np.asarray(scores, dtype=np.float64), np.asarray(outside, dtype=np.bool_)
    inside = np.sort(values[~strange])
    if len(inside) == 0 or not strange.any():
        return None
    below = np.searchsorted(inside, values[strange], "left")
    not_above = np.searchsorted(inside, values[strange], "right")
    return float((below + not_above).mean() / 2 / len(inside))


def top_pairs(test: Sequence[Utterance], predicted: Sequence[str], most: int) -> tuple[Pair, ...]:
    """The most frequent kinds of confusion with example messages, the shortest ones, to be read at a glance."""
    truth = [u.label for u in test]
    out = []
    for meant, read, count in metrics.confusions(truth, predicted)[:most]:
        texts = [u for u, p in zip(test, predicted, strict=True) if u.label == meant and p == read]
        texts.sort(key=lambda u: len(u.text))
        out.append(Pair(meant, read, count, count / truth.count(meant), tuple(texts[:_EXAMPLES])))
    return tuple(out)


def misreadings(
    test: Sequence[Utterance],
    found: Sequence[IntentPrediction],
    predicted: Sequence[str],
    examples: Examples | None,
) -> tuple[Misread, ...]:
    """Every text read as another label than its own, the surest first.

    Raises:
        ValueError: there are vectors, but not one for every test text.
    """
    rows = [i for i, (u, p) in enumerate(zip(test, predicted, strict=True)) if u.label != p]
    rows.sort(key=lambda i: -found[i].confidence)
    near: Sequence[tuple[Near, ...]] = [()] * len(rows)
    if examples is not None and rows:
        if len(examples.test_features) != len(test):
            raise ValueError(f"{len(examples.test_features)} vectors are given for {len(test)} test texts")
        near = nearest(examples, rows)
    out = []
    for i, neighbours in zip(rows, near, strict=True):
        distribution = found[i].distribution
        rest = {label: p for label, p in distribution.items() if label != predicted[i]}
        second = max(rest, key=lambda label: rest[label]) if rest else None
        out.append(
            Misread(
                text=test[i].text,
                language=test[i].language,
                truth=test[i].label,
                read=predicted[i],
                confidence=found[i].confidence,
                second=second,
                second_share=rest[second] if second is not None else 0.0,
                truth_share=distribution.get(test[i].label),
                near=neighbours,
            )
        )
    return tuple(out)


def nearest(examples: Examples, rows: Sequence[int]) -> list[tuple[Near, ...]]:
    """The training texts with the largest cosine to each of some test texts, the nearest first."""
    cosines = _unit(examples.test_features[list(rows)]) @ _unit(examples.features).T
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :_EXAMPLES]
    return [
        tuple(Near(examples.texts[j].text, examples.texts[j].label, float(cosines[i, j])) for j in best)
        for i, best in enumerate(order)
    ]


def _unit(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    out: npt.NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return out
