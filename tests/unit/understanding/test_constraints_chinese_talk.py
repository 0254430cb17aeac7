"""How Chinese shoppers talk around a wish: refusals in every wording, facts that state nothing, English inside."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.lexicon import Lexicon
from assistant.understanding.constraints import ConstraintParser

PARSER = ConstraintParser(Lexicon.load())


def stated(text: str, intent: str = "product_search") -> dict[str, Any]:
    """Only the fields a message states, as plain values."""
    fields = PARSER.parse(text, intent=intent).to_dict()
    return {name: value for name, value in fields.items() if value not in (None, [])}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("鼠标 无线 150以下 不要粉的", {"price_max": 150.0, "exclude_colors": ["pink"]}),
        ("枕头 300以内 排除乳胶", {"price_max": 300.0, "exclude_terms": ["乳胶"]}),
        ("耳机 500以上的不要", {"price_max": 500.0}),
        ("手机壳 50以下的别给我看", {"price_min": 50.0}),
        ("来两袋狗粮，别给我拿鸡肉味的", {"quantity": 2, "exclude_terms": ["鸡肉味"]}),
        ("洗衣液，别拿薰衣草味的给我", {"exclude_terms": ["薰衣草味"]}),
        ("键盘，茶轴，不要樱桃也不要雷蛇", {"exclude_brands": ["樱桃", "雷蛇"]}),
        ("水果，不要樱桃也不要芒果", {"exclude_terms": ["樱桃", "芒果"]}),
        ("卫衣，别要黑白灰的", {"exclude_colors": ["black", "white", "grey"]}),
        ("洗发水除了海飞丝啥都行", {"exclude_brands": ["海飞丝"]}),
        ("登山鞋 棕色 迪卡侬除外", {"colors": ["brown"], "exclude_brands": ["迪卡侬"]}),
        ("羽绒服，500往上的，太便宜的怕不保暖", {"price_min": 500.0}),
        ("相机，不含镜头也行", {}),
        ("瑜伽裤，露露乐蒙太贵了，有没有两百以内的", {"price_max": 200.0}),
    ],
)
def test_refusals_reach_what_they_refuse_and_nothing_else(text: str, wanted: dict[str, Any]) -> None:
    got = stated(text)
    got.pop("product", None)
    got.pop("terms", None)
    assert got == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("就是别再给我海尔的了", {"exclude_brands": ["海尔"]}),
        ("别一直给我推小米了，换个牌子", {"exclude_brands": ["小米"]}),
        ("别总给我看白色的", {"exclude_colors": ["white"]}),
        ("别再给我塑料的了", {"exclude_terms": ["塑料"]}),
        ("你给我看的都是红的，我不要红的", {"exclude_colors": ["red"]}),
        ("想要黑白灰以外的颜色", {"exclude_colors": ["black", "white", "grey"]}),
        ("不要红黄蓝这种太艳的", {"exclude_colors": ["red", "yellow", "blue"]}),
        ("黑色换成咖色", {"colors": ["brown"]}),
        ("除了格力美的海尔，都给我看看", {"exclude_brands": ["格力", "美的", "海尔"]}),
        ("非小米不买", {"brands": ["小米"]}),
        ("XL太大，换M码", {"sizes": ["M"]}),
        ("38的挤脚，来双39的", {"sizes": ["39"]}),
        ("不要L码，要XL码", {"sizes": ["XL"]}),
        ("只要L和XL的", {"sizes": ["L", "XL"]}),
        ("没库存的别给我看", {"in_stock_only": True}),
        ("现在能买到的才给我看", {"in_stock_only": True}),
        ("不需要最新的，便宜的先来", {"sort": "price_asc"}),
        ("最贵不过五百", {"price_max": 500.0}),
        ("要两个，不，三个", {"quantity": 3}),
        ("三到五百", {"price_min": 300.0, "price_max": 500.0}),
        ("一千五，最多了", {"price_max": 1500.0}),
        ("L码没货的话M也行", {"sizes": ["L", "M"]}),
        ("39码偏大，38有吗", {"sizes": ["38"]}),
        ("销量前几的先给我看看", {"sort": "popularity"}),
    ],
)
def test_refinements_say_only_what_is_meant(text: str, wanted: dict[str, Any]) -> None:
    assert stated(text, "refine_results") == wanted


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("卖得最好的洗面奶先给我看", "洗面奶"),
        ("请问滑雪镜能让人气最高的排在前面吗", "滑雪镜"),
        ("上次的人字拖断了，这回买两双备着", "人字拖"),
        ("我的伞被风吹断了，再买一把", "伞"),
        ("数据线又被猫啃坏了，来三根", "数据线"),
        ("买平板给孩子上网课", "平板"),
        ("狗子把拖鞋咬烂了，再买两双", "拖鞋"),
        ("泡面来一箱，康师傅", "泡面"),
        ("黑芝麻糊，无糖", "黑芝麻糊"),
        ("防晒霜SPF50以上", "防晒霜"),
        ("老铁，给我来俩枕头", "枕头"),
        ("鸭绒被，不要化纤", "鸭绒被"),
        ("电风扇落地的，直流变频", "电风扇"),
        ("jacket 要防风的，M码", "jacket"),
        ("serum 要 lightweight 的", "serum"),
        ("laptop 要16GB的，不要Dell", "laptop"),
        ("有没有Sony的noise cancelling耳机", "耳机"),
    ],
)
def test_the_product_is_told_from_what_is_said_of_it(text: str, product: str) -> None:
    assert stated(text)["product"] == product


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("想买个speaker，要waterproof", ["waterproof"]),
        ("speaker 要 waterproof 和 portable 的，300以内", ["waterproof", "portable"]),
        ("moisturizer，要fragrance free，CeraVe", ["fragrance free"]),
        ("mechanical keyboard，红轴，RGB", ["红轴", "RGB"]),
        ("枕头，荞麦的", ["荞麦"]),
        ("跳绳，带计数的", ["带计数"]),
        ("洗发水，我怕掉头发，要防脱的", ["防脱"]),
    ],
)
def test_properties_are_kept_in_either_language(text: str, terms: list[str]) -> None:
    assert stated(text)["terms"] == terms


@pytest.mark.parametrize(
    ("text", "brands"),
    [
        ("扳手套装，得力的", ["得力"]),
        ("猫粮，渴望的，鸡肉味", ["渴望"]),
        ("遮阳伞，折叠的，天堂牌", ["天堂"]),
        ("给闺女买架钢琴，珠江的", ["珠江"]),
        ("手机要么华为要么小米", ["华为", "小米"]),
        ("吸奶器，贝乐诗或美德乐", ["贝乐诗", "美德乐"]),
        ("睡衣，小熊图案的", []),
        ("坚果礼盒", []),
        ("舒适的鞋", []),
    ],
)
def test_names_that_are_words_are_brands_beside_what_they_make(text: str, brands: list[str]) -> None:
    assert stated(text).get("brands", []) == brands


@pytest.mark.parametrize(
    "text",
    [
        "要个梯子，铝合金，承重两百斤",
        "养了两只猫，猫砂盆要封闭的",
        "裤子，黑白灰三个颜色都可以",
        "双人被芯，六斤重",
        "蓝牙键盘，能连三台设备的",
        "孩子六岁，三十斤，想买个安全座椅",
        "一百五十斤能穿的卫衣",
    ],
)
def test_numbers_that_count_no_goods_are_no_quantity(text: str) -> None:
    assert "quantity" not in stated(text)


def test_a_count_in_both_languages_is_the_quantity_of_the_cart() -> None:
    for text in ("第一个 add to cart，quantity 要 2", "第一个，数量：2", "第一个 qty 改成 2"):
        assert stated(text, "manage_cart") == {"references": [1], "quantity": 2}


_PEOPLE = st.sampled_from("我 本人 我老公 女儿 他 孩子".split())
_THINGS = st.sampled_from("衬衫 牛仔裤 羽绒服 卫衣 连衣裙".split())
_HAN = "零一二三四五六七八九"


@given(_PEOPLE, st.integers(4, 9), st.integers(0, 9), _THINGS)
def test_nobodys_weight_is_a_quantity(person: str, tens: int, ones: int, thing: str) -> None:
    weight = f"{_HAN[tens]}十{_HAN[ones] if ones else ''}斤"
    got = stated(f"{person}{weight}，想买件{thing}，L码")
    assert got == {"product": thing, "sizes": ["L"]}


_COLORS = st.sampled_from(
    [("黑", "black"), ("白", "white"), ("灰", "grey"), ("红", "red"), ("蓝", "blue"), ("粉", "pink")]
)


@given(
    _THINGS, _COLORS, _COLORS, st.sampled_from(["{0}要么{1}要么{2}", "{0}，要么{1}的要么{2}的", "{0}，不是{1}就是{2}"])
)
def test_an_either_or_wants_both_colours(thing: str, a: tuple[str, str], b: tuple[str, str], form: str) -> None:
    got = stated(form.format(thing, a[0], b[0]))
    assert got == {"product": thing, "colors": list(dict.fromkeys((a[1], b[1])))}


@given(
    st.integers(1, 40),
    st.sampled_from([("人民币", "CNY"), ("rmb", "CNY"), ("美元", "USD"), ("欧元", "EUR"), ("港币", "HKD")]),
    st.sampled_from(["{0}到{1}，{2}", "{0}-{1} {2}", "{0}到{1}（{2}）", "{2}，{0}到{1}的"]),
)
def test_a_currency_said_apart_belongs_to_the_range(n: int, currency: tuple[str, str], form: str) -> None:
    low, high = 50 * n, 50 * n + 100
    got = stated("吸尘器，" + form.format(low, high, currency[0]))
    assert got == {"product": "吸尘器", "price_min": low, "price_max": high, "currency": currency[1]}


@given(
    st.integers(35, 45),
    st.sampled_from(["大了", "太小", "有点紧", "挤脚", "偏大", "穿着小了"]),
    st.sampled_from(["换{}码", "要{}码的", "来双{}码"]),
)
def test_a_size_that_does_not_fit_is_not_asked_for(size: int, misfit: str, wish: str) -> None:
    got = stated(f"{size}码{misfit}，{wish.format(size + 1)}", "refine_results")
    assert got == {"sizes": [str(size + 1)]}
