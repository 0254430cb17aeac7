"""The records of the public contract: their JSON, and that they cannot be changed."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from builders import product
from hypothesis import given
from hypothesis import strategies as st

from assistant.types import (
    COLORS,
    INTENTS,
    Card,
    CartLine,
    Claims,
    Constraints,
    Product,
    Question,
    Timing,
    Turn,
    Understanding,
)

LISTS = st.lists(st.text(max_size=6), max_size=3).map(tuple)
CONSTRAINTS = st.builds(
    Constraints,
    product=st.none() | st.text(max_size=8),
    price_min=st.none() | st.floats(0, 1e6),
    price_max=st.none() | st.floats(0, 1e6),
    currency=st.none() | st.sampled_from(["USD", "CNY"]),
    brands=LISTS,
    exclude_brands=LISTS,
    colors=LISTS,
    exclude_colors=LISTS,
    sizes=LISTS,
    terms=LISTS,
    exclude_terms=LISTS,
    sort=st.none() | st.sampled_from(["price_asc", "newest"]),
    in_stock_only=st.none() | st.booleans(),
    quantity=st.none() | st.integers(0, 9),
    references=st.lists(st.integers(-3, 9), max_size=3).map(tuple),
)


def test_the_label_set_is_closed() -> None:
    assert len(INTENTS) == len(set(INTENTS)) == 21
    assert len(COLORS) == len(set(COLORS)) == 15


@given(CONSTRAINTS)
def test_constraints_become_json_and_back(c: Constraints) -> None:
    data = json.loads(json.dumps(c.to_dict()))
    assert list(data) == [f.name for f in dataclasses.fields(Constraints)]
    assert Constraints.from_dict(data) == c


def test_every_absent_field_is_null_or_an_empty_list() -> None:
    assert all(v is None or v == [] for v in Constraints().to_dict().values())
    assert Constraints.from_dict({"unknown": 1, "brands": None}) == Constraints()


@pytest.mark.parametrize(
    ("stock", "per_size", "wanted"),
    [
        (None, {}, None),
        (0, {}, False),
        (3, {}, True),
        (None, {"M": 0}, False),
        (None, {"M": 1}, True),
        (0, {"M": 1}, False),
    ],
)
def test_stock_is_known_or_not(stock: int | None, per_size: dict[str, int], wanted: bool | None) -> None:
    assert product("A", "x", stock=stock, size_stock=per_size).in_stock is wanted


def test_translations_stand_in_only_where_they_exist() -> None:
    p = product("A", "Scarf", zh="围巾", description="Warm.")
    assert (p.title_in("zh"), p.title_in("fr"), p.description_in("zh")) == ("围巾", "Scarf", "Warm.")
    assert product("B", "x", translations={"zh": {"title": ""}}).title_in("zh") == "x"
    assert (p.type, product("C", "x", category=["a", "b"]).type) == ("", "b")


def test_no_rate_is_guessed() -> None:
    p = product("A", "x", 10, prices={"CNY": 70.0})
    assert (p.price_in("USD"), p.price_in("CNY"), p.price_in("EUR")) == (10, 70.0, None)


def test_claims_add_up() -> None:
    assert Claims(1, 0, 2, 3) + Claims(4, 0, 5, 6) == Claims(5, 0, 7, 9)
    assert set(Claims().to_dict()) == {"checked", "unsupported", "repaired", "replaced"}


def test_a_turn_has_exactly_the_keys_of_the_contract() -> None:
    p = product("A", "Scarf", 5, stock=1, category=["clothing", "scarf"])
    turn = Turn(
        "hi",
        Understanding("product_search", 0.9, "en", Constraints()),
        Constraints(product="scarf"),
        "search",
        cards=(Card(p, "Scarf", 5, "USD"),),
        question=Question("colors", ("in red",)),
        cart=(CartLine("A", 2),),
        ms=Timing(understand=1.23456, total=2.0),
    )
    data: dict[str, Any] = json.loads(json.dumps(turn.to_dict()))
    assert list(data) == [
        "intent", "confidence", "language", "ledger", "action", "products", "referenced", "question", "reply",
        "asks_clarification", "handoff", "refused", "relaxed", "cart", "claims", "prompt", "ms",
    ]  # fmt: skip
    assert data["products"] == [
        {
            "sku": "A",
            "title": "Scarf",
            "price": 5,
            "currency": "USD",
            "category": ["clothing", "scarf"],
            "in_stock": True,
        }
    ]
    assert data["question"] == {"field": "colors", "options": ["in red"]}
    assert data["cart"] == [{"sku": "A", "quantity": 2}]
    assert data["ms"] == {
        "understand": 1.23, "retrieve": None, "rank": None, "first_token": None, "first_text": None, "total": 2.0,
    }  # fmt: skip


@pytest.mark.parametrize("record", [Constraints(), Claims(), Timing(), CartLine("A", 1), Product("A", "x", 1.0)])
def test_records_cannot_be_changed(record: Any) -> None:
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError)):
        setattr(record, dataclasses.fields(record)[0].name, None)
