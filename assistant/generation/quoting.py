"""What a sentence gives as the record's own words, held against them word by word.

Knows how quotations are introduced and which words of one differ from the record. Does not decide whether other words
would say the same: who quotes does not put it in other words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

from assistant.generation.evidence import Evidence, squeeze
from assistant.generation.surface import HAN_RUN
from assistant.generation.turns import introduced, unquoted
from assistant.types import ReplyLanguage

_TOKEN = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?|\d+(?:[.,]\d+)*|[\u3400-\u9fff]")
_NEGATOR = re.compile(r"(?:[不没未无非别勿]|\b(?:not?|never|non-?|without|un)\s?)$", re.I)
_NEGATORS = frozenset("不 没 未 无 非 别 勿 not no never without nor cannot".split())
_SMALL = frozenset(
    "a an the is are it its this that of and or to for in on with s 的 了 是 也 很 就 都 着 和 与".split()
)
# Less than this of a quotation in the record's order is no quotation of it.
_ALIKE = 0.5
_LEAST = 4
# So much of a name has to stand for it to be the name; so many words may come before it.
_NAMED = 0.6
_LEAD = 6
_BESIDE = 2
_BREAK = re.compile(r"[,，:：;；。]|\b(?:is|are|has|have|comes?|which|and)\b|[这那是\d]|^[一二三四五六七八九十]+$")
_SHORTEST = 8
_SHORTEST_HAN = 5


def quotes(sentence: str, evidence: Evidence, language: ReplyLanguage) -> bool:
    """Whether a sentence, without what introduces it, is the record's own word for word."""
    said = squeeze(unquoted(sentence, language))
    if len(said) < (_SHORTEST_HAN if HAN_RUN.search(said) else _SHORTEST):
        return False
    # "Suited to ramps" does not stand in "not suited to ramps".
    return any(
        not _NEGATOR.search(unit.squeezed[: m.start()])
        for unit in evidence.units
        for m in re.finditer(re.escape(said), unit.squeezed)
    )


def altered(
    sentence: str, evidence: Evidence, language: ReplyLanguage, harmless: Callable[[str], bool]
) -> Iterator[tuple[int, int, str]]:
    """The words of an introduced quotation that the record has otherwise: ``(start, end, the record's words)``.

    Args:
        sentence: of a reply, its values shown.
        evidence: of the product.
        language: of the reply.
        harmless: whether words state nothing, so that they may stand in a quotation that is not exact.
    """
    start = introduced(sentence, language)
    if start is None:
        return
    said = [(m.group().lower(), m.start(), m.end()) for m in _TOKEN.finditer(sentence, start)]
    for text in _texts(evidence, han=bool(HAN_RUN.search(sentence, start))):
        words = list(_TOKEN.finditer(text))
        own = [m.group().lower() for m in words]
        matcher = SequenceMatcher(None, [w for w, _, _ in said], own, autojunk=False)
        same = [b for b in matcher.get_matching_blocks() if b.size]
        if sum(b.size for b in same) < max(_LEAST, _ALIKE * len(said)):
            continue
        theirs = _span(text, words[same[0].b : same[-1].b + same[-1].size])
        blocks = matcher.get_opcodes()
        for number, (change, a, b, c, d) in enumerate(blocks):
            if change == "equal":
                continue
            here = {word for word, _, _ in said[a:b]} & _NEGATORS
            gone = bool(_NEGATORS & {*own[c:d]}) and not here
            first = a
            if gone and c > 0 and own[c] in _NEGATORS and words[c - 1].end() == words[c].start():
                # 石膏板墙不能装: what is denied may stand before it.
                first = blocks[number - 1][1]
            elif gone and not same[0].b < c <= d <= same[-1].b:
                gone = False
            swapped = (
                change == "replace"
                and 0 < number < len(blocks) - 1
                and not {*own[c:d]} | {word for word, _, _ in said[a:b]} <= _SMALL
            )
            plain = first == b or (not swapped and harmless(sentence[said[first][1] : said[b - 1][2]]))
            if first < b and (gone or here or not plain):
                yield said[first][1], said[b - 1][2], theirs
            elif a == b < len(said) and gone:
                yield said[a][1], said[a][2], theirs
        return


def renamed(sentence: str, evidence: Evidence, harmless: Callable[[str], bool]) -> Iterator[tuple[int, int, str]]:
    """The words that stand in a product's name instead of the record's: ``(start, end, the record's name)``.

    A name may be cut short or told in other words altogether; only what is put between its own words is another name.
    """
    for unit in evidence.units:
        if unit.about != "title":
            continue
        own = [m.group().lower() for m in _TOKEN.finditer(unit.text)]
        said = [(m.group().lower(), m.start(), m.end()) for m in _TOKEN.finditer(sentence, 0, 2 * len(unit.text) + 40)]
        said = said[: len(own) + _LEAD]
        blocks = SequenceMatcher(None, [w for w, _, _ in said], own, autojunk=False).get_opcodes()
        same = sum(b - a for change, a, b, _, _ in blocks if change == "equal")
        if len(own) < _LEAST or same < max(_LEAST - 1, _NAMED * len(own)):
            continue
        for before, (change, a, b, c, d), after in zip(blocks, blocks[1:], blocks[2:], strict=False):
            between = before[0] == after[0] == "equal" and change == "replace" and b - a <= d - c + 2
            if not between or (HAN_RUN.match(said[a][0]) and min(before[2] - before[1], after[2] - after[1]) < _BESIDE):
                continue
            start, end = said[a][1], said[b - 1][2]
            words = sentence[start:end]
            if not (_BREAK.search(words) or harmless(words) or evidence.states(words)):
                yield start, end, unit.text


def _span(text: str, words: Sequence[re.Match[str]]) -> str:
    return text[words[0].start() : words[-1].end()]


def _texts(evidence: Evidence, *, han: bool) -> Sequence[str]:
    """The record's title and description in one language, each as one text."""
    by_kind: dict[str, list[str]] = {}
    for unit in evidence.units:
        if unit.about in ("text", "title") and bool(HAN_RUN.search(unit.text)) == han:
            by_kind.setdefault(unit.about, []).append(unit.text)
    return [" ".join(by_kind[kind]) for kind in ("text", "title") if kind in by_kind]
