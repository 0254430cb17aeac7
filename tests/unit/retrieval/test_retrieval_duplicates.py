"""Which listings are one product: two models are never joined, what is listed twice or in another colour is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from builders import product
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.lexicon import Lexicon
from assistant.retrieval.duplicates import Marks, duplicate_groups
from assistant.types import Product

SLEEVE = "A padded sleeve with a soft lining, a side pocket for the charger and a zip that runs round three sides."
COVER = "Snap-on cover for daily carry, tested for drops from two metres, with a raised edge around the screen."


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load()


def pair(a: dict[str, Any], b: dict[str, Any]) -> list[Product]:
    base = {"brand": "Harrow", "category": ["accessories", "case"]}
    return [product(sku, **{**base, **fields}) for sku, fields in (("A", a), ("B", b))]


def joined(products: list[Product], lexicon: Lexicon) -> bool:
    groups = duplicate_groups(products, None, lexicon).tolist()
    assert groups in ([-1, -1], [0, 0])
    return groups == [0, 0]


def row(title: str, description: str = "", **more: Any) -> dict[str, Any]:
    return {"title": title, "description": description, **more}


CLOTHES = ["clothing", "base layer"]
ZH = "防摔 TPU 软壳，四角加厚，边框高出屏幕一毫米。"
KEYS = {"keys": 105, "cable": 1.75, "port": "USB", "weight": 662}
PRAISE = "Three layers keep your phone safe at work, while covers over every port shut out the dust of a building site."
PRAISE_2 = "Bold and bright and hard to break: a case with style that shrugs off falls, scrapes and a day at the beach."
TORCH = "mAh, with one port and a torch at its end."
PLUG = "charger has a 2.4-amp output and a fold-out plug."
PAGES = "Toner for some 2000 pages, sealed and ready to print."

ONE = {
    "listed again": (
        row("Harrow Laptop Sleeve, 14 inch", SLEEVE, price=29.9),
        row("laptop sleeve 14-inch - Harrow", SLEEVE.upper(), price=30.5),
    ),
    "colour in the title": (
        row("Folio Case for Nova 5 - Black", COVER, price=25),
        row("Folio Case for Nova 5 - Rose Gold", COVER, price=29),
    ),
    "colour in Chinese": (
        row("手机壳 Nova 5 黑色", ZH, color="black"),
        row("手机壳 Nova 5 藏青色", ZH, color="navy"),
    ),
    "a number that ends in the colour": (
        row("Mixit Wall Charger - Blue", "Charger F8M666btBLU with two ports, folds flat."),
        row("Mixit Wall Charger - Red", "Take two phones along: F8M666btRED, two ports."),
    ),
    "a series in another colour": (
        row("Defender Series Case for Nova 5 Pro - Black", PRAISE),
        row("Defender Series Case for Nova 5 Pro - Pink", PRAISE_2),
    ),
    "sizes of clothing": (
        row("Merino Base Layer, M", SLEEVE, category=CLOTHES),
        row("Merino Base Layer, XL", SLEEVE, category=CLOTHES),
    ),
    "facts agree": (
        row("G83 keyboard USB German Black", attributes=KEYS),
        row("G83 keyboard USB German Grey", attributes={**KEYS, "weight": 665}),
    ),
}

TWO = {
    "models": (row("Nova 5 Case", COVER), row("Nova 6 Case", COVER)),
    "capacities": (row("Nova 5 128 GB", COVER), row("Nova 5 256 GB", COVER)),
    "plus": (row("Nova S10", COVER), row("Nova S10+", COVER)),
    "sign": (row("Dioptric Lens ED-3", COVER), row("Dioptric Lens ED+3", COVER)),
    "a letter that is a model": (row("Nova 5", COVER), row("Nova 5 S", COVER)),
    "lengths": (row("Patch cable 2 m", COVER), row("Patch cable 3 m", COVER)),
    "counts": (row("AA batteries 4 pack", COVER), row("AA batteries 8 pack", COVER)),
    "order of words": (row("USB C to HDMI adapter", COVER), row("HDMI to USB C adapter", COVER)),
    "number in the text": (
        row("Wall Charger - Black", f"This 13101 {PLUG}"),
        row("Wall Charger - Black", f"This 13103 {PLUG}"),
    ),
    "capacity in the text": (
        row("Portable Charger - Black", f"Holds 2200 {TORCH}"),
        row("Portable Charger - Black", f"Holds 4400 {TORCH}"),
    ),
    "name in the text": (
        row("Cypress Notebook Backpack 15 Grey", "Cypress convertible backpack, grey"),
        row("Cypress Notebook Backpack 15 Black", "Cypress security backpack, black"),
    ),
    "a word more": (row("Thin client 3040", f"{COVER} Zero client."), row("Thin client 3040", COVER)),
    "prices": (row("Flat wall mount", COVER, price=64), row("Flat wall mount", COVER, price=240)),
    "makers": (row("Snap case", COVER), row("Snap case", COVER, brand="Dorrey")),
    "shelves": (row("Snap case", COVER), row("Snap case", COVER, category=CLOTHES)),
    "materials": (
        row("Snap Case for Nova 5 Pro - Red", f"A silicone back, a microfiber lining. {PRAISE}"),
        row("Snap Case for Nova 5 Pro - Grey", f"A split leather back, a microfiber lining. {PRAISE}"),
    ),
    "a fact": (
        row("Snap case", COVER, attributes={"length": "12 cm"}),
        row("Snap case", COVER, attributes={"length": "14 cm"}),
    ),
    "what it fits": (row("Memory module", COVER, attributes={"compatibility": "Dell"}), row("Memory module", COVER)),
    "toner": (row("Toner Cartridge 301 Black", PAGES), row("Toner Cartridge 301 Yellow", PAGES)),
    "tea": (row("Green tea", COVER), row("Black tea", COVER)),
    "nothing but a title": (row("Wall Charger - Black"), row("Wall Charger - Black")),
    "the catalogue's word": (row("Snap case", COVER, group_id="1"), row("Snap case", COVER, group_id="2")),
}


@pytest.mark.parametrize("name", ONE)
def test_one_product_is_one_group(lexicon: Lexicon, name: str) -> None:
    assert joined(pair(*ONE[name]), lexicon)


@pytest.mark.parametrize("name", TWO)
def test_two_models_stay_two(lexicon: Lexicon, name: str) -> None:
    assert not joined(pair(*TWO[name]), lexicon)


def test_a_title_with_two_models_in_one_colour_tells_nothing(lexicon: Lexicon) -> None:
    base: dict[str, Any] = {"brand": "Dynex", "price": 3}
    rows = [
        product("A", "Back Cover for Nova 6 and 6s - Blue", description=f"Flowers. {PRAISE}", **base),
        product("B", "Back Cover for Nova 6 and 6s - Black", description=f"Team. {PRAISE_2}", **base),
    ]
    assert duplicate_groups(rows, None, lexicon).tolist() == [0, 0]
    rows.append(product("C", "Back Cover for Nova 6 and 6s - Blue", description=f"Baseball. {PRAISE}", **base))
    assert duplicate_groups(rows, None, lexicon).tolist() == [-1, -1, -1]


def test_the_catalogues_own_groups_are_kept_and_joined(lexicon: Lexicon) -> None:
    rows = [
        product("A", "Nova 5, black", group_id="N5", brand="Aurel", description=COVER),
        product("B", "Other thing"),
        product("C", "Nova 5 with 256 GB, blue", group_id="N5", brand="Aurel"),
        product("D", "Nova 5, black", brand="Aurel", description=COVER),
    ]
    assert duplicate_groups(rows, None, lexicon).tolist() == [0, -1, 0, 0]


def test_rows_whose_vectors_are_far_apart_stay_apart(lexicon: Lexicon) -> None:
    rows = pair({"title": "Snap case", "description": COVER}, {"title": "Snap case", "description": COVER})
    near, far = np.array([[1, 0], [1, 0]], np.float32), np.array([[1, 0], [0.6, 0.8]], np.float32)
    assert duplicate_groups(rows, near, lexicon).tolist() == [0, 0]
    assert duplicate_groups(rows, far, lexicon).tolist() == [-1, -1]


def test_what_counts_rows_is_no_property(lexicon: Lexicon) -> None:
    others = [product(f"X{i}", f"Thing number {i}", attributes={"popularity": 100 + i}) for i in range(60)]
    twins = pair(
        {"title": "Snap case", "description": COVER, "attributes": {"popularity": 3}},
        {"title": "Snap case", "description": COVER, "attributes": {"popularity": 900}},
    )
    assert duplicate_groups([*others, *twins], None, lexicon).tolist()[-2:] == [60, 60]
    assert duplicate_groups(twins, None, lexicon).tolist() == [-1, -1]


def test_marks_made_on_the_way_give_the_same_groups(lexicon: Lexicon) -> None:
    rows = [*pair({"title": "Snap case", "description": COVER}, {"title": "Snap case", "description": COVER})] * 2
    marks = Marks.of(iter(rows), lexicon)
    assert duplicate_groups(rows, None, lexicon, marks=marks).tolist() == [0, 0, 0, 0]
    empty: list[Product] = []
    assert duplicate_groups(empty, None, lexicon).tolist() == []


LEXICON = Lexicon.load()
TITLES = ["Snap case", "Snap case - red", "Snap case 2 m", "手机壳", ""]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(TITLES), st.sampled_from(["", COVER, SLEEVE]), st.sampled_from([9.0, 10.0, 90.0])),
        max_size=12,
    )
)
def test_groups_are_named_by_their_first_row(rows: Iterable[tuple[str, str, float]]) -> None:
    products = [product(str(i), t, p, description=d, brand="H") for i, (t, d, p) in enumerate(rows)]
    groups = duplicate_groups(products, None, LEXICON)
    for row, first in enumerate(groups.tolist()):
        if first >= 0:
            assert first <= row
            assert groups[first] == first
            assert int((groups == first).sum()) >= 2
