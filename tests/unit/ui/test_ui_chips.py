"""Chips: one per value, removable each, and nothing of them becomes markup."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.types import CartLine, Constraints
from assistant.ui.chips import changed, chips_of, is_empty, render_bar, turned, without
from assistant.ui.texts import words

FULL = Constraints(
    product="running shoes",
    price_min=20.0,
    price_max=80.0,
    currency="USD",
    brands=("Trundle", "Kestrane"),
    exclude_brands=("Ilvane",),
    colors=("red", "navy"),
    exclude_colors=("white",),
    sizes=("42",),
    terms=("waterproof",),
    exclude_terms=("leather",),
    sort="price_asc",
    in_stock_only=True,
    quantity=2,
)


def test_every_wish_is_a_chip_in_words_of_the_shopper() -> None:
    english = [c.label for c in chips_of(FULL, words("en"), None)]
    assert english == [
        "under $80", "from $20", "in stock only", "2 pieces", "cheapest first", "Trundle", "Kestrane", "no Ilvane",
        "red", "navy", "no white", "42", "waterproof", "no leather",
    ]  # fmt: skip
    chinese = [c.label for c in chips_of(replace(FULL, currency="CNY"), words("zh"), None)]
    assert chinese[:2] == ["¥80 以内", "¥20 以上"]
    assert "不要白色" in chinese
    assert "藏青色" in chinese


def test_a_budget_without_a_currency_is_read_in_the_one_shown() -> None:
    budget = Constraints(product="x", price_max=79.99)
    assert chips_of(budget, words("en"), "USD")[0].label == "under $79.99"
    assert chips_of(budget, words("en"), None)[0].label == "under 79.99"


def test_taking_every_chip_off_one_by_one_leaves_the_product() -> None:
    ledger = FULL
    while chips := chips_of(ledger, words("en"), None):
        shorter = without(ledger, chips[-1].field, chips[-1].value)
        assert shorter != ledger
        ledger = shorter
    assert ledger == Constraints(product="running shoes")
    assert is_empty(Constraints())
    assert not is_empty(ledger)


def test_the_currency_stays_while_a_bound_needs_it() -> None:
    once = without(FULL, "price_max", "80.0")
    assert once.currency == "USD"
    assert without(once, "price_min", "20.0").currency is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_what_is_no_chip_changes_nothing(field: str, value: str) -> None:
    known = {(c.field, c.value) for c in chips_of(FULL, words("en"), None)}
    if (field, value) not in known:
        assert without(FULL, field, value) == FULL


@pytest.mark.parametrize("field", ["product", "references", "currency", "to_dict", "__class__"])
def test_fields_that_are_no_chips_cannot_be_removed(field: str) -> None:
    assert without(FULL, field, "running shoes") == FULL


def test_the_bar_names_each_removal_and_escapes() -> None:
    evil = '<b onclick="alert(1)">'
    html = render_bar(replace(FULL, product=evil, terms=(evil,)), (), None, words("en"), missed=("price_max",))
    assert 'aria-label="Remove: under $80"' in html
    assert "<b onclick" not in html
    assert html.count("chip missed") == 1


def test_the_bar_sums_the_cart() -> None:
    cart = (CartLine("A", 2), CartLine("B", 1))
    priced = render_bar(Constraints(), cart, (31.5, "USD"), words("en"))
    assert "3 in cart" in priced
    assert "· $31.50" in priced
    chinese = render_bar(Constraints(), cart, (99.0, "CNY"), words("zh"))
    assert "购物车 3 件" in chinese
    assert "· ¥99<" in chinese
    assert "·" not in render_bar(Constraints(), cart, None, words("en"))


@given(st.sampled_from(["brands", "colors", "terms"]))
def test_turning_a_wish_round_twice_gives_it_back(field: str) -> None:
    value = getattr(FULL, field)[0]
    refused = turned(FULL, field, value)
    assert value not in getattr(refused, field)
    assert value in getattr(refused, f"exclude_{field}")
    again = turned(refused, f"exclude_{field}", value)
    assert sorted(getattr(again, field)) == sorted(getattr(FULL, field))
    assert getattr(again, f"exclude_{field}") == getattr(FULL, f"exclude_{field}")


@pytest.mark.parametrize("field", ["sizes", "price_max", "product", "sort", "__class__"])
def test_what_has_no_opposite_cannot_be_turned_round(field: str) -> None:
    assert turned(FULL, field, "42") == FULL


@pytest.mark.parametrize(
    ("field", "value", "to", "expected"),
    [
        ("price_max", "80", "120.5", 120.5),
        ("price_max", "80.0", "1,200", 1200.0),
        ("quantity", "2", "3", 3),
        ("brands", "Trundle", " Orrin ", ("Orrin", "Kestrane")),
        ("brands", "Trundle", "Kestrane", ("Kestrane",)),
        ("exclude_colors", "white", "black", ("black",)),
        ("sort", "price_asc", "newest", "newest"),
        ("terms", "waterproof", "防水", ("防水",)),
    ],
)
def test_a_chip_takes_another_value(field: str, value: str, to: str, expected: object) -> None:
    after = changed(FULL, field, value, to)
    assert getattr(after, field) == expected
    assert replace(after, **{field: getattr(FULL, field)}) == FULL


@pytest.mark.parametrize(
    ("field", "value", "to"),
    [
        ("price_max", "80", "cheap"), ("price_max", "80", "-5"), ("price_max", "80", "nan"), ("price_max", "79", "90"),
        ("quantity", "2", "2.5"), ("colors", "red", "mauve-ish"), ("sort", "price_asc", "magic"),
        ("brands", "Trundle", " "),
        ("product", "running shoes", "boots"), ("in_stock_only", "True", "False"), ("__class__", "x", "y"),
    ],
)  # fmt: skip
def test_a_value_that_is_none_changes_nothing(field: str, value: str, to: str) -> None:
    assert changed(FULL, field, value, to) == FULL


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=200))
def test_no_change_the_browser_sends_breaks_the_ledger(field: str, value: str, to: str) -> None:
    for after in (turned(FULL, field, value), changed(FULL, field, value, to)):
        assert Constraints.from_dict(after.to_dict()) == after
        assert after.product == FULL.product


def test_each_chip_says_how_it_is_changed() -> None:
    chips = {(c.field, c.value): c for c in chips_of(FULL, words("en"), None)}
    assert chips["price_max", "80"].editor == "amount"
    assert chips["colors", "navy"].opposite == "no navy"
    assert chips["exclude_terms", "leather"].opposite == "leather"
    assert chips["in_stock_only", "True"].editor is None
    html = render_bar(FULL, (), None, words("zh"), undo=True)
    assert "撤回" in html
    assert html.count("<select") == 4
    assert "撤回" not in render_bar(FULL, (), None, words("zh"))
