"""Bands between round numbers that split a set of amounts into groups of useful size.

Knows numbers only: no currency, no unit and no wording.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

# How much less round a bound is, in bits of what its groups would have to tell more.
_ROUNDNESS = ((0.0, (10, 20, 50)), (0.03, (15, 25, 30, 40, 60, 80)), (0.06, (35, 45, 70, 75, 90)), (0.1, (12, 18)))
_OTHERWISE = 0.15
_ENDING_IN_FIVE = 0.12
# Of an even share of the rows, the least that a band must hold.
_LEAST = 0.4
# A few stray crumbs do not call for bounds a billion times smaller than the largest amount.
_DECADES = 1e-9
# More amounts than these tell nothing more about where to cut.
_SAMPLE = 5000


def round_cuts(amounts: Sequence[float], *, fewest: int = 3, most: int = 5) -> list[float]:
    """Round numbers that split amounts into bands, each reaching up to and including its number.

    Args:
        amounts: any order, of one unit; only what is above 0 is looked at.
        fewest: bands wanted at least.
        most: bands wanted at most; the most whose smallest still holds a useful share are taken.

    Returns:
        The bounds between the bands in rising order, ``fewest - 1`` to ``most - 1`` of them; one where three bands do
        not come out, none where the amounts hardly differ.
    """
    values = np.sort(np.asarray([a for a in amounts if a > 0 and math.isfinite(a)], dtype=np.float64))
    if len(values) > _SAMPLE:
        values = values[np.linspace(0, len(values) - 1, _SAMPLE).astype(np.int64)]
    if len(values) < 2 or values[0] == values[-1]:
        return []
    numbers, costs = _round_numbers(float(values[0]), float(values[-1]))
    up_to = np.searchsorted(values, numbers, side="right")
    inside = (up_to > 0) & (up_to < len(values))
    numbers, costs, up_to = numbers[inside], costs[inside], up_to[inside]
    for bands in (*range(most, fewest - 1, -1), 2):
        chosen = _best(up_to, costs, len(values), bands)
        if chosen is None:
            continue
        held = np.diff([0, *up_to[chosen], len(values)])
        if held.min() >= max(_LEAST * len(values) / bands, min(2, len(values) / bands)):
            return [float(numbers[i]) for i in chosen]
    return []


def spread_over(groups: Sequence[int], rows: int) -> float:
    """What is known of a row once its group is, in bits: the sum of -p log2 p; rows in no group tell nothing."""
    shares = [n / rows for n in groups if n > 0] if rows else []
    # Values can overlap (a shoe comes in many sizes), so that shares may add up to more than all rows.
    over = max(1.0, sum(shares))
    return round(-sum(p / over * math.log2(p / over) for p in shares), 4) + 0.0


def _round_numbers(low: float, high: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Numbers of two digits between two amounts, rising, and what each costs for not being rounder."""
    low = max(low, high * _DECADES)
    cost_of = {m: cost for cost, mantissas in _ROUNDNESS for m in mantissas}
    found: dict[float, float] = {}
    for exponent in range(math.floor(math.log10(low)) - 2, math.floor(math.log10(high)) + 1):
        for mantissa in range(10, 100):
            number = float(f"{mantissa}e{exponent}")
            if low <= number < high:
                found[number] = cost_of.get(mantissa, _ENDING_IN_FIVE if mantissa % 5 == 0 else _OTHERWISE)
    numbers = sorted(found)
    return np.array(numbers), np.array([found[n] for n in numbers])


def _best(up_to: npt.NDArray[np.int64], costs: npt.NDArray[np.float64], total: int, bands: int) -> list[int] | None:
    """The places of the bounds that tell most, by dynamic programming over bounds; ``None`` where there are too few.

    ``up_to`` and ``costs`` are of shape (m,): how many amounts lie at or below each possible bound, and its cost.
    """
    m = len(up_to)
    if m < bands - 1:
        return None
    edges = np.concatenate([[0], up_to, [total]]).astype(np.float64)
    share = (edges[None, :] - edges[:, None]) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        # A band without rows is worse than any other: it must not come out.
        worth = np.where(share > 0, -share * np.log2(np.where(share > 0, share, 1.0)), -np.inf)
    worth[:, 1:-1] -= costs[None, :]
    best = worth[0]
    came_from: list[npt.NDArray[np.intp]] = []
    for _ in range(bands - 1):
        through = best[:, None] + worth
        came_from.append(np.argmax(through, axis=0))
        best = np.max(through, axis=0)
    if not np.isfinite(best[-1]):
        return None
    place, chosen = m + 1, []
    for step in reversed(came_from):
        place = int(step[place])
        chosen.append(place - 1)
    return chosen[::-1]
