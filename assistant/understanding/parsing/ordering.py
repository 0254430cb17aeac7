"""Sort orders in English, reading orders of both languages, and the wish for stock ("only in stock", 缺货的去掉).

Knows nothing of prices as numbers, and nothing of how a list is sorted.
"""

from __future__ import annotations

import re

from assistant.types import Sort
from assistant.understanding.parsing.draft import BREAK, GAP, Draft, compiled
from assistant.understanding.parsing.ordering_zh import ASKED_TO_PUT_ZH, RULES_ZH, sort_refused

_BY = (
    r"(?:(?:sort(?:ed)?|order(?:ed)?|list(?:ed)?|rank(?:ed)?|arrange[d]?|organi[sz]ed?"
    r"|show)(?: (?:them|these|it|results|everything|all|me))? (?:by|from|in order of|in)(?: the)?\s*)"
)
_TOP = (
    r"(?:\s*(?:,?\s*(?:come[s]? |go(?:es)? |shown |listed )?(?:first|at the top|on top|up top"
    r"|to the top|on the top|ones? first|models? first|to oldest|up front)))"
)
_BUYERS = (
    r"(?:(?:other |the |your |most )?(?:customers?|people|buyers?|users?|shoppers?|reviewers?|everyone|everybody|folks"
    r"|others))"
)
_WHICH = r"(?:(?:whatever|whichever|what|which|the ones?|the one|ones|those|stuff|things)(?: that| which)? )"
_CHEAP = (
    r"(?:(?:the )?(?:cheap(?:est|er)?|low(?:est|er)?(?:[ -]priced?)?|least expensive|least costly|most affordable"
    r"|budget|affordable)"
    r"(?: (?:price|ones?|models?|options?))?)"
)
_DEAR = (
    r"(?:(?:the )?(?:dear(?:est|er)?|pric(?:iest|ey|ier)|(?:most )?expensive|costl(?:iest|y)|most costly|high(?:est"
    r"|er)?"
    r"(?:[ -]priced?)?|premium|luxurious|luxury)(?: (?:price|ones?|models?|options?))?)"
)
_UP_TO = r"(?:\s*(?:,\s*)?(?:up to|all the way (?:up )?to|down to|to|through to|through|->|-|→|then)\s*)"
_RULES: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    (
        "rating_desc",
        compiled(
            rf"{_BY}?(?:by )?\b(?:(?:the )?(?:best|top|highest)[ -](?:\d+ |three |five |ten )?(?:rated|reviewed"
            rf"|scored|rating|ratings|reviews?|scoring|stars?)|(?:best|highest|top) (?:customer "
            rf"|user )?(?:reviews?|ratings?|scores?|stars)"
            rf"|most stars|{_BY}(?:customer |user |star )?(?:ratings?|reviews?|stars|score)|by (?:customer "
            rf"|user |star )?(?:ratings?|reviews?|stars|score)|(?:ratings?|reviews?|stars)[, ]+(?:high(?:est)?"
            rf"|best)(?: to low(?:est)?| first)"
            rf"|{_WHICH}?{_BUYERS} (?:have |has )?(?:rated?|scored?|ranked?|reviewed?|liked?|loved?)s?(?: (?:them|it))?"
            rf"(?: the)? (?:highest|best|most|highly|higher)|(?:best|most positive|nicest|highest) (?:customer |user "
            rf"|buyer )?"
            rf"(?:feedback|opinions|satisfaction)|(?:{_BY}|by )how (?:well|highly|good) (?:they|it|they're|each"
            rf"|each one)"
            rf"(?:'re| are| is| were)?(?: (?:rated|reviewed|scored|liked|they are|is))?"
            rf"|(?:five|5)[ -]stars? (?:ones|products|items|models|reviews)?(?= ?(?:first|at the top"
            rf"|on top)))(?! than){_TOP}?(?: (?:high(?:est)? to low(?:est)?|first))?"
        ),
    ),
    (
        "popularity",
        compiled(
            rf"{_BY}?(?:by )?\b(?:(?:the )?(?:most[ -]popular|best[ -]?sell(?:ers?|ing)|top[ -]sell(?:ers?|ing)"
            rf"|most (?:sold|bought|purchased|ordered|wanted)|hottest|trending|what(?:'s| is| sells) (?:popular"
            rf"|best|most)|{_WHICH}sells? (?:the )?(?:best|most)|{_WHICH}?{_BUYERS}(?:'s| is| are)? "
            rf"(?:buying|buys?|bought|get|gets|order|orders|ordered)(?: the)? (?:most|first|the most|these days"
            rf"|right now)"
            rf"|{_WHICH}(?:everyone|everybody|most people)(?:'s| is| are)? (?:buying|buys?)|what most people buy"
            rf"|popular(?:ity)? first)|(?:{_BY}|by )(?:popularity|sales"
            rf"|most popular|popular|how popular[a-z ]*)){_TOP}?"
        ),
    ),
    (
        "newest",
        compiled(
            rf"{_BY}?\b(?:(?:the )?(?:very )?(?:newest|latest|most recent(?:ly (?:added|released))?"
            rf"|recently (?:added|released)|new arrivals?|new(?:est)? releases?|new in"
            rf"|(?:just|newly|freshly|recently) (?:released|launched|arrived|added|listed|dropped|in(?= ?(?:first"
            rf"|at the top|on top|\Z|[,.])))"
            rf"|fresh(?:est)? (?:arrivals?|releases?|in|stock)(?= ?(?:first|at the top|on top|\Z|[,.])))(?: (?:models?"
            rf"|releases?"
            rf"|arrivals?|products?|items?|ones|version|stuff|in))?|new(?:er)? (?:ones?|models?|arrivals?"
            rf"|items?|products?|stuff)(?= first| at the top| on top)|{_BY}(?:date|newness|release date|arrival"
            rf"|age|recency|release)|by (?:date|release date|newness|arrival)){_TOP}?(?: to oldest)?"
        ),
    ),
    ("price_asc", compiled(rf"{_BY}?(?:price[,:]? )?(?:from )?\b{_CHEAP}{_UP_TO}{_DEAR}\b{_TOP}?")),
    ("price_desc", compiled(rf"{_BY}?(?:price[,:]? )?(?:from )?\b{_DEAR}{_UP_TO}{_CHEAP}\b{_TOP}?")),
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
    r"|(?:hide|skip|drop|remove|exclude|ignore|no|not|without|leave out|filter out|take out|don't show(?: me)?) "
    r"(?:anything"
    r"|everything|all|what|whatever|things|stuff|ones|items|those)(?: (?:that|which|of it))?(?: (?:i|we|you|one))? "
    r"(?:can't"
    r"|cannot|can not|couldn't|won't be able to|don't have|do not have|haven't got)(?: (?:order|buy|get|be (?:ordered"
    r"|bought|had|delivered|shipped)|ship|purchase|have|sell|deliver|in stock|left))?(?: (?:right now|now|today"
    r"|immediately|yet|at the moment|any ?more))*"
    r"|(?:only|just)(?: show)?(?: me)?(?: (?:things|stuff|ones|items|products|what|whatever|those|the ones))?(?: "
    r"(?:that"
    r"|which))? (?:i|we|you) (?:can|could|actually|currently|really|still| )+ ?(?:order|buy|get|purchase|have|ship"
    r"|sell)"
    r" (?:right now|now|today|immediately|straight away|in stock|left)"
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
    r"|必须)?(?:是)?(?:有)?现货(?:的|就行|优先)?|能(?:马上|立刻|立即|现在就?)发货的|马上能发的"
    r"|(?:现在|目前|马上|立刻)?(?:能买到|买得到|能下单|可下单|可以下单|能直接买|可以买到|能立刻买)的(?:才|就|我才)?(?:行|要|好|给我看|看)?)"
    r"|(?:(?:把)?(?:已经|已)?(?:缺货|没有?(?:现货|库存|货)|无货|断货|售罄|卖完|卖光|售完|抢光|下架|没库存|无库存)(?:了)?的?(?:商品"
    r"|款)?(?:都|就|全|也|我|统统|通通|一律)*(?:去掉|不要显示|不要|别要|(?:别|不用|不要)再?给我(?:看|推荐?|列|显示|发)?|别再?推荐?|别显示|不看|过滤掉?|排除|隐藏|删掉"
    r"|剔除|不用|免了|算了|拿掉|除外|别列|不显示|别放|踢掉|筛掉|藏起来|不考虑))"
    r"|(?:不要|去掉|别给我看|别显示|不看|过滤掉?|排除|隐藏|剔除|除了|别推荐|筛掉|不显示|藏起)(?:已经"
    r"|已|那些|所有)?(?:缺货|没有?(?:现货|库存|货)|无货|断货|售罄|卖完|卖光|售完|下架)(?:了)?的?(?:商品|款)?"
)
_LEFT_OVER = compiled(
    r"\b(?:come |shown |listed )?(?:first|at the top|on top|to the top|up front)(?=\s*(?:\Z"
    r"|[,.;!?\x1f]|please\b|pls\b))|(?:排|放)?(?:在)?(?:最)?前(?:面|头|边)?(?=\s*(?:\Z|[,.!?]))"
)
_IN_QUESTION_ZH = compiled(r"(?:有没有|还有没有|是不是|是否)\s*\Z")


def read_sort(draft: Draft) -> Sort | None:
    """The order asked for; strikes what it read. Rating, sales and age come before price (评分从高到低)."""
    for sort, pattern in _RULES if draft.left.isascii() else (*RULES_ZH, *_RULES):
        match = pattern.search(draft.left)
        if match and (refused := sort_refused(draft.left, match.start())) is not None:
            draft.strike(refused, match.end())
            match = pattern.search(draft.left)
        if match and match.group().strip():
            superlative = sort in ("price_asc", "price_desc", "newest", "popularity", "rating_desc")
            draft.strike(match.start(), match.end(), GAP if superlative and _goes_on(draft.left, match) else BREAK)
            draft.strike_all(_LEFT_OVER)
            draft.strike_all(ASKED_TO_PUT_ZH)
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
    draft.strike_all(_STOCK_ZH)
    return True
