"""What goes with what, shown: counts, reasons and lists that are those of the shop's events, on a small shop."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from builders import engine_of
from fakes import HashEncoder
from fakes_assistant import PRODUCTS
from small_shop import SHELF

from assistant.assembly import Parts
from assistant.errors import ConfigurationError
from assistant.lexicon import Lexicon
from assistant.notebooks import crossing, pairings
from assistant.notebooks.crossing import Crossing
from assistant.notebooks.events import Shop
from assistant.notebooks.showing import Html
from assistant.recommendation.catalogue import catalogue_items
from assistant.recommendation.interactions import DAY
from assistant.recommendation.reading import event_interactions
from assistant.types import Bond
from assistant.understanding import ConstraintParser

SHOE = PRODUCTS[0].sku
SOCK, BOTTLE, PHONES, MUG = "TST-SOCK-01", "TST-BOTTLE/1", "TST-PHONES-01", "TST-MUG-01"
EVIL = "<script>alert(1)</script>"
NEW = replace(SHELF[-2], sku="TST-MUG-NEW", title=f"New mug {EVIL}", created_at="2026-10-01T00:00:00Z", group_id=None)


def cells(shown: Html) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", shown._repr_html_(), re.S)
    return [
        [re.sub(r"<[^>]+>", "", c) for c in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)]
        for row in rows
        if "<td" in row
    ]


@pytest.fixture(scope="module")
def cross(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> Crossing:
    engine = engine_of(tmp_path_factory.mktemp("crossing"), (*SHELF, NEW), HashEncoder(), lexicon)
    parser = ConstraintParser(lexicon, engine.columns.brand_names)
    # Forty shoppers, one a day: most take the shoe and headphones, a few the bottle with it, some the mug alone.
    records = []
    for n in range(40):
        begin = 1.7e9 + n * DAY
        taken = [SHOE, PHONES] if n % 4 < 2 else [SHOE, BOTTLE] if n % 4 == 2 else [MUG]
        for step, sku in enumerate(taken):
            for late, kind in enumerate(("view", "add_to_cart", "purchase")):
                records.append((f"s-{n}", sku, kind, begin + 100.0 * step + late))
    data = event_interactions(records, catalogue_items(engine.products, np.asarray(engine.index.vectors)))
    shop = Shop(tuple(engine.products), data, 40, "en", "en")
    parts = cast("Parts", SimpleNamespace(engine=engine, lexicon=lexicon, parser=parser))
    return crossing.learn(parts, shop)


def test_what_was_counted_is_told(cross: Crossing) -> None:
    told = str(crossing.summary(cross))
    assert told.startswith("40 carts and 40 orders were counted. 3 of ")
    assert "2 different pairs were" in told


def test_departments_expect_as_much_company_as_there_is(cross: Crossing) -> None:
    names, pairs, usual = crossing.departments(cross)
    footwear, electronics = names.index("footwear"), names.index("electronics")
    assert pairs[footwear, electronics] == pairs[electronics, footwear] == 20
    assert usual.sum(axis=1) == pytest.approx(pairs.sum(axis=1), abs=1.0)
    assert not usual.diagonal().any()


def test_partners_say_how_much_is_chance(cross: Crossing) -> None:
    rows = {row[0]: row[1:] for row in cells(crossing.partners(cross, SHOE))}
    # 30 carts of 40 held a shoe, 20 headphones: 15 would by chance, and 20 did.
    assert rows["headphones"] == ["electronics", "20 of 30", "15.0", "1.3 ×", "may be chance"]
    assert rows["water bottle"][1] == "10 of 30"
    assert "running shoe" not in rows


def test_the_anchor_type_stays_out_of_every_way(cross: Crossing) -> None:
    for way in cross.ways:
        cards = cross.found(way, [SHOE])
        assert cards, way
        assert all(card.product.type != "running shoe" for card in cards)
    assert cross.found("events", [SHOE])[0].product.sku == PHONES
    assert cross.found("table", [SHOE])[0].product.sku in (SOCK, BOTTLE)
    shown = crossing.side_by_side(cross, [MUG])
    assert [re.sub(r"<[^>]+>", "", h) for h in re.findall(r"<th[^>]*>(.*?)</th>", shown._repr_html_())][1:] == [
        *cross.ways
    ]


def test_reasons_are_those_of_the_counts(cross: Crossing) -> None:
    told = {row[2]: row[-1] for row in cells(crossing.reasons(cross, [SHOE]))}
    assert "generally known" in told["socks"], "no cart held any"
    assert set(told) >= {"headphones", "socks", "water bottle"}
    shoe = cross.shop.products[cross.shop.row(SHOE)]
    bond = Bond("types carted", shoe, shoe, 20, 30)
    assert crossing.because(bond, cross.shop) == (
        "20 of 30 carts with a product of the type “running shoe” held one of its type too"
    )
    assert crossing.because(replace(bond, kind="products bought"), cross.shop).startswith("20 of 30 orders with ")
    assert "none is given" in crossing.because(None, cross.shop)


def test_a_wish_is_hard(cross: Crossing) -> None:
    shown = crossing.filtered(cross, [SHOE], "under $20")
    assert "costs at most: 20" in str(shown)
    prices = [float(row[3].split()[0]) for row in cells(shown)]
    assert prices
    assert max(prices) <= 20


def test_who_was_never_met_has_companions_and_is_found(cross: Crossing) -> None:
    assert crossing.newest(cross.shop) == NEW.sku
    assert cells(crossing.the_product(cross, NEW.sku))[0][-2:] == ["0", "0"]
    shown = crossing.side_by_side(cross, [NEW.sku])
    assert cells(shown)[0][1]
    assert EVIL not in shown._repr_html_()
    rows = cells(crossing.finders(cross, NEW.sku))
    assert rows
    assert all(row[1] != "mug" for row in rows)
    assert all(re.fullmatch(r"[12] of 2", row[-1]) for row in rows), "there are two mugs"


def test_taking_events_away_is_told(cross: Crossing) -> None:
    told = str(crossing.forgotten(cross, PHONES))
    assert "60 events were set aside" in told
    assert cross.ways["all together"] is not None


def test_pictures_say_their_figures(cross: Crossing) -> None:
    assert "footwear" in pairings.department_lift(cross).alt
    assert "2 pairs of products of different types shared a cart" in pairings.co_purchases(cross).alt
    assert "After running shoe" in pairings.type_affinity(cross, SHOE, most=4).alt
    assert "headphones: table" in pairings.type_sources(cross, SHOE).alt
    first = cross.found("all together", [SHOE])[0]
    assert f"1  {first.title}" in pairings.scores(cross, [SHOE]).alt


def test_the_held_out_test_is_the_products_own(cross: Crossing) -> None:
    found = crossing.held(cross, 4)
    assert (found.asked, found.of) == (4, 6), "the last fifth of forty shoppers, of whom a quarter takes a mug alone"
    told = str(crossing.verdict(found))
    assert told.startswith("4 questions (a slice; there are 6) of 4 shoppers.")
    assert "times that of popularity" in told
    assert f"all together {100 * found.modes['all together']['hr@10']:.1f}" in pairings.held(found).alt


def test_what_is_not_there_is_told(cross: Crossing) -> None:
    with pytest.raises(ConfigurationError, match="no product 'X-1'"):
        crossing.side_by_side(cross, ["X-1"])
    nobody = replace(cross, shop=replace(cross.shop, data=cross.shop.data.select(np.zeros(0, dtype=np.int64))))
    with pytest.raises(ConfigurationError, match="read more shoppers"):
        crossing.held(nobody)
