"""One simulated shopper: which lives, which tastes, how often in the shop.

Knows how tastes are drawn. Does not know what a shopper does in the shop.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from assistant.catalog.simulation.shop import DAY, DAYS, Floats, Shop
from assistant.catalog.simulation.tables import Tables

_NORMAL = NormalDist()
# What of a taste is the lives', the rest being what anybody may want.
_LIVES = 0.86
_FIT_WIDTH = 0.28
_SESSIONS = 7.6
"""How often a shopper who is there all year comes on own account, besides the first time."""
_OFFSETS = np.array([8, 8, 8, 8, 0, 1, -5, -8])
"""Hours from UTC where shoppers live: half of the shop's customers speak Chinese."""
_HOURS = np.array([1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 3, 3, 3, 3.5, 4.5, 4, 3, 3, 3, 3.5, 4.5, 6, 7.5, 7.5, 5, 2.5])


@dataclass(frozen=True)
class Shopper:
    """Who comes to the shop.

    Attributes:
        lives: numbers of the lives led.
        taste: wish for each product type, shape (T,), sum 1.
        liking: how much each product appeals, as a logarithm, shape (N,).
        resolve: how readily something is bought, around 1.
        talkative: how readily something is liked or disliked, around 1.
        sessions: seconds at which the shopper comes on own account, ascending.
    """

    lives: tuple[int, ...]
    taste: Floats
    liking: Floats
    resolve: float
    talkative: float
    sessions: tuple[float, ...]


def draw_shopper(shop: Shop, tables: Tables, rng: np.random.Generator) -> Shopper:
    """A shopper with one to three lives, a price level, brands and colours of their own, and days of coming."""
    count = min(int(rng.choice(3, p=[0.4, 0.42, 0.18])) + 1, len(tables.lives))
    lives = rng.choice(len(tables.lives), size=count, replace=False, p=tables.shares)
    mix = rng.dirichlet(np.full(count, 3.0))
    anything = np.sqrt([len(rows) for rows in shop.members])
    taste = _LIVES * mix @ tables.wishes[lives] + (1 - _LIVES) * anything / anything.sum()
    # Nobody is the mean of their lives: some of it is left out, some of it is what they care for most.
    taste = taste * rng.gamma(1.2, size=len(taste))
    purse = _NORMAL.cdf(float(rng.normal()))
    fit = -((shop.level - purse) ** 2) / (2 * _FIT_WIDTH**2)
    brands = rng.normal(0, 0.35, int(shop.brand.max()) + 1)
    brands[rng.choice(len(brands), size=min(3, len(brands)), replace=False)] += 1.1
    colors = rng.normal(0, 0.15, int(shop.color.max()) + 1)
    colors[rng.choice(len(colors), size=min(2, len(colors)), replace=False)] += 0.8
    brands[0] = colors[0] = 0.0
    return Shopper(
        tuple(int(life) for life in lives),
        taste / taste.sum(),
        shop.known + fit + brands[shop.brand] + colors[shop.color],
        float(rng.lognormal(0, 0.3)),
        float(rng.gamma(0.6, 1 / 0.6)),
        _sessions(shop, rng),
    )


def _sessions(shop: Shop, rng: np.random.Generator) -> tuple[float, ...]:
    first = 0 if rng.random() < 0.5 else int(rng.integers(0, int(0.9 * DAYS)))
    share = (DAYS - first) / DAYS
    count = 1 + int(rng.poisson(rng.gamma(0.9, _SESSIONS / 0.9) * share))
    offset = int(rng.choice(_OFFSETS))
    weights = shop.visits[first:]
    days = first + rng.choice(len(weights), size=count, p=weights / weights.sum())
    hours = rng.choice(24, size=count, p=_HOURS / _HOURS.sum())
    local = shop.start + days * DAY + hours * 3600.0 + rng.uniform(0, 3600, count) - offset * 3600.0
    # Midnight of the shop is not everybody's: the few beyond the year's edge come a day later or earlier.
    local = np.where(local < shop.start, local + DAY, np.where(local >= shop.end, local - DAY, local))
    return tuple(sorted(local.tolist()))
