"""Demand forecasts of every level, made to agree, each method chosen by what it would have forecast before.

A rolling origin: the forecast is made as it would have been made four, eight, twelve … weeks ago, and compared with
what was then sold. At each origin only what was known then chooses methods and sets ranges, so that the figures of the
later origins are those of the whole procedure. Knows counts and methods; says nothing in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.demand.hierarchy import LEVELS, Hierarchy
from assistant.demand.models import all_forecasts
from assistant.demand.ranges import Forecast, spreads
from assistant.demand.weeks import Weekly
from assistant.recommendation.interactions import Floats, Ints

STEP = 4
"""Weeks between origins."""

_FIRST = 12
_LEARNING = 2
"""Origins that only teach: the ones after them choose by them."""

# Another method takes over only where it would have missed by so much less: a few origins are soon mistaken.
_CLEARLY = 0.95


def weeks_needed(horizon: int) -> int:
    """The shortest history that can be forecast: anything less could not be checked even once."""
    return _FIRST + _LEARNING * STEP + horizon


@dataclass(frozen=True)
class Level:
    """The series of one level: counts of shape (n, weeks) and the first week of each, shape (n,)."""

    series: Floats
    opened: Ints


@dataclass(frozen=True)
class Origin:
    """A forecast as it would have been made with the first ``week`` weeks known.

    Attributes:
        week: how many weeks were known.
        methods: what every method said, by level and name, each (n, horizon).
        forecasts: what would have been published, by level.
        taught: whether earlier origins could choose its methods and ranges.
    """

    week: int
    methods: Mapping[str, Mapping[str, Floats]]
    forecasts: Mapping[str, Forecast]
    taught: bool


@dataclass(frozen=True)
class Plan:
    """The forecast of the weeks to come, and the ones of the past that it was checked by."""

    horizon: int
    levels: Mapping[str, Level]
    forecasts: Mapping[str, Forecast]
    origins: tuple[Origin, ...]


def levels_of(weekly: Weekly, tree: Hierarchy) -> dict[str, Level]:
    """Pieces sold by shop, department, type and product."""
    return {level: Level(tree.gather(weekly.sold, level), tree.earliest(weekly.opened, level)) for level in LEVELS}


def forecast(
    levels: Mapping[str, Level],
    tree: Hierarchy,
    horizon: int,
    *,
    progress: Callable[[str, float], None] | None = None,
) -> Plan | None:
    """Forecast the weeks after the last; ``None`` where the history is shorter than :func:`weeks_needed`."""
    weeks = levels["shop"].series.shape[1]
    if weeks < weeks_needed(horizon):
        return None
    ends = sorted(range(weeks - horizon, _FIRST - 1, -STEP))
    origins: list[Origin] = []
    for number, end in enumerate([*ends, weeks]):
        origins.append(_origin(levels, tree, horizon, end, origins))
        if progress is not None:
            progress("forecasting", (number + 1) / (len(ends) + 1))
    return Plan(horizon, levels, origins[-1].forecasts, tuple(origins[:-1]))


def _origin(levels: Mapping[str, Level], tree: Hierarchy, horizon: int, end: int, earlier: Sequence[Origin]) -> Origin:
    methods = {
        name: all_forecasts(level.series[:, :end], np.minimum(level.opened, end), horizon)
        for name, level in levels.items()
    }
    chosen = {name: _choose(name, methods[name], levels[name].series, end, earlier) for name in LEVELS}
    means = tree.agree(*(methods[name][chosen[name]] for name in LEVELS))
    forecasts = {}
    for name, mean in means.items():
        weekly, total = _spreads(name, levels[name].series, end, earlier)
        forecasts[name] = Forecast(chosen[name], mean, weekly, total)
    return Origin(end, methods, forecasts, len(earlier) >= _LEARNING)


def _choose(level: str, methods: Mapping[str, Floats], series: Floats, end: int, earlier: Sequence[Origin]) -> str:
    """The method with clearly the smallest squared misses in weeks known by now, all series of the level together.

    Squares, because what is wanted is how many to expect: the smallest absolute miss of a rarely sold product is had by
    forecasting nothing at all.
    """
    usual = next(name for name in ("combined", "tsb") if name in methods)
    open_to = [name for name in methods if all(name in one.methods[level] for one in earlier)]
    if not earlier or not open_to:
        return usual
    missed = dict.fromkeys(open_to, 0.0)
    for one in earlier:
        known = min(one.methods[level][open_to[0]].shape[1], end - one.week)
        truth = series[:, one.week : one.week + known]
        for name in open_to:
            missed[name] += float(((one.methods[level][name][:, :known] - truth) ** 2).sum())
    best = min(open_to, key=lambda name: missed[name])
    return best if usual not in missed or missed[best] < _CLEARLY * missed[usual] else usual


def _spreads(level: str, series: Floats, end: int, earlier: Sequence[Origin]) -> tuple[Floats, Floats]:
    """φ of single weeks and of all weeks together, from the misses that were known by now."""
    n = len(series)
    missed, expected, missed_total, expected_total = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for one in earlier:
        mean = one.forecasts[level].mean
        known = min(mean.shape[1], end - one.week)
        off = series[:, one.week : one.week + known] - mean[:, :known]
        missed += (off**2).sum(axis=1)
        expected += mean[:, :known].sum(axis=1)
        missed_total += off.sum(axis=1) ** 2
        expected_total += mean[:, :known].sum(axis=1)
    single = spreads(missed, expected)
    return single, np.maximum(spreads(missed_total, expected_total), single)
