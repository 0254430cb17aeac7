"""One product and one cart across categories: what goes with them, by whom and why, for ``05_across_categories.ipynb``.

Knows the shop's own mode for complements and its measure; recommends nothing by itself. The pictures are in
``pairings``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from markupsafe import Markup

from assistant.assembly import Parts
from assistant.companions import Companions
from assistant.errors import ConfigurationError
from assistant.evaluation.complements import Modes, figures, held_out, hits
from assistant.lexicon import Lexicon
from assistant.notebooks.events import Shop, price
from assistant.notebooks.showing import AMBER, BLUE, GREEN, Html, chip, percent, say, stack, table
from assistant.notebooks.wording import said
from assistant.ranking import page
from assistant.recommendation import Complements
from assistant.recommendation.affinity import type_affinity
from assistant.recommendation.complements_events import Together
from assistant.recommendation.complements_scores import Affinities, Met
from assistant.recommendation.interactions import Floats
from assistant.retrieval import Filters, SearchEngine
from assistant.types import Bond, Card, Constraints
from assistant.understanding import ConstraintParser

_DEPTH = 60
_ROUNDS = 200
_NO_TELLING = 100.0
_ALL = "all together"
_ANY = Filters(Constraints())


@dataclass(frozen=True)
class Crossing:
    """A shop, what its events say of products met together, and the ways to find what goes with something.

    ``table`` holds the companions of each type by the shipped table of complements, in the catalogue's own names.
    """

    shop: Shop
    engine: SearchEngine
    lexicon: Lexicon
    parser: ConstraintParser
    together: Together
    affinities: Affinities
    table: Mapping[str, Mapping[str, float]]
    ways: Mapping[str, Companions]

    def titles(self, skus: Sequence[str]) -> str:
        """Titles of products, as a list in a sentence."""
        return " and ".join(self.shop.title(self.shop.row(sku)) for sku in skus)

    def found(self, way: str, skus: Sequence[str], filters: Filters = _ANY, *, most: int = 6) -> tuple[Card, ...]:
        """What goes with products by one of the ways, as the shop's page shows it: each type once before any twice."""
        for sku in skus:
            self.shop.row(sku)
        companions = self.ways[way]
        filters = replace(filters, language=self.shop.language)
        got = companions.find(skus, "", filters, k=_DEPTH)
        return page(got.candidates, self.shop.language, size=most, group=companions.card_number, max_per_type=1)


@dataclass(frozen=True)
class Held:
    """The held-out test of complements: how many questions, and each mode's figures as the product measures them."""

    asked: int
    of: int
    shoppers: int
    modes: Mapping[str, Mapping[str, Any]]


def learn(parts: Parts, shop: Shop) -> Crossing:
    """Count what goes together in the shop's events, and make each way of finding complements.

    Raises:
        TrainingError: the events have no times or kinds.
    """
    engine, lexicon = parts.engine, parts.lexicon
    known, nothing = Complements.load(lexicon), Complements({}, lexicon)
    together = Together.learn(shop.data, [p.type for p in shop.products])
    by_table = type_affinity(together.types, known, lexicon)
    prices = [p.price for p in shop.products]
    return Crossing(
        shop,
        engine,
        lexicon,
        parts.parser,
        together,
        Affinities(together, engine.index.vectors, prices, by_table),
        by_table,
        {
            "content": Companions(engine, nothing),
            "table": Companions(engine, known),
            "events": Companions(engine, nothing, None, together),
            _ALL: Companions(engine, known, None, together),
        },
    )


def summary(cross: Crossing) -> Html:
    """What was counted, in sentences."""
    carts, orders = cross.together.carts, cross.together.orders
    types = cross.together.types
    without = [kind for kind in types if kind not in cross.table]
    return say(
        f"{carts.total:,} carts and {orders.total:,} orders were counted.",
        f"{int((carts.pairs.sum(axis=1) > 0).sum()):,} of {len(cross.shop.products):,} products were in a cart with "
        f"another one at least once; {carts.pairs.nnz // 2:,} different pairs were.",
        f"The table of complements knows companions for {len(types) - len(without)} of {len(types)} product types"
        f"{'' if not without else ', for example not for ' + ', '.join(without[:4])}.",
    )


def departments(cross: Crossing) -> tuple[tuple[str, ...], Floats, Floats]:
    """Names of the departments, carts that hold two of them, and how many were to be expected: both (D, D).

    Expected is what every department would have if each chose its company at random, as often in company as it is:
    w_i · w_j with w such that every line has its sum. Carts of one department alone, which are most, say nothing here.
    """
    shop = cross.shop
    met = Together.learn(shop.data, [shop.department(row) for row in range(len(shop.products))]).carts
    names = tuple(dict.fromkeys(shop.department(row) for row in range(len(shop.products))))
    pairs = np.asarray(met.type_pairs.todense(), dtype=np.float64)
    sums = pairs.sum(axis=1)
    w = np.sqrt(sums)
    for _ in range(_ROUNDS):
        # The geometric mean of the old and the new value: the new ones alone would swing.
        w = np.sqrt(w * sums / np.maximum(w.sum() - w, 1e-9))
    usual = np.outer(w, w)
    np.fill_diagonal(usual, 0.0)
    return names, pairs, usual


def the_product(cross: Crossing, sku: str) -> Html:
    """What the product is and what the shop knows of it."""
    shop, row = cross.shop, cross.shop.row(sku)
    product = shop.products[row]
    met = int((shop.data.rows == row).sum())
    carts = int(cross.together.carts.holding[row])
    return stack(
        table(
            ("product", "type", "department", "price", "events", "carts that held it"),
            [(shop.title(row), shop.kind(row), shop.department(row), price(shop, row), met, carts)],
        ),
        say(product.description_in(shop.language)),
    )


def partners(cross: Crossing, sku: str, most: int = 10) -> Html:
    """The types whose products were in a cart with one of the product's type: how often, and how often by chance."""
    together, row = cross.together, cross.shop.row(sku)
    own = int(together.type_of[row])
    first = {kind: int(np.flatnonzero(together.type_of == kind)[0]) for kind in range(len(together.types))}
    line = together.carts.type_pairs[own].tocoo()
    found: list[tuple[int, Met]] = [
        (int(kind), cross.affinities.types_met(row, first[int(kind)], bought=False)) for kind in line.col
    ]
    found.sort(key=lambda one: -one[1].together)
    rows = [
        (
            cross.shop.kind(first[kind]),
            cross.shop.department(first[kind]),
            f"{met.together} of {met.of}",
            f"{met.usual:.1f}",
            f"{met.together / max(met.usual, 1e-9):.1f} ×",
            chip("often", GREEN) if met.often else chip("may be chance", AMBER),
        )
        for kind, met in found[:most]
    ]
    head = ("type", "department", "carts that held both", "by chance", "lift", "may the shop say “often”?")
    caption = f"In carts with a product of the type “{cross.shop.kind(row)}”"
    return table(head, rows or [("none", "", "", "", "", "")], caption=caption)


def side_by_side(cross: Crossing, skus: Sequence[str], most: int = 6) -> Html:
    """What goes with products by each way; what several ways propose is marked."""
    shown = {way: cross.found(way, skus, most=most) for way in cross.ways}
    times: dict[str, int] = {}
    for cards in shown.values():
        for card in cards:
            times[card.product.sku] = times.get(card.product.sku, 0) + 1
    rows = []
    for place in range(most):
        cells: list[object] = [place + 1]
        for cards in shown.values():
            cells.append("" if place >= len(cards) else _cell(cross, cards[place], times))
        rows.append(cells)
    return table(("", *shown), rows, caption=f"With {cross.titles(skus)}")


def reasons(cross: Crossing, skus: Sequence[str], most: int = 6, *, filters: Filters = _ANY) -> Html:
    """What goes with products by all that is known, each with the reason the shop may give for it."""
    companions = cross.ways[_ALL]
    rows = []
    for place, card in enumerate(cross.found(_ALL, skus, filters, most=most), 1):
        bond = companions.bond(skus, card.product)
        row = cross.shop.row(card.product.sku)
        rows.append((place, card.title, cross.shop.kind(row), price(cross.shop, row), because(bond, cross.shop)))
    head = ("", "product", "type", "price", "the strongest true reason")
    return table(head, rows or [("–", "nothing", "", "", "")], caption=f"With {cross.titles(skus)}")


def because(bond: Bond | None, shop: Shop) -> str:
    """A reason in words; where there is none, that is said too."""
    if bond is None:
        return "none that could be proved, so none is given"
    anchor = bond.anchor.title_in(shop.language)
    if bond.kind == "known":
        return f"it is generally known that such things go together (with {anchor})"
    where = "orders" if bond.kind.endswith("bought") else "carts"
    kind = shop.kind(shop.row(bond.anchor.sku))
    what = anchor if bond.kind.startswith("products") else f"a product of the type “{kind}”"
    same = "it" if bond.kind.startswith("products") else "one of its type"
    return f"{bond.together} of {bond.of} {where} with {what} held {same} too"


def filtered(cross: Crossing, skus: Sequence[str], wish: str, most: int = 6) -> Html:
    """What goes with products under a wish in words: how it is read, what it leaves, and what comes then."""
    constraints = cross.parser.parse(wish)
    filters = Filters(constraints, language=cross.shop.language)
    companions = cross.ways[_ALL]
    free, left = (companions.find(skus, "", f, k=1).total for f in (_ANY, filters))
    before = {card.product.sku for card in cross.found(_ALL, skus, most=most)}
    after = {card.product.sku for card in cross.found(_ALL, skus, filters, most=most)}
    told = say(
        f"“{wish}” is read as: {said(constraints) or 'nothing that filters'}.",
        f"Of {free:,} products of other types {left:,} are left.",
        f"{len(before & after)} of the {len(before)} products above are among those below.",
    )
    return stack(told, reasons(cross, skus, most, filters=filters))


def newest(shop: Shop) -> str:
    """The product without events that came into the catalogue last; where all were met, the one met least."""
    met = np.bincount(shop.data.rows, minlength=len(shop.products))
    order = sorted(range(len(met)), key=lambda row: (int(met[row]), _backwards(shop.products[row].created_at), row))
    return shop.products[order[0]].sku


def forgotten(cross: Crossing, sku: str, most: int = 8) -> Html:
    """What goes with a product as it is, and had nobody ever met it: how much is left without its own events."""
    shop, row = cross.shop, cross.shop.row(sku)
    data = shop.data.select(shop.data.rows != row)
    without = Companions(
        cross.engine,
        Complements.load(cross.lexicon),
        None,
        Together.learn(data, [p.type for p in shop.products]),
    )
    then = replace(cross, ways={_ALL: without})
    now, new = cross.found(_ALL, [sku], most=most), then.found(_ALL, [sku], most=most)
    both = {card.product.sku for card in now} & {card.product.sku for card in new}
    rows = []
    for place in range(most):
        cells: list[object] = [place + 1]
        for cards in (now, new):
            if place >= len(cards):
                cells.append("")
                continue
            card = cards[place]
            told = Markup("{}<br><small>{}</small>").format(card.title, shop.kind(shop.row(card.product.sku)))
            cells.append(told + Markup(" ") + chip("both", BLUE) if card.product.sku in both else told)
        rows.append(cells)
    lost = len(shop.data) - len(data)
    return stack(
        table(("", "with its events", "as if it had come today"), rows, caption=f"With {shop.title(row)}"),
        say(f"{lost} events were set aside. {len(both)} of {len(now)} products are the same without them."),
    )


def finders(cross: Crossing, sku: str, most: int = 8, *, among: int = 30) -> Html:
    """With which products a product itself is recommended, met or not: the anchors that have it nearest to the top.

    Looked for among ``among`` products of the types it goes with most; ranked are all products of other types than the
    anchor's, and within them those of its own type.
    """
    shop, row = cross.shop, cross.shop.row(sku)
    own = int(cross.together.type_of[row])
    kinds = np.argsort(-cross.affinities.types(own), kind="stable")[:6]
    anchors = [int(r) for kind in kinds for r in np.flatnonzero(cross.together.type_of == kind)[: max(1, among // 6)]]
    places = []
    for anchor in anchors:
        got = cross.ways[_ALL].find([shop.products[anchor].sku], "", _ANY, k=len(shop.products))
        order = [cross.shop.row(candidate.product.sku) for candidate in got.candidates]
        if row in order:
            of_type = [r for r in order if cross.together.type_of[r] == own]
            places.append((order.index(row) + 1, len(order), of_type.index(row) + 1, len(of_type), anchor))
    places.sort()
    rows = [
        (shop.title(anchor), shop.kind(anchor), f"{place} of {of:,}", f"{own_place} of {own_of}")
        for place, of, own_place, own_of, anchor in places[:most]
    ]
    told = say(
        f"{shop.title(row)} was looked for with {len(anchors)} products of the types it goes with most. "
        f"It stands among the first 100 of all with {sum(place <= 100 for place, *_ in places)} of them."
    )
    head = ("with", "type", "its place among all", f"among “{shop.kind(row)}”")
    return stack(told, table(head, rows or [("nothing looked at", "", "", "")]))


def held(cross: Crossing, questions: int | None = None, *, seed: int = 0) -> Held:
    """Measure every mode on what was put into carts after all that is learnt from, ``questions`` of them at random.

    Raises:
        ConfigurationError: nobody put two products of different types into a cart in that time.
    """
    kinds = [p.type for p in cross.shop.products]
    asked = held_out(cross.shop.data, kinds)
    of = len(asked)
    if not of:
        raise ConfigurationError("nobody took two products of different types in the last weeks; read more shoppers")
    if questions is not None and questions < of:
        at = np.sort(np.random.default_rng(seed).choice(of, questions, replace=False))
        asked = replace(asked, anchors=asked.anchors[at], targets=asked.targets[at], users=asked.users[at])
    answers = Modes(cross.engine, cross.lexicon, asked).all()
    found = {name: hits(answer, asked) for name, answer in answers.items()}
    told = figures(found, asked.users, seed=seed)
    return Held(len(asked), of, len(np.unique(asked.users)), told)


def verdict(found: Held) -> Html:
    """The held-out test in sentences."""
    best = max(found.modes, key=lambda name: float(found.modes[name]["hr@10"]))
    sliced = "" if found.asked == found.of else f" (a slice; there are {found.of:,})"
    out = [
        f"{found.asked:,} questions{sliced} of {found.shoppers:,} shoppers.",
        f"Best: {best}, which has what came along among its first ten for {percent(found.modes[best]['hr@10'])}.",
    ]
    against = {name: row for name, row in found.modes[_ALL].items() if name.startswith("times ")}
    for name, row in against.items():
        low, high = row["interval"]
        # Where a rival may have found nothing at all, there is no telling how many times as much something is.
        bounds = f"{low:.1f} to {high:.1f}" if high < _NO_TELLING else f"at least {low:.1f}"
        out.append(f"All together has {row['mean']:.1f} times that of {name.removeprefix('times ')} ({bounds}).")
    return say(*out)


def _cell(cross: Crossing, card: Card, times: Mapping[str, int]) -> Markup:
    row = cross.shop.row(card.product.sku)
    told = Markup("{}<br><small>{}</small>").format(card.title, cross.shop.kind(row))
    n = times[card.product.sku]
    return told if n == 1 else told + Markup(" ") + chip(f"{n} ways", GREEN)


def _backwards(moment: str | None) -> tuple[int, ...]:
    """A key that sorts later moments first; unknown ones come last."""
    return tuple(-ord(c) for c in moment) if moment else (1,)
