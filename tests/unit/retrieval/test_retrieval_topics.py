"""Which rows are the thing asked for: heads, mentions and categories, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from builders import product
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.lexicon import Lexicon
from assistant.retrieval.topics import Topic, TopicMap
from assistant.types import Product

SHOP = [
    product("belt", "Red leather belt", category=["accessories", "belt"]),
    product("coat", "Belted wool coat", category=["clothing", "coat"]),
    product("coat2", "Grey coat with belt", category=["clothing", "coat"]),
    product("scarf", "Silk scarf", zh="真丝围巾", category=["accessories", "scarf"]),
    product("cushion", "Scarf print cushion", category=["home", "cushion"]),
    product("phone", "Aurel Nova 5 smartphone, black", zh="Aurel Nova 曜黑智能手机", category=["tech", "smartphone"]),
    product("case", "Clear phone case for Aurel Nova", zh="透明手机壳", category=["tech", "phone case"]),
    product("lamp", "Oak floor lamp with shelf", zh="带置物架的橡木落地灯", category=["home", "floor lamp"]),
    product("tablet", "11-inch tablet", zh="11 英寸平板电脑", category=["electronics", "tablet"]),
    product("cover", "Folio cover for tablet", category=["electronics", "tablet accessory"]),
    product("hiking", "Ridge hiking boots", zh="山脊登山靴", category=["shoes", "hiking boot"]),
    product("chelsea", "Chelsea boots in brown", category=["shoes", "boot"]),
    product("sneaker", "Canvas sneaker", zh="帆布休闲鞋", category=["shoes", "sneaker"]),
    product("explorer", "Urban Explorer", category=["bags", "backpack"]),
    product("set", "Wine glass set", zh="红酒杯套装", category=["kitchen", "wine glass set"]),
    product("zhonly", "不锈钢保温杯 500ml", category=["厨房", "保温杯"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def topics(lexicon: Lexicon) -> TopicMap:
    return TopicMap(SHOP, lexicon)


def skus(mask: np.ndarray, rows: Sequence[Product] = SHOP) -> set[str]:
    return {rows[i].sku for i in np.flatnonzero(mask)}


def found(topic: Topic) -> set[str]:
    return skus(topic.rows(np.ones(len(SHOP), dtype=np.bool_)))


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("belt", {"belt"}),
        ("belts", {"belt"}),
        ("皮带", {"belt"}),
        ("coat", {"coat", "coat2"}),
        ("大衣", {"coat", "coat2"}),
        ("scarf", {"scarf"}),
        ("围巾", {"scarf"}),
        ("cushion", {"cushion"}),
        ("phone", {"phone"}),
        ("smartphones", {"phone"}),
        ("手机", {"phone"}),
        ("phone case", {"case"}),
        ("手机壳", {"case"}),
        ("floor lamp", {"lamp"}),
        ("灯", {"lamp"}),
        ("落地灯", {"lamp"}),
        ("tablet", {"tablet"}),
        ("平板", {"tablet"}),
        ("boots", {"hiking", "chelsea"}),
        ("靴子", {"hiking", "chelsea"}),
        ("hiking boots", {"hiking"}),
        ("登山靴", {"hiking"}),
        ("shoes", {"hiking", "chelsea", "sneaker"}),
        ("鞋", {"hiking", "chelsea", "sneaker"}),
        ("backpack", {"explorer"}),
        ("背包", {"explorer"}),
        ("wine glasses", {"set"}),
        ("thermos", {"zhonly"}),
        ("保温杯", {"zhonly"}),
    ],
)
def test_a_phrase_finds_the_thing_and_nothing_near_it(topics: TopicMap, phrase: str, wanted: set[str]) -> None:
    topic = topics.find(phrase)
    assert topic.any
    assert found(topic) == wanted


@pytest.mark.parametrize(
    ("phrase", "gone"), [("belt", "belt"), ("皮带", "belt"), ("tablet", "tablet"), ("scarf", "scarf")]
)
def test_another_thing_does_not_stand_in_when_filters_take_the_thing(topics: TopicMap, phrase: str, gone: str) -> None:
    allowed = np.array([p.sku != gone for p in SHOP])
    assert skus(topics.find(phrase).rows(allowed)) == set()


@pytest.mark.parametrize("phrase", ["submarine", "挖掘机", "xyzzy", ""])
def test_what_the_catalogue_lacks_is_not_found(topics: TopicMap, phrase: str) -> None:
    topic = topics.find(phrase)
    assert not topic.any
    assert found(topic) == set()


def test_the_head_is_the_last_type_and_the_rest_modifies_it(topics: TopicMap) -> None:
    assert topics.find("brown shiny belt").modifiers == "brown shiny"
    assert found(topics.find("coat belt")) == {"belt"}
    assert found(topics.find("男士皮带")) == {"belt"}


def test_a_type_the_lexicon_does_not_know_is_found_by_its_title() -> None:
    rows = [
        product("zorb", "Bright zorbulator", category=["odd", "zorbulator"]),
        product("other", "Zorbulator cleaning cloth", category=["home", "cloth"]),
    ]
    topics = TopicMap(rows, Lexicon.load())
    every = np.ones(2, dtype=np.bool_)
    assert skus(topics.find("zorbulator").rows(every), rows) == {"zorb"}
    assert skus(topics.find("a bright zorbulator").rows(every), rows) == {"zorb"}


def test_an_unknown_word_after_the_known_type_is_the_head(lexicon: Lexicon) -> None:
    rows = [product("x", "Scarf print zorbulator", category=["odd"]), product("y", "Plain scarf", category=["odd"])]
    topics = TopicMap(rows, lexicon)
    assert skus(topics.find("scarf").rows(np.ones(2, dtype=np.bool_)), rows) == {"y"}


def test_a_compound_filed_under_its_last_word_is_that_too(lexicon: Lexicon) -> None:
    rows = [
        product("travel", "Steel travel mug", category=["kitchen", "mug"]),
        product("plain", "Blue ceramic mug", category=["kitchen", "mug"]),
        product("coffee", "Low coffee table", category=["furniture", "tables"]),
    ]
    topics = TopicMap(rows, lexicon)
    every = np.ones(3, dtype=np.bool_)
    assert skus(topics.find("mug").rows(every), rows) == {"travel", "plain"}
    assert skus(topics.find("travel mug").rows(every), rows) == {"travel"}
    assert skus(topics.find("table").rows(every), rows) == {"coffee"}


def test_the_types_of_a_row_and_the_rows_of_a_type(topics: TopicMap) -> None:
    row = {p.sku: i for i, p in enumerate(SHOP)}
    assert topics.types_of(row["scarf"])
    assert skus(topics.rows_of_types(topics.types_of(row["hiking"]))) == {"hiking"}
    assert "phone" in skus(topics.rows_of_types(topics.types_of(row["phone"])))
    assert "case" not in skus(topics.rows_of_types(topics.types_of(row["phone"])))


LEXICON = Lexicon.load()
WORDS = st.sampled_from("red phone case for 手机 壳 with boots , set 围巾 the zorbu &  belt 🎉 (new) -".split(" "))


@given(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), st.lists(WORDS, max_size=4).map(" ".join))
@settings(max_examples=150, deadline=None)
def test_any_title_and_any_phrase_can_be_read(title: str, phrase: str) -> None:
    rows = [product("A", title or "x", zh=title, category=["c", title])]
    topics = TopicMap(rows, LEXICON)
    topic = topics.find(phrase)
    assert topic.rows(np.ones(1, dtype=np.bool_)).shape == (1,)
    assert isinstance(topics.types_of(0), frozenset)


@pytest.mark.parametrize(
    ("title", "phrase"),
    [
        ("Xerox 006R90321 toner cartridge Original Black 6 pc(s)", "toner cartridge"),
        ('HP Pavilion dv7 notebook Silver 43.2 cm (17") 1440 x 900 pixels', "notebook"),
        ("Epson Matte Black Ink Cartridge Original", "ink cartridge"),
        ("Sony PRSASC3W tablet case White", "tablet case"),
        ("Lumen 500 ml water bottle", "water bottle"),
        ("Vero 27 inch monitor", "monitor"),
        ("Kettle classic", "kettle"),
    ],
)
def test_measures_colours_and_editions_after_the_type_are_no_types(lexicon: Lexicon, title: str, phrase: str) -> None:
    rows = [product("x", title), product("pc", "Mini PC with 8 GB"), product("o", "Oak table")]
    topics = TopicMap(rows, lexicon)
    assert skus(topics.find(phrase).head, rows) == {"x"}
    assert skus(topics.find("computer").rows(np.ones(3, dtype=np.bool_)), rows) == {"pc"}


@pytest.mark.parametrize(
    ("title", "phrase"),
    [
        ("Speck - Candy tablet case, blue", "tablet case"),
        ("Phaser 6110 & 6110MFP magenta toner cartridge", "toner cartridge"),
        ("North/South scented candle", "candle"),
        ("Cork & Calm yoga mat", "yoga mat"),
        ("G80-3000 keyboard USB QWERTZ German grey", "keyboard"),
    ],
)
def test_punctuation_before_the_type_hides_nothing(lexicon: Lexicon, title: str, phrase: str) -> None:
    rows = [product("x", title), product("o", "Oak table")]
    assert skus(TopicMap(rows, lexicon).find(phrase).head, rows) == {"x"}


def test_a_preposition_before_the_type_keeps_it_out(lexicon: Lexicon) -> None:
    rows = [product("x", "Urban Explorer with belt"), product("o", "Brown belt")]
    assert skus(TopicMap(rows, lexicon).find("belt").head, rows) == {"o"}
