"""Whether a clause of a listing speaks of the product as it is sold, so that a yes or a no may rest on it.

A clause may hold every word of a question and still say nothing of the product: it may be about a part of it or about
another version, plan a thing for later, tie it to a condition, advise, compare, or name what the product only looks or
tastes like. Knows one question and one clause with its sentence. Does not know where in the record they stand, nor
whether the clause affirms or denies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import takewhile

import rjieba

from assistant.generation.replies.polarity import Piece
from assistant.generation.replies.terms import EN_STOP
from assistant.generation.replies.wording import has_han
from assistant.lexicon import fold, words

Known = Callable[[str], bool]
"""Whether a word stands for the product itself or for something that the question names."""

_VERSIONS = re.compile(
    r"\b(?!(?:new|this|that|our|the|full|current)\b)[\w-]+ (?:versions?|models?|editions?|variants?|generation"
    r"|colou?rways?)\b"
    r"|\b(?:other|another|larger|bigger|smaller|previous|older|newer|next|sister) (?:sizes?|ones?|kits?|sets?)\b"
    r"|(?:[\u3400-\u9fff]|[a-z0-9])版(?![型本面画式权])|(?<![本该此这新男女同一两])款(?![式待])"
    r"|同系列|上一代|下一代|其他型号|别的型号"
)
_NAMED = re.compile(r"(?<=\s)(?:Pro|Plus|Max|Ultra|Mini|Lite|SE|XL|Deluxe|Premium)\b")
_PLANNED = re.compile(
    r"\bwill (?:be (?:added|available|released|sent|offered)|come|follow|arrive|get|gain|support)\b"
    r"|\b(?:later|soon|upcoming|planned|in (?:the|a) future|firmware|beta|eventually|originally|formerly"
    r"|used to|no longer)\b"
    r"|将|即将|后续|以后|未来|计划|日后|敬请期待|曾"
)
_TIED = re.compile(
    r"\b(?:if|when|whenever|once|unless|until|provided|as long as|only|except|apart from|other than|while|where|"
    r"after|before|sold with|in combination with)\b|"
    r"|如果|若|假如|仅|只(?!需|要)|除(?!菌|湿|尘|螨|臭|味|霜|皱|草|锈|油|垢|雪|冰)|才|时候?(?=[，,可能会]|不)"
    r"|情况下|条件下|前提|以外"
)
_ADVISES = re.compile(
    r"\b(?:recommend\w*|advis\w*|suggest\w*|consider|choose|prefer\w*|ideally|better|best|please|try|should)\b"
    r"|请|建议|推荐|最好|不宜|宜|选择|尽量|慎"
)
_LIKENESS_AFTER = re.compile(
    r"^(?:[- ]?(?:like|look|style|styled|effect|inspired|flavou?r(?:ed)?|scent(?:ed)?|colou?r(?:ed)?|tones?|toned|"
    r"finish|print(?:ed)?|pattern(?:ed)?|shaped?|touch|feel|motif|imitation|substitute|alternative|notes?|look-alike|"
    r"themed?|grade|infused|free|replacement|equivalent)\b"
    r"|(?:风味|香型|口味|味|香|风格?|色|形|状|感|纹|图案|印花|造型|主题|样式?|式|类|系|质感|光泽|级|替代))"
)
_LIKENESS_BEFORE = re.compile(
    r"(?:\b(?:faux|imitation|fake|mock|artificial|simulated|vegan|synthetic|semi|half|near|pseudo|anti|scent of|"
    r"flavou?r of|look of|feel of|colou?r of|taste of|smell of|notes? of|hints? of|like|resembles|reminiscent of|"
    r"inspired by|shape of|style of|such as|similar to|compared (?:to|with)|than|instead of|rather than|replaces|unlike"
    r"|equivalent to|as \w+ as)[ -]+(?:(?:a|an|the|real|fresh|pure|ripe|of)\s+)*"
    r"|[仿拟似像如半类准]|如同|类似|媲美|好比|相比|代替|替代|比)$"
)
_NOT_ADDED = re.compile(
    r"\b(?:no|without|not|never|free of) (?:\w+ )?added\b|[不无未零0没](?:有|额外|人工)*添加"
    r"|不(?:额外)?加(?![热湿密厚绒大长])"
)
_ADDING = re.compile(r"\badd(?:ed|s)?\b|添加|加")
_LACKING = re.compile(r"\bwithout\b|不用|不需|不带|不接|不插")
_NEEDED = re.compile(r"\bneed\w*|\brequir\w*|\bmust\b|\bnecessary\b|需|须|必|要")
_RELATIVE = re.compile(r"\b(?:that|which|who|whose|where)\b")
_PREPOSITION = re.compile(
    r"\b(for|against|to|near|beside|beneath|behind|around|from|into|onto|by|towards?|alongside|next to|over|under"
    r"|with|of|in|on|at)\b"
)
_AWAY = frozenset("for against to near beside beneath behind around from into onto by toward towards alongside".split())
_KEPT_FROM = re.compile(r"\b(?:contact with|exposure to|expose\w* to|away from|avoid|next to)\b[^,.;]{0,20}$")
_FREE_OF = re.compile(r"\bfree (?:from|of)\b")
_AWAY_ZH = re.compile(
    r"(?:搭|放在|靠着|挂在|搭配|配合|用于|针对|适用于|防止|去除|远离|接触|处理|生产|加工)[^，,。；、]{0,4}$"
)
_HAS = re.compile(
    r"\b(?:have|has|got|come with|comes with|includ\w+|with|is there|are there|contain\w*|any|supplied)\b"
    r"|[有带含送配附]"
)
_IS = re.compile(
    r"^(?:(?:hi|hello|so|and|but|also|just|ok)\W+)*(?:is|are|isn't|aren't|was) (?:it|this|that|they|these|those|the)\b"
    r"|\bmade (?:of|from)\b|(?<!不)是"
)
_SUITS = re.compile(
    r"\b(?:for|suit\w*|fits?|works?|use[ds]?|using|compatib\w+|goes?|safe|ok|okay|good|with|on|in|hold|take|run|against"
    r"|connect|pair|charge)\b|适|用|能|可|兼容|搭|配|防|支持|放|装|接"
)
_VERB = re.compile(
    r"\b(?:is|are|was|were|has|have|can|cannot|can't|will|won't|does|do|doesn't|don't|isn't|aren't|comes?|includes?|"
    r"contains?|fits?|works?|needs?|requires?|takes?|lasts?|runs?|holds?|keeps?|goes|go|uses?|offers?|provides?|adds?|"
    r"gives?|makes?|lets?|folds?|detach(?:es)?|lifts?|slides?|opens?|closes?|sits?|stays?|turns?|pairs?|connects?|"
    r"charges?|supports?|suits?|features?|stands?|hangs?|covers?|resists?|withstands?|protects?|prevents?|allows?|"
    r"handles?|survives?|tolerates?|may|might|must|shows?|measures?|weighs?|seals?|locks?|clips?|screws?|unscrews?|"
    r"shuts?|switch(?:es)?|sheds?|dries|dry|ships?)\b"
)
_PREDICATE_ZH = re.compile(
    r"可以?|能够?|通用|不|为|是|有|含|采用|选用|使用|带|支持|均|都|也|适合|适用|需|无|没|已|会|要|送|附|防|易|耐|免|请|约|达|最|自动|经|由|内置|配"
)
_WHOLE_WORDS = frozenset(
    "it its they this these those that you we i all both everything set product item unit piece size design whole "
    "entire one each pair kit range device one each listing maker box pack package order delivery thing".split()
)
_WHOLE_ZH = re.compile(
    r"^(?:本品|本产品|该产品|产品|整机|机身|全身|整体|整套|全套|套装|它|"
    r"本款|此款|该款|这款|包装|里面|内|内含)$"
)
_PART_NOUNS_ZH = ("n", "nz", "nr", "ng")
_LOOSE_ZH = re.compile(
    r"^(?:材质|面料|设计|功能|工艺|处理|技术|材料|等级|性能|结构|效果|方式|模式|款|级|性|型|制|质|的|度|认证|标准|连接|接口|充电|"
    r"系统|协议|版本|保护|配方|成分|类型|人群|用户|使用|清洗|洗涤|水|膜|层)"
)


def speaks_of_it(
    question: str, piece: Piece, sentence: str, span: tuple[int, int], *, verdict: bool, known: Known
) -> bool:
    """Whether a clause that affirms or denies what a question turns on does so of the product as it is sold.

    Args:
        question: the folded question.
        piece: the clause.
        sentence: the sentence that holds the clause, as written.
        span: where the clause meets the question.
        verdict: whether the clause affirms.
        known: whether a word is one for the product itself, or one that the question names.
    """
    text, whole = piece.text, fold(sentence)
    start, end = span
    if _other_version(question, whole, sentence, known) or _apart(_PLANNED, whole, question):
        return False
    if _apart(_TIED, text, question) or _apart(_ADVISES, text, question):
        return False
    if _likeness(question, text, start, end):
        return False
    if not _governed_well(question, text, start):
        return False
    if verdict and _LACKING.search(question) and not _NEEDED.search(text):
        # That tools are spoken of says not that it takes them.
        return False
    subject = _subject(piece, whole, start)
    having = bool(_HAS.search(question)) and not _IS.search(question)
    return (verdict and having) or all(known(word) for word in subject)


def _apart(marks: re.Pattern[str], text: str, question: str) -> bool:
    """Whether a text holds one of the marks that the question does not hold too."""
    return any(m.group() not in question for m in marks.finditer(text))


def _other_version(question: str, whole: str, sentence: str, known: Known) -> bool:
    for m in _VERSIONS.finditer(whole):
        if m.group() not in question and not known(m.group()) and not known(m.group().split()[0]):
            return True
    return any(not known(fold(m.group())) for m in _NAMED.finditer(sentence))


def _likeness(question: str, text: str, start: int, end: int) -> bool:
    """Whether what is met is only looked like, tasted of, compared with or not added."""
    after = _LIKENESS_AFTER.match(text[end:])
    if after and after.group().strip(" -") not in question:
        return True
    if _NOT_ADDED.search(text[max(0, start - 24) : end]) and not _ADDING.search(question):
        return True
    before = _LIKENESS_BEFORE.search(text[:start])
    return before is not None and before.group().strip(" -") not in question


def _governed_well(question: str, text: str, start: int) -> bool:
    """Whether what is met belongs to what is said of the product, not to a phrase that hangs on something else."""
    before = text[:start]
    if has_han(text):
        return bool(_SUITS.search(question)) or not _AWAY_ZH.search(before)
    relative = list(_RELATIVE.finditer(before))
    if relative and not re.search(r"\b(?:is|are|has|have|comes?)\b", before[: relative[-1].start()]):
        # "a bakery that also handles peanuts": the bakery does.
        head = before[: relative[-1].start()].split()
        if head:
            return False
    if _KEPT_FROM.search(before):
        return bool(_SUITS.search(question))
    before = _FREE_OF.sub("", before)
    near = list(_PREPOSITION.finditer(before))
    if not near or len(before[near[-1].end() :].split()) > 3 or _VERB.search(before[near[-1].end() :]):
        return True
    word = near[-1][1]
    if word in _AWAY:
        return bool(_SUITS.search(_IS.sub("", question)))
    return not (word == "with" and _IS.search(question) and not re.search(r"\bwith\b", question))


def about_it(piece: Piece, sentence: str, start: int, known: Known) -> bool:
    """Whether a clause is about the product or about what the question names: its subject is no other thing."""
    return all(known(word) for word in _subject(piece, fold(sentence), start))


def belongs(question: str, text: str, start: int, end: int) -> bool:
    """Whether what stands at ``[start, end)`` of a clause is said of the product, not only near it or like it."""
    return not _likeness(question, text, start, end) and _governed_well(question, text, start)


def _subject(piece: Piece, whole: str, start: int) -> Sequence[str]:
    """The words that name what a clause is about; none where that is the product as such or what is met itself."""
    text = piece.text
    if has_han(text):
        mark = _PREDICATE_ZH.search(text)
        own = () if mark and start < mark.start() else _subject_zh(text)
        if own is None:
            # A clause that begins with its predicate goes on about the part that the one before it named.
            before = [p for p in re.split(r"[，,]", whole[: piece.start].rstrip("，, ")) if p.strip()]
            told = next((s for part in reversed(before) if (s := _subject_zh(part)) is not None), None)
            own = [] if re.search(r"\d", before[-1] if before else "") else told
        return own or ()
    verb = _VERB.search(text)
    if verb is None or start < verb.start():
        return ()
    head = re.split(r"\s(?:with|of|in|on|for|at|from|to)\s", text[: verb.start()])[0]
    return [
        w for w, _, _ in words(head)
        if not has_han(w) and w not in _WHOLE_WORDS and w not in EN_STOP and not w.isdigit() and not w.endswith("ly")
    ]  # fmt: skip


def _subject_zh(text: str) -> Sequence[str] | None:
    """The nouns before the predicate of a Chinese clause; ``None`` where it begins with the predicate."""
    text = text.strip(" ，,。；;")
    mark = _PREDICATE_ZH.search(text)
    head = text[: mark.start()] if mark else text
    if mark and not head.strip():
        return None
    tagged = list(rjieba.tag(head))
    if mark is None:
        # Without a predicate the first noun is the topic, and the rest says something of it.
        tagged = list(takewhile(lambda one: one[1] in _PART_NOUNS_ZH, tagged))[:1]
    return [w for w, tag in tagged if tag in _PART_NOUNS_ZH and has_han(w) and not _WHOLE_ZH.match(w)]


def modifies(text: str, end: int, question: str) -> bool:
    """Whether what is met, a quality in Chinese, only qualifies the noun that follows (防水拉链)."""
    if _HAS.search(question) or not has_han(text[end : end + 1]):
        return False
    rest = text[end:]
    rest = rest[1:] if rest.startswith("的") else rest
    word, tag = next(iter(rjieba.tag(rest)), ("", ""))
    return tag in _PART_NOUNS_ZH and not _LOOSE_ZH.match(word) and word not in question
