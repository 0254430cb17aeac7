"""Brands and colours refused or wanted in every wording, counts, and names no table holds."""

import pytest

from assistant.lexicon import Lexicon
from assistant.understanding.constraints import ConstraintParser

PARSER = ConstraintParser(Lexicon.load())


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("I've had enough of Samsung, show me other phones", ["Samsung"]),
        ("want a robot vacuum, anyone but Roomba", ["Roomba"]),
        ("I refuse to buy Apple again, need a tablet under 400", ["Apple"]),
        ("never again Canon. printer for home use", ["Canon"]),
        ("looking for a drill, DeWalt and Makita aside", ["DeWalt", "Makita"]),
        ("tv 55 inch, LG excluded", ["LG"]),
        ("take Asus out of the list", ["Asus"]),
        ("Bosch? no thanks", ["Bosch"]),
        ("I don't trust Huawei, hide them", ["Huawei"]),
        ("toaster, Breville broke twice on me so not that brand", ["Breville"]),
        ("washing machine other brand than Beko", ["Beko"]),
        ("Canon's too pricey, leave it out", ["Canon"]),
        ("no Zorvex or Quillon backpacks", ["Zorvex", "Quillon"]),
        ("need a desk lamp, anything but Brightora", ["Brightora"]),
        ("Kelmora is out, show other office chairs", ["Kelmora"]),
        ("对小米无感，推荐个手环", ["小米"]),
        ("耳机 索尼不要", ["索尼"]),
        ("三星的我不碰，手机推荐下", ["三星"]),
        ("行李箱，新秀丽太贵了不考虑", ["新秀丽"]),
        ("飞利浦用腻了，换个牌子的剃须刀", ["飞利浦"]),
        ("别再给我看索尼了", ["索尼"]),
        ("踩过小天鹅的坑，不要它家的洗衣机", ["小天鹅"]),
        ("不想用苏泊尔了，来个炒锅", ["苏泊尔"]),
        ("不要Kelmora的椅子", ["Kelmora"]),
        ("别推荐Halvik和Norrby，要水壶", ["Halvik", "Norrby"]),
        ("要个书包，不要飞狐牌的", ["飞狐"]),
    ],
)
def test_refused_brand_is_excluded_and_never_wanted(text: str, refused: list[str]) -> None:
    out = PARSER.parse(text, intent="product_search")
    assert list(out.exclude_brands) == refused
    assert not out.brands
    assert not out.exclude_terms


@pytest.mark.parametrize(
    ("text", "wanted", "refused"),
    [
        ("rather Adidas than Nike", ["Adidas"], ["Nike"]),
        ("Adidas yes, Nike no", ["Adidas"], ["Nike"]),
        ("yes to Bosch, no to Makita", ["Bosch"], ["Makita"]),
        ("华为小米都行，就是不要苹果", ["华为", "小米"], ["苹果"]),
        ("要华为不要小米", ["华为"], ["小米"]),
        ("不是华为的不要", ["华为"], []),
        ("I already own Nike, show Asics", ["Asics"], []),
    ],
)
def test_wanted_and_refused_brands_are_told_apart(text: str, wanted: list[str], refused: list[str]) -> None:
    out = PARSER.parse(text, intent="refine_results")
    assert (list(out.brands), list(out.exclude_brands)) == (wanted, refused)


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("any laptop but HP, under 800", "laptop"),
        ("any hoodie except Vantiq", "hoodie"),
        ("冰箱海信的就不看了", "冰箱"),
    ],
)
def test_product_beside_refused_brand_stays_wanted(text: str, product: str) -> None:
    assert PARSER.parse(text, intent="product_search").product == product


@pytest.mark.parametrize(
    "text",
    ["jacket, no Velcro", "phone without Bluetooth", "No Worries, I need a lamp", "camel coat", "手感舒适的鼠标"],
)
def test_ordinary_words_are_no_brands(text: str) -> None:
    out = PARSER.parse(text, intent="product_search")
    assert not out.brands
    assert not out.exclude_brands


@pytest.mark.parametrize(
    ("text", "wanted", "refused"),
    [
        ("红色看腻了，换个颜色的书包", [], ["red"]),
        ("雨衣 黄色太扎眼了不要", [], ["yellow"]),
        ("除了黑白，其他颜色的帽子", [], ["black", "white"]),
        ("enough with the beige, something green", ["green"], ["beige"]),
        ("两双跑鞋，一双黑一双白", ["black", "white"], []),
        ("连衣裙别太黑", [], []),
        ("rust coloured cushion", ["brown"], []),
    ],
)
def test_colors_wanted_and_refused(text: str, wanted: list[str], refused: list[str]) -> None:
    out = PARSER.parse(text, intent="product_search")
    assert (list(out.colors), list(out.exclude_colors)) == (wanted, refused)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("couple of bath towels in grey", 2),
        ("one dozen roses", 12),
        ("qty 3, usb cables", 3),
        ("袜子五双起", 5),
        ("毛巾*4", 4),
        ("水杯要俩", 2),
        ("数量5，收纳箱", 5),
        ("三只松鼠的坚果两袋", 2),
    ],
)
def test_counts_in_more_wordings(text: str, count: int) -> None:
    assert PARSER.parse(text, intent="product_search").quantity == count


@pytest.mark.parametrize("text", ["Nike " * 240, "小米" * 600, "not Nike or " * 100, "不要小米也" * 200])
def test_long_runs_of_names_come_to_an_end(text: str) -> None:
    # A pattern that tries every way to divide such a run would never return.
    parsed = PARSER.parse(text)
    assert {*parsed.brands, *parsed.exclude_brands} <= {"Nike", "小米"}
