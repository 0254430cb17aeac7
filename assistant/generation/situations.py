"""Where a sentence tells the shopper's situation rather than the product: "if your cat bumps into everything, …".

Knows how such stretches begin and end in both languages, and how a sentence says right after that the product is what
was wished for. Knows no record and no request: whether the words are the shopper's own is for the reader to ask.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

__all__ = ["Situation", "grants", "situations"]


@dataclass(frozen=True, slots=True)
class Situation:
    """A stretch ``[start, end)`` about the shopper.

    ``plain``: only words that name no property may pass in it; ``suited``: it is said to suit the product, so that
    only people, places and occasions may.
    """

    start: int
    end: int
    plain: bool
    suited: bool = False


_MENTION_EN = re.compile(r"\b(?:it|its|this|these|they)\b", re.I)
_MENTION_ZH = re.compile(r"它|这[款把只张个件条双套支本台瓶罐盒袋包组辆盏块部]|该|本品|其(?!他|它|实)")
_PERSON = r"(?:you|your|you're|he|she|they|we|who|someone|somebody|people)"
#: A clause that supposes something: what stands in it holds of nobody yet.
_SUPPOSED_EN = re.compile(
    r"^\W*(?:if|when|whenever|while|before|after|until|should|unless)\b[^,;.:!?]*"
    rf"|^\W*(?:since|because|as|where|though|although)\b(?=[^,;.:!?]*\b{_PERSON}\b)[^,;.:!?]*"
    r"|^\W*(?:with|given|having)\b[^,;.:!?]*\bin mind\b"
    r"|^\W*as an? (?:[a-z]+ )?(?:gift|present)\b[^,;.:!?]*"
    r"|^\W*for\b[^,;.:!?]*(?=, (?:please )?(?:note|mind|be aware|keep in mind)\b)"
    r"|\bnote (?:for|to|with)\b[^,;.:!?]*?(?= that\b)"
    r"|\bwhich (?:matters|counts|is (?:good|worth|useful) to know|is worth knowing)\b[^,;.:!?]*"
    r"|^[^,;.:!?]*(?= should (?:know|note|mind)\b)"
    r"|\bif you\b[^,;.:!?]*",
    re.I,
)
_SETTING_EN = re.compile(r"^\W*(?:for|against|on|in|at|during|to|from|near|under|between)\b[^,;.:!?]*(?=,)", re.I)
#: Behind these nobody but the product is spoken of, although its name comes later.
_ABOUT_IT_EN = re.compile(r"^\W*(?:with|made|featuring|thanks|offering|in its|built|designed|crafted)\b", re.I)
_SUITED_EN = re.compile(
    r"\bsuits?\b(?P<what>(?:(?!\b(?:because|since|as|thanks|with|and|at|so|but|while|which)\b)[^,;.:!?])*)", re.I
)
_GRANTED_EN = re.compile(
    r"\b(?:just|exactly|precisely) (?:that|this|what|so)\b|\bwhat you (?:asked|want|need|wish)|\bfits the bill\b"
    r"|\bas (?:you )?(?:asked|wanted|wished|requested)\b|\byou get (?:it|that|this|just|both)\b"
    r"|\b(?:meets|grants|fulfils|fulfills|delivers|has it all|does that|is that)\b",
    re.I,
)
_CLAUSE_ZH = re.compile(r"[^，；。！？：,;!?]+")
#: What makes a Chinese clause one about the shopper: a wish, a worry, people, a time.
_SHOPPER_ZH = re.compile(
    r"的话|(?<!不)怕|(?<![理思])想|(?<![主重只需])要(?!注意|留意)|嫌|担心|在意|看重|喜欢|讲究|介意|针对|说到|至于|关于"
    r"|^论|(?<!可)爱|没空|没时间|没力|不太会|不会|送(?!货)|时$|时候$|常(?<!非常)(?<!日常)(?<!平常)|您|你|家里|家有"
    r"|妈|爸|奶奶|爷爷|外公|外婆|公公|婆婆|女儿|儿子|孩子|小朋友|宝宝|老人|长辈|老公|老婆|女友|男友|朋友|闺蜜"
    r"|同事|老师|老板|姐姐|妹妹|哥哥|弟弟|狗狗|小狗|大狗|老狗|猫咪|老猫|小猫|中学生|小学生|的人(?:$|要|可|请)"
)
#: A clause that closes like this only names whom a warning is for.
_HEED_ZH = re.compile(r"(?:的话)?[要请](?:先)?(?:注意|留意|知道)(?:这点|一点)?$|的话$")
#: A fitness that is argued for stands or falls with its reason.
_REASON = re.compile(r"because\b|since\b|，(?:因为|它有)")
_SUITED_ZH = re.compile(r"(?<!不)适合(?P<what>[^，；。！？：]+)")
_GRANTED_ZH = re.compile(
    r"正合|正好(?:合|满足|符合|是)|满足|符合|都有|就是您|就是你|正是|刚好(?:合|满足|符合|是)|如您|如你|做得到|不在话下|没问题|都做到"
)


def situations(text: str, names: Sequence[tuple[int, int]], *, chinese: bool) -> list[Situation]:
    """The stretches of a sentence that tell of the shopper.

    Args:
        text: the sentence.
        names: where the product is named in it.
        chinese: whether it is a Chinese sentence.
    """
    found = _chinese(text, names) if chinese else _english(text, names)
    states = grants(text)
    return [replace(s, plain=s.plain or states) for s in found if s.start < s.end]


def grants(text: str) -> bool:
    """Whether a sentence says that the wish is met, and so states what the wish says: "it is exactly that"."""
    return bool(_GRANTED_EN.search(text) or _GRANTED_ZH.search(text))


def _first(pattern: re.Pattern[str], text: str, names: Sequence[tuple[int, int]]) -> int:
    """Where the product is first spoken of; the length of the text where it is not."""
    m = pattern.search(text)
    return min([m.start() if m else len(text), *(start for start, _ in names)])


def _english(text: str, names: Sequence[tuple[int, int]]) -> list[Situation]:
    first = _first(_MENTION_EN, text, names)
    out = []
    for m in _SUPPOSED_EN.finditer(text):
        inside = [a for a, _ in names if m.start() <= a < m.end()]
        inside += [m.start() + n.start() for n in _MENTION_EN.finditer(m.group())]
        out.append(Situation(m.start(), min([m.end(), *inside]), False))
    if setting := _SETTING_EN.match(text):
        out.append(Situation(setting.start(), min(setting.end(), first), True))
    elif any(start == first for start, _ in names) and "," not in text[:first] and not _ABOUT_IT_EN.match(text):
        # "Dogs who like to curl up can use …": what stands before the name is not the product.
        out.append(Situation(0, first, True))
    out += [
        Situation(m.start("what"), m.end("what"), True, not _REASON.match(text, m.end()))
        for m in _SUITED_EN.finditer(text)
    ]
    return out


def _chinese(text: str, names: Sequence[tuple[int, int]]) -> list[Situation]:
    first = _first(_MENTION_ZH, text, names)
    out = []
    for number, m in enumerate(_CLAUSE_ZH.finditer(text)):
        start, end = m.start(), min(m.end(), first)
        marked = bool(_SHOPPER_ZH.search(text[start : max(start, end)].strip()))
        if start < first < len(text) or (first == len(text) and number == 0 and marked and m.end() < len(text) - 1):
            out.append(Situation(start, end, not marked))
        elif _HEED_ZH.search(m.group()) and not _spoken_of(text, m.start(), m.end(), names):
            out.append(Situation(m.start(), m.end(), False))
    out += [
        Situation(m.start("what"), m.end("what"), True, not _REASON.match(text, m.end()))
        for m in _SUITED_ZH.finditer(text)
    ]
    return out


def _spoken_of(text: str, start: int, end: int, names: Sequence[tuple[int, int]]) -> bool:
    return any(start <= a < end for a, _ in names) or bool(_MENTION_ZH.search(text, start, end))
