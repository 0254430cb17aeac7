"""Numbers with units in English and Chinese shop texts, and whether a record supports them.

Reads figures, number words, ranges and products of dimensions into quantities, converts units, and compares. It knows
nothing of words of fact (second_check.py does) and nothing of the product's own claim check.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

_UNITS = """
length: mm millimetre millimeter millimetres millimeters 毫米=1; cm centimetre \
centimeter centimetres centimeters 厘米 公分=10; dm 分米=100; m metre meter metres \
meters 米=1000; km kilometre kilometres kilometers 公里 千米=1000000; in inch \
inches " ″ 英寸 寸 吋=25.4; ft foot feet ′ 英尺=304.8; yd yard yards 码=914.4; micron \
microns μm 微米=0.001
mass: mg milligram milligrams 毫克=0.001; g gram grams gramme 克=1; kg kilo kilos \
kilogram kilograms 公斤 千克=1000; 斤=500; lb lbs pound_mass 磅=453.59; oz ounce \
ounces 盎司=28.35; tonne tonnes ton tons 吨=1000000
volume: ml millilitre millilitres milliliters millilitre 毫升=1; cl=10; l litre \
litres liter liters 升=1000; gal gallon gallons 加仑=3785; cc=1
time: s sec second seconds 秒 秒钟=1; min mins minute minutes 分钟=60; h hr hrs \
hour hours 小时 个小时 钟头=3600; day days 天=86400; week weeks 周 星期=604800; month \
months 个月 月=2629800; year years yr yrs 年 岁 周岁=31557600
power: w watt watts 瓦 瓦特=1; kw kilowatt kilowatts 千瓦=1000; hp horsepower \
马力=745.7
energy: wh 瓦时=1; kwh 度电=1000
charge: mah 毫安时 毫安=1; ah 安时=1000
volt: v volt volts 伏 伏特=1; kv=1000
amp: a amp amps ampere amperes 安 安培=1
freq: hz hertz 赫兹 赫=1; khz 千赫=1000; mhz=1000000; ghz=1000000000
sound: db decibel decibels 分贝=1
lumen: lm lumen lumens 流明=1; lux lx 勒克斯=1; ansi ansi流明=1
pressure: pa 帕 帕斯卡=1; kpa 千帕=1000; bar bars 巴=100000; psi=6894.8
torque: nm newton-metres 牛米 牛·米=1
force: kn 千牛=1; n 牛=0.001
degree: °c ℃ 摄氏度 °f ° ° degree degrees deg 度=1
percent: % percent per_cent ％=1
data: mb=1; gb=1024; tb=1048576
pixel: mp megapixel megapixels=1; 万像素=0.01
density: dpi ppi=1
rpm: rpm 转 转速=1
speed: km/h kmh kph 公里每小时=1; mph=1.609
weave: gsm g/m² g/m2 克每平方米=1
denier: denier 旦 D=1
area: m² m2 sqm 平方米 平米 平 square_metres square_metre=1; sqft ft² sq_ft \
平方英尺=0.0929
flow: l/h 升/小时=1; ml/h 毫升/小时=0.001
fps: fps 帧=1
kelvin: k 开=1
money: $ € £ ¥ usd eur gbp cny rmb dollar dollars euro euros pounds pound yuan \
元 块 块钱 美元 美金 欧元 英镑 人民币=1
pages: page pages 页=1
pieces: piece pieces pcs 片 件=1
speeds: bpm=1
scoville: scoville shu 史高维尔=1
stops: iso=1
bits: bit bits=1
"""
_WORDS = {
    w: n
    for n, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split()
    )
}
_WORDS |= {w: 10 * n for n, w in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
_WORDS |= {"pair": 2, "dozen": 12, "hundred": 100, "thousand": 1000, "million": 1_000_000}
_HAN = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "俩": 2}
_HAN_UNIT = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_CLASSIFIERS = (
    "个台把只条双套支件张块颗节根对枚盏口片页层档级种段组位人款瓶袋包盒本间格孔弦键"
    "轮面座门扇次倍色头步挡阶圈股针路杯罐粒份卷排枝朵尊户屏盘桶箱筒截抽齿盆品碗轴脚寸"
)
_APPROXIMATE = re.compile(
    r"(?:about|around|nearly|almost|just over|just under|over|under|up to|roughly|some|or so|more than|less than|"
    r"close to|近|约|不到|将近|多|以内|左右|超过|接近|大约|不足|上下|来|余|出头)"
)


@dataclass(frozen=True)
class Quantity:
    """One number of a text: its value in the unit written, that unit's dimension ("" for a count) and its place."""

    value: float
    dimension: str
    base: float
    start: int
    end: int
    surface: str


def _unit_table() -> dict[str, tuple[str, float]]:
    table: dict[str, tuple[str, float]] = {}
    for line in _UNITS.strip().splitlines():
        dimension, _, groups = line.partition(":")
        for group in groups.split(";"):
            names, _, factor = group.strip().rpartition("=")
            for name in names.split():
                table[name.replace("_", " ").lower()] = (dimension, float(factor))
    return table


UNITS: Mapping[str, tuple[str, float]] = _unit_table()
_UNIT_RE = "|".join(
    re.escape(u) + (r"(?![a-z])" if u[-1].isascii() and u[-1].isalpha() else "")
    for u in sorted(UNITS, key=len, reverse=True)
)
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_EN_NUMBER = (
    rf"\b(?:(?:a|{'|'.join(_ONES)}) (?:hundred|thousand|dozen)(?: and [a-z-]+)?|"
    + "|".join(f"{tens}[- ]{ones}" for tens in _TENS for ones in _ONES)
    + "|"
    + "|".join(sorted(_WORDS, key=len, reverse=True))
    + r")\b"
)
_NUMBER_RE = re.compile(
    rf"(?P<cur>[$€£¥]|us\$|usd ?|eur ?|gbp ?|cny ?)?\s?(?P<num>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?"
    rf"(?:/\d+)?|{_EN_NUMBER}|"
    rf"百分之[零一二三四五六七八九十百两]+|[一二两三四五六七八九]个半(?=小时|月|钟头)|"
    rf"[零一二三四五六七八九十百千两俩]+万?半?(?=\s?(?:{_UNIT_RE}|[{_CLASSIFIERS}]))|"
    rf"半(?=[米小升斤])|几)"
    rf"(?P<wan>万(?!像素))?(?P<sp>[\s-]?)(?P<unit>{_UNIT_RE})?(?P<half>半)?",
    re.I,
)
_CODE_RE = re.compile(r"(?<![a-z0-9])(?:[a-z]+[-]?\d[a-z0-9.+-]*|\d+[a-z]{1,2}\d+[a-z0-9]*)", re.I)


def normalise(text: str) -> str:
    """Return the text in NFKC and lower case, of the same length where it can be so that places stay true."""
    return "".join(f if len(f := unicodedata.normalize("NFKC", c)) == 1 and c not in "″′" else c for c in text).lower()


def number_of(word: str) -> float | None:
    """Return the value of figures or of an English or Chinese number word, or None."""
    word = word.strip().lower()
    if re.fullmatch(r"[\d,]+(?:\.\d+)?", word):
        return float(word.replace(",", ""))
    if "/" in word and word.replace("/", "").isdigit():
        top, bottom = word.split("/")[:2]
        return float(top) / float(bottom) if float(bottom) else None
    if word.startswith("百分之"):
        return number_of(word[3:])
    word = word.replace("个半", "半")
    if word and all(c in _HAN or c in _HAN_UNIT or c == "半" for c in word):
        half = 0.5 if word.endswith("半") and len(word) > 1 else 0.0
        if word == "半":
            return 0.5
        total, section, digit = 0, 0, 0
        for c in word.rstrip("半"):
            if c in _HAN:
                digit = digit * 10 + _HAN[c] if digit else _HAN[c]
            elif c == "万":
                total, section, digit = (total + section + digit) * 10_000, 0, 0
            else:
                section, digit = section + (digit or 1) * _HAN_UNIT[c], 0
        return total + section + digit + half
    parts = [p for p in re.split(r"[\s-]+", word) if p not in ("a", "and")]
    if not parts or any(p not in _WORDS for p in parts):
        return None
    value = 0
    for p in parts:
        value = max(value, 1) * _WORDS[p] if _WORDS[p] >= 100 or p == "dozen" else value + _WORDS[p]
    return float(value)


def quantities(text: str, ones: bool = False) -> list[Quantity]:
    """Return the numbers of a text, each with its unit; a number before "x", "to" or "和" takes the unit that follows.

    Args:
        text: A text of either language.
        ones: Keep "one" and 一 before a noun, which in running text are mostly no count.
    """
    low = normalise(text)
    codes = [m.span() for m in _CODE_RE.finditer(low)]
    found: list[Quantity] = []
    for match in _NUMBER_RE.finditer(low):
        start, end = match.start("num"), match.end()
        if any(a < end and start < b and a < start for a, b in codes) or low[max(0, start - 1) : start] in ("第", "."):
            continue
        value = number_of(match["num"])
        if value is None:
            continue
        unit = (match["unit"] or "").lower()
        if match["wan"]:
            value *= 10_000
        if match["half"] and unit:
            value += 0.5
        word = not match["num"][0].isdigit()
        if not unit and match["sp"]:
            end = match.end("num")
        if low[end:].lstrip().startswith("号") or (
            word and re.match(r"[侧边头用端手者脚面口旁角]", low[end:]) and not ones
        ):
            continue
        if (
            word
            and not ones
            and match["num"] in ("one", "一", "zero", "零")
            and (
                not unit
                or unit in ("m", "a", "s", "平", "面", "块", "件", "片", "转", "度", "分", "piece", "pair", "pieces")
            )
        ):
            continue
        if word and unit in ("a", "m", "s", "v", "n", "k", "d", "in", "l", "h", "g", "w"):
            unit, end = "", match.end("num")
        if unit == "in" and not re.match(
            r"\s*(?:$|[,.;)x]|screen|tripod|reel|wheel|inch|[a-z]+ (?:screen|wheel))", low[match.end() :]
        ):
            unit, end = "", match.end("num")
        if match["cur"]:
            unit = "$"
        if match["num"].startswith("百分之"):
            unit = "%"
        if (
            unit == "块"
            and "元" not in low
            and re.match(r"(?!钱|左右|以内|多|以下)[\u4e00-\u9fff]", low[end : end + 1])
        ):
            unit = ""
        dimension, factor = UNITS.get(unit, ("", 1.0))
        found.append(Quantity(value, dimension, value * factor, start, end, text[start:end].strip()))
    return list(_share_units(low, found))


def _share_units(low: str, found: list[Quantity]) -> Iterator[Quantity]:
    linked: list[Quantity] = list(found)
    for i in range(len(linked) - 2, -1, -1):
        left, right = linked[i], linked[i + 1]
        between = low[left.end : right.start].strip()
        if (
            not left.dimension
            and right.dimension
            and right.value
            and re.fullmatch(r"(?:[x×*\-–—~～/、,]|to|and|or|by|到|至|和|与|或|、|乘|, and|[a-z] x)?", between)
            and between
        ):
            linked[i] = Quantity(
                left.value, right.dimension, left.value * right.base / right.value, left.start, left.end, left.surface
            )
    return iter(linked)


def codes(text: str) -> list[tuple[str, int, int]]:
    """Return words that mix letters and figures (model names, grades such as IP68) with their places."""
    low = normalise(text)
    return [
        (m.group().strip(".-+"), m.start(), m.start() + len(m.group().rstrip(".-+"))) for m in _CODE_RE.finditer(low)
    ]


def key_unit(key: str) -> str:
    """Return the dimension that an attribute's name ends in ("weight_g" gives "mass"), or ""."""
    return _key_unit(key)[0]


def _key_unit(key: str) -> tuple[str, float]:
    words = key.lower().split("_")
    special = {
        "c": ("degree", 1.0),
        "f": ("degree", 1.0),
        "db": ("sound", 1.0),
        "ansi": ("lumen", 1.0),
        "kmh": ("speed", 1.0),
    }
    for n in (2, 1):
        unit = "/".join(words[-n:]) if n == 2 else words[-1]
        if len(words) > n and unit in special:
            return special[unit]
        if len(words) > n and unit in UNITS:
            return UNITS[unit]
    for word in words[1:] if len(words) > 1 else words:
        if word in UNITS and len(word) > 1:
            return UNITS[word]
    return ("", 1.0)


def attribute_quantities(key: str, value: object) -> list[Quantity]:
    """Return the numbers of an attribute's value; those without a unit take that of the attribute's name."""
    dimension, factor = _key_unit(key)
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, list):
        return [q for item in value for q in attribute_quantities(key, item)]
    if isinstance(value, int | float):
        return [Quantity(float(value), dimension, float(value) * factor, 0, 0, str(value))]
    found = quantities(str(value))
    return [
        q if q.dimension or not dimension else replace(q, dimension=dimension, base=q.value * factor) for q in found
    ]


def same(text: Quantity, record: Quantity, approximate: bool) -> bool:
    """Tell whether two quantities agree: within 1.5 % (15 % after "about"), units converted; bare numbers by value."""
    tolerance = 0.15 if approximate else 0.015
    if text.dimension and record.dimension and text.dimension != record.dimension:
        loose = {
            ("pieces", "pages"),
            ("pages", "pieces"),
            ("lumen", "lumen"),
            ("volume", "flow"),
            ("flow", "volume"),
            ("degree", "kelvin"),
        }
        return (text.dimension, record.dimension) in loose and abs(text.value - record.value) < 1e-9
    a, b = (text.base, record.base) if text.dimension == record.dimension else (text.value, record.value)
    return abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-9)


def is_approximate(text: str, quantity: Quantity) -> bool:
    """Tell whether the words around a number say that it is rounded."""
    low = normalise(text)
    before, after = low[max(0, quantity.start - 14) : quantity.start], low[quantity.end : quantity.end + 6]
    return bool(_APPROXIMATE.search(before) or _APPROXIMATE.match(after.strip()))
