"""How many pieces: "two of them", "six dinner plates", 来两件, 五袋.

Articles (a, 一件) are no quantity. Knows nothing of carts.
"""

from __future__ import annotations

import re

from assistant.understanding.parsing.draft import BREAK, GAP, Draft, compiled
from assistant.understanding.parsing.numbers import count_of
from assistant.understanding.parsing.price_cues import PIECES_ZH

_N = (
    r"(?:(?:a |one |two |three |four |five |six |half a |\d{1,2} )?dozen|\d{1,3}|two|three|four|five|six|seven|eight"
    r"|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    r"|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight"
    r"|nine))?"
    r"|(?:a|one|two) hundred|a couple of|a couple|couple of)"
)
_CONTAINER = (
    r"(?:pairs?|jars?|bottles?|boxes|box|bags?|packs?|packets?|cans?|tins?|tubes?|bars?|rolls?|sets?"
    r"|pieces?|pcs\.?|units?|cartons?|crates?|bunch(?:es)?|loaves|loaf|"
    r"sheets?|sacks?|tubs?|pots?|sticks?|slices?|bundles?|cases?|copies|copy|kilos?|cups?|reels?"
    r"|spools?|skeins?|pouches|pouch|jugs?|sachets?|trays?|strips?)"
)
_OF_CONTAINER = compiled(
    rf"(?<![\w.'-])(?P<n>{_N}) (?:(?:small|large|big|more|extra|new|spare"
    rf"|matching) )?{_CONTAINER} of(?: the)?\b"
)
_OF_THEM = compiled(
    rf"(?<![\w.'-])(?P<n>{_N})(?: of (?:them|these|those|it|each|that one|this one|that|this|the|\x1f)"
    rf"| (?:pieces|pcs|units|copies|more|each)\b| pairs?\b(?! of))"
)
_APART = compiled(
    rf"(?:\A|(?<=[,.;:\x1f]))\s*(?P<n>{_N}) (?:(?:small|large|big) )?{_CONTAINER}(?: please"
    rf"| pls)?(?=\s*(?:\Z|[,.;!?\x1f]))"
)
_MAKE_IT = compiled(
    rf"\b(?:make (?:it|that|them)(?: just| only| a total of)?|change (?:it|that|them)(?: to)?|set (?:it|that|the "
    rf"quantity"
    rf"|quantity) to|(?:change|set|update|adjust|edit|put|bring|modify|increase|raise|bump|lower|reduce|drop|cut)"
    rf" (?:(?:the|my|its|that|this|their) )?(?:quantity|qty|amount|number|count|cart|basket|order|it|that|them|this"
    rf"|these)"
    rf"[^,.;!?\d]{{0,40}}? to(?: just| only| a total of)?|(?:i|we) (?:only|just)? ?(?:need|want)(?: just| only)?"
    rf"|quantity(?: of| to|:)?|qty\.?:?|(?:quantity|number|amount) (?:of"
    rf"|for) [^,.;!?]{{0,30}}?to|(?:reduce|lower|cut|increase|up|bump|raise|change)(?: (?:it|that"
    rf"|them))? to|i'll (?:take|have)|i will take|we'll take|give me|get me|i (?:need|want)|send me"
    rf"|take|add|put|order|buy)(?: another| just| only| exactly)?\s+(?P<n>{_N})(?=\s*(?:\Z|[,.;!?\x1f]|please\b|pls\b"
    rf"|to\b|in\b|into\b"
    rf"|of\b|then\b|instead\b|more\b|units\b|pieces\b))"
)
_TIMES = compiled(
    r"(?<![\w.])(?:x\s?(?P<a>\d{1,2})|(?P<b>\d{1,2})\s?x)(?![\w.])(?!\s?\d)|\*\s?(?P<c>\d{1,2})(?=\s*(?:\Z|[,.;!?]))"
)
# A number alone between commas, or behind "please": "a lens cap for my camera, two please", "mugs, 6".
_TRAILING = compiled(
    rf"(?:\A|(?<=[,;\x1f\x1e])|(?<=[:.] ))\s*(?:just |only |i need |need |i want |want |i'd like |make it |about |so "
    rf"|and |say "
    rf")*"
    rf"(?P<n>{_N})(?: of them| in total| total| altogether| in all| if possible| needed| should do| will do| would be"
    r" (?:great|good|enough|nice|perfect|fine)| is enough| is plenty)?(?:,? (?:please|pls|thanks|thank you|thx))*\s*"
    r"(?=\Z|[,.;!?\x1f])"
)
_STATED = compiled(
    rf"\b(?:quantity|qty\.?|count|number needed|how many)(?: (?:of|is|needed|to|in [a-z ]{{2,20}}?)|:|=|\?)*\s*"
    rf"(?P<n>one|{_N})(?![\w.%])"
)
# A container is any plural noun before "of"; these measure or sort instead.
_ANY_CONTAINER = compiled(
    rf"(?<![\w.'-])(?P<n>{_N}) (?:(?:small|large|big|more|extra|new|spare|matching|medium|tall|short) )?"
    r"(?!(?:types?|kinds?|sorts?|styles?|hours?|days?|weeks?|months?|years?|minutes?|inch(?:es)?|feet|met(?:er|re)s"
    r"|yards|pounds"
    r"|grams|kilos|lit(?:er|re)s|ounces|sizes|shades|colou?rs|brands|layers|levels|degrees|ways|thirds|quarters|members"
    r"|guests|friends|dollars|euros|bucks|percent|times|gigs|gallons|kids|children|people|cups|gigabytes)\b)"
    r"[a-z]+s of(?: the)?\b"
)
_ASKING = compiled(r"\b(?:can|could|may|shall|would|'d like to|let)(?: (?:i|we|me|us))? (?:have|get)\s*\Z")
# In a list these count what one thing has: "paint set, 24 colours".
_PART_OF = compiled(
    r"(?:[a-z-]+ )?(?:colou?rs|pockets|compartments|drawers|shelves|slots|ports|keys|strings|speeds|settings|modes"
    r"|wheels|burners"
    r"|seats|levels|layers|tiers|doors|buttons|heads|blades|channels|zones|hooks|cores|stages|legs|arms|holes|sockets"
    r"|outlets|servings|portions|inches|functions|programs|programmes|attachments|lumens|watts|pages|sheets per"
    r"|stitches"
    r"|slices|players|gears|sections|rings|shades|features|sides|zips|handles)\b"
)
# "we have two cats" counts what is there already.
_OWNING = compiled(r"\b(?:i|we|they|she|he|my \w+)(?:'ve| have| has|'s| had)?(?: got| already| own| only| just)*\s*\Z")
_DOWN_TO_ONE = compiled(
    r"\b(?:make (?:it|that|them)|to|quantity|qty|just|only)(?: just| only|:)? (?:one|1)(?: (?:please|pls|instead|then"
    r"|of (?:them|these|those|it|each)))*[\s.!]*\Z"
)
_ALONE = compiled(rf"(?P<n>{_N})(?: please| pls)?[\s.!]*\Z")
_HEAD = compiled(
    rf"(?:\A|(?<=[,.;!?\x1f])|(?<=: )|\b(?:need|want|buy|get|find|for me|order|me|have|got|add|with|and|plus"
    rf"|take|after|for|of|like|some|are|any|sell|send|purchase|require|requires|up|grab|so|therefore"
    rf"|want))\s*(?P<n>{_N})"
    r"[\s\x1e]+(?=[a-z])"
)
# "show me five speakers" says how many to list, not how many to buy.
_LISTED = compiled(r"\b(?:show(?: me| us)?|list|recommend(?: me)?|suggest(?: me)?|compare|see)(?: the| your)?\s*\Z")
# A number before one of these measures one thing instead of counting many.
# "looking for six": of all that stands before "for" or "of" only a search or a lack counts what follows.
_SOUGHT = compiled(
    r"\b(?:(?:look|search|hunt|shop|ask|hop|wish|aim|go)(?:ing|s)?(?: to buy)?|on the hunt|in the market|on the lookout"
    r"|in search|in need|short|out|pack) (?:for|of)\s*\Z"
)
_MEASURING = compiled(
    r"(?:person|people|man|men|seater|seat|piece|pc|door|drawer|string|cup|burner|tier|layer|layered"
    r"|way|speed|step|slice|star|quart|season|channel|pack|ply|player|in one|in 1|"
    r"inch|key|gang|port|panel|wheel|wheeler|bedroom|room|point|stage|blade|hole|ring|row|shelf|bottle"
    r"|zone|bike|hour|hours|day|days|minute|minutes|month|months|year|years|week|weeks|"
    r"k|d|gb|tb|mm|cm|m|kg|g|lb|lbs|oz|ml|l|w|watt|watts|hp|ft|feet|foot|liter|litre|percent|pages"
    r"|stars|times|or|and|to|more expensive|cheaper|of|people's|adults|kids|guests|years?-old)\b"
)
_BAD_BEFORE = compiled(
    r"(?:\b(?:for|these|those|the|first|last|top|number|no|of|size|between|any|us|at|aged?|page|than"
    r"|which|both|all|my|your|(?<!to )(?<!'d )(?<!me )order|within|in|next|past|every|iphone|pixel|galaxy|ps|gen"
    r"|series|under"
    r"|over|about|or)|[\d.#$€£¥-]|\d,)\s*\Z"
)

_ZH_N = (
    r"(?:\d{1,3}|半打|[一两二三四五六七八九十]打(?=[\u4e00-\u9fff])"
    r"|[一二三四五六七八九两]?百(?:[零一二三四五六七八九]?十?[一二三四五六七八九]?)"
    r"|[二三四五六七八九]?十[一二三四五六七八九]?|[二两三四五六七八九俩仨])"
)
# Every measure that counts things one by one or by what they come in. A guard keeps a character from being cut out of
# the thing's own name: 两床单 is no two beds, 三面包 no three sides, 五头灯 no five heads.
_ZH_MEASURE = (
    r"(?:[个件条双台只张把支本套瓶盒袋包顶部辆副根颗罐桶箱架枚片对幅盏束朵杯捆卷份串斤筒管株棵枝听板扎贴粒盆碗篮坛筐篓碟"
    r"盘锅缸瓣丸滴笼匣沓摞窝尊樽截册组盅匙勺篇壶箩](?<!人)|床(?![单垫头笠上罩品])|面(?=镜|锣|旗|鼓|墙)|头(?=牛|羊|猪|蒜|大蒜)"
    r"|口(?=锅|箱|缸|刀|井|钟)|提(?![包琴手到高升拉])|节(?=\Z|[,.!?]|[^课能日]*?(?:电池|竿|甘蔗|藕))|间(?=房)|座(?=[钟山灯])|尾(?=鱼)"
    r"|排(?=钉|酸奶|牛奶|养乐多)|饼(?=茶|普洱)|刀(?=纸|宣纸)|匹(?=布|马)|打(?![底折印气包火孔蜡磨猎边])"
    rf"|块(?={PIECES_ZH}))"
)
_ZH_AFTER = (
    r"(?![套装人月年天周小岁座码用合层面脚明角格路轮头门])(?!松鼠|以上|以下|以内|起(?!\s*(?:\Z|[,.!?]))|星期|小时|礼拜|月份|人|件套|装|季|一套"
    r"|季节|一组|多月)"
)
_ZH_COUNT = compiled(
    rf"(?P<verb>(?:再|先|各|都|给我|帮我|想|要|买|来|拿|加|下单|订|入|囤|凑|一共|总共|共|需要|添|放|给"
    rf"|搞|整|改成|换成|改为|数量(?:是|为|改成)?)*)(?<![\d.第前后头这那倒满每年月装下放])(?P<n>{_ZH_N})\s?"
    rf"(?:(?<=打)|(?:[大小整](?=[袋包箱盒瓶提桶串把碗捆卷筐]))?{_ZH_MEASURE}(?:儿)?{_ZH_AFTER}|扇(?=[门窗屏]))(?:的(?=\Z|[,.!?])|起(?:买"
    rf"|订)?(?=\Z|[,.!?]))?"
)
# 三个颜色都行 counts no pieces.
_NO_PIECES_ZH = compiled(r"颜色|尺码|尺寸|牌子|品牌|款式|口味|味道|功能|要求|条件|问题|孩子|朋友|同事|选择|方案")
# 承重两百斤, 五斤一袋: what a thing bears, and what one piece of it holds.
_BEARS_ZH = compiled(r"(?:承重|承|载重|载|负重|能装|可装|容量|体重|重)(?:量|能力|大概|约|有|是|达|到)*\Z")
_HELD_ZH = compiled(r"\s?[一每/][袋包箱盒瓶桶罐件个份]")
# 能连三台设备: what one piece can do.
_ABLE_ZH = compiled(
    r"(?:能|可以?|支持|同时)(?:同时)?(?:连接?|接|装下?|放下?|坐|带|控制|洗|烤|煮|蒸|充|存|容纳|用|住|睡|挂)\Z"
)
# 要两个，不，三个: the later count is meant.
_CORRECTED_ZH = compiled(r"(?:不对?|错了|哦不|噢不|应该是|还是)[,.!\s]*\Z")
_PAIR_ZH = compiled(
    r"(?:\A|(?<=[,.;!? 要买来给我]))(?P<n>[俩仨])(?=[\u4e00-\u9fff]{2,6}(?:\Z|[,.;!?]))"
    r"|(?<=[要买来])[俩仨](?=\s*(?:\Z|[,.!?]))"
)
_STATED_ZH = compiled(
    rf"(?:数量|(?<![a-z])(?:quantity|qty)\.?)\s*(?:我|给我|帮我|就|只)*(?:要|来|选|填|写|买|改|调|设|换|变|加|减|减少|增加)?(?:成|为|到|是|:)*\s*"
    rf"(?P<n>{_ZH_N}|[一1](?![\d.]))(?![\d.])"
)
_ZH_UNIT_PRICE = compiled(r"(?:满|每|第|前|后|哪|这|那|倒数|几|[零一二三四五六七八九十百千万\d])\s*\Z")


def read_quantity(draft: Draft, *, ordering: bool = False) -> int | None:
    """The number of pieces wanted, or ``None``; strikes what it read.

    Args:
        draft: the message.
        ordering: whether the message is about the cart, where a bare number counts pieces ("make it three").
    """
    for pattern, mark in (
        (_OF_CONTAINER, GAP),
        (_ANY_CONTAINER, GAP),
        (_TIMES, BREAK),
        (_OF_THEM, BREAK),
        (_APART, BREAK),
    ):
        for match in pattern.finditer(draft.left):
            n = count_of(_number(match))
            if (
                n is None
                or _BAD_BEFORE.search(draft.left[max(0, match.start() - 12) : match.start()])
                or not 1 < n < 1000
            ):
                continue
            draft.strike(match.start(), match.end(), mark)
            return n
    for match in _ZH_COUNT.finditer(draft.left):
        n = _chinese(match["n"])
        if n is None or n < 2 or _ZH_UNIT_PRICE.search(draft.left[max(0, match.start() - 3) : match.start()]):
            continue
        if _ABLE_ZH.search(draft.left, max(0, match.start() - 7), match.start()):
            continue
        if _NO_PIECES_ZH.match(draft.low, match.end()) or (
            match.group().rstrip("的")[-1] == "斤"
            and (
                match.group().endswith("的")
                or draft.left.startswith("重", match.end())
                or _HELD_ZH.match(draft.left, match.end())
                or _BEARS_ZH.search(draft.left, max(0, match.start() - 6), match.start())
            )
        ):
            continue
        later = next(
            (
                m
                for m in _ZH_COUNT.finditer(draft.left, match.end())
                if _CORRECTED_ZH.search(draft.left, match.end(), m.start())
            ),
            None,
        )
        if later is not None and (corrected := _chinese(later["n"])) is not None:
            draft.strike(match.start(), later.end())
            return corrected
        if not ordering and not match["verb"] and _is_attribute(draft.left, match):
            continue
        draft.strike(match.start(), match.end(), BREAK)
        return n
    for match in _PAIR_ZH.finditer(draft.left):
        draft.strike(match.start(), match.end(), BREAK)
        return 2 if match.group() == "俩" else 3
    stated = _STATED_ZH.search(draft.left)
    if stated and not ordering and 1 < (_chinese(stated["n"]) or 0) < 1000:
        draft.strike(*stated.span())
        return _chinese(stated["n"])
    if ordering:
        if stated and (n := _chinese(stated["n"])) is not None and n > 0:
            return n
        for match in _MAKE_IT.finditer(draft.left):
            n = count_of(_number(match))
            if n is not None and 0 < n < 1000:
                draft.strike(match.start("n"), match.end("n"), BREAK)
                return n
        if _DOWN_TO_ONE.search(draft.left):
            return 1
        alone = _ALONE.match(draft.left.strip())
        if alone and (n := count_of(_number(alone))) is not None and n > 1:
            return n
        return None
    for pattern in (_STATED, _TRAILING):
        for match in pattern.finditer(draft.left):
            n = count_of(_number(match))
            if (
                n is not None
                and 1 < n < (25 if match["n"][0].isdigit() else 100)
                and (
                    pattern is _STATED
                    or _things_before(draft.left, match.start())
                    or re.match(r"\s*(?:just |only )*i (?:need|want|'d like)", match.group())
                )
            ):
                draft.strike(match.start(), match.end())
                return n
    for match in _HEAD.finditer(draft.left):
        n = count_of(_number(match))
        if _LISTED.search(draft.left[max(0, match.start("n") - 14) : match.start("n")]):
            continue
        before = draft.left[max(0, match.start("n") - 26) : match.start("n")]
        if _OWNING.search(before) and not _ASKING.search(before):
            continue
        sought = _SOUGHT.search(before) is not None
        if n is None or n < 2 or _MEASURING.match(draft.left, match.end()):
            continue
        if _PART_OF.match(draft.left, match.end()) and _things_before(draft.left, match.start()):
            continue
        if (not sought and _BAD_BEFORE.search(before[-10:])) or not _plural_follows(draft.left, match.end()):
            continue
        draft.strike(match.start("n"), match.end("n"), GAP)
        return n
    return None


def _number(match: re.Match[str]) -> str:
    groups = match.groupdict()
    raw = (groups.get("n") or groups.get("a") or groups.get("b") or groups.get("c") or "").strip()
    if raw.endswith("dozen"):
        times = raw.removesuffix("dozen").strip()
        return "6" if times == "half a" else str(12 * (count_of(times) or 1))
    return {"a couple": "2", "a couple of": "2", "couple of": "2"}.get(raw, raw)


def _things_before(left: str, at: int) -> bool:
    """Whether words of a wish stand before ``at``: a number that opens a message counts nothing yet."""
    return re.search(r"[a-z]{3,}", left[:at]) is not None


def _chinese(raw: str) -> int | None:
    if raw.endswith("打"):
        return 6 if raw == "半打" else 12 * (count_of(raw[:-1]) or 0)
    return count_of(raw)


def _is_attribute(left: str, match: re.Match[str]) -> bool:
    """Whether a counted measure describes one thing (三条装, 两个口的) instead of asking for several."""
    rest = left[match.end() : match.end() + 8]
    return rest.startswith("的") and len(rest) > 1 and rest[1] not in ",.!? "


def _plural_follows(left: str, at: int) -> bool:
    """Whether the noun phrase at ``at`` is plural, so that the number before it counts things."""
    phrase = re.match(
        r"(?:[a-z][a-z'&/-]*[ \x1e]+){0,4}?[a-z][a-z'-]*(?=\s*(?:\Z|[,.;!?:\x1f]|\b(?:for|in|with|under"
        r"|that|from|by|please|pls|without|and|but|of|around|below|over|to|made|crafted|filled|which|who|on|at|per|each"
        r"|no|not|if|up|max|as|like|or|so|using|between|size|sized|cheap|cheaper|about|approximately|roughly)\b))",
        left[at : at + 60],
    )
    if phrase is None:
        return False
    last = phrase.group().split()[-1]
    return (last.endswith("s") and not last.endswith(("ss", "us"))) or last in (
        "people",
        "mice",
        "knives",
        "men",
        "women",
        "children",
        "geese",
        "teeth",
        "feet",
    )
