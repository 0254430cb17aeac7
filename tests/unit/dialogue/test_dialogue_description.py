"""Telling shown products apart by what the shopper says of them."""

from __future__ import annotations

import pytest

from assistant.dialogue import DialogueState
from assistant.dialogue.references import by_words, resolve
from assistant.lexicon import Lexicon
from assistant.types import Product

SHOP = {
    p.sku: p
    for p in (
        Product("TAB-1001", "Modern Marble Coffee Table", 299.0, rating=4.1, rating_count=10),
        Product("TAB-1002", "Rustic Wooden Coffee Table", 149.0, rating=4.8, rating_count=90),
        Product("TAB-1003", "Glass Coffee Table", 199.0, description="Stands on four wheels.", rating=4.5),
        Product("BAG-1", "Canyon Leather Satchel", 89.0, color="brown"),
        Product("BAG-2", "Harbor Canvas Satchel", 59.0, color="brown"),
        Product("BAG-3", "Metro Leather Satchel", 99.0, color="black"),
        Product("BAG-4", "Night Nylon Satchel", 39.0, color="black"),
    )
}
TABLES = ("TAB-1001", "TAB-1002", "TAB-1003")
BAGS = ("BAG-1", "BAG-2", "BAG-3", "BAG-4")


@pytest.mark.parametrize(
    ("text", "listed", "wanted"),
    [
        ("put the cheaper one in my cart", TABLES, "TAB-1002"),
        ("how heavy is the more expensive one", TABLES, "TAB-1001"),
        ("add the most expensive one", TABLES, "TAB-1001"),
        ("is the highest rated one in stock?", TABLES, "TAB-1002"),
        ("how big is the marble one", TABLES, "TAB-1001"),
        ("hw big is teh marbel one", TABLES, "TAB-1001"),
        ("does the one with wheels fold", TABLES, "TAB-1003"),
        ("add the one made of glass", TABLES, "TAB-1003"),
        ("is the marble table heavy", TABLES, "TAB-1001"),
        ("add TAB-1002 to my basket", TABLES, "TAB-1002"),
        ("那个木头的戴久了会不会重", TABLES, "TAB-1002"),
        ("大理石那张有多大", TABLES, "TAB-1001"),
        ("把便宜的那个加入购物车", TABLES, "TAB-1002"),
        ("评分高的那款有货吗", TABLES, "TAB-1002"),
        ("最贵的那张多重", TABLES, "TAB-1001"),
        ("玻璃的那个好不好打理", TABLES, "TAB-1003"),
        ("the brown leather one please", BAGS, "BAG-1"),
        ("I'll take the black leather one", BAGS, "BAG-3"),
        ("黑色皮的那个加到购物车", BAGS, "BAG-3"),
        ("the cheaper black one", BAGS, "BAG-4"),
        ("帆布的那个防水吗", BAGS, "BAG-2"),
    ],
)
def test_a_description_means_the_one_product_it_fits_best(
    lexicon: Lexicon, text: str, listed: tuple[str, ...], wanted: str
) -> None:
    assert by_words(text, listed, SHOP.get, lexicon).skus == (wanted,)


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("add the black one", BAGS),
        ("黑色那个加购物车", BAGS),
        ("is the purple one in stock", BAGS),
        ("红色那个有货吗", BAGS),
    ],
)
def test_a_description_that_fits_several_or_none_is_unclear(
    lexicon: Lexicon, text: str, listed: tuple[str, ...]
) -> None:
    found = by_words(text, listed, SHOP.get, lexicon)
    assert found.skus == ()
    assert found.unclear


@pytest.mark.parametrize(
    "text", ["is it waterproof", "这个防水吗", "这款的重量是多少", "any cheaper ones?", "a black one"]
)
def test_a_question_is_no_description(lexicon: Lexicon, text: str) -> None:
    found = by_words(text, BAGS, SHOP.get, lexicon)
    assert found.skus == ()
    assert not found.unclear


@pytest.mark.parametrize("text", ["put the cheaper one in my cart", "便宜的那个加购物车", "把便宜的加入购物车"])
def test_after_a_comparison_the_compared_are_told_apart_first(lexicon: Lexicon, text: str) -> None:
    state = DialogueState(listed=BAGS, focus=("BAG-1", "BAG-3"))
    assert resolve(text, (), state, SHOP.get, lexicon).skus == ("BAG-1",)


def test_the_one_under_discussion_is_meant_where_several_fit(lexicon: Lexicon) -> None:
    state = DialogueState(listed=BAGS, focus=("BAG-3",))
    assert resolve("add the black one", (), state, SHOP.get, lexicon).skus == ("BAG-3",)


def test_two_titles_are_two_products(lexicon: Lexicon) -> None:
    text = "compare the Metro Leather Satchel with the Canyon Leather Satchel"
    assert by_words(text, BAGS, SHOP.get, lexicon).skus == ("BAG-3", "BAG-1")


def test_two_descriptions_are_two_products(lexicon: Lexicon) -> None:
    assert by_words("which is lighter, the marble one or the glass one?", TABLES, SHOP.get, lexicon).skus == (
        "TAB-1001",
        "TAB-1003",
    )
