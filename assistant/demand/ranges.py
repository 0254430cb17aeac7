"""Ranges around forecasts of counts: how far off sales may be, and how likely a stock is to run out.

Sales of a week are taken as negative binomial: mean f, variance φ·f. φ is not assumed, it is what forecasts of earlier
weeks missed by. Knows forecasts and misses; does not know how either was made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from assistant.recommendation.interactions import Floats

SHARES: tuple[float, ...] = (0.8, 0.95)
# A series' own misses count as much as all series' once so many pieces were expected of it.
_PRIOR = 20.0
_POISSON = 1.001


@dataclass(frozen=True)
class Forecast:
    """What is expected of the series of one level.

    Attributes:
        method: the name of what it was made with.
        mean: pieces expected in each week, shape (n, horizon).
        spread: φ of a single week, shape (n,).
        total_spread: φ of all weeks together, shape (n,): misses in the same direction add up.
    """

    method: str
    mean: Floats
    spread: Floats
    total_spread: Floats

    @property
    def total(self) -> Floats:
        """Pieces expected in all weeks together, shape (n,)."""
        return np.asarray(self.mean.sum(axis=1), dtype=np.float64)

    def band(self, share: float) -> tuple[Floats, Floats]:
        """Between which numbers of pieces a week's sales will be, so often; both (n, horizon)."""
        return count_band(self.mean, self.spread[:, None], share)

    def total_band(self, share: float) -> tuple[Floats, Floats]:
        """The same of all weeks together, both (n,)."""
        return count_band(self.total, self.total_spread, share)

    def reaches(self, stock: Floats) -> Floats:
        """How likely sales are to have reached a stock by the end of each week, (n, horizon)."""
        weeks = self.mean.shape[1]
        # Between one week and all of them the spread is taken to grow evenly.
        part = np.arange(weeks) / max(weeks - 1, 1)
        spread = self.spread[:, None] * (1 - part) + self.total_spread[:, None] * part
        return _above(np.cumsum(self.mean, axis=1), spread, stock[:, None] - 1)


def spreads(missed: Floats, expected: Floats) -> Floats:
    """φ of each series from squared misses and expected pieces, both (n,) sums over weeks; never below 1.

    φ_i = (Σ e² + 20 φ) / (Σ f + 20) with φ of all series together: a series of which little was expected says little.
    """
    everyone = float(missed.sum() / expected.sum()) if expected.sum() > 0 else 1.0
    return np.asarray(np.maximum((missed + _PRIOR * everyone) / (expected + _PRIOR), 1.0), dtype=np.float64)


def count_band(mean: Floats, spread: Floats, share: float) -> tuple[Floats, Floats]:
    """The central range of a negative binomial that holds at least ``share`` of it, in whole pieces."""
    tail = (1.0 - share) / 2.0
    return _quantile(mean, spread, tail), _quantile(mean, spread, 1.0 - tail)


def _quantile(mean: Floats, spread: Floats, at: float) -> Floats:
    mean, spread = np.broadcast_arrays(mean, spread)
    safe = np.maximum(mean, 1e-9)
    plain = stats.poisson.ppf(at, safe)
    over = np.maximum(spread, _POISSON)
    wide = stats.nbinom.ppf(at, safe / (over - 1.0), 1.0 / over)
    return np.asarray(np.where(spread > _POISSON, wide, plain), dtype=np.float64)


def _above(mean: Floats, spread: Floats, limit: Floats) -> Floats:
    """The chance of more than ``limit`` pieces."""
    mean, spread, limit = np.broadcast_arrays(mean, spread, limit)
    safe, over = np.maximum(mean, 1e-9), np.maximum(spread, _POISSON)
    wide = stats.nbinom.sf(limit, safe / (over - 1.0), 1.0 / over)
    return np.asarray(np.where(spread > _POISSON, wide, stats.poisson.sf(limit, safe)), dtype=np.float64)
