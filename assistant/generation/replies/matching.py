"""Where a text names what a question asks about, whatever the words: stems, Chinese forms, concepts, numbers.

Knows one term and one text. Does not know records, nor what follows from a match.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.generation.replies.questions import Term
from assistant.generation.replies.terms import stem
from assistant.generation.replies.wording import has_han
from assistant.lexicon import Lexicon, words


def meets(term: Term, text: str, lexicon: Lexicon) -> tuple[int, int] | None:
    """Where a folded text names a term, in any of its forms; ``None`` where it does not."""
    if term.number:
        for m in re.finditer(
            rf"(?<![\d.]){re.escape(term.number)}(?![\d]|\.\d)\s?-?\s?([a-z°%\"]+|[\u3400-\u9fff]+)?", text
        ):
            if not term.unit or not m[1] or _same_unit(term.unit, m[1]):
                return m.span()
        return None
    covered = [m.span() for word in term.shadows for m in re.finditer(re.escape(word), text)]
    for form in term.han:
        for m in re.finditer(re.escape(form), text):
            if not any(a <= m.start() and m.end() <= b for a, b in covered):
                return m.span()
    tokens = _tokens(text)
    for phrase in term.phrases:
        # Only the shopper's own word may be the end of a compound: goatskin is skin, a racetrack is no rack.
        if span := _run(phrase, tokens, compound=stem(term.word) == "".join(phrase)):
            return span
    if term.concepts:
        for mention in lexicon.mentions(text):
            if any(c.key in term.concepts for c in mention.concepts):
                return mention.start, mention.end
    return None


def _tokens(text: str) -> list[tuple[str, int, int]]:
    """The English words of a text as stems; what a hyphen joins also as one word."""
    out = [(stem(t), a, b) for t, a, b in words(text) if not has_han(t)]
    for m in re.finditer(r"[a-z]+(?:-[a-z]+)+", text):
        out.append((stem(m[0].replace("-", "")), m.start(), m.end()))
    return out


def _run(phrase: Sequence[str], tokens: Sequence[tuple[str, int, int]], *, compound: bool) -> tuple[int, int] | None:
    """Where the stems of a phrase stand near each other."""
    if not phrase:
        return None
    if len(phrase) == 1:
        wanted = phrase[0]
        for token, start, end in tokens:
            if token == wanted or (
                compound and len(wanted) >= 4 and len(token) > len(wanted) and token.endswith(wanted)
            ):
                return start, end
        return None
    joined = "".join(phrase)
    for i, (token, start, _) in enumerate(tokens):
        if token == joined:
            return start, tokens[i][2]
        if token in phrase:
            window = tokens[i : i + len(phrase) + 2]
            if all(any(t == p for t, _, _ in window) for p in phrase):
                return start, max(e for t, _, e in window if t in phrase)
    return None


_UNITS = (
    "inch inches in 英 寸 英寸", "cm 厘 厘米 centimetre", "mm 毫 毫米", "m metre metres meter meters 米", "kg 公 公斤 千克 kilo",  # noqa: E501
    "g 克 gram grams", "l 升 litre litres liter liters", "ml 毫升", "w watt watts 瓦", "v volt volts 伏", "h hour hours 小 小时",  # noqa: E501
    "min minute minutes 分 分钟", "day days 天", "month months 月 个月", "year years y 年 岁", "gb", "tb", "db", "mah", "kg",  # noqa: E501
    "degree degrees ° °c c 度 摄氏度", "people person 人", "lb lbs 磅",
)  # fmt: skip


def _same_unit(a: str, b: str) -> bool:
    """Whether two spellings of a unit are of the same; those not known only where they begin alike."""
    for row in _UNITS:
        forms = row.split()
        if a in forms:
            return b in forms or any(len(f) > 1 and b.startswith(f) for f in forms)
    return b.startswith(a) or a.startswith(b)


_PARTS = re.compile(
    r"^(?:lid|cover|handle|strap|buckle|button|zip|pocket|hood|sleeve|collar|lining|insole|sole|lace|heel|wheel"
    r"|castor|leg|"
    r"shelf|drawer|door|armrest|headrest|cushion|base|shade|bulb|cord|cable|charger|adapter|plug|battery|remote|blade|"
    r"filter|tank|nozzle|brush|case|pouch|box|manual|tool|screw|rack|stand|string|mirror|lock|hook|belt|lens|pearl|"
    r"model|powder|core|branch|brim|brush|backrest|cup|spoon|bag)e?s?$"
    r"|盖|手柄|把手|肩带|背带|扣|拉链|口袋|帽|袖|领|内衬|鞋垫|鞋底|鞋带|轮|腿|层板|抽屉|门|扶手|头枕|坐垫|底座|底板|灯罩|灯泡|电源线|充电|"
    r"遥控|刀片|滤芯|水箱|喷嘴|刷头|收纳|袋|礼盒|包装|说明书|支架|镜|锁|挂钩|腰带|镜头|尘盒|刀刃|杆|链"
)  # fmt: skip


def is_part(term: Term) -> bool:
    """Whether a term names a part that many products have."""
    return bool(_PARTS.search(term.word))
