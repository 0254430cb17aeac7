"""Texts so plain that their words decide: the network is spared, where it never disagreed.

A cascade: a cheap classifier answers what it is sure of and hands on the rest. How sure is sure enough is measured on
held-out texts, by where the words' best label was wrong, or another than the whole classifier's. Knows score matrices;
knows no text and no labels' names.

Source: Viola and Jones, Rapid Object Detection using a Boosted Cascade of Simple Features (CVPR 2001), for cascades;
Laplace's rule of succession for the probability of being right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]

MET = 0.9
"""A text of which training met fewer of the letter n-grams than this share says something new, and is never plain."""

# Held-out texts are a sample: a bit further than the furthest mistake among them is where mistakes end.
_BEYOND = 1.25
# Fewer plain texts held out than these say little about those to come.
_ENOUGH = 100


@dataclass(frozen=True, slots=True)
class PlainRule:
    """From which margin between the words' best two labels on a text is plain, and of how many held-out plain texts
    the words were right on every one.
    """

    margin: float
    held_out: int

    @property
    def confidence(self) -> float:
        """How probable the words' label is: one more success and one failure than were seen."""
        return (self.held_out + 1) / (self.held_out + 2)

    def plain(self, words: Scores, met: Scores) -> npt.NDArray[np.bool_]:
        """Which texts the words decide, shape (texts,), from their scores (texts, labels) and the share of their
        n-grams that training met, shape (texts,)."""
        return (margins(words) >= self.margin) & (met >= MET)

    def distributions(self, words: Scores) -> npt.NDArray[np.float64]:
        """Probabilities (texts, labels) of plain texts: :attr:`confidence` for the best, what is left by score."""
        rows = np.arange(len(words))
        best = words.argmax(axis=1)
        powers = np.exp(words.astype(np.float64) - words.max(axis=1, keepdims=True))
        powers[rows, best] = 0.0
        shares = powers / powers.sum(axis=1, keepdims=True) * (1.0 - self.confidence)
        shares[rows, best] = self.confidence
        return np.asarray(shares)


def margins(words: Scores) -> Scores:
    """By how much the best label's score exceeds the second's, shape (texts,), of scores (texts, labels)."""
    if not len(words):
        return np.zeros(0, dtype=np.float32)
    two = np.partition(words, -2, axis=1)[:, -2:]
    return np.asarray(two[:, 1] - two[:, 0], dtype=np.float32)


def find_rule(words: Scores, met: Scores, whole: Scores, truth: npt.NDArray[np.int64]) -> PlainRule | None:
    """The rule for a classifier, by its held-out texts; ``None`` where too few of them would be plain.

    Args:
        words: scores of the words alone, (texts, labels).
        met: which share of each text's n-grams training met, (texts,).
        whole: scores of the whole classifier, (texts, labels).
        truth: the right label's number, (texts,).
    """
    margin, best = margins(words), words.argmax(axis=1)
    wrong = (met >= MET) & ((best != truth) | (best != whole.argmax(axis=1)))
    least = _BEYOND * float(margin[wrong].max(initial=0.0))
    count = int(((margin >= least) & (met >= MET)).sum())
    return PlainRule(round(least, 3), count) if least > 0 and count >= _ENOUGH else None
