"""The shop's shoppers, as both notebooks on recommending show them: what they did, when, and in how many departments.

Knows the catalogue, its vectors and a file of events. Knows no model: what is learnt of events is shown elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from assistant.assembly import Parts
from assistant.errors import ConfigurationError
from assistant.labelled.fonts import families_for
from assistant.notebooks.showing import (
    AMBER,
    BLUE,
    GREEN,
    LINE,
    RED,
    SOFT,
    Html,
    Picture,
    draw,
    percent,
    say,
    short,
    stack,
    table,
)
from assistant.recommendation.catalogue import catalogue_items
from assistant.recommendation.complements_events import SESSION
from assistant.recommendation.interactions import DAY, Interactions
from assistant.recommendation.reading import STRENGTHS, read_interactions
from assistant.types import Product

EVENTS = "events.jsonl.gz"

_KINDS = {
    "view": ("looked at it", SOFT),
    "like": ("said they like it", GREEN),
    "dislike": ("said they do not", RED),
    "add_to_cart": ("put it into the cart", AMBER),
    "purchase": ("bought it", BLUE),
}
_WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Shop:
    """The products in row order, and what the shoppers read did with them.

    ``of`` says how many shoppers the file holds. ``language`` is that of titles in tables, ``drawn`` that of titles on
    pictures, which is English where no installed font has the characters.
    """

    products: tuple[Product, ...]
    data: Interactions
    of: int
    language: str
    drawn: str

    def title(self, row: int) -> str:
        """A product's title."""
        return self.products[row].title_in(self.language)

    def label(self, row: int, letters: int = 34) -> str:
        """A product's title on a picture."""
        return short(self.products[row].title_in(self.drawn), letters)

    def kind(self, row: int, *, drawn: bool = False) -> str:
        """What type of product it is."""
        product = self.products[row]
        translated = product.translations.get(self.drawn if drawn else self.language, {}).get("category")
        return str(translated or product.type)

    def department(self, row: int) -> str:
        """The first name of a product's category path."""
        return self.products[row].category[0] if self.products[row].category else "other"

    def row(self, sku: str) -> int:
        """The row of a product.

        Raises:
            ConfigurationError: the catalogue does not hold it.
        """
        if sku not in self.data.items.rows:
            raise ConfigurationError(f"the catalogue holds no product '{sku}'; choose another of its SKUs")
        return self.data.items.rows[sku]


def read_shop(
    parts: Parts, *, shoppers: int | None = None, language: str = "en", file: str | Path | None = None
) -> Shop:
    """The catalogue in use with its vectors, and the events of ``shoppers`` of its shoppers, spread evenly.

    Args:
        parts: the running assistant.
        shoppers: at most so many; all without it.
        language: ``en`` or ``zh``, of titles.
        file: events in the catalogue format; the simulated ones of the default catalogue without it.

    Raises:
        TrainingError: the events cannot be read.
    """
    engine = parts.engine
    items = catalogue_items(engine.products, np.asarray(engine.index.vectors, dtype=np.float32))
    data = read_interactions(parts.catalog_folder / EVENTS if file is None else Path(file)).over(items)
    there = int((data.lengths() > 0).sum())
    if shoppers is not None and shoppers < data.n_users:
        kept = np.zeros(data.n_users, dtype=np.bool_)
        kept[[i * data.n_users // shoppers for i in range(shoppers)]] = True
        data = data.select(kept[data.users])
    products = tuple(engine.products)
    missing = families_for(p.title_in(language) for p in products)[1] if language != "en" else ""
    return Shop(products, data, there, language, "en" if missing else language)


def summary(shop: Shop) -> Html:
    """The size of what follows, in sentences."""
    data = shop.data
    there = int((data.lengths() > 0).sum())
    told = (
        f"{there:,} shoppers did {len(data):,} things with {len(np.unique(data.rows)):,} of {data.n_items:,} products"
    )
    if len(data) and data.timed:
        told += f", from {_day(data.times.min())} to {_day(data.times.max())}"
    sliced = f"This is an even slice: the file holds {shop.of:,} shoppers." if there < shop.of else ""
    return say(f"{told}.", sliced)


def kinds(shop: Shop) -> Html:
    """What was done, how often, and how strongly each kind of event speaks for a product."""
    counted = Counter(shop.data.kinds or ())
    rows = [
        (_KINDS[kind][0], f"{counted[kind]:,}", percent(counted[kind] / max(1, len(shop.data))), f"{STRENGTHS[kind]:g}")
        for kind in sorted(_KINDS, key=lambda k: -counted[k])
    ]
    return table(("a shopper …", "how often", "share", "counts as so many looks"), rows)


def weeks(shop: Shop) -> Picture:
    """Events a week: looks above, carts and purchases below, so that seasons and sales are seen."""
    data = shop.data
    first = float(data.times.min())
    week = ((data.times - first) // _WEEK).astype(np.int64)
    # The last week is seldom whole, and would look like a fall.
    whole = max(1, int((data.times.max() - first) // _WEEK))
    kind = np.array(data.kinds or [""] * len(data))
    counts = {k: np.bincount(week[kind == k], minlength=whole)[:whole] for k in ("view", "add_to_cart", "purchase")}
    at = [datetime.fromtimestamp(first + i * _WEEK, UTC) for i in range(whole)]

    def paint(figure: Figure) -> None:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        above.plot(at, counts["view"], color=SOFT, lw=1.8)
        above.set_title("looks a week")
        for name in ("add_to_cart", "purchase"):
            below.plot(at, counts[name], color=_KINDS[name][1], lw=1.8, label=_KINDS[name][0])
        below.set_title("carts and purchases a week")
        below.legend(loc="upper left", ncols=2)
        below.margins(y=0.35)
        for axes in (above, below):
            axes.set_ylim(bottom=0)

    most, least = int(np.argmax(counts["purchase"])), int(np.argmin(counts["purchase"]))
    alt = (
        f"Events of {whole} weeks. Most purchases, {counts['purchase'][most]}, in the week of {at[most]:%d %B %Y}; "
        f"fewest, {counts['purchase'][least]}, in that of {at[least]:%d %B %Y}."
    )
    return draw(paint, size=(9.0, 4.6), alt=alt)


def crossing(shop: Shop) -> Picture:
    """In how many departments a shopper is at home: by looks, and by what went into carts or was bought."""
    data = shop.data
    names = sorted({shop.department(row) for row in range(data.n_items)})
    place = np.array([names.index(shop.department(row)) for row in range(data.n_items)])
    kind = np.array(data.kinds or [""] * len(data))
    bought = np.isin(kind, ("add_to_cart", "purchase"))
    told = []
    for chosen in (data.weights > 0, bought):
        met = np.zeros((data.n_users, len(names)), dtype=np.bool_)
        met[data.users[chosen], place[data.rows[chosen]]] = True
        per = met.sum(axis=1)
        told.append(per[per > 0])
    most = max(int(one.max()) for one in told if len(one))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for number, (one, label) in enumerate(zip(told, ("looked at", "put into carts or bought"), strict=True)):
            shares = 100 * np.bincount(one, minlength=most + 1)[1:] / max(1, len(one))
            at = np.arange(1, most + 1) + 0.38 * (number - 0.5)
            axes.bar(at, shares, width=0.36, color=(SOFT, BLUE)[number], label=label)
        axes.set_xticks(range(1, most + 1))
        axes.set_xlabel("departments")
        axes.set_ylabel("% of shoppers")
        axes.grid(axis="x", visible=False)
        axes.legend(loc="upper right")

    several = [float((one > 1).mean()) if len(one) else 0.0 for one in told]
    alt = (
        f"{percent(several[0])} of shoppers looked at more than one department, {percent(several[1])} of those who put "
        f"something into a cart did so in more than one. There are {len(names)} departments."
    )
    return draw(paint, size=(8.6, 3.4), alt=alt)


def timeline(shop: Shop, shopper: str, *, until: int | None = None) -> Picture:
    """What one shopper did, event after event, a line a department; ``until`` is the number of events shown.

    Raises:
        ConfigurationError: there is no such shopper among those read.
    """
    user = user_of(shop, shopper)
    data = shop.data
    places = np.arange(data.starts[user], data.starts[user + 1])[:until]
    names = list(dict.fromkeys(shop.department(int(data.rows[i])) for i in places))
    kind = np.array(data.kinds or ["view"] * len(data))
    # One place an event: by date, those of a visit would lie on one another.
    visits = [n for n, i in enumerate(places) if not n or data.times[i] - data.times[places[n - 1]] > SESSION]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for begin in visits:
            axes.axvline(begin - 0.5, color=LINE, lw=1.2)
        for name, (label, colour) in _KINDS.items():
            chosen = [n for n, i in enumerate(places) if kind[i] == name]
            line = [names.index(shop.department(int(data.rows[places[n]]))) for n in chosen]
            if chosen:
                size = 6 if name == "view" else 9
                axes.plot(chosen, line, marker=_MARKS[name], color=colour, ms=size, alpha=0.85, label=label, lw=0)
        days = [datetime.fromtimestamp(float(data.times[places[n]]), UTC) for n in visits]
        axes.set_xticks(visits, [f"{day.day} {day:%b}" for day in days], rotation=40, ha="right")
        axes.set_xlabel("events, one after the other; a line and a date begin a visit")
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.grid(axis="x", visible=False)
        figure.legend(loc="outside lower center", ncols=5)

    counted = Counter(shop.department(int(data.rows[i])) for i in places)
    alt = f"{len(places)} events of {shopper}: " + ", ".join(f"{name} {n}" for name, n in counted.most_common())
    return draw(paint, size=(9.4, 0.34 * len(names) + 2.1), alt=f"{alt}; in {len(visits)} visits.")


def history(shop: Shop, shopper: str, *, until: int | None = None, most: int = 12) -> Html:
    """The newest things one shopper did, the newest last, each product once.

    Raises:
        ConfigurationError: there is no such shopper among those read.
    """
    user = user_of(shop, shopper)
    data = shop.data
    places = [int(i) for i in np.arange(data.starts[user], data.starts[user + 1])[:until]]
    met: dict[int, list[int]] = {}
    for i in places:
        # The place of a product is that of what was done with it last.
        met[int(data.rows[i])] = [*met.pop(int(data.rows[i]), []), i]
    rows = []
    for row, done in list(met.items())[-most:]:
        counted = Counter(_KINDS[(data.kinds or ())[i]][0] for i in done)
        told = ", ".join(label if n == 1 else f"{label} {n} times" for label, n in counted.items())
        rows.append((_day(data.times[done[-1]]), shop.title(row), shop.kind(row), told))
    shown = table(("last on", "product", "type", f"what {shopper} did"), rows)
    if len(met) <= most:
        return shown
    return stack(shown, say(f"The {most} met last of {len(met)} products; {len(places)} events in all."))


def user_of(shop: Shop, shopper: str) -> int:
    """The row of a shopper.

    Raises:
        ConfigurationError: there is no such shopper, or their events are not in the slice that was read.
    """
    known = {name: user for user, name in enumerate(shop.data.user_ids)}
    if shopper not in known or not shop.data.lengths()[known[shopper]]:
        raise ConfigurationError(f"there is no shopper '{shopper}' among those read; name another, or read all")
    return known[shopper]


def titled(shop: Shop, rows: Sequence[int]) -> list[tuple[int, str, str, str]]:
    """Place, title, type and price of some products, for tables."""
    return [(place, shop.title(row), shop.kind(row), price(shop, row)) for place, row in enumerate(rows, 1)]


def price(shop: Shop, row: int) -> str:
    """What a product costs, in the currency its price is listed in."""
    product = shop.products[row]
    return f"{product.price:,.2f} {product.currency}".replace(".00 ", " ")


_MARKS = {"view": "o", "like": "^", "dislike": "v", "add_to_cart": "s", "purchase": "D"}


def _day(seconds: float) -> str:
    day = datetime.fromtimestamp(float(seconds), UTC)
    return f"{day.day} {day:%B %Y}"
