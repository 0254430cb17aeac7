"""Chinese wishes put together from parts: whatever the parts, each must come back in its own field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.lexicon import Lexicon, simplify
from assistant.types import Constraints
from assistant.understanding.constraints import ConstraintParser
from assistant.understanding.parsing.draft import Draft
from assistant.understanding.parsing.numbers import parse_han
from assistant.understanding.parsing.ordering import read_sort

PARSER = ConstraintParser(Lexicon.load())
DIGITS_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
DIGITS = "零一二三四五六七八九"
THINGS = st.sampled_from(
    "雨伞 电饭煲 行李箱 台灯 背包 吹风机 保温杯 蓝牙耳机 羽绒服 书架 窗帘 洗发水 投影仪 茶几".split()
)
BRANDS = st.sampled_from("飞利浦 华为 苏泊尔 耐克 戴森 海尔 舒肤佳 安热沙 无印良品 倍轻松 格兰仕 韶音".split())
COLORS = st.sampled_from(
    [
        ("黑色", "black"),
        ("藕色", "pink"),
        ("可可色", "brown"),
        ("姜黄色", "yellow"),
        ("雾霾蓝", "blue"),
        ("墨绿", "green"),
        ("香芋紫", "purple"),
        ("燕麦色", "beige"),
        ("烟灰色", "grey"),
        ("车厘子红", "red"),
        ("月光银", "silver"),
        ("藏青", "navy"),
        ("脏橘色", "orange"),
        ("奶白色", "white"),
    ]
)
CURRENCIES = st.sampled_from(
    [
        ("元", "CNY"),
        ("块", "CNY"),
        ("块钱", "CNY"),
        ("人民币", "CNY"),
        ("美元", "USD"),
        ("美金", "USD"),
        ("刀", "USD"),
        ("欧元", "EUR"),
        ("英镑", "GBP"),
        ("日元", "JPY"),
        ("日币", "JPY"),
        ("港币", "HKD"),
        ("港元", "HKD"),
        ("韩元", "KRW"),
        ("新台币", "TWD"),
        ("台币", "TWD"),
        ("澳元", "AUD"),
        ("加币", "CAD"),
        ("新币", "SGD"),
        ("泰铢", "THB"),
        ("瑞士法郎", "CHF"),
        ("卢布", "RUB"),
    ]
)


def read(text: str, intent: str = "product_search") -> Constraints:
    return PARSER.parse(text, intent=intent)


def spoken(n: int) -> str:
    """A round number as it is said: 150 一百五, 2800 两千八, 12000 一万二."""
    for scale, name in ((10_000, "万"), (1_000, "千"), (100, "百")):
        if n >= scale and n % (scale // 10) == 0:
            head, tail = n // scale, n % scale * 10 // scale
            if 1 <= head <= 9:
                first = "两" if head == 2 and scale > 100 else DIGITS[head]
                return first + name + (DIGITS[tail] if tail else "")
    raise ValueError(n)


@st.composite
def said_amounts(draw: st.DrawFn) -> tuple[str, float]:
    """An amount in one of the ways people write one, with its value."""
    way = draw(st.sampled_from(["said", "digits", "wan", "wan said", "k", "wide"]))
    if way == "wan":
        tenths = draw(st.integers(11, 99))
        return f"{tenths // 10}.{tenths % 10}万", tenths * 1000.0
    if way == "wan said":
        head, tail = draw(st.integers(1, 9)), draw(st.integers(1, 9))
        return f"{head}万{tail}", head * 10_000.0 + tail * 1000
    if way == "k":
        n = draw(st.integers(1, 30))
        return f"{n}k", n * 1000.0
    n = draw(st.integers(1, 9)) * 10 + draw(st.integers(0, 9))
    value = n * draw(st.sampled_from([10, 100, 1000]))
    if way == "said":
        return spoken(value), float(value)
    digits = str(value)
    return (digits if way == "digits" else digits.translate(DIGITS_WIDE)), float(value)


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([(100, "百"), (1_000, "千"), (10_000, "万")]))
def test_said_numbers_round_trip(head: int, tail: int, scale: tuple[int, str]) -> None:
    n = head * scale[0] + tail * scale[0] // 10
    assert parse_han(spoken(n)) == (n, n)


@given(THINGS, said_amounts(), CURRENCIES, st.sampled_from(["以内", "以下", "封顶", "之内", "以內"]))
def test_a_ceiling_in_any_currency(thing: str, amount: tuple[str, float], money: tuple[str, str], cue: str) -> None:
    found = read(f"{thing}，{amount[0]}{money[0]}{cue}")
    assert (found.product, found.price_max, found.price_min, found.currency) == (thing, amount[1], None, money[1])


@given(
    THINGS,
    said_amounts(),
    st.sampled_from(["最贵不超过", "单价别超过", "预算", "最多", "不要超过", "控制在", "价格别高于"]),
)
def test_a_ceiling_said_in_front(thing: str, amount: tuple[str, float], cue: str) -> None:
    found = read(f"{cue}{amount[0]}的{thing}" if cue.endswith("过") else f"{thing}，{cue}{amount[0]}")
    assert (found.product, found.price_max, found.price_min, found.sort) == (thing, amount[1], None, None)


@given(THINGS, said_amounts(), said_amounts(), CURRENCIES, st.sampled_from(["到", "至", "-", "~"]))
def test_a_range(
    thing: str, one: tuple[str, float], other: tuple[str, float], money: tuple[str, str], joint: str
) -> None:
    (low, least), (high, most) = sorted((one, other), key=lambda pair: pair[1])
    if most < 1.5 * least or most >= 10 * least or low[-1] in "k万" or high[-1] in "k万":
        return  # 1-3万 shares its scale, which other tests cover
    found = read(f"{thing}，{low}{joint}{high}{money[0]}")
    assert (found.price_min, found.price_max, found.currency) == (least, most, money[1])


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("三五百的球鞋", 300, 500),
        ("七八百块钱的外套", 700, 800),
        ("两三千的手机", 2000, 3000),
        ("五六十的香薰机", 50, 60),
        ("一两百块的玩具", 100, 200),
        ("一万二的预算，按摩椅", None, 12000),
        ("百来块的书包", 80, 120),
        ("三百左佑的跑步鞋", 240, 360),
    ],
)
def test_spans_and_estimates(text: str, low: float | None, high: float) -> None:
    found = read(text)
    assert (found.price_min, found.price_max) == (low, high)


@pytest.mark.parametrize(
    "text", ["几百块的杯子", "十几万的我买不起，要手表", "好几千的相机", "机油，5W-30", "充电宝两万毫安"]
)
def test_amounts_that_bound_nothing(text: str) -> None:
    found = read(text)
    assert (found.price_min, found.price_max) == (None, None)


EXCLUSIONS = st.sampled_from(
    "不要{x}|不要{x}的|别要{x}的|{x}以外的都行|{x}之外的|除了{x}都行|除了{x}以外都可以|除{x}之外都可以"
    "|{x}除外|把{x}排除掉|把{x}去掉"
    "|把{x}过滤掉|{x}的不要|{x}的就算了|{x}的不考虑|就是不要{x}的|只是不要{x}的|{x}拉黑|{x}一律不要"
    "|别给我推荐{x}|{x}排除在外".split("|")
)


@given(EXCLUSIONS, BRANDS)
def test_every_way_to_refuse_a_brand(frame: str, brand: str) -> None:
    found = read(frame.format(x=brand), "refine_results")
    assert (found.exclude_brands, found.brands, found.exclude_terms) == ((brand,), (), ())


@given(EXCLUSIONS, COLORS)
def test_every_way_to_refuse_a_colour(frame: str, color: tuple[str, str]) -> None:
    found = read(frame.format(x=color[0]), "refine_results")
    assert (found.exclude_colors, found.colors) == ((color[1],), ())


@given(EXCLUSIONS, st.sampled_from("玻璃 塑料 蕾丝 真皮 不锈钢 亚麻 高跟 拉链".split()))
def test_every_way_to_refuse_a_property(frame: str, wanted: str) -> None:
    found = read(frame.format(x=wanted), "refine_results")
    assert found.exclude_terms == (wanted,)
    assert found.terms == ()


@given(
    st.lists(st.sampled_from("酒精 香精 色素 防腐剂 皂基 硅油".split()), min_size=2, max_size=3, unique=True),
    st.sampled_from([("不含", ""), ("不要", ""), ("不要", "也"), ("不含", "，也"), ("别加", "，"), ("不带", "、")]),
)
def test_a_refusal_said_again_for_each_thing(things: list[str], frame: tuple[str, str]) -> None:
    cue, joint = frame
    found = read("面霜，" + joint.join(cue + thing for thing in things))
    assert (found.product, set(found.exclude_terms)) == ("面霜", set(things))


@given(THINGS, BRANDS)
def test_other_brands_of_a_thing(thing: str, brand: str) -> None:
    found = read(f"想买{brand}以外的{thing}")
    assert (found.product, found.exclude_brands, found.brands, found.exclude_terms) == (thing, (brand,), (), ())


def test_two_negations_ask_for_the_thing() -> None:
    assert read("不是纯棉的不要", "refine_results").terms == ("纯棉",)


COUNTED = st.sampled_from(
    "香皂 块|橡皮 块|手表 块|被子 床|啤酒 听|可乐 罐|卫生纸 卷|绿萝 盆|玫瑰 枝|抽纸 提|电池 节|鸡蛋 枚"
    "|泡面 碗|椅子 把|袜子 双|毛巾 条"
    "|牙膏 支|茶叶 罐|中性笔 支|帐篷 顶|壁灯 盏|饼干 盒|大米 袋|蜡烛 根|笔记本 本".split("|")
)


@given(st.integers(2, 20), COUNTED, st.sampled_from(["来", "买", "要", "给我来", ""]), st.booleans())
def test_a_count_is_never_a_price(n: int, counted: str, verb: str, words: bool) -> None:
    thing, measure = counted.split()
    tens, ones = divmod(n, 10)
    said = ("" if not tens else "十" if tens == 1 else DIGITS[tens] + "十") + (DIGITS[ones] if ones else "")
    said = "两" if n == 2 else said
    found = read(f"{verb}{said if words else n}{measure}{thing}")
    assert (found.product, found.quantity, found.price_max, found.currency) == (thing, n, None, None)


@pytest.mark.parametrize(
    ("text", "n"), [("来一打袜子", 12), ("半打红酒杯", 6), ("两打啤酒", 24), ("俩抱枕", 2), ("三扇门", 3)]
)
def test_dozens_and_pairs(text: str, n: int) -> None:
    assert read(text).quantity == n


SORTS = {
    "price_asc": (
        "价格低的排前面|便宜的在前|从便宜到贵|按价格由低至高|价格升序|便宜的往前放|低价的排在最前"
        "|先看便宜的|从最便宜的开始看"
    ),
    "price_desc": "先看贵的|贵的排前面|按价格从高到低|从贵到便宜|价格降序|价格高的放前头",
    "rating_desc": "按好评排序|口碑好的排前面|评分高的在前面|评价好的先看|按评分从高到低|好评优先|按星级排",
    "popularity": "按人气排序|销量好的先看|卖得好的放前面|按热度来|销量高的排前面|热销的排前头|买的人多的排前面",
    "newest": "新品排前面|最新上架的在前|按上架时间从新到旧|刚上架的|先看新品|按新品排序",
}


@pytest.mark.parametrize(("sort", "text"), [(s, t) for s, cell in SORTS.items() for t in cell.split("|")])
def test_every_way_to_ask_for_an_order(sort: str, text: str) -> None:
    draft = Draft(text)
    assert read_sort(draft) == sort
    assert draft.left.strip("\x1e\x1f") == ""
    found = read(f"麦克风，{text}")
    assert (found.product, found.sort) == ("麦克风", sort)
    if text.startswith("按"):
        assert read(f"麦克风{text}").product == "麦克风"


@pytest.mark.parametrize("text", ["便宜的", "贵重物品收纳盒", "最新鲜的草莓", "口碑怎么样", "高的桌子", "优先考虑红色"])
def test_no_order(text: str) -> None:
    assert read_sort(Draft(text)) is None


STORIES = st.sampled_from(
    "客厅缺一张{x}|家里缺个{x}|厨房想添个{x}|我想给卧室装台{x}|给书房添一个{x}|还差一个{x}"
    "|刚搬家，想置办一套{x}|墙上想挂一个{x}|门口放个{x}"
    "|老婆过生日，想送她一个{x}|最近老是睡不好，想换个{x}|家里老人需要一个{x}|厨房需要{x}|家里{x}坏了"
    "|重新买个{x}|从这几个牌子里选一台{x}".split("|")
)


@given(STORIES, THINGS)
def test_the_thing_at_the_end_of_a_story(frame: str, thing: str) -> None:
    assert read(frame.format(x=thing)).product == thing


WISHES = st.sampled_from(
    "防泼水 晴雨两用 免打孔 一级能效 正版 防窥 护脊 可登机 不沾杯 显白 无硅油 低尘 双人 碳素 无刷 全包围 "
    "注音版 深烘 真空包装 暖光 双面 带刻度 "
    "自带线 可高温消毒 人体工学 可坐可躺".split()
)


@given(THINGS, WISHES, st.sampled_from(["{x}，{w}", "{x}，{w}的", "{x}，要{w}的", "{w}的{x}", "{x}，{w}，两百以内"]))
def test_a_short_clause_says_how_the_thing_should_be(thing: str, wish: str, frame: str) -> None:
    found = read(frame.format(x=thing, w=wish))
    assert found.product == thing
    assert any(wish.removeprefix("带") in term for term in found.terms)


@given(THINGS, COLORS)
def test_shades(thing: str, color: tuple[str, str]) -> None:
    for text in (f"{color[0]}的{thing}", f"{thing}，{color[0]}"):
        found = read(text)
        assert (found.product, found.colors) == (thing, (color[1],))


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("单鞋，38，尖头", ("38",)),
        ("高跟鞋 36", ("36",)),
        ("皮鞋 41.5", ("41.5",)),
        ("靴子38或39码", ("38", "39")),
        ("球鞋，四十二码半", ("42.5",)),
        ("台灯，38", ()),
    ],
)
def test_bare_numbers_beside_shoes(text: str, sizes: tuple[str, ...]) -> None:
    assert read(text).sizes == sizes


def test_traditional_characters_stay_the_shoppers_own() -> None:
    found = read("吸塵器，不要飛利浦，兩千五百塊以下，白色，要無線的")
    assert (found.product, found.exclude_brands, found.terms) == ("吸塵器", ("飛利浦",), ("無線",))
    assert (found.price_max, found.currency, found.colors) == (2500, "CNY", ("white",))
    assert read("唔要黑色嘅外套").exclude_colors == ("black",)


@given(st.text(alphabet="吸塵器買電腦鑰匙圈乾淨臺灣a1 ，", max_size=40))
def test_simplifying_keeps_every_place(text: str) -> None:
    assert len(simplify(text)) == len(text)
    assert simplify(simplify(text)) == simplify(text)


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("need一个wireless mouse，不要Logitech", "wireless mouse"),
        ("给我find一个desk lamp，budget两百", "desk lamp"),
        ("想买iPad case，pink的", "iPad case"),
        ("三明治机，50到80块", "三明治机"),
        ("洗衣机十公斤的", "洗衣机"),
        ("机械键盘红轴的", "机械键盘"),
        ("键盘 罗技 静音", "键盘"),
        ("可折叠的购物车", "购物车"),
    ],
)
def test_products_among_other_words(text: str, product: str) -> None:
    assert read(text).product == product


@pytest.mark.parametrize(
    ("text", "references"), [("第一跟第四加进去", (1, 4)), ("头一个加进去", (1,)), ("最上面那个加入购物车", (1,))]
)
def test_pointing(text: str, references: tuple[int, ...]) -> None:
    assert read(text, "manage_cart").references == references


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("我想买一条新手机", "手机"),
        ("想要一块新手表", "手表"),
        ("换副新手套", "手套"),
        ("新手钓鱼竿有吗", "新手钓鱼竿"),
    ],
)
def test_new_is_no_part_of_the_thing_but_a_beginner_is(text: str, product: str) -> None:
    found = ConstraintParser(Lexicon.load()).parse(text, intent="product_search").product
    assert found is not None
    assert found.endswith(product.removeprefix("新手"))
    assert not found.startswith("新") or found.startswith("新手钓")
