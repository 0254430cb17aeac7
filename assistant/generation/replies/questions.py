"""What a message asks of a product: its questions, each with the words that an answer has to meet.

Knows how English and Chinese ask: yes or no, which value, how many, how much. Knows the words that mean the same
(``glossary.tsv`` and the lexicon). Does not know any record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import rjieba

from assistant.errors import ConfigurationError
from assistant.generation.replies.terms import EN_STOP, ZH_STOP, stem
from assistant.generation.replies.wording import has_han
from assistant.lexicon import Concept, Lexicon, fold, words

_ASKS = (
    r"(?:what|which|who|whose|where|when|why|how|is|are|was|does|do|did|can|could|will|would|has|have|should|any|got)"
)
_CUT = re.compile(
    rf"(?<=[?？!！;；。])\s*|(?<=[a-z)])\.\s+|,?\s+(?:and|also|plus|but)\s+(?:also\s+)?(?={_ASKS}\b)|,\s+(?={_ASKS}\b)"
    r"|[，,、]\s*(?=[^，,]*(?:吗|呢|多少|多[大重长高宽厚久]|几|什么|哪|有没有|能不能|是不是|会不会|可不可以|还是|么$))|\n+"
)
# A pause inside of one question: "and the top, is that walnut", "what size, in inches, does it take".
_PAUSES = re.compile(
    rf"(?:^|(?<=[.!?;] ))(?:(?:and|so|but|also|then) )?(?:the|its|their) [a-z-]+(?: [a-z-]+){{0,3}}, (?={_ASKS}\b)"
    rf"|\b(?:what|which|how)\b[^,.?!;]*,[^,.?!;]{{0,30}}, (?={_ASKS}\b)"
)
_WH = re.compile(
    r"\b(?:what|what's|whats|which|who|whose|where|when|why|how)\b"
    r"|什么|啥|多少|几(?!乎)|哪|谁|如何|怎么|怎样|多[大重长高宽厚深久快远粗]"
)
_POLAR_EN = re.compile(
    r"(?:^|[,;.…:]\s*|\b(?:and|but|so|or|hi|hello|hey|please|also|wondering if|know if|tell me if|whether)\s+)"
    r"(?:is|isn't|are|aren't|was|does|doesn't|do|don't|did|can|can't|could|will|won't|would|has|have|had|should"
    r"|any|got)\b"
)
_POLAR_ZH = re.compile(
    r"吗|嘛[?？]?$|(?<![什怎那这多])么[?？]?$|没有[?？]?$|有没有|是否|能否|可否|(.)不\1"
    r"|吧(?=$|[?？。，, ])|[^不没]不[?？]?$|没[?？]?$"
)
# A question that begins with its verb asks yes or no, whatever clause follows ("is that what it is meant for").
_HEADED = re.compile(r"(?:is|isn't|are|aren't|was|does|doesn't|will|would|has|have|did) (?!(?:anyone|you|someone)\b)")
# A question that names no unknown and has a verb of being, having or being able asks yes or no.
_PREDICATED = re.compile(
    r"[是有能可会送带含附]|支持|适合|需要|\b(?:is|are|does|do|can|will|has|have|includ\w+|supplied|fits?|works?"
    r"|comes?|in the (?:box|pack|set)|enough|needs?|needed)\b"
)
_DOUBLED = re.compile(r"(.)[不没]\1")
_ABSENT = re.compile(
    r"\b[a-z]+[- ]free\b(?! (?:shipping|gift|delivery|sample|app))|\bfree (?:of|from)\b|\bwithout\b|\bnon-"
    r"|另外?(?:买|购|配)|单独(?:买|购买)|额外(?:买|购买)|自己(?:买|配)"
    r"|无(?!线|缝|人机|极|框|绳)|不含|不带|不加|免(?!费)|零(?=糖|添加|脂|卡)|0(?=糖|脂|卡|添加)"
)
_DENIED = re.compile(
    r"\b(?:isn't|aren't|doesn't|don't|can't|won't|not|no)\b|不(?=是|能|会|可|支持|防|需要)(?!是不|能不|会不|可不)"
)
_QUALITY = re.compile(
    r"\b(?:\w+(?:able|ible|proof)|safe|free|friendly|ready|resistant|included|supplied|with|without|adjustable|ok|okay|good)\b"
    r"|[能可有带防含送支适]"
)
OR = re.compile(r"\bor\b|还是|或者?是?")
_FREE = frozenset("free without non".split())
_GENERIC_EN = (
    EN_STOP
    | frozenset(
        "work fit come include includ suppli provid support need offer version type kind model set built part "
        "box pack package inside own be being it'll possible able available listing say state feature exactly"
        " full total "
        "whole overall per real proper main way lot bit much time day look feel think suitable let fine alright"
        " okay mind "
        "wonder curiou hope plan buy bought order purchas gift question ask check confirm quick just one's i'm i've"
        " i'd contain content life "
        "show display handle cope manage allow let other own accept enough".split()
    )
) - frozenset("need real handle display".split())
_GENERIC_ZH = (
    ZH_STOP
    | frozenset(
        "有 没有 含 带 送 配 附 附带 包含 自带 赠送 支持 用 使用 可以 用来 适合 放 装 给 到 出 来 去 买 卖 做 为 让 算 属于 可 能够 "  # noqa: E501
        "请 问 请问 想 知道 麻烦 老板 亲 您好 你好 产品 本品 它们 包括 里边 版本 类型 种类 具体 准备 打算 直接 自己 本身 时间 时 "  # noqa: E501
        "得 很 好 够 比较 一般 正常 现在 平时 到底 主要 一盒 一包 一套 一个 一台 一件 整个 全部 范围内 范围 能放 拿 进 进去 入 成 "  # noqa: E501
        "适用 长时间 多长 多大 多高 多宽 多厚 多深 多粗 多远 多快 多重 能装 能带 能放 可带 能配 包含在内 在内 应该 觉得 担心 喜欢 家里 我家 是不是 会不会 有没有 能不能 可不可以 是否 能否 怎样 吃 喝 穿 戴 最多 最大 最高 "  # noqa: E501
        "能用 可用 放下 放得下 装下 装得下 放进 拍 录 坐 下来 起来 一次 每次 请问下 是 里头 这里 那个 哪些 还 再 其他 另外 来说 正品".split()  # noqa: E501
    )
) - frozenset(("需要",))
_MEASURES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("duration", re.compile(
        r"\bhow long (?:does|do|can|will|would|did|until|before|after|on|per)\b|\bhow many (?:hours|minutes"
        r"|days|months|years)\b"
        r"|\bhow often\b|\b(?:battery life|run ?time|shelf life)\b|多久|多长时间|几(?:个)?(?:小时|分钟|天|年|个月|月)|续航|保质期|质保|保修")),  # noqa: E501
    ("mass", re.compile(r"\bhow (?:heavy|light)\b|\bweighs?\b|\bhow much does .{1,40} weigh|多重|重量|几斤|多少斤|多少克"  # noqa: E501
    r"|几公斤|净重|重不重|沉不沉")),
    ("length", re.compile(
        r"\bhow (?:tall|high|wide|deep|thick|long (?:is|are)|far)\b|\b(?:length|height|width|depth|thickness"
        r"|diameter)\b"
        r"|多[高宽深厚长粗远](?!时间)|高度|宽度|长度|厚度|直径|多大屏|几寸|多少寸|几厘米|几米")),
    ("size", re.compile(r"\bhow (?:big|large|small)\b|多大(?!屏|年|的)")),
    ("volume", re.compile(r"\bhow many (?:litres?|liters?|ml|cups)\b|几升|多少升|多少毫升")),
    ("noise", re.compile(r"\bhow (?:loud|noisy|quiet)\b|\bdecibels?\b|多少分贝|噪音")),
    ("count", re.compile(
        r"\bhow many\b|(?<!第)几(?=[个把件支只条片块本双包颗张节粒台套根枚层档种瓶袋口盒位人页核])|多少(?=[个把件支只条片块本双包颗张节粒台套根枚层档种瓶袋盒页组])")),  # noqa: E501
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a question names, and every way a record may name it.

    ``phrases`` are English, each a run of stems of which all must stand near each other; ``han`` are Chinese forms;
    ``concepts`` keys of the lexicon. ``number`` is set where the thing is a number, ``unit`` being what it counts.
    ``shadows`` are longer Chinese words for other things that hold one of the forms: 承重 is no 重.
    """

    word: str
    phrases: tuple[tuple[str, ...], ...] = ()
    han: tuple[str, ...] = ()
    concepts: frozenset[str] = frozenset()
    number: str = ""
    unit: str = ""
    start: int = 0
    end: int = 0
    shadows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """One question. ``text`` is folded; ``absent`` where it asks whether something is missing ("nickel free?")."""

    text: str
    polar: bool
    absent: bool
    denied: bool
    choice: bool
    measure: str | None
    terms: tuple[Term, ...] = field(default=())


class Questions:
    """Reads messages. Holds word tables only."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._groups = tuple(_glossary())
        self._by_stems: dict[tuple[str, ...], list[int]] = {}
        self._by_han: dict[str, list[int]] = {}
        for number, (english, chinese) in enumerate(self._groups):
            for form in english:
                self._by_stems.setdefault(stems_of(form), []).append(number)
            for form in chinese:
                self._by_han.setdefault(form, []).append(number)
        self._in_longer: dict[str, set[str]] = {}
        for form in self._by_han:
            for part in {form[a:b] for a in range(len(form)) for b in range(a + 1, len(form) + 1)} - {form}:
                self._in_longer.setdefault(part, set()).add(form)
        self._longest = max(map(len, self._by_han), default=1)

    def read(self, text: str) -> list[Query]:
        """The questions of a message in their order; a message that asks nothing is read as one question."""
        low = _PAUSES.sub(lambda m: m[0].replace(",", ""), fold(text).strip())
        parts = [p.strip(" ,，。.、") for p in _CUT.split(low) if p and p.strip(" ,，。.、?？!！")]
        asked = [p for p in parts if self._asks(p)]
        if not asked:
            return [self._query(low)]
        queries = []
        for part in asked:
            query = self._query(part)
            before = parts[parts.index(part) - 1] if parts.index(part) else ""
            counted = query.polar and re.search(r"\d", before)
            if (not query.terms or counted) and before and not self._asks(before):
                # "I have an induction hob. Will it work?": what is asked about was said before.
                query = self._query(f"{before} {part}")
            queries.append(query)
        return queries[:3]

    @staticmethod
    def _asks(part: str) -> bool:
        return bool(part.endswith(("?", "？")) or _WH.search(part) or _POLAR_EN.search(part) or _POLAR_ZH.search(part))

    def _query(self, text: str) -> Query:
        wh = bool(_WH.search(text)) and not _HEADED.match(text)
        plain = _DOUBLED.sub(
            r"\1", text.replace("有没有", "有").replace("是否", "是").replace("能否", "能").replace("可否", "可")
        )
        choice = bool(OR.search(plain)) and not wh
        # "Dishwasher safe?" asks yes or no, "panel type?" for a value.
        bare = text.endswith(("?", "？")) and bool(_QUALITY.search(text))
        said = _PREDICATED.search(text) and text.endswith(("?", "？"))
        polar = not wh and not choice and bool(_POLAR_EN.search(text) or _POLAR_ZH.search(text) or bare or said)
        measure = next((name for name, pattern in _MEASURES if pattern.search(text)), None)
        return Query(
            plain,
            polar,
            bool(_ABSENT.search(plain)),
            bool(_DENIED.search(plain)),
            choice,
            measure,
            tuple(self.terms(plain)),
        )

    def terms(self, text: str) -> list[Term]:
        """The things a folded text names, in their order."""
        spans: list[Term] = []
        for mention in self._lexicon.mentions(text):
            concepts = [c for c in mention.concepts if c.kind != "brand"]
            if concepts:
                spans.append(self._of_concepts(text, mention.start, mention.end, concepts))
        spans += self._of_glossary(text)
        cut = [(a, b) for a, b, w in _division(text) if len(w) > 1]
        # A single character inside of a longer word names nothing: 桌腿 is no desk.
        spans = [t for t in spans if t.end - t.start > 1 or not any(a <= t.start < b for a, b in cut)]
        spans += self._numbers(text)
        out: list[Term] = []
        taken: list[tuple[int, int]] = []
        for term in sorted(spans, key=lambda t: (t.start - t.end, not t.number)):
            if not any(a < term.end and term.start < b for a, b in taken):
                taken.append((term.start, term.end))
                out.append(self._widened(term))
        for word, start, end in words(text):
            if has_han(word) or any(a < end and start < b for a, b in taken) or word.isdigit():
                continue
            form = stem(word)
            if (
                word not in _GENERIC_EN
                and (len(form) < 4 or form not in _GENERIC_EN)
                and len(word) > 1
                and word not in _FREE
            ):
                out.append(Term(word, ((form,),), start=start, end=end))
        at = 0
        for word, tag in rjieba.tag(text):
            start = text.find(word, at)
            at = start + len(word)
            if not has_han(word) or word in _GENERIC_ZH or tag[:1] not in "nvaizlbs" or tag in ("vf", "uj"):
                continue
            if not any(a < at and start < b for a, b in taken):
                out.append(Term(word, han=_han_forms(word), start=start, end=at))
        kept = [t for t in out if not self._generic(t)]
        return sorted(kept, key=lambda t: t.start)

    def _generic(self, term: Term) -> bool:
        word = term.word
        if term.number:
            return False
        if has_han(word):
            return word in _GENERIC_ZH
        parts = word.split()
        return all(p in _GENERIC_EN or (len(stem(p)) > 3 and stem(p) in _GENERIC_EN) for p in parts)

    def _of_concepts(self, text: str, start: int, end: int, concepts: Sequence[Concept]) -> Term:
        word = text[start:end]
        phrases: list[tuple[str, ...]] = []
        han: list[str] = []
        if has_han(word):
            han += _han_forms(word)
        else:
            phrases.append(stems_of(word))
        keys = frozenset(c.key for c in concepts)
        return Term(word, tuple(phrases), tuple(han), keys, start=start, end=end)

    def _of_glossary(self, text: str) -> Iterator[Term]:
        for length in range(min(self._longest, len(text)), 1, -1):
            for start in range(len(text) - length + 1):
                form = text[start : start + length]
                if form in self._by_han:
                    yield Term(form, han=_han_forms(form), start=start, end=start + length)
        tokens = [(stem(t), a, b) for t, a, b in words(text) if not has_han(t)]
        for n in (4, 3, 2, 1):
            for i in range(len(tokens) - n + 1):
                run = tuple(t for t, _, _ in tokens[i : i + n])
                if run in self._by_stems:
                    start, end = tokens[i][1], tokens[i + n - 1][2]
                    yield Term(text[start:end], (run,), start=start, end=end)

    def _widened(self, term: Term) -> Term:
        """With the forms that its glossary rows add."""
        rows = {n for p in term.phrases for n in self._by_stems.get(p, ())} | {
            n for h in term.han for n in self._by_han.get(h, ())
        }
        phrases = [*term.phrases, *(stems_of(f) for n in sorted(rows) for f in self._groups[n][0])]
        han = [*term.han, *(f for n in sorted(rows) for f in self._groups[n][1])]
        shadows = {f for h in han for f in self._in_longer.get(h, ())} - set(han)
        return Term(
            term.word, tuple(dict.fromkeys(phrases)), tuple(dict.fromkeys(han)), term.concepts,
            term.number, term.unit, term.start, term.end, tuple(sorted(shadows)),
        )  # fmt: skip

    @staticmethod
    def _numbers(text: str) -> Iterator[Term]:
        """Numbers that count something ("17-inch", "65 W", 180斤) or belong to a name ("iPhone 15")."""
        for m in re.finditer(r"(?<![\w.])(\d+(?:\.\d+)?)(?![\d.])(?:\s?-?\s?([a-z°%\"]+|[\u3400-\u9fff]))?", text):
            unit = m[2] or ""
            named = re.search(r"([a-z]+)[ -]?$", text[: m.start()])
            if unit in ("个", "款", "号", "把", "件", "双", "st", "nd", "rd", "th") or re.search(
                r"第$", text[: m.start()]
            ):
                continue
            asked = named and named[1] in ("at", "to", "than", "over", "under", "size", "of", "about", "until", "by")
            of_name = named and (asked or named[1] not in _GENERIC_EN) and not unit
            if _UNIT.fullmatch(unit) or of_name:
                end = m.end() if _UNIT.fullmatch(unit) else m.end(1)
                yield Term(
                    m[0].strip(), number=m[1], unit=unit if _UNIT.fullmatch(unit) else "", start=m.start(), end=end
                )


_UNIT = re.compile(
    r"(?:mm|cm|m|km|inch(?:es)?|in|ft|feet|kg|g|mg|lbs?|oz|ml|l|litres?|liters?|w|watts?|v|volts?|hz|db|mah|gb|tb|mp|"
    r"h|hours?|min(?:utes?)?|days?|months?|years?|k|°c|°f|°|%|c|f|degrees?|people|"
    r"寸|英|厘|毫|米|公|千|克|斤|升|瓦|伏|分|小|天|年|岁|度|人|磅|码|月)"
)


def _division(text: str) -> Iterator[tuple[int, int, str]]:
    """The Chinese words of a text and where they stand."""
    at = 0
    for word in rjieba.cut(text):
        start = text.find(word, at)
        at = start + len(word)
        if has_han(word):
            yield start, at, word


def stems_of(phrase: str) -> tuple[str, ...]:
    """The stems of an English phrase."""
    return tuple(stem(t) for t, _, _ in words(fold(phrase)) if not has_han(t))


def _han_forms(word: str) -> tuple[str, ...]:
    """A Chinese word, and without its light ending (盖子 meets 锅盖)."""
    forms = [word]
    if len(word) == 2 and word[-1] in "子儿头":
        forms.append(word[:-1])
    if len(word) in (2, 3) and word[0] in "含带有送配附":
        forms.append(word[1:])
    return tuple(forms)


def _glossary() -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    text = files("assistant.generation.replies").joinpath("glossary.tsv").read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 2:
            raise ConfigurationError(f"glossary.tsv line {number}: wanted 2 columns, got {len(cells)}")
        yield tuple(f.strip() for f in cells[0].split("|")), tuple(f.strip() for f in cells[1].split("|"))
