"""Brands and colours refused around their names: "had enough of X", "X aside", 对X无感, X用腻了.

Looks at a message with every brand and colour blanked out, so that its patterns need no names. Knows nothing of which
words are brands or colours, and leaves the refusal of properties to the negation readers.
"""

from __future__ import annotations

import re

from assistant.understanding.parsing.draft import BREAK, Draft, compiled

_BRAND = "\x02"
_COLOR = "\x03"
_NAME = f"[{_BRAND}{_COLOR}]++"
_END = r"(?=\s*(?:\Z|[,.;:!?()\x1f-]|(?:and|but|so|please|pls|for|then|though|if|thanks|anymore|now|in|under)\b))"

_LIST = rf"(?P<x>{_NAME}(?:(?:\s*,\s*{_NAME})*+\s*,?\s*(?:or|and|nor|&|/)\s*(?:any |the |from |by )?{_NAME}){{0,6}}+)"
_KIND = r"(?:'s)?(?: (?:brand(?:ed|s)?|stuff|ones?|products?|gear|items?|things?|models?|again|any ?more))*"
_THEN = (
    r"(?:,? (?:so |and |please )*(?:hide|skip|remove|exclude|drop|avoid|leave|take|filter|no) (?:them|it|those|that"
    r"|these|thanks|thank you)(?: (?:out|off|away|please))*)?"
)
_BEFORE = compiled(
    r"(?<![a-z'])(?:(?:i|we)(?:'m|'re|'ve|'ll|'d| am| are| have| will| would)? |never |so |really |just |totally "
    r"|honestly |absolutely |completely )*"
    r"(?:(?:had |have |got )?(?:more than )?enough (?:of|with)|(?:done|through|finished|fed up|bored|sick|tired)"
    r" (?:with|of|buying)|(?:(?<=i'm )|(?<=i am )|(?<=we're )|(?<=so ))over"
    r"|refus(?:e|es|ing) (?:to )?(?:buy|own|use|get|touch|support|wear|consider|have)?|boycott(?:s|ing)?|distrust"
    r"|(?:don't|do not|can't|cannot|won't|wouldn't|will not|would not|never)(?: ever)? (?:trust|touch|rate|support"
    r"|consider|buy|use|wear|show(?: me)?|go (?:near|with|for)|get on with|get along with)"
    r"|never(?: ever)?(?: again)?|(?:say )?no (?:more|to|thanks to)|swor(?:e|n) off|(?:gave|given) up on"
    r"|(?:hard )?pass on|(?:(?<=\A)|(?<=[,.;!?] )|(?<=please )|(?<=and )|(?<=just ))(?:blacklist|mute|block)"
    r"|(?:anyone|anybody|anything|everything|everyone|whatever|someone|somebody|something)(?: else)?"
    r"(?: [a-z]+){0,2}? (?:but|except(?: for)?|besides|than|bar|save|minus)"
    r"|(?:any|all|every|each) (?:brands?|makes?|makers?|labels?|manufacturers?|compan(?:y|ies)|colou?rs?|shades?)"
    r" (?:but|except(?: for)?|besides|other than|apart from|aside from|bar|save)"
    r"|(?:any |all |every |some )?(?:other|different|another) (?:brands?|makes?|makers?|labels?|colou?rs?)"
    r" (?:than|to|from|but|except(?: for)?|besides|bar)"
    r"|barring|save for|besides|without (?:the|any|an?))(?: (?:all|any|the|every|from|by|anything|more|another))*\s+"
    rf"{_LIST}{_KIND}(?: (?:name|logo|badge)(?: on (?:it|them))?)?{_THEN}"
)
_AFTER = compiled(
    rf"{_LIST}{_KIND}(?:(?: is| are|'s| was)?(?: just| simply| totally| also| definitely)? (?:aside|excluded|out"
    r"|off the (?:table|list)|not (?:allowed|wanted|welcome)|a (?:hard |definite |firm )?no(?:-go| go)?|not an option"
    r"|banned|barred|blacklisted)(?: (?:for|from) (?:me|us))?|\s*[?,:-]*\s*(?:no|nah|nope|hard pass|never"
    rf"|not again)(?: thanks| thank you| thx| way| again)?){_END}"
)
# "no Sony, LG or Philips": all of a list, however long.
_NONE_OF = compiled(
    rf"(?<![a-z'])(?:no|not|without|nothing|none|never|avoid|exclud(?:e|ing)|skip|hide|remove|drop|lose|ditch|minus"
    rf"|except)(?: (?:from|by|in|of|for|the|any))*\s+"
    rf"(?P<x>{_NAME}(?:\s*,\s*{_NAME})+\s*,?\s*(?:or|and|nor|&)\s*(?:any )?{_NAME}){_KIND}"
)
_TAKE_OUT = compiled(
    r"\b(?:take|leave|throw|kick|get|cut|rule|filter|count|keep|put|knock|weed|screen) (?:all |any |the )*"
    rf"{_LIST}{_KIND} (?:out|off|away|aside)(?: of (?:the|this|my|it) ?(?:lists?|results|search|mix|picture)?)?{_END}"
)
_THAT_BRAND = compiled(
    rf"{_LIST}(?P<why>[^.!?{_BRAND}{_COLOR}\x1f]{{0,40}}?)\b(?:not|no|never|avoid|skip|hide|exclude|without"
    r"|don't want|drop|anything but)"
    rf" (?:that|this|the same) (?:brand|one|make|maker|colou?r|label)(?: again| please)*{_END}"
)
# "Canon's too pricey, leave it out"
_LEAVE_IT = compiled(
    rf"{_LIST}(?:'s)?[^.!?,{_BRAND}{_COLOR}]{{0,30}}, ?"
    r"(?:so |please |just )*(?:(?:leave|rule|take|cut|filter) (?:it|them|that"
    r"|those) out|(?:skip|hide|drop|exclude|remove) (?:it|them|that|those))\b"
)
_RATHER_THAN = compiled(rf"\b(?:rather|sooner)[^,.!?\x1f]{{1,40}}? (?P<cut>than {_LIST})")
# "I already own Nike": neither wanted nor refused.
_OWNED = compiled(
    rf"\b(?:i|we)(?:'ve)? (?:already (?:own|have|use|got|had|tried) (?:an? |some |the )?{_LIST}"
    rf"|(?:own|have|use|got|had) (?:an? |some |the )?(?P<y>{_NAME})(?: [a-z]+){{0,2}} already){_KIND}"
)

_KIND_ZH = r"(?:的|家的?|牌子?的?|品牌|颜色|色|系|款|[这那](?:个|种|些|家|几个|几家|俩|两个|两家)|它们?家?)*+"
# Without a word between, names of one kind alone make a list: in 棕色 迪卡侬除外 the colour is wanted.
_JOINT_ZH = (
    r"(?:\s*+(?:和|或者?|、|与|跟|以及|还有|/)\s*+|(?<=的)"
    rf"|(?<={_BRAND})\s*+(?={_BRAND})|(?<={_COLOR})\s*+(?={_COLOR}))"
)
_LIST_ZH = rf"(?P<x>{_NAME}{_KIND_ZH}(?:{_JOINT_ZH}{_NAME}{_KIND_ZH}){{0,6}}+)"
_ADVERB_ZH = (
    r"(?:我们?|就|都|也|先|再|真的|实在|还是|已经|完全|全|一律|统统|直接|暂时|一概|家里|一直|有点|早就|老早|所以|还)*"
)
_OVER_ZH = r"(?:(?:用|看|穿|买|戴|吃|喝)(?:腻|够|烦|怕|伤|坏|不惯|厌)|腻|受够|踩过?[坑雷]|避雷|劝退|出局)了?"
_BEFORE_ZH = compiled(
    rf"对{_LIST_ZH}{_ADVERB_ZH}(?:无感|没(?:有|啥|什么)?(?:兴趣|感觉|好感|信心)|提不起兴趣|不感冒|不感兴趣|有(?:阴影|偏见)"
    rf"|失望|不(?:太|怎么)?(?:喜欢|放心|信任))(?:了|透顶|的)*"
)
_VERB_ZH = compiled(
    r"(?:(?:别|不要|不用|甭|勿|莫)(?:再|老是?|总是?|又|净|光|一直|给我|跟我|向我|让我|帮我)*(?:看到?|推荐?|提|来|放|出现|显示|展示|安利|上|拿"
    r"|选|考虑|弄|整|发|寄|挑|塞|搞|列|(?<=[给让帮跟]我))|我?(?:不信任|信不过|不认|不(?:想|愿意?|打算|会)再?(?:用|买|要|看|碰|选|考虑)"
    r"|再也不(?:想)?(?:买|用|碰|要)|不选|受够了?|烦透了?|换掉|抵制|避雷|(?:filter|remove|skip|exclude|block)\s?掉?|看不上|瞧不上|嫌弃|绕开|绕过|刨去|刨除"
    r"|pass掉?))"
    rf"(?:任何|所有|那些?|这些?)?\s*{_LIST_ZH}(?:了|吧|啊|哈)*"
)
_BEEN_HAD_ZH = compiled(
    rf"(?:踩过{_LIST_ZH}(?:坑|雷)|被(?P<y>{_NAME}){_KIND_ZH}坑(?:过|怕|惨|了)*)了?(?:,?(?:不要|别要|别推)[它他]们?家?(?:的)?)?"
)
_AFTER_ZH = compiled(
    rf"(?<!不是)(?<!非)(?<!没有)(?<!不带)(?<!除了)(?<!除){_LIST_ZH}\s*{_ADVERB_ZH}"
    rf"(?:(?:\x1f{{1,4}}了?|(?:太|有点|质量|口碑|售后|容易|老是|总是|用着|价格|性价比|不好|不太|显)[^,.!?;{_BRAND}{_COLOR}\x1f不别算]{{1,8}}?),?\s*"
    rf"{_ADVERB_ZH})?(?:{_OVER_ZH}"
    r"|不(?:想|会)?(?:要|碰|看|买|用|选|考虑|接受)了?|不(?:太|怎么|大)?喜欢|不想要|算了|免了|除外|例外|pass|排除|去掉|拉黑|剔除"
    r"|屏蔽|过滤|跳过|别要|别(?:再)?(?:给我)?(?:看|推荐?|来|上|放|选)|无感|没兴趣|不感兴趣|不感冒|信不过|不放心|看不上|不行"
    r"|不予考虑|不在考虑(?:范围)?(?:之)?内?|免谈|退散)(?:了|吧|啊|哈|掉|我|在外|出去)*"
    r"(?=\s*(?:\Z|[,.!?;~\x1f]|换|找|来|推荐|想|要|看|其[他它]|别的|给我|有没有|\())"
)
# 露露乐蒙太贵了，有没有…: priced out, and so neither asked for nor shut out.
_PRICED_OUT_ZH = compiled(
    rf"{_LIST_ZH}\s*(?:真的|实在|是|也|确实|都|以前|之前|已经|家里|我)*(?:(?:\x1f{{2,6}}|太贵|买不起|贵|(?:用|买|试|穿|有|吃|喝)过)(?:了|啊|呀|哈)*"
    rf"(?=\s*(?:[,.;!]|有没有))|(?=(?:换|改|变)(?:成|为)个?[{_BRAND}{_COLOR}]))"
)
_DEAR_ZH = compiled(r"贵|买不起|过")
_PATTERNS = (_BEFORE, _TAKE_OUT, _AFTER, _THAT_BRAND, _LEAVE_IT, _RATHER_THAN)
_PATTERNS_ZH = (_BEFORE_ZH, _VERB_ZH, _BEEN_HAD_ZH, _AFTER_ZH)


def read_refusals(
    draft: Draft, brands: list[tuple[int, int]], colors: list[tuple[int, int]]
) -> tuple[frozenset[int], frozenset[int]]:
    """Where refused names begin, and where names begin that are only said to be owned; strikes what says so."""
    if not brands and not colors:
        return frozenset(), frozenset()
    refused: set[int] = set()
    owned: set[int] = set()
    spans = [*brands, *colors]
    for pattern in (_OWNED, _NONE_OF, *_PATTERNS_ZH, *_PATTERNS, _PRICED_OUT_ZH):
        for match in pattern.finditer(_masked(draft.left, brands, colors)):
            start, end = _names(match)
            found = {at for at, _ in spans if start <= at < end and at not in refused}
            if not found or (
                pattern is _PRICED_OUT_ZH and BREAK in match.group() and not _DEAR_ZH.search(draft.low, *match.span())
            ):
                continue
            (owned if pattern in (_OWNED, _PRICED_OUT_ZH) else refused).update(found)
            if pattern in (_THAT_BRAND, _OWNED, _PRICED_OUT_ZH):
                draft.strike(*match.span())
            else:
                draft.strike(match.start("cut") if "cut" in pattern.groupindex else match.start(), match.end())
    return frozenset(refused), frozenset(owned)


def _names(match: re.Match[str]) -> tuple[int, int]:
    group = "x" if match["x"] is not None else "y"
    return match.span(group)


def _masked(left: str, brands: list[tuple[int, int]], colors: list[tuple[int, int]]) -> str:
    for mark, spans in ((_COLOR, colors), (_BRAND, brands)):
        for start, end in spans:
            if left[start:end].isprintable():
                left = left[:start] + mark * (end - start) + left[end:]
    return left
