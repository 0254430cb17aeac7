"""What a message says about the search itself: forget the price, cheaper, show more, just one.

Knows the wording. Knows nothing of what was searched or shown; the dialogue acts on it.
"""

from __future__ import annotations

from typing import Literal

from assistant.understanding.parsing.draft import BREAK, Draft, compiled
from assistant.understanding.parsing.numbers import count_of

_ALL_FIELDS = frozenset(
    "product price_min price_max currency brands exclude_brands colors exclude_colors sizes terms "
    "exclude_terms sort in_stock_only quantity".split()
)
_PRICE = frozenset({"price_min", "price_max"})

_DROP = (
    r"(?:forget(?: about)?|undo|never ?mind|ignore|drop|remove|clear|scrap|lift|skip|disregard|cancel|reset"
    r"|delete|ditch|no need for|doesn't need|don't (?:worry|care|bother|fuss) (?:about|with)"
    r"|don't mind|take off|get rid of|leave out|set aside|lose|relax|loosen|do away with|let go of)"
)
_THE = r"(?: (?:the|my|any|that|this|all|of|about|about the|a|those|these|whole|earlier|previous|old))*"
_MATTER = (
    r"(?:(?:does(?:n't| not)|do(?:n't| not)|no longer|is(?:n't| not)|are(?:n't| not)) (?:really "
    r"|actually )?(?:matter|important|care|relevant|an issue|a problem|an object|a concern|count)s?"
    r"|is (?:no (?:object|issue|concern|problem|matter)|irrelevant|open|flexible|up to you|whatever)"
    r"|can be any(?:thing)?|no object|unimportant|whatever)"
)
_EN_NOUNS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        r"(?:(?:lower|bottom|minimum|min)(?: price)?(?: limit| bound| end)?|minimum(?: price)?|price floor"
        r"|floor price|from-price)",
        frozenset({"price_min"}),
    ),
    (
        r"(?:(?:upper|top|maximum|max)(?: price)?(?: limit| bound| end)|maximum(?: price)?|price (?:cap"
        r"|ceiling)|ceiling|(?:price |spending )?cap|upper limit)",
        frozenset({"price_max"}),
    ),
    (
        r"(?:price(?:s)?(?: (?:limits?|range|bounds?|filter|restrictions?))?|budget|cost|money"
        r"|how much it costs|spending limit)",
        _PRICE,
    ),
    (r"(?:colou?rs?|colou?r (?:filter|choice)|shades?)", frozenset({"colors", "exclude_colors"})),
    (r"(?:brands?(?: filter)?|makers?|labels?|manufacturers?|makes?)", frozenset({"brands", "exclude_brands"})),
    (r"(?:sizes?(?: filter)?|sizing|dimensions?)", frozenset({"sizes"})),
    (r"(?:materials?|specs?|requirements?)", frozenset({"terms"})),
    (r"(?:sort(?:ing)?(?: order)?|order of (?:the )?(?:list|results)|ordering)", frozenset({"sort"})),
    (r"(?:stock(?: filter| status)?|availability|being in stock|in-stock filter)", frozenset({"in_stock_only"})),
)
_EN_CLEAR = [
    (
        compiled(
            rf"\b(?:{_DROP}{_THE} {noun}\b(?! (?:is|are) )(?: (?:limits?|filters?|restrictions?|range"
            rf"|requirements?))*(?: (?:altogether|completely|entirely|for now|then|please|too|as well))*"
            rf"|(?:the )?{noun} {_MATTER}|no {noun}(?: (?:limits?|preference|restrictions?"
            rf"|requirements?))?(?=\s*(?:\Z|[,.;!?\x1f]|\band\b|\bbut\b|\bat all\b|\bplease\b|\bthough\b"
            rf"|\bthen\b|\bnow\b|\bfor\b|\banymore\b|\bany more\b))"
            rf"|any (?:old )?(?:{noun})(?: (?:at all|whatsoever))?(?: (?:is|are|will|would|works?"
            rf"|goes)\b(?: be)?(?: (?:fine|ok|okay|good|great|alright|all right|do|welcome|acceptable))?"
            rf"|(?=\s*(?:\Z|[,.;!?])))"
            rf"|i(?:'m| am) (?:not fussy|not picky|easy|flexible|open|not bothered)(?: about| on| regarding"
            rf"| with)(?: the)? {noun})"
        ),
        fields,
    )
    for noun, fields in _EN_NOUNS
]
_EN_ALL = compiled(
    r"\b(?:start(?:ing)? (?:over|again|afresh|fresh|from scratch)|from scratch|clean slate|(?:clear"
    r"|reset|remove|drop|forget|cancel|delete|undo)(?: about)? (?:(?:all|everything)"
    r"(?!(?: (?:of|the|those|these))* (?:from|by|over|above|under|below|that|with|in|made|but|except|else|which|what"
    r"|costing|priced|more|less|cheaper|pricier)\b)|all of (?:it|that"
    r"|them)|the (?:filters|lot|whole lot)|all (?:the |my )?(?:filters?|constraints?|conditions?"
    r"|requirements?|limits?)|(?:my )?filters|the search)|new search|begin again|wipe (?:it"
    r"|everything))\b"
)
_EN_SKY = compiled(
    r"\b(?:money(?:'s| is) no (?:object|issue|problem)|(?:the )?sky(?:'s| is) the limit"
    r"|whatever it costs|(?:at )?any price(?: is fine)?|price is no object|cost is no object"
    r"|i don't (?:care|mind) (?:what|how much) it costs|no (?:price|budget|spending) (?:limit|cap"
    r"|ceiling|range)s?|unlimited budget|no budget)\b"
)

_ZH_STOP = (
    r"(?:不用管了?|不管了?|不看了?|不限(?:制)?了?|无所谓了?|随便了?|都行|都可以|不重要了?|不要了"
    r"|取消了?|去掉了?|忽略(?:掉)?|别管了?|不考虑了?|放开(?:吧)?|不设了?|没关系了?|无要求|没要求"
    r"|没限制|无限制|不做限制|不作要求|不要求了?|不讲究|不挑|清掉|清空|删掉|算了|免了|不设限)"
)
_ZH_PRE = (
    r"(?:撤销|撤回|不用管|不管|别管|不看|不限制?|不考虑|忽略(?:掉)?|取消|去掉|放开|清掉|清空|删掉|不要管|不设"
    r"|没有|无|不在乎|不介意|不挑|抛开|撇开|先不谈|别看|不用看|不用考虑)"
)
_ZH_NOUNS: tuple[tuple[str, frozenset[str]], ...] = (
    ("(?:价格|价钱|预算)?(?:下限|最低价|最低限制|最低要求)", frozenset({"price_min"})),
    ("(?:价格|价钱|预算)?(?:上限|最高价|最高限制|封顶)", frozenset({"price_max"})),
    ("(?:价格|价钱|预算|价位|多少钱|钱|价格区间|价格范围)", _PRICE),
    ("(?:颜色|配色|花色)", frozenset({"colors", "exclude_colors"})),
    ("(?:品牌|牌子|厂家)", frozenset({"brands", "exclude_brands"})),
    ("(?:尺码|尺寸|大小|码数|码)", frozenset({"sizes"})),
    ("(?:材质|面料|款式|功能|风格|材料|花纹)", frozenset({"terms"})),
    ("(?:排序|顺序)", frozenset({"sort"})),
    ("(?:库存|现货|有没有货|有货没货)", frozenset({"in_stock_only"})),
)
_ZH_CLEAR = [
    (
        compiled(
            rf"(?:{_ZH_PRE}(?:什么|任何|那个|这个|的|了|所有)?{noun}(?:限制|要求|条件|方面|的限制|的要求)?(?:了"
            rf"|吧)?(?![的高低在是\d一二三四五六七八九十])|{noun}(?:限制|要求|方面|条件|什么的|这块|上|这个"
            rf"|的话|那个)?(?:我|也|就|都|倒|先|完全|可以|其实|那就|真的)*{_ZH_STOP}|(?:什么|任何|哪种|哪个"
            rf"|啥){noun}(?:的)?(?:都|也)(?:行|可以|好|成|没关系|无所谓|要))"
        ),
        fields,
    )
    for noun, fields in _ZH_NOUNS
]
_ZH_ALL = compiled(
    r"重新(?:开始|来过?|找|搜|搜索|选)|从头(?:来|开始)|(?:条件|筛选|限制|要求)(?:都|全部?|全都|统统"
    r"|通通)?(?:清空|清掉|取消|去掉|不要了|重置|删掉|作废)|(?:清空|重置|取消|去掉|清除|撤销)(?:所有|全部"
    r"|一切)?的?(?:条件|筛选|限制|要求|搜索)|全部(?:清空|取消|重来)|前面(?:的|说的)(?:都)?(?:不算"
    r"|作废)|推倒重来"
)

_SKIPPED = r"(?:not|isn't|is not|don't|doesn't|aren't|no)"
_CHEAPER = compiled(
    r"\b(?:cheaper|less expensive|less pricey|less costly|more affordable|lower[ -]priced"
    r"|lower in price|lower price|(?:more )?budget[ -]friendly|(?:too|so|rather|bit|quite"
    r"|pretty) (?:expensive|pricey|dear|costly|steep|much money)|over my budget"
    r"|out of my (?:price range|budget)|beyond my budget|"
    r"something (?:cheap|more reasonable)|not (?:so|as|too|that|quite so) (?:expensive|pricey|dear"
    r"|costly)|can't afford (?:that|this|these|those|it)|costs? less|price down|less money"
    r"|for less)\b(?! to (?:ship|deliver))"
)
_DEARER = compiled(
    r"\b(?:pricier|dearer|costlier|more expensive|more premium|more upmarket|more high[ -]end"
    r"|higher[ -]end|higher[ -]priced|fancier|more luxurious|step up in price|costs? more|(?:too"
    r"|so) cheap(?:-looking)?)\b"
)
_CHEAPER_ZH = compiled(
    r"便宜(?:一?点|一?些|点儿|的|款|货)|更便宜|再便宜|(?:比|更).{0,12}?便宜|(?:太|有点|有些|好|稍微|偏"
    r"|价格|略|真|这么|那么)贵(?!重|的多)|贵了|实惠(?:一?点|些)|(?:价格|价位|价钱)(?:再)?(?:低|降"
    r"|便宜)(?:一?点|些)|低价位?(?:一?点|些)|平价(?:一?点|些|的|款)|再低(?:一?点|些)|性价比(?:更"
    r"|再)?高|超预算|超出预算|预算不够|没那么贵|不(?:要|那么)太?贵|(?:别|不要)(?:这么|那么|太)贵"
)
_DEARER_ZH = compiled(
    r"贵(?:一?点|一?些|点儿)(?!了)|更贵|再贵|(?:更|再)?(?:高档|高端|高级|上档次|好)(?:一?点|一?些"
    r"|点儿)的?|(?:比).{0,12}?贵|价格(?:再)?高(?:一?点|些)|太便宜了"
)
# "The cheaper one" and 便宜的那个 point at a product shown; they ask for no other list.
_POINTED_PRICE = compiled(
    r"\bthe (?:much |slightly |bit )?(?:cheaper|less expensive|more affordable|pricier|dearer|costlier"
    r"|more expensive|(?:lower|higher)[ -]priced) (?:one|pair|model|option|item|of (?:the|these|those|them|two))\b"
    r"|(?<!更)(?<!再)(?:便宜|贵)(?:一?[点些])?的?(?:那|这)一?[个款条件双台把部只张套本支盏副瓶幅辆块枚]"
)
_NOT_CHEAPER_ZH = compiled(r"从便宜到贵|从贵到便宜|由便宜到贵|最便宜")

_MORE = compiled(
    r"(?:\b(?:(?:show|give|find|list|get|send|bring up|load|see|let me see|let's see|display|have|got"
    r"|are there|is there|do you have|any)(?: me| us| you)?(?: got)?(?: a)?(?: few| couple| bit"
    r"| little)?(?: of)? (?:some )?(?:more|others?(?! (?:brand|make|label|colou?r|size|material))|other (?:ones"
    r"|options|choices|models|results|items"
    r"|products|suggestions|picks)|different ones|additional (?:ones|options|results"
    r"|items))(?! (?:expensive|affordable|about|info(?:rmation)?|details?|of (?:the|that|this)|like"
    r"|than|compact|durable|comfortable|stylish|pictures?|photos?))"
    r"|(?:next|another) (?:page|batch|lot|set|ones|few|five|results|bunch|round|group|options)"
    r"|what else(?: (?:do you|have you|is there|you|can you|ya|u)[a-z ']*)?\s*(?=\Z|[?.!,])|see more"
    r"|load more|more (?:please|options|results|choices|like (?:this|these|that|those)|of (?:these"
    r"|those|them|the same))|some others|any others?(?! (?:brands?|makes?|makers?|labels?|colou?rs?|sizes?"
    r"|materials?)\b)|anything else(?=\s*(?:\Z|[?.!,]))"
    r"|different (?:ones|options|batch)|the rest(?: of (?:them|these))?|keep (?:going|scrolling)"
    r"|go on)|\A\s*(?:more|next|others?|another|and more|more pls|moar)[\s.!?]*(?:please"
    r"|pls)?[\s.!?]*\Z)"
)
_MORE_ZH = compiled(
    r"换一?批|换几[个款件]|换(?:一)?(?:组|些|拨|波)|换点(?:别的|其他)|(?:还有|有没有|有|看看|给我看"
    r"|再看看|来点|来些|要点|想看)(?:没有)?(?:其他|其它|别的|更多|另外|旁的)(?:的)?(?:款式?|选择|推荐"
    r"|商品|产品|吗|么|呢|没|没有|的|几[个款])*(?=\s*(?:\Z|[,.!?~]|吗|么|呢|没|看看|给|换))|再(?:来|看"
    r"|给|推荐|找|多|拿|发|列|展示|显示|上)(?:我|一?些?|看|看看|推荐|来"
    r"|展示)*(?:[一几两三四五多]?[些点个款件批组张样]|一?批|其他的|别的|推荐)(?!便宜|贵|大|小|薄|厚|轻"
    r"|素)|下一?[页批组]|更多(?:的)?(?:款|选择|推荐|商品|产品)?(?=\s*(?:\Z|[,.!?~吗呢吧]))|多(?:来|看"
    r"|给|推荐)几[个款件]|(?:(?<=[,.!?\s])|\A)(?:那)?还有(?:吗|呢|么|没有?|更多)(?=\s*(?:\Z|[,.!?]))"
    r"|继续(?:看|推荐|往下)?(?=\s*(?:\Z|[,.!?吧]))|往下看|剩下的(?:呢|也|看看)|翻页"
)
_COUNT = compiled(
    r"\b(?:(?:only|just)(?: (?:show(?: me)?|want|need|give me|list))?(?: (?:that|the"
    r"|this))? (?P<one>one)(?: (?:result|product|option|suggestion|item|please|only))?(?=\s*(?:\Z"
    r"|[.!?,]))|(?P<only>one|a single one|nothing else|that one) only|(?P<nothing>nothing else)|"
    r"(?:show|give|list|find|recommend|suggest|get|send|pick|name|top|best)(?: me| us| out)?(?: the"
    r"| your| just| only| me| top| best)* (?P<n>\d{1,2}|two|three|four|five|six|seven|eight|nine"
    r"|ten)(?: (?:best|top|cheapest|good|different|more|other|nice))?(?: (?:of (?:them|those|these"
    r"|your)|options?|results?|suggestions?|choices?|products?|items?|ones|ideas|picks|alternatives?"
    r"|more|others|models|recommendations)\b|(?=\s*(?:\Z|[.!?,]))))"
)
_COUNT_ZH = compiled(
    r"(?:只|就|仅|光)(?:要|看|给我看?|推荐|想看|显示|列)?(?:这|那|它)?(?P<one>一|1)[个款件台把张条双]"
    r"|(?:(?:推荐|给我看|列|展示|显示)(?:出|看)?(?P<n>[两二三四五六七八九十]|\d{1,2})[个款件种样]"
    r"|(?:挑|选|来|找|看)(?:出|看)?(?P<m>[两二三四五六七八九十]|\d{1,2})[款种样])(?=\s*(?:\Z|[,.!?]"
    r"|就行|就好|吧|给我|看看|来))"
)


def cleared_fields(draft: Draft) -> frozenset[str]:
    """The constraint fields the shopper lifts; strikes what it read."""
    out: set[str] = set()
    if draft.strike_all(_EN_ALL) | draft.strike_all_zh(_ZH_ALL):
        return _ALL_FIELDS
    if draft.strike_all(_EN_SKY):
        out |= _PRICE
    for pattern, fields in _EN_CLEAR if draft.left.isascii() else (*_EN_CLEAR, *_ZH_CLEAR):
        if draft.strike_all(pattern, BREAK):
            out |= fields
    return frozenset(out)


def relative_price(draft: Draft) -> Literal["cheaper", "dearer"] | None:
    """Whether cheaper or dearer ones are wanted, with no number said; strikes what it read."""
    if _NOT_CHEAPER_ZH.search(draft.left):
        return None
    draft.strike_all(_POINTED_PRICE)
    found: Literal["cheaper", "dearer"] | None = None
    if draft.strike_all(_CHEAPER) | draft.strike_all_zh(_CHEAPER_ZH):
        found = "cheaper"
    if draft.strike_all(_DEARER) | draft.strike_all_zh(_DEARER_ZH):
        found = found or "dearer"
    return found


def wants_more(draft: Draft) -> bool:
    """Whether the next results of the same search are wanted; strikes what it read."""
    return draft.strike_all(_MORE) | draft.strike_all_zh(_MORE_ZH)


def result_count(draft: Draft) -> int | None:
    """How many results were asked for ("show me three", 推荐两款, "only that one"); strikes what it read."""
    for pattern in (_COUNT, _COUNT_ZH):
        match = pattern.search(draft.left)
        if match:
            groups = match.groupdict()
            draft.strike(match.start(), match.end())
            named = groups.get("n") or groups.get("m")
            return count_of(named) if named else 1
    return None
