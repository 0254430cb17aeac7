"""What a message does to the turns before it: takes one back, puts one right, or asks for a list once more.

Knows the wording in both languages and hands back what is said besides. Knows nothing of what was said or shown; the
dialogue acts on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.understanding.parsing.draft import Draft, compiled
from assistant.understanding.parsing.numbers import find_numbers

_EN_FIELD = r"(?:price|budget|colou?r|brand|size|material|stock|sort|filters\b|search|all\b|everything|order\b)"
_EN_LAST = r"(?:very )?(?:last|latest|previous|most recent|newest|final)"
_EN_STEP = (
    r"(?:filters?|changes?|conditions?|constraints?|restrictions?|steps?|requirements?|criteri(?:on|a)|edits?"
    r"|refinements?|requests?|choices?|instructions?|messages?|wish|bit|part|thing)"
)
_EN_END = r"(?=\s*(?:\Z|[,.;!?]|\b(?:please|pls|again|then|thanks|now|and|but)\b))"
_UNDO = compiled(
    rf"\b(?:(?:please )?(?:undo|revert|roll back|rollback)(?!(?: (?:the|my|that|this|any|of))* {_EN_FIELD})"
    rf"(?: (?:that|this|it|the|my|your))*(?: {_EN_LAST})?(?: (?:one|{_EN_STEP}))?(?: (?:i (?:just )?(?:made|added|said"
    rf"|asked for)|again|please))*"
    rf"|take (?:(?:that|it|this)(?: {_EN_LAST})?(?: (?:one|{_EN_STEP}))? back|back (?:that|it|this"
    rf"|what i (?:just )?said"
    rf"|(?:the|that|my) {_EN_LAST}(?: (?:one|{_EN_STEP}))?)){_EN_END}"
    rf"|(?:(?:scrap|cancel|drop|remove|forget|ignore|lose|delete|reverse|discard|clear|scratch|withdraw|never ?mind"
    rf"|take (?:off|away|out|back))(?: about)? (?:the |that |my |this )?{_EN_LAST} {_EN_STEP})"
    rf"|(?:forget|ignore|never ?mind|disregard|scratch|strike)(?: about)? what i (?:just |last )?said(?: last"
    rf"| just now)?"
    rf"|(?:scratch|strike|reverse) that{_EN_END}"
    rf"|(?:go |take me |bring me |switch |step |put (?:it|them|things|everything) |change (?:it|them|things) |set it )+"
    rf"back(?: to)? (?:before(?: (?:that|this|i said that))?|(?:how|the way|what|where|like) (?:it|things|they|we|i"
    rf"|that)"
    rf"(?: all)? (?:was|were|had)(?: before)?|as (?:it was|before)"
    rf"|the (?:previous|earlier|former|last|prior) (?:filters?|settings?|state|constraints?|step|version"
    rf"|conditions?)){_EN_END}"
    rf"|(?:go )?(?:back )?(?:one|a) step back(?:wards)?|(?:go )?back (?:up )?(?:one|a) step|step back{_EN_END}"
    rf"|(?:the way|how|as) it was (?:before|a moment ago|just now)|(?:like|as) before{_EN_END})"
)
# What is undone at an order desk is no filter.
_ELSEWHERE = compiled(
    r"\b(?:cart|basket|bag|trolley|orders?|refund|payment|paid|review|account|delivery|subscription|parcel|package"
    r"|store"
    r"|shop)\b|订单|退款|退货|申请|付款|支付|评价|投诉|购物车|车里|发票|账号|快递"
)
_ZH_LAST = r"(?:刚才|刚刚|上面|上|前|最后|最近)(?:说|加|设|选|提|那|这|面|的|一|个|次)*"
_ZH_STEP = r"(?:条件|要求|限制|筛选|操作|步骤|修改|改动|条|步|句话?|项)"
_ZH_FIELD = r"(?:价|预算|颜色|品牌|牌子|尺|码|材质|排序|库存|所有|全部|一切)"
_UNDO_ZH = compiled(
    rf"(?:撤销|撤回|撤消|还原|收回)(?!(?:掉|了|那个|这个|的)*{_ZH_FIELD})(?:掉|了|一?下|到)?(?:{_ZH_LAST})?(?:那|这|一|个)*"
    rf"{_ZH_STEP}?(?:吧|了)?"
    rf"|(?:取消|去掉|删掉|删除|去除|不要|忽略|撤掉|拿掉){_ZH_LAST}{_ZH_STEP}(?:吧|了)?"
    rf"|{_ZH_LAST}{_ZH_STEP}(?:就|都|也|先|我)*(?:不要了?|不算|取消|去掉|作废|算了|删掉|删了|撤了?|收回)(?:吧|了)?"
    rf"|(?:回到|退回到?|返回到?|恢复到?|变回|改回到?|回)(?:上一?步|之前(?=\s*(?:\Z|[,.!?]|吧))"
    rf"|(?:之前|原来|刚才|先前|上一个|原先)的?(?:条件|状态|样子|设置|筛选|要求)|原样|原状)(?:吧|了)?"
    rf"|(?:往)?(?:后退|倒退|退)一步|当我没说|{_ZH_LAST}(?:那|这|的|句|条)*(?:不算数?|作废)(?:吧|了)?"
)

_SORRY = (
    r"(?:(?:no|nope|oh|ah|oops|whoops|ooops|sorry|wait|hang on|hold on|my bad|apologies|pardon|actually|well|um|er"
    r"|erm|argh"
    r"|excuse me|my mistake|typo|correction|scratch that|strike that|but|not what i meant|that's not it"
    r"|wrong)\b[\s,.;:!-]*)"
)
_FIX = compiled(
    rf"(?:(?:\A\s*|(?<=[,.;!?]))\s*{_SORRY}*|\b)(?:i|we) (?:actually |really |just |obviously |of course |clearly )?"
    rf"meant(?: to (?:say|type|write|ask for|put|search for))?(?: it(?: to be|'s| is))?\b[\s:,]*"
    rf"|\A\s*{_SORRY}+(?:i|we) (?:actually |really |just )?(?:mean|said|wanted|asked for|was after|was thinking of"
    rf"|was looking for|typed|wrote)\b(?! (?:it|so|that)\b)[\s:,]*"
    rf"|\A\s*(?:i|we) (?:said|asked for|was asking for|did say)\b(?! (?:it|so|that|thanks?|no)\b)[\s:,]*"
    rf"|\A\s*{_SORRY}*(?:that|it|this)(?:'s| was| is)? ?(?:should(?:'ve| have)? (?:be|been|say|said|read)"
    rf"|(?:meant|supposed) to (?:be|say|read))\b[\s:,]*"
    rf"|\A\s*{_SORRY}+(?:(?:please )?make (?:that|it)|it's|it is|it was|should be|should read|rather)\b[\s:,]*"
    rf"|\A\s*(?:(?:sorry|no|oh|oops)[\s,.!]*)*(?:oops|whoops|typo|correction|my bad|my mistake|scratch that|strike that"
    rf")\b[\s,.;:!-]+(?=\S)"
)
_NUMBER = r"(?:[$£€¥]\s?)?\d[\d,.]*(?:k\b)?"
_UNIT = r"(?:dollars?|bucks?|usd|euros?|eur|pounds?|quid|gbp|yuan|rmb|cny|yen|jpy)"
_FIX_NUMBER = compiled(
    rf"\A\s*{_SORRY}*(?:it(?:'s| is) )?not {_NUMBER}(?: ?{_UNIT})?\s*(?:[,;.:-]+|\bbut\b)\s*(?:but |rather |it's "
    rf"|make it )?"
    rf"(?={_NUMBER})"
)
_NOT_FORMER = compiled(
    rf"[\s,;-]*\b(?:and |but )?(?:not|instead of|rather than) (?:in )?(?:{_NUMBER}(?: ?{_UNIT})?|{_UNIT})\s*(?=\Z"
    rf"|[,.;!])"
)
_ZH_WRONG = (
    r"(?:(?:(?:说|打|写|搞|弄|输|记|讲|看|选)错了?|错了|口误|手误|更正(?:一下)?|纠正(?:一下)?)(?:[啦哈了啊]|一下)*)"
)
_ZH_SORRY = rf"(?:(?:不对|不是(?=[,.!\s])|不不+|啊不|哦不|噢不|抱歉|不好意思|对不起|等等|等下|{_ZH_WRONG})[\s,.;:!]*)"
_ZH_SAID = (
    r"我(?:刚才|刚刚|其实|本来|原本|原来|是|明明|真正)*(?:说|指|要|问|想说|想要|想找|找|想买|打算买)的(?:其实|应该|就)?是"
    r"|我的意思是|我(?:其实|本来)?是(?:说|指|想说|想要|要)|我(?:其实|本来|本)(?:想|要)(?:说|要|找|买)(?:的是)?|应该(?:是|说)"
)
_FIX_ZH = compiled(
    rf"(?:\A|(?<=[,.;!?\s])){_ZH_SORRY}*(?:{_ZH_SAID})[\s,:]*"
    rf"|\A\s*(?:哦|啊|呃|那个)?[\s,]*{_ZH_SORRY}*(?:不对|啊不|哦不|噢不|不不+|{_ZH_WRONG})[\s,.;:!]*(?:应该)?(?:是(?!不是))?(?=[^\s吗?])"
    rf"|\A\s*{_ZH_SORRY}*不是[^,.;!?是]{{1,12}}(?:[,.;\s]+(?:而)?是|而是)"
)
_NOT_FORMER_ZH = compiled(
    r"[,;\s]*(?:而)?不是(?:\d[\d.,]*|[一二两三四五六七八九十百千万]+)?(?:美元|美金|欧元|英镑|人民币|元|块钱?|日元)?(?=\s*(?:\Z|[,.;!]))"
)
_AMOUNT = compiled(r"\A[\s,.:;!]*(?P<n>\d[\d,.]*)(?:[\s,.!]|please|pls|then|instead|thanks)*\Z")
_AMOUNT_ZH = compiled(
    r"\A[\s,.:;!]*(?P<n>\d[\d,.]*|[一二两三四五六七八九十百千万零]{1,9})(?:[\s,.!]|吧|哦|啊|的|才对)*\Z"
)

_AGAIN = r"(?:(?:once|one) more(?: time)?|again|agian|agin|agen|back up|a second time)"
_SHOW = (
    r"(?:show|bring|give|let(?:'s| me| us) (?:see|look at|have)|see|display|pull|list|get|fetch|put"
    r"|have (?:another )?(?:a )?look at"
    r"|look at|go back to|go over|return to|take me (?:back )?to|repeat)"
)
_RECALL = compiled(
    rf"\b{_SHOW}\b[^,.;!?]*\b{_AGAIN}\b"
    rf"|\b(?:those|these|the) (?:[\w'-]+ ){{0,3}}(?:from (?:before|earlier|a moment ago)|(?:you|we|i) (?:just "
    rf"|had )?(?:showed|saw"
    rf"|looked at|were looking at|had)(?: me)?(?: before| earlier| just now| a moment ago)?)\b"
    rf"|\b{_SHOW}\b[^,.;!?]*\b(?:same|previous|earlier|last) (?:list|ones|results|selection|page)\b"
    rf"|\A[^,.;!?]*\b(?:those|these|the) (?:[\w'-]+ ){{0,3}}(?:again|agian|once more)\b"
)
_ZH_THOSE = r"(?:刚才|刚刚|之前|前面|先前|方才|那些|那几|这些|这几|那一?批|那一?组|上面|原来|最初|一开始)"
_ZH_LOOK = r"(?:看|瞧|瞅|列|显示|展示|发|拿|调|翻|过一?遍|来一?遍|放)"
_RECALL_ZH = compiled(
    rf"{_ZH_THOSE}[^,.;!?]*(?:再|重新|又)(?:次|度)?(?:给我|让我|帮我|给|让|叫|一?次)?(?:我)?{_ZH_LOOK}"
    rf"|(?:再|重新)(?:次|度)?(?:给我|让我|帮我|给)?{_ZH_LOOK}(?:看|一下|一眼|一遍|一次|下|出|出来|回)*[^,.;!?]{{0,4}}{_ZH_THOSE}"
    rf"|(?:把)?{_ZH_THOSE}[^,.;!?]*(?:调|翻|拿|找|列)(?:出来|回来)"
    rf"|(?:给我|让我|想|我要)(?:再)?看(?:看|一下|一眼)?(?:刚才|刚刚|之前|先前|前面)(?:的)?那(?:些|几|批|组)"
)
_OTHERS = compiled(
    r"\b(?:others?|more of|different|new ones?|something else|anything else|except|besides|cheaper|pricier)\b|别的|其他"
    r"|其它|另外"
    r"|更多|换一?[批组]|新的|不同|以外|之外|便宜|贵"
)
_LISTED = compiled(
    r"\b(?:those|these|them|all of (?:it|that)|(?:the|that|this|same|previous|earlier|last|whole|full) (?:same "
    r"|whole |full |previous"
    r" )?(?:list|ones|results|selection|lot|page|options|products|items))\b"
    r"|那些|那几|这些|这几|那批|那组|刚才的|之前的|列表|结果"
)

_ALLOWED = (
    compiled(
        r"(?P<what>[a-z][a-z' -]{1,30}?)(?:'s| is| are| would be| was| were) (?:also |actually |perfectly |totally "
        r"|quite |just )*"
        r"(?:fine|ok|okay|all right|alright|good|acceptable|allowed|welcome)(?: (?:too|as well|after all|again"
        r"|by me|with me))*"
        r"(?=\s*(?:\Z|[,.;!?]))"
    ),
    compiled(
        r"\b(?:i don't mind|i do not mind|allow|include|i'm (?:ok|okay|fine) with"
        r"|i can live with)(?: the)? (?P<what>[a-z][a-z '-]{1,30}?)"
        r"(?: (?:too|as well|after all|again|ones))*(?=\s*(?:\Z|[,.;!?]))"
    ),
    compiled(
        r"(?P<what>[^\s,.;!?]{1,10}?)(?:的|款|色)?(?:其实|也|都|又)+(?:是)?(?:可以|行|成|好|没问题|没关系|能接受|接受|无所谓|不介意|ok)"
        r"(?:了|的|啊|吧|啦)*(?=\s*(?:\Z|[,.;!?]))"
    ),
)
_EDGES = " ,.;:!?-\n\t"


@dataclass(frozen=True, slots=True)
class Revision:
    """What a message does to the turns before it, and what it says besides.

    ``rest`` is the message without those words; ``amount`` a corrected number that names no bound and no currency;
    ``allowed`` what is said to be welcome after all.
    """

    rest: str
    undo: bool = False
    corrects: bool = False
    recall: bool = False
    of_list: bool = False
    amount: float | None = None
    allowed: tuple[str, ...] = ()


def read_revision(draft: Draft) -> Revision:
    """The revision a message makes; its ``rest`` is the whole message where it makes none."""
    low = draft.low
    if not _ELSEWHERE.search(low) and (spans := _spans((_UNDO, _UNDO_ZH), low)):
        rest = _without(draft.text, spans)
        allowed = tuple(m["what"].strip() for pattern in _ALLOWED for m in pattern.finditer(rest.lower()))
        for pattern in _ALLOWED:
            rest = re.sub(pattern.pattern, " ", rest, flags=re.IGNORECASE | re.ASCII)
        return Revision(rest.strip(_EDGES), undo=True, allowed=allowed)
    if not _asks(low) and (spans := _spans((_FIX, _FIX_NUMBER, _FIX_ZH), low)):
        spans = _spans((_NOT_FORMER, _NOT_FORMER_ZH), low, spans)
        rest = _without(draft.text, spans)
        numbers = find_numbers(rest) if _AMOUNT.match(rest) or _AMOUNT_ZH.match(rest) else []
        amount = numbers[0].low if len(numbers) == 1 else None
        return Revision(rest, corrects=bool(rest), amount=amount)
    recall = (_RECALL.search(low) or _RECALL_ZH.search(low)) and not _OTHERS.search(low) and not _ELSEWHERE.search(low)
    return Revision(draft.text, recall=bool(recall), of_list=bool(_LISTED.search(low)))


def _asks(low: str) -> bool:
    """Whether a message asks something; "isn't this, but that?" corrects nothing."""
    return "?" in low or low.rstrip(_EDGES).endswith(("吗", "么", "呢"))


def _spans(
    patterns: tuple[re.Pattern[str], ...], low: str, known: list[tuple[int, int]] | None = None
) -> list[tuple[int, int]]:
    """Where the patterns match, beside the spans known."""
    return [*(known or ()), *(m.span() for pattern in patterns for m in pattern.finditer(low) if m.end() > m.start())]


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with the spans cut out; what stood on either side stays apart."""
    kept = list(text)
    for start, end in spans:
        kept[start:end] = [""] * (end - start)
        kept[start] = " "
    return "".join(kept).strip(_EDGES)
