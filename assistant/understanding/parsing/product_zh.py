"""The thing wanted, in Chinese: what is left after lead-in, measure word and 的-attributes.

想买台投影仪 → 投影仪; 防水的登山包 → 登山包, with 防水 as a property; 酒红色丝绒长裙 → 长裙 and 丝绒. Compounds are
kept whole (机械键盘). Works clause by clause; the lexicon confirms, guards what is stripped and chooses among clauses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.understanding.parsing.draft import BREAK, GAP, Draft, compiled
from assistant.understanding.parsing.facts_zh import BROKEN_ZH
from assistant.understanding.parsing.mixed_zh import english_attribute, english_property
from assistant.understanding.parsing.products import ProductForms
from assistant.understanding.parsing.stories_zh import thing_of_story
from assistant.understanding.parsing.vocabulary import (
    ATTRIBUTES_ZH,
    COMPOUNDS_ZH,
    GENERIC_ZH,
    LEAD_ZH,
    MEASURE_ZH,
    SPEC_ZH,
    TAIL_ZH,
)

_LEAD = compiled(LEAD_ZH)
_MEASURE = compiled(MEASURE_ZH)
_TAIL = compiled(rf"(?:{TAIL_ZH})\Z")
_SPEC = compiled(SPEC_ZH)
_ATTRIBUTE = compiled("|".join(sorted(ATTRIBUTES_ZH.split("|"), key=len, reverse=True)))
_COMPOUND = compiled("|".join(sorted(COMPOUNDS_ZH.split("|"), key=len, reverse=True)))
_FOR_WHOM = compiled(
    r"(?:想|要|我|打算|准备|帮我|麻烦|请|再|还|也|又|得|正|好|那|另外|,)*(?:给|替|为|送"
    r"|帮)(?!我(?:推荐|找|看|来|拿|挑|选|买|搜))[^,的]{1,8}?(?:买|挑选?|选|配|找|看|送|带|准备|订|换"
    r"|搞|弄|添置?|入|囤|来|备|购|搭|安排|推荐|装|安装|安|加装|铺|挂|摆|放|置办|做|种)"
)
_AMONG = compiled(
    r"(?:在|从)?[^,]{0,12}?(?:里面|里边|当中|之中|之间|中间|里|中)(?:给我|帮我|随便|任)*(?:选|挑|找|推荐|买)(?:出|个)?"
)
_OWNED = compiled(
    r"(?:我|家里|我家|咱|俺|他|她)(?:的|那|这|家|有|刚|已经|买|入|个|台|条|部|了)*[^,]{1,20}?(?:想|要"
    r"|需要|得|该|缺|打算|可以|能|适合|应该|怎么|再)(?:给它|再|去)?(?:配|买|换|找|加|装|搭配?)(?:一|个"
    r"|点|些|条|副|张|只|块|套|什么样的|什么|啥)*"
)
_WISHING = compiled(
    r"[^,的]{1,12}?(?:想|要|打算|准备|需要|计划)(?:再)?(?:送|买|换|入手?|找|配|添|囤|备|搞|整)(?:他|她"
    r"|它)?"
)
_COMMENT = compiled(
    r"(?:要|想要|只要|得|必须|需要|最好|有没有|有|希望|求|得是|要是|最好是|来个|推荐)(?:是|带|有"
    r"|能)?(?P<what>[^,.!?]{1,12}?的?)(?:吗|么|呢|吧|就行|就好|没|推荐)*\Z"
)
_SPECIFIED = compiled(r"(?P<what>[a-z0-9][^,.!?\u4e00-\u9fff]{0,16})的?\Z")
_DEMANDS = compiled(
    r"(?:那|就|还是|最好|给我|我|再|还|也|想)*(?:要|只要|只看|换|换成|改成|想要|来|带|得|必须|选|看看"
    r"|找)"
)
# jacket 要防风的: an English thing with a Chinese wish.
_NAMED = compiled(r"[a-z][a-z0-9'&-]*+(?: [a-z0-9][a-z0-9'&-]*+){0,3}(?= ?(?:要|得|有没有|最好|必须|想要|只要|需要))")
# 电风扇落地的: the thing, and in one breath how it is to be.
_SAID_OF = compiled(r"(?P<what>(?!口?[味香]|香|色|款|型|式|风|里|上|下|中|以)[\u4e00-\u9fff]{2,6})(?<![用吃穿戴])的\Z")
_OR_MORE = compiled(rf"(?<={GAP})(?:及?以上|或以上|以下|以内)")
_SOLD_HERE = compiled(r"(?:请问|你们|店里|这里|这边|你家)*(?:有没有|还有|有)?(?:卖不卖|有卖|卖)")
_LONGEST_CLAUSE = 80
_AND = compiled(r"和|或者?|跟|与|还有|以及|加")
_STILL_PARTED = compiled(
    "真皮|牛皮|羊皮|纯棉|全棉|羊毛|羊绒|真丝|实木|不锈钢|丝绒|亚麻|男士|女士|男款|女款|男式|女式|男生|女生"
    "|便宜|大号|小号"
)
_TOLD = compiled(
    r"坏|旧|丢|没|给(?!力)|多(?=[大重长少高宽厚])|还|有用|有效|好用|不够|用了|快|破|脏|该换|太|不(?!锈|粘)|用[了着完坏旧]|掉|都|已|也|该"
    r"|快要?[用没]|哪|什么|怎么|多少|能不能"
    r"|可以|该|应该|选|买|推荐|有哪|有什么|里|方面|的话|要什么"
)
_MATCHING = compiled(
    r"(?:配|搭配?|衬|穿|用|戴|买|带|选)(?:上|个|点|些|一|条|双|件)*(?:什么样的|什么|啥|哪种|哪款|哪个"
    r"|怎样的|何种)(?P<n>(?:(?!的)[\u4e00-\u9fffa-z]){1,8}?)(?:比较|更|最)?(?:好|合适|搭|好看|呢|才|能"
    r"|会|可以|吗|适合|配|一点|(?=\s*(?:\Z|[,.?!])))|(?:什么样的|什么|哪种"
    r"|哪款)(?P<m>(?:(?!的)[\u4e00-\u9fffa-z]){1,8}?)(?:能|和|跟|适合|比较|最|更)?(?:配|搭|衬|合适)"
)
_RETURN = compiled(
    r"(?:(?:刚才|之前|先前|前面|上面|回到|接着看|继续看|再看看?|说回|回头看|还是看|看回)(?:说|看|聊"
    r"|提到|找|那)*(?:的|过的|那些?|这些?)*)+(?P<n>[\u4e00-\u9fff]{1,8}?)(?:吧|呢|了|那边|那些|的事|再"
    r"|\s*(?:\Z|[,.!?]))"
)
_ASIDE = compiled(
    r"(?:\A|(?<=[,.;!?\x1f]))\s*(?:那么?|还有|另外)?(?P<n>[\u4e00-\u9fff]{2,8})呢(?=\s*(?:\Z"
    r"|[,.;!?\x1f]))"
)
_DEMONSTRATIVE = compiled(
    r"^(?:这|那|它|哪)[些种]?[\u4e00-\u9fff]?$|^(?:这|那|哪)[\u4e00-\u9fff]{0,2}?(?:个|款|件|双|条|台"
    r"|张|把|套|部|只|种|些|类)"
)
_PLAIN_TALK = compiled(r"被(?=[\u4e00-\u9fff])(?![套子单芯罩褥面])|[了太很我不吗怎会让过说没因所但虽觉讲谁她他们]")
# Before a known thing these tell what happens with it: 阳台想晒被子 wants no quilt.
_HAPPENING = compiled(r"[想晒洗收拾打扫擦刷修坏漏断裂掉丢]|没地方|放不下|不够|总是|老是|经常")
# A clause that tells of somebody, or of what came to pass, says nothing of the goods.
_TOLD_OF = compiled(
    r"了\s*[吧呢啊哈呀]?\Z|[我你他她它们]|刚|快要|总是|老是|一直|搬家|装修|结婚|失眠|[摔用弄]坏|听说|打算|准备"
)
_CONNECTOR = compiled(r"(?<=\x1e)\s*(?:和|或者?|跟|与|、|以及|/|,|or|and)\s*(?=\x1e)")
_AFTER_READ = compiled(r"^(?:的|和|或者?|跟|与|、|以及|/|\s)+")
_CLAUSE = compiled(rf"[^,.;:!?、\n()\[\]<>\"{BREAK}]+")
_HAN_SPACE = compiled(r"(?<=[\u4e00-\u9fff\x1e])\s+(?=[\u4e00-\u9fff\x1e])")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a clause with the place of each character in the message."""

    text: str
    places: tuple[int, ...]

    def cut(self, start: int, end: int | None = None) -> _Piece:
        return _Piece(self.text[start:end], self.places[start:end])

    def stripped(self) -> _Piece:
        text = self.text.strip()
        start = self.text.index(text) if text else len(self.text)
        return self.cut(start, start + len(text))


@dataclass(frozen=True, slots=True)
class _Candidate:
    head: _Piece
    score: float
    told: bool = False
    attributive: bool = False


# 新 says how the thing is; 新鲜, 新生 and 新手 are words of their own, but 新手机 is a new phone.
_NEW_OR_LARGE = re.compile(
    r"新(?!手(?![机表链镯帕套电推提柄串环办账])|[鲜生年娘款能疆西加奇中概风闻])|[大小](?=[\u4e00-\u9fff]{2})"
)


def read_specs_zh(draft: Draft) -> tuple[str, ...]:
    """Measured properties (500毫升, 三层), as written; strikes them inside the phrase."""
    found = []
    for match in _SPEC.finditer(draft.left):
        if match.group().endswith(("寸", "度", "倍", "米")) and len(match.group()) < 2:
            continue
        found.append(draft.written(match.start(), match.end()))
        draft.strike(match.start(), match.end(), GAP)
    draft.strike_all(_OR_MORE, GAP)
    return tuple(found)


def read_product_zh(
    draft: Draft, forms: ProductForms, *, known_only: bool = False, matching: bool = False, refining: bool = False
) -> tuple[str | None, tuple[str, ...]]:
    """The product named and the properties said of it.

    Args:
        draft: the message, everything else already struck.
        forms: the product names there are.
        known_only: name a product only where the lexicon knows it.
        matching: the message asks for something to go with a thing at hand (配什么裤子好).
        refining: the message changes a search, so that an unknown thing counts only where it is asked for (要礼盒套装).
    """
    if matching:
        for match in _MATCHING.finditer(draft.left):
            group = "n" if match["n"] else "m"
            name = match[group].strip()
            if (
                name
                and name not in GENERIC_ZH
                and (
                    forms.chinese_suffix(name)
                    or (len(name) > 1 and not re.search(r"一起|啥|什么|[买吃送搭配穿戴用好]$", name))
                )
            ):
                return draft.written(match.start(group), match.end(group)), ()
    left = _CONNECTOR.sub(lambda m: GAP * len(m.group()), draft.left)
    left = _HAN_SPACE.sub(lambda m: BREAK * len(m.group()), left)
    best: _Candidate | None = None
    others: list[_Candidate] = []
    terms: list[tuple[int, str]] = []
    for index, clause in enumerate(_CLAUSE.finditer(left)):
        places = [i for i in range(clause.start(), clause.end()) if left[i] != GAP]
        places = places[:_LONGEST_CLAUSE]
        piece = _Piece("".join(left[i] for i in places), tuple(places)).stripped()
        if not piece.text:
            continue
        candidate, described = _read_clause(piece, forms, index)
        terms += [_carried(draft, p, forms) for p in described if p.text]
        if (
            candidate
            and known_only
            and (not forms.chinese_suffix(candidate.head.text) or _DEMONSTRATIVE.search(piece.text))
        ):
            candidate = None
        if (
            candidate
            and refining
            and not (
                _DEMANDS.match(piece.text)
                or (forms.chinese_suffix(candidate.head.text) > 1 and not _PLAIN_TALK.search(piece.text))
            )
        ):
            candidate = None
        if candidate is None:
            continue
        if best is None or candidate.score > best.score:
            candidate, best = best, candidate
        if candidate is not None:
            others.append(candidate)
    if best is not None and not known_only:
        terms += [said for other in others if (said := _property(draft, other, best, forms)) is not None]
    found = tuple(text for _, text in sorted(terms) if text)
    if best is None or best.score < -2:
        return None, found
    return _written(draft, best.head), found


def _property(draft: Draft, other: _Candidate, best: _Candidate, forms: ProductForms) -> tuple[int, str] | None:
    """What a clause beside the product's says of how it should be, with its place (雨伞，晴雨两用; 锅，带锅铲)."""
    text, start = other.head.text, other.head.places[0]
    if other.told:
        return None
    written = _written(draft, other.head)
    if other.attributive and start > best.head.places[0]:
        # 枕头，荞麦的: a thing before a lone 的 tells what another is made of.
        return start, written
    if text.isascii():
        return (start, written) if english_property(written, forms) else None
    if start and draft.left[start - 1] in "带有含":
        return _carried(draft, other.head, forms)
    known = forms.properties.names(text)
    if not known and (forms.chinese_at(text, 0) == len(text) or _PLAIN_TALK.search(text)):
        return None
    beside = forms.chinese_suffix(best.head.text) > 0 or best.head.places[0] < start
    if known or (beside and forms.properties.describes(text)):
        return start, written
    return None


def read_return_zh(draft: Draft, forms: ProductForms) -> str | None:
    """The earlier topic a message goes back to (接着看刚才的海报), where the lexicon knows the thing."""
    for match in (*_RETURN.finditer(draft.left), *_ASIDE.finditer(draft.left)):
        name = match["n"]
        if name not in GENERIC_ZH and forms.chinese_suffix(name) >= min(2, len(name)):
            return draft.written(match.start("n"), match.end("n"))
    return None


def _carried(draft: Draft, piece: _Piece, forms: ProductForms) -> tuple[int, str]:
    """A property with its place; a part is said with the 带 that makes it one (带计数)."""
    start = piece.places[0]
    if start and draft.left[start - 1] in "带含" and not forms.properties.names(piece.text):
        return start - 1, draft.written(start - 1, start) + _written(draft, piece)
    return start, _written(draft, piece)


def _written(draft: Draft, piece: _Piece) -> str:
    """The piece in the shopper's own spelling; what was struck inside it is left out."""
    out = "".join(draft.text[i] for i in piece.places)
    return re.sub(r"\s+", " ", out).strip(" '\"-")


def _read_clause(piece: _Piece, forms: ProductForms, index: int) -> tuple[_Candidate | None, list[_Piece]]:
    whole = piece.text
    led = False
    topic = _topic(piece, forms)
    if topic is not None:
        name, comment = topic[0].stripped(), topic[1]
        described = [p for p in _de_parts(comment) if _describes(p.text)]
        return _Candidate(name, 4.0 - 0.5 * index), described
    owner = _OWNED.match(piece.text) or _FOR_WHOM.match(piece.text) or _WISHING.match(piece.text)
    if owner and owner.end() < len(piece.text):
        piece, led = piece.cut(owner.end()), True
    if among := _AMONG.match(piece.text):
        piece, led = piece.cut(among.end()), True
    lead = _AFTER_READ.match(piece.text)
    if lead:
        piece = piece.cut(lead.end())
    piece, told = _after_story(piece, forms)
    led = led or told
    piece = _strip_tail(piece, forms)
    piece, stripped = _strip_lead(piece, forms)
    led = led or stripped
    if not piece.text or _DEMONSTRATIVE.match(piece.text):
        return None, []
    if forms.properties.names(piece.text) and _describes(piece.text) and not _whole(piece, forms):
        return None, [piece.cut(0, len(piece.text.removesuffix("的")))]
    parts = _de_parts(piece)
    described = [p for p in parts[:-1] if _describes(p.text)]
    head = parts[-1]
    if (
        len(parts) == 2
        and not head.text
        and _SOLD_HERE.match(whole)
        and forms.chinese_suffix(parts[0].text, exact=True) == len(parts[0].text)
    ):
        return _Candidate(parts[0], 4.0 - 0.5 * index), []
    if len(parts) > 1 and not head.text and _whole(parts[-2], forms):
        # 洗衣机十公斤的: the measure between was read, the thing stands before it.
        return _Candidate(parts[-2], 4.0 - 0.5 * index, attributive=len(parts) == 2 and not led), described[:-1]
    if len(parts) > 1:
        head, _ = _strip_lead(_strip_tail(head, forms), forms)
    head, cut = _cut_comment(_first_of_two(head, forms), forms)
    if (glue := english_attribute(head.text)) and forms.chinese_suffix(head.text[glue:], exact=True) > 1:
        described.append(head.cut(0, glue))
        head = head.cut(glue).stripped()
    head, glued = _strip_attributes(head, forms)
    described += glued
    if not head.text or head.text.lower() in GENERIC_ZH or not re.search(r"[\u4e00-\u9fffa-z]", head.text):
        return None, described
    known = forms.chinese_suffix(head.text)
    if not known and re.fullmatch(r"[a-z0-9 '&+-]+", head.text):
        known = forms.english_suffix(head.text.split())
    score = -0.5 * index + (1.0 if led else 0.0) - (1.0 if cut else 0.0)
    if known and (known > 1 or len(head.text) <= 2):
        score += 4.0
    elif forms.chinese_inside(head.text):
        score += 1.0
    if not known and _PLAIN_TALK.search(whole):
        score -= 3.0
    if not known and len(head.text) > 8:
        score -= 2.0
    if not known and len(head.text) == 1:
        score -= 3.0
    if known != len(head.text) and forms.properties.shaped(head.text):
        score -= 2.5
    if known and len(head.text) - known > 2 and _HAPPENING.search(head.text[:-known]):
        score -= 1.5
    return _Candidate(head, score, _TOLD_OF.search(whole) is not None), described


def _whole(piece: _Piece, forms: ProductForms) -> bool:
    return bool(piece.text) and forms.chinese_suffix(piece.text, exact=True) == len(piece.text)


def _after_story(piece: _Piece, forms: ProductForms) -> tuple[_Piece, bool]:
    """The thing at the end of a story (客厅缺一张茶几 → 茶几)."""
    span = thing_of_story(piece.text, forms)
    return (piece, False) if span is None else (piece.cut(*span), True)


def _topic(piece: _Piece, forms: ProductForms) -> tuple[_Piece, _Piece] | None:
    """A clause that names the thing first and then what it should be like: 耳机要头戴式的, 牛仔裤有没有弹力的."""
    n = forms.chinese_at(piece.text, 0)
    if not n and (named := _NAMED.match(piece.text)) and forms.english_suffix(named.group().split()):
        n = named.end()
    while n and piece.text[n : n + 1] == " ":
        n += 1
    match = (
        (_COMMENT.match(piece.text, n) or _SPECIFIED.match(piece.text, n) or _SAID_OF.match(piece.text, n))
        if n > 1
        else None
    )
    if match is None and n > 1 and forms.properties.names(piece.text[n:]) and piece.text[-1] not in "盒装包袋":
        return piece.cut(0, n), piece.cut(n)
    return (piece.cut(0, n), piece.cut(match.start("what"), match.end("what"))) if match else None


def _first_of_two(head: _Piece, forms: ProductForms) -> _Piece:
    """帽子和手套 names two things; the first is the product of the message."""
    n = forms.chinese_at(head.text, 0)
    match = _AND.match(head.text, n) if n > 1 or (n and len(head.text) > 2) else None
    if match and forms.chinese_at(head.text, match.end()) == len(head.text) - match.end():
        return head.cut(0, n)
    return head


def _cut_comment(head: _Piece, forms: ProductForms) -> tuple[_Piece, bool]:
    """The thing without what is told of it (耳机坏了 → 耳机, 不粘锅哪个牌子好 → 不粘锅)."""
    n = forms.chinese_at(head.text, 0)
    if n and n < len(head.text) and (BROKEN_ZH.match(head.text, n) or (n > 1 and _TOLD.match(head.text, n))):
        return head.cut(0, n), True
    return head, False


def _strip_tail(piece: _Piece, forms: ProductForms) -> _Piece:
    while True:
        piece = piece.stripped()
        match = _TAIL.search(piece.text, max(0, len(piece.text) - 14))
        if match is None or not match.group():
            return piece
        cut = match.start()
        # 有 and 看 also end words: never cut into a product name.
        if len(match.group().strip()) == 1 and forms.chinese_suffix(piece.text, exact=True) > 1:
            return piece
        piece = piece.cut(0, cut)


def _strip_lead(piece: _Piece, forms: ProductForms) -> tuple[_Piece, bool]:
    """Strip lead-in words, then at most one measure, as long as no product name is cut into."""
    led = measured = False
    while True:
        piece = piece.stripped()
        match = _LEAD.match(piece.text)
        if match is None or not match.group():
            match = _MEASURE.match(piece.text) if not measured else None
            if match is None or not match.group():
                return piece, led
            measured = True
        here, after = forms.chinese_at(piece.text, 0), forms.chinese_at(piece.text, match.end())
        ends = after > 1 and match.end() + after == len(piece.text) > here
        if (here > 1 and here >= after and match.end() < here and not ends) or (
            match.end() >= len(piece.text) and here
        ):
            return piece, led
        if (
            _guarded(piece.text)
            or forms.properties.names(piece.text)
            or (measured and _ATTRIBUTE.match(piece.text) and match.end() == 1)
        ):
            return piece, led
        piece, led = piece.cut(match.end()), True


_WORDS_KEPT = compiled(
    r"有机|上臂|包邮|一起|能量|一次性|一体|收纳|收音|收银|入耳|入户|过滤|去污|去屑|去皮|去渍|去油|打印|打火"
    r"|打包|打气|打蛋|打底|排插|排骨|排球|排气|上衣|上装|上门|下装|下水|配件|配饰|配料|整理|订书|定型"
    r"|定时|推车|推子|推拉|带鱼|带子|带锁|亲子|翻页|翻领|翻盖|"
    r"购物[车篮袋]|老板[椅桌台]|看台|面膜|面条|面霜|面包|面粉|口红|口罩|口琴|口香|头盔|头绳|头灯|头巾|座椅|座垫"
    r"|条纹|包包|杯垫|杯子|支架|架子|对讲|对联|套装|箱包|罐头|种子|颗粒|双肩|双人|双层|个护(?![膝肘腕手踝腰目眼颈栏具])|点火|点读"
    r"|身体|提琴|提包|排灯|组合|卷发|卷尺|床垫|床单|床头|床笠|"
    r"就餐|只读|是非|要塞|想象|到达|想念|过敏|过冬|过年|去角质|着色|还原|也门|都市|全自动|全麦|店铺"
    r"|送料|备用|备胎|列车|送餐|送礼|来电|换鞋|换气|换洗|给皂|求生|买菜|整鸡|中性|新鲜|新生|新手(?![机表链镯帕套电推提柄串环办账])|新娘"
    r"|新年|新能源|同声"
)


def _guarded(text: str) -> bool:
    return _WORDS_KEPT.match(text) is not None


def _de_parts(piece: _Piece) -> list[_Piece]:
    """The clause cut at each 的 that closes an attribute."""
    parts: list[_Piece] = []
    at = 0
    for match in re.finditer(r"的(?!话|确|士)", piece.text):
        parts.append(piece.cut(at, match.start()).stripped())
        at = match.end()
    parts.append(piece.cut(at).stripped())
    return parts


def _describes(text: str) -> bool:
    return (
        bool(text)
        and len(text) <= 14
        and text not in GENERIC_ZH
        and BREAK not in text
        and not re.fullmatch(
            r"(?:我|你|他|她|这|那|有|好|新|一|别|其他|其它|刚才|之前|你们|店里|最)|.{0,5}[买订购]", text
        )
    )


def _strip_attributes(head: _Piece, forms: ProductForms) -> tuple[_Piece, list[_Piece]]:
    """Part describing words that stand glued before the thing (丝绒长裙), where a thing of two characters is left."""
    found: list[_Piece] = []
    while True:
        head = head.stripped()
        if _COMPOUND.match(head.text):
            return head, found
        match = _ATTRIBUTE.match(head.text)
        if match and not _STILL_PARTED.match(head.text) and forms.chinese_at(head.text, 0) > match.end():
            # A name the lexicon holds whole stays whole, but for materials and for whom it is.
            return head, found
        if match is None:
            new = _NEW_OR_LARGE.match(head.text)
            if (
                new
                and forms.chinese_at(head.text, 0) < 2
                and forms.chinese_suffix(head.text[1:], exact=True) == len(head.text) - 1
            ):
                head = head.cut(1)
                continue
            return head, found
        rest = head.text[match.end() :].strip()
        if rest and (len(rest) >= 2 and not re.fullmatch(r"[性款式型类级版装品]+.?", rest)):
            found.append(head.cut(0, match.end()))
            head = head.cut(match.end())
            continue
        if not rest and forms.chinese_suffix(head.text, exact=True) == len(head.text):
            return head, found
        if not rest:
            return head.cut(len(head.text)), [*found, head]
        return head, found
