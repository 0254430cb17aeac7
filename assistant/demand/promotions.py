"""Which promoted products fit which shopper, by the recommenders, and how far that can be believed.

Promoted is what costs less than its ``list_price``. All products are ordered for each shopper by a fusion of behaviour
and content; how far up a promoted one stands is how well it fits. Whether standing high means anything is measured
first: the models learn without the last weeks, and what shoppers then looked at is compared with what each product's
popularity alone would have given. Only standings that more than doubled it are called a fit.

Knows events and models. Does not decide what is promoted, and shows nobody anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.demand.stock import pieces
from assistant.demand.weeks import Events
from assistant.recommendation.base import Recommender
from assistant.recommendation.interactions import DAY, Floats, Interactions, Ints, Items, Mask, Vectors
from assistant.recommendation.reading import reduce
from assistant.recommendation.registry import make
from assistant.retrieval.text import document, tokens
from assistant.types import Product

BANDS: tuple[int, ...] = (10, 25, 50, 100)
"""How far up: among a shopper's first so many products."""

WANTED_LIFT = 2.0
_HELD_WEEKS = 8
_ACTIVE_DAYS = 182.0
_FEWEST = 20
_BATCH = 256
_MOST_SHOPPERS = 20_000
_DIMENSIONS = 64


@dataclass(frozen=True)
class Band:
    """What came of promoted products that stood between two places for a shopper.

    Attributes:
        first: the highest place, counted from 1.
        last: the lowest; ``None`` for all below.
        pairs: shoppers times products.
        met: in how many the shopper looked at the product, or did more, in the weeks held back.
        expected: in how many by each product's popularity alone.
    """

    first: int
    last: int | None
    pairs: int
    met: int
    expected: float

    @property
    def lift(self) -> float | None:
        """How many times what popularity alone would have given; ``None`` where that is nothing."""
        return self.met / self.expected if self.expected > 0 else None

    @property
    def sure(self) -> bool:
        """Whether the lift is at least two, also at the lower end of what chance leaves open (95 %, Poisson)."""
        spare = self.met - 1.645 * self.met**0.5
        return self.met >= _FEWEST and spare >= WANTED_LIFT * self.expected


@dataclass(frozen=True)
class Audience:
    """One promoted product and the shoppers it fits, the best fit first, with their places."""

    row: int
    shoppers: Ints
    places: Ints


@dataclass(frozen=True)
class Promotions:
    """Promoted products and whom they fit.

    Attributes:
        promoted: rows of promoted products that can be bought.
        bands: what standing high was worth in the weeks held back; empty where the history is too short to say.
        limit: the lowest place that is called a fit; ``None`` where none proved worth it.
        audiences: one a promoted product, those with the most shoppers first.
        asked: how many shoppers were there lately, and were asked for.
    """

    promoted: Ints
    bands: tuple[Band, ...]
    limit: int | None
    audiences: tuple[Audience, ...]
    asked: int

    def by_shopper(self) -> dict[int, list[tuple[int, int]]]:
        """For each shopper whom something fits the products and their places, the best first."""
        out: dict[int, list[tuple[int, int]]] = {}
        for audience in self.audiences:
            for shopper, place in zip(audience.shoppers, audience.places, strict=True):
                out.setdefault(int(shopper), []).append((audience.row, int(place)))
        for found in out.values():
            found.sort(key=lambda pair: (pair[1], pair[0]))
        return out


def promoted_rows(products: Sequence[Product]) -> Ints:
    """Products that cost less than their list price and are not sold out."""
    return np.array(
        [
            row
            for row, p in enumerate(products)
            if p.list_price is not None and p.list_price > p.price and pieces(p) != 0
        ],
        dtype=np.int64,
    )


def tastes(events: Events, types: Ints, audience: Ints, most: int = 2) -> tuple[int, ...]:
    """The product types that these shoppers turn to more than all do, the most telling first.

    Args:
        events: what all shoppers did.
        types: the type of each product, shape (products,).
        audience: shopper rows.
        most: at most so many.
    """
    inside = np.isin(events.who, audience)
    size = int(types.max()) + 1
    theirs = np.bincount(types[events.what[inside]], minlength=size)
    everyone = np.bincount(types[events.what], minlength=size)
    if not theirs.sum():
        return ()
    # Drawn towards 1 by ten events, so that a single look makes no taste.
    usual = everyone * theirs.sum() / everyone.sum()
    lift = (theirs + 10.0) / (usual + 10.0)
    order = np.argsort(-lift, kind="stable")[:most]
    return tuple(int(row) for row in order if lift[row] > 1.0)


def word_vectors(products: Sequence[Product]) -> Vectors | None:
    """Item vectors from the words of the products' texts, shape (n, d); ``None`` where they share too few words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    weigher = TfidfVectorizer(tokenizer=tokens, lowercase=False, token_pattern=None, min_df=2)
    try:
        matrix = weigher.fit_transform([document(product) for product in products])
    except ValueError:  # no word stands in two products: there is nothing to compare them by
        return None
    return reduce(matrix, _DIMENSIONS) if min(matrix.shape) > 1 else None


def match(events: Events, items: Items, *, progress: Callable[[str, float], None] | None = None) -> Promotions:
    """Measure what a place is worth, then find whom each promoted product fits.

    Args:
        events: what shoppers did.
        items: the catalogue's items in the same order, with vectors, so that new products can be placed too.
        progress: told how far it is.
    """
    promoted = promoted_rows(events.products)
    data = events.interactions(items)
    if not len(promoted) or not len(data):
        return Promotions(promoted, (), None, (), 0)
    tell = progress or (lambda step, share: None)
    tell("matching promotions", 0.0)
    end = float(data.times.max())
    bands = _proof(data, promoted, end - _HELD_WEEKS * 7 * DAY)
    tell("matching promotions", 0.5)
    limit = _limit(bands)
    asked = _active(data, end)
    if limit is None:
        tell("matching promotions", 1.0)
        return Promotions(promoted, bands, None, tuple(Audience(int(row), *_nobody()) for row in promoted), len(asked))
    places = _places(_fit(data), data, asked, promoted)
    open_to = (places <= limit) & ~_bought(data, asked, promoted)
    audiences = []
    for column, row in enumerate(promoted):
        chosen = np.flatnonzero(open_to[:, column])
        chosen = chosen[np.lexsort((chosen, places[chosen, column]))]
        audiences.append(Audience(int(row), asked[chosen], places[chosen, column]))
    audiences.sort(key=lambda one: (-len(one.shoppers), one.row))
    tell("matching promotions", 1.0)
    return Promotions(promoted, bands, limit, tuple(audiences), len(asked))


def _nobody() -> tuple[Ints, Ints]:
    return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)


def _fit(data: Interactions) -> Recommender:
    # Popularity is left out of the fusion: what everybody likes fits nobody in particular.
    parts: dict[str, dict[str, object]] = {"item-knn": {}, "ials": {}}
    if data.items.vectors is not None:
        parts["content"] = {}
    return make("hybrid", parts=parts, depth=max(BANDS) * 3).fit(data)


def _proof(data: Interactions, promoted: Ints, cut: float) -> tuple[Band, ...]:
    """What standing high before ``cut`` was worth after it, for shoppers who were there both before and after."""
    before, after = data.select(data.times < cut), data.select(data.times >= cut)
    there = np.intersect1d(_active(before, cut), np.unique(after.users))
    if len(there) < _FEWEST:
        return ()
    places = _places(_fit(before), before, there, promoted)
    column = np.full(data.n_items, -1, dtype=np.int64)
    column[promoted] = np.arange(len(promoted))
    line = np.full(data.n_users, -1, dtype=np.int64)
    line[there] = np.arange(len(there))
    kept = (column[after.rows] >= 0) & (line[after.users] >= 0) & (after.weights > 0)
    met = np.zeros(places.shape, dtype=bool)
    met[line[after.users[kept]], column[after.rows[kept]]] = True
    # Who bought it has it; only what is still open counts, on both sides of the comparison.
    open_to = ~_bought(before, there, promoted)
    met &= open_to
    usual = met.sum(axis=0) / np.maximum(open_to.sum(axis=0), 1)
    bands = []
    for first, last in zip((1, *(edge + 1 for edge in BANDS)), (*BANDS, None), strict=True):
        inside = (places >= first) & (places <= (last or np.inf)) & open_to
        expected = float((inside * usual).sum())
        bands.append(Band(first, last, int(inside.sum()), int((inside & met).sum()), expected))
    return tuple(bands)


def _limit(bands: Sequence[Band]) -> int | None:
    """The last place of the deepest band that is sure, all above it being sure too."""
    limit = None
    for band in bands:
        if band.last is None or not band.sure:
            break
        limit = band.last
    return limit


def _active(data: Interactions, end: float) -> Ints:
    """Shoppers who did something in the last half year, the latest first where there are very many."""
    last = np.full(data.n_users, -np.inf)
    np.maximum.at(last, data.users, data.times)
    rows = np.flatnonzero(last >= end - _ACTIVE_DAYS * DAY)
    if len(rows) > _MOST_SHOPPERS:
        rows = np.sort(rows[np.argsort(-last[rows], kind="stable")[:_MOST_SHOPPERS]])
    return rows.astype(np.int64)


def _places(model: Recommender, data: Interactions, shoppers: Ints, promoted: Ints) -> Ints:
    """The place, from 1, of each promoted product among all for each shopper, shape (shoppers, promoted).

    What no part of the model has anything to say of stands last, with all others of its kind.
    """
    now = float(data.times.max()) if len(data) else None
    out = np.zeros((len(shoppers), len(promoted)), dtype=np.int64)
    for start in range(0, len(shoppers), _BATCH):
        part = shoppers[start : start + _BATCH]
        scores = model.scores([replace(data.history(int(user)), now=now) for user in part])
        ordered = np.sort(scores, axis=1)
        for line in range(len(part)):
            above = scores.shape[1] - np.searchsorted(ordered[line], scores[line, promoted], side="right")
            silent = scores[line, promoted] <= ordered[line, 0]
            out[start + line] = np.where(silent, scores.shape[1], above + 1)
    return out


def _bought(data: Interactions, shoppers: Ints, promoted: Ints) -> Mask:
    column = np.full(data.n_items, -1, dtype=np.int64)
    column[promoted] = np.arange(len(promoted))
    line = np.full(data.n_users, -1, dtype=np.int64)
    line[shoppers] = np.arange(len(shoppers))
    bought: Floats = np.zeros((len(shoppers), len(promoted)))
    kinds = data.kinds or ()
    chosen = np.array([kind in ("purchase", "dislike") for kind in kinds], dtype=bool)
    chosen &= (column[data.rows] >= 0) & (line[data.users] >= 0)
    bought[line[data.users[chosen]], column[data.rows[chosen]]] = 1.0
    return np.asarray(bought > 0)
