"""Which stock will not last: what is left beside what is expected to be sold.

Knows products and a forecast. Orders nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.demand.ranges import SHARES, Forecast
from assistant.demand.weeks import Weekly
from assistant.types import Product

RISK = 0.2
"""Products are named from this chance on of selling out before the last week of the forecast has ended."""

_LATELY = 4


@dataclass(frozen=True)
class Shortage:
    """One product whose stock may not last.

    Attributes:
        row: its place in the catalogue.
        stock: pieces left.
        expected: pieces expected to be sold in all weeks of the forecast.
        low: the lower end of its wider range.
        high: the upper end.
        chance: how likely it sells out by the end.
        week: the first week, counted from 1, by whose end it is sold out more likely than not.
    """

    row: int
    stock: int
    expected: float
    low: int
    high: int
    chance: float
    week: int | None


@dataclass(frozen=True)
class SoldOut:
    """One product of which nothing is left, and how often it was looked at in the last four weeks."""

    row: int
    looks: int


@dataclass(frozen=True)
class Stock:
    """Shortages, the likeliest first; sold out products, the most looked at first; of how many no stock is known."""

    short: tuple[Shortage, ...]
    gone: tuple[SoldOut, ...]
    unknown: int


def pieces(product: Product) -> int | None:
    """Pieces of a product in all sizes; ``None`` where the catalogue does not say."""
    if product.stock is not None:
        return product.stock
    return sum(product.size_stock.values()) if product.size_stock else None


def sold_out(products: Sequence[Product], weekly: Weekly) -> tuple[SoldOut, ...]:
    """Products without a piece left, the most looked at lately first."""
    looks = weekly.looked[:, -_LATELY:].sum(axis=1)
    gone = [SoldOut(row, int(looks[row])) for row, product in enumerate(products) if pieces(product) == 0]
    return tuple(sorted(gone, key=lambda one: (-one.looks, one.row)))


def find_shortages(products: Sequence[Product], weekly: Weekly, expected: Forecast) -> Stock:
    """Compare the stock of every product with the sales expected of it."""
    known = [pieces(product) for product in products]
    stock = np.array([np.inf if left is None else left for left in known], dtype=np.float64)
    chances = expected.reaches(stock)
    low, high = expected.total_band(SHARES[-1])
    short = []
    for row, left in enumerate(known):
        if not left or chances[row, -1] < RISK:
            continue
        likely = np.flatnonzero(chances[row] > 0.5)
        week = int(likely[0]) + 1 if len(likely) else None
        short.append(
            Shortage(
                row,
                left,
                float(expected.total[row]),
                int(low[row]),
                int(high[row]),
                float(chances[row, -1]),
                week,
            )
        )
    short.sort(key=lambda one: (-one.chance, one.row))
    return Stock(tuple(short), sold_out(products, weekly), sum(left is None for left in known))
