"""Slots: the places in a text that code fills from the record, so that no model ever writes a number.

Knows which slots a product offers, how their values read in each language, and how numbers in catalogue text become
slots again. Knows neither prompts nor checks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel.core import UnknownLocaleError
from babel.numbers import format_currency

from assistant.generation.values import is_name, translated
from assistant.lexicon import Concept, Lexicon, fold, singular
from assistant.types import Card, Product, ReplyLanguage

SLOT = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
HAN = re.compile(r"[\u3400-\u9fff]")
_ANY_SLOT = re.compile(r"\{[^{}]*\}")
_DIGIT = re.compile(r"\d")
_SPACES = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_TAG = re.compile(r"<[^<>]{0,200}>")

# Shop texts are data. A sentence that talks to a model or leads out of the shop is of no use to a shopper either.
_SUSPECT = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|rules?|prompts?|above|previous|everything)\b"
    r"|\b(?:system|assistant|user)\s*(?:prompt|message|:)"
    r"|\byou (?:are|must) (?:now |an? )?(?:ai|assistant|chatbot|say|reply|answer)"
    r"|https?://|www\.|忽略.{0,12}(?:指令|指示|规则|提示|以上|之前)|系统提示|你(?:现在)?是.{0,6}(?:助手|模型)",
    re.I,
)

_LONG_NAME = {"en": 64, "zh": 36}
# One letter is hours only where nothing else is measured: "30 w x 20 h cm" is a height.
_HOURS = re.compile(r"[<>≤≥~≈]?\s*\d+(?:[.,]\d+)?(?:\s*[-–]\s*\d+(?:[.,]\d+)?)?\s*h")
_ZH_UNITS = {
    "hour": "小时", "hr": "小时", "h": "小时", "minute": "分钟", "min": "分钟", "second": "秒", "day": "天",
    "week": "周", "month": "个月", "year": "年", "inch": "英寸", "in": "英寸", "cup": "杯", "piece": "件",
    "person": "人", "people": "人", "player": "人", "speed": "档", "level": "档", "page": "页", "seat": "座",
    "key": "键", "string": "弦", "port": "个接口", "drawer": "个抽屉", "shelf": "层", "pocket": "个口袋",
    "gear": "速", "program": "个程序", "set": "套", "pair": "双", "serving": "人份", "time": "次", "wash": "次",
    "ft": "英尺", "foot": "英尺", "lb": "磅", "oz": "盎司", "step": "级", "bottle": "瓶", "bag": "袋",
    "sheet": "张", "recipe": "道菜谱", "mode": "种模式", "colour": "色", "color": "色", "litre": "升",
    "liter": "升", "gram": "克", "degree": "度", "slice": "片", "slot": "个槽位", "to": "至", "and": "和",
    "x": "x", "up": "最多", "per": "每",
}  # fmt: skip
_EN_UNITS = {
    "小时": "hour", "分钟": "minute", "秒": "second", "天": "day", "周": "week", "个月": "month", "月": "month",
    "年": "year", "岁": "year", "英寸": "inch", "寸": "inch", "厘米": "cm", "毫米": "mm", "米": "m", "公里": "km",
    "千米": "km", "克": "g", "千克": "kg", "公斤": "kg", "毫克": "mg", "毫升": "ml", "升": "L", "分贝": "dB", "瓦": "W",
    "伏": "V", "毫安": "mAh", "毫安时": "mAh", "度": "°", "尼特": "nits", "流明": "lumens",
    "人": "people", "片": "piece", "件": "piece", "只": "piece", "个": "piece", "张": "sheet", "页": "page",
    "键": "key", "档": "level", "层": "layer", "杯": "cup", "次": "time", "双": "pair", "抽": "drawer",
    "平方米": "m²", "平方英寸": "square inch", "瓶": "bottle", "袋": "bag", "节": "cell", "色": "colour", "牛米": "N·m",
}  # fmt: skip
# A key may name the unit that its value leaves out: weight_g, battery_h.
_KEY_UNITS = {
    "cm": "cm", "mm": "mm", "m": "m", "km": "km", "kg": "kg", "g": "g", "mg": "mg", "ml": "ml", "l": "L", "w": "W",
    "v": "V", "hz": "Hz", "db": "dB", "mah": "mAh", "mp": "MP", "gb": "GB", "tb": "TB", "lm": "lm", "lumens": "lumens",
    "h": "hours", "hours": "hours", "min": "minutes", "minutes": "minutes", "seconds": "seconds", "days": "days",
    "weeks": "weeks", "months": "months", "years": "years", "inch": "inches", "inches": "inches", "oz": "oz",
    "lb": "lb", "lbs": "lb", "ft": "ft", "percent": "%", "c": "°C", "celsius": "°C", "watts": "W", "litres": "L",
    "liters": "L",
}  # fmt: skip
_BARE = re.compile(r"[\d\s.,x×*/–~-]*\d[\d\s.,x×*/–~-]*")
_EN_UNCOUNTED = frozenset(("people", "nits", "lumens", "mAh", "N·m"))


@dataclass(frozen=True, slots=True)
class Slots:
    """What ``{name}``, ``{price}``, ``{brand}`` and the number-bearing attributes of one product stand for."""

    values: Mapping[str, str]
    attributes: Mapping[str, str]
    """Slot name → attribute key, for the slots that come from attributes."""

    def unknown(self, text: str) -> list[str]:
        """The braces in ``text`` that no slot answers to."""
        return [m.group() for m in _ANY_SLOT.finditer(text) if m.group()[1:-1] not in self.values]

    def fill(self, text: str) -> str:
        """The text with every known slot replaced by its value; unknown ones stay as they are."""
        return SLOT.sub(lambda m: self.values.get(m.group(1), m.group()), text)

    def name_of(self, key: str) -> str | None:
        """The slot of an attribute key."""
        return next((slot for slot, k in self.attributes.items() if k == key), None)


def slots_of(card: Card, language: ReplyLanguage, lexicon: Lexicon) -> Slots:
    """The slots a card offers in a language."""
    product = card.product
    values: dict[str, str] = {"name": display_name(card.title, product, language, lexicon)}
    if math.isfinite(card.price) and card.price >= 0:
        values["price"] = money(card.price, card.currency, language)
    if product.brand and readable(product.brand, language):
        values["brand"] = one_line(product.brand, 40)
    attributes: dict[str, str] = {}
    for key, value in product.attributes.items():
        slot = slot_name(key)
        if not slot or slot in values or not _DIGIT.search(str(value)) or isinstance(value, bool):
            continue
        text = localise(with_unit(key, value), language, lexicon, key=key)
        if text is not None and language == "zh" and {"age", "ages"} & set(slot.split("_")):
            text = text.replace("个月", "月龄").replace("年", "岁")
        if text is not None and len(text) <= 40:
            values[slot] = text
            attributes[slot] = key
    return Slots(values, attributes)


def slot_name(key: str) -> str:
    """An attribute key as slot name: small letters and underscores, without digits, which are banned while writing."""
    return re.sub(r"[^a-z]+", "_", fold(key)).strip("_")


def bare_key(key: str) -> str:
    """An attribute key without the unit at its end: ``weight_g`` is about weight."""
    stem, _, last = key.rpartition("_")
    return stem if stem and last.lower() in _KEY_UNITS else key


def with_unit(key: str, value: object) -> object:
    """A bare number with the unit that its key names; every other value as it is."""
    unit = _KEY_UNITS.get(key.rpartition("_")[2].lower()) if bare_key(key) != key else None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if unit is None or isinstance(value, bool) or not _BARE.fullmatch(text):
        return value
    if text.strip() == "1" and len(unit) > 3:
        unit = unit.removesuffix("es") if unit == "inches" else unit.removesuffix("s")
    return f"{text.strip()}{'' if unit == '%' else ' '}{unit}"


def readable(text: str, language: str) -> bool:
    """Whether a text may stand in a reply: English ones hold no Han characters; Chinese ones may hold Latin names."""
    return language == "zh" or not HAN.search(text)


def money(amount: float, currency: str, language: str) -> str:
    """An amount as people of that language read it: ``$799.00``, ``¥2,999``, ``US$79.90``.

    A currency whose code is not known is written out.
    """
    locale = "zh_CN" if language == "zh" else "en_US"
    whole = float(amount).is_integer() and (language == "zh" or currency not in ("USD", "EUR", "GBP", "AUD", "CAD"))
    try:
        if whole:
            return _plain(format_currency(amount, currency, format="¤#,##0", locale=locale, currency_digits=False))
        return _plain(format_currency(amount, currency, locale=locale))
    except (UnknownLocaleError, ValueError):
        return f"{amount:,.2f} {currency}"


def _plain(text: str) -> str:
    return text.replace("\xa0", " ").replace("\u202f", " ")


def one_line(text: str, limit: int) -> str:
    """Catalogue text made harmless for prompt and sentence: one capped line, no braces, tags, control characters."""
    text = _TAG.sub(" ", _CONTROL.sub(" ", text.replace("\n", " ").replace("\r", " ")))
    text = text.replace("{", "(").replace("}", ")").replace("<", " ").replace(">", " ")
    text = _SPACES.sub(" ", text).strip()
    if len(text) <= limit:
        return text
    cut = text[:limit]
    return cut[: cut.rfind(" ")] if " " in cut[limit // 2 :] else cut


def suspect(text: str) -> bool:
    """Whether a catalogue sentence reads as an instruction or an advertisement link rather than as a description."""
    return bool(_SUSPECT.search(text))


def display_name(title: str, product: Product, language: ReplyLanguage, lexicon: Lexicon) -> str:
    """A title short enough to say. Where an English reply cannot show it, "this" and the product type."""
    title = one_line(title, 300)
    if not title or not readable(title, language) or suspect(title):
        if language == "zh":
            return "这款商品"
        word = type_word(product, "en", lexicon) or "product"
        return f"these {word}" if is_plural(word.split()[-1]) else f"this {word}"
    return _shorten(title, language)


def is_plural(word: str) -> bool:
    """Whether an English noun in lower case is a plural; who asks for glasses or shorts means them together."""
    return word in ("glasses", "shorts") or (word != "thermos" and singular(word) != word)


def _shorten(title: str, language: str) -> str:
    head = re.split(r"\s*(?:[(（\[【|;；]|\s[-–—]\s)", title, maxsplit=1)[0].strip()
    title = head if len(head) >= 4 else title
    first = re.split(r"[,，]\s*", title, maxsplit=1)[0].strip()
    if len(first.split()) >= 2 or len(HAN.findall(first)) >= 4:
        title = first
    limit = _LONG_NAME[language]
    if len(title) <= limit:
        return title
    words = one_line(title, limit).split(" ")
    while len(words) > 2 and (words[-1].lower() in _DANGLING or _DIGIT.search(words[-1]) or _DIGIT.match(words[-2])):
        words.pop()
    return " ".join(words)


_DANGLING = frozenset("with for and of in by the a an to from x & + /".split())


def _kind_of(element: str, product: Product, lexicon: Lexicon) -> Concept | None:
    """The kind of product that a shelf is called by; of several, the one that the record names elsewhere too.

    笔记本 may be a laptop or a notebook; 无线鼠标 is a 鼠标.
    """
    found = [c for c in lexicon.named(element) if c.kind == "product"]
    if not found and HAN.search(element):
        ends = [m for m in lexicon.mentions(element, ("product",)) if m.end == len(element)]
        found = list(ends[-1].concepts) if ends else []
    if len(found) < 2:
        return next(iter(found), None)
    text = f"{product.title} {product.description[:2000]}"
    told = {m.concepts[0].key for m in lexicon.mentions(text, ("product",)) if len(m.concepts) == 1}
    return next((c for c in found if c.key in told), None)


def type_word(product: Product, language: ReplyLanguage, lexicon: Lexicon) -> str | None:
    """The product type in a language: from the catalogue's path, through the lexicon where that is in the other one.

    A path may end in a theme ("decorative", "travel"): only what is known as a kind of product, or stands in the title,
    can be said to be what it is. The title alone is asked only where there is no path.
    """
    own = product.translations.get(language, {}).get("category")
    if own and readable(str(own), language):
        return one_line(str(own), 30)
    for element in reversed(product.category):
        found = [c for c in lexicon.named(element) if c.kind == "product"]
        told = fold(element) in fold(product.title)
        if bool(HAN.search(element)) == (language == "zh") and (found or told or language == "zh"):
            return one_line(element, 40) if language == "zh" else one_line(element, 40).lower()
        if (kind := _kind_of(element, product, lexicon)) is not None and (
            forms := kind.zh if language == "zh" else kind.en
        ):
            return translated(kind.key, language, lexicon, kind="category") or forms[0]
    # A noun phrase ends in what the thing is: "5.5 cup rice cooker" is no cup, "stacker 750 sheets" is no sheet.
    head = re.split(r"\s+(?:with|for|in|by|from|and|[-+&])\s+|[,，(（]|\s\d+\s*pcs?\b", product.title)[0].rstrip()
    for mention in [] if product.category else lexicon.mentions(head, ("product",)):
        concept = mention.concepts[0]
        counted = re.search(r"(?<!\w)\d[\d.,]*[\s-]*$", head[: mention.start])
        if mention.end == len(head) and not counted and not any(c.kind == "color" for c in lexicon.named(mention.text)):
            if bool(HAN.search(mention.text)) == (language == "zh"):
                return mention.text if language == "zh" else mention.text.lower()
            # A row holds what is looked for together: a drum is found among toner cartridges, and is none.
            names = (concept.zh if language == "zh" else concept.en)[:1]
            said = translated(mention.text, language, lexicon, kind="category")
            return said or (names[0] if names and is_name(mention.text, concept, language) else None)
    return None


def localise(
    value: Any, language: ReplyLanguage, lexicon: Lexicon, *, key: str = "", broadly: bool = False
) -> str | None:
    """An attribute value as it reads in a language, or ``None`` where the record's words cannot be put into it.

    Args:
        value: as the record has it.
        language: to be read in.
        lexicon: words of both languages.
        key: the attribute, which decides what some words mean.
        broadly: also by words that are only of the same kind, such as 松柏 for a spruce: good for telling whether a
            text fits a record, too loose for what is said of a product.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = one_line(str(value), 80)
    if not text:
        return None
    read = _Reading(language, lexicon, bare_key(key), broadly)
    if language == "en":
        return text if not HAN.search(text) else read.word(text) or _english_measure(text, read)
    if HAN.search(text) or not re.search(r"[A-Za-z]", text):
        return text
    if not _DIGIT.search(text):
        return read.word(text) or (text if _is_code(text) else None)
    return _chinese_measure(text, read)


@dataclass(frozen=True, slots=True)
class _Reading:
    """How words are put into a language."""

    language: ReplyLanguage
    lexicon: Lexicon
    key: str
    broadly: bool

    def word(self, text: str) -> str | None:
        return translated(text, self.language, self.lexicon, key=self.key, broadly=self.broadly)


def color_word(color: str, language: ReplyLanguage, lexicon: Lexicon) -> str | None:
    """A colour in a language, or ``None`` where the record's word for it has no translation."""
    color = one_line(color, 20)
    if bool(HAN.search(color)) == (language == "zh"):
        return color if language == "zh" else color.lower()
    word = translated(color, language, lexicon, kind="color", broadly=True)
    if word is None or language == "en":
        return word
    return word if word.endswith("色") else f"{word}色"


def _chinese_measure(text: str, read: _Reading) -> str | None:
    """ "30 hours" → "30 小时", "100% cotton" → "100% 棉"; ``None`` where a word has no Chinese."""
    out = []
    for token in re.findall(r"[A-Za-z]+|[^A-Za-z]+", text):
        if not token[0].isalpha():
            out.append(token)
            continue
        unit = _ZH_UNITS.get(token.lower()) or _ZH_UNITS.get(token.lower().removesuffix("es")) or _ZH_UNITS.get(
            token.lower().removesuffix("s")
        )  # fmt: skip
        spelt = len(token) > 2 or token.lower() in ("hr", "ft", "lb", "oz", "in", "to", "up")
        if unit is not None and (spelt or _HOURS.fullmatch(text)):
            out.append(unit)
        elif (word := read.word(token)) is not None:
            out.append(word)
        elif len(token) <= 3 or _is_code(token):
            out.append(token)
        else:
            return None
    return re.sub(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])", "", _SPACES.sub(" ", "".join(out)).strip())


def _english_measure(text: str, read: _Reading) -> str | None:
    """ "30小时" → "30 hours", "100%棉" → "100% cotton"; ``None`` where a word has no English."""
    out = ""
    for token in re.findall(rf"{HAN.pattern}+|[^\u3400-\u9fff]+", text):
        if not HAN.match(token):
            out += token
            continue
        number = re.search(r"[\d.]+\s*$", out)
        unit = _EN_UNITS.get(token) if number else None
        word = unit if unit is not None else read.word(token)
        if word is None:
            return None
        if (
            unit is not None
            and len(unit) > 2
            and unit not in _EN_UNCOUNTED
            and number
            and _float_of(number.group()) != 1
        ):
            word = unit + ("es" if unit.endswith("inch") else "s")
        out = f"{out.rstrip()} {word} " if word != "°" else f"{out.rstrip()}° "
    return re.sub(r"\s+(?=[,)])", "", _SPACES.sub(" ", re.sub(r"[，、]", ", ", out))).strip()


def _float_of(text: str) -> float:
    """The number a text spells; 0 where it spells none."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _is_code(text: str) -> bool:
    """Whether a text is a designation that both languages write alike: USB-C, OLED, mAh, IPX7."""
    return all(sum(c.isupper() for c in w) >= 1 and len(w) <= 12 for w in re.findall(r"[A-Za-z]+", text))


def masked(text: str, slots: Slots, product: Product) -> str | None:
    """Catalogue text with its numbers as slots, or ``None`` where a number belongs to no slot.

    The model then sees only what it may write itself.
    """
    for slot in sorted(slots.attributes, key=lambda s: -len(str(product.attributes[slots.attributes[s]]))):
        key = slots.attributes[slot]
        raw = with_unit(key, product.attributes[key])
        # A number whose unit is in the key may mean anything where it stands alone in a text.
        for form in {str(raw), slots.values[slot]}:
            if not _DIGIT.search(form):
                continue
            pattern = r"\s*-?".join(re.escape(part) for part in re.findall(r"[\d.,]+|[^\d\s.,]+", form))
            text = re.sub(rf"(?<![\w.{{]){pattern}(?![\d.]|[A-Za-z])", "{" + slot + "}", text, flags=re.I)
    return None if _DIGIT.search(SLOT.sub("", text)) else text
