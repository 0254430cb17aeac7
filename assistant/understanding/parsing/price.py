"""Price bounds and currency: "under 60", "1k-2k", 两百来块, "nothing over 30", 三百美元封顶.

Reads each amount together with the words directly before and after it. Knows nothing of any catalogue's prices or
currencies, and never converts one into another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.understanding.parsing.draft import Draft, compiled
from assistant.understanding.parsing.numbers import Number, count_of, find_numbers

_CURRENCIES = {
    "USD": "us$|usd|us dollars?|dollars?|bucks?|$|美元|美金|美刀|刀",
    "EUR": "€|eur|euros?|欧元|欧",
    "GBP": "£|gbp|pounds? sterling|pounds?|quid|英镑|镑|fivers?|tenners?",
    "CNY": "¥|rmb|cny|cn¥|yuan|kuai|renminbi|人民币|元人民币|元|块钱|块|圆",
    "JPY": "jpy|yen|日元|日币|日圆|円",
    "HKD": "hk$|hkd|港币|港元|港纸",
    "TWD": "nt$|twd|新台币|台币",
    "KRW": "₩|krw|won|韩元|韩币",
    "INR": "₹|inr|rupees?|卢比",
    "AUD": "a$|aud|澳元|澳币",
    "CAD": "c$|cad|加元|加币",
    "SGD": "s$|sgd|新币|新加坡元",
    "CHF": "chf|francs?|瑞郎",
}


def _currency_patterns() -> list[tuple[re.Pattern[str], str]]:
    rows: list[tuple[str, str]] = []
    for code, cell in _CURRENCIES.items():
        for form in cell.split("|"):
            optional = form.endswith("s?")
            pattern = re.escape(form[:-2]) + "s?" if optional else re.escape(form)
            if form[-1].isascii() and (form[-1].isalpha() or optional):
                pattern += r"(?![a-z])"
            rows.append((pattern, code))
    rows.sort(key=lambda row: -len(row[0]))
    return [(compiled(p), code) for p, code in rows]


_CURRENCY = _currency_patterns()
_PREFIX = compiled(r"(?:us\$|hk\$|nt\$|a\$|c\$|s\$|cn¥|\$|€|£|¥|₹|₩|(?<![a-z])(?:usd|eur|gbp|rmb|cny|jpy|hkd|aud|cad|sgd|chf|人民币|美元|欧元|英镑))\s*\Z")

# Words between an amount and what it measures: such an amount is no price.
_NOT_MONEY = compiled(
    r"\s?(?:-\s?)?(?:(?:inch(?:es)?|in\.|cm|mm|km|ft|feet|foot|lbs?|kgs?|kilos?|grams?|g|oz|ounces?|ml|lit(?:er|re)s?|l|gb|tb|mb|hz|khz|mhz|ghz|"
    r"fps|w|watts?|kw|v|volts?|mah|ah|mp|megapixels?|people|persons?|adults?|kids?|guests?|seater|seats?|pieces?|pcs|packs?|"
    r"months?|mos?|years?|yrs?|days?|weeks?|hours?|hrs?|minutes?|mins?|seconds?|nights?|st|nd|rd|th|stars?|floors?|x|"
    r"percent|figures|digits|pages?|cups?|quarts?|speeds?|drawers?|doors?|burners?|players?|am|pm|o'clock|ply|servings?|degrees?|miles?|m|mm|"
    r"strings?|keys?|songs?|rooms?|colou?rs?|steps?|square|sq|tier|rpm|psi|btu|dpi|lumens?|carats?|ct|k\s+(?:tv|monitor|video))(?![a-z])|"
    r"%|\"|''|°|[寸吋]|英寸|厘米|毫米|公分|米|英尺|公斤|千克|斤|克|毫升|升|瓦|毫安|度|码|号|件|条|台|个|双|只|张|把|盒|袋|瓶|包|本|套|支|片|枚|颗|"
    r"对|副|桶|罐|箱|款|人|岁|周岁|年|个?月|天|日|小时|分钟|秒|折|楼|层|倍|匹|档|核|期|次|点|星|像素|英里|公里|尺|平|g内存|伏|赫兹|分贝|流明|首|页|元素|代|路|杯|种|样|粒|根|枝|朵|口|斤装)"
)
_MODEL_BEFORE = compiled(
    r"(?:\b(?:order|number|no\.?|nr|#|model|ref(?:erence)?|tracking|ages?|aged|sizes?|option|item|version|gen|generation|iphone|pixel|galaxy|series|mark|mk|ps|"
    r"windows|chapter|level|zone|room|floor|apartment|aisle|turns?|turning|since|uk|us|eu)|#|订单号?|单号|编号|型号|尺码|第)\s*[:#]?\s*\Z"
)
_AGE_BEFORE = compiled(r"\b(?:kids?|child(?:ren)?|toddlers?|babies|baby|anyone|people|adults?|boys?|girls?|ages?|someone|seniors|persons?)(?: (?:aged|who are|that are))?\s+(?:under|over|below|above|up to|from)\s*\Z")

_NEG = (
    r"(?:(?:no|not|nothing|never|none|nor|don't|dont|do not|doesn't|does not|drop|skip|hide|remove|exclude|excluding|leave out|without|avoid|lose|"
    r"ditch|can't|cannot|can not|won't|wouldn't|shouldn't|mustn't|isn't|aren't|is not|are not|ain't|cut|filter out|get rid of|rule out|discard|omit|"
    r"anything but|except|except for|toss|reject|ignore|nix|rather not)\b)"
)
_FILL = (
    r"(?:[\s,]+(?:anything|everything|something|all|any|ones?|those|items?|things?|stuff|products?|models?|options?|to|be|go|going|pay|paying|spend|"
    r"spending|want|need|is|are|was|it|that's|that|which|who|what|what's|cost|costs|costing|priced?|prices|at|of|much|should|sell|selling|listed|"
    r"show|me|see|with|a|i|get|it's|they're|come|comes|coming|budget|too|bit|single|the|looking|look|really|please|would|like|any)){0,7}"
)
_OVER = (
    r"(?:over|above|more than|more then|higher than|beyond|exceed(?:s|ing)?|costlier than|dearer than|pricier than|more expensive than|upwards? of|"
    r"north of|greater than|past|in excess of|>=?|≥)"
)
_UNDER = (
    r"(?:under|below|less than|less then|lower than|cheaper than|fewer than|beneath|underneath|south of|inside|within|sub|shy of|short of|<=?|≤)"
)
_THE = r"(?:\s+(?:the|a|an|like|say|about|around|roughly))?"
_BEFORE_EN = compiled(rf"(?<![a-z'])(?:(?P<neg>{_NEG}){_FILL}[\s,]+)?(?:(?P<over>{_OVER})|(?P<under>{_UNDER}))(?P<soft>{_THE})\s*\Z")
_MAX_EN = compiled(
    r"(?:(?<![a-z'])(?:up to|upto|at (?:the )?(?:very )?most|max(?:imum)?(?: (?:of|is|price))?|as much as|tops|"
    r"(?:price )?(?:limit|cap|ceiling)(?:ped)?(?: (?:is|of|at|to|it at|it to))?|capped at|top(?:s)? out at|max(?:es)? out at|not to exceed|"
    r"(?:upper )?(?:limit|bound)(?: (?:is|of|to|at))?|"
    r"(?:can|could|will|would|i'll|we'll|happy to|willing to|able to|want to|like to|going to|let's|looking to|hoping to|plan to|prepared to) "
    r"(?:spend|pay|go(?: up)?(?: as high as)?|stretch|do|afford)(?: (?:up )?to| at most)?(?: about)?|"
    r"(?:go|stretch|raise|bump|increase|lift|up|push|lower|drop|reduce|bring|cut|change|set|move|extend|make)(?: (?:it|that|the (?:limit|budget|price|cap|max|maximum|ceiling|upper limit)|my (?:limit|budget|max)))?(?: (?:up|down))? to|"
    r"as high as|spend(?:ing)?|keep (?:it|the price) (?:to|at)|stay(?:ing)? (?:at|around)|(?:my|the|our|a|total|with|on)?\s*budget(?:'s)?(?:\s*(?:is|of|at|:|=|-|up to|to|max|was|limit|would be|set at|now|for (?:this|it|that)))*))\s*[:=]?\s*\Z"
)
_MIN_EN = compiled(
    r"(?<![a-z'])(?:at least|at the (?:very )?least|min(?:imum)?(?: (?:of|is|price))?|(?:price )?floor(?: of| is)?|(?:lower )?(?:limit|bound) (?:is|of)|as little as|"
    r"start(?:ing|s)? (?:at|from))\s*[:=]?\s*\Z"
)
_AROUND_EN = compiled(
    r"(?:(?<![a-z'])(?:for |of |at |is |be |cost(?:ing)? |budget(?: is| of)? )?(?:somewhere |something |anywhere )?"
    r"(?:around|about|approx(?:imately|\.)?|roughly|circa|ca\.?|near(?:ly)?|close to|in the (?:region|neighbou?rhood|ballpark|area|vicinity) of|more or less|give or take)"
    r"(?: the)?|~|≈)\s*\Z"
)
_FROM_EN = compiled(r"(?<![a-z'])(?:from|starting from)\s*\Z")
_FOR_EN = compiled(r"(?<![a-z'])(?:for|with|have|have got|i've got|got|only have|only got|at|spend)(?: (?:only|just|exactly))?\s*\Z")
# A cue that another amount follows belongs to that one: in "at least 300, at most 600" 300 is no maximum.
_ANOTHER = r"\s*(?:of |is |about |around )?(?:[$€£¥]\s?)?(?:\d|(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty|thirty|forty|fifty) (?:hundred|thousand|grand|k\b))"
_EACH = r"\s*(?:,\s*)?(?:apiece|each|a (?:piece|pair|pop|head)|per (?:piece|pair|item|person|unit|head|one|month)|in total|total|altogether|price)?"
_AFTER_MAX_EN = compiled(
    rf"{_EACH}\s*(?:[,-]\s*)?(?:(?:(?:or|and) (?:less|lower|under|below|cheaper|fewer|within|down)|or so max|max(?:imum|es)?|tops|top|at (?:the )?(?:very |absolute )?(?:most|max(?:imum)?)|ceiling|"
    rf"limit|cap|(?:as )?(?:a |my )?budget|is (?:my|the|our|about my) (?:absolute |upper |hard |top )?(?:ceiling|limit|max(?:imum)?|budget|cap|top)|to spend|is all i (?:have|can|want)(?: \w+)?|is as (?:high|much) as i(?:'ll| can| will)?(?: go)?|"
    rf"is the most i(?:'ll| can| will)?(?: \w+)?|(?:and )?not a (?:cent|penny|dollar|euro) (?:more|over)|and (?:no|not) (?:more|higher)|or (?:bust|nothing))(?![a-z]))(?!{_ANOTHER})"
)
_AFTER_MIN_EN = compiled(
    rf"{_EACH}\s*(?:(?:(?:or|and) (?:more|up|above|over|higher|upwards?|beyond|dearer)|plus|upwards?|onwards?|at (?:the )?(?:very )?least|min(?:imum)?|is (?:my|the) min(?:imum)?)(?![a-z])|\+(?!\d))(?!{_ANOTHER})"
)
_AFTER_AROUND_EN = compiled(r"\s*(?:-?ish(?![a-z])|or so(?![a-z])|or thereabouts|give or take|more or less|or around(?: that| there)?|approximately|roughly)")
_JUST_EACH = compiled(r"\s*(?:apiece|each|in total|total|altogether)(?![a-z])")

_NEG_ZH = r"(?:不要|别要|别给我(?:看|推荐)?|不想要|不想|不能|不可以|不会|不用|不必|不看|不考虑|去掉|排除|过滤掉?|剔除|除了|除去|别|(?<!有)没有|莫|勿|(?<!要)不)"
_BEFORE_ZH = compiled(
    rf"(?P<neg>{_NEG_ZH}(?:买|要|看|给我|推荐|让|再|价格|价钱|花|卖|的|是|有|超出|价位|预算){{0,3}})?"
    r"(?:(?P<over>超过|高于|大于|多于|贵于|超出|高过|贵过|超)|(?P<under>低于|少于|小于|不到|不足|便宜于|低过|不满|小于等于))(?P<soft>大概|约)?\s*\Z"
)
_NEG_ONLY_ZH = compiled(rf"{_NEG_ZH}(?:买|要|看|价格|价钱|价位)?\s*\Z")
_MAX_ZH = compiled(
    r"(?:(?:预算|价格|价位|价钱|总价|单价)?(?:最高|最多|最贵|顶多|至多|撑死|不超|上限|限额|封顶)(?:价|给|花|出|能|可以|预算|到|是|为|在|就|只|放|提|调|改|设|加|成|也就|了|至|:)*|"
    r"(?:我的|总)?预算(?:就|是|为|在|只有|有|只|大概|大约|差不多|可以|能|可|到|提|加|提高|提到|放宽|放|改|改成|调|调到|增|增加|降|降低|给|控制|上限|最高|最多|不超过|了|也|才|不多|[:,])*|"
    r"(?:手头|手里|手上|身上|口袋里)?(?:只有|就|只能花|能花|可以花|打算花|准备花|最多花|想花|愿意花|花)|控制在|"
    r"(?:加|提|涨|放宽|提高|升|抬|降|降低|调|放|调整|改|压|上调|下调|放到|增加|追加)(?:到|至|成|为)|别超|能接受)\s*\Z"
)
_MIN_ZH = compiled(r"(?:(?:价格|价位|预算)?(?:至少|最少|最低|起码|下限|起步价|不少于|少说|最便宜)(?:也|要|得|都|价|是|为|在|到|提|调|改|设|成|放|有|花|:)*)\s*\Z")
_AROUND_ZH = compiled(r"(?:预算|价格|价位)?(?:在|是)?(?:大概|大约|差不多|约|约莫|将近|接近|左右|估计|也就|近)(?:是|在|就|有|要|花)?\s*\Z")
_THAN_ZH = compiled(r"比\s*\Z")
_BUDGET_ZH = compiled(r"预算")
_AFTER_MAX_ZH = compiled(r"\s*(?:钱)?(?:及|或|或者)?(?:以内|以下|之内|之下|封顶|为限|以里|打住|到顶|顶天|为上限|是上限|(?:是|就是)?(?:我的)?(?:上限|预算|极限)|往下|内(?![存衣裤胆部]))")
_AFTER_MIN_ZH = compiled(r"\s*(?:钱)?(?:及|或|或者)?(?:以上|起步|起(?![来球])|往上|之上|开外|打底|朝上|\+(?!\d))")
_AFTER_AROUND_ZH = compiled(r"\s*(?:钱)?(?:左右|上下|前后|附近|出头|样子|这样)")
_AFTER_THAN_ZH = compiled(r"\s*(?:更|还|要)?(?:便宜|低|少)")
_AFTER_NEG_ZH = compiled(r"\s*的?(?:都|就|也|全|统统|一律)*(?:不要|别要|别给我|别|去掉|不看|不考虑|太贵|排除|过滤|剔除|pass|不行|免了|算了|不买|删掉|拿掉|跳过|不想|贵了)")
_TAIL_ZH = compiled(r"\s*(?:之间|区间|这个价位?|价位|价格|价钱|的预算|预算)*(?:的(?!话))?(?:样子)?")
_JOIN = compiled(r"\s*(?:-+|~|to|through|until|till|up to|and|&|到|至|和|跟|与)\s*\Z")
_BETWEEN = compiled(r"(?:between|from|anywhere|in the range(?: of)?|range(?: of|:)?|介于|在)\s*\Z")
_RANGE_HEAD = compiled(
    r"(?:(?:price(?:d|s)?|cost(?:s|ing)?|budget(?: is| of)?|spend|for|of|with)\s+)*(?:(?:anywhere |somewhere |ranging |any )?(?:between|from|in the range(?: of)?|(?:price )?range(?: of| is|:)?)|介于|(?:价格|价位|价钱|预算)?(?:在|是|:)?|(?:for|budget(?: is| of|:)?))\s*\Z"
)
_DIME = compiled(r"(?:\d|[一二三四五六七八九])(?![\d十百千万个件条块元到至折月天号%-])")
_MOST_NUMBERS = 40
_LONE_CURRENCY = compiled(
    r"(?:\b(?:in|into|using|as|by) (?P<en>us dollars|dollars|usd|euros?|eur|pounds|gbp|sterling|yuan|rmb|cny|yen|jpy)\b(?: (?:then|please|instead))?)|"
    r"(?:[按用以换成](?:成|算)?(?P<zh>美元|美金|欧元|英镑|人民币|日元|港币)(?:来?算|计价?|结算|付)?(?:吧|好了)?)"
)
_HAIR = compiled(r"\d+\s*-\s*\d+\s*-")


@dataclass(frozen=True, slots=True)
class PriceReading:
    """Inclusive bounds in major units of ``currency``; each ``None`` where the message states none."""

    low: float | None = None
    high: float | None = None
    currency: str | None = None


@dataclass(slots=True)
class _Amount:
    start: int
    end: int
    low: float
    high: float
    factor: float
    script: str
    currency: str | None = None
    loose: bool = False
    spread: bool = False


def _currency_at(low: str, at: int) -> tuple[int, str] | None:
    window = low[at : at + 16]
    skipped = len(window) - len(window.lstrip(" -"))
    for pattern, code in _CURRENCY:
        match = pattern.match(window, skipped)
        if match:
            return at + match.end(), code
    return None


def _amount(low: str, number: Number) -> _Amount | None:
    """The number with its currency and vagueness (来, 多, 几); ``None`` where it measures something else."""
    out = _Amount(number.start, number.end, number.low, number.high, number.factor, number.script)
    out.spread = number.low != number.high
    prefix = _PREFIX.search(low[max(0, number.start - 12) : number.start])
    if prefix:
        out.start = number.start - len(prefix.group())
        code = _currency_at(prefix.group(), 0)
        out.currency = code[1] if code else None
    vague = re.match(r"([来几多余])(?=[块元美欧英人日港]|[的左上,. ]|\Z)", low[out.end : out.end + 2])
    if vague and out.factor >= 10 or vague and number.high % 10 == 0 and number.high > 0:
        out.end += 1
        if vague.group(1) == "来":
            out.loose = True
        else:
            # 三百多 lies between 300 and 400: the next step of its last scale.
            step = out.factor if out.factor >= 10 else _last_step(out.high)
            out.high, out.spread = out.high + step, True
    if _NOT_MONEY.match(low, out.end) and out.currency is None:
        return None
    suffix = _currency_at(low, out.end)
    if suffix:
        out.end = suffix[0]
        out.currency = out.currency or suffix[1]
    if suffix and low[suffix[0] - 1] in "块元" and (tail := _DIME.match(low, suffix[0])):
        # 39块9 is 39.9, 三块五 is 3.5.
        tenth = count_of(tail.group())
        out.low = out.high = out.high + (tenth or 0) / 10
        out.end = tail.end()
    if number.script == "words" and re.search(r"(?:tenner|fiver)s?\Z", low[number.start : number.end]):
        out.currency = "GBP"
    if out.currency is None and out.script == "han" and out.high < 10:
        # 一起 and 三下 are no prices; small amounts are said with their currency.
        return None
    if out.currency is None and _MODEL_BEFORE.search(low[max(0, out.start - 24) : out.start]):
        return None
    return out


def _last_step(value: float) -> float:
    step = 10.0
    while value % (step * 10) == 0:
        step *= 10
    return step


def _merge_ranges(low: str, amounts: list[_Amount]) -> list[_Amount]:
    """Two amounts with "to", a dash or 到 between them become one span; the first takes the second's scale and currency."""
    out: list[_Amount] = []
    for amount in amounts:
        last = out[-1] if out else None
        join = _JOIN.fullmatch(low[last.end : amount.start]) if last and amount.start - last.end <= 10 else None
        if last is None or join is None or last.spread or amount.spread:
            out.append(amount)
            continue
        word = join.group().strip()
        head = low[max(0, last.start - 24) : last.start]
        if word in ("and", "&", "和", "跟", "与") and not _BETWEEN.search(head):
            out.append(amount)
            continue
        first, second = last.low, amount.high
        if first < second and amount.factor > 1 and last.factor == 1 and first * amount.factor <= second and last.currency is None:
            first *= amount.factor
        if first > second:
            first, second = second, first
        out[-1] = _Amount(
            last.start, amount.end, first, second, max(last.factor, amount.factor), amount.script, amount.currency or last.currency, False, True
        )
    return out


class _Bounds:
    """What the amounts of one message add up to."""

    def __init__(self) -> None:
        self.low: float | None = None
        self.high: float | None = None

    def around(self, amount: _Amount) -> None:
        self.low, self.high = round(amount.low * 0.8, 2), round(amount.high * 1.2, 2)


def read_price(draft: Draft, *, cue_only: bool = False) -> PriceReading:
    """The price bounds of a message; strikes what it read.

    Args:
        draft: the message.
        cue_only: take an amount only with a currency or words that bound it, not a bare "15-35" (for messages in which
            bare numbers point at products).
    """
    low = draft.left
    bounds = _Bounds()
    currency: str | None = None
    amounts = [a for n in find_numbers(low)[:_MOST_NUMBERS] if (a := _amount(low, n)) is not None]
    floor = 0
    for amount in _merge_ranges(low, amounts):
        span = _bound(low, amount, floor, bounds, cue_only)
        if span is None:
            continue
        draft.strike(*span)
        floor = span[1]
        currency = amount.currency or currency
    for match in _LONE_CURRENCY.finditer(draft.left):
        code = _currency_at((match["en"] or match["zh"]), 0)
        if currency is None and code:
            currency = code[1]
        draft.strike(match.start(), match.end())
    if bounds.low is not None and bounds.high is not None and bounds.low > bounds.high:
        bounds.low, bounds.high = bounds.high, bounds.low
    return PriceReading(bounds.low, bounds.high, currency)


def _bound(low: str, amount: _Amount, floor: int, bounds: _Bounds, cue_only: bool) -> tuple[int, int] | None:
    """Decide what an amount bounds; the span that was read, or ``None`` where it is no price."""
    base = max(floor, amount.start - 90)
    before = low[base : amount.start]
    if _AGE_BEFORE.search(before) and amount.currency is None and amount.high <= 21:
        return None
    at = lambda match: base + match.start()  # noqa: E731 - one expression, used six times below
    after_max = _AFTER_MAX_EN.match(low, amount.end) or _AFTER_MAX_ZH.match(low, amount.end)
    after_min = _AFTER_MIN_EN.match(low, amount.end) or _AFTER_MIN_ZH.match(low, amount.end)
    after_around = _AFTER_AROUND_EN.match(low, amount.end) or _AFTER_AROUND_ZH.match(low, amount.end)
    cue = _BEFORE_EN.search(before) or _BEFORE_ZH.search(before)
    end = _end(low, amount, after_max or after_min or after_around)

    if cue:
        flip = cue["neg"] is not None
        if not flip and _AFTER_NEG_ZH.match(low, end):
            flip, end = True, _AFTER_NEG_ZH.match(low, end).end()  # type: ignore[union-attr]
        if (cue["over"] is not None) != flip:
            bounds.low = amount.low
        else:
            bounds.high = amount.high
        return at(cue), end
    if _THAN_ZH.search(before) and (than := _AFTER_THAN_ZH.match(low, amount.end)):
        bounds.high = amount.high
        return at(_THAN_ZH.search(before)), _end(low, amount, than)  # type: ignore[arg-type]

    if amount.spread and not amount.loose:
        if not _range_holds(low, amount, before, cue_only):
            return None
        head = _RANGE_HEAD.search(before)
        bounds.low, bounds.high = amount.low, amount.high
        if after_around:
            bounds.around(amount)
        return (at(head) if head else amount.start), end

    minimum, maximum, around = _MIN_EN.search(before) or _MIN_ZH.search(before), None, None
    around = _AROUND_EN.search(before) or _AROUND_ZH.search(before)
    maximum = _MAX_EN.search(before) or _MAX_ZH.search(before)
    if after_max or after_min:
        flipped = _NEG_ONLY_ZH.search(before) if not maximum and not minimum else None
        negated = _AFTER_NEG_ZH.match(low, end)
        is_max = (after_max is not None) != bool(flipped or negated)
        if is_max:
            bounds.high = amount.high
        else:
            bounds.low = amount.low
        head = flipped or maximum or minimum or around or _FOR_EN.search(before)
        return (at(head) if head else amount.start), (negated.end() if negated else end)
    if amount.loose or after_around or (around and not (minimum or _hard_max(maximum))):
        if amount.currency is None and not amount.loose and amount.high < 5:
            return None
        bounds.around(amount)
        head = around or maximum or minimum or _FOR_EN.search(before)
        return (at(head) if head else amount.start), end
    if minimum:
        bounds.low = amount.low
        return at(minimum), end
    if maximum:
        bounds.high = amount.high
        return at(maximum), end
    return _uncued(low, amount, before, base, bounds, cue_only)


def _hard_max(match: re.Match[str] | None) -> bool:
    """Whether the words before say a ceiling, and not merely that a budget is being named."""
    return match is not None and not re.search(r"预算|budget|花|spend", match.group())


def _end(low: str, amount: _Amount, after: re.Match[str] | None) -> int:
    end = after.end() if after else amount.end
    each = _JUST_EACH.match(low, end)
    if each:
        end = each.end()
    tail = _TAIL_ZH.match(low, end)
    return tail.end() if tail and tail.end() > end else end


def _range_holds(low: str, amount: _Amount, before: str, cue_only: bool) -> bool:
    """Whether a span of two numbers is a price: it has a currency, or it is said like one."""
    if amount.currency is not None:
        return True
    if _HAIR.match(low, amount.start) or low[amount.start - 1 : amount.start] == "-":
        return False
    if cue_only:
        return amount.factor >= 100 or amount.low >= 20 and re.search(r"(?:between|from)\s*\Z", before) is not None
    return amount.low >= 10 or amount.factor >= 10 or re.search(r"between\s*\Z", before) is not None


def _uncued(low: str, amount: _Amount, before: str, base: int, bounds: _Bounds, cue_only: bool) -> tuple[int, int] | None:
    """An amount without a bounding word: money to spend ("for $40"), or a price one names (三百块的)."""
    end = _end(low, amount, None)
    if amount.currency is None:
        # 五百的耳机: a round Chinese number before 的 is a price; sizes are smaller, models are digits with letters.
        if amount.script == "han" and amount.low >= 50 and low[amount.end : amount.end + 1] == "的" and not cue_only:
            bounds.around(amount)
            return amount.start, end
        return None
    if cue_only or amount.currency == "CNY" and amount.high < 5 and low[amount.end - 1] == "块":
        return None
    spend = _FROM_EN.search(before) or _FOR_EN.search(before)
    if spend and spend.group().strip().startswith("from"):
        bounds.low = amount.low
        return base + spend.start(), end
    rest = low[end : end + 24].lstrip()
    if low[amount.end : end].endswith("的") or re.match(r"[a-z]", rest) and not spend and not re.match(r"(?:for|please|or|and|,)\b", rest):
        bounds.around(amount)
    else:
        bounds.high = amount.high
    return (base + spend.start() if spend else amount.start), end
