"""Small tools of language for sentences written by code: money, numbers, plurals, lists, the language of a text.

Knows English and Chinese typography. Knows nothing of products, intents or conversations.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

from babel.numbers import format_currency, format_decimal, get_currency_name, get_currency_symbol

from assistant.lexicon import Lexicon, fold, singular

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ]+")
_CODE = re.compile(r"[A-Za-z0-9-]*\d[A-Za-z0-9-]*")
_SENTENCE = re.compile(r"(?<=[.!?])[\"”']?\s+(?=[\"“'A-Z0-9À-Ö])|(?<=[。！？；])")
# Words that name stuff rather than pieces: "5 green teas" reads badly, "5 green tea picks" does not.
_MASS = frozenset(
    "furniture jewelry jewellery luggage clothing footwear bedding cookware bakeware drinkware tableware "
    "glassware kitchenware outerwear swimwear sportswear underwear sleepwear activewear eyewear headwear "
    "software hardware equipment gear food tea coffee oil wine beer milk bread cheese rice pasta flour "
    "sugar salt honey chocolate fruit meat fish seafood tape paint soap shampoo makeup perfume stationery "
    "lingerie decor art music storage cutlery crockery denim leather wool cotton lighting paper ink glue "
    "foliage hosiery knitwear homeware stuff merchandise butter cream juice sauce vinegar yogurt ham beef "
    "pork chicken salmon tofu sushi ice water whiskey vodka rum champagne deodorant sunscreen detergent "
    "conditioner toothpaste mascara litter filament wallpaper string yarn women men kids children".split()
)
_PLURAL_TAILS = frozenset("people men women children".split())


def variant(seed: str, options: Sequence[str]) -> str:
    """One of the phrasings, chosen by the words at hand: varied between messages, the same for the same one."""
    return options[zlib.crc32(seed.encode("utf-8", "replace")) % len(options)]


def number(value: float, language: str) -> str:
    """A number with the grouping of the language, no needless decimals."""
    whole = abs(value - round(value)) < 0.005
    return str(format_decimal(round(value) if whole else round(value, 2), locale="zh" if language == "zh" else "en_US"))


@lru_cache(maxsize=64)
def currency_name(code: str, language: str) -> str:
    """The currency as a word: "US dollars", "人民币"."""
    if language == "zh":
        return str(get_currency_name(code, locale="zh"))
    return str(get_currency_name(code, count=2, locale="en_US"))


def money(amount: float, currency: str | None, language: str) -> str:
    """A price as the language writes it: "$1,299.50", "$80", "2,999元", "30美元"; without a currency bare."""
    if currency is None:
        return number(amount, language)
    whole = abs(amount - round(amount)) < 0.005
    if language == "zh":
        digits = number(amount, "zh") if whole else str(format_decimal(amount, format="#,##0.00", locale="zh"))
        unit = "元" if currency == "CNY" else currency_name(currency, "zh")
        return f"{digits}{unit}" if _HAN.search(unit) else f"{digits} {unit}"
    pattern = "¤#,##0" if whole else "¤#,##0.00"
    if str(get_currency_symbol(currency, locale="en_US")) == currency:
        pattern = pattern.replace("¤", "¤ ")
    return str(format_currency(amount, currency, format=pattern, locale="en_US", currency_digits=False))


def listed(items: Iterable[str], language: str, *, last: str = "and") -> str:
    """ "a, b and c" or "a、b和c". ``last`` is "and" or "or"."""
    parts = list(items)
    if len(parts) < 2:
        return "".join(parts)
    if language == "zh":
        return "、".join(parts[:-1]) + {"and": "和", "or": "或"}[last] + parts[-1]
    return ", ".join(parts[:-1]) + f" {last} {parts[-1]}"


def plural(phrase: str, count: int = 2) -> str:
    """An English noun phrase in the number wanted; stuff that is not counted becomes "… picks"."""
    words = phrase.split()
    if not words:
        return phrase
    # "cases for my phone": the noun counted stands before the preposition.
    cut = next(
        (i for i, w in enumerate(words) if i and w.lower() in ("for", "with", "of", "in", "from", "without")), None
    )
    if cut:
        return f"{plural(' '.join(words[:cut]), count)} {' '.join(words[cut:])}"
    last = words[-1].lower()
    if last in _MASS:
        return f"{phrase} {'pick' if count == 1 else 'picks'}"
    is_plural = singular(last) != last or last in _PLURAL_TAILS or last.endswith("glasses")
    if count == 1:
        return " ".join([*words[:-1], singular(words[-1])]) if is_plural and not _pairs(last) else phrase
    if is_plural or _pairs(last):
        return phrase
    return " ".join([*words[:-1], _plural_word(words[-1])])


def _pairs(word: str) -> bool:
    """Things that are plural even when there is one: jeans, headphones, shoes."""
    return word in frozenset(
        "jeans trousers pants shorts leggings tights glasses sunglasses goggles headphones earphones earbuds "
        "scissors shears pliers binoculars pajamas pyjamas overalls boxers briefs chinos joggers sweatpants "
        "shoes boots sneakers trainers sandals slippers heels loafers oxfords socks gloves mittens earrings "
        "cufflinks chopsticks tongs clippers tweezers skates flats pumps wedges mules clogs slides series "
        "beans lights blocks".split()
    )


def _plural_word(word: str) -> str:
    low = word.lower()
    if low.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if low.endswith("y") and len(low) > 1 and low[-2] not in "aeiou":
        return word[:-1] + "ies"
    if low.endswith("fe") and low != "safe":
        return word[:-2] + "ves"
    if low in ("shelf", "bookshelf", "scarf", "loaf", "half"):
        return word[:-1] + "ves"
    return word + "s"


def spaced(text: str) -> str:
    """Chinese text with thin air between Han and Latin words, as shops set it: "黑色 Casio 手表"."""
    text = re.sub(r"(?<=[\u3400-\u9fff])(?=[A-Za-z])", " ", text)
    return re.sub(r"(?<=[A-Za-z])(?=[\u3400-\u9fff])", " ", text)


def strip_codes(text: str, titles: Iterable[str]) -> str:
    """The text without catalogue titles and without codes that hold a digit."""
    rest = text
    for title in sorted(titles, key=len, reverse=True):
        if title:
            rest = re.sub(re.escape(title), " ", rest, flags=re.I)
    return _CODE.sub(" ", rest)


def reads_as(language: str, text: str, titles: Iterable[str] = ()) -> bool:
    """Whether the shop's own words are in ``language``: titles and codes aside, Chinese needs as many characters as
    Latin words, English four Latin words a character."""
    rest = strip_codes(text, titles)
    han, latin = len(_HAN.findall(rest)), len(_LATIN.findall(rest))
    return han >= max(latin, 1) if language == "zh" else 4 * han <= latin


def has_han(text: str) -> bool:
    """Whether any Chinese character is in it."""
    return bool(_HAN.search(text))


def sentences(text: str) -> list[str]:
    """The sentences of a prose text, English or Chinese, without surrounding white space."""
    return [s.strip() for s in _SENTENCE.split(text) if s and s.strip()]


def clip(text: str, limit: int) -> str:
    """At most ``limit`` characters, cut at a word where there are words."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = text[:limit].rsplit(" ", 1)[0] if " " in text[:limit] else text[:limit]
    return cut.rstrip(" ,;，；、") + "…"


def in_language(phrase: str, language: str, lexicon: Lexicon) -> str | None:
    """A shopper's phrase in the language of the reply; ``None`` where it is in the other one and has no known name."""
    phrase = " ".join(phrase.split())
    if not phrase or len(phrase) > 60:
        return None
    if has_han(phrase) == (language == "zh"):
        return phrase
    found = lexicon.named(phrase)
    if not found:
        mentions = lexicon.mentions(fold(phrase))
        covered = sum(m.end - m.start for m in mentions)
        if not mentions or covered < 0.8 * len(phrase.replace(" ", "")):
            return None
        parts = [name for m in mentions if (name := _name(m.concepts[0].en, m.concepts[0].zh, language))]
        return ("" if language == "zh" else " ").join(parts) or None
    return _name(found[0].en, found[0].zh, language)


def _name(en: Sequence[str], zh: Sequence[str], language: str) -> str | None:
    forms = zh if language == "zh" else en
    return forms[0] if forms else None


def color_name(color: str, language: str, lexicon: Lexicon) -> str:
    """A basic colour as the language says it."""
    if language != "zh":
        return color
    for concept in lexicon.named(color):
        if concept.kind == "color":
            return next((f for f in concept.zh if f.endswith("色")), concept.zh[0] if concept.zh else color)
    return color
