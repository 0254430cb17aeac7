"""Sort orders and the wish for stock: "cheapest", "sorted by popularity", 从贵到便宜, 缺货的去掉.

Knows nothing of prices as numbers, and nothing of how a list is sorted.
"""

from __future__ import annotations

import re

from assistant.types import Sort
from assistant.understanding.parsing.draft import BREAK, GAP, Draft, compiled

_BY = (
    r"(?:(?:sort(?:ed)?|order(?:ed)?|list(?:ed)?|rank(?:ed)?|arrange[d]?|organi[sz]ed?"
    r"|show)(?: (?:them|these|it|results|everything|all|me))? (?:by|from|in order of|in)(?: the)?\s*)"
)
_TOP = (
    r"(?:\s*(?:,?\s*(?:come[s]? |go(?:es)? |shown |listed )?(?:first|at the top|on top|up top"
    r"|to the top|on the top|ones? first|models? first|to oldest|up front)))"
)
_RULES: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    (
        "rating_desc",
        compiled(
            rf"{_BY}?(?:by )?\b(?:(?:the )?(?:best|top|highest)[ -](?:\d+ |three |five |ten )?(?:rated|reviewed"
            rf"|scored|rating|ratings|reviews?|scoring|stars?)|(?:best|highest|top) (?:customer "
            rf"|user )?(?:reviews?|ratings?|scores?|stars)"
            rf"|most stars|{_BY}(?:customer |user |star )?(?:ratings?|reviews?|stars|score)|by (?:customer "
            rf"|user |star )?(?:ratings?|reviews?|stars|score)|(?:ratings?|reviews?|stars)[, ]+(?:high(?:est)?"
            rf"|best)(?: to low(?:est)?| first))(?! than){_TOP}?(?: (?:high(?:est)? to low(?:est)?|first))?"
        ),
    ),
    (
        "popularity",
        compiled(
            rf"{_BY}?(?:by )?\b(?:(?:the )?(?:most[ -]popular|best[ -]?sell(?:ers?|ing)|top[ -]sell(?:ers?|ing)"
            rf"|most (?:sold|bought|purchased|ordered|wanted)|hottest|trending|what(?:'s| is| sells) (?:popular"
            rf"|best|most)|what most people buy|popular(?:ity)? first)|(?:{_BY}|by )(?:popularity|sales"
            rf"|most popular|popular|how popular[a-z ]*)){_TOP}?"
        ),
    ),
    (
        "newest",
        compiled(
            rf"{_BY}?\b(?:(?:the )?(?:very )?(?:newest|latest|most recent(?:ly (?:added|released))?"
            rf"|recently (?:added|released)|new arrivals?|new(?:est)? releases?|new in)(?: (?:models?|releases?"
            rf"|arrivals?|products?|items?|ones|version|stuff|in))?|new(?:er)? (?:ones?|models?|arrivals?"
            rf"|items?|products?|stuff)(?= first| at the top| on top)|{_BY}(?:date|newness|release date|arrival"
            rf"|age|recency|release)|by (?:date|release date|newness|arrival)){_TOP}?(?: to oldest)?"
        ),
    ),
    (
        "price_desc",
        compiled(
            rf"{_BY}?(?:the )?\b(?:priciest|most expensive|dearest|costliest|most costly|most luxurious"
            rf"|(?:highest|top|biggest|steepest)[ -]pric(?:e[ds]?|ing)|costs? the most"
            rf"|expensive (?:ones )?first|pricey first|price[,:]? (?:from )?(?:high(?:est)?|descending"
            rf"|desc)(?: ?(?:to|-|->) ?low(?:est)?)?|(?:from )?(?:the )?(?:high(?:est)?|dear|expensive"
            rf"|most expensive|priciest)(?: price)?(?: ?(?:to|-) ?)(?:the )?(?:low(?:est)?|cheap(?:est)?"
            rf"|least expensive)(?: price)?(?: in price)?|descending(?: (?:by )?price| order)?){_TOP}?"
        ),
    ),
    (
        "price_asc",
        compiled(
            rf"{_BY}?(?:the )?\b(?:cheapest|least expensive|lowest[ -]pric(?:e[ds]?|ing)"
            rf"|costs? (?:the )?(?:least|lowest)|least costly|most affordable|(?:most )?inexpensive first"
            rf"|(?:best|lowest) price|cheap(?:er)? (?:ones )?first|lowest first"
            rf"|price[,:]? (?:from )?(?:low(?:est)?|ascending|asc)(?: ?(?:to|-|->) ?high(?:est)?)?"
            rf"|(?:from )?(?:the )?(?:low(?:est)?|cheap(?:est)?|least expensive)(?: price)?(?: ?(?:to"
            rf"|-) ?)(?:the )?(?:high(?:est)?|dear(?:est)?|expensive|most expensive"
            rf"|priciest)(?: price)?(?: in price)?|ascending(?: (?:by )?price| order)?){_TOP}?|{_BY}price\b"
            rf"|\bby price\b"
        ),
    ),
)
_BY_ZH = r"(?:请|帮我|给我|把它们)?(?:按照?|根据|依照?|以)?"
_SORT_ZH = r"(?:来)?(?:排序|排列|排一?下?|排个?序|排名|显示|看|列)?(?:一下|吧|呗)?"
_RULES_ZH: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    (
        "rating_desc",
        compiled(
            rf"{_BY_ZH}(?:评分|好评率?|口碑|评价|星级|打分)(?:最高|最好|最多|从高到低|由高到低|高低|高的?(?:排"
            rf"|放|在)?(?:前面?|优先|最前)|排|优先|降序)(?:的|在?前面?)?{_SORT_ZH}|按(?:照)?(?:用户)?(?:评分"
            rf"|好评率?|口碑|评价|星级){_SORT_ZH}|(?:好评|口碑|评价|评分)(?:优先|第一)|最受好评的?"
            rf"|好评(?:最)?多的(?:排前面|优先)?"
        ),
    ),
    (
        "popularity",
        compiled(
            rf"{_BY_ZH}(?:销量|人气|热度|销售量|热门(?:程度)?|受欢迎程度)(?:最高|最好|最多|从高到低|由高到低"
            rf"|高低|高的?(?:排|放|在)?(?:前面?|优先)|排|优先|降序)?(?:的|在前面?)?{_SORT_ZH}|(?:最热门|最畅销"
            rf"|最火|最受欢迎|卖得最好|卖的最好|最热销|卖得最多|买的人最多|大家买得最多"
            rf"|最流行)的?(?:排(?:在)?前面?|优先|放前面)?|热销(?:排行|榜|优先)"
        ),
    ),
    (
        "newest",
        compiled(
            rf"{_BY_ZH}(?:上架时间|上新时间|发布时间|上市时间|时间|新旧)(?:从新到旧|由新到旧|从近到远|最新|倒序"
            rf"|降序)?的?{_SORT_ZH}(?<!时间)|(?:从|由)新到旧{_SORT_ZH}|按(?:上架时间|上新时间|发布时间|上市时间"
            rf"|新品){_SORT_ZH}|最新(?:上架|上市|发布|出|款|到货|一代|品|型号)?(?:的)?(?:排(?:在)?(?:最)?前面?"
            rf"|放(?:在)?前面?|优先|先看)?|(?:刚|新)(?:上架|上市|出)的(?:排(?:在)?前面?|优先|先看)?|新品(?:优先"
            rf"|排前面?|先看|在前)|新款(?:排(?:在)?(?:最)?前面?|优先|先看|在前)"
        ),
    ),
    (
        "price_desc",
        compiled(
            rf"{_BY_ZH}(?:价格|价钱|价)?(?:从|由)(?:高到低|贵到便宜|贵到贱|高往低|大到小){_SORT_ZH}|(?:价格"
            rf"|价钱)?(?:降序|倒序){_SORT_ZH}|最贵的?(?:排(?:在)?(?:最)?前面?|放前面|优先)?|(?:价格|价钱|价位"
            rf"|单价)最高的?|贵的(?:排(?:在)?(?:最)?前面?|放(?:在)?前面?|优先|先看)"
        ),
    ),
    (
        "price_asc",
        compiled(
            rf"{_BY_ZH}(?:价格|价钱|价)?(?:从|由)(?:低到高|便宜到贵|低往高|小到大){_SORT_ZH}|(?:价格"
            rf"|价钱)?升序{_SORT_ZH}|(?:最便宜|最低价|最划算|最实惠|最平价)的?(?:排(?:在)?(?:最)?前面?|放前面"
            rf"|优先)?|(?:价格|价钱|价位|单价)最低的?|便宜的(?:排(?:在)?(?:最)?前面?|放(?:在)?前面?|优先|先看)"
            rf"|低价(?:排(?:在)?前面?|优先)|按价格{_SORT_ZH}"
        ),
    ),
)
_GONE = (
    r"(?:sold[ -]?out|out[ -]of[ -]stock|unavailable|not in stock|not available|gone"
    r"|no longer available|backordered|on backorder)"
)
_STOCK = compiled(
    rf"\b(?:(?:no|not|without|hide|skip|exclude|excluding|remove|drop|filter out|leave out|nothing"
    rf"|leave off|don't show(?: me)?|get rid of|ignore|except|take out|none of|no more)"
    rf"(?: (?:anything|everything|all|the|those|any|items?|ones|products?|that|what|what's|which"
    rf"|whatever|whatever's|things|stuff|is|are|has|have|been|that's|me"
    rf"|of)){{0,5}} {_GONE}(?: (?:items?|ones|products?|stuff|things|models?|goods))?"
    rf"|{_GONE} (?:items?|ones|products?|stuff|things|models?|goods)? ?(?:can go|out|off|hidden|removed|excluded|away)"
    r"|(?:(?:only|just|show|if|that's|that are|which are|are|is|what's|what is|whatever's|whatever is"
    r"|must be|has to be|have to be|needs to be|and|currently|actually|ones|everything|anything|stuff"
    r"|items|products|things|them|you have) )*(?:show (?:me )?)?(?:what's |what is |things |items "
    r"|stuff |ones |those )?(?:actually |currently |still |that are |that's )?(?:in[ -]stock"
    r"|available (?:now|right now|today|immediately|for immediate \w+)|ready to ship|on hand"
    r"|that you (?:actually |currently )?have in stock)(?: (?:only|items?|ones|products?|stuff|things"
    r"|now|right now|today|at the moment|please))*"
    r"|only (?:show (?:me )?)?(?:what's |the )?available(?: (?:ones|items|products))?"
    r"|available (?:ones|items) only|available only)"
)
_STOCK_ZH = compiled(
    r"(?:(?:只|仅|就|光)?(?:要|看|显示|看看|想要|给我看|留|留下|保留|列"
    r"|推荐)?(?:还)?有(?:现)?货的?(?:就行|优先|才行|商品|款)?(?<!有没有货)|(?:只要|只看|要|得"
    r"|必须)?(?:是)?(?:有)?现货(?:的|就行|优先)?|能(?:马上|立刻|立即|现在就?)发货的|马上能发的)"
    r"|(?:(?:把)?(?:已经|已)?(?:缺货|没有?(?:现)?货|无货|断货|售罄|卖完|卖光|售完|抢光|下架)(?:了)?的?(?:商品"
    r"|款)?(?:都|就|全|统统|通通|一律)*(?:去掉|不要显示|不要|别要|别给我看?|别显示|不看|过滤掉?|排除|隐藏|删掉"
    r"|剔除|不用|免了|算了|拿掉|除外|别列|不显示|别放|踢掉|筛掉|藏起来|不考虑))"
    r"|(?:不要|去掉|别给我看|别显示|不看|过滤掉?|排除|隐藏|剔除|除了|别推荐|筛掉|不显示|藏起)(?:已经"
    r"|已|那些|所有)?(?:缺货|没有?(?:现)?货|无货|断货|售罄|卖完|卖光|售完|下架)(?:了)?的?(?:商品|款)?"
)
_LEFT_OVER = compiled(
    r"\b(?:come |shown |listed )?(?:first|at the top|on top|to the top|up front)(?=\s*(?:\Z"
    r"|[,.;!?\x1f]|please\b|pls\b))|(?:排|放)?(?:在)?(?:最)?前面?(?=\s*(?:\Z|[,.!?]))"
)
_IN_QUESTION_ZH = compiled(r"(?:有没有|还有没有|是不是|是否)\s*\Z")


def read_sort(draft: Draft) -> Sort | None:
    """The order asked for; strikes what it read. Rating, sales and age come before price (评分从高到低)."""
    for sort, pattern in (*_RULES_ZH, *_RULES):
        match = pattern.search(draft.left)
        if match and match.group().strip():
            superlative = sort in ("price_asc", "price_desc", "newest", "popularity", "rating_desc")
            draft.strike(match.start(), match.end(), GAP if superlative and _goes_on(draft.left, match) else BREAK)
            draft.strike_all(_LEFT_OVER)
            return sort
    return None


def _goes_on(left: str, match: re.Match[str]) -> bool:
    return re.match(r"[ \u4e00-\u9fff]?[a-z\u4e00-\u9fff]", left[match.end() : match.end() + 2]) is not None


def read_stock(draft: Draft) -> bool | None:
    """``True`` where only what can be bought now is wanted; strikes what it read."""
    match = _STOCK.search(draft.left)
    if match is None:
        match = _STOCK_ZH.search(draft.left)
        if match and _IN_QUESTION_ZH.search(draft.left[: match.start()]):
            match = None
    if match is None:
        return None
    draft.strike(match.start(), match.end(), BREAK)
    return True
