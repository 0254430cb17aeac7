"""Words of a record in the other language: what is said of a product means the same, or is not said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assistant.errors import ConfigurationError
from assistant.generation import frames, values
from assistant.generation.evidence import Evidence, split_sentences
from assistant.generation.frames import load_frames
from assistant.generation.grounding import ClaimChecker
from assistant.generation.phrasing import Phraser, Predicate, plural_name
from assistant.generation.slots import color_word, is_plural, localise, slots_of, type_word
from assistant.generation.writer import card_for
from assistant.lexicon import Lexicon
from assistant.types import Product, ReplyLanguage


@pytest.fixture(scope="module")
def phraser(words: Lexicon, checker: ClaimChecker) -> Phraser:
    return Phraser(words, checker.reader, load_frames())


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("top", "spruce", "云杉"),
        ("frame", "steel", "钢"),
        ("body", "stainless steel", "不锈钢"),
        ("handle", "walnut", "胡桃木"),
        ("flavour", "walnut", "核桃"),
        ("language", "English", "英语"),
        ("origin", "Turkey", "土耳其"),
        ("neck", "turtleneck", "高领"),
        ("fill", "top", None),
        ("packaging", "pump", "泵头"),
        ("size", "king", None),
        ("timer", "sand", None),
        ("material", "acrylic", None),
        ("clasp", "lobster", "龙虾扣"),
        ("ruling", "lined", "横线"),
        ("uv_protection", "UV400", "UV400"),
        ("flavour", "lemon", "柠檬"),
        ("mechanism", "ratchet", None),
    ],
)
def test_an_english_value_is_told_in_chinese_by_its_equal(
    words: Lexicon, key: str, value: str, said: str | None
) -> None:
    assert localise(value, "zh", words, key=key) == said


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("toe", "圆头", "round"),
        ("top", "云杉", "spruce"),
        ("material", "竹纤维", "bamboo fibre"),
        ("pattern", "心形", None),
    ],
)
def test_a_chinese_value_is_told_in_english_by_its_equal(
    words: Lexicon, key: str, value: str, said: str | None
) -> None:
    assert localise(value, "en", words, key=key) == said


def test_what_a_text_may_say_is_judged_more_broadly_than_what_is_said(words: Lexicon) -> None:
    assert localise("ratchet", "zh", words, key="mechanism", broadly=True) is not None


def test_the_table_says_each_word_in_the_language_it_is_for() -> None:
    rows = files("assistant.generation").joinpath("values.tsv").read_text(encoding="utf-8").splitlines()
    for row in rows:
        if not row.startswith("#"):
            language, _, word, said = row.split("\t")
            assert any("\u3400" <= c <= "\u9fff" for c in word) == (language == "en"), row
            assert said == "-" or said.isascii() or language == "zh", row


def _evidence(product: Product, checker: ClaimChecker, words: Lexicon, language: ReplyLanguage) -> Evidence:
    return checker.reader.read(product, slots_of(card_for(product, language), language, words))


Tell = Callable[..., list[Predicate]]


@pytest.fixture
def tell(words: Lexicon, checker: ClaimChecker, phraser: Phraser) -> Tell:
    """What is said of a product with these attributes, slots filled."""

    def predicates(attributes: dict[str, object], language: ReplyLanguage = "en", request: str = "") -> list[Predicate]:
        product = Product(sku="T-1", title="Testwick item", category=("Things",), price=10.0, attributes=attributes)
        evidence = _evidence(product, checker, words, language)
        said = phraser.predicates(evidence, request, language)
        return [replace(p, text=evidence.slots.fill(p.text)) for p in said]

    return predicates


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"drop_cm": 228}, []),
        ({"drop": "6 mm"}, ["has a heel-to-toe drop of 6 mm"]),
        ({"neck": "mahogany"}, []),
        ({"fill": "cartridge"}, []),
        ({"fill": "duck down"}, ["is filled with duck down"]),
        ({"lining": "removable"}, []),
        ({"lining": "cotton"}, ["is lined with cotton"]),
        ({"buckle": "magnetic"}, []),
        ({"power": "12 V, USB-C"}, []),
        ({"power": "100 W"}, ["has 100 W of power"]),
        ({"ports": 1}, []),
        ({"legs": 4}, []),
        ({"age": "new"}, []),
        ({"scent": "mild"}, []),
        ({"weight": "160 gsm"}, []),
        ({"weight": "310 g"}, ["weighs 310 g"]),
        ({"keys": "88键"}, ["has 88 keys"]),
        ({"cups": 2}, []),
        ({"speed_mbps": 3000}, []),
        ({"max_players": 16}, []),
        ({"style": "Louisiana"}, []),
        ({"table_thickness_cm": "2-5"}, ["is for a table thickness of 2-5 cm"]),
        ({"runtime_h": 36}, ["runs for 36 hours at a time"]),
        ({"water_resistance": "IP54"}, ["is rated IP54 against water"]),
    ],
)
def test_a_value_of_another_kind_than_its_phrasing_is_not_told(
    tell: Tell, attributes: dict[str, object], said: list[str]
) -> None:
    assert [p.text for p in tell(attributes)] == said


@pytest.mark.parametrize(
    "attributes", [{"surface_cm": "75 x 32"}, {"setup_minutes": 10}, {"sleeves": 40}, {"base_cm": 40}]
)
def test_a_chinese_label_of_another_sense_is_not_told(tell: Tell, attributes: dict[str, object]) -> None:
    assert [p.text for p in tell(attributes, "zh")] == []


def test_ages_in_chinese_are_counted_in_years_of_age(tell: Tell) -> None:
    assert [p.text for p in tell({"ages": "3–6 years"}, "zh")] == ["适合3–6 岁"]


@pytest.mark.parametrize(
    ("color", "language", "said"),
    [
        ("rust", "zh", "铁锈红色"),
        ("rose gold", "zh", "玫瑰金色"),
        ("原木色", "en", "natural wood"),
        ("black", "zh", "黑色"),
        ("sunburst", "zh", None),
    ],
)
def test_a_colour_is_told_by_its_own_name(
    words: Lexicon, color: str, language: ReplyLanguage, said: str | None
) -> None:
    assert color_word(color, language, words) == said


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ({"from_birth": True}, None),
        ({"stands_alone": True}, None),
        ({"lamp_needed": True}, None),
        ({"tray_removable": True}, "has a removable tray"),
        ({"straps_adjustable": True}, "has adjustable straps"),
        ({"carabiners_included": True}, "comes with carabiners"),
        ({"fork_included": True}, "comes with a fork"),
        ({"detachable_cable": True}, "has a detachable cable"),
        ({"valve": "bite valve"}, "has a bite valve"),
        ({"sold_by": "metre"}, None),
        ({"suits": "dwarf hamster"}, "suits dwarf hamster"),
    ],
)
def test_a_label_that_names_no_thing_is_not_had(tell: Tell, attributes: dict[str, object], said: str | None) -> None:
    request = " ".join([*attributes, *map(str, attributes.values())]).replace("_", " ")
    assert [p.text for p in tell(attributes, request=request)] == ([said] if said else [])


@pytest.mark.parametrize(
    ("attributes", "said"), [({"shell": "ABS"}, None), ({"bluetooth": "有"}, "有蓝牙"), ({"grip": "橡胶"}, None)]
)
def test_a_chinese_label_is_told_of_the_things_it_is_for(
    tell: Tell, attributes: dict[str, object], said: str | None
) -> None:
    request = " ".join([*attributes, *map(str, attributes.values())])
    assert [p.text for p in tell(attributes, "zh", request=request)] == ([said] if said else [])


def test_what_repels_water_is_not_the_waterproof_thing_that_was_asked_for(tell: Tell) -> None:
    assert not any(p.asked for p in tell({"water_repellent": True}, "zh", request="要防水的"))
    assert any(p.asked for p in tell({"waterproof": True}, "zh", request="要防水的"))


def test_what_its_description_calls_otherwise_is_not_called_by_its_shelf(
    words: Lexicon, checker: ClaimChecker, phraser: Phraser
) -> None:
    def identity(description: str) -> str | None:
        product = Product(
            sku="T-2",
            title="Vintage Elegance Band",
            description=description,
            category=("bracelet",),
            price=10.0,
            currency="USD",
        )
        return phraser.identity(_evidence(product, checker, words, "en"), "en")

    assert identity("Fine links of rose gold.") == "is a bracelet"
    assert identity("A rose gold ring with diamonds.") is None


@pytest.mark.parametrize(
    ("shelf", "title", "said"),
    [
        ("望远镜", "天文望远镜 入门", "telescope"),
        ("无线鼠标", "三模无线鼠标", "mouse"),
        ("充电电钻", "手钻 家用", "drill"),
        ("笔记本", "效率手册 周计划", None),
    ],
)
def test_a_shelf_with_two_senses_is_called_by_the_one_that_the_record_names(
    words: Lexicon, shelf: str, title: str, said: str | None
) -> None:
    assert type_word(Product(sku="T-3", title=title, price=1.0, category=(shelf,)), "en", words) == said


def test_a_kettle_need_not_be_electric(words: Lexicon) -> None:
    kettle = Product(sku="T-4", title="Sova", price=1.0, category=("kettle",))
    assert type_word(kettle, "zh", words) == "烧水壶"


def test_glasses_and_shorts_are_more_than_one() -> None:
    assert plural_name("Tortoiseshell Reading Glasses")
    assert plural_name("Trail Shorts with zip")
    assert not plural_name("Wine Glass")


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Samsung toner cartridge 1 pc(s)", {"toner cartridge", "toner"}),
        ("V7 Micro SDHC Card + Adapter", {"microsd card", "micro sdhc card"}),
        ("HP LaserJet Q7003A output stacker 750 sheets", {None}),
        ("Lexmark 25A0013 staple cartridge 5000 staples", {None}),
    ],
)
def test_what_is_counted_or_added_in_a_title_is_not_the_thing(
    words: Lexicon, title: str, said: set[str | None]
) -> None:
    assert type_word(Product(sku="T-5", title=title, price=1.0), "en", words) in said


@pytest.mark.parametrize(
    ("title", "en", "zh"),
    [
        ("Xerox Yellow Imaging Drum", "imaging drum", None),
        ("APC AP9569 mounting kit", {"mounting kit", None}, None),
        ("Equip HD15 VGA Cable", {"vga cable", None}, None),
        ("Kinetic Sand , Castle Containers", "kinetic sand", "动力沙"),
        ("Cat5E networking cable", "networking cable", "网线"),
        ("Samsung toner cartridge", "toner cartridge", "硒鼓"),
    ],
)
def test_without_a_shelf_a_product_is_called_as_its_title_calls_it(
    words: Lexicon, title: str, en: Any, zh: str | None
) -> None:
    product = Product(sku="T-7", title=title, price=1.0)
    assert type_word(product, "en", words) in (en if isinstance(en, set) else {en})
    assert type_word(product, "zh", words) == zh


def test_a_network_card_is_not_called_by_the_end_of_its_name(words: Lexicon) -> None:
    card = Product(sku="T-6", title="X520", price=1.0, category=("Network Interface Card",))
    assert type_word(card, "zh", words) is None


def test_a_point_in_a_name_ends_no_sentence() -> None:
    assert split_sentences("StarTech.com 6 ft cord. It is black.") == ["StarTech.com 6 ft cord.", "It is black."]


@pytest.mark.parametrize(
    ("module", "table", "line", "told"),
    [
        (frames, "frames.tsv", "top\thas a top of {v}", "wanted 3 or 4 columns, got 2"),
        (frames, "frames.tsv", "top\thas a top of {v}\t面板是{v}\tstuf", "top takes stuf, which is none of ages,"),
        (values, "values.tsv", "fr\t*\tsteel\tacier", "is not a language"),
        (values, "values.tsv", "zh\ttop,*,top\tspruce\t云杉", "'spruce' is there twice for 'top'"),
    ],
)
def test_a_bad_line_of_a_table_is_named(
    module: ModuleType, table: str, line: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / table).write_text(f"# a table\n{line}\n", encoding="utf-8")
    monkeypatch.setattr(module, "files", lambda package: tmp_path)
    read = load_frames if module is frames else values._table.__wrapped__
    with pytest.raises(ConfigurationError, match=rf"{table}.*line 2.*{re.escape(told)}"):
        read()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("number_of_memory_slots", 4, "has 4 memory slots"),
        ("number_of_cameras", 1, None),
        ("display_number_of_colours", "16.78 million colours", None),
        ("number_of_die_transistors", 28, None),
        ("connector_s_", "4x DB 9-pin", "has 4x DB 9-pin connectors"),
        ("i_o_ports", "2 x NEMA 5-15", None),
        ("blade_stop_s", 3, None),
        ("size", "60 x 40 cm", "measures 60 x 40 cm"),
        ("size", "20 in", "measures 20 in"),
        ("size", "M (38-41)", None),
        ("size", "4/4", None),
        ("width_cm", "168 each", None),
    ],
)
def test_labels_that_count_and_sizes_that_are_no_lengths(tell: Tell, key: str, value: object, said: str | None) -> None:
    assert [p.text for p in tell({key: value}) if p.key == key] == ([said] if said else [])


def test_a_thermos_is_one_and_inches_are_spelt_so(words: Lexicon) -> None:
    assert not is_plural("thermos")
    assert localise("105平方英寸", "en", words) == "105 square inches"
