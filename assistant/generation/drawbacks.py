"""Which statements of a record speak against a product."""

from __future__ import annotations

import re

_EN = re.compile(
    r"\b(?:not (?!only)(?:\w+)|cannot|can't|doesn't|does not|sold separately|separately|needs? (?!no\b)|requires?|stiff|loud|"
    r"noisy|hum(?:s|ming)|thin\b(?! and light)|narrow|bumpy|short (?:for|cord|cable)|rather|a bit|slightly|slow|smell|"
    r"fades?|stains?|squeaks?|scratch(?:es)? (?:show|easily)|tangles|bulky|too (?:small|large|big|short|long|tight)|hand wash only|"
    r"only (?:for|on|in|with|one|a)|for \w+ only|no (?!need|drill|tools?|assembl|added|glue|gluten|sugar|noise|slip|plastic)\w+|may |must|wears? out|"
    r"drying|firm side|runs? small|runs? large|heavier|audible|gets? (?:warm|hot)|clog|muted|fragile|: no)\b",
    re.I,
)
_EN_GOOD = re.compile(
    r"\b(?:does not|doesn't|won't|do not|without) (?:slip|leak|scratch|tip|wobble|pinch|stick|fade|rust|spill|shed|tangle|drill|itch|dig)|"
    r"\bnon-|-free\b|no drill|no screws|needs no\b",
    re.I,
)
_ZH = re.compile(
    r"(?:不(?!锈|粘|沾|漏|易|伤|占|勒|掉|滑|用|必|怕|含|刺|起球|变形|褪|仅|但|卡|晃|夹|闷)|无法|没有|不能|不可|不含电|不附|需要?(?!求)|偏[小大紧硬软薄厚重短长窄宽透甜咸]|较[小大硬薄厚重短窄高慢]|"
    r"只能|仅(?:限|能|支持|适)|容易(?!清|拆|上手|穿)|可能|略有|轻微|噪音大|声音大|嗡|吱|异味|气味|一般|勿|另购|另配|另售|自备|：否)"
)


def is_drawback(text: str) -> bool:
    """Whether a clause or a phrased attribute, English or Chinese, says what a shopper may mind."""
    if re.search(r"[\u3400-\u9fff]", text):
        return bool(_ZH.search(text))
    return bool(_EN.search(text)) and not _EN_GOOD.search(text)
