"""What one simulated shopper does in the shop over the year: sessions, the funnel, and what follows from purchases.

Knows one shopper, the shop and the tables. Rates are constants here, each for one step; what comes out of them is
counted in the catalogue's README and bounded by tests.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from assistant.catalog.simulation.shop import DAY, Floats, Ints, Shop
from assistant.catalog.simulation.shoppers import Shopper
from assistant.catalog.simulation.tables import Tables

# Views of a session that looks for one type, beyond the first.
_ALTERNATIVES = 2.3
_BROWSE = 0.28
_CART = {"look": 0.23, "browse": 0.08, "complement": 0.30, "later": 0.36}
_BUY = 0.48
_KEEP = 0.88
_OFFER_LIKING, _OFFER_CART, _OFFER_BUY = 0.5, 1.35, 1.2
_NEW_LIKING, _NEW_DAYS = 0.9, 25.0
_TOGETHER = 0.5
_LATER = 0.4
_RETURN = 0.3
_REFILL = 0.6
_OWNED = 0.06
_OWNED_SKU = -3.0
_LIKE, _DISLIKE = 0.026, 0.012
_OPINION = 0.14


@dataclass(frozen=True, order=True)
class Deed:
    """One event of one shopper: second, order within it, product row, kind, price paid."""

    moment: int
    order: int
    row: int
    kind: str
    value: float | None


@dataclass(frozen=True, order=True)
class _Plan:
    moment: float
    order: int
    kind: str
    row: int = -1


class Visits:
    """Walks one shopper through the year; used once."""

    def __init__(self, shop: Shop, tables: Tables, shopper: Shopper, rng: np.random.Generator) -> None:
        self._shop, self._tables, self._who, self._rng = shop, tables, shopper, rng
        self._deeds: list[Deed] = []
        self._plans: list[_Plan] = []
        self._count = 0
        self._clock = shop.start
        self._owned = np.ones(len(shop.types))
        self._liking = shopper.liking.copy()
        self._basket: list[int] = []

    def walk(self) -> list[Deed]:
        """Everything the shopper does, in the order of time."""
        for moment in self._who.sessions:
            self._plan(moment, "browse" if self._rng.random() < _BROWSE else "look")
        while self._plans:
            plan = heapq.heappop(self._plans)
            if plan.moment >= self._shop.end:
                break
            if plan.kind in ("like", "dislike"):
                self._clock = max(self._clock + 60.0, plan.moment)
                self._do(plan.row, plan.kind)
                continue
            # A session never begins before the one before it has ended.
            self._clock = max(self._clock + 600.0, plan.moment)
            self._session(plan)
        return self._deeds

    def _session(self, plan: _Plan) -> None:
        self._basket = []
        if plan.kind in ("return", "refill"):
            self._again(plan)
        elif plan.kind == "complement":
            self._companions(plan.row, "later")
        elif plan.kind == "browse":
            for _ in range(2 + int(self._rng.poisson(1.0))):
                self._look(self._wish(self._who.taste), 1 + int(self._rng.poisson(0.5)), "browse")
        else:
            self._look(self._wish(self._who.taste), 1 + int(self._rng.poisson(_ALTERNATIVES)), "look")
        self._pay()

    def _again(self, plan: _Plan) -> None:
        """Comes back for one product, left in a cart or used up."""
        self._do(plan.row, "view")
        if plan.kind == "refill":
            self._put(plan.row)
        elif self._can_buy(plan.row):
            self._basket.append(plan.row)

    def _wish(self, weights: Floats) -> int | None:
        """A product type by these weights, what the season wants, and what is owned already."""
        month = self._shop.months[self._shop.day(self._clock)]
        weights = weights * self._tables.seasons[month] * self._owned * (self._shop.opens <= self._clock)
        total = np.cumsum(weights)
        if not total[-1] > 0:
            return None
        return int(min(np.searchsorted(total, self._rng.random() * total[-1], side="right"), len(total) - 1))

    def _look(self, kind: int | None, count: int, why: str) -> None:
        """Views alternatives of one type, and perhaps puts one of them into the cart."""
        if kind is None:
            return
        rows = self._shop.members[kind]
        rows = rows[self._shop.created[rows] <= self._clock]
        if not len(rows):
            return
        appeal = self._appeal(rows)
        # The largest of appeal plus Gumbel noise are a draw without replacement, by appeal.
        chosen = np.argsort(-(appeal + self._rng.gumbel(size=len(rows))), kind="stable")[:count]
        for place in chosen:
            self._do(int(rows[place]), "view")
            self._judge(int(rows[place]), float(appeal[place] - appeal.mean()))
        can = [int(place) for place in chosen if self._can_buy(int(rows[place]))]
        if not can:
            return
        best = max(can, key=lambda place: appeal[place] + self._rng.gumbel())
        row = int(rows[best])
        chance = _CART[why] * self._who.resolve * (_OFFER_CART if self._offer(row) else 1.0)
        # Dear things are thought about for longer.
        chance *= min(max((120.0 / max(float(self._shop.price[row]), 1.0)) ** 0.12, 0.6), 1.4)
        if self._rng.random() < chance:
            self._put(row)
            if len(self._basket) < 4 and self._rng.random() < _TOGETHER:
                self._companions(row, "complement")

    def _companions(self, row: int, why: str) -> None:
        """Looks at what goes with a product, of a type near the shopper's taste."""
        affinity = self._tables.affinity[self._shop.type_of[row]]
        taste = self._who.taste
        kind = self._wish(affinity * (0.25 + taste / taste.max()))
        self._look(kind, 1 + int(self._rng.poisson(0.9)), why)

    def _pay(self) -> None:
        """Buys the basket or leaves it."""
        if not self._basket:
            return
        buys = self._rng.random() < _BUY * (_OFFER_BUY if any(map(self._offer, self._basket)) else 1.0)
        for row in dict.fromkeys(self._basket):
            if not (buys and self._rng.random() < _KEEP and self._can_buy(row)):
                if self._rng.random() < _RETURN:
                    self._plan(self._clock + self._rng.uniform(0.5, 6) * DAY, "return", row)
                continue
            self._do(row, "purchase", self._shop.paid(row, self._clock))
            self._bought(row)

    def _bought(self, row: int) -> None:
        kind = self._shop.type_of[row]
        refill = float(self._tables.refills[kind])
        if refill:
            if self._rng.random() < _REFILL:
                self._plan(self._clock + refill * self._rng.lognormal(0, 0.3) * DAY, "refill", row)
        else:
            self._owned[kind] = _OWNED
            self._liking[row] += _OWNED_SKU
        if self._rng.random() < _LATER:
            self._plan(self._clock + self._rng.lognormal(1.6, 0.8) * DAY, "complement", row)
        if self._rng.random() < _OPINION * self._who.talkative:
            pleased = 1 / (1 + np.exp(-(1.3 + 2.0 * self._shop.quality[row])))
            said = "like" if self._rng.random() < pleased else "dislike"
            self._plan(self._clock + self._rng.uniform(3, 20) * DAY, said, row)

    def _judge(self, row: int, appeal: float) -> None:
        said = self._rng.random() / max(self._who.talkative, 1e-9)
        if said < _LIKE * np.exp(min(0.8 * appeal, 1.5)):
            self._do(row, "like")
        elif 1 / max(self._who.talkative, 1e-9) - said < _DISLIKE * np.exp(min(-0.8 * appeal, 1.5)):
            self._do(row, "dislike")

    def _appeal(self, rows: Ints) -> Floats:
        age = np.clip(self._clock - self._shop.created[rows], 0, 1e9) / DAY
        new = _NEW_LIKING * np.exp(-age / _NEW_DAYS)
        return np.asarray(self._liking[rows] + new + _OFFER_LIKING * self._shop.on_offer(rows, self._clock))

    def _offer(self, row: int) -> bool:
        return bool(self._shop.on_offer(np.array([row]), self._clock)[0])

    def _can_buy(self, row: int) -> bool:
        # Some minutes pass until the till: what is about to sell out is not put into a cart any more.
        return bool(self._shop.gone[row] > self._clock + 3600.0)

    def _put(self, row: int) -> None:
        if self._can_buy(row):
            self._do(row, "add_to_cart")
            self._basket.append(row)

    def _do(self, row: int, kind: str, value: float | None = None) -> None:
        if self._clock < self._shop.end:
            self._count += 1
            self._deeds.append(Deed(int(self._clock), self._count, row, kind, value))
        self._clock += min(max(float(self._rng.lognormal(3.4, 0.7)), 3.0), 600.0)

    def _plan(self, moment: float, kind: str, row: int = -1) -> None:
        self._count += 1
        heapq.heappush(self._plans, _Plan(float(moment), self._count, kind, row))
