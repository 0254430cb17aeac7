"""Which product types are wanted at which time of the year, as far as the history can tell.

A type is compared with the whole shop, month by month, so that a shop that grows, or a month in which everybody buys,
makes no season of its own. Counted is who looked, once a month: there are many more looks than purchases, but ten
looks of one shopper in one visit are no more of a season than one. Knows events and the calendar.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from scipy import stats

from assistant.demand.hierarchy import Hierarchy
from assistant.demand.weeks import KINDS, Events, Weekly
from assistant.recommendation.interactions import DAY, Floats, Ints, Mask

MONTHS_NEEDED = 11
_FALSE = 0.01
_EXPECTED = 3.0
_STEADY = 10.0
_PEAK, _HIGH = 1.4, 1.25


@dataclass(frozen=True)
class Season:
    """One type whose looks are spread over the year otherwise than the shop's.

    ``index`` has one value a month: 2 is twice the type's usual share of the shop, drawn towards 1 where there are few
    shoppers. ``shoppers`` are those who looked, counted once a month; ``peaks`` are places in it, highest first.
    """

    type: int
    index: tuple[float, ...]
    shoppers: int
    peaks: tuple[int, ...]


@dataclass(frozen=True)
class Seasons:
    """The months, as (year, month), and the types that have a season, the most seasonal first.

    ``steady`` types were looked at often enough and show none; ``rare`` ones were not.
    """

    months: tuple[tuple[int, int], ...]
    seasonal: tuple[Season, ...]
    steady: int
    rare: int


def find_seasons(events: Events, weekly: Weekly, tree: Hierarchy) -> Seasons | None:
    """Types whose months differ from the shop's by more than chance; ``None`` where there is not about a year.

    A χ² test of each type's shoppers by month against what its share of the shop would give, the false discoveries
    among all types held at 1 % (Benjamini and Hochberg, 1995), and a month at least 1.4 times the usual.
    """
    months, place = _months(weekly)
    if len(months) < MONTHS_NEEDED:
        return None
    by_month = _shoppers(events, weekly, tree, place, len(months))
    # What came during the year is not compared: its months before are no months without interest.
    there = place[np.minimum(tree.earliest(weekly.opened, "type"), weekly.weeks - 1)] == 0
    shop, whole = by_month.sum(axis=0), by_month.sum(axis=1)
    expected = np.outer(whole, shop / max(shop.sum(), 1.0))
    known = there & (expected.min(axis=1) >= _EXPECTED)
    chance = np.ones(len(by_month))
    gap = ((by_month[known] - expected[known]) ** 2 / expected[known]).sum(axis=1)
    chance[known] = stats.chi2.sf(gap, len(months) - 1)
    index = (by_month + _STEADY) / (expected + _STEADY)
    found = _discovered(chance, known) & (index.max(axis=1) >= _PEAK)
    contrast = np.abs(np.log(index)).mean(axis=1)
    seasonal = tuple(
        Season(int(row), tuple(float(x) for x in index[row]), int(whole[row]), _peaks(index[row]))
        for row in sorted(np.flatnonzero(found), key=lambda row: (-contrast[row], row))
    )
    return Seasons(months, seasonal, int(known.sum()) - len(seasonal), int((~known).sum()))


def _shoppers(events: Events, weekly: Weekly, tree: Hierarchy, place: Ints, months: int) -> Floats:
    """How many shoppers looked at each type in each month, shape (types, months)."""
    start = (weekly.first - date(1970, 1, 1)).days
    week = (np.floor(events.times / DAY).astype(np.int64) - start) // 7
    chosen = (week >= 0) & (week < weekly.weeks) & (events.kinds == KINDS.index("view"))
    types = tree.type_of[events.what[chosen]]
    met = np.unique(np.stack([events.who[chosen], types, place[week[chosen]]]), axis=1)
    out = np.zeros((len(tree.types), months))
    np.add.at(out, (met[1], met[2]), 1.0)
    return out


def _months(weekly: Weekly) -> tuple[tuple[tuple[int, int], ...], Ints]:
    """Calendar months, a week belonging to that of its middle day, and the place of each week among them."""
    names = [(day + timedelta(days=3)).timetuple()[:2] for day in weekly.days]
    months = tuple(sorted(set(names)))
    at = {month: number for number, month in enumerate(months)}
    return tuple((int(y), int(m)) for y, m in months), np.array([at[name] for name in names], dtype=np.int64)


def _discovered(chance: Floats, known: Mask) -> Mask:
    order = np.argsort(chance[known])
    ranked = chance[known][order]
    limits = _FALSE * np.arange(1, len(ranked) + 1) / max(len(ranked), 1)
    passed = np.flatnonzero(ranked <= limits)
    out = np.zeros(len(chance), dtype=bool)
    if len(passed):
        out[np.flatnonzero(known)[order[: passed[-1] + 1]]] = True
    return out


def _peaks(index: Floats) -> tuple[int, ...]:
    """Up to three months at least a quarter above the usual, highest first."""
    high = [int(month) for month in np.argsort(-index, kind="stable")[:3]]
    return tuple(month for month in high if index[month] >= _HIGH)
