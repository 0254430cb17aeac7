"""How Chinese asks for an order: a key (价格, 评分, 销量 …), a direction, and where those are to stand (排前面, 先看).

Patterns only, put together from those three parts so that every key takes every phrasing. Knows nothing of drafts.
"""

from __future__ import annotations

import re

from assistant.types import Sort
from assistant.understanding.parsing.draft import BREAK, GAP, compiled

# Where the wanted ones are to stand. Without one of these, 便宜的 is a wish for cheaper ones and no order.
_FRONT = (
    r"(?:最?(?:前面|前头|前边|前列|前排|上面|上头|顶上|顶部|顶端|开头|靠前)|最前(?![面头边列])"
    r"|第一(?:个|位|名)?|首位|前(?!提|后|天|几|两|三))"
)
_PUT = (
    rf"(?:的)?(?:那些|那几个|款|商品|几款)?(?:给我|帮我|都|就|要|请|得|能|全|统统)*(?:(?:排|放|摆|列|搁|靠|显示|展示|置|提)(?:在|到|于|至)?"
    rf"{_FRONT}|在{_FRONT}|往前(?:面)?(?:排|放|摆|靠|提)?|(?:靠|排)前|优先(?:看|显示|展示|排|推荐)?"
    r"|先(?:看看?|来|上|排|显示|展示|给我看看?|推荐)|置顶|打头|开始(?:看|排|列|推荐|往下)|为先|第一)(?:吧|呗|哈|好了)?"
)
_ONE = r"(?:给我|让我|帮我|我(?:想|要)?)?(?:看看?|显示|列|上|来|推荐|展示)(?:一下|几个|几款)?"
_BY = r"(?:请|帮我|给我|麻烦|把它们|都|再|就)*(?:按照?|根据|依照?|照|以|用)?(?:着)?"
_SORT = (
    r"(?:来|给我|帮我|重新|进行|的顺序|顺序|先后)*(?:排序|排列|排一?下|排个?序|排名|排(?![骨球气插风灯水卡扇量])"
    r"|降序|显示|列(?:出来)?|分(?![钟类])|看)?(?:一下|出来|吧|呗)?"
)
_DOWN = r"(?:从|由|自)?(?:高|好|多|大)(?:到|至|往|向|->?|→)(?:低|差|少|坏|小)"
_UP = r"(?:从|由|自)?(?:低|便宜|少|贱|小)(?:到|至|往|向|->?|→)(?:高|贵|多|大)"
_PRICE = r"(?:price|价格|价钱|价位|单价|售价|定价|总价|价)"
_MOST = r"(?:最|更|比较|较|相对)?"
_CHEAP = r"(?:便宜|低价|实惠|平价|廉价|划算|省钱)"


def _keyed(key: str, good: str, alone: str) -> re.Pattern[str]:
    """An order by a key of which more is better: 评分最高的, 按评分排, 评分高的放前面, 先看评分高的, 好评优先."""
    return compiled(
        rf"{_BY}{key}(?:{_DOWN}|高低|降序|倒序|递减){_SORT}|先{_ONE}?{key}{_MOST}{good}的?"
        rf"|从{key}{_MOST}{good}的?(?:往下|开始|起)?{_SORT}|{_BY}{key}最{good}的?(?:{_PUT}|{_SORT})"
        rf"|{_BY}{key}{_MOST}(?:{good})?{_PUT}"
        rf"|(?:请|帮我|给我|麻烦|都|再|就)*(?:按照?|根据|依照?|照|以|用){key}(?:高低|多少|好坏)?(?:为准)?{_SORT}|{key}(?:排序|排列|排名|排行|降序|倒序|榜)"
        rf"|{key}(?:靠前|前[几十三五]名?|领先)的?(?:几[个款])?(?:{_PUT})?|{key}{_MOST}{good}的(?=[^,.;!?]{{1,12}}(?:排在?最?前|放在?最?前|优先|先(?:给|让)我(?:看|瞧)|先(?:看|来|推荐|上)))"
        rf"|{alone}"
    )


# 能让…排前面吗: the words that ask for it, beside the order that was read.
ASKED_TO_PUT_ZH = compiled(
    rf"(?:能不能|可不可以|能否|是否可以|可以|能|麻烦|请)*(?:让|把|将)(?=[{BREAK}{GAP}])|(?<=[{BREAK}{GAP}])(?:能不能|可不可以|可以|行)?[吗么嘛]"
)

RULES_ZH: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    (
        "rating_desc",
        _keyed(
            r"(?:用户|买家|顾客|大家的?|商品|综合)?(?:ratings?|评分|好评率?|口碑|评价|星级|打分|得分|分数|评级|满意度)",
            r"(?:高|好|多|棒|靠前)",
            rf"最受好评的?(?:{_PUT})?|(?:五星|高分|高评分|好评){_PUT}",
        ),
    ),
    (
        "popularity",
        _keyed(
            r"(?:sales|popularity|销量|人气|热度|销售量|热门(?:程度)?|热销(?:程度)?|畅销(?:程度)?|受欢迎(?:程度)?|购买人数|成交量|热卖)",
            r"(?:高|好|多|大|旺|火|爆)",
            rf"(?:最热门|最畅销|最火爆?|最受欢迎|最热销|最热卖|最流行|最爆款?)的?(?:{_PUT})?"
            rf"|(?:大家|别人|买家)?(?:最)?(?:买|卖|抢)(?:得|的)(?:人)?(?:最|比较)?(?:好|多|火|快)的?{_PUT}"
            rf"|(?:大家|别人|买家)?(?:卖|买)(?:得|的)?(?:人)?最(?:好|多|火|快)的?(?:{_PUT})?|(?:卖|买)得最?(?:好|多|火)的?(?:{_PUT})"
            rf"|(?:热门|热销|热卖|畅销|爆款|火爆|受欢迎|抢手)的?(?:款|商品)?{_PUT}|热销(?:排行|榜)"
            rf"|先{_ONE}?(?:热门|热销|热卖|畅销|卖得(?:最)?好|最火|受欢迎)的",
        ),
    ),
    (
        "newest",
        compiled(
            rf"{_BY}(?:上架|上新|发布|上市|更新|推出|发售|出)?(?:时间|日期|新旧|先后)(?:从新到旧|由新到旧|从近到远"
            rf"|由近到远|最新|倒序|降序)的?{_SORT}|按(?:照)?(?:上架|上新|发布|上市|更新|推出|发售)?(?:时间|日期|新旧|新品|最新){_SORT}"
            rf"|(?:从|由)?新(?:到|至|往)(?:旧|老){_SORT}"
            rf"|最新(?![鲜颖奇])(?:上架|上市|发布|推出|出|款|到货|一代|品|型号|上新)?的?(?:{_PUT})?"
            rf"|(?:最近|近期|这几天|刚刚)?(?:刚|新|才)(?:上架|上市|出|到|发布|推出|到货|上)的(?:{_PUT})?|(?:新品|新款|新货|新上架的?|上新的?|新出的?|新的){_PUT}"
            rf"|先{_ONE}?(?:新品|新款|新出的?|新上架的?|刚上的?|新的)"
        ),
    ),
    (
        "price_desc",
        compiled(
            rf"{_BY}{_PRICE}?(?:{_DOWN}|(?:从|由|自)?贵(?:到|至|往|->?)(?:便宜|贱)){_SORT}(?:价格)?|{_PRICE}(?:降序|倒序|递减|从高){_SORT}"
            rf"|先贵后便宜|先高后低|{_PRICE}?最(?:贵|高价)的?(?:{_PUT})?|{_PRICE}最高的?(?:{_PUT})?"
            rf"|(?:{_PRICE}{_MOST}(?:高|贵)|(?:最|更|比较|较)?(?:贵|高价)){_PUT}|先{_ONE}?(?:{_PRICE}{_MOST}高|{_MOST}(?:贵|高价))的"
            rf"|从(?:{_PRICE}?{_MOST}(?:贵|高价|最高)|{_PRICE}高)的?(?:往下|开始|起){_SORT}"
        ),
    ),
    (
        "price_asc",
        compiled(
            rf"{_BY}{_PRICE}?{_UP}{_SORT}|{_PRICE}(?:升序|正序|递增|从低){_SORT}|(?:先便宜后贵|先低后高)"
            rf"|{_PRICE}?最(?:便宜|低价|划算|实惠|平价|省钱)的?(?:{_PUT})?|{_PRICE}最低的?(?:{_PUT})?"
            rf"|(?:{_PRICE}{_MOST}(?:低|便宜|实惠)|{_MOST}{_CHEAP}){_PUT}"
            rf"|先{_ONE}?(?:{_PRICE}{_MOST}(?:低|便宜)|{_MOST}{_CHEAP})的"
            rf"|从(?:{_PRICE}?{_MOST}(?:{_CHEAP}|最低)|{_PRICE}低)的?(?:往上|开始|起){_SORT}"
            rf"|(?:按照?|根据|依照?|照){_PRICE}(?:高低|排序)?{_SORT}|{_PRICE}(?:排序|排列)"
        ),
    ),
)
"""What each order is asked for by; the first rule that matches decides, so 评分从高到低 is no price."""

_REFUSED = compiled(
    r"(?:不需要|不用|不必|不一定要?|不要|别要?|不求|不追求|不是|不想要|别给我)(?:非)?(?:要|是|看|推荐?)?\Z"
)


def sort_refused(left: str, at: int) -> int | None:
    """Where the words begin that refuse the order at ``at`` (不需要最新的); ``None`` where it is asked for."""
    match = _REFUSED.search(left, max(0, at - 8), at)
    return None if match is None else match.start()
