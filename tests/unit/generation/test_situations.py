"""What a sentence tells of the shopper's situation passes; what it says of the product has to be in the record."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.generation.frames import load_frames
from assistant.generation.grounding import ClaimChecker
from assistant.generation.situations import situations
from assistant.generation.slots import slots_of
from assistant.generation.vocabulary import Vocabulary
from assistant.generation.writer import card_for
from assistant.lexicon import Lexicon
from assistant.types import Product, ReplyLanguage

MARKED = Callable[[str, str], list[str]]


@pytest.fixture(scope="module")
def marked() -> MARKED:
    """Marked phrases of a text about a plain nylon bag, for a request."""
    lexicon = Lexicon.load()
    checker = ClaimChecker(lexicon, Vocabulary.load(), load_frames())
    product = Product(
        sku="B-1",
        title="Orrel shoulder bag",
        description="A nylon shoulder bag with a zip and one inner pocket. Unlined. Not washable.",
        category=("Bags", "shoulder bag"),
        price=30.0,
        currency="EUR",
        brand="Orrel",
        color="grey",
        stock=3,
        attributes={"pockets": 2, "volume": "8 L"},
    )

    def check(text: str, request: str) -> list[str]:
        language: ReplyLanguage = "zh" if any(c > "\u3000" for c in text) else "en"
        evidence = checker.reader.read(product, slots_of(card_for(product, language), language, lexicon))
        return [claim.text for claim in checker.unsupported(text, evidence, request, language)]

    return check


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ("my cat bumps into everything", "If your cat bumps into everything, note that {name} has a zip."),
        ("a bag for hikes in drizzle", "When you are hiking in drizzle, {name} has an inner pocket."),
        ("bag, my wrist is weak", "Note for a weak wrist that {name} is grey."),
        ("孩子怕黑，想要灰色的包", "孩子怕黑，{name}是灰色的。"),
        ("租房不能打孔", "租房不能打孔的话，{name}有内袋。"),
        ("奶奶总忘记炉上烧着水", "奶奶常忘记烧着水，{name}有拉链。"),
    ],
)
def test_the_shoppers_own_words_pass_as_a_situation(marked: MARKED, request_: str, text: str) -> None:
    assert marked(text, request_) == []


@pytest.mark.parametrize(
    ("request_", "text", "claimed"),
    [
        ("a waterproof bag", "{name} is waterproof, as you asked.", "waterproof"),
        ("a waterproof bag", "Waterproof and grey, {name} has a zip.", "waterproof"),
        ("a bag in real leather", "Made of leather, {name} has a zip.", "leather"),
        ("a bag in red", "In red, {name} has a zip.", "red"),
        ("a waterproof bag", "If you want it waterproof, {name} is exactly that.", "waterproof"),
        ("a case for a viola", "{name} fits a viola.", "viola"),
        ("a bag for babies", "{name} suits babies.", "babies"),
        ("想要防水的包", "{name}防水，正合要求。", "防水"),
        ("想要防水的包", "防水又轻，{name}有拉链。", "防水"),
        ("想要真皮的包", "想要真皮的包，{name}正合适，它是真皮的。", "真皮"),
        ("养金刚鹦鹉的大笼子", "{name}适合金刚鹦鹉。", "金刚鹦鹉"),
    ],
)
def test_what_is_said_of_the_product_stays_a_claim(marked: MARKED, request_: str, text: str, claimed: str) -> None:
    assert any(claimed.lower() in found.lower() or found.lower() in claimed.lower() for found in marked(text, request_))


def test_the_words_of_a_situation_have_to_be_the_shoppers(marked: MARKED) -> None:
    text = "If your scooter needs a titanium basket, {name} has a zip."
    assert marked(text, "a grey bag")
    assert not marked(text, "my scooter needs a titanium basket")


def test_a_word_that_denies_by_its_make_supports_a_denial(marked: MARKED) -> None:
    assert marked("{name} has no lining.", "") == []
    assert marked("{name} is not leather.", "") == []
    assert marked("{name} has no zip.", "") != []


def test_a_bare_number_is_counted_in_what_its_attribute_counts(marked: MARKED) -> None:
    assert marked("{name} has {pockets} pockets.", "") == []
    assert marked("{name} lasts {pockets} hours.", "") != []


def test_a_form_across_two_words_is_none(marked: MARKED) -> None:
    assert "合金" not in marked("{name}适合金色拉链的人。", "")


def test_stretches_end_where_the_product_is_spoken_of() -> None:
    text = "If it is wet, ORREL stays dry."
    found = situations(text, [(15, 20)], chinese=False)
    assert all(s.end <= 3 for s in found)
