"""Facets derived from rows: round bands, values under one name in both languages, flags, and what is left out."""

from __future__ import annotations

import itertools
import math

import pytest
from builders import product
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.lexicon import Lexicon
from assistant.retrieval.bands import round_cuts, spread_over
from assistant.retrieval.facets import derive_facets
from assistant.types import Facet, Product


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load()


def shop() -> list[Product]:
    """Twelve kettles: prices 20 to 130, four colours in several words, materials in both languages, one flag."""
    colors = itertools.cycle(["black", "crimson", "red", "silver"])
    materials = itertools.cycle(["stainless steel", "不锈钢", "glass"])
    capacities = itertools.cycle(["0.8 L", "800 ml", "1.5 L", "1.7 L"])
    return [
        product(
            str(i),
            f"Kettle {i}",
            20.0 + 10 * i,
            brand="ABC"[i % 3],
            color=next(colors),
            category=("home", "kettle"),
            prices={"CNY": 150.0 + 70 * i},
            attributes={
                "material": next(materials),
                "capacity": next(capacities),
                "keep_warm": i % 2 == 0,
                "shelf": 100 + 10 * i,
                "noise": f"{50 + i} dB",
                **({"rare": "x"} if i == 3 else {}),
            },
        )
        for i in range(12)
    ]


def by_field(facets: tuple[Facet, ...]) -> dict[str, Facet]:
    return {f.field: f for f in facets}


def test_every_kind_of_field_becomes_a_facet(lexicon: Lexicon) -> None:
    found = by_field(derive_facets(shop(), lexicon))
    assert {"price", "color", "brand", "material", "capacity", "keep_warm", "noise"} <= set(found)
    assert "rare" not in found
    assert "category" not in found  # one type tells nothing apart
    assert [(v.value, v.count) for v in found["color"].values] == [("red", 6), ("black", 3), ("silver", 3)]
    assert [(v.value, v.count) for v in found["material"].values] == [("stainless steel", 8), ("glass", 4)]
    assert [(v.value, v.count) for v in found["capacity"].values] == [("0.8 L", 6), ("1.5 L", 3), ("1.7 L", 3)]
    assert [(v.value, v.count) for v in found["keep_warm"].values] == [("yes", 6), ("no", 6)]
    assert found["keep_warm"].kind == "flag"
    assert (found["noise"].kind, found["noise"].unit) == ("bands", "dB")


def test_bands_count_what_inclusive_bounds_find(lexicon: Lexicon) -> None:
    rows = shop()
    price = by_field(derive_facets(rows, lexicon))["price"]
    assert 3 <= len(price.values) <= 5
    for band in price.values:
        low, high = band.low or -math.inf, band.high or math.inf
        assert band.count == sum(1 for p in rows if low <= p.price <= high)
    assert price.values[0].low is None
    assert price.values[-1].high is None
    assert [v.high for v in price.values[:-1]] == [v.low for v in price.values[1:]]


def test_labels_are_in_the_language_asked_for(lexicon: Lexicon) -> None:
    found = by_field(derive_facets(shop(), lexicon, language="zh"))
    assert found["material"].label == "材质"
    assert [v.value for v in found["material"].values] == ["不锈钢", "玻璃"]
    assert [v.value for v in found["color"].values] == ["红", "银色", "黑"]
    assert [v.value for v in found["keep_warm"].values] == ["是", "否"]
    assert found["price"].unit == "CNY"
    assert by_field(derive_facets(shop(), lexicon, language="zh", currency="USD"))["price"].unit == "USD"


def test_what_splits_best_comes_first_and_logistics_last(lexicon: Lexicon) -> None:
    facets = derive_facets(shop(), lexicon)
    known = [f for f in facets if f.known]
    assert [f.gain for f in known] == sorted((f.gain for f in known), reverse=True)
    assert by_field(facets)["shelf"].known is False
    places = {f.field: place for place, f in enumerate(facets)}
    assert by_field(facets)["shelf"].gain > by_field(facets)["capacity"].gain
    assert places["shelf"] > places["capacity"]


def test_choices_only_leaves_out_what_nobody_is_asked_about(lexicon: Lexicon) -> None:
    every, choices = derive_facets(shop(), lexicon), derive_facets(shop(), lexicon, choices_only=True)
    assert {f.field for f in every} - {f.field for f in choices} == {"noise", "shelf"}
    assert set(choices) <= set(every)


def test_what_numbers_the_rows_is_no_facet(lexicon: Lexicon) -> None:
    rows = [product(str(i), "x", attributes={"row_id": 5000 + i, "weight": 100 + i}) for i in range(40)]
    assert [f.field for f in derive_facets(rows, lexicon)] == ["weight"]


def test_units_are_counted_in_one(lexicon: Lexicon) -> None:
    weights = ["800 g", "0.9 kg", "1.2 kg", "1.5 kg", "2 kg", "2.2 kg", "3 kg", "3.5 kg", "heavy"]
    rows = [product(str(i), "x", attributes={"weight": w}) for i, w in enumerate(weights)]
    (weight,) = derive_facets(rows, lexicon)
    assert (weight.kind, weight.unit, weight.stated) == ("bands", "kg", 9)
    assert all(0 < (v.high or 1) < 4 for v in weight.values)


def test_sizes_come_in_their_own_order_and_only_those_there_are(lexicon: Lexicon) -> None:
    rows = [
        product("a", "x", sizes=["S", "M", "XL"], size_stock={"S": 0, "M": 2, "XL": 1}),
        product("b", "x", sizes=["XS", "M"]),
        product("c", "x", attributes={"size": "L"}),
    ]
    found = by_field(derive_facets(rows, lexicon))["size"]
    assert [(v.value, v.count) for v in found.values] == [("XS", 1), ("M", 2), ("L", 1), ("XL", 1)]


def test_long_texts_and_all_different_values_are_no_choice(lexicon: Lexicon) -> None:
    rows = [product(str(i), "x", attributes={"note": "long " * 20 + str(i), "model": f"M{i}-{i}"}) for i in range(40)]
    assert derive_facets(rows, lexicon) == ()
    assert derive_facets([], lexicon) == ()


@pytest.mark.parametrize(
    ("amounts", "cuts"),
    [
        ([9.99, 14.99, 24.99, 39.99, 59.99, 79.99, 120, 150, 220, 400], {20, 50, 100, 200}),
        ([100] * 9, set()),
        ([5, 5, 5, 5, 80, 90, 100, 110], {5, 90}),
    ],
)
def test_cuts_are_the_round_numbers_one_would_say(amounts: list[float], cuts: set[float]) -> None:
    found = round_cuts(amounts)
    assert set(found) <= cuts | {30, 40, 60, 150, 80, 90}
    assert bool(found) == bool(cuts)


@settings(deadline=None)
@given(st.lists(st.floats(0.01, 1e7), min_size=0, max_size=60))
def test_cuts_split_into_bands_that_all_hold_something(amounts: list[float]) -> None:
    cuts = round_cuts(amounts)
    assert cuts == sorted(set(cuts))
    assert len(cuts) <= 4
    for low, high in itertools.pairwise([-math.inf, *cuts, math.inf]):
        assert any(low < a <= high for a in amounts) or not cuts
    for cut in cuts:
        digits = f"{cut:.6e}".split("e")[0].rstrip("0").replace(".", "")
        assert len(digits) <= 2


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), max_size=8), st.integers(0, 50))
def test_gain_is_none_without_rows_and_at_most_the_bits_of_its_groups(groups: list[int], more: int) -> None:
    rows = sum(groups) + more
    gain = spread_over(groups, rows)
    assert 0 <= gain <= math.log2(max(len(groups), 1)) + 0.54


@settings(deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["material", "size", "colour", "n", "x y"]),
            st.one_of(st.text(max_size=8), st.integers(-5, 5), st.booleans(), st.floats(allow_nan=False)),
        ),
        max_size=10,
    )
)
def test_any_attributes_are_counted_without_a_crash(rows: list[dict[str, object]]) -> None:
    products = [product(str(i), "t", float(i), attributes=a) for i, a in enumerate(rows)]
    for facet in derive_facets(products, LEXICON):
        assert facet.stated <= facet.rows == len(rows)
        assert all(0 < v.count <= len(rows) for v in facet.values)


LEXICON = Lexicon.load()
