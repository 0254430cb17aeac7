"""Where a yes or a no would rest on too little: a figure that is not met, a word that is only akin, an opinion asked.

Knows one question and the text that is to answer it. Does not know how that text was found, nor what is said instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.generation.replies.questions import Query, Term, stems_of
from assistant.generation.replies.terms import stem
from assistant.generation.replies.wording import has_han
from assistant.lexicon import Lexicon, fold, words

INCLUSION = re.compile(
    r"\binclud|\bcomes? with\b|\bcome with\b|\bin the (?:box|set|pack)\b|\bsupplied\b|[送附配赠]|自带|标配|包装"
    r"|带着|带不带|带(?=.{0,4}[吗吧])"
    r"|另外?买|另购|单独(?:买|购买)"
)
INCLUDED = re.compile(
    r"\binclud|\bcomes? (?:with|in)\b|\bsupplied\b|\bsold\b|\bin the box\b|\bpart of\b|\b(?:with|without)\b"
    r"|\bseparately\b|\bset of\b"
    r"|[附送配赠带含]|另购|另售|单独|自备|内有|包装"
)
ABOUT_A_PART = re.compile(r"\b(?:is|are) (?:the|its|their)\b|(?<!不)是[^不]{1,8}的?吗?$")
_NUMERALS = {
    "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
    "half": "0.5", "半": "0.5",
    "ten": "10", "twelve": "12", "twenty": "20", "thirty": "30", "fifty": "50", "hundred": "100",
    "两": "2", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7", "八": "8", "九": "9", "十": "10",
}  # fmt: skip
_WORDED = re.compile(rf"\b(?:{'|'.join(w for w in _NUMERALS if w.isascii())})\b")
_WORDED_ZH = re.compile(
    r"(?<![这那第前后一二三四五六七八九十两])[两二三四五六七八九十](?=[\u3400-\u9fff])|半(?=[升斤米年天]|公斤|小时|个(?:小时|月))"
)
_DIGITS = re.compile(r"(?<![a-z\d.#])\d+(?:\.\d+)?(?!\d|\.\d|\s*(?:st|nd|rd|th)\b|\s*[号款])")
# What points at a product of a list counts nothing.
_POINTS = re.compile(r"(?:\b(?:the|these|those|all|both|number|no\.?|option|item|first|last)\s*|[第这那])$")
_GRADE = re.compile(r"\b(?:class|grade|energy|rated)\s+([a-g])(\+{0,3})(?=\W*$|\s+or\b)|(?<![a-z])([a-g])级")
_OPINION = re.compile(
    r"\b(?:will|would|do|does|might|could)\b.{1,40}\b(?:like|love|enjoy|hate|prefer)\b|喜欢|爱吃|爱玩|爱喝"
)
# More or less than a figure is asked: what names the figure need not be on the asked side of it.
_COMPARES = re.compile(
    r"\b(?:more|less|fewer|larger|bigger|smaller|longer|shorter|wider|taller|higher|lower|heavier|lighter|quieter|louder|"
    r"faster|older|younger|better|cheaper|stronger) than\b|\b(?:over|above|under|below|beyond|at least|at most"
    r"|exceed\w*)\s+\d"
    r"|\b(?:within|enough|too (?:big|small|heavy|long|short|tall|wide))\b"
    r"|够|太[大小重长短高宽]|超过|大于|小于|多于|少于|高于|低于|不到|不足|至少|至多|\d\s*[\u3400-\u9fffa-z]{0,3}(?:以上|以下|以内)|比.{1,10}[大小高低长短重轻快慢]"
)
# Who cannot bear a thing is served by its absence.
_BEARS_NOT = re.compile(r"\ballerg\w+|\bintoleran\w+|\bsensitive to\b|过敏|不耐|忌口")
# To bear splashes is less than to be waterproof.
_PROOF = re.compile(r"\bwater[- ]?(?:proof|tight)|防水")
_RESISTS = re.compile(
    r"\bsplash\w*[- ]?\w*|\bwater[- ]?(?:resist\w+|repell\w+|rating|resistance)"
    r"|\bipx?\d*[0-4]\b|生活防水|防泼\w?|防溅\w?|防水等级"
)
# A kind of a material is more than the material.
_KIND_OF = re.compile(r"^(?:骨(?=瓷)|纯|仿|人造|头层|天然|超细)")


def rests_on_little(query: Query, terms: Sequence[Term], told: str, title: str, lexicon: Lexicon) -> bool:
    """Whether a text must not decide a question for yes or no, though it names what the question turns on."""
    if _OPINION.search(query.text) and not _OPINION.search(told) and not re.search(r"\blik|\blov|爱", told):
        return True
    if _COMPARES.search(query.text) and not any(m.group() in told for m in _COMPARES.finditer(query.text)):
        return True
    if _BEARS_NOT.search(query.text) and not _BEARS_NOT.search(re.sub(r"allergens?|过敏原", "", told)):
        return True
    if _PROOF.search(query.text) and _RESISTS.search(told) and not _PROOF.search(_RESISTS.sub("", told)):
        return True
    if any(not _counts(figure, told) for figure in figures(query.text, fold(title))):
        return True
    grade = _GRADE.search(query.text)
    if grade and not re.search(rf"(?<![a-z]){grade[1] or grade[3]}{re.escape(grade[2] or '')}(?![a-z+])", told):
        return True
    return any(_akin_only(term, told, lexicon) for term in terms if not term.number)


def figures(text: str, title: str = "") -> Iterator[str]:
    """The figures of a folded question, in digits, without those of the product's name or that point at a product."""
    for pattern in (_DIGITS, _WORDED, _WORDED_ZH):
        for m in pattern.finditer(text):
            before = text[: m.start()]
            named = re.search(r"([a-z\u3400-\u9fff]+[ -]?)$", before)
            if _POINTS.search(before) or (named and f"{named[1]}{m[0]}" in title):
                continue
            yield _NUMERALS.get(m[0], m[0])


def _counts(figure: str, told: str) -> bool:
    if re.search(rf"(?<![\d.]){re.escape(figure)}(?!\d|\.\d)", re.sub(r"(?<=\d),(?=\d{3})", "", told)):
        return True
    forms = [w for w, digits in _NUMERALS.items() if digits == figure]
    return any((w in told) if has_han(w) else re.search(rf"\b{w}\b", told) for w in forms)


def _akin_only(term: Term, told: str, lexicon: Lexicon) -> bool:
    """Whether a text names a term by another word of the same language, or by one Chinese character of a sentence."""
    stems = {stem(t) for t, _, _ in words(told) if not has_han(t)}
    if any(form in told for form in term.han) and not _KIND_OF.match(term.word):
        return False
    if any(all(any(s.endswith(p) for s in stems) for p in phrase) for phrase in term.phrases if phrase):
        return False
    if has_han(term.word) and term.word in told:
        return False
    met = [m for m in lexicon.mentions(told) if any(c.key in term.concepts for c in m.concepts)]
    if not met:
        return False
    if _KIND_OF.match(term.word):
        return True
    asked, pairs = set(stems_of(term.word)), _pairs(term.word)
    return all(
        (has_han(m.text) and len(m.text) == 1)
        or (has_han(m.text) == has_han(term.word) and not asked & set(stems_of(m.text)) and not _pairs(m.text) & pairs)
        for m in met
    )


def _pairs(word: str) -> set[str]:
    """The neighbouring characters of a Chinese word: 能折叠 and 可折叠 are one word, 骨瓷 and 瓷器 are two."""
    return {word[i : i + 2] for i in range(len(word) - 1)} if has_han(word) else set()
