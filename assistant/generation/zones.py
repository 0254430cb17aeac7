"""Stretches of a sentence that claim something whatever their words are, and words that always do.

Knows how a text says what a product is fit for, works with, does to one's health, where it comes from and who likes
it. Knows no record and decides nothing: inside such a stretch every word has to be in the record, outside of it only
the words that name a property of things.
"""

from __future__ import annotations

import re

__all__ = ["asserted", "is_telling", "praises", "sworn"]

# What is said behind these holds or does not hold: "fits any mixer", 兼容博世电池.
_FIT_EN = re.compile(
    r"\b(?:fits?(?!\s+(?:in|into|the bill|well|nicely|easily|neatly|right|a coat|your)\b)"
    r"|works? (?:with|on|in|as|for|left|right|from)\b|compatible with|runs? (?:on|from|off)\b"
    r"|suit(?:s|able|ed)?\b|safe\b"
    r"|(?:fine|good|happy|ideal|right|great|perfect|sized|made|meant|rated|approved|designed)"
    r" (?:for|in|on|to)\b|usable\b|submerge\w*|turned in\b|(?:hand)?made in\b|produced in\b"
    r"|comes? from\b|imported\b|built[- ]in\b"
    r"|(?:is|are) (?:only |just |also )?(?:for|aimed at)\b|supports?\b"
    r"|resists?\b|bonds?\b|handles (?!the|a|an|it)\b|runs on\b"
    r"|charges (?:by|from|over)\b|leave it out\b)",
    re.I,
)
_FIT_ZH = re.compile(
    r"适合|适用|兼容|支持|通用|适配|可配|也能|也可|还能|还可以|可放心|能用|可用|内置|自带|无需|原产|产自|产地|产于|制造|进口|适用|出版|出品"
)
_HEALTH_EN = re.compile(
    r"\b(?:reliev\w+|eas(?:es|ing) (?:pain|\w+ pain|stiff\w*|tension)"
    r"|cur(?:es?|ing)\b|heal(?:s|ing)?\b|treats?\b"
    r"(?= \w*(?:pain|acne|eczema|arthr|infect|ache|cough|cold|symptom|condition|injur|burn))"
    r"|prevent(?:s|ing)?\b|combat(?:s|ing)?\b|fight(?:s|ing)?\b|boost(?:s|ing)?\b|strengthen(?:s|ing)?\b"
    r"|improv(?:es?|ing)\b"
    r"|reduc(?:es?|ing)\b(?! by)|lower(?:s|ing)\b(?! (?:itself|the seat|and))"
    r"|stop(?:s|ping)?\b(?= \w+ (?:loss|growth|pain|aches?|itching))"
    r"|helps? (?:you|your|them|babies|children|kids|dogs|cats)? ?"
    r"(?:sleep|grow|focus|relax|concentrate|lose|recover|calm)"
    r"|(?:makes?|lets?) \w+ sleep"
    r"|protects? (?:your|the) (?:knees?|joints?|spine|back|heart|liver|eyes?|hearing|skin)\b"
    r"|promot(?:es?|ing)\b|detox\w*|slimming|anti-?(?:ag(?:e)?ing|inflammatory)|regenerat\w+"
    r"|whiten\w*|burns? fat|insomnia|migraines?|regrow\w*"
    r"|rejuvenat\w+|soothes? (?:pain|aches))",
    re.I,
)
_HEALTH_ZH = re.compile(
    r"缓解|治疗|治愈|预防|修复|消除|祛|美白|淡斑|淡化|提升|增强|改善|促进|降低|减轻|根治|助眠|安神|抗炎|消炎|杀菌|排毒|减肥|瘦身"
    r"|长高|增高|生发|防脱|护眼|养胃|补肾|降压|降糖|降脂|延缓|抗衰|焕发|练出|调理|强身|健脑|益智|睡得更"
    r"|变(?:白|瘦|嫩|年轻|紧致)|见效|告别(?:失眠|疼痛|痘|皱纹)|舒缓|助消化|消化|免疫|循环|酸痛|疼痛|止痛|明目|润肺|滋补|补钙|净化|除菌|除螨|驱蚊|安眠|睡眠|去除甲醛|抗菌|抑菌"
)
# Who likes it and who says so.
_LIKED_EN = re.compile(
    r"\b(?:top (?:pick|choice|seller)|best[- ]?sell\w*|sold (?:over|more)|favou?rites?\b"
    r"|(?:loved|trusted|recommended|chosen|preferred|"
    r"praised|used|endorsed|approved|acclaimed|rated) (?:by|worldwide)|popular\b|demand\b|choose it\b|award\w*|prize\b|"
    r"(?:star|five-star) rat\w+|rave\w*|famous\b|renowned|celebrit\w*|influencers?"
    r"|viral|reviewers?|reviews?\b|everyone'?s|hit\b(?= (?:of|with|this)))",
    re.I,
)
_LIKED_ZH = re.compile(
    r"热卖|热销|畅销|爆款|网红|口碑|好评|推荐过|首推|力荐|同款|人手一|榜|销量|回购|评分|明星|博主|公认|最火|抢手|断货王|大奖|获奖|王牌"
    r"|指定|达人|种草|必入|人气|火爆|风靡|专家推荐|医生推荐|老客户|万人"
)
_STOP = re.compile(r"[,;:.!?，；。！？：]|\b(?:and|but|so|while|because|which|though)\b")
_STOP_ZH = re.compile(r"[,;:.!?，；。！？：]")
_PRAISE = frozenset(
    "exceptional stunning outstanding superb amazing incredible excellent premium luxurious luxury luxe remarkable "
    "extraordinary superior magnificent gorgeous beautiful sleek "
    "elegant powerful professional state-of-the-art elite "
    "exquisite spectacular phenomenal brilliant impressive unforgettable advanced innovative revolutionary cutting "
    "immersive crystal-clear vivid rich deep lush supreme "
    "deluxe prestigious iconic legendary timeless classic refined "
    "sophisticated stylish chic flawless pristine masterful expert authentic original trusted reliable dependable "
    "强劲 高级 高端 卓越 出色 惊艳 奢华 尊贵 极佳 非凡 顶尖 优质 专业 "
    "一流 精湛 豪华 尊享 臻品 匠心 完善 优越 优秀 杰出 震撼 绝佳 超强 "
    "强大 强悍 澎湃 细腻 纯正 正宗 地道 经典 时尚 优雅 精美 精致 华丽 高贵 上乘 上等 特级 神器 先进 领先 创新".split()
)
_GRADED = re.compile(r"\b(?:is|are|gets?|feels?|looks?|runs?|even|much|far|a bit|slightly|a little)\s+$", re.I)
# A word of this make names a property, an ailment or a substance whoever uses it.
_MADE_EN = re.compile(
    r"(?:proof|resistant|retardant|grade|washable"
    r"|itis|osis|emia|aemia|algia|ic acid|amine|ene|ium|ylate|cide|septic|genic)$"
    r"|^(?:anti|hypo|hyper|ultra|multi|nano|micro|thermo|bio)[a-z]{3,}"
)
_MADE_ZH = re.compile(
    r"^(?:防|抗|耐|免|零|无|全|超|速|恒|双|三|四|多|可|纯|特|外|内|冷|动)[\u3400-\u9fff]{1,3}$|"
    r"(?:症|病|炎|癌|素|剂|酸|膜|钢|胶|绒|皮|棉|麻|纱|革|瓷|铜|铝|银|金|铁|钛|锌|式|型|级|性|率|力|器|机|仪|椎|肤|疹|痘|斑)$"
)

# Substances that a search need not know by a concept of their own.
_SUBSTANCES = frozenset(
    "polycarbonate polyethylene polystyrene polyamide polyurethane mohair alpaca angora chenille fleece magnesium zinc "
    "nickel concrete spruce plywood chipboard fibreboard fiberboard veneer paraffin beeswax kapok georgette jersey "
    "cordura tyvek oilcloth tarpaulin coir melamine bakelite plexiglass duralumin pewter laminate vinyl polymer epoxy "
    "聚碳酸酯 聚丙烯 聚乙烯 苎麻 马海毛 摇粒绒 镁合金 水泥 云杉 石蜡 大豆蜡 蜂蜡 海绵 凝胶 木棉 牛角 密胺 "
    "三聚氰胺".split()
)


def asserted(text: str) -> list[tuple[int, int]]:
    """The stretches, from the words that open them to the end of their clause; 制造 and 进口 close one instead."""
    out = []
    for pattern, stop in ((_FIT_EN, _STOP), (_HEALTH_EN, _STOP), (_LIKED_EN, _STOP_ZH), (_FIT_ZH, _STOP_ZH)):
        for m in pattern.finditer(text):
            end = stop.search(text, m.end())
            begin = m.start()
            if m.group() in ("制造", "进口", "也能", "也可", "通用", "能用", "可用", "适用", "出版", "出品"):
                begin = max(0, begin - 6)
            out.append((begin, end.start() if end else len(text)))
    for pattern in (_HEALTH_ZH, _LIKED_ZH):
        for m in pattern.finditer(text):
            end = _STOP_ZH.search(text, m.end())
            out.append((max(0, m.start() - 2), end.start() if end else len(text)))
    return out


def sworn(text: str) -> list[tuple[int, int, str]]:
    """What a text says of health and of liking in so many words: ``(start, end, reason)``."""
    out = []
    for pattern in (_HEALTH_EN, _HEALTH_ZH):
        out += [(m.start(), m.end(), "the record names no such effect") for m in pattern.finditer(text)]
    for pattern in (_LIKED_EN, _LIKED_ZH):
        out += [(m.start(), m.end(), "the record says nothing of who likes it") for m in pattern.finditer(text)]
    return out


def praises(text: str, word: str, start: int) -> bool:
    """Whether a word claims a rank or a quality above others: "stunning", 强劲, "is sharper"."""
    low = word.lower()
    return low in _PRAISE or (low.endswith("er") and bool(_GRADED.search(text[:start])))


def is_telling(word: str) -> bool:
    """Whether a word alone shows that it names a property or a substance: known as one, or made like -proof, 防…."""
    return word.lower() in _SUBSTANCES or bool((_MADE_ZH if word[0] > "\u3000" else _MADE_EN).search(word))
