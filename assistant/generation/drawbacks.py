"""Which statements of a record speak against a product.

Knows turns of phrase in English and Chinese. Made for precision: a good thing that is introduced with "note that" reads
worse than a drawback that is told as a plain fact.
"""

from __future__ import annotations

import re

_HAN = re.compile(r"[\u3400-\u9fff]")
_AGAINST = re.compile(
    "|".join(
        (
            r"\bnot (?!only\b|greasy|sticky|slippery|itchy)\w",
            r"\b(?:cannot|can't|doesn't|does not|will not|do not)\b",
            r"\b(?:sold|bought) separately|\b(?:is|are) extra\b|not included|\bnone included",
            r"\b(?:needs?|requires?) (?!no\b|only\b|just\b)\w|\bmust\b|\bmay (?!also\b)\w",
            r"\b(?:no|without an?) (?:charger|cable|batter|adapter|case|cover|lid|bag|pocket|zip|hood|back\b|backrest|"
            r"armrest|arch|stand|filter|lining|padding|support|speaker|headphone|camera|number|club|pedal|instructions)",
            r"\b(?:stiff|loud|noisy|hums|humming|bumpy|bulky|fragile|audible|muted|drying|heavier)\b",
            r"\b(?:rather|a bit|a little|slightly|too) "
            r"(?:small|large|big|short|long|tight|heavy|stiff|loud|thin|narrow|sharp|slow)",
            r"\b(?:slight|strong|chemical|rubbery|medicinal) (?:smell|odou?r|perfume)",
            r"\b(?:sounds?|is|are|thin) thin\b|^thin for\b|\bruns? (?:slightly )?(?:small|large|narrow|hot)",
            r"\bslow (?:to|on|with|charg)|\bheavy (?:when|to|for)\b|\bshort (?:for|cord|cable)\b",
            r"\b(?:fades?|stains?|squeaks?|sheds?|clogs?|tangles|wrinkles|rustles|shrinks?|shrinkage|dents?|creases?)\b",
            r"\bshows? (?:marks|scratches|dust|fingerprints)|\bscratches (?:show|easily)|\bwears? (?:out|off)",
            r"\b(?:hand wash|spot clean|cold drinks|surface wash) only|\bonly (?:for|on|with|one)\b|\bfor \w+ only",
            r"\bgets? (?:warm|hot)\b|: no$",
        )
    ),
    re.I,
)
_HARMLESS = re.compile(
    r"\b(?:do(?:es)?n't|do(?:es)? not|won't|will not|never|without|not) (?:ever )?"
    r"(?:slip|leak|scratch|tip|wobble|pinch|stick|fade|rust|spill|shed|tangle|drill|itch|dig|clog|squeak|shrink|stain|pop|roll|cling|pill)"
    r"|\bnon[- ]|-free\b|\bneeds? no\b|\bmay (?:be )?(?:go|wash|dishwash|machine|tumble)",
    re.I,
)
_AGAINST_ZH = re.compile(
    "|".join(
        (
            r"不(?:能|可(?!或缺)|带|附|支持|适合|防水|建议|宜|配|含(?:电|充|支|灯|渔)|便|耐|稳|明显|够|太|易(?:清|洗|干|收))",
            r"无法|没有(?!电线|广告|花哨|违和|刺|异味|噪|味|反光|频闪|压|杂|烟|声)|无(?!线|需|缝|刷|毒|异味|味|痕|声|糖|油|忧|损|绳|级|感|磷|荧|添加|残留|死角)\S|未附|未含",
            r"需(?!求)|只能|仅(?:限|能|支持|适)|勿|忌|另购|另配|另售|自备",
            r"[偏较略](?!好|佳|快|轻|多|全|新)\S|有点|稍[微有]?[小大紧硬软薄厚重短长窄响]",
            r"容易(?!清|拆|上手|穿|装|收)|可能|轻微|噪音大|声音[较偏]?大|嗡|吱|异味|刮花|起毛|掉色|缩水|卡顿|发热|下滑",
            r"一般[。，；]?$|看不清|[：:]否$",
        )
    )
)
_HARMLESS_ZH = re.compile(
    r"无需|无捻|不需|不容易|不缩水|不往|不明显|不嗡|没有.{0,4}(?:门槛|成本|视差)|不必|不用|不(?:锈|粘|沾|漏|伤|占|勒|掉|滑|怕|刺|起球|变形|褪|仅|但|卡|晃|夹|闷|影响|大[。，；]?$|重[。，；]?$)"
)


def is_drawback(text: str) -> bool:
    """Whether a clause or a phrased attribute, English or Chinese, says what a shopper may mind."""
    against, harmless = (_AGAINST_ZH, _HARMLESS_ZH) if _HAN.search(text) else (_AGAINST, _HARMLESS)
    return bool(against.search(text)) and not harmless.search(text)
