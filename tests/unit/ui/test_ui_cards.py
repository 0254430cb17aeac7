"""Cards: what they show, and that nothing out of a catalogue becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fakes_assistant import PRODUCTS

from assistant.lexicon import Lexicon
from assistant.ranking import card_of
from assistant.types import Product
from assistant.ui.cards import TINTS, CardRenderer, https_image
from assistant.ui.pictures import PLACEHOLDER, Pictures, clean_svg
from assistant.ui.texts import words

EVIL = '<img src=x onerror="alert(1)">"\'><script>alert(2)</script>'


@pytest.fixture(scope="module")
def pictures() -> Pictures:
    shoe = clean_svg(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h3" fill="currentColor"/></svg>'
    )
    return Pictures({"running-shoe": shoe}, Lexicon.load())


def test_every_part_of_a_card_is_there(pictures: Pictures) -> None:
    card = replace(card_of(PRODUCTS[0], "en", variants=[PRODUCTS[1]]), why=("breathable mesh",))
    html = CardRenderer(pictures).render([card], words("en"), numbered=True)
    assert "Trundle Dash running shoe" in html
    assert "$59.00" in html
    assert re.search(r"<s>.*\$79\.00.*</s>", html)
    assert "Rated 4.2 of 5 by 120 people" in html
    assert "In stock" in html
    assert "breathable mesh" in html
    assert html.count("--dot:") == 2
    assert "42, sold out" in html
    assert 'data-say="Add number 1 to my cart"' in html
    assert f"--tint: {TINTS['red']}" in html


def test_chinese_card_has_chinese_words_and_whole_yuan(pictures: Pictures) -> None:
    html = CardRenderer(pictures).render([card_of(PRODUCTS[0], "zh")], words("zh"), numbered=True)
    assert "Trundle 疾风跑鞋" in html
    assert 'aria-label="对比: Trundle 疾风跑鞋"' in html
    assert "¥354" in html
    assert "¥354.00" not in html
    assert "有货" in html
    # The list price is in dollars only, and no rate is guessed.
    assert "<s>" not in html


def test_sold_out_cannot_be_put_into_the_cart(pictures: Pictures) -> None:
    html = CardRenderer(pictures).render([card_of(PRODUCTS[2], "en")], words("en"), numbered=True)
    assert "Sold out" in html
    assert "data-say" not in html


def test_without_positions_there_are_no_numbers_and_no_buying(pictures: Pictures) -> None:
    html = CardRenderer(pictures).render([card_of(PRODUCTS[0], "en")], words("en"), numbered=False)
    assert 'class="number"' not in html
    assert "data-say" not in html


def test_catalogue_text_never_becomes_markup(pictures: Pictures) -> None:
    product = Product(
        sku=EVIL,
        title=EVIL,
        price=1.0,
        description=EVIL,
        brand=EVIL,
        category=(EVIL,),
        color=EVIL,
        sizes=(EVIL,),
        size_stock={EVIL: 1},
        attributes={EVIL: EVIL},
        image_url=f"https://x.example/{EVIL}",
    )
    card = replace(card_of(product, "en"), product=product, title=EVIL, why=(EVIL,))
    html = CardRenderer(pictures).render([card], words("en"), numbered=True)
    assert "<script" not in html
    assert "onerror=&#34;" in html
    # The only pictures and attributes are ours: an <img> with the escaped address, none made by the text.
    assert len(re.findall(r"<img ", html)) == 1
    assert not re.search(r"<[^>]*\sonerror\s*=\s*[\"'a]", html)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://shop.example/a.png", True),
        ("http://shop.example/a.png", False),
        ("javascript:alert(1)", False),
        ("data:image/svg+xml,<svg/>", False),
        ("//shop.example/a.png", False),
        ("https://user:word@shop.example/a.png", False),
        ("https://[broken", False),
        ("", False),
        (None, False),
    ],
)
def test_only_https_pictures_are_shown(url: str | None, shown: bool) -> None:
    assert (https_image(url) is not None) is shown


def test_a_type_by_another_name_finds_its_drawing(pictures: Pictures) -> None:
    renamed = replace(PRODUCTS[0], category=("Shoes", "Running Shoes"))
    unknown = Product(sku="X", title="Quillon", price=1.0, category=("oddities",))
    assert pictures.of(renamed) == pictures.of(PRODUCTS[0]) != PLACEHOLDER
    assert pictures.of(unknown) == PLACEHOLDER


def test_variants_that_differ_in_an_attribute_are_named(pictures: Pictures) -> None:
    small = Product(
        sku="A", title="Nova phone", price=1.0, color="black", attributes={"storage": "128 GB"}, group_id="g"
    )
    large = replace(small, sku="B", attributes={"storage": "256 GB"})
    html = CardRenderer(pictures).render([card_of(small, "en", variants=[large])], words("en"), numbered=False)
    assert "256 GB" in html.split('class="also"')[1].split("</p>")[0]


def test_colours_that_only_titles_name_are_choices_too(pictures: Pictures) -> None:
    black, red, two = (
        Product(sku=str(i), title=f"Nova phone case - {color}", price=1.0, attributes={"popularity": i})
        for i, color in enumerate(["Black", "Dark Red", "Blue/Green"])
    )
    html = CardRenderer(pictures).render([card_of(black, "en", variants=[red, two])], words("en"), numbered=False)
    assert html.count("--dot:") == 2
    assert f"--tint: {TINTS['black']}" in html
    assert 'class="also"' not in html
