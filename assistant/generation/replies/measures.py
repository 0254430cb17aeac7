"""Which kind of measure a question is for, and whether a value or a clause is one: mass, length, time, volume, noise, count.

Knows units and number words of both languages. Does not know records.
"""  # noqa: E501

from __future__ import annotations

import re

from assistant.generation.replies.questions import Query
from assistant.generation.replies.wording import has_han
from assistant.lexicon import fold

DIMENSIONS = {
    "mass": r"(?:kg|g|mg|lbs?|oz|ounces?|pounds?|grams?|kilograms?|kilos?|公斤|千克|克|斤|磅)",
    "length": r"(?:mm|cm|m|km|inch(?:es)?|in|ft|feet|metres?|meters?|centimet\w+|millimet\w+|\"|″|厘米|毫米|米|公里|英寸|寸|尺)",  # noqa: E501
    "duration": r"(?:h|hrs?|hours?|min|mins|minutes?|s|sec|seconds?|days?|weeks?|months?|years?|nights?|小时|分钟|秒"
    r"|天|周|个月|月|年|晚)",
    "volume": r"(?:l|ml|cl|litres?|liters?|cups?|fl oz|oz|qt|gal\w*|升|毫升|杯)",
    "noise": r"(?:db|decibels?|分贝)",
}
CLASSIFIER = re.compile(r"(?:几|多少)([个把件支只条片块本双包颗张节粒台套根枚层档种瓶袋盒页组位口])")
COUNT = (
    r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|dozen|pair|single"
    r"|double|dual|[一二三四五六七八九十两双单])"
)
_NUMBER = re.compile(rf"(?<![\w.]){COUNT}|[一二三四五六七八九十两双单]")
_OTHER_UNIT = re.compile(
    r"\d\s*(?:w|kw|v|a|mah|wh|hz|khz|gb|tb|mp|rpm|lm|fps|毫安|dpi|hrc|gbps|mb/s|bar|pa|kpa|°\s?[cf]?|%|k|瓦|伏|赫兹|转|流明|度)"
    r"(?![a-z])"
)
_WAYS = {
    "height": (re.compile(r"\bhow (?:tall|high)\b|\bheight\b|多高|高度"), re.compile(r"\bheight\b|高")),
    "width": (re.compile(r"\bhow wide\b|\bwidth\b|多宽|宽度"), re.compile(r"\bwidth\b|宽")),
    "depth": (re.compile(r"\bhow deep\b|\bdepth\b|多深|深度"), re.compile(r"\bdepth\b|深")),
    "thickness": (re.compile(r"\bhow th(?:ick|in)\b|\bthickness\b|多厚|厚度"), re.compile(r"\bthickness\b|厚")),
    "length": (re.compile(r"\bhow long (?:is|are)\b|\blength\b|多长|长度"), re.compile(r"\blength\b|长")),
    "diameter": (re.compile(r"\bdiameter\b|直径|口径"), re.compile(r"\bdiameter\b|径")),
}
_NAMES = {
    "length": re.compile(
        r"\b(?:length|height|width|depth|thickness|diameter|size|dimensions|footprint|pile|range|distance|inseam|rise)$"
        r"|[长高宽深厚径寸]|尺码|大小|距离"
    ),
    "mass": re.compile(r"\b(?:weight|load|mass)\b|重"),
    "duration": re.compile(
        r"\b(?:time|life|runtime|duration|hours?|minutes?|days?|warranty|age)\b|时|期|久|保|龄|续航"
    ),
}
# Aspects whose value is a measure of one kind.
OF_KIND = {
    "weight": "mass", "height": "length", "length": "length", "width": "length", "depth": "length", "diameter": "length",  # noqa: E501
    "thickness": "length", "dimensions": "size", "max_load": "mass", "lasting": "duration", "noise": "noise",
}  # fmt: skip


def measured(kind: str, key: str, value: object, query: Query) -> bool:
    """Whether an attribute's value can be a measure of that kind; a bare number can be any."""
    said = fold(str(value))
    if isinstance(value, bool):
        return False
    name = fold(re.sub(r"[_-]+", " ", key))
    if kind in ("length", "size") and other_way(query.text, name):
        return False
    if kind == "size":
        return any(measured(k, key, value, query) for k in kinds_of(kind))
    if kind == "count":
        return bool(re.search(r"\d|[一二三四五六七八九十两双]", said) or _NUMBER.search(said))
    if kind in ("mass", "length", "duration", "volume") and not re.search(r"[\d一二三四五六七八九十两半]", said):
        return False
    units = [name for name, unit in DIMENSIONS.items() if re.search(rf"\d\s*-?\s*{unit}(?![a-z])", said)]
    if not units:
        bare = fold(re.sub(r"[_-]+", " ", key)).split()
        in_key = [name for name, unit in DIMENSIONS.items() if bare and re.fullmatch(unit, bare[-1])]
        units = in_key if len(bare) > 1 else []
    if query.measure == "size" and re.fullmatch(r"\d{3,}\s*[x×]\s*\d{3,}", said):
        return False
    if query.measure == "size" and not units:
        # How big a memory or a battery is (内存多大) is told in units of its own.
        return bool(re.search(r"\d", said)) or kind == "length"
    if units or _OTHER_UNIT.search(said):
        return kind in units
    # Without a unit the name must say what is measured: "drawers: 4" is no depth, "heel type: block" no height.
    return bool(_NAMES[kind].search(name)) if kind in _NAMES else bool(re.search(r"\d", said)) or kind == "noise"


_RIVALS = {
    "mass": re.compile(
        r"\b(?:load|loads|hold|holds|carr\w+|support\w*|bear\w*|limit|capacity|user|rider|child|person|dog|cat|max\w*"
        r"|up to"
        r"|heads?|people)\b|承|载|限|最大|适合|体重"
    ),
    "duration": re.compile(r"\b(?:warrant\w+|guarantee\w*|deliver\w+|return\w*)\b|质保|保修|退换|发货"),
}

# How long something runs on a charge is not how long it takes one.
_ON_A_CHARGE = re.compile(
    r"\b(?:on|per|with|from|between) (?:(?:a|one|each|every|the|single|full) )*charges?\b|\bfully charged\b"
    r"|充满(?:一次)?电?[能可]?[用续跑吹播]|充一次电?[能可]?[用续跑吹播]|一次充电[能可]?[用续跑吹播]"
)
_CHARGING = re.compile(r"\bcharging\b|\bcharge[- ]time\b|\brecharg\w*|充电(?!一次)")


def rival(kind: str, asked: str, told: str) -> bool:
    """Whether a text tells another measure of a kind than is asked: what a thing carries is not what it weighs."""
    if kind == "duration" and _ON_A_CHARGE.search(asked) and _CHARGING.search(told):
        return True
    pattern = _RIVALS.get(kind)
    rivals = {m.group() for m in pattern.finditer(told)} if pattern else set()
    return bool(rivals) and not (pattern and pattern.search(asked))


def lasts(key: str, value: object) -> bool:
    """Whether an attribute says how long something lasts, which answers no question for what it is."""
    timed = re.search(rf"\d\s*{DIMENSIONS['duration']}(?![a-z])", fold(str(value)))
    return bool(timed and _NAMES["duration"].search(fold(key.replace("_", " "))))


def other_way(asked: str, name: str) -> bool:
    """Whether a name is that of another dimension than the one asked for (a seat's height for its width)."""
    wanted = {d for d, (question, _) in _WAYS.items() if question.search(asked)}
    has = {d for d, (_, told) in _WAYS.items() if told.search(name)}
    if "width" in wanted:
        wanted.add("diameter")
    if "thickness" in wanted and re.search(r"\bsize\b", name):
        return True
    return bool(wanted and has and not wanted & has)


def counted(text: str, span: tuple[int, int]) -> bool:
    """Whether a number stands just before what is counted."""
    before = text[max(0, span[0] - 24) : span[0]]
    if has_han(text):
        return bool(re.search(r"[\d一二三四五六七八九十两双]\s*[\u3400-\u9fff]{0,3}$", before)) or bool(
            re.match(r"[\d一二三四五六七八九十两]", text[span[1] :])
        )
    return bool(re.search(rf"\b{COUNT}[\s-]+(?:[\w-]+\s+){{0,2}}$", before))


def kinds_of(kind: str) -> tuple[str, ...]:
    """The kinds of measure that answer a question for one; how big a thing is, a length says or a volume."""
    return ("length", "volume") if kind == "size" else (kind,)
