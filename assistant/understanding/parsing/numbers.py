"""Numbers as people write them in English and Chinese: 1.2k, a thousand, 一千五, 三五百, 1万2.

Knows how a run of characters becomes a value or a span of values. Knows nothing of prices, sizes or quantities: what a
number counts is decided by the modules that ask.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.understanding.parsing.draft import compiled

_EN_UNITS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen "
        "eighteen nineteen".split()
    )
}
_EN_TENS = {
    word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
} | {"fourty": 40, "fivty": 50}
_EN_SCALES = {
    "hundred": 100.0,
    "thousand": 1000.0,
    "grand": 1000.0,
    "k": 1000.0,
    "million": 1e6,
    "lakh": 1e5,
    "crore": 1e7,
    "dozen": 12.0,
}
_EN_SPECIAL = {"fiver": 5.0, "tenner": 10.0}
ENGLISH_SMALL = {**_EN_UNITS, "a couple": 2, "couple": 2, "dozen": 12, "twenty": 20}
"""Number words that count pieces."""

_ZH_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "仨": 3}
_ZH_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10000}
_SUFFIX = {"k": 1000.0, "w": 10000.0, "千": 1000.0, "百": 100.0, "万": 10000.0, "十": 10.0}

_WORD = "|".join(sorted((*_EN_UNITS, *_EN_TENS, *_EN_SCALES, *_EN_SPECIAL), key=len, reverse=True))
_ENGLISH = compiled(
    rf"(?<![a-z0-9'-])(?:(?:half )?an? (?=(?:couple|hundred|thousand|grand|dozen|fiver|tenner)\b)(?:couple (?:of )?)?"
    r"|couple (?:of )?(?=(?:hundred|thousand|grand|dozen)\b))?"
    rf"(?:{_WORD})(?![a-z])(?:(?: and a half (?=(?:hundred|thousand|grand|k|million)\b)"
    rf"|(?<=hundred) and |(?<=thousand) and |(?<=grand) and |[ -])(?:{_WORD})(?![a-z0-9]))*"
    r"(?:(?:(?<=hundred)|(?<=thousand)|(?<=grand)) and a half\b)?",
)
# Beside a euro sign a comma parts the cents and a point the thousands: 49,99 €, €1.299,00.
_CONTINENTAL = (
    r"\d{1,3}(?:\.\d{3})+(?:,\d{2})?(?![\d.,])(?=\s?(?:€|eur))|\d{1,6},\d{2}(?!\d)(?=\s?(?:€|eur))"
    r"|(?:(?<=€)|(?<=€ ))(?:\d{1,3}(?:\.\d{3})+(?:,\d{2})?(?![\d,])|\d{1,6},\d{2}(?!\d))"
)
_DIGITS = (
    rf"(?P<cents>{_CONTINENTAL})|\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?"
    r"|\d{1,3}(?: \d{3})+(?=\s?(?:€|euros?\b|eur\b|kr\b|zł|dollars\b|usd\b))|\d+(?:\.\d+)?|(?<![a-z])\.\d+"
)
_ARABIC = compiled(
    rf"(?<![\d.])(?<!\d,)(?P<digits>{_DIGITS})(?:(?P<zh>[百千万](?![码像])"
    rf"|[wk](?![a-z]))(?P<tail>\d(?!\d)|[一二两三四五六七八九](?![十百千万个件条]))?"
    r"|\s?(?P<en>k|grand|thousand|hundred|million|lakh|crore)(?![a-z]))?"
)
# "Rs500", "EUR40" and, after words of a price, "R250": a currency stuck to its amount.
_GLUED_SIGN = compiled(
    r"(?:(?<![a-z])(?:rs|rm|rp|kr|fr|chf|usd|eur|gbp|aud|cad|nzd|sgd|hkd|inr|rmb|cny|jpy|zar|sek|nok|dkk|pln|aed|mxn|ksh)"
    r"|\b(?:under|below|over|above|than|to|max|around|about|budget|for|at|of|is) r)\Z"
)
_HAN = compiled(r"[零〇一二两俩三仨四五六七八九十百千万]{1,14}")


@dataclass(frozen=True, slots=True)
class Number:
    """A number at ``[start, end)`` of a text. ``low`` and ``high`` differ for a span said in one breath (三五百).

    ``factor`` is the scale word the number ended in ("2k", 两千: 1000), which "1-2k" shares; 1 where there is none.
    ``script`` is ``digits``, ``words`` or ``han``.
    """

    start: int
    end: int
    low: float
    high: float
    factor: float = 1.0
    script: str = "digits"


def parse_han(run: str) -> tuple[float, float] | None:
    """The value, or the two ends of the span, that a run of Chinese numerals names; ``None`` where it names none."""
    if not run or any(char not in _ZH_DIGITS and char not in _ZH_SCALES for char in run):
        return None
    span = _approximate(run)
    if span is not None:
        return span
    value = _exact(run)
    return None if value is None else (value, value)


def _approximate(run: str) -> tuple[float, float] | None:
    """Two neighbouring digits: 三五百, 两三百, 十五六, 一两千."""
    for i in range(len(run) - 1):
        first, second = _ZH_DIGITS.get(run[i]), _ZH_DIGITS.get(run[i + 1])
        if first is None or second is None or first == 0:
            continue
        if second != first + 1 and (first, second) != (3, 5):
            return None
        low = _exact(run[:i] + run[i] + run[i + 2 :])
        high = _exact(run[:i] + run[i + 1 :])
        return None if low is None or high is None or (i == 0 and len(run) == 2) else (low, high)
    return None


def _exact(run: str) -> float | None:
    if all(char in _ZH_DIGITS for char in run):
        # 一二三 is read digit by digit only when it is one digit: 二〇 and the like are years or codes.
        return float(_ZH_DIGITS[run]) if len(run) == 1 else None
    total, section, digit, scale = 0, 0, None, 1
    zero = False
    for char in run:
        if char in "零〇":
            zero, digit = True, None
        elif char in _ZH_DIGITS:
            if digit is not None:
                return None
            digit = _ZH_DIGITS[char]
        else:
            scale = _ZH_SCALES[char]
            if scale == 10000:
                total += max(section + (digit or 0), 0 if section or digit else 1) * scale
                section = 0
            else:
                section += (1 if digit is None else digit) * scale
            digit, zero = None, False
    if digit is not None:
        # 一千五 is 1500, 一千零五 is 1005.
        section += digit if zero or scale <= 10 else digit * scale // 10
    return float(total + section)


def parse_english(run: str) -> float | None:
    """The value of English number words ("two hundred and fifty", "a thousand", "fifteen hundred")."""
    whole = re.fullmatch(r"(?:a|one|\S+) (hundred|thousand|grand|k|million)( and a half)", run.strip())
    if whole:
        # "a grand and a half" is one and a half of them.
        count = parse_english(run.strip().removesuffix(whole[2]))
        return None if count is None else count + _EN_SCALES[whole[1]] / 2
    words = re.split(r"[ -]+", run.strip())
    total, current, last = 0.0, 0.0, ""
    half, cents = False, 0.0
    for word in words:
        if word in ("a", "an", "and", "of"):
            continue
        if word == "half":
            # "two and a half thousand", beside "half a thousand".
            half, current = not current, current + 0.5 * bool(current)
        elif cents and word in _EN_UNITS:
            cents += _EN_UNITS[word] / 100
        elif word == "couple":
            current = 2.0
        elif word in _EN_SPECIAL:
            current += _EN_SPECIAL[word]
        elif word in _EN_UNITS:
            if last == "unit":
                return None
            current, last = current + _EN_UNITS[word], "unit"
        elif word in _EN_TENS:
            # "two fifty" is said for 250.
            if last in ("unit", "tens") and 10 <= current < 100:
                # "nineteen ninety-nine" is said for 19.99.
                cents = _EN_TENS[word] / 100
            else:
                tens = _EN_TENS[word]
                current = current * 100 + tens if last == "unit" and 0 < current < 10 else current + tens
            last = "tens"
        elif word in _EN_SCALES:
            scale = _EN_SCALES[word]
            current = (current or 1.0) * scale
            if scale >= 1000:
                total, current = total + current, 0.0
            last = "scale"
        else:
            return None
    value = round(total + current + cents, 2)
    return value / 2 if half else value


def _arabic(match: re.Match[str]) -> Number:
    digits = match["digits"]
    if match["cents"]:
        digits = digits.replace(".", "").replace(",", ".")
    value = float(digits.replace(",", "").replace(" ", ""))
    suffix = match["zh"] or match["en"]
    factor = 1.0
    if suffix:
        factor = _SUFFIX.get(suffix) or _EN_SCALES[suffix]
        value *= factor
        tail = match["tail"]
        if tail:
            value += (_ZH_DIGITS.get(tail) or int(tail if tail.isdigit() else 0)) * factor / 10
    value = round(value, 4)
    return Number(match.start(), match.end(), value, value, factor)


def find_numbers(low: str) -> list[Number]:
    """Every number of a lower-case text, from the left, none overlapping another.

    A digit run that is glued to letters ("S23", "256GB") is left out: it names a model or a measure.
    """
    found: list[Number] = []
    for match in _ARABIC.finditer(low):
        before, after = low[match.start() - 1 : match.start()], low[match.end() : match.end() + 1]
        if before == "_" or (before.isascii() and before.isalpha() and not _GLUED_SIGN.search(low, 0, match.start())):
            continue
        number = _arabic(match)
        if number.high > 1e12:
            continue
        if after.isascii() and after.isalpha() and match["zh"] is None and not _glued_currency(low, match.end()):
            continue
        found.append(number)
    for match in _HAN.finditer(low):
        if low[match.start() - 1 : match.start()].isdigit():
            continue
        value = parse_han(match.group())
        if value is not None:
            scale = [_ZH_SCALES[c] for c in match.group()[-1:] if c in _ZH_SCALES]
            found.append(
                Number(match.start(), match.end(), value[0], value[1], float(scale[0]) if scale else 1.0, "han")
            )
    for match in _ENGLISH.finditer(low):
        english = parse_english(match.group())
        if english is not None:
            scale_word = re.split(r"[ -]+", match.group())[-1]
            factor = _EN_SCALES.get(scale_word, 1.0)
            found.append(Number(match.start(), match.end(), english, english, factor, "words"))
    found.sort(key=lambda n: (n.start, -n.end))
    out: list[Number] = []
    for number in found:
        if not out or number.start >= out[-1].end:
            out.append(number)
    return out


def _glued_currency(low: str, at: int) -> bool:
    return (
        re.match(
            r"(?:usd|eur|gbp|cny|rmb|jpy|bucks?|dollars?|euros?|quid|pounds?|yuan|ish|max|tops)(?![a-z])",
            low[at : at + 8],
        )
        is not None
    )


def count_of(text: str) -> int | None:
    """The whole number a short text names ("three", "3", 三, 两, 十二), or ``None``."""
    text = text.strip().lower()
    if text.isascii() and text.isdigit():
        return int(text) if len(text) <= 6 else None
    if text in ENGLISH_SMALL:
        return ENGLISH_SMALL[text]
    han = parse_han(text)
    if han is not None and han[0] == han[1]:
        return int(han[0])
    value = parse_english(text) if text else None
    return int(value) if value is not None and value == int(value) else None
