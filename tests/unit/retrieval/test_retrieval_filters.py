"""Every field and every NOT as row masks, and random constraints against a check written apart from the code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from builders import product
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.lexicon import Lexicon
from assistant.retrieval.filters import Columns, Filters
from assistant.types import Constraints, Product

SHOES = [
    product("a", "Black canvas shoe", 40, brand="Harrow", color="black", prices={"CNY": 280}, sizes=["41", "42"],
            size_stock={"41": 2, "42": 0}, stock=2, rating=4.5, category=["shoes", "sneaker"],
            attributes={"material": "canvas", "weight_kg": 1.0}),
    product("b", "White leather shoe", 60, brand="Brook", color="white", prices={"CNY": 420}, sizes=["42"],
            size_stock={"42": 3}, stock=3, rating=4.0, category=["shoes", "sneaker"],
            description="Soft leather, no laces."),
    product("c", "Navy trail shoe", 80, brand="harrow", color="navy", sizes=["42"], stock=0, rating=3.5,
            category=["shoes", "trail shoe"], attributes={"waterproof": True}),
    product("d", "Shoe without a word on colour", 100, brand=None, prices={"CNY": 700}, rating=None,
            category=["shoes", "dress shoe"], description="Made by Brook of leather-free fabric."),
    product("e", "Brook rain boot in forest green", 20.5, currency="EUR", size_stock={"42": 0}, sizes=["42"],
            category=["Shoes", "rain boot"], description="The 42 mm sole keeps feet dry.",
            attributes={"waterproof": False}),
    product("f", "Screen", 200, brand="Vero", color="grey", attributes={"size": "27 inch", "ports": 2}, stock=1,
            category=["electronics", "monitor"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def columns(lexicon: Lexicon) -> Columns:
    return Columns(SHOES, lexicon)


def kept(columns: Columns, *, language: str = "en", price_currency: str | None = None, **fields: Any) -> str:
    extra = {k: fields.pop(k) for k in ("category", "attributes", "rating_min") if k in fields}
    c = Constraints(**{k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()})
    mask = columns.mask(Filters(c, language=language, price_currency=price_currency, **extra))
    return "".join(SHOES[i].sku for i in np.flatnonzero(mask))


def test_nothing_asked_keeps_everything(columns: Columns) -> None:
    assert kept(columns) == "abcdef"


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"price_max": 60}, "abe"),
        ({"price_max": 59.99}, "ae"),
        ({"price_min": 80}, "cdf"),
        ({"price_min": 40, "price_max": 80}, "abc"),
        ({"price_min": 90, "price_max": 10}, ""),
        ({"price_max": 50, "currency": "EUR"}, "e"),
        ({"price_max": 500, "currency": "CNY"}, "ab"),
        ({"price_max": 500, "currency": "JPY"}, ""),
        ({"price_max": 500, "language": "zh"}, "abcef"),
        ({"price_max": 100, "language": "zh"}, "ce"),
        ({"price_max": 100, "language": "zh", "currency": "USD"}, "abcd"),
        ({"price_max": 300, "price_currency": "CNY"}, "acef"),
        ({"in_stock_only": True}, "abdf"),
        ({"in_stock_only": False}, "abcdef"),
        ({"rating_min": 4.0}, "ab"),
        ({"category": ("shoes",)}, "abcde"),
        ({"category": ("Sneaker", "monitor")}, "abf"),
        ({"category": ("shoe",)}, ""),
        ({"attributes": {"material": ("canvas",)}}, "a"),
        ({"attributes": {"material": ("Canvas", "wool")}}, "a"),
        ({"attributes": {"waterproof": (True,)}}, "c"),
        ({"attributes": {"waterproof": (False,)}}, "e"),
        ({"attributes": {"waterproof": (1,)}}, ""),
        ({"attributes": {"ports": (2.0,)}}, "f"),
        ({"attributes": {"ports": ("2",)}}, "f"),
        ({"attributes": {"weight_kg": (1,)}}, "a"),
        ({"attributes": {"none": ("x",)}}, ""),
        ({"brands": ["Harrow"]}, "ac"),
        ({"brands": ["HARROW", "vero"]}, "acf"),
        ({"brands": ["Brook"]}, "be"),
        ({"exclude_brands": ["Brook"]}, "acdf"),
        ({"exclude_brands": ["harrow", "Vero"]}, "bde"),
        ({"colors": ["black"]}, "a"),
        ({"colors": ["black", "white"]}, "ab"),
        ({"colors": ["green"]}, "e"),
        ({"exclude_colors": ["black"]}, "bcdef"),
        ({"exclude_colors": ["green", "white"]}, "acdf"),
        ({"sizes": ["42"]}, "bc"),
        ({"sizes": ["41"]}, "a"),
        ({"sizes": ["41", "42"]}, "abc"),
        ({"sizes": ["27 inch"]}, "f"),
        ({"sizes": ["43"]}, ""),
        ({"exclude_terms": ["leather"]}, "acdef"),
        ({"exclude_terms": ["真皮"]}, "acdef"),
        ({"exclude_terms": ["canvas", "waterproof"]}, "bdef"),
        ({"brands": ["Harrow"], "exclude_colors": ["navy"], "price_max": 50}, "a"),
    ],
    ids=str,
)
def test_each_field_and_each_not(columns: Columns, fields: dict[str, Any], wanted: str) -> None:
    assert kept(columns, **fields) == wanted


def test_of_alternatives_one_must_hold(columns: Columns) -> None:
    cheap, brook = Filters(Constraints(price_max=30)), Filters(Constraints(brands=("Brook",)))
    canvas = Filters(Constraints(terms=("canvas",)), category=("sneaker",))

    def kept_by(*alternatives: Filters, **fields: Any) -> str:
        mask = columns.mask(Filters(Constraints(**fields), any_of=alternatives))
        return "".join(SHOES[i].sku for i in np.flatnonzero(mask))

    assert kept_by(cheap, brook) == "be"
    assert kept_by(canvas, cheap) == "ae"
    assert kept_by(canvas, brook, price_max=50) == "ae"
    assert kept_by(brook, exclude_colors=("white",)) == "e"
    assert kept_by(Filters(Constraints(exclude_brands=("Brook",)))) == "acdf"


def test_within_is_respected_and_not_changed(columns: Columns) -> None:
    within = np.array([True, False, True, False, False, False])
    mask = columns.mask(Filters(Constraints(price_max=50)), within=within)
    assert mask.tolist() == [True, False, False, False, False, False]
    assert within.tolist() == [True, False, True, False, False, False]


def test_terms_are_stated_in_either_language(columns: Columns) -> None:
    every = np.ones(len(SHOES), dtype=np.bool_)
    for term in ("waterproof", "防水"):
        assert [SHOES[i].sku for i in np.flatnonzero(columns.stating(term, every))] == ["c"], term
    for term in ("leather", "皮"):
        assert "b" in [SHOES[i].sku for i in np.flatnonzero(columns.stating(term, every))], term
    assert not columns.stating("leather", every)[3]


def test_prices_are_seen_in_one_currency_at_a_time(columns: Columns) -> None:
    assert columns.currencies == {"USD", "EUR", "CNY"}
    assert np.isnan(columns.prices("CNY")).tolist() == [False, False, True, False, True, True]
    assert np.isnan(columns.prices("JPY")).all()
    assert columns.price_view(Filters(Constraints())).tolist() == [40, 60, 80, 100, 20.5, 200]
    assert columns.price_view(Filters(Constraints(), language="zh")).tolist() == [280, 420, 80, 700, 20.5, 200]


def test_brands_answer_to_every_name_they_have(lexicon: Lexicon) -> None:
    rows = [
        product("n", "Shoe", brand="Nike"),
        product("z", "鞋", brand="耐克"),
        product("t", "Runner", brand="Sonar", translations={"zh": {"title": "跑鞋", "brand": "声纳"}}),
        product("p", "Pineapple corer", brand="Apples & Co"),
    ]
    columns, every = Columns(rows, lexicon), np.ones(4, dtype=np.bool_)
    for name, wanted in (("Nike", "nz"), ("耐克", "nz"), ("声纳", "t"), ("SONAR", "t")):
        assert "".join(rows[i].sku for i in np.flatnonzero(columns.of_brand(name, every))) == wanted


# -- random constraints, checked by hand-written rules

BRANDS = ["Harrow", "Brook", "Vero"]
COLORS = ["black", "white", "green"]
TERMS = ["canvas", "waterproof", "velvet"]
SIZES = ["41", "42", "43"]


def plain_words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def stated(p: Product, word: str) -> bool:
    attributes = [k if v is True else f"{k} {v}" for k, v in p.attributes.items() if v is not False]
    texts = [p.title, p.description, p.brand or "", p.color or "", *p.category, *attributes]
    return any(word in plain_words(text) for text in texts)


def satisfies(p: Product, c: Constraints) -> bool:
    price = p.price if c.currency in (None, p.currency) else p.prices.get(str(c.currency))
    stock_known_zero = p.stock == 0
    sizes = {s for s, n in p.size_stock.items() if n > 0} if p.size_stock else set(p.sizes)
    return all(
        [
            c.price_min is None or (price is not None and price >= c.price_min),
            c.price_max is None or (price is not None and price <= c.price_max),
            not c.in_stock_only or not stock_known_zero,
            not c.brands or p.brand in c.brands,
            p.brand not in c.exclude_brands,
            not c.colors or p.color in c.colors,
            not any(stated(p, color) for color in c.exclude_colors),
            not c.sizes or bool(sizes & set(c.sizes)),
            not any(stated(p, term) for term in c.exclude_terms),
        ]
    )


PRODUCTS = st.lists(
    st.builds(
        lambda price, cny, brand, color, size_stock, term, attribute: product(
            "x",
            f"{term} shoe",
            price,
            prices={"CNY": cny} if cny else {},
            brand=brand,
            color=color,
            size_stock=size_stock,
            sizes=tuple(size_stock),
            stock=sum(size_stock.values()),
            attributes={attribute: True} if attribute else {},
        ),
        st.integers(1, 100),
        st.none() | st.integers(1, 900),
        st.sampled_from(BRANDS),
        st.sampled_from(COLORS),
        st.dictionaries(st.sampled_from(SIZES), st.integers(0, 2), min_size=1),
        st.sampled_from(TERMS),
        st.none() | st.sampled_from(TERMS),
    ),
    min_size=1,
    max_size=12,
)


def some(values: Sequence[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


CONSTRAINTS = st.builds(
    Constraints,
    price_min=st.none() | st.integers(0, 120).map(float),
    price_max=st.none() | st.integers(0, 900).map(float),
    currency=st.sampled_from([None, "USD", "CNY", "EUR"]),
    brands=some(BRANDS),
    exclude_brands=some(BRANDS),
    colors=some(COLORS),
    exclude_colors=some(COLORS),
    sizes=some(SIZES),
    exclude_terms=some(TERMS),
    in_stock_only=st.none() | st.booleans(),
)
LEXICON = Lexicon.load()


@given(PRODUCTS, CONSTRAINTS)
@settings(max_examples=300, deadline=None)
def test_the_mask_is_exactly_what_was_asked(rows: list[Product], c: Constraints) -> None:
    mask = Columns(rows, LEXICON).mask(Filters(c))
    assert mask.tolist() == [satisfies(p, c) for p in rows]
