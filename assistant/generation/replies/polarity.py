"""Whether a stretch of catalogue text affirms or denies what it mentions, in English and Chinese.

Knows negation, its reach inside of a clause, and words that leave a thing open. Knows neither records nor questions,
and answers ``None`` rather than guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.generation.replies.wording import has_han

# Where one statement ends and another begins.
_HARD = re.compile(
    r"[.!?](?=\s|$)|[;:。！？；：()（）\n]|\s[-–—]\s"
    r"|(?=,?\s+(?:but|however|while|whereas|though|although|unlike|yet)\b)|(?=但|不过|然而|而不|而是|却)"
)
_SOFT = re.compile(
    # Folded Chinese commas are plain ones without a space.
    r",(?!\d)|，|(?=\s(?:without|and no|and not(?! part| includ)|and without|with no|and is not|and are not"
    r"|and cannot|and does not)\b)"
)
_DENIES_EN = re.compile(
    r"\b(?:not|no|never|cannot|without|neither|nor|lacks?|lacking|excludes?|excluding|excluded|avoid|unsuitable|"
    r"incompatible|none)\b|n't\b|\bnon-|\bfree (?:from|of)\b|\b[a-z]+[- ]free\b(?! (?:of charge|shipping|gift"
    r"|app|sample))"
    r"|\b(?:sold|available|purchased|bought|ordered) separately\b|\bunlike\b|\bkeep (?:it )?away from\b"
)
_DENIES_ZH = re.compile(
    r"不(?!锈|仅|错|同|断|少|止|但|光|管|论|粘|易拉|规则|倒翁|求人)|未(?!来)|无(?!线|缝|人机|极|论|花果|声|级|刷|数|痕|纺|骨|框)"
    r"|没有?|非(?!常|洲|遗)|勿|禁止|严禁|禁|免(?!费|疫|税)|别(?!致|墅|针)|另购|另售|另配|单独购买|单独出售|自备|除外|避免|谢绝|零(?=糖|添加|脂|卡|蔗)|0(?=糖|脂|卡|添加|蔗)"
)
_OPEN_EN = re.compile(
    r"\b(?:may|might|optional|optionally|some|sometimes|depending|depends|selected|certain|possibly|traces"
    r"|almost|nearly|"
    r"partly|partially|if|unless|except|not only|not just|should|ask|upgrade|instead of)\b"
)
_OPEN_ZH = re.compile(r"可能|部分|选配|可选|视|如果|若|除了|不仅|不只|不但|或许|大概|以实物|咨询|升级|尽量")
_AFFIRMS_ZH = re.compile(r"支持|可|能|含|带|有|附|送|适合|适用|兼容|通用|防")


@dataclass(frozen=True, slots=True)
class Piece:
    """One clause of a text at ``[start, end)``; ``open`` where a neighbour's negation may reach into it."""

    text: str
    start: int
    denied: bool
    doubtful: bool

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


def pieces(text: str) -> list[Piece]:
    """A folded text as clauses, each with whether it denies what it mentions.

    A clause is doubtful where it hedges, denies twice, or is part of a list whose head or end denies ("fits no prams,
    bikes or buggies"): nothing can be said of what it mentions.
    """
    found: list[Piece] = []
    for start, end in _cut(text, 0, len(text), _HARD):
        parts = [(a, b) for a, b in _cut(text, start, end, _SOFT) if text[a:b].strip()]
        denials = [_denials(text[a:b]) for a, b in parts]
        for i, (a, b) in enumerate(parts):
            piece = text[a:b]
            count = denials[i]
            reached = not count and any(denials[:i]) and not _own_clause(piece)
            headless = not count and len(piece.split()) <= 2 and not has_han(piece) and any(denials[i + 1 :])
            # What is optional and left out is left out all the same.
            hedged = _OPEN_EN.search(piece.replace("optional", "") if count else piece) or _OPEN_ZH.search(piece)
            unsure = bool(hedged) or (count > 1 and not _listed(piece))
            found.append(Piece(piece, a, count > 0, unsure or reached or headless))
    return found


def affirmed(piece: Piece, start: int, end: int) -> bool | None:
    """Whether the clause affirms what it mentions at ``[start, end)`` of it; ``None`` where it leaves that open."""
    if piece.doubtful:
        return None
    if not piece.denied:
        return True
    if has_han(piece.text):
        marks = [m.start() for m in _DENIES_ZH.finditer(piece.text)]
        if marks and all(m > start for m in marks):
            # 手柄不可拆 denies of the handle; 支持苹果不支持安卓 says two things.
            return bool(_AFFIRMS_ZH.search(piece.text[:start]) and marks[0] >= end)
    return False


def denies(text: str) -> bool:
    """Whether a stretch of a text holds a denial of its own."""
    return _denials(text) > 0


def _denials(text: str) -> int:
    return len(_DENIES_EN.findall(text)) + (len(_DENIES_ZH.findall(text)) if has_han(text) else 0)


def _listed(text: str) -> bool:
    """Denials of a list ("no BPA, no PVC", 不含糖不含奶, 无糖无奶) do not cancel each other."""
    return bool(
        re.search(r"\b(no|without|not)\b.*\b(?:and|or|,) ?(?:no|without|not|nor)\b", text)
        or re.search(r"(不|无|没有|免|零|0)[^不无没免零0]{1,8}\1", text)
        or re.search(r"\bneither\b.*\bnor\b|\bfree (?:from|of)\b|\bnot\b.*\bsold separately\b", text)
    )


def _own_clause(piece: str) -> bool:
    """Whether a clause has a verb of its own, so that what was denied before it does not reach into it."""
    if has_han(piece):
        # Chinese clauses between commas stand alone; the marks of lists are others.
        return True
    return bool(
        re.match(
            r"\s*(?:and |so |it |they |its |the |this |these |which |then )*"
            r"(?:\w+ )?(?:is|are|has|have|works?|fits?|comes?|goes|can|does|do|will|wash\w*|use[ds]?|runs?"
            r"|needs?|takes?|"
            r"holds?|keeps?|includ\w+|suppl\w+|suits?|supports?|packs?|folds?|stays?)\b",
            piece,
        )
    )


def _cut(text: str, start: int, end: int, marks: re.Pattern[str]) -> list[tuple[int, int]]:
    """The stretches between marks; a mark of no width begins the next stretch."""
    out, at = [], start
    for m in marks.finditer(text, start, end):
        if m.start() > at:
            out.append((at, m.start()))
        at = max(at, m.end()) if m.start() >= at else at
    if at < end:
        out.append((at, end))
    return out
