"""The shop as simulated shoppers meet it: what is there when, at which price, and how well known.

Knows products and time. Does not know who is looking. What a catalogue does not say is drawn once per shop: from which
day a sold-out product could no longer be bought, when a reduced one was reduced, how well known each one is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from assistant.errors import CatalogError
from assistant.types import Product

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

DAY = 86_400.0
DAYS = 365

# First month and day and length of the weeks in which everything that is ever reduced is reduced.
_FAIRS = ((11, 7, 6), (11, 25, 6), (6, 13, 7), (1, 3, 9))
_FAIR_VISITS = 1.7
_WEEKEND_VISITS = 1.2
_MONTH_VISITS = {11: 1.15, 12: 1.35, 1: 0.95, 2: 0.85, 7: 0.9, 8: 0.9}


@dataclass(frozen=True)
class Shop:
    """Products as arrays over N rows, and one year of days; seconds are those since 1970, UTC.

    Attributes:
        skus: in the catalogue's order.
        types: the product types, T of them.
        type_of: type row of each product, shape (N,).
        members: product rows of each type.
        opens: from when a type has a product, seconds, shape (T,).
        price, list_price: USD or whatever the catalogue counts in; the same where nothing is reduced.
        level: where a product's price stands among those of its type, 0 cheapest to 1 dearest, shape (N,).
        known: how well known a product is, as a logarithm, shape (N,).
        quality: rating minus the usual one, stars, shape (N,).
        brand, color: numbers of the names, shape (N,); 0 is none.
        created: from when a product is there, seconds, shape (N,).
        gone: from when it is sold out, seconds, shape (N,); infinite where it is in stock.
        reduced: from when it is at its present price, seconds, shape (N,).
        reduced_before: an earlier time at that price, from and until, shape (N, 2).
        start: the first second of the year.
        months: month of each day, 0 for January, shape (365,).
        fairs: whether a day is in a week of reductions, shape (365,).
        visits: how many shoppers come on a day, relatively, shape (365,).
    """

    skus: tuple[str, ...]
    types: tuple[str, ...]
    type_of: Ints
    members: tuple[Ints, ...]
    opens: Floats
    price: Floats
    list_price: Floats
    level: Floats
    known: Floats
    quality: Floats
    brand: Ints
    color: Ints
    created: Floats
    gone: Floats
    reduced: Floats
    reduced_before: Floats
    start: float
    months: Ints
    fairs: Mask
    visits: Floats

    @property
    def end(self) -> float:
        """The first second after the year."""
        return self.start + DAYS * DAY

    def day(self, moment: float) -> int:
        """The day of the year that a second is in, 0 to 364."""
        return min(max(int((moment - self.start) // DAY), 0), DAYS - 1)

    def on_offer(self, rows: Ints, moment: float) -> Mask:
        """Which of these products cost less than their list price then, shape of ``rows``."""
        since, (first, last) = self.reduced[rows], self.reduced_before[rows].T
        times = (since <= moment) | ((first <= moment) & (moment < last)) | self.fairs[self.day(moment)]
        return np.asarray(times & (self.list_price[rows] > self.price[rows]))

    def paid(self, row: int, moment: float) -> float:
        """What a product costs then."""
        offer = self.on_offer(np.array([row]), moment)[0]
        return float(self.price[row] if offer else self.list_price[row])


def open_shop(products: Sequence[Product], rng: np.random.Generator) -> Shop:
    """The shop over the 365 days up to the end of the newest product's month.

    Raises:
        CatalogError: no products, none says since when it is there, or a time is no ISO 8601.
    """
    if not products:
        raise CatalogError("events cannot be simulated for a catalogue without products")
    created = np.array([_seconds(product) for product in products])
    if not np.isfinite(created).any():
        raise CatalogError("no product says when it was created; events need 'created_at' to know the year")
    newest = datetime.fromtimestamp(float(created[np.isfinite(created)].max()), UTC)
    until = (newest.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    first = until - timedelta(days=DAYS)
    start, end = first.timestamp(), until.timestamp()
    types = tuple(dict.fromkeys(product.type for product in products))
    type_of = _numbers([product.type for product in products], types)
    members = tuple(np.flatnonzero(type_of == place) for place in range(len(types)))
    price = np.array([product.price for product in products])
    level = np.full(len(products), 0.5)
    for rows in members:
        if len(rows) > 1:
            level[rows[np.argsort(price[rows], kind="stable")]] = np.linspace(0, 1, len(rows))
    quality = np.array([(product.rating if product.rating is not None else 4.2) - 4.2 for product in products])
    count = np.array([product.rating_count or 0 for product in products], dtype=np.float64)
    n = len(products)
    began = np.maximum(created, start)
    out = np.array([product.in_stock is False for product in products])
    # Sold out some time in the last third of the year, but never within days of arriving.
    gone = np.maximum(end - rng.uniform(2, 120, n) * DAY, began + 0.4 * (end - began))
    before = start + rng.uniform(0, 0.7, n) * (end - start)
    dates = [first + timedelta(days=day) for day in range(DAYS)]
    fairs = np.array([_in_fair(date) for date in dates])
    visits = np.array([_MONTH_VISITS.get(d.month, 1.0) * (_WEEKEND_VISITS if d.weekday() > 4 else 1) for d in dates])
    return Shop(
        skus=tuple(product.sku for product in products),
        types=types,
        type_of=type_of,
        members=members,
        opens=np.array([created[rows].min() for rows in members]),
        price=price,
        list_price=np.array([max(product.list_price or 0.0, product.price) for product in products]),
        level=level,
        known=0.35 * np.log1p(count) / 2 + 0.5 * quality + rng.normal(0, 0.45, n),
        quality=quality,
        brand=_codes([product.brand for product in products]),
        color=_codes([product.color for product in products]),
        created=created,
        gone=np.where(out, gone, np.inf),
        reduced=np.maximum(end - rng.uniform(5, 75, n) * DAY, began),
        reduced_before=np.stack([before, before + rng.uniform(8, 21, n) * DAY], axis=1),
        start=start,
        months=np.array([date.month - 1 for date in dates]),
        fairs=fairs,
        visits=visits * np.where(fairs, _FAIR_VISITS, 1.0),
    )


def _seconds(product: Product) -> float:
    if product.created_at is None:
        return -np.inf
    try:
        when = datetime.fromisoformat(product.created_at.replace("Z", "+00:00"))
    except ValueError as error:
        raise CatalogError(f"sku {product.sku}: created_at '{product.created_at}' is no ISO 8601 time") from error
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def _in_fair(date: datetime) -> bool:
    begins = (datetime(date.year, month, day, tzinfo=UTC) for month, day, _ in _FAIRS)
    return any(0 <= (date - begin).days < length for begin, (_, _, length) in zip(begins, _FAIRS, strict=True))


def _numbers(values: Sequence[str], known: Sequence[str]) -> Ints:
    place = {value: number for number, value in enumerate(known)}
    return np.array([place[value] for value in values], dtype=np.int64)


def _codes(values: Sequence[str | None]) -> Ints:
    return _numbers([value or "" for value in values], ["", *sorted({value for value in values if value})])
