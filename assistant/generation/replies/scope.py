"""The circumstances to which a question ties a value: a setting, a size, with or without a part.

Knows one question and one text, and whether the text gives its value for the same. Does not know where the text stands,
nor which value is asked for.
"""

from __future__ import annotations

import itertools
import re

# What a question names, and what has to stand in the text then.
_SETTINGS = (
    (
        r"\b(?:on|at|in|under)\s+(?:the |its )?(?:full|max(?:imum)?|highest|high|top|boost|turbo|strong(?:est)?)\b"
        r"|满(?=电|载|负荷|功率)|最[亮高强大](?=档|挡|亮|模式|功率|音量)|[强高](?=档|挡)|强力",
        r"\b(?:full\w*|max\w*|high\w*|top|boost|turbo|strong\w*)\b|满|最[亮高强大]|[强高](?=档|挡)|强力|最长",
    ),
    (
        r"\b(?:on|at|in|under)\s+(?:the |its )?(?:low(?:est)?|min(?:imum)?|eco|night|sleep"
        r"|quiet(?:est)?|silent|standby)\b"
        r"|最[暗低弱小](?=档|挡|亮|模式|功率)|[弱低](?=档|挡)|睡眠模式|静音模式|待机",
        r"\b(?:low\w*|min\w*|eco|night|sleep|quiet\w*|silent|standby)\b|最[暗低弱小]|[弱低](?=档|挡)|睡眠|静音|待机",
    ),
    (r"\b(?:empty|unladen|unloaded)\b|空(?=杯|瓶|箱|载|的)", r"\b(?:empty|unladen|unloaded)\b|空"),
    (r"\b(?:folded|packed)\b|折(?:叠|起)后?|收(?:纳|起)后", r"\bfold\w*|\bpack\w*|折|收"),
    (r"\b(?:unfolded|opened out|open)\b|展开|打开", r"\b(?:unfold\w*|open\w*|extended)\b|展开|打开"),
)
_LETTERS = r"x{0,3}s|m|x{0,3}l|[2-5]xl"
_SIZE = re.compile(rf"\b(?:the|in|size|an?)\s+(?:size\s+)?({_LETTERS})\b(?!\s*\d)|(?<![a-z])({_LETTERS})(?:[码号]|的)")
_ARTICLE = r"\s+(?:the |its |a |an )?([a-z]{3,})"
_WITHOUT = re.compile(rf"\b(?:without|w/o|excluding|not counting|no){_ARTICLE}|不[含带算装]([\u3400-\u9fff]{{1,4}})|裸")
_WITH = re.compile(rf"\b(?:with|including|plus){_ARTICLE}|(?<!不)[含带连加装上]着?([\u3400-\u9fff]{{1,4}})")
_ALONE = re.compile(r"\b(?:alone|by itself|on its own|separately|just the|only the)\b|单独|光是|单单|仅")
_TOGETHER = re.compile(
    r"\bwith\b|\b(?:whole|total|complete|altogether|everything)\b|加上|装上|连同|一共|总共|整[个套机]|全部"
)
_JOINED = re.compile(r"^\s*(?:[x×*~～–—/-]|to|and|or|by|至|到|或|和|、|\()\s*$")


def same_scope(question: str, told: str) -> bool:
    """Whether a folded text that gives a value gives it for the circumstances the folded question names."""
    if any(re.search(asked, question) and not re.search(given, told) for asked, given in _SETTINGS):
        return False
    size = _SIZE.search(question)
    if size and not re.search(rf"(?<![a-z\d])(?<!\d )(?:{size[1] or size[2]})(?![a-z])", told):
        return False
    lacking = {m[1] or m[2] or "" for m in _WITHOUT.finditer(told)}
    having = {m[1] or m[2] or "" for m in _WITH.finditer(question)}
    if any(a and b and (a.startswith(b) or b.startswith(a)) for a in lacking for b in having):
        return False
    if _ALONE.search(question) and _WITH.search(told):
        return False
    return bool(_WITHOUT.search(question)) or not (lacking and (having or _TOGETHER.search(question)))


def one_figure(text: str, unit: str) -> bool:
    """Whether a clause gives a single quantity of a unit, a range or edges that belong together counting as one."""
    found = list(re.finditer(rf"\d[\d.,]*\s*-?\s*{unit}(?![a-z])", text))
    return all(_JOINED.match(text[a.end() : b.start()]) for a, b in itertools.pairwise(found))
