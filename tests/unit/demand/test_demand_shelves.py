from __future__ import annotations

from datetime import timedelta

import numpy as np
from demand_shop import START, event, history, shop

from assistant.demand.hierarchy import Hierarchy
from assistant.demand.promotions import Band, match, promoted_rows, tastes, word_vectors
from assistant.demand.ranges import Forecast
from assistant.demand.seasons import find_seasons
from assistant.demand.stock import find_shortages, pieces
from assistant.demand.weeks import Events, count_weeks, event_table
from assistant.recommendation.catalogue import catalogue_items
from assistant.types import Product


def events_of(weeks: int = 60) -> Events:
    return event_table(history(weeks), shop())


def test_stock_runs_out_where_more_is_expected_than_is_left() -> None:
    products = [
        Product("FEW", "few", 1.0, stock=3),
        Product("MANY", "many", 1.0, stock=300),
        Product("GONE", "gone", 1.0, stock=0),
        Product("SIZES", "sizes", 1.0, sizes=("M", "L"), size_stock={"M": 1, "L": 1}),
        Product("UNTOLD", "untold", 1.0),
    ]
    mean = np.full((5, 4), 2.0)
    weekly = count_weeks(
        event_table([event("a", "GONE", "view", START + timedelta(days=n)) for n in range(14)], products)
    )
    found = find_shortages(products, weekly, Forecast("x", mean, np.ones(5), np.ones(5)))
    assert [products[one.row].sku for one in found.short] == ["SIZES", "FEW"]
    assert found.short[1].week == 2  # four are expected by then, three are left
    assert found.short[1].chance > 0.98
    assert [(products[one.row].sku, one.looks) for one in found.gone] == [("GONE", 14)]
    assert found.unknown == 1
    assert pieces(products[3]) == 2


def test_a_season_is_found_and_an_even_type_has_none() -> None:
    events = events_of()
    tree = Hierarchy.of(shop())
    found = find_seasons(events, count_weeks(events), tree)
    assert found is not None
    names = [tree.types[one.type][-1] for one in found.seasonal]
    assert names[0] == "tent"
    assert "lamp" not in names
    assert {found.months[place][1] for place in found.seasonal[0].peaks} <= {5, 6, 7}


def test_one_shopper_who_looks_often_makes_no_season() -> None:
    records = list(history())
    records += [event("sim-1", "LAMP-1", "view", START + timedelta(days=100, minutes=n)) for n in range(500)]
    events, tree = event_table(records, shop()), Hierarchy.of(shop())
    found = find_seasons(events, count_weeks(events), tree)
    assert found is not None
    assert "lamp" not in [tree.types[one.type][-1] for one in found.seasonal]


def test_half_a_year_shows_no_seasons() -> None:
    events = events_of(26)
    assert find_seasons(events, count_weeks(events), Hierarchy.of(shop())) is None


def test_promoted_is_what_is_reduced_and_can_be_bought() -> None:
    products = [
        Product("A", "a", 5.0, list_price=10.0),
        Product("B", "b", 5.0, list_price=10.0, stock=0),
        Product("C", "c", 5.0, list_price=5.0),
        Product("D", "d", 5.0),
    ]
    assert promoted_rows(products).tolist() == [0]


def test_a_place_counts_only_where_it_surely_doubled_what_popularity_gives() -> None:
    assert Band(1, 10, 1000, 100, 20.0).sure
    assert not Band(1, 10, 1000, 45, 20.0).sure  # twice as many, but chance may have done it
    assert not Band(1, 10, 10, 6, 1.0).sure  # six times as many, of a handful
    assert Band(1, None, 0, 0, 0.0).lift is None


def test_promotions_fit_those_who_wish_for_such_things() -> None:
    """Many products, so that ten places are few of them; who likes a group looks only at that group."""
    random = np.random.default_rng(4)
    kinds = ["tent", "boot", "lamp", "mug", "pan", "rug"]
    products = [
        Product(
            f"{kind}-{n}", f"{kind} {n}", 5.0, list_price=9.0 if n < 3 else None, category=("all", kind),
            description=f"a {kind} made for whoever needs a {kind}",
        )
        for kind in kinds
        for n in range(20)
    ]  # fmt: skip
    records = [
        event(f"u{who}", f"{kinds[who % 6]}-{random.integers(20)}", "view", START + timedelta(days=int(day)))
        for who in range(120)
        for day in random.integers(0, 140, 40)
    ]
    events = event_table(records, products)
    found = match(events, catalogue_items(products, word_vectors(products)))
    assert len(found.promoted) == 18
    assert found.limit is not None
    assert found.bands[-1].lift is not None
    assert found.bands[-1].lift < 1
    for audience in found.audiences:
        kind = products[audience.row].type
        fitting = np.array([int(events.shoppers[who][1:]) % 6 == kinds.index(kind) for who in audience.shoppers])
        assert fitting[audience.places <= 10].all()
        assert fitting.mean() > 0.5  # by chance it would be a sixth
    tree = Hierarchy.of(products)
    first = found.audiences[0]
    assert tree.types[tastes(events, tree.type_of, first.shoppers)[0]][-1] == products[first.row].type
    for who, fits in found.by_shopper().items():
        assert [place for _, place in fits] == sorted(place for _, place in fits)
        assert all(who in one.shoppers for one in found.audiences if one.row in {row for row, _ in fits})


def test_what_was_bought_is_not_offered_again() -> None:
    records = [event(f"u{who}", "TENT-2", "purchase", START + timedelta(days=who)) for who in range(100)]
    found = match(event_table(records, shop()), catalogue_items(shop()))
    assert not any(len(audience.shoppers) for audience in found.audiences)


def test_without_returning_shoppers_nobody_is_named() -> None:
    records = [event(f"u{n}", "TENT-2", "view", START + timedelta(days=n % 30)) for n in range(60)]
    found = match(event_table(records, shop()), catalogue_items(shop()))
    assert found.bands == ()
    assert found.limit is None
    assert found.by_shopper() == {}
