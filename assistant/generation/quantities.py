"""Numbers with their units, out of texts in English and Chinese, made comparable.

Knows how amounts are written (digits, words, 两个半小时, a metre and a half, ranges, reductions) and which units
measure the same. Knows no product and decides nothing but whether two amounts are equal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Dimension -> factor to its base, by unit. Two units of one dimension compare; no dimension compares with another.
_UNITS: dict[str, tuple[str, float]] = {}
for _dimension, _table in {
    "length": "mm 1 毫米 1 cm 10 厘米 10 公分 10 centimetre 10 centimeter 10 millimetre 1 millimeter 1 m 1000 "
    "米 1000 metre 1000 meter 1000 km 1e6 公里 1e6 in 25.4 inch 25.4 英寸 25.4 寸 25.4 ft 304.8 foot 304.8 feet 304.8 "
    "英尺 304.8",
    "mass": "g 1 克 1 gram 1 kg 1000 kilo 1000 kilogram 1000 公斤 1000 千克 1000 斤 500 lb 453.6 oz 28.35 "
    "ounce 28.35 磅 453.6 盎司 28.35",
    "volume": "ml 1 毫升 1 millilitre 1 milliliter 1 cl 10 l 1000 升 1000 litre 1000 liter 1000",
    "time": "s 1 sec 1 second 1 秒 1 min 60 minute 60 分钟 60 h 3600 hr 3600 hour 3600 小时 3600 钟头 3600 day 86400 "
    "天 86400 week 604800 周 604800 星期 604800 month 2629800 个月 2629800 月龄 2629800 "
    "year 31557600 decade 315576000 年 31557600 岁 31557600",
    "percent": "% 1 percent 1 成 10",
    "power": "w 1 watt 1 瓦 1 kw 1000 千瓦 1000",
    "voltage": "v 1 volt 1 伏 1",
    "charge": "mah 1 毫安时 1 ah 1000 安时 1000",
    "current": "a 1 amp 1 安 1",
    "sound": "db 1 decibel 1 分贝 1",
    "frequency": "hz 1 赫兹 1 khz 1000 mhz 1e6 ghz 1e9",
    "pressure": "bar 1e5 巴 1e5 pa 1 帕 1 kpa 1000 千帕 1000",
    "data": "gb 1 tb 1000 mb 0.001",
    "degree": "° 1 degree 1 度 1 °c 1 ℃ 1 摄氏度 1",
    "torque": "nm 1 牛米 1",
    "light": "lm 1 lumen 1 流明 1",
    "money": "$ 1 € 1 £ 1 ¥ 1 元 1 块 1 欧元 1 英镑 1 美元 1 dollar 1 euro 1 pound 1 usd 1 eur 1 gbp 1 cny 1 人民币 1",
}.items():
    _cells = _table.split()
    for _name, _factor in zip(_cells[::2], _cells[1::2], strict=True):
        _UNITS[_name] = (_dimension, float(_factor))

_EN = {
    word: float(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
} | {w: float(10 * (i + 3)) for i, w in enumerate("thirty forty fifty sixty seventy eighty ninety".split())}
_EN |= {"hundred": 100.0, "thousand": 1000.0, "dozen": 12.0, "million": 1e6}
_HAN = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_HAN_SCALE = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_FRACTION = {"half": 50.0, "quarter": 25.0, "third": 100 / 3, "fifth": 20.0, "tenth": 10.0}

_WORDS_EN = "|".join(sorted((w for w in _EN if w not in ("zero", "one")), key=len, reverse=True))
_UNIT_EN = "|".join(
    sorted((re.escape(u) for u in _UNITS if u.isascii() and u not in ("$", "%", "in")), key=len, reverse=True)
)
_UNIT_WORD = "|".join(u for u in _UNIT_EN.split("|") if len(u) > 3)
# "7-in-1" and "two in the box" are no inches.
_INCH = r"in(?![\s-]*[\w])"
_UNIT_ZH = "|".join(sorted((u for u in _UNITS if re.match(r"[\u3400-\u9fff]", u)), key=len, reverse=True))
_PLURAL = r"(?:s|es)?"
_DIGITS = r"(?<![A-Za-z\d.])(?<![A-Za-z]-)\d+(?:,\d{3})*(?:\.\d+)?"
_AMOUNT = re.compile(
    rf"(?P<sign>[$€£¥])?\s?(?P<num>{_DIGITS})(?P<power>万|千)?"
    rf"(?:[\s-]?(?P<unit>%|°C|℃|°|(?:per[\s-]?cent|(?:{_UNIT_EN}){_PLURAL}|{_INCH})(?![A-Za-z²³])|个?(?:{_UNIT_ZH})))?"
    r"(?P<half>半| and a half)?",
    re.I,
)
_SPELLED = re.compile(
    rf"\b(?P<num>(?:(?:{_WORDS_EN}|a hundred|one hundred|a dozen|a thousand)"
    rf"(?:[\s-]+(?:and\s+)?(?={_WORDS_EN}\b))?)+)\b"
    rf"(?P<frac> and a half)?(?:[\s-]+(?P<unit>(?:per[\s-]?cent|{_UNIT_WORD}){_PLURAL})(?![A-Za-z]))?",
    re.I,
)
_AND_A_HALF = re.compile(rf"\b(?:a|an|one)\s+(?P<unit>{_UNIT_EN}){_PLURAL}?\s+and\s+a\s+half\b", re.I)
_PART_OFF = re.compile(
    r"\b(?:a |one[- ])?(?P<num>half|quarter|third|fifth|tenth)\b(?=[\s-]+(?:price|off|cheaper|less|below))", re.I
)
_SPELLED_ZH = re.compile(
    rf"(?P<num>(?:百分之)?[零一二两三四五六七八九十百千万]+)(?P<half>个半)?(?:个?(?P<unit>{_UNIT_ZH}))?(?P<after>半)?"
)
_ZHE = re.compile(r"(?P<num>\d(?:\.\d)?|[一二三四五六七八九])折(?![叠起平成回伞页收设])")
_CLASSIFIERS = frozenset(
    "个件双条张把台只份套种次款样本位支块部辆顶盏层格档瓶盒包袋片颗粒根节圈页键音色孔齿号口人杯碗盘组对面步侧段挡级速米寸枚副叶轴核爪课章股联支瓣"
)
_TERM = re.compile(r"(?:质保|保修|续航|保质期?|可用|长达|使用)\s*$")
_JOINT = re.compile(r"^\s*(?:[x×*–~/,、-]|to|至|到|and|or|或|和|by)\s*$", re.I)


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount at ``[start, end)``. ``value`` is in the base unit of ``dimension``; counts have no dimension."""

    value: float
    dimension: str
    start: int
    end: int

    def equals(self, other: Quantity) -> bool:
        """Whether both state the same, up to the rounding of a unit's conversion."""
        return self.dimension == other.dimension and near(self.value, other.value)


def near(a: float, b: float) -> bool:
    """Whether two amounts are one, but for rounding."""
    return abs(a - b) <= 0.006 * max(abs(a), abs(b))


def quantities(text: str) -> list[Quantity]:
    """The amounts of a text in their order; in a range or a product of sizes the last unit holds for all."""
    found: list[tuple[float, str, int, int]] = []

    def add(value: float, unit: str, start: int, end: int) -> None:
        start += len(text[start:end]) - len(text[start:end].lstrip())
        if not any(a < end and start < b for _, _, a, b in found):
            found.append((value, unit, start, end))

    for m in _ZHE.finditer(text):
        tenths = float(_HAN.get(m["num"], 0) or m["num"])
        add(100 - 10 * tenths, "%", m.start(), m.end())
    for m in _AMOUNT.finditer(text):
        value = float(m["num"].replace(",", "")) * {"万": 1e4, "千": 1e3}.get(m["power"] or "", 1.0)
        half = 0.5 if m["half"] and (m["unit"] or "and" in m["half"]) else 0.0
        add(value + half, m["unit"] or m["sign"] or "", m.start(), m.end())
    for m in _PART_OFF.finditer(text):
        add(_FRACTION[m["num"].lower()], "%", m.start(), m.end())
    for m in _AND_A_HALF.finditer(text):
        add(1.5, m["unit"], m.start(), m.end())
    for m in _SPELLED.finditer(text):
        add(_english(m["num"]) + (0.5 if m["frac"] else 0.0), m["unit"] or "", m.start(), m.end())
    for m in _SPELLED_ZH.finditer(text):
        number = m["num"]
        if number.startswith("百分之"):
            add(_chinese(number[3:]), "%", m.start(), m.end())
        elif _counts(text, m):
            half = 0.5 if m["half"] or (m["after"] and m["unit"]) else 0.0
            add(_chinese(number) + half, m["unit"] or "", m.start(), m.end())
    return _with_shared_units(text, sorted(found, key=lambda one: one[2]))


def _counts(text: str, m: re.Match[str]) -> bool:
    """Whether Han numerals count something: 十二支 and 质保一年 do, 四季, 万一 and 用上一天 do not."""
    number = m["num"]
    if m["half"] or (m["unit"] and number != "一"):
        return True
    if number == "一":
        timed = m["unit"] and _UNITS.get(m["unit"], ("", 0.0))[0] == "time"
        return bool(m["unit"]) and m["unit"] not in "成块度" and (not timed or bool(_TERM.search(text[: m.start()])))
    if number in ("万一", "千万"):
        return False
    return len(number) > 1 or text[m.end() : m.end() + 1] in _CLASSIFIERS


def _with_shared_units(text: str, found: list[tuple[float, str, int, int]]) -> list[Quantity]:
    """ "4–14 mm": the unit of the last amount is that of the ones it is joined to."""
    out: list[Quantity] = []
    shared, begins = "", 0
    for value, unit, start, end in reversed(found):
        if not unit and out and _JOINT.match(text[end:begins]):
            unit = shared
        dimension, factor = unit_of(unit)
        out.append(Quantity(value * factor, dimension, start, end))
        shared, begins = unit, start
    return out[::-1]


def unit_of(text: str) -> tuple[str, float]:
    """``(dimension, factor to its base)`` of a unit as it is written; no dimension for what is none."""
    name = text.lower().strip().lstrip("个") if text not in ("个月",) else text
    for form in (text.lower().strip(), name, name.rstrip("s"), name.removesuffix("es")):
        if form in _UNITS:
            return _UNITS[form]
    return ("percent", 1.0) if re.fullmatch(r"per[\s-]?cents?", name) else ("", 1.0)


def _english(text: str) -> float:
    total, current = 0.0, 0.0
    for word in re.findall(r"[a-z]+", text.lower()):
        value = _EN.get(word)
        if value is None:
            current = max(current, 1.0) if word == "a" else current
        elif value >= 100 or word == "dozen":
            current = max(current, 1.0) * value
        else:
            current += value
    return total + current


def _chinese(text: str) -> float:
    total, current = 0.0, 0.0
    for c in text:
        if c in _HAN_SCALE:
            scale = _HAN_SCALE[c]
            if scale == 10000:
                total = (total + current) * scale
            else:
                total += (current or 1.0) * scale
            current = 0.0
        else:
            current = current * 10 + _HAN[c] if current and not total else float(_HAN[c])
    return total + current
