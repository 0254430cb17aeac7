"""What is offered of a record: true, in the language, in order, and steered by length, style and focus."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from typing import Any

import pytest
from fakes_generation import BOOTS, CHINESE_ONLY, COOKER, PHONE, ScriptedGenerator

from assistant.generation import PromptBook
from assistant.generation.composer import Composer
from assistant.generation.gaps import Gaps
from assistant.generation.turns import turns, unquoted
from assistant.generation.writer import BlurbWriter, card_for
from assistant.lexicon import Lexicon
from assistant.resources import default_folder
from assistant.types import Constraints, Product, ReplyLanguage

LEXICON = Lexicon.load()
WRITER = BlurbWriter(ScriptedGenerator(), PromptBook.load(default_folder("prompts")), LEXICON)
HAN = re.compile(r"[\u3400-\u9fff]")
NOODLES = Product(
    sku="N1", title="Tashi soba noodles", price=4.6, currency="GBP", stock=5, category=("food", "noodles"),
    description="Thin buckwheat noodles with a nutty taste. Contains wheat.",
    attributes={"gluten_free": False, "cook_time": "4 minutes", "net_weight": "300 g"},
)  # fmt: skip
GRIP = Product(
    sku="G1", title="ProView Camera Grip", price=49.0, stock=2, category=("electronics", "camera"),
    description="Sits well in the hand. Step into a world of steady shots.",
    attributes={"gender_affinity": "F", "where_visible": "UI", "promoted": True},
)  # fmt: skip
FLASK = Product(
    sku="F1", title="Harrow Flask", price=25.0, stock=2, description="Foldable, with a lid that clips on.",
    attributes={"colour_family": "plain"}, color="red",
)  # fmt: skip


def composer(product: Product, request: str, language: ReplyLanguage = "en", **how: Any) -> Composer:
    card = card_for(product, language)
    price = {"price": card.price, "currency": card.currency}
    evidence = WRITER.evidence(card, language)
    return Composer(WRITER.phraser, WRITER.checker, LEXICON, evidence, request, language, **price, **how)


def every(made: Composer, seed: int = 0) -> tuple[str, list[list[str]]]:
    """A text by chance, and all that was offered on the way."""
    chance = random.Random(seed)
    text, offered = "", []
    while pieces := list(made(text)):
        offered.append(pieces)
        text += chance.choice(pieces)
    assert made.complete
    return text, offered


@pytest.mark.parametrize("product", [BOOTS, PHONE, COOKER, CHINESE_ONLY, NOODLES, GRIP, FLASK], ids=lambda p: p.sku)
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("request_", ["", "waterproof, not black", "防水的，不要黑色", "a gift for my mother"])
def test_whatever_is_chosen_is_true_and_in_the_language(
    product: Product, language: ReplyLanguage, request_: str
) -> None:
    evidence = WRITER.evidence(card_for(product, language), language)
    for seed in range(4):
        text, offered = every(composer(product, request_, language), seed)
        shown = evidence.slots.fill(text)
        assert "{" not in shown
        assert "[" not in shown
        for sentence in (piece for pieces in offered for piece in pieces):
            said = evidence.slots.fill(sentence)
            assert not WRITER.checker.unsupported(said, evidence, request_, language), said
        assert text.count("{price}") == 1
        assert len(offered) <= 8
        assert (HAN.search(re.sub(r"“[^”]*”", "", shown)) is not None) == (
            language == "zh" or bool(HAN.search(evidence.slots.values["name"]))
        )


def test_what_was_asked_for_comes_first_and_is_called_so() -> None:
    first = every(composer(BOOTS, "waterproof boots for rain"))[1][0]
    assert all("waterproof" in piece and "s you asked" in piece for piece in first)
    first = every(composer(PHONE, "防水的手机", "zh"))[1][0]
    assert all("能防水" in piece for piece in first)
    unasked = every(composer(BOOTS, "something nice"))[1][0]
    assert not any("as you asked" in piece for piece in unasked)


def test_what_is_refused_is_not_asked_for() -> None:
    first = every(composer(BOOTS, "boots, not waterproof"))[1][0]
    assert not any("as you asked" in piece for piece in first)


def test_an_amount_is_never_called_asked_for() -> None:
    offered = every(composer(BOOTS, "boots with a weight of 300 g"))[1]
    assert not any("{weight}, as you asked" in piece or "{weight}, just" in piece for piece in offered[0])


def test_a_wish_that_the_record_denies_is_told_before_what_may_please() -> None:
    offered = every(composer(NOODLES, "gluten free noodles"))[1]
    assert all("gluten free" in piece and "no" in piece for piece in offered[1])
    assert all("无麸质" in piece for piece in every(composer(NOODLES, "无麸质的面", "zh"))[1][1])


def test_what_the_record_does_not_tell_is_said_to_be_untold() -> None:
    text = every(composer(FLASK, "a dishwasher safe flask"))[0]
    assert "“dishwasher safe”" in text
    assert "“foldable”" not in every(composer(FLASK, "a foldable flask"))[0].replace("mentions “foldable”", "")


def test_what_speaks_against_it_is_introduced_and_said_once() -> None:
    for seed in range(5):
        text = every(composer(BOOTS, "boots"), seed)[0]
        assert len(re.findall(r"(?:mind|note|know|decide|beforehand): the leather is not lined with wool\.", text)) == 1


def test_the_budget_and_a_refused_colour_are_taken_up() -> None:
    wish = Constraints(price_max=200.0, currency="USD", exclude_colors=("white",))
    offered = every(composer(BOOTS, "boots under 200 dollars, not white", wish=wish))[1]
    assert any("brown, not white" in piece for pieces in offered for piece in pieces)
    assert all("keeps to your budget" in piece for piece in offered[-1])
    bare = composer(GRIP, "a grip that sits well in the hand", wish=Constraints(price_max=60.0))("")
    assert any("keeps to your budget" in piece for piece in bare)
    dear = every(composer(BOOTS, "boots", wish=Constraints(price_max=20.0, currency="USD")))[0]
    other = every(composer(BOOTS, "boots", wish=Constraints(price_max=200.0, currency="EUR")))[0]
    assert "budget" not in dear + other


def test_the_number_of_a_name_is_that_of_its_head() -> None:
    for title, verb in (
        ("Swift shoes in ash grey", "cost"),
        ("Snorkel set with fins", "costs"),
        ("Aurel jeans", "cost"),
    ):
        product = Product(sku="H1", title=title, price=9.0, stock=1)
        pieces = [p for p in composer(product, "", style="plain")("") if p.startswith(" {name} cost")]
        assert pieces
        assert all(p.startswith(f" {{name}} {verb} ") for p in pieces)


def test_length_style_and_focus_steer() -> None:
    lengths = [len(every(composer(PHONE, "a phone", length=how))[0]) for how in ("short", "medium", "long")]
    assert lengths[0] < lengths[1] < lengths[2]
    warm = every(composer(PHONE, "a phone", style="warm"))[1][0]
    plain = every(composer(PHONE, "a phone", style="plain"))[1][0]
    assert not set(warm) & set(plain)
    storage = every(composer(PHONE, "a phone", focus="storage"))[1][0]
    assert all("{storage}" in piece for piece in storage)


def test_the_shelf_is_not_the_thing_and_the_shops_own_marks_are_not_told() -> None:
    for language in ("en", "zh"):
        offered = every(composer(GRIP, "a grip", language))[1]
        for piece in (p for pieces in offered for p in pieces):
            assert "相机" not in piece
            assert "gender" not in piece
            assert "UI" not in piece


def test_a_chinese_reply_quotes_english_only_as_a_quotation() -> None:
    text = every(composer(FLASK, "折叠水壶", "zh"))[0]
    outside = re.sub(r"“[^”]*”", "", text)
    assert "“Foldable, with a lid that clips on.”" in text
    assert not re.search(r"[a-z]{3}", outside.replace("{name}", "").replace("{price}", ""))


def test_every_product_keeps_its_turns_and_others_have_theirs() -> None:
    openings = {every(composer(PHONE, "a phone"))[1][0][0] for _ in range(3)}
    assert len(openings) == 1
    others = {composer(Product(sku=f"S{n}", title="Lamp", price=3.0, stock=1), "a lamp")("")[0] for n in range(12)}
    assert len(others) > 2


def test_the_first_sentence_of_a_text_is_found_when_it_is_whole() -> None:
    made = composer(PHONE, "a phone")
    piece = made("")[0]
    assert made.first(piece[:-1]) is None
    assert made.first(piece + " It") == piece


def test_the_check_knows_a_gap_told_wrongly() -> None:
    evidence = WRITER.evidence(card_for(NOODLES, "en"), "en")
    gaps = Gaps(LEXICON, WRITER.checker.reader)
    for sentence, right in (
        ("Please note: the listing says no to “gluten free”.", True),
        ("Please note: the listing says no to “waterproof”.", False),
        ("The listing does not mention “waterproof”.", True),
        ("The listing does not mention “gluten free”.", False),
        ("The listing mentions “waterproof”, as you wished.", False),
        ("It is waterproof.", None),
    ):
        assert gaps.holds(sentence, evidence, "en") is right, sentence
        bad = WRITER.checker.unsupported(sentence, evidence, "", "en")
        assert bool(bad) == (right is not True), sentence


def test_an_introduction_hides_nothing_from_the_check() -> None:
    evidence = WRITER.evidence(card_for(NOODLES, "en"), "en")
    assert unquoted("Keep in mind: it is red.", "en") == "it is red."
    assert not WRITER.checker.unsupported("Keep in mind: contains wheat.", evidence, "", "en")
    assert WRITER.checker.unsupported("Keep in mind: it is made of rubber.", evidence, "", "en")


def test_the_table_has_turns_of_both_styles_and_languages() -> None:
    for language in ("en", "zh"):
        for role in ("asked", "asked.more", "first", "bare", "more", "quote.asked", "against", "price"):
            assert len(turns(role, language)) >= 2, (role, language)  # type: ignore[arg-type]
        for style in ("plain", "warm"):
            assert len(turns("first", language, style)) >= 2  # type: ignore[arg-type]


def test_a_set_is_none_of_its_parts_and_a_shelf_is_no_mention() -> None:
    lounge = Product(
        sku="L1", title="Twilight Terrace Lounge Set", price=900.0, stock=1, category=("homedecor", "cushion"),
        description="A sofa with chic cushions in muted tones.",
    )  # fmt: skip
    for piece in (p for pieces in every(composer(lounge, "沙发", "zh"))[1] for p in pieces):
        assert "是一款" not in piece
    jacket = Product(
        sku="J1", title="Stormbreaker Jacket", price=90.0, stock=1, category=("outdoors", "fishing"),
        description="Keeps you dry.",
    )  # fmt: skip
    assert "“fishing”" not in every(composer(jacket, "a jacket for fishing"))[0]


def test_a_style_is_named_where_the_record_names_it_and_not_one_that_is_like_it() -> None:
    lamp = Product(
        sku="L2", title="Zen Globe Minimalist Table Lamp", price=89.99, stock=1, category=("homedecor", "lighting"),
        description="A wooden base and a clear glass globe.",
    )  # fmt: skip
    assert "日式" not in every(composer(lamp, "日式风格的台灯", "zh"))[0]
    told = replace(lamp, description="A Japanese style lamp with a wooden base.")
    assert any("日式" in every(composer(told, "日式风格的台灯", "zh"), seed)[0] for seed in range(6))


def test_a_drawback_in_english_is_told_once_in_chinese() -> None:
    curtain = Product(
        sku="C1", title="Margaux Curtain", price=168.0, currency="EUR", stock=3, category=("home", "curtain"),
        description="Velvet with a soft sheen. Not for outdoor use.",
    )  # fmt: skip
    for seed in range(6):
        text, _ = every(composer(curtain, "复古的窗帘", "zh"), seed)
        assert text.lower().count("not for outdoor use") == 1


def test_what_was_not_tested_is_not_said_to_be_missing() -> None:
    for attributes, told in (({"upf_tested": False}, False), ({"waterproof": False}, True)):
        shade = Product(sku="U1", title="Ashdown Umbrella", price=9.0, stock=3, attributes=attributes)
        text, _ = every(composer(shade, "waterproof umbrella with UPF"))
        assert ("the listing says no" in text or "is not the case" in text) == told, text
