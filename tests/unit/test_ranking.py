"""From candidates to cards: one card a group, no listing twice, prices and titles as the shopper reads them."""

from __future__ import annotations

import pytest
from builders import product
from hypothesis import given
from hypothesis import strategies as st

from assistant.ranking import card_of, explain, page, shown_price
from assistant.types import Candidate, Product

PHONE = product("P", "Phone", 449, zh="手机", prices={"CNY": 2999, "EUR": 420})


def ranked(*products: Product) -> list[Candidate]:
    return [Candidate(p, 1.0 - i / 100, {"semantic": 0.5}) for i, p in enumerate(products)]


@pytest.mark.parametrize(
    ("language", "currency", "wanted"),
    [
        ("en", None, (449, "USD")),
        ("zh", None, (2999, "CNY")),
        ("zh", "USD", (449, "USD")),
        ("en", "CNY", (2999, "CNY")),
        ("en", "EUR", (420, "EUR")),
        ("en", "JPY", (449, "USD")),
        ("zh", "JPY", (449, "USD")),
    ],
)
def test_the_price_shown_is_one_the_catalogue_states(
    language: str, currency: str | None, wanted: tuple[float, str]
) -> None:
    price = shown_price(PHONE, language, currency)
    assert (price.amount, price.currency) == wanted


def test_without_a_local_price_the_own_one_is_shown() -> None:
    assert shown_price(product("A", "x", 5), "zh").currency == "USD"
    assert shown_price(product("A", "x", 5, currency="CNY"), "en").currency == "CNY"


def test_a_card_speaks_the_shoppers_language() -> None:
    assert card_of(PHONE, "zh").title == "手机"
    assert card_of(PHONE, "en").title == "Phone"
    assert card_of(PHONE, "other").title == "Phone"
    card = card_of(PHONE, "zh", candidate=ranked(PHONE)[0])
    assert card.to_dict() == {
        "sku": "P", "title": "手机", "price": 2999, "currency": "CNY", "category": [], "in_stock": None,
    }  # fmt: skip
    assert card.parts == {"semantic": 0.5}


def test_variants_share_a_card() -> None:
    red, blue = product("R", "Red mug", group_id="mug"), product("B", "Blue mug", group_id="mug")
    other = product("O", "Plate")
    cards = page(ranked(red, blue, other), "en", size=5, variants=lambda p: [blue] if p is red else [])
    assert [c.product.sku for c in cards] == ["R", "O"]
    assert cards[0].variants == (blue,)


def test_the_same_listing_is_shown_once() -> None:
    same = [product(str(i), "Same Mug", 5) for i in range(3)]
    dearer = product("D", "same mug", 6)
    assert [c.product.sku for c in page(ranked(*same, dearer), "en", size=5)] == ["0", "D"]


def test_types_take_turns_when_browsing() -> None:
    goods = [product(f"a{i}", f"Apple {i}", category=["fruit", "apple"]) for i in range(4)]
    goods += [product("b", "Pear", category=["fruit", "pear"])]
    assert [c.product.sku for c in page(ranked(*goods), "en", size=4, max_per_type=2)] == ["a0", "a1", "b", "a2"]
    assert [c.product.sku for c in page(ranked(*goods), "en", size=4)] == ["a0", "a1", "a2", "a3"]


def test_reasons_are_added_to_a_card() -> None:
    assert explain(card_of(PHONE, "en"), ["cheap", "red"]).why == ("cheap", "red")


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from([1.0, 2.0]), st.sampled_from([None, "g", "h"])),
        max_size=12,
    ),
    st.integers(1, 6),
    st.sampled_from([None, 1, 2]),
)
def test_a_page_never_repeats_and_keeps_order(
    rows: list[tuple[str, float, str | None]], size: int, per_type: int | None
) -> None:
    goods = [
        product(str(i), title, price, group_id=group, category=[title]) for i, (title, price, group) in enumerate(rows)
    ]
    cards = page(ranked(*goods), "en", size=size, max_per_type=per_type)
    assert len(cards) <= size
    keys = [(c.product.title, c.product.price) for c in cards]
    groups = [c.product.group_id for c in cards if c.product.group_id]
    assert len(set(keys)) == len(keys)
    assert len(set(groups)) == len(groups)
    if per_type is None:
        order = [int(c.product.sku) for c in cards]
        assert order == sorted(order)
    if goods:
        assert cards[0].product is goods[0]
