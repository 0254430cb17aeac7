"""What is not wanted, in Chinese: 不要蕾丝, 除了红色都行, 美的就算了, 蓝纹的我吃不惯，去掉.

Finds the words of each unwanted thing, before or after the negation. Knows nothing of what kind of thing it is.
"""

from __future__ import annotations

import re

from assistant.understanding.parsing.draft import BREAK, GAP, Draft, compiled
from assistant.understanding.parsing.negation import MOST, Unwanted

_PUNCTUATION = ",。.;:!?\n" + BREAK
_GIVE = (
    r"(?:别|不要|不用|甭|莫|勿)(?:再|老是|总是|一直|老|总|又|净|光)*(?:给|跟|向|让|帮)我(?:再|老是|总是|一直|老|总|又|净|光)*"
    r"(?:看到?|推荐?|来|放|拿|发|寄|整|弄|挑|选|上|搞|塞|安排|介绍|展示|显示|出现|列)?(?:些|点)?"
)
_BEFORE = compiled(
    r"(?:(?:颜色|款式|样子|价格|外观|味道|尺寸)(?=(?:也|就)?(?:别|不要)太)|千万|绝对|一定|可|但|但是|最好|就是|只是|请|麻烦|也|还)*"
    rf"(?P<cue>{_GIVE}|(?<!要)不要(?!紧)|不想要"
    rf"|不想(?:买|看)|别要|别(?:再|老是|总是|一直|老|总)*(?:推荐|出现|显示|展示|[来上放拿发寄挑弄]|推(?!荐))"
    r"|(?<![识区特差个类级性分告送识])别(?:是|带|有|含|选|用|买|太|加|掺|沾|碰)|不(?:太|怎么|大)?喜欢|不爱|"
    r"不含|不带|不包含|不加|不添加|未添加|不能有|不能是|不能含|不能带|不许有|不希望(?:有|是)?|不考虑"
    r"|不接受|不吃|不喝|不穿|不碰|不看|(?<![是要])不是(?!吗|太|很)|(?<!有)没有(?!吗|货|就|的话|现货|的|了|更"
    r"|没有)(?=[^,.!?]{1,8}的)|除了|除开|除去|去掉|去除(?!了?掉)|排除(?!掉|在外|出去)|剔除(?!掉|出去)|"
    r"过滤掉?|屏蔽(?!掉)|讨厌|避开|避免|拒绝|谢绝|杜绝|远离|拉黑|受不了|省掉|免掉"
    r"|甭要|别整|少来|不放(?!心|大)|不掺|不希望看到|不想看到|不予考虑|撇开|抛开|非(?=[\u4e00-\u9fff]{2,4}的)|(?<![排去清])除(?=[^,.!?]{1,8}(?:外|以外|之外)))"
    r"(?:买|看|要|那种|那些|那类|有(?![线机氧色毒害刺])|带|含|任何|所有|什么|太|是|用|再|来|给我|我|推荐|了)*"
)
_AFTER = compiled(
    r"(?P<adverb>(?:就|都|也|全|一律|统统|通通|全部|还是|我|可|最好|先|再|她|他|它|们|家里|孩子|是|请"
    r"|给我|帮我|麻烦)*)(?P<cue>(?<!要)不要了?(?!紧)|不用了|不必了|不需要|免了|算了|去掉|除外|例外|排除(?:在外|出去|掉)?"
    r"|剔除(?:掉|出去)?|剔掉|去除掉?|除掉|划掉|撤掉|拉黑|过滤(?:掉|出去)?|屏蔽掉?|删掉|删除|拿掉|拿走|跳过|省了|踢掉|踢出去"
    r"|踢了|筛掉|筛出去"
    r"|不予考虑|不在考虑(?:范围)?(?:之)?内?|免谈|敬谢不敏|劝退|一概不要|不能接受|不感冒|不感兴趣|不稀罕|"
    r"不考虑|别给我看?|别要|别来|别推荐?|别放|别上|别选|别买|别看|不(?:太|怎么|大)?喜欢|不(?:太)?行"
    r"|不吃|吃不惯|喝不惯|穿不惯|用不惯|不习惯|不爱|不想要|不想看|不看|不合适|用不着|受不了|过敏|不买"
    r"|不成|不可以|不接受|pass|就别了|别了|不好看|太丑|太土|怕|不能要|戒了|去过了|有了|买过了"
    r"|腻了)(?:了|吧|啊|哈|掉)*"
)
_EMPTY_CLAUSE_CUE = compiled(
    r"[\s]*(?:那就|就|都|所以|请|麻烦|这些?|那些?|这种|那种|全|一律|统统|给我|帮我|可以|先"
    r"|也)*(?:不要了?|去掉|不用了|排除|剔除|过滤掉?|别给我看?|别推荐|免了|算了|删掉|拿掉|不考虑|跳过"
    r"|不看|别要|别来|屏蔽|pass|除外)(?:了|吧|掉)*(?:\s*(?:\Z|[,.;!?\n]))"
)
_ASKING = compiled(r"(?:要|(?<![就只但可还凡最])是|好|行|能|会|可)\Z")
_STOP_IN_SCOPE = compiled(
    r"(?:,|。|;|!|\?|\n|\x1f|(?:以外|之外|外)(?:的)?|(?<!不)都(?:行|可以|要|好|成|能|没问题|ok)|就行"
    r"|就好|就可以|(?<![不想需])(?:要|换成|换|改成|改|只要|来)(?=[\u4e00-\u9fffa-z0-9])|其他|其它|别的"
    r"|剩下|的话|谢谢|吧(?=\Z|[,.!?]))"
)
_AGAIN = (
    r"(?:不要|别要|不想要|不喜欢|不含有?|不带|不加|不添加|不包含|不能有|不能含|不能带|不许有|别有|别带|别加|别含|别是|别放|没有"
    r"|不得有|不得含|拒绝|也别|非)"
)
# 跟 and 和 are also parts of words: 高跟, 暖和.
_JOINT = compiled(
    rf"(?:以及|或者|或是|还有|(?<![暖柔温缓平祥谐])和(?![风田服平谐纸])|(?<![高低粗细平坡中猫无鞋酒方厚矮内后带有])跟(?![鞋高])"
    rf"|与|或|、|/|&|\+| or | and |[,、]?\s*(?:也|又|还|并且?|而且|更|且)*{_AGAIN}(?:是|有|带|含|用)?|,\s*也?)"
)
_STRIP_LEFT = compiled(
    r"^(?:\s|\x1e|(?:想|我想|我要|打算)?(?:买|找|挑|选)(?:个|一个|一款|点|些|条|双|件|台|套)?|有没有|只要|那种"
    r"|那些|那类|这种|这些|(?:她|他|孩子|老婆|老公|妈妈|爸爸|家人|宝宝|女儿|儿子)(?:们"
    r"|对)?|对(?=[^讲开折联襟]{2})|所有|凡是|任何|什么|我|我们|你|给我|看|把|将|太过?|过于|很|有(?![线机氧色毒害刺])|带(?!子)|含|是|用|做|再|另外"
    r"|还有|但是?|不过|就是|请|麻烦|帮我|顺便|也|都|就|一切|任意|来自|属于|采用|使用|加|再来|"
    r"推荐|要|想要|其中|里面|里|是说|看起来|好像|最好|得|了)+"
)
_STRIP_RIGHT = compiled(
    r"(?:\s|\x1e|给我|的(?:东西|款式?|商品|产品|那种|那些|牌子|类型|材质|面料|料子|颜色)?|做的|制的|材质"
    r"|面料|料子|之类|一类|这类|那类|类|这种|那种|款式?|系列|色系|牌子|品牌|我(?:们|家)?|她|他|它|孩子"
    r"|家里|可|了|就|都|也|全|还|的话|呢|吧|啊|嘛|以外|之外|外|这个|那个|什么|啥|随便|哪个|哪家|哪种|太|有点|们|最好|绝对"
    r"|这俩|那俩|两个|两种|俩|这些|那些|去过了?)+$"
)
_EITHER_WAY = compiled(r"也(?:行|可以?|成|没事|无所谓|没关系|能接受|好|ok|没问题)吧?\Z")
_COMPARES = compiled(r"(?:低于|少于|不足|超过|高于|大于|小于|多于|短于|长于)")
# 太便宜的怕音色不行 gives a reason; it refuses no 音色.
_REASON = compiled(r"怕|担心|免得|省得|以免|不然|否则|万一")
# 红黄蓝这种太艳的: what follows only says what they have in common.
_SUCH = compiled(r"(?:这种|那种|这类|那类|之类|一类|这些|那些|这样|那样|什么的).+")
# 不是纯棉的不要: two negations ask for the thing.
_DOUBLE = compiled(
    r"(?P<not>不是|不带|没有|没|不含|不能|不可以|不支持|非)(?P<what>[^,.!?;:\n\x1f的]{1,10}的)"
    r"(?P<no>(?:就|都|也|我|一律|一概|全)*(?:不要|别要|不考虑|不行|免谈|不看|不买|别推荐?|别给我看)了?)"
)
# 皇家以外的牌子, 除了小米之外的都行: what stands before 以外 is out, and the words after it only say "the others".
_OTHER_THAN = compiled(
    r"(?:除了|除去|除开|除却|除掉|除|撇开|抛开|不算)?(?P<what>[^,.!?;:\n\x1f]{1,24}?)(?:以外|之外)(?:的话)?"
    r"(?:的)?(?:其他|其它|别的|另外|任何|所有|一切|各种|随便|哪个|什么|啥)*的?(?:牌子|品牌|颜色|款式?|材质|面料|种类|类型|型号|口味|味道)?"
    r"(?:的)?(?:我)?(?:(?:都|也|均|全)+(?:行|可以|要|好|成|能要|能接受|没问题|ok|考虑|给我看看?|看看?)?(?:吧|啊|哈|的)?)?"
)
_DEMONSTRATIVE = compiled(
    r"^(?:[那这]么.|这|那|它|这个|那个|这款|那款|这件|那件|这些|那些|刚才|刚才那个|单|这单|这笔|订单|我|你|您|谁"
    r"|啥|什么|这样|那样|太?贵|贵|便宜|急|客气|谢|谢谢|管|担心|了|的|吗|想|知道|会|能|好|行|对|错|多"
    r"|少|一样|麻烦|着急|介意|很|太|问题|掉|在外|出去|其他|别|买|看|要|紧|用|下|下单|再|说)$"
)
_LONE_ADJECTIVE = compiled(r"^(?:太|过于|那么|这么|很)(?P<word>.+)$")


def read_unwanted_zh(draft: Draft) -> list[Unwanted]:
    """Every unwanted thing that Chinese words name; strikes the negations and the things."""
    out: list[Unwanted] = []
    for match in _DOUBLE.finditer(draft.left):
        draft.strike(match.start(), match.end("not"))
        draft.strike(match.start("no"), match.end())
    _other_than(draft, out)
    _emptied(draft, out)
    _negation_first(draft, out)
    _negation_last(draft, out)
    return out


def _clause_start(left: str, at: int) -> int:
    while at > 0 and left[at - 1] not in _PUNCTUATION:
        at -= 1
    return at


def _emptied(draft: Draft, out: list[Unwanted]) -> None:
    """A clause that only says no ("…，不要"): what is meant stands in the clause before."""
    for match in _EMPTY_CLAUSE_CUE.finditer(draft.left):
        begin = match.start()
        before = draft.left[:begin].rstrip()
        if not before or before[-1] not in ",.;!\n" or len(before) < 2:
            continue
        end = len(before) - 1
        start = _clause_start(draft.left, end)
        clause = draft.left[start:end]
        if BREAK in draft.left[max(0, start - 1) : end] and not clause.strip(" " + BREAK + GAP):
            continue
        item = (
            clause.split("的", 1)[0]
            if "的" in clause
            else re.split(r"我|太|吃|穿|看|不|她|他|家|用着|会|容易|没", clause, maxsplit=1)[0]
        )
        found = _split(start, item)
        if found:
            out += found
            draft.strike(start, match.end())


def _other_than(draft: Draft, out: list[Unwanted]) -> None:
    for match in _OTHER_THAN.finditer(draft.left):
        found = _split(match.start("what"), match["what"])
        if found:
            out += found
            draft.strike(match.start(), match.end())


def _negation_first(draft: Draft, out: list[Unwanted]) -> None:
    at = 0
    for _ in range(MOST):
        cue = _BEFORE.search(draft.left, at)
        if cue is None:
            return
        at = cue.end()
        if _ASKING.search(draft.left[max(0, cue.start("cue") - 2) : cue.start("cue")]) and cue["cue"].startswith("不"):
            continue
        stop = _STOP_IN_SCOPE.search(draft.left, cue.end())
        end = stop.start() if stop else len(draft.left)
        scope = draft.left[cue.end() : end]
        if _EITHER_WAY.search(scope):
            # 不含镜头也行: without it is only as good as with it.
            draft.strike(cue.start(), end)
            continue
        de = _attribute_end(scope)
        consumed = end
        if de is not None:
            scope, consumed = scope[:de], cue.end() + de + 1
        found = _split(cue.end(), scope)
        if "太" in cue.group():
            # 别太重 wishes for lighter ones; a lone adjective is nothing a listing states.
            found = [item for item in found if item.end - item.start > 1]
        if not found:
            if "太" in cue.group() or scope.startswith(("那么", "这么")):
                draft.strike(cue.start(), consumed)
            continue
        out += found
        tail = (
            compiled(
                r"(?:以外|之外|外)?(?:的)?(?:其他|其它|别的|剩下)?(?:的|颜色|牌子|品牌)?(?:我|也|全)?(?:都"
                r"|就)?(?:行(?![李车程])|可以|要|好|成|能要|没问题|ok)?"
            ).match(draft.left, consumed)
            if cue["cue"].startswith("除")
            else None
        )
        draft.strike(cue.start(), tail.end() if tail else consumed)
        at = consumed


def _attribute_end(scope: str) -> int | None:
    """Where 不含香精的洗衣液 turns from the unwanted property to the wanted thing: at a 的 that a noun follows."""
    for match in re.finditer(r"(?<!(?<![精优最很真好太唯完健甜华])美)的", scope):
        rest = scope[match.end() :].strip(" " + GAP)
        if (
            rest
            and not _JOINT.match(rest)
            and not re.match(r"(?:东西|款式?|商品|产品|那种|那些|牌子|吧|了|啊|话|材质|面料|类型|颜色|都|就|也)", rest)
        ):
            return match.start()
    return None


def _negation_last(draft: Draft, out: list[Unwanted]) -> None:
    at = 0
    for _ in range(MOST):
        cue = _AFTER.search(draft.left, at)
        if cue is None:
            return
        at = cue.end()
        start = _clause_start(draft.left, cue.start())
        scope = draft.left[start : cue.start()]
        if not cue["adverb"] and _ASKING.search(scope) and cue["cue"].startswith(("不要", "不行")):
            continue
        if not scope.strip(" " + GAP) or _REASON.search(scope):
            continue
        if (
            re.match(r"[\u4e00-\u9fffa-z]", draft.left[cue.end() :].lstrip()[:1])
            and cue["cue"].startswith(
                ("不要", "不吃", "不看", "不喜欢", "不爱", "不习惯", "怕", "别给我", "别买", "别看", "别选")
            )
            and not cue["cue"].endswith("了")
        ):
            rest = draft.left[cue.end() :].lstrip()
            if not re.match(r"(?:了|吧|啊|哈|谢谢|,|。|看|推荐)", rest):
                continue
        found = _split(start, scope, keep_last_de=True)
        if found:
            out += found
            draft.strike(start, cue.end())


def _split(offset: int, scope: str, *, keep_last_de: bool = False) -> list[Unwanted]:
    """The items of a list with their places, bare of particles."""
    out: list[Unwanted] = []
    at = 0
    for joint in [*_JOINT.finditer(scope), None]:
        end = joint.start() if joint else len(scope)
        piece = scope[at:end]
        bare = _bare(piece)
        if bare is not None:
            start, stop = bare
            out.append(Unwanted(offset + at + start, offset + at + stop))
        at = joint.end() if joint else end
    return out


def _bare(piece: str) -> tuple[int, int] | None:
    start, end = 0, len(piece)
    left = _STRIP_LEFT.match(piece)
    if left and left.end() < end:
        start = left.end()
    right = _STRIP_RIGHT.search(piece, start)
    if right and right.start() > start:
        end = right.start()
    if re.match(r"[吃喝穿玩]的", piece[start : end + 1]):
        end += 1
    if such := _SUCH.search(piece, start + 1, end):
        end = such.start()
    text = piece[start:end].strip(" " + GAP)
    if not text or BREAK in text or len(text) > 14 or _COMPARES.match(text) or _DEMONSTRATIVE.match(text):
        return None
    if len(text) == 1 and re.search(r"太|过于|很|这么|那么", piece[:start]):
        return None
    start = piece.index(text, start)
    return start, start + len(text)
