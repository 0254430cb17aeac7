"""Values given to the wrong attribute, quotations that were altered, and records that deny: held against records."""

from __future__ import annotations

import pytest

from assistant.generation.ages import too_young
from assistant.generation.evidence import Evidence
from assistant.generation.grounding import ClaimChecker
from assistant.generation.quoting import quotes
from assistant.generation.slots import slots_of
from assistant.generation.surface import reply_sentences
from assistant.generation.writer import card_for
from assistant.lexicon import Lexicon
from assistant.types import Product, ReplyLanguage

DESK = Product(
    sku="D1",
    title="Almeda hall desk 90",
    price=120.0,
    description="Birch desk for a narrow hall. Not suited to standing work. Comes with a felt pad.",
    category=("furniture", "desk"),
    attributes={
        "width": "90 cm",
        "depth": "38 cm",
        "folded_depth": "6 cm",
        "max_load": "20 kg",
        "weight": "11 kg",
        "drawers": 2,
        "latex_free": False,
        "awards": "none stated",
        "stretch": False,
    },
    translations={
        "zh": {
            "title": "Almeda 玄关桌",
            "description": "桦木桌，适合窄玄关。靠背可调5档，高度3档。实心墙可装，石膏板墙不能装。",
        }
    },
)
SCOPE = Product(
    sku="S1",
    title="Ostra 80",
    price=210.0,
    description="For the Moon and planets.",
    category=("optics", "telescope"),
    translations={"zh": {"title": "Ostra 80 望远镜", "description": "看月亮和行星。", "category": "望远镜"}},
)
TABLET = Product(
    sku="T1",
    title="Lumea tablet",
    price=199.0,
    description="A plain tablet. The 26-watt charger is sold separately.",
    category=("electronics", "tablet"),
    attributes={"memory": "8 GB", "storage": "128 GB", "battery_life": "11 hours", "cord_length": "2 m", "wheels": 4},
)


def _marked(
    checker: ClaimChecker,
    words: Lexicon,
    product: Product,
    sentence: str,
    language: ReplyLanguage = "en",
    asked: str = "",
) -> list[str]:
    evidence = _evidence(checker, words, product, language)
    return [sentence[c.start : c.end] for c in checker.unsupported(sentence, evidence, asked, language)]


def _evidence(checker: ClaimChecker, words: Lexicon, product: Product, language: ReplyLanguage) -> Evidence:
    return checker.reader.read(product, slots_of(card_for(product, language), language, words))


@pytest.mark.parametrize(
    ("product", "language", "sentence", "amount"),
    [
        (DESK, "en", "It is 38 cm wide.", "38 cm"),
        (DESK, "en", "It weighs 20 kg.", "20 kg"),
        (DESK, "en", "It carries up to 11 kg.", "11 kg"),
        (DESK, "en", "It has 4 drawers.", "4"),
        (DESK, "en", "It has a folded depth of 38 cm.", "38 cm"),
        (DESK, "zh", "宽38 cm，可承重20 kg。", "38 cm"),
        (TABLET, "en", "It has 128 GB of memory.", "128 GB"),
        (TABLET, "en", "It has a cord of 11 hours.", "11 hours"),
        (TABLET, "en", "It has a battery life of 2 m.", "2 m"),
    ],
)
def test_an_amount_of_another_attribute_is_found(
    product: Product, language: ReplyLanguage, sentence: str, amount: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert any(amount in one or one in amount for one in _marked(checker, words, product, sentence, language))


@pytest.mark.parametrize(
    ("product", "language", "sentence"),
    [
        (DESK, "en", "It is 90 cm wide and 38 cm deep."),
        (DESK, "en", "It weighs 11 kg and carries up to 20 kg."),
        (DESK, "en", "It has a folded depth of 6 cm and 2 drawers."),
        (DESK, "zh", "宽90 cm，可承重20 kg，重量11 kg。"),
        (TABLET, "en", "It has 8 GB of memory and 128 GB of storage."),
        (TABLET, "en", "It has a battery life of 11 hours."),
    ],
)
def test_an_amount_of_its_own_attribute_is_supported(
    product: Product, language: ReplyLanguage, sentence: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert not _marked(checker, words, product, sentence, language)


def test_an_amount_of_the_wish_is_the_shoppers(checker: ClaimChecker, words: Lexicon) -> None:
    sentence = "You asked for a desk 38 cm wide, and it is made of birch."
    assert not _marked(checker, words, DESK, sentence, asked="a desk 38 cm wide")


def test_a_bare_number_of_the_record_is_no_time(checker: ClaimChecker, words: Lexicon) -> None:
    assert _marked(checker, words, TABLET, "建议4个月以上使用。", "zh")


@pytest.mark.parametrize(
    ("language", "sentence", "changed"),
    [
        ("en", "Keep in mind: Suited to standing work.", "Suited"),
        ("en", "On what you asked, the listing says: Birch desk for a wide hall.", "wide"),
        ("zh", "要留意的是：石膏板墙装。", "石膏板墙装"),
        ("zh", "关于您提的要求，资料里说：桦木桌，适合大玄关。", "大"),
    ],
)
def test_an_altered_quotation_is_found(
    language: ReplyLanguage, sentence: str, changed: str, checker: ClaimChecker, words: Lexicon
) -> None:
    marked = _marked(checker, words, DESK, sentence, language)
    assert any(changed in one or one in changed for one in marked), marked


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Keep in mind: Not suited to standing work."),
        ("en", "On what you asked, the listing says: Birch desk for a narrow hall."),
        ("zh", "要留意的是：石膏板墙不能装。"),
    ],
)
def test_a_true_quotation_is_supported(
    language: ReplyLanguage, sentence: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert not _marked(checker, words, DESK, sentence, language)


def test_a_quotation_does_not_begin_behind_its_negator(checker: ClaimChecker, words: Lexicon) -> None:
    evidence = _evidence(checker, words, DESK, "en")
    assert quotes("Not suited to standing work.", evidence, "en")
    assert not quotes("Suited to standing work.", evidence, "en")


@pytest.mark.parametrize(
    ("product", "language", "sentence"),
    [
        (DESK, "zh", "这张桌子不含乳胶。"),
        (DESK, "en", "It is latex-free."),
        (DESK, "zh", "这是一张获奖的桌子。"),
        (DESK, "zh", "桌面是微弹的。"),
        (SCOPE, "zh", "这是一款双筒望远镜。"),
        (DESK, "en", "The desk has a polycarbonate top."),
        (DESK, "en", "It comes with a rain cover."),
        (DESK, "en", "It is a desk with a rain cover."),
    ],
)
def test_what_the_record_denies_or_lacks_is_found(
    product: Product, language: ReplyLanguage, sentence: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert _marked(checker, words, product, sentence, language, asked="a desk with a rain cover, 不含乳胶的")


@pytest.mark.parametrize(
    ("product", "language", "sentence"),
    [
        (SCOPE, "zh", "这是一款望远镜。"),
        (SCOPE, "en", "It is a telescope."),
        (DESK, "en", "It comes with a felt pad."),
    ],
)
def test_what_the_record_names_is_supported(
    product: Product, language: ReplyLanguage, sentence: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert not _marked(checker, words, product, sentence, language)


LAMP = Product(
    sku="L1",
    title="Orvane desk lamp",
    price=45.0,
    description="Comes in a box. A lamp for reading.",
    category=("home", "desk lamp"),
    color="teal",
    attributes={
        "material": "brass",
        "finish": "brushed",
        "charging_port": "USB-C",
        "shade_material": "linen",
        "switch": "blue",
    },
)


@pytest.mark.parametrize(
    ("language", "sentence", "value"),
    [
        ("en", "It is made of teal and has a brushed finish.", "teal"),
        ("en", "It has a USB-C finish.", "USB-C"),
        ("en", "It charges through brushed.", "brushed"),
        ("en", "It has a shade of brass.", "brass"),
        ("en", "It comes in linen.", "linen"),
        ("zh", "材质是USB-C，颜色是青色。", "USB-C"),
    ],
)
def test_a_word_of_another_attribute_is_found(
    language: ReplyLanguage, sentence: str, value: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert value in _marked(checker, words, LAMP, sentence, language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "It is made of brass, comes in teal and has a brushed finish."),
        ("en", "It charges through USB-C and has a shade of linen."),
        ("en", "It comes in a box."),
        ("zh", "材质是黄铜，颜色是蓝绿色。"),
    ],
)
def test_a_word_of_its_own_attribute_is_supported(
    language: ReplyLanguage, sentence: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert not _marked(checker, words, LAMP, sentence, language)


def test_a_unit_ends_a_sentence_and_an_initial_does_not() -> None:
    assert [s for _, s in reply_sentences("It gives 45 W. Mind: by J. Smith. Yes.")] == [
        "It gives 45 W.",
        "Mind: by J. Smith.",
        "Yes.",
    ]
    assert [s for _, s in reply_sentences("写着：“Slow to boil.”价格是1。")] == ["写着：“Slow to boil.”", "价格是1。"]


BLOCKS = Product(
    sku="B1",
    title="Holm blocks",
    price=30.0,
    description="Big blocks of beech in a bag. 18个月以上。",
    category=("toys", "building blocks"),
    attributes={"pieces": 40},
)


@pytest.mark.parametrize(
    ("language", "sentence", "age"),
    [
        ("en", "It is fine for a one-year-old.", "one-year-old"),
        ("en", "It is made for newborns.", "newborns"),
        ("zh", "一岁宝宝也能玩。", "一岁"),
    ],
)
def test_an_age_below_the_lowest_is_found(
    language: ReplyLanguage, sentence: str, age: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert age in _marked(checker, words, BLOCKS, sentence, language)


@pytest.mark.parametrize("sentence", ["一岁半就能玩。", "不适合一岁的宝宝。", "It is for a 2-year-old."])
def test_an_age_that_is_taken_in_is_none_of_these(sentence: str, checker: ClaimChecker, words: Lexicon) -> None:
    assert not list(too_young(sentence, _evidence(checker, words, BLOCKS, "en")))


def test_without_a_lowest_age_nothing_is_too_young(checker: ClaimChecker, words: Lexicon) -> None:
    assert not list(too_young("It is made for newborns.", _evidence(checker, words, DESK, "en")))


GUIDE = Product(
    sku="G1",
    title="Walks without a car",
    price=12.0,
    description="Written for hikers. No hostel adverts. Gluten free.",
    category=("books", "travel guide"),
    translations={"zh": {"title": "徒步指南", "description": "写给徒步者。不含拍包，无广告。"}},
)


@pytest.mark.parametrize(
    ("language", "sentence", "denied"),
    [("en", "It has hostel adverts.", "adverts"), ("zh", "含拍包。", "拍包"), ("zh", "里面有广告。", "广告")],
)
def test_a_word_that_the_record_only_denies_is_found(
    language: ReplyLanguage, sentence: str, denied: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert denied in _marked(checker, words, GUIDE, sentence, language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "It has no hostel adverts."), ("en", "It is gluten free."), ("zh", "不含拍包，无广告。")],
)
def test_what_is_denied_as_in_the_record_is_supported(
    language: ReplyLanguage, sentence: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert not _marked(checker, words, GUIDE, sentence, language)


ROLLER = Product(
    sku="R1",
    title="Glint roller",
    price=14.0,
    description="Rose quartz roller with two heads. Folding cane with wooden grip.",
    category=("beauty", "face roller"),
    color="white",
    attributes={"roller_material": "rose quartz", "handle_material": "zinc alloy", "lens_colour": "pink"},
)


@pytest.mark.parametrize(
    ("language", "sentence", "value"),
    [
        ("en", "It has a rose quartz handle.", "rose quartz"),
        ("en", "It has a white lens.", "white"),
        ("zh", "握把为铝。", "铝"),
    ],
)
def test_a_material_or_colour_of_another_part_is_found(
    language: ReplyLanguage, sentence: str, value: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert value in _marked(checker, words, ROLLER, sentence, language)


@pytest.mark.parametrize("sentence", ["It has a rose quartz roller.", "It has a pink lens.", "It comes in white."])
def test_a_material_or_colour_of_its_own_part_is_supported(
    sentence: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert not _marked(checker, words, ROLLER, sentence)


COVER = Product(
    sku="C1",
    title="Nimbi cotton duvet cover space rockets",
    price=39.0,
    description="Single bed set with rockets.",
    category=("bedroom", "duvet cover"),
    translations={
        "zh": {"title": "Nimbi 纯棉儿童被套 太空火箭", "description": "单人套件，火箭图案。", "category": "被套"}
    },
)


@pytest.mark.parametrize(
    ("language", "sentence", "word"),
    [
        ("zh", "Nimbi 纯棉儿童床单 太空火箭，单人套件。", "床单"),
        ("en", "Nimbi cotton mattress cover space rockets is a single bed set.", "mattress"),
    ],
)
def test_another_word_in_the_name_is_found(
    language: ReplyLanguage, sentence: str, word: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert any(word in one or one in word for one in _marked(checker, words, COVER, sentence, language))


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("zh", "Nimbi 纯棉儿童被套 太空火箭，单人套件。"),
        ("en", "This Nimbi duvet cover with space rockets is a single bed set."),
    ],
)
def test_a_name_that_is_cut_short_is_the_name(
    language: ReplyLanguage, sentence: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert not _marked(checker, words, COVER, sentence, language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "It carries up to 20 kg for years to come."),
        ("zh", "买一盒再送一盒。"),
        ("zh", "每个颜色都有现货。"),
        ("zh", "用上几十年多年如新。"),
    ],
)
def test_a_promise_nobody_made_is_found(
    language: ReplyLanguage, sentence: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert _marked(checker, words, DESK, sentence, language)
