"""Positions the shopper points at: "the second one", "1 or 3", 前两个, 3号和5号, 倒数第二个.

Counts from 1; the last is -1. Knows nothing of what was shown: whether a position exists is the dialogue's question.
"""

from __future__ import annotations

import re

from assistant.understanding.parsing.draft import BREAK, GAP, Draft, compiled
from assistant.understanding.parsing.numbers import parse_han

_ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 1
    )
} | {"last": -1, "final": -1, "penultimate": -2, "forth": 4}
_CARDINALS = {
    word: value for value, word in enumerate("one two three four five six seven eight nine ten".split(), 1)
} | {"couple": 2}
_ORD = (
    r"(?:second[ -](?:to[ -])?last|next to last|first|second|third|fourth|forth|fifth|sixth|seventh"
    r"|eighth|ninth|tenth|eleventh|twelfth|last|final|penultimate|\d{1,2}(?:st|nd|rd|th))"
)
# Places on the screen that are positions too.
_PLACES = {"top": 1, "topmost": 1, "leftmost": 1, "bottom": -1, "bottommost": -1, "rightmost": -1, "very last": -1}
_PLACED = compiled(
    r"\b(?:the|that|your) (?:very )?(?P<place>top|bottom|topmost|bottommost|leftmost|rightmost) (?:one|result|item"
    r"|option"
    r"|product|listing|pick|suggestion|choice|pair|entry)\b"
)
_NUM = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
# After an ordinal these words name a time, a part or an order, never a card on the screen.
_NO_CARD = (
    r"(?:time|times|floors?|order|orders|day|days|week|weekend|month|year|night|name|class|aid|hand"
    r"|of all|party|generation|gen|impression|choice of|thing|place|"
    r"birthday|baby|home|date|grade|degree|edition|person|purchase|delivery|payment|instal(?:l)?ment"
    r"|customers?|half|quarter|step|steps|line|christmas|thought|thoughts|"
    r"opinion|chance|minute|resort|call|call|word|question|apartment|house|car|job|trip|try|season"
    r"|round|world|parcel|package|email|message|visit|anniversary|wedding|"
    r"summer|winter|spring|autumn|fall|monday|tuesday|wednesday|thursday|friday|saturday|sunday|jan"
    r"|feb|mar|apr|may|june|july|aug|sep|oct|nov|dec|january|february|march|"
    r"april|august|september|october|november|december|hour|address|attempt|request|refund|return"
    r"|ticket|complaint|account|card|invoice|bill|charge|few|bit|i|we|long|forever|all|"
    r"me|us|through|in line|mile|base|responders?|lady|officer|gear)\b"
)
_THE = r"(?:\b(?:the|that|this|your|my|its)\s+)"
_COUNTED = compiled(
    rf"\b{_THE}?(?:very )?(?P<end>first|top|last|bottom|final) (?P<n>two|three|four|five|couple|2|3|4"
    rf"|5)\b(?! (?:weeks?|days?|months?|years?|hours?|times?|nights?|orders?|minutes?|customers?"
    rf"|letters?|digits?))(?: of (?:them|these|those)| ones?| items?| products?| options?)?"
)
_ORD_ITEM = rf"(?:{_THE}?(?:very )?{_ORD}(?! {_NO_CARD})(?!-hand| hand|ly))"
_ORD_ONE = (
    r"(?: (?:one|ones|item|product|option|model|pick|choice|card|listing|result|suggestion|pair|set"
    r"|piece|entry|link|photo|recommendation|version))?"
)
_LIST = compiled(
    rf"\b{_ORD_ITEM}{_ORD_ONE}(?:\s*(?:,|or|and|&|vs\.?|versus|with|to|than|nor)\s*(?:and |or "
    rf"|from )?{_ORD_ITEM}{_ORD_ONE}){{0,4}}"
)
_ORD_FIND = compiled(rf"(?<![a-z0-9]){_ORD}(?![a-z])")
_ONE_AFTER = compiled(
    rf"(?<![a-z0-9])(?P<ord>{_ORD})(?:\s(?:one|item|product|option|pick|choice|suggestion|result"
    rf"|listing|pair)\b|\s*(?:,|or|and|&|vs\.?|versus)\s*{_THE}?{_ORD}\b)"
)
_NUMBERED = compiled(
    rf"(?<![a-z])(?:(?:the\s+)?(?:numbers?|no\.|nr\.?|options?|items?|products?|picks?|choices?"
    rf"|results?|suggestions?)\s*#?\s*|#\s?)(?P<n>{_NUM})(?![\w.-]|\s*(?:%|items?|products?|people))"
    rf"(?P<more>(?:\s*(?:,|or|and|&|vs\.?|versus|with|to|than|against)\s*(?:and "
    rf"|or )?(?:the )?(?:numbers?|no\.?|option|item|product|#)?\s*#?{_NUM}(?![\w.%-]))*)"
)
_ORDERED_NUMBER = compiled(
    r"(?:order|phone|tracking|invoice|account|card|serial|reference|model|parcel|telephone|mobile"
    r"|customer|ticket|size|part|whats?app)\s*\Z"
)
_MEASURES = (
    "inch|people|persons?|days?|weeks?|months?|years?|hours?|gb|tb|of|pairs?|pieces?|pcs|kg|dollars?|euros?|bucks"
    "|stars?|"
    "times|more|items|things"
)
_PAIR = compiled(
    rf"(?<![\w.,$€£¥-])(?P<first>{_NUM})(?P<more>(?:\s*,\s*{_NUM})*\s*,?\s*(?:or|and|&|vs\.?|versus"
    rf"|against|with|than)\s*{_NUM})(?![\w.%-]"
    rf"|\s*(?:{_MEASURES})\b)"
)
_THAN = compiled(
    r"(?<![\w.,$€£¥-])(?P<a>[1-9])\s+[a-z' ]{2,40}?\b(?:than|as|to|from|or|with)\s+(?:number |no\.? "
    r"|#)?(?P<b>[1-9])(?![\w.%-])"
)
# "the last one was rubbish": one owned before, not one shown.
_FORMER = compiled(
    r"\s*(?:was|were|broke|died|leaked|lasted|fell|tore|snapped|cracked|rusted|shrank|melted|burned|burnt|didn't"
    r"|did not"
    r"|wasn't|had|got|gave|ended|turned|kept|never|stopped|bit the|(?:i|we|he|she|they|my \w+|you) (?:had|bought|got"
    r"|ordered"
    r"|owned|used|broke|lost|tried|sent|sold))\b"
)
_PICK = compiled(
    r"\b(?:(?:i'll|i will|we'll|let's|i'd) (?:take|go (?:with|for)|have|pick|get|choose)|(?:choose"
    r"|pick|tell me (?:more )?about|how about|what about|go with|compare|is|does|can|show me"
    r"|details? (?:on|of|for)) )\s*#?(?P<n>\d)(?=\s*(?:\Z|[.!?,]|please\b|then\b|(?:is|be|come|have"
    r"|fit|work|support|and|with|to)\b))"
)
_ALONE = compiled(
    r"(?:(?:no|ok|okay|sorry|my bad|oops|i meant?|i mean|wait|then|so|and|well|hm+|yes|actually"
    r"|rather)[\s,.!:-]+)*(?:number |no\.? |#)?(?P<n>\d)[\s.!?]*(?:please)?[\s.!]*\Z"
)
_OTHER_LAST = compiled(r"\b(?:the )?(?:very )?last (?:of (?:them|these|those)|in the list|on the list)\b")

_ZH_NUM = r"(?:\d{1,2}|[一二三四五六七八九两]?十[一二三四五六七八九]?|[一二三四五六七八九两])"
_MEASURE = (
    "个款件双条台只张把支本套瓶盒袋包块顶部辆副根跟颗罐桶箱架枚片对幅盏座床面束朵口杯捆卷份种样号位排项家间株棵封匹"
)
_NOT_REF_ZH = r"(?!次|天|名|时间|代|方|步|季|批|期|页|年|月|周|眼|次|人|手|反应|印象|感觉|节|集|章|层|楼|届|胎|单|笔)"
_ITEM_ZH = (
    rf"(?P<back>倒数|倒着)?第(?P<n>{_ZH_NUM}){_NOT_REF_ZH}(?:[{_MEASURE}](?!人称)"
    rf"|(?=[\s,、和跟与还或.!?]|\Z|比|呢|那|加|放|都|哪|谁|更|支持))"
)
_ZH_ITEM = compiled(_ITEM_ZH)
_ZH_JOINED = compiled(rf"第(?P<first>{_ZH_NUM})(?P<more>(?:\s*[、,和跟与或]\s*第?{_ZH_NUM})+)[{_MEASURE}]")
_ZH_FIRST = compiled(
    rf"(?:头一|打头的?(?:那|这)?|最(?:前|上)面的?(?:那|这)?一?|最开头的?(?:那|这)?一?|排在?第一(?:位)?的?(?:那|这)?)[{_MEASURE}]"
)
_ZH_LAST = compiled(
    rf"(?:最后|最末|末尾|最下面|最底下)(?:的|那|这)?(?:一|1)?(?:那|这)?[{_MEASURE}](?!月|星期|小时"
    rf"|问题)|最后(?:那|一)(?:个|款)?"
)
_ZH_COUNTED = compiled(
    rf"(?P<end>前面?|头|开头|后面?|最后|末尾|最前面?|上面前)(?:那|这)?的?(?P<n>[两二三四五2345])(?:那"
    rf"|这)?(?:[{_MEASURE}]|者)(?!月|星期|小时|礼拜)"
)
_ZH_NUMBER = compiled(
    rf"(?<![\w.第大小])(?P<n>{_ZH_NUM})\s?号(?!码|线|电池|楼|店|前|后|到|之|发|下|上午|晚|以|的?时候"
    rf"|[字机])(?:款|商品|产品|那)?"
)
_ZH_PAIR = compiled(
    r"(?<![\w.])(?P<first>[1-9])\s*(?:和|跟|与|还是|或者?|、|vs"
    r"|对比)\s*(?P<second>[1-9])(?![\w.寸码块元折年月天个件条双万千百kg人岁%])"
)
_ZH_DAY = compiled(r"(?:月|几)\s*\Z")


def read_references(draft: Draft, *, strict: bool = False, pairs: bool = False) -> tuple[int, ...]:
    """The positions pointed at, in the order said; strikes what it read.

    Args:
        draft: the message.
        strict: only the forms that cannot mean anything else ("the third one", "number 4", 第三款).
        pairs: also bare numbers ("1 or 3"), for messages that weigh or pick shown products.
    """
    found: list[tuple[int, int]] = []

    def point(match: re.Match[str], *positions: int, mark: str = BREAK) -> None:
        found.extend((match.start() + i, position) for i, position in enumerate(positions))
        draft.strike(match.start(), match.end(), mark)

    for match in _COUNTED.finditer(draft.left):
        if strict and match["end"] == "top":
            continue
        count = _CARDINALS.get(match["n"]) or int(match["n"])
        back = match["end"] in ("last", "final", "bottom")
        point(match, *(range(-count, 0) if back else range(1, count + 1)))
    for match in _ZH_COUNTED.finditer(draft.left):
        count = int(match["n"]) if match["n"].isdigit() else int((parse_han(match["n"]) or (2, 2))[0])
        point(match, *(range(-count, 0) if match["end"] in ("后", "后面", "最后", "末尾") else range(1, count + 1)))
    for match in _PLACED.finditer(draft.left):
        point(match, _PLACES[match["place"]])
    for match in _OTHER_LAST.finditer(draft.left):
        point(match, -1)
    for match in (_ONE_AFTER if strict else _LIST).finditer(draft.left):
        if strict and _FORMER.match(draft.left, match.end()):
            continue
        words = [m.group() for m in _ORD_FIND.finditer(match.group())]
        positions = [_ordinal(word) for word in words]
        if not strict and not _points(draft.left, match):
            continue
        point(match, *positions, mark=GAP if strict else BREAK)
    for match in _NUMBERED.finditer(draft.left):
        if _ORDERED_NUMBER.search(draft.left[max(0, match.start() - 12) : match.start()]):
            continue
        rest = re.findall(rf"\b{_NUM}\b", match["more"])
        point(match, *(_cardinal(word) for word in (match["n"], *rest)))
    if not draft.left.isascii():
        for match in _ZH_JOINED.finditer(draft.left):
            rest = re.findall(_ZH_NUM, match["more"])
            point(match, *(_zh(word) for word in (match["first"], *rest)))
        for match in _ZH_ITEM.finditer(draft.left):
            point(match, -_zh(match["n"]) if match["back"] else _zh(match["n"]))
        for match in _ZH_FIRST.finditer(draft.left):
            point(match, 1)
        for match in _ZH_LAST.finditer(draft.left):
            point(match, -1)
        for match in _ZH_NUMBER.finditer(draft.left):
            # 5号 beside 电池 is a kind of battery.
            if not _ZH_DAY.search(draft.left[: match.start()][-3:]) and "电池" not in draft.low:
                point(match, _zh(match["n"]))
    if pairs:
        for match in _PAIR.finditer(draft.left):
            rest = re.findall(rf"\b{_NUM}\b", match["more"])
            point(match, *(_cardinal(word) for word in (match["first"], *rest)))
        for match in _ZH_PAIR.finditer(draft.left):
            point(match, int(match["first"]), int(match["second"]))
        for match in _THAN.finditer(draft.left):
            point(match, int(match["a"]), int(match["b"]))
        for pattern in (_PICK, _ALONE):
            for match in (
                pattern.finditer(draft.left) if pattern is _PICK else filter(None, [pattern.match(draft.left.lstrip())])
            ):
                if not found:
                    found.append((match.start(), int(match["n"])))
    return tuple(dict.fromkeys(position for _, position in sorted(found, key=lambda item: item[0])))


def _points(left: str, match: re.Match[str]) -> bool:
    """Whether an ordinal is a pointer: with "the", with "one", beside another, or alone at an end of the sentence."""
    text = match.group()
    if re.match(_THE, text) or re.search(r" (?:one|pair|item|product|option|model|pick|choice|set)\b", text):
        return not (text.strip() in ("the last", "last") and re.match(r" [a-z]+ (?:ago|i)\b", left[match.end() :]))
    if len(_ORD_FIND.findall(text)) > 1:
        return True
    return left[match.end() :].strip(" ?!.,") == "" and (
        left[: match.start()].strip(" ,.!") == "" or "last" not in text
    )


def _ordinal(word: str) -> int:
    word = word.strip()
    if word[0].isdigit():
        return int(re.match(r"\d+", word).group())  # type: ignore[union-attr]
    if word.endswith("last") and word != "last":
        return -2
    return _ORDINALS[word]


def _cardinal(word: str) -> int:
    return int(word) if word.isdigit() else _CARDINALS[word]


def _zh(word: str) -> int:
    if word.isdigit():
        return int(word)
    value = parse_han(word)
    return int(value[0]) if value else 0
