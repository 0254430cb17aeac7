"""The ``filters`` object: field by field over what the text says, or a clear error."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import RecordError
from assistant.retrieval.overlay import Extra, overlay
from assistant.types import Constraints

SAID = Constraints(product="shoes", price_max=100.0, colors=("red",), sort="newest")


@pytest.mark.parametrize(
    ("filters", "changes"),
    [
        (None, {}),
        ({}, {}),
        ({"price_max": 50}, {"price_max": 50.0}),
        ({"price_max": None}, {"price_max": None}),
        ({"colors": ["blue", "navy"]}, {"colors": ("blue", "navy")}),
        ({"colors": []}, {"colors": ()}),
        ({"colors": None}, {"colors": ()}),
        ({"brands": "Harrow"}, {"brands": ("Harrow",)}),
        ({"product": "boots", "price_min": 5.5}, {"product": "boots", "price_min": 5.5}),
        ({"sort": "price_asc"}, {"sort": "price_asc"}),
        ({"sort": None}, {"sort": None}),
        ({"in_stock_only": False}, {"in_stock_only": False}),
        ({"quantity": 2}, {"quantity": 2}),
        ({"references": [1, -1]}, {"references": (1, -1)}),
        ({"currency": "CNY"}, {"currency": "CNY"}),
    ],
    ids=str,
)
def test_a_field_is_replaced_and_others_stay(filters: Any, changes: dict[str, Any]) -> None:
    constraints, extra = overlay(SAID, filters)
    for name in SAID.to_dict():
        assert getattr(constraints, name) == changes.get(name, getattr(SAID, name)), name
    assert extra == Extra()


def test_what_the_ledger_does_not_have() -> None:
    _, extra = overlay(SAID, {"category": ["a", "b"], "attributes": {"x": 1, "y": ["p", "q"]}, "rating_min": 4})
    assert extra == Extra(("a", "b"), {"x": (1,), "y": ("p", "q")}, 4.0)
    _, extra = overlay(SAID, {"category": "a", "rating_min": None})
    assert extra == Extra(("a",))
    _, extra = overlay(SAID, {"category": None, "attributes": None})
    assert extra == Extra()


@pytest.mark.parametrize(
    ("filters", "word"),
    [
        ([], "filters"),
        ("x", "filters"),
        ({"colour": ["red"]}, "colour"),
        ({"price_max": "50"}, "price_max"),
        ({"price_max": True}, "price_max"),
        ({"price_max": float("nan")}, "price_max"),
        ({"price_min": float("inf")}, "price_min"),
        ({"price_min": [1]}, "price_min"),
        ({"price_min": 10**400}, "price_min"),
        ({"colors": ["mauve"]}, "colors"),
        ({"colors": [1]}, "colors"),
        ({"brands": {"a": 1}}, "brands"),
        ({"sort": "cheap"}, "sort"),
        ({"sort": ["price_asc"]}, "sort"),
        ({"in_stock_only": "yes"}, "in_stock_only"),
        ({"quantity": "two"}, "quantity"),
        ({"references": "1"}, "references"),
        ({"references": [1.5]}, "references"),
        ({"product": 3}, "product"),
        ({"currency": 3}, "currency"),
        ({"category": 3}, "category"),
        ({"attributes": ["x"]}, "attributes"),
        ({"rating_min": "4"}, "rating_min"),
    ],
    ids=str,
)
def test_a_wrong_value_is_named(filters: Any, word: str) -> None:
    with pytest.raises(RecordError, match=word):
        overlay(SAID, filters)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(VALUES | st.dictionaries(st.sampled_from([*SAID.to_dict(), "category", "attributes", "rating_min"]), VALUES))
def test_any_filters_are_taken_or_refused(filters: Any) -> None:
    try:
        constraints, _ = overlay(SAID, filters)
    except RecordError:
        return
    constraints.to_dict()


def test_alternatives_are_filters_of_their_own() -> None:
    said, extra = overlay(
        SAID, {"any_of": [{"colors": ["red"], "price_max": 50}, {"brands": "Tarn", "category": "vase"}]}
    )
    assert said == SAID
    (red, none), (tarn, vases) = extra.any_of
    assert (red.colors, red.price_max, none) == (("red",), 50.0, Extra())
    assert (tarn.brands, vases.category) == (("Tarn",), ("vase",))
    filters = extra.over(said, "zh")
    assert [one.constraints for one in filters.any_of] == [red, tarn]
    assert {one.language for one in (filters, *filters.any_of)} == {"zh"}
    assert extra.to_dict() == {
        "any_of": [{"price_max": 50.0, "colors": ["red"]}, {"brands": ["Tarn"], "category": ["vase"]}]
    }
    assert overlay(SAID, {"any_of": None}) == (SAID, Extra())


@pytest.mark.parametrize(
    ("alternatives", "word"),
    [
        ({"colors": ["red"]}, "list"),
        (["red"], "list"),
        ([{}], "list"),
        ([{"sort": "newest"}], "sort"),
        ([{"any_of": []}], "any_of"),
        ([{"product": "vase"}], "product"),
        ([{"colours": ["red"]}], "colours"),
    ],
)
def test_odd_alternatives_are_refused(alternatives: object, word: str) -> None:
    with pytest.raises(RecordError, match=word):
        overlay(SAID, {"any_of": alternatives})
