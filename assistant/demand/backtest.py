"""How far off the forecasts were, beside those that need no thought: the same as last week, as last year, as lately.

Knows a plan and what was sold. Counts; the page says it in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from assistant.demand.forecasting import Level, Origin, Plan
from assistant.demand.hierarchy import LEVELS
from assistant.demand.models import BASELINES
from assistant.demand.ranges import SHARES
from assistant.recommendation.interactions import Floats, Ints, Mask

Verdict: TypeAlias = Literal["better", "same", "worse"]

PUBLISHED = "forecast"
"""The name of what the page shows, among the baselines."""

ALIKE = 0.02
"""Two forecasts whose misses differ by less than this share are called alike."""


@dataclass(frozen=True)
class Score:
    """How one method did at one level, all series and test origins together.

    Attributes:
        mase: absolute misses of single weeks, in those of "same as the week before" within the history; below 1 is
            better than that.
        rmsse: the same of squares, which do not reward forecasting nothing.
        wape: absolute misses of single weeks as a share of what was sold; ``None`` where nothing was.
        total_miss: mean absolute miss of all weeks together, in pieces a series.
        total_wape: the same as a share of what was sold.
        bias: how much more was forecast than sold, as a share of what was sold.
        coverage: how often single weeks were within the range, for each of ``SHARES``; only of what is published.
        total_coverage: how often all weeks together were.
    """

    mase: float | None
    rmsse: float | None
    wape: float | None
    total_miss: float
    total_wape: float | None
    bias: float | None
    coverage: tuple[float, ...] | None = None
    total_coverage: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Backtest:
    """Scores by level and method; ``tests`` are the weeks from which was forecast, as numbers of known weeks.

    ``absent`` are baselines the history is too short for.
    """

    scores: Mapping[str, Mapping[str, Score]]
    tests: tuple[int, ...]
    absent: tuple[str, ...]

    def verdict(self, level: str, baseline: str) -> Verdict:
        """Whether the published forecast of all weeks together missed less than a baseline's, absolutely."""
        ours, theirs = self.scores[level][PUBLISHED].total_miss, self.scores[level][baseline].total_miss
        if ours < theirs * (1 - ALIKE):
            return "better"
        return "worse" if ours > theirs * (1 + ALIKE) else "same"


def measure(plan: Plan) -> Backtest:
    """Score what would have been published, and the baselines, at the origins that earlier ones could teach."""
    tests = [one for one in plan.origins if one.taught]
    scores: dict[str, dict[str, Score]] = {}
    shared = [name for name in BASELINES if all(name in one.methods["shop"] for one in tests)]
    for level in LEVELS:
        scores[level] = {PUBLISHED: _score(plan.levels[level], tests, level, None)}
        scores[level] |= {name: _score(plan.levels[level], tests, level, name) for name in shared}
    absent = tuple(name for name in BASELINES if name not in shared)
    return Backtest(scores, tuple(one.week for one in tests), absent)


def _score(level: Level, tests: list[Origin], name: str, method: str | None) -> Score:
    off, off_squared, sold, scale, scale_squared, bias = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    totals, places, within, within_total, weeks = 0.0, 0, np.zeros(len(SHARES)), np.zeros(len(SHARES)), 0
    for one in tests:
        mean = one.forecasts[name].mean if method is None else one.methods[name][method]
        horizon = mean.shape[1]
        there = level.opened < one.week
        truth, said = level.series[there, one.week : one.week + horizon], mean[there]
        steps, steps_squared = _scales(level.series[there, : one.week], level.opened[there])
        off += float(np.abs(truth - said).sum())
        off_squared += float(((truth - said) ** 2).sum())
        sold += float(truth.sum())
        bias += float((said - truth).sum())
        scale += horizon * float(steps.sum())
        scale_squared += horizon * float(steps_squared.sum())
        totals += float(np.abs(truth.sum(axis=1) - said.sum(axis=1)).sum())
        places += int(there.sum())
        weeks += truth.size
        if method is None:
            for place, share in enumerate(SHARES):
                low, high = one.forecasts[name].band(share)
                within[place] += _inside(truth, low[there], high[there]).sum()
                low, high = one.forecasts[name].total_band(share)
                within_total[place] += _inside(truth.sum(axis=1), low[there], high[there]).sum()
    return Score(
        _ratio(off, scale),
        _root(_ratio(off_squared, scale_squared)),
        _ratio(off, sold),
        totals / max(places, 1),
        _ratio(totals, sold),
        _ratio(bias, sold),
        tuple(float(x) / max(weeks, 1) for x in within) if method is None else None,
        tuple(float(x) / max(places, 1) for x in within_total) if method is None else None,
    )


def _scales(history: Floats, opened: Ints) -> tuple[Floats, Floats]:
    """Mean absolute and mean squared change from week to week of each series since its first week."""
    change = np.diff(history, axis=1)
    there = np.arange(1, history.shape[1]) > opened[:, None]
    count = np.maximum(there.sum(axis=1), 1)
    return (np.abs(change) * there).sum(axis=1) / count, (change**2 * there).sum(axis=1) / count


def _inside(values: Floats, low: Floats, high: Floats) -> Mask:
    return np.asarray((values >= low) & (values <= high))


def _ratio(above: float, below: float) -> float | None:
    return above / below if below > 0 else None


def _root(value: float | None) -> float | None:
    return None if value is None else float(np.sqrt(value))
