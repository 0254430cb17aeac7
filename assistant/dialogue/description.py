"""Which of a few shown products a description fits: "the cheaper one", "the brown leather one", 那个木头的.

Reads the describing words out of the message and holds them against titles, fields and descriptions in both languages.
It knows no conversation: which products are meant to be told apart is the caller's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.lexicon import Lexicon, fold, words
from assistant.lexicon.spelling import Mender
from assistant.types import Product

_ONE = r"(?:one|pair|model|version|option|item)"
_BEFORE_ONE = re.compile(rf"(?:\b(?P<the>the|that|this)\s+)?(?P<said>(?:[\w'-]+\s+){{1,4}}?){_ONE}\b", re.I)
_AFTER_ONE = re.compile(
    rf"\b(?:the|that)\s+{_ONE}\s+(?:with|in|that has|that's|that is|having|has|featuring|made (?:of|from|out of))\s+"
    r"(?P<said>[\w'-]+(?:\s+[\w'-]+){0,3})",
    re.I,
)
_NAMED = re.compile(r"\b(?:the|that|this)\s+(?P<said>[\w'-]+(?:\s+[\w'-]+){1,4})", re.I)
_MEASURE = "个款条件双台把部只张套本支盏副瓶幅辆块枚顶座架"
_BEFORE_ZH = re.compile(rf"(?P<said>[^\s,.!?;、，。！？；吗呢么]{{1,10}}?)的?[那这]一?[{_MEASURE}]")
_AFTER_ZH = re.compile(rf"[那这]一?[{_MEASURE}](?P<said>[^\s,.!?;、，。！？；吗呢么是]{{1,8}}?)的(?!吗|么|话|[?？])")
_BARE_ZH = re.compile(
    r"(?:把|就要|就买|要|买|选)(?P<said>[^\s,.!?;、，。！？；吗呢么]{1,6})的(?=加|放|装|来|买|$|吧|[,，。])"
)
# "A black one" wants any such thing, it does not point.
_ANY = frozenset("a an any another some no which what every each".split())
_STOP = frozenset(
    "the one that this these those it its is are was be do does did have has will would can could should to for of and "
    "or on at by from with in into my your our me you i we put add get take remove drop buy want like show tell about "
    "more how big much many long heavy what which please cart basket bag too as than if so just only same right other "
    "new nice good great best whole actual exact very really kind set pair model first second third last made out "
    "there here not but does's an a compare between how's what's is's off".split()
)
# What ranks products among each other: field, and whether the largest is meant.
_RANKS: tuple[tuple[re.Pattern[str], str, bool], ...] = tuple(
    (re.compile(pattern, re.I), name, largest)
    for name, largest, patterns in (
        (
            "price",
            False,
            (
                r"\b(?:less|least) (?:expensive|pricey)\b|\b(?:lower|lowest)[ -]priced?\b|\bcheap(?:er|est)?\b",
                r"\b(?:more|most) affordable\b|\bbudget\b|(?<!不)便宜|价格?更?最?低|低价|实惠|划算",
            ),
        ),
        (
            "price",
            True,
            (
                r"\b(?:more|most) (?:expensive|pricey)\b|\b(?:higher|highest)[ -]priced?\b|\bpric(?:ier|iest)\b",
                r"\b(?:dear|costli)(?:er|est)\b|\bexpensive\b|(?<!不)贵(?!族|妇|宾)|价格?更?最?高|高价",
            ),
        ),
        (
            "rating",
            True,
            (
                r"\b(?:better|best|higher|highest|top)[ -](?:rat(?:ed|ings?)|review(?:ed|s)|scor(?:e|ed|ing))\b",
                r"(?:评分|评价|口碑|星级|好评率?|分数)(?:更|最|比较|较)?[高好]",
            ),
        ),
        (
            "rating",
            False,
            (
                r"\b(?:worse|worst|lower|lowest)[ -](?:rat(?:ed|ing)|review(?:ed|s)|scored?)\b",
                r"(?:评分|评价|星级)(?:更|最|较)?[低差]",
            ),
        ),
        (
            "rating_count",
            True,
            (
                r"\b(?:more|most) (?:popular|reviewed|reviews|ratings)\b|(?:更|最|比较)?热门|更?最?受欢迎",
                r"人气(?:更|最)?[高旺]|销量(?:更|最)?[高好]|(?:评价|评论)(?:更|最)?多",
            ),
        ),
        ("created_at", True, (r"\bnew(?:er|est)\b|\blatest\b|(?:更|最|较)新",)),
        ("created_at", False, (r"\bold(?:er|est)\b|(?:更|最|较)旧",)),
    )
    for pattern in patterns
)
# A comparison of a property nothing here can measure ("the bigger one"): it points, but nobody can tell at what.
_COMPARES = re.compile(
    r"\b(?:more|most|less|least)\s+\w+|\b(?!other|over|under|leather|silver|paper|after)\w{3,}(?:er|est)\b"
)
_RANK_WORDS = (
    "cheaper cheapest expensive priciest pricier dearer affordable popular highest higher rated lowest newest newer"
).split()


@dataclass(frozen=True, slots=True)
class Fit:
    """The products a description fits best; ``described`` whether the message held one at all;
    ``several`` whether each of the products has a description of its own ("the marble one or the glass one")."""

    skus: tuple[str, ...] = ()
    described: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True)
class _Term:
    """One describing word or phrase as token lines in both languages; ``known`` where the lexicon has it."""

    lines: tuple[str, ...]
    known: bool


def _line(text: str) -> str:
    return " " + " ".join(t for t, _, _ in words(fold(text))) + " "


class Shelf:
    """A few products to tell apart. Built per message; the texts of each are read once."""

    def __init__(self, skus: Sequence[str], product: Callable[[str], Product | None], lexicon: Lexicon) -> None:
        self._products = [p for sku in dict.fromkeys(skus) if (p := product(sku)) is not None]
        self._lexicon = lexicon
        self._strong = {p.sku: self._fields(p) for p in self._products}
        self._weak = {p.sku: _line(f"{p.description} {p.description_in('zh')}") for p in self._products}
        self._titles = {p.sku: _line(f"{p.title} | {p.title_in('zh')}").split() for p in self._products}
        self._colors = {p.sku: self._color_keys(f"{p.color or ''} {p.title}") for p in self._products}
        seen = {t for title in self._titles.values() for t in title if t.isascii()}
        self._seen = seen
        self._mender = Mender(seen | set(_RANK_WORDS))

    @staticmethod
    def _fields(p: Product) -> str:
        stated = [str(k).replace("_", " ") if v is True else str(v) for k, v in p.attributes.items() if v is not False]
        return _line(" | ".join([p.title, p.title_in("zh"), p.color or "", p.brand or "", *stated]))

    def _color_keys(self, text: str) -> frozenset[str]:
        return frozenset(c.key for m in self._lexicon.mentions(fold(text), ("color",)) for c in m.concepts)

    def described(self, text: str) -> Fit:
        """The products of the shelf that the message's description fits best."""
        if not self._products:
            return Fit()
        low = fold(text)
        fits = [
            fit for said, certain in _descriptions(low) if (fit := self._fit(self._mended(said), certain)).described
        ]
        each = tuple(dict.fromkeys(fit.skus[0] for fit in fits if len(fit.skus) == 1))
        if len(each) > 1 and len(each) == len(fits):
            return Fit(each, True, several=True)
        return fits[0] if fits else self._by_type(low)

    def _mended(self, said: str) -> str:
        def word(match: re.Match[str]) -> str:
            written = match.group()
            token = words(written)[0][0]
            if token in self._seen or token in _STOP or len(token) < 4 or self._lexicon.mentions(written):
                return written
            return self._mender.mend(token) or written

        return re.sub(r"[a-z][a-z']*", word, said)

    def _fit(self, said: str, certain: bool) -> Fit:
        left, ranks = said, []
        for pattern, name, largest in _RANKS:
            if pattern.search(left):
                ranks.append((name, largest))
                left = pattern.sub(" ", left)
        terms, colors = self._terms(left)
        pool = self._products
        if terms or colors:
            scores = {p.sku: self._score(p.sku, terms, colors) for p in pool}
            best = max(scores.values())
            known = bool(colors) or any(t.known for t in terms)
            if best > 0:
                pool = [p for p in pool if scores[p.sku] == best]
                if len(pool) == len(self._products) > 1 and not ranks and not known:
                    return Fit(described=certain)
            elif known and certain:
                return Fit(described=True)
            elif not ranks:
                return Fit(described=certain and bool(_COMPARES.search(left)))
        for name, largest in ranks:
            pool = _extreme(pool, name, largest)
        return Fit(tuple(p.sku for p in pool), True) if ranks or terms or colors else Fit()

    def _terms(self, said: str) -> tuple[list[_Term], set[str]]:
        terms: list[_Term] = []
        colors: set[str] = set()
        left = said
        for mention in reversed(self._lexicon.mentions(said)):
            if all(c.kind == "color" for c in mention.concepts):
                colors |= {c.key for c in mention.concepts}
            elif mention.text not in _STOP:
                forms = {mention.text} | {f for c in mention.concepts if c.kind != "color" for f in c.forms}
                known = any(c.kind != "product" for c in mention.concepts)
                terms.append(_Term(tuple(_line(f) for f in forms), known))
            left = left[: mention.start] + " " + left[mention.end :]
        terms += [_Term((f" {t} ",), False) for t, _, _ in words(left) if t.isascii() and t not in _STOP]
        return terms, colors

    def _score(self, sku: str, terms: Sequence[_Term], colors: set[str]) -> int:
        """How well a product fits: every term it fits counts, and where it says so in title or fields, more."""
        score = 13 * len(colors & self._colors[sku])
        for term in terms:
            if any(line in self._strong[sku] for line in term.lines):
                score += 13
            elif any(line in self._weak[sku] for line in term.lines):
                score += 11
        return score

    def _by_type(self, low: str) -> Fit:
        """ "The marble table": a name made of words of exactly one title, the last of them the title's head."""
        heads = {title[-1] for title in self._titles.values() if title}
        for match in _NAMED.finditer(low):
            tokens = [t for t, _, _ in words(self._mended(match["said"]))]
            end = next((i for i, t in enumerate(tokens) if t in heads), None)
            wanted = {t for t in tokens[: end or 0] if t not in _STOP}
            if end is None:
                # Two words of a title beside each other name it too: "is the Moonlight Serenade in stock".
                pair = next((set(tokens[i : i + 2]) for i in range(1) if len(set(tokens[:2]) - _STOP) == 2), set())
                wanted, end = pair, 1
            fits = [sku for sku, title in self._titles.items() if wanted and wanted <= set(title)]
            if len(fits) == 1:
                return Fit((fits[0],), True)
        return Fit()


def _descriptions(low: str) -> list[tuple[str, bool]]:
    """The describing spans of a message, each with whether it certainly points ("the … one")."""
    found: list[tuple[str, bool]] = []
    for match in _AFTER_ONE.finditer(low):
        found.append((match["said"], True))
    for match in _BEFORE_ONE.finditer(low):
        tokens = match["said"].split()
        if "the" in tokens:
            tokens = tokens[len(tokens) - tokens[::-1].index("the") :]
        if tokens and not _ANY & set(tokens):
            found.append((" ".join(tokens), bool(match["the"]) or len(tokens) < len(match["said"].split())))
    for pattern in (_BEFORE_ZH, _AFTER_ZH, _BARE_ZH):
        found += [(match["said"], True) for match in pattern.finditer(low)]
    return found


def _extreme(pool: Sequence[Product], name: str, largest: bool) -> list[Product]:
    """The products of the pool with the smallest or largest value of a field; all of them where it cannot be told."""
    if name == "price" and len({p.currency for p in pool}) > 1:
        return list(pool)
    valued = [(getattr(p, name), p) for p in pool if getattr(p, name) is not None]
    if not valued:
        return list(pool)
    wanted = max(v for v, _ in valued) if largest else min(v for v, _ in valued)
    return [p for v, p in valued if v == wanted]
