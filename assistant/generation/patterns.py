"""Regular expressions for the kinds of claims that need more than a word in the record.

Knows surface forms in both languages. Decides nothing.
"""

from __future__ import annotations

import re


def _any(*blocks: str) -> str:
    """Alternatives out of blocks of text, one a word; ``_`` stands for a space or hyphen inside one."""
    return "|".join(word.replace("_", "[- ]") for block in blocks for word in block.split())


def _english(*blocks: str) -> str:
    return rf"\b(?:{_any(*blocks)})\b"


_I = re.IGNORECASE

# -- the wish, told as a wish -----------------------------------------------------------------------------------------

_WANT = r"(?:want(?:ed)?|need(?:ed)?|ask(?:ed)? for|(?:are )?look(?:ing)? for|wish(?:ed)? for|are after)"
WISH = re.compile(
    rf"^\s*(?:(?:(?:if|since|as|because|when) you(?:['’]re)? {_WANT}|you {_WANT}|for|as)\b[^,;.!?]*[,;]"
    r"|(?:如果|要是|既然|想要|想买|想找|需要|你要|您要|你想|您想|要|找)[^，。；！？]*[，；]|[^，。；！？]*的话，)",
    _I,
)
WISH_EXPLICIT = re.compile(r"^\s*(?!for\b|as\b(?! you))", _I)

# Where a thing is only the scenery: "on the table", 放在书桌上. What stands in an oven or a dishwasher is a claim.
SCENE_BEFORE = re.compile(
    r"(?:\b(?:on|into|onto|from|under|beside|near|behind|against|across|between|inside|around|over|past)\s+"
    r"(?:(?:a|an|the|your|any|its|one|crowded|small|narrow)\s+)*|[在到往从])$",
    re.I,
)
SCENE_AFTER = re.compile(r"[上里边旁中内前后下]")
APPLIANCE = re.compile(r"dishwasher|oven|microwave|freezer|fridge|machine|dryer|hob|stove|洗|炉|箱|烘|灶|冰", re.I)

#: What comes with the product, up to the end of what is said of it.
ADDED = re.compile(
    r"\b(?:comes? with|includes?|including|supplied with|bundled with)\b[^.;:!?]*"
    r"|(?:配有|附带|附赠|附送|带有|内含|另附)[^，。；！？]*",
    re.I,
)
#: Behind these a thing is said to be part of the product.
HAVING = re.compile(r"(?:\b(?:with|has|have|includes?|including)(?:\s+(?:an?|its))?\s+|[带配附含])$", re.I)
HAD_ZH = re.compile(r"(?:含|附|配有?|带有?|支持|适合)(?=([\u3400-\u9fff]{2}))")
#: What is said to be spared, left out or kept away from, in other words than those of a negator.
SPARED = re.compile(
    r"\b(?:leav(?:es?|ing) out|leave|spares?|skips?|keeps?|avoids?|never|neither|nor|unless|if|when)\b[^,.;:!?]*"
    r"|\b\w+[\s-]free\b|\bfree (?:of|from)\b[^,.;:!?]*|[避忌怕防抗][^，。；！？]*",
    re.I,
)
WITH = re.compile(r"\s+with an? [^,.;:!?]*", re.I)

# A thing pointed at is the product itself: "this oak stool has", 这台微波炉.
POINTED_EN = re.compile(r"\bthis\s+(?:[\w'’-]+\s+){0,4}$", re.I)
POINTED_ZH = re.compile(r"这[款台把只张个件条双套支本辆盏块部]\S{0,8}$")
AFTER_POINTED = re.compile(r"\s+(?:is|has|comes|can|[a-z]{3,}s)\b|\s*[,，是有能可用采容高重]")

# The shopper's own thing, told as theirs.
OWN = re.compile(r"\byour(?:\s+[\w'’-]+){1,4}|[你您]家?的?[^，。；！？、]{1,8}", re.I)

# -- superlatives, absolutes, comparatives ----------------------------------------------------------------------------

_NOT_SUPERLATIVE = _any(
    "best test rest west chest forest interest request nest guest honest modest harvest vest suggest",
    "invest digest contest",
    "priest quest crest zest protest manifest breast arrest pest jest fest lest conquest everest attest infest ingest",
)
SUPERLATIVE = re.compile(
    _english(
        "best worst most(?!\\sof|\\s[a-z]+s\\b) least(?!\\sof) ultimate perfect(?:ly|ion)?",
        "ideal(?:ly)? flawless(?:ly)?",
        "unbeatable unmatched",
        "unrivall?ed unparalleled world_class top_(?:notch|quality|rated|tier|selling) number_one",
        "absolutely always (?<!^)never",
        "every(?:thing|one|body)? any(?!\\stime|\\sday|\\smore|\\soutfit|\\sroom)",
        "all(?!\\sof|\\sthe\\stime|\\sin\\b|\\saround) entire(?:ly)?",
        "complete(?!\\sbeginner)(?:ly)? total(?:ly)?",
        "fully guaranteed? only",
        "exclusive(?:ly)? unique(?:ly)? leading finest",
        rf"(?!(?:{_NOT_SUPERLATIVE})\b)[a-z]{{2,}}est",
    )
    + "|"
    + _any(
        "最 第一 完美 顶级 极致 绝对 唯一 百分百 永远 永不 万能 首选 必备 无与伦比 史上 全网 全能",
        "独一无二 无可挑剔 国家级 世界级",
        "极品 终极 冠军 王牌 无敌 任何 所有 完全 全部 一定",
    ),
    _I,
)

_NOT_COMPARED = _any(
    "other another rather either neither whether together over under after never ever however water order"
)
COMPARATIVE = re.compile(
    r"\b(?:better|worse|more|less|fewer|further|farther|superior|inferior)\b(?! or less)"
    rf"|\b(?!(?:{_NOT_COMPARED})\b)[a-z]{{2,}}er than\b|\bthan\b"
    r"|更(?!衣|换|新)|比(?!较|例|赛|如|方|分|重|基尼)[\u3400-\u9fff]{1,6}(?:更|还|高|低|轻|强|好|快|大|小|长|便宜)"
    r"|胜过|优于|超过|不如",
    _I,
)

REDUCTION = re.compile(
    r"\b(?:off|cheaper|less|down|reduced|saves?|below|lower|was|than (?:usual|before|its list price))\b"
    r"|原价|标价|便宜|省|降|减|低",
    re.I,
)

# -- promises: what only the shop could keep --------------------------------------------------------------------------

PROMISES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "sold_out",
        re.compile(
            _english("sold_out out_of_stock none_in_stock out_of_it no_stock")
            + "|"
            + _any("售罄 缺货 断货 无货 没货 没有库存 没有现货 没有货 暂无库存 卖完"),
            _I,
        ),
    ),
    (
        "available",
        re.compile(
            _english("in_stock available availability ready_to_ship")
            + "|"
            + _any("现货 有货 有现货 有库存 货源充足 库存充足 现货充足"),
            _I,
        ),
    ),
    (
        "reduced",
        re.compile(
            _english(
                "on_sale discount(?:s|ed)? reduced bargains? special_(?:offer|price)s? deals? promotions? clearance",
                "sav(?:e|es|ings?)_(?:money|on|up) cheap(?:est|ly)?",
            )
            + "|"
            + _any("优惠 折扣 打折 促销 特价 降价 减价 特惠 活动价 划算 便宜 实惠 性价比"),
            _I,
        ),
    ),
    (
        "scarce",
        re.compile(
            r"(?:仅剩|只剩|最后)[^，。；\d一两二三四五六七八九]{0,3}(?:[一两二三四五六七八九\d]+)"
            r"|\b(?:last|only|just)\s+\w+\s+(?:(?:are|is)\s+)?(?:left|remaining)"
            r"|\b\w+ (?:are |is )?left\b(?= in stock)",
            _I,
        ),
    ),
    (
        "other",
        re.compile(
            _english(
                "ship(?:s|ping|ped|ment)? deliver(?:y|ies|s|ed|ing)? dispatch\\w* warrant(?:y|ies|ed)",
                "guarantees? refund\\w*",
                "returns? money_back coupons? vouchers? gift_?wrap\\w* limited_(?:time|offer|edition)",
                "for_free lifetime",
                "free_(?:shipping|delivery|gifts?|returns?|trials?|of_charge) authentic genuine",
                "flash_sale buy_(?:one|two|three)",
                "half_price next_day same_day reorder(?:ed|s)? money-back sharpen(?:ing)?(?=_ever)",
                "best_?sell\\w* top_sellers? sells_out trend(?:ing|y) viral favou?rites?",
                "trusted recommended_by loved_by go_to must_haves? number_one certified",
                "approved award\\w* reviews? popular medical\\w* cur(?:e|es|ed)",
            )
            + r"|(?<![-\w])(?<!feel )(?<!hands )free(?![- ](?:from|of|standing|range|flow|hands?|time|up|space|play))\b"
            + r"|买[一二两三四五\d]+[盒件瓶双个套条]?[再就]?送|满\d+[减送返]|[加再]送|最后[一两三]天|双十一"
            + r"|仅限[今本明]|\bfor (?:many )?(?:years|decades|generations|life)\b(?! now| old)"
            + r"|\byears (?:to come|of (?:use|service|wear))\b|\b(?:week|day)s? of (?:the )?sale\b"
            + r"|\b(?:today|this week|weekend) only\b|\btwo for one\b|\bblack friday\b"
            + r"|[一几多十]辈子|多年如新|(?:用上?|陪伴?[你您]?)(?:几|多|十|好多|很多)年"
            + r"|(?:码|色|号)[^，。；]{0,3}(?:齐全|都有|全有)|(?:马上|立刻|立即|当天|当日|随时)发|领券|返现|拼团"
            + r"|(?:每个|所有|各|全)(?:尺码|码|颜色|色|规格)[^，。；]{0,3}(?:现货|有货|在售)|补货|预售|备货|断码"
            + r"|(?:小时|天)[之以]?内(?:发出|到)|第[二三两]\w?[件包对双]"
            + "|"
            + _any(
                "直降 半价 立减 免单 清仓 必达 运费 升值 即送 速发 秒发 即发 免费 保用 包退 包换 下单 今日 终身",
                "包邮 免运费 送货 发货 配送 快递 当日达 次日达 送达 优惠券 满减 赠送 赠品 买一送一 保修",
                "质保 联保 三包 退货 退换 换货",
                "退款 无理由 正品 假一赔 限时 限量 秒杀 抢购 售后 安装服务 热销 爆款 畅销 网红 口碑 好评",
                "销量 认证 专利 获奖 治疗 治愈 药用",
            ),
            _I,
        ),
    ),
)

# -- slots in the wrong place -----------------------------------------------------------------------------------------

PRICE_VERB = re.compile(
    r"(?:\bcosts?|\bpriced? (?:at|of|is)?|\bprice is|\bfor only|\bfor just|价格|售价|只要|只需|定价)\s*$", _I
)
UNIT_AFTER = re.compile(
    r"[\s-]*(?:"
    + _any(
        "hours? minutes? days? months? years? inch(?:es)? cm mm kg g gb tb mb mah w watts? v volts? l",
        "litres? liters? ml oz cups?",
        "db hz mp dollars? euros? pounds? % percent",
        "小时 分钟 天 个月 年 英寸 寸 厘米 毫米 公斤 克 千克 升 毫升 杯 瓦 元 块 美元 分贝",
    )
    + r")(?![A-Za-z])",
    _I,
)

# -- what the product is said to be -----------------------------------------------------------------------------------

_AFTER_HEAD = _any(
    "that which who with for from by in on of at to and or but so you when where because as made built",
    "designed whose it",
)
HEAD_EN = re.compile(
    r"(?:\{name\}|[\ue000]+|\b(?:it|this|that))(?:\s+(?:is|was|makes|are)|['’]s)\s+(?:also\s+)?(?:an?|the|your)\s+"
    rf"(?P<np>[a-z' -]+?)(?=\s+(?:{_AFTER_HEAD})\b|[\s]*[\ue000{{,.;:!?()]|$)",
    _I,
)
HEAD_GENERIC_EN = frozenset(
    "choice pick option match fit product item piece one model version kind sort type style answer thing way "
    "must price limit bonus help plus reason set case size colour color point bit lot pair range number part".split()
)
HEAD_ZH = re.compile(r"(?:[\ue000}]|这款|这)\s*(?:也|就|正|正好|刚好)?是(?!否|不是)(?P<np>[^，。；！？、]+)")
#: Where the words end that a description calls its product by: "Magnetic stand with open faces".
CALLED = re.compile(r"[,;:.!?，。；！？：、]|\b(?:with|for|of|in|on|from|that|which|and|off|under)\b", re.I)
#: Where one statement of a sentence ends.
CLAUSE = re.compile(r"[,;:.!?，。；！？：]|\b(?:and|but|so|with)\b")
#: What stands behind these goes with the product and is not what it is.
BESIDE = re.compile(r"\b(?:with|for|on|in|into|from|and|of|goes|to|has|have)\b|[附配含用带有在给和与、装]", re.I)
#: Where a Chinese sentence names the maker.
MAKER_ZH = re.compile(
    r"(?:^|(?<=由)|(?<=来自))(?P<name>[\u3400-\u9fff]{2,4}?)(?=的|这[款把只张个件条双套支本台瓶罐盒袋包组]|牌|家的|出品|推出|生产|制造|出版)"
)
#: Attributes that hold names.
MAKERS = frozenset("brand author artist publisher maker 品牌 作者 作家 画家 出版社 译者".split())
#: 是尼龙面料 says what a thing is made of or has, not what it is.
MATERIAL_ZH = tuple("料 布 芯 层 色 木 钢 皮 棉 绒 纸 质 革 麻 丝 铝 铜 银 瓷 面 款".split())
HEAD_GENERIC_ZH = tuple("的 款 选择 商品 产品 东西 款式 型号 一款 之选 搭配 品牌 版本 用品 了 设计".split())
#: For whom a thing is safe or right is for the record to say, whoever asks.
FRAIL = re.compile(r"bab(?:y|ies)|infant|newborn|pregnan|toddler|婴|孕|新生|宝宝|allerg|过敏|敏感", re.I)
#: Words that deny something.
NEGATOR = re.compile(r"^(?:no|not|never|without|nor|neither)$|n't$|[不没无免未勿别非]", re.I)
