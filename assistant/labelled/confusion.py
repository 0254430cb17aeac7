"""Which label is read as which: the counts, the figures of every label, and the busiest corner of a large matrix.

Knows true and predicted labels. Does not know where they come from, nor how they are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant import metrics


@dataclass(frozen=True, slots=True)
class Confusion:
    """``counts[i, j]`` texts of ``labels[i]`` were read as ``labels[j]``; ``support[i]`` texts have ``labels[i]``.

    In a corner of a larger matrix a row may sum to less than its support.
    """

    labels: tuple[str, ...]
    counts: npt.NDArray[np.int64]
    support: npt.NDArray[np.int64]

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """The counts as shares of each true label's texts, shape (labels, labels); 0 in rows without texts."""
        out: npt.NDArray[np.float64] = self.counts / np.maximum(self.support, 1)[:, None]
        return out


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """One label measured; precision is ``None`` where it was never predicted, recall where no text has it."""

    label: str
    support: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float
    confused_with: str | None
    confused: int


def count_confusions(truth: Sequence[str], predicted: Sequence[str]) -> Confusion:
    """The full matrix over every label that occurs on either side, in sorted order.

    Raises:
        ValueError: the lengths differ, or there is nothing to count.
    """
    if len(truth) != len(predicted) or not truth:
        raise ValueError(f"{len(truth)} true and {len(predicted)} predicted labels cannot be counted")
    labels = tuple(sorted({*truth, *predicted}))
    number = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for t, p in zip(truth, predicted, strict=True):
        counts[number[t], number[p]] += 1
    return Confusion(labels, counts, counts.sum(axis=1))


def figures_by_label(confusion: Confusion) -> tuple[LabelFigures, ...]:
    """Precision, recall and F1 of every label of a full matrix, and what its texts are most often misread as."""
    out = []
    for i, label in enumerate(confusion.labels):
        hit, support, predicted = (
            int(v) for v in (confusion.counts[i, i], confusion.support[i], confusion.counts[:, i].sum())
        )
        others = confusion.counts[i].copy()
        others[i] = 0
        worst = int(others.argmax())
        out.append(
            LabelFigures(
                label,
                support,
                predicted,
                hit / predicted if predicted else None,
                hit / support if support else None,
                2 * hit / (support + predicted),
                confusion.labels[worst] if others[worst] else None,
                int(others[worst]),
            )
        )
    return tuple(out)


def busiest(truth: Sequence[str], predicted: Sequence[str], most: int) -> Confusion:
    """The matrix of the at most ``most`` labels that the most frequent confusions are about; all if there are fewer."""
    whole = count_confusions(truth, predicted)
    if len(whole.labels) <= most:
        return whole
    chosen: list[str] = []
    for true, read, _ in metrics.confusions(truth, predicted):
        added = [label for label in (true, read) if label not in chosen]
        if len(chosen) + len(added) > most:
            break
        chosen += added
    rows = [i for i, label in enumerate(whole.labels) if label in chosen]
    return Confusion(tuple(whole.labels[i] for i in rows), whole.counts[np.ix_(rows, rows)], whole.support[rows])
