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
        ('HP Pavilion dv7 notebook Silver 43.2 cm (17") 1440 x 900 pixels', "laptop"),
        ("Lineo notebook, ruled, 120 g paper", "notebook"),
        ("Netgear 16 Port Gigabit Desktop Switch", "network switch"),
        ("Philips PVD700 DVD/Blu-ray player", "dvd player"),
        ("Tripp Laptop / Notebook power cord 10A", "power cord"),
        ("StarTech 2 Port Laptop USB 2.0 PC memory card", "memory card"),
    ],
)
def test_words_of_two_senses_and_names_joined_by_strokes(lexicon: Lexicon, title: str, phrase: str) -> None:
    rows = [product("x", title), product("o", "Oak table")]
    assert skus(TopicMap(rows, lexicon).find(phrase).head, rows) == {"x"}


@pytest.mark.parametrize(
    ("title", "phrase"),
    [
        ("Xerox 006R90321 toner cartridge Original Black 6 pc(s)", "toner cartridge"),
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


DESCRIBED = [
    product("cable", "Equip 805510 networking cable 0.3 m White"),
    product("disk", "Vero external hard drive 500 GB Silver edition"),
    product("vacuum", "Miele Complete C3 handheld vacuum Bagless"),
    product("shouted", "Handheld Vacuum Zorbulator"),
    product("xlr", "XLR to USB cable"),
    product("printer", "Brother all in one printer"),
    product("lamp", "Floor lamp in oak with bulb"),
    product("belt", "Wool coat belt"),
    product("towel", "Bath towel"),
]


@pytest.fixture(scope="module")
def described(lexicon: Lexicon) -> TopicMap:
    return TopicMap(DESCRIBED, lexicon)


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("networking cable", {"cable"}),
        ("hard drive", {"disk"}),
        ("handheld vacuum", {"vacuum"}),
        ("usb cable", {"xlr"}),
        ("cable", {"cable", "xlr"}),
        ("printer", {"printer"}),
        ("floor lamp", {"lamp"}),
        ("belt", {"belt"}),
    ],
)
def test_what_follows_the_type_describes_it(described: TopicMap, phrase: str, wanted: set[str]) -> None:
    assert skus(described.find(phrase).head, DESCRIBED) == wanted


def test_words_in_front_of_the_head_are_no_type(described: TopicMap) -> None:
    assert "belt" not in skus(described.find("coat").head, DESCRIBED)
    assert "lamp" not in skus(described.find("light bulb").head, DESCRIBED)


def test_in_a_title_in_capitals_the_last_word_is_the_head(described: TopicMap) -> None:
    assert skus(described.find("zorbulator").rows(np.ones(len(DESCRIBED), dtype=np.bool_)), DESCRIBED) == {"shouted"}


@pytest.mark.parametrize(
    ("title", "description", "category", "is_it"),
    [
        ("KYOCERA FS-9130DN A3", "FS-9130DN Laser Printer, 40 pages a minute.", [], True),
        ("KYOCERA FS-9130DN A3", "FS-9130DN Laser Printer", ["paper", "sheet"], False),  # the shelf says otherwise
        ("KYOCERA FS-9130DN drum", "For your Laser Printer", ["office", "drum"], False),
        ("KYOCERA toner cartridge", "Made for every Laser Printer", [], False),  # the title names a type
        ("KYOCERA FS-9130DN A3", "Quick, quiet and sparing, as its many owners everywhere say: a printer", [], False),
        ("KYOCERA FS-9130DN A3", "", [], False),
    ],
)
def test_a_description_tells_the_type_where_nothing_else_does(
    lexicon: Lexicon, title: str, description: str, category: list[str], is_it: bool
) -> None:
    rows = [product("x", title, description=description, category=category), product("o", "Oak table")]
    assert skus(TopicMap(rows, lexicon).find("printer").head, rows) == ({"x"} if is_it else set())


BEDS = [
    product("bed", "Linen bed", zh="亚麻床"),
    product("frame", "Oak bed frame", zh="橡木床架", category=["furniture", "bed"]),
    product("dog", "Soft dog bed", zh="柔软狗窝", category=["pets", "dog bed"]),
    product("towel", "Bath towel"),
]


@pytest.mark.parametrize(
    ("phrase", "text", "wanted"),
    [
        ("bed", "a bed for my dog", {"dog"}),
        ("bed", "My dog is old, he needs a bed", {"dog"}),
        ("bed", "a bed for my daughter", {"bed", "frame"}),
        ("bed", "", {"bed", "frame"}),
        ("床", "给狗买的床", {"dog"}),
        ("床", "给我买的床", {"bed", "frame"}),
        ("towel", "a towel for my dog", {"towel"}),  # no such type: whom it is for changes nothing
    ],
)
def test_whom_it_is_for_may_make_another_type_of_it(lexicon: Lexicon, phrase: str, text: str, wanted: set[str]) -> None:
    topic = TopicMap(BEDS, lexicon).find(phrase, text)
    assert skus(topic.rows(np.ones(len(BEDS), dtype=np.bool_)), BEDS) == wanted


def test_without_any_made_for_them_the_plain_type_is_found(lexicon: Lexicon) -> None:
    rows = [p for p in BEDS if p.sku != "dog"]
    assert skus(TopicMap(rows, lexicon).find("bed", "a bed for my dog").head, rows) == {"bed", "frame"}


MACHINES = [
    product("espresso", "Steel espresso machine"),
    product("washing", "White washing machine"),
    product("sewing", "Sewing machine"),
    product("reel", "Fishing reel"),
    product("rebel", "Rebel poster"),
]


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("expresso machine", {"espresso"}),
        ("espreso machine", {"espresso"}),
        ("espresso machine", {"espresso"}),
        ("washng machine", {"washing"}),
        ("sewing machnie", {"sewing"}),
        ("reels", {"reel"}),  # one slip from "rebel", and a word of its own
        ("rebel poster", {"rebel"}),
    ],
)
def test_slips_are_mended_and_words_are_not(lexicon: Lexicon, phrase: str, wanted: set[str]) -> None:
    topic = TopicMap(MACHINES, lexicon).find(phrase)
    assert topic.exact
    assert skus(topic.rows(np.ones(len(MACHINES), dtype=np.bool_)), MACHINES) == wanted


@pytest.mark.parametrize("phrase", ["zorbulator", "qwertyx", "sawdust", "maschinengewehr", "挖掘基"])
def test_what_is_no_slip_of_anything_stays_unknown(lexicon: Lexicon, phrase: str) -> None:
    assert not TopicMap(MACHINES, lexicon).find(phrase).any


def test_the_rows_whose_type_is_known(lexicon: Lexicon, described: TopicMap) -> None:
    assert skus(described.recognised, DESCRIBED) == {p.sku for p in DESCRIBED} - {"shouted"}
    rows = [
        product("known", "Silk scarf"),
        product("unknown", "Bright zorbulator"),
        product("shelved", "HP EliteBook 8460p", category=["computers", "notebooks"]),
        product("zh", "红酒杯套装"),
        product("nothing", "🎉"),
    ]
    assert skus(TopicMap(rows, lexicon).recognised, rows) == {"known", "shelved", "zh"}
    assert TopicMap([], lexicon).recognised.shape == (0,)
