"""The shipped word tables: their shape, and whether the longest match finds in a phrase what a reader would."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from assistant.errors import ConfigurationError
from assistant.lexicon import Concept, Lexicon, fold, singular, words
from assistant.lexicon.text import HAN


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load()


def keys(lexicon: Lexicon, text: str, *kinds: str) -> set[str]:
    """Keys of all concepts mentioned in a text."""
    found = lexicon.mentions(fold(text), kinds or None)
    return {concept.key for mention in found for concept in mention.concepts}


PRODUCTS = [
    ("trail running shoes under $100", "trail running shoes"),
    ("a quiet hair dryer please", "hair dryer"),
    ("two wine glasses", "wine glass"),
    ("new glasses for reading", "glasses"),
    ("a glass vase for tulips", "vase"),
    ("running shorts, size M", "shorts"),
    ("a torch for the tent", "flashlight"),
    ("grey jumper", "sweater"),
    ("men's trainers", "sneakers"),
    ("nappies for a newborn", "diaper"),
    ("some e-readers", "e-reader"),
    ("ereader", "e-reader"),
    ("Tee with a skull on it", "t-shirt"),
    ("vintage timepiece", "watch"),
    ("djembe drum", "djembe"),
    ("hatchet for splitting wood", "axe"),
    ("cedar bedside table", "bedside table"),
    ("USB-C cable 2m", "usb cable"),
    ("case for my phone: phone cases", "phone case"),
    ("organic strawberries", "strawberry"),
    ("whiskey glasses set", "whiskey glass"),
    ("whisk", "whisk"),
    ("jack-o'-lantern", "pumpkin lantern"),
    ("settee", "sofa"),
    ("pâté on toast", "pate"),
    ("dog sweaters", "dog clothes"),
    ("我想买一条新手机", "phone"),
    ("换个手机壳", "phone case"),
    ("行动电源", "power bank"),
    ("充电宝20000毫安", "power bank"),
    ("机械键盘，安静一点", "mechanical keyboard"),
    ("一双细高跟鞋", "stilettos"),
    ("跑步鞋有吗", "running shoes"),
    ("扫地机器人哪个好", "robot vacuum"),
    ("吹风机便宜点", "hair dryer"),
    ("给宝宝买纸尿裤", "diaper"),
    ("钓鱼竿", "fishing rod"),
    ("电子琴", "electronic keyboard"),
    ("非洲鼓", "djembe"),
    ("不锈钢笔筒", "pen holder"),
    ("想要个包", "bag"),
    ("红酒杯两只", "wine glass"),
    ("帕玛森芝士", "parmesan"),
    ("万圣节面具", "halloween mask"),
    ("登山包", "hiking backpack"),
    ("四件套", "bedding"),
    ("冲锋衣", "shell jacket"),
    ("电热水壶", "kettle"),
]

NOT_PRODUCTS = [
    ("is it in stock in my size?", set[str]()),
    ("包邮吗", set[str]()),
    ("我的手机号变了", set[str]()),
    ("全球联保吗", set[str]()),
    ("my phone number changed", set[str]()),
    ("防水吗", set[str]()),
    ("just in case", set[str]()),
    ("my credit card was declined", set[str]()),
    ("鼓励一下", set[str]()),
]

PROPERTIES = [
    ("silent fan", "quiet"),
    ("不要吵的，要静音的", "quiet"),
    ("a polka-dot blouse", "polka dot"),
    ("波点衬衫", "polka dot"),
    ("tartan scarf", "plaid"),
    ("water-resistant watch", "waterproof"),
    ("要防水的", "waterproof"),
    ("genuine leather wallet", "leather"),
    ("真皮钱包", "leather"),
    ("brown leather jacket", "leather"),
    ("no lace", "lace"),
    ("不要蕾丝", "lace"),
    ("gluten free bread", "gluten-free"),
    ("无糖饼干", "sugar-free"),
    ("noise canceling headphones", "noise-cancelling"),
    ("主动降噪耳机", "noise-cancelling"),
    ("oak table", "oak"),
    ("橡木餐桌", "oak"),
    ("poster of Tokyo", "tokyo"),
    ("日本海报", "japan"),
    ("for a housewarming party", "housewarming"),
    ("乔迁礼物", "housewarming"),
    ("lightweight tent", "light"),
    ("轻便的帐篷", "light"),
    ("foldable chair for camping", "foldable"),
    ("可折叠的", "foldable"),
    ("mug with a bunny", "rabbit"),
    ("兔子图案", "rabbit"),
    ("women's boots", "women"),
    ("女士靴子", "women"),
    ("wireless mouse", "wireless"),
    ("无线鼠标", "wireless"),
    ("vegan snacks", "vegan"),
]


@pytest.mark.parametrize(("text", "key"), PRODUCTS, ids=[text for text, _ in PRODUCTS])
def test_a_phrase_names_its_product(lexicon: Lexicon, text: str, key: str) -> None:
    assert key in keys(lexicon, text, "product")


@pytest.mark.parametrize(("text", "expected"), NOT_PRODUCTS, ids=[text for text, _ in NOT_PRODUCTS])
def test_a_phrase_without_a_product_names_none(lexicon: Lexicon, text: str, expected: set[str]) -> None:
    assert keys(lexicon, text, "product") == expected


@pytest.mark.parametrize(("text", "key"), PROPERTIES, ids=[text for text, _ in PROPERTIES])
def test_a_phrase_names_its_property(lexicon: Lexicon, text: str, key: str) -> None:
    property_kinds = {c.kind for c in lexicon.concepts} - {"product", "color", "brand", "idiom"}
    assert key in keys(lexicon, text, *property_kinds)


def test_keys_are_unique_within_a_table(lexicon: Lexicon) -> None:
    for is_product in (True, False):
        counted = Counter(
            c.key for c in lexicon.concepts if (c.kind == "product") is is_product and c.kind not in {"color", "brand"}
        )
        assert [key for key, n in counted.items() if n > 1] == []


def test_every_narrower_key_exists_and_no_chain_of_them_returns(lexicon: Lexicon) -> None:
    for concept in lexicon.concepts:
        pending, seen = list(concept.narrower), set[str]()
        while pending:
            key = pending.pop()
            below = lexicon.product(key)
            assert below is not None, f"{concept.key}: narrower key {key!r} is not in the table"
            assert key != concept.key, f"{concept.key} lies below itself"
            if key not in seen:
                seen.add(key)
                pending += below.narrower


def test_forms_are_long_enough_and_in_their_column(lexicon: Lexicon) -> None:
    for concept in lexicon.concepts:
        if concept.kind == "brand":
            continue
        for form in concept.en:
            assert sum(ch.isalnum() for ch in form) >= 2, f"{concept.key}: {form!r} is too short to be a word"
            assert words(fold(form)), f"{concept.key}: {form!r} has no word in it"
            assert not HAN.search(form), f"{concept.key}: {form!r} is in the English column"
        assert concept.zh, f"{concept.key}: no Chinese form"
        for form in concept.zh:
            assert words(fold(form)), f"{concept.key}: {form!r} has no word in it"


def test_breadth(lexicon: Lexicon) -> None:
    kinds = Counter(c.kind for c in lexicon.concepts)
    properties = sum(n for kind, n in kinds.items() if kind not in {"product", "color", "brand", "idiom"})
    assert kinds["product"] >= 1500
    assert properties >= 900
    assert len(lexicon.attribute_labels) >= 250
    assert all(english and chinese for english, chinese in lexicon.attribute_labels.values())


@pytest.mark.parametrize(
    ("broad", "narrow"),
    [
        ("berries", "blueberry"),
        ("cheese", "parmesan"),
        ("furniture", "dining chair"),
        ("footwear", "stilettos"),
        ("high heels", "pumps"),
        ("string instrument", "ukulele"),
        ("drum kit", "electronic drum kit"),
        ("headphones", "earbuds"),
        ("jewelry", "necklace"),
        ("power tools", "circular saw"),
        ("grocery", "salmon"),
        ("lamp", "floor lamp"),
        ("pet supplies", "dog clothes"),
    ],
)
def test_a_broad_word_reaches_what_lies_below_it(lexicon: Lexicon, broad: str, narrow: str) -> None:
    top, below = lexicon.product(broad), lexicon.product(narrow)
    assert top is not None
    assert below is not None
    assert set(below.forms) <= set(lexicon.surface_forms(top))
    assert not set(top.zh) <= set(lexicon.surface_forms(below))


@pytest.mark.parametrize(("one", "other"), [("mustard", "mayonnaise"), ("scallop", "clam"), ("drill", "drum")])
def test_neighbours_are_not_synonyms(lexicon: Lexicon, one: str, other: str) -> None:
    a, b = lexicon.product(one), lexicon.product(other)
    assert a is not None
    assert b is not None
    assert not set(lexicon.surface_forms(a)) & set(b.forms)


def test_a_longer_name_keeps_the_shorter_word_out(lexicon: Lexicon) -> None:
    assert keys(lexicon, "green tea", "color") == set()
    assert keys(lexicon, "a green tee", "color") == {"green"}
    assert "chair" not in keys(lexicon, "chair cushion", "product")
    assert keys(lexicon, "书包", "product").isdisjoint({"book", "bag"})


def test_idioms_show_only_when_asked_for(lexicon: Lexicon) -> None:
    assert all(c.kind != "idiom" for m in lexicon.mentions("my phone number") for c in m.concepts)
    assert lexicon.mentions("my phone number", ["idiom"])[0].text == "phone number"


def test_mentions_do_not_overlap_and_quote_the_text(lexicon: Lexicon) -> None:
    text = "a red leather jacket, 两个防水蓝牙音箱 and café chairs"
    mentions = lexicon.mentions(text)
    assert [m.start for m in mentions] == sorted(m.start for m in mentions)
    for before, after in pairwise(mentions):
        assert before.end <= after.start
    for mention in mentions:
        assert text[mention.start : mention.end] == mention.text


def test_plural_words_that_are_no_plain_plurals() -> None:
    assert singular("glasses") != singular("glass")
    assert singular("shorts") != singular("short")
    assert [singular(w) for w in ("dresses", "knives", "berries", "shoes", "canvases", "women's"[:5])] == [
        "dress", "knife", "berry", "shoe", "canvas", "woman",
    ]  # fmt: skip


def test_a_form_ending_in_such_a_plural_is_found_in_both_numbers() -> None:
    own = Lexicon([Concept("wine glass", "product", ("wine glass",), ("红酒杯",))])
    assert own.named("wine glass") == own.named("wine glasses") != ()


def test_accents_do_not_split_words() -> None:
    assert [token for token, _, _ in words(fold("Café décor"))] == ["cafe", "decor"]


def test_a_row_of_the_wrong_shape_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.lexicon.tables._rows", lambda name: [(7, ["only one column"])])
    with pytest.raises(ConfigurationError, match=r"products\.tsv line 7"):
        Lexicon.load()
