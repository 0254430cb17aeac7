"""What splits a set of rows well: brands, colours, sizes, round price bands, and attributes as values, bands or flags.

Everything is derived from the rows themselves; nothing is configured per catalogue. Knows records and the words both
languages have for one value. Knows no conversation: which facet is asked about, and how, is decided elsewhere.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.lexicon import Concept, Lexicon, fold
from assistant.lexicon.text import HAN
from assistant.retrieval.bands import round_cuts, spread_over
from assistant.retrieval.listings import is_color_name
from assistant.types import Facet, FacetValue, Product

# A facet that hardly any row states sorts out what says nothing, not what does not fit.
_LEAST_SHARE = 0.2
_LEAST_ROWS = 3
_SOME = 30
# A value longer than this is a sentence, not a choice.
_LONGEST = 40
# Of text values, at least this share of the rows must fall on the few that are shown.
_SHOWN_SHARE = 0.4
# Names that the lexicon does not know are mostly of packaging and logistics.
_UNKNOWN_NAME = 0.5
_MOSTLY = 0.8
_FEW_NUMBERS = 6
# Below this a facet tells nothing worth a line.
_LEAST_GAIN = 0.1
_SIZE = frozenset({"size", "sizes", "clothing_size", "shoe_size", "尺码"})
_FLAGS = {"yes": True, "y": True, "true": True, "是": True, "有": True, "no": False, "n": False, "false": False,
          "none": False, "否": False, "无": False}  # fmt: skip
_QUANTITY = re.compile(r"(?P<amount>\d+(?:[.,]\d+)?)\s*(?P<unit>[^\d\s][^\d]{0,9})?")
# Unit → the unit it is counted in, and how many of that it is.
_UNITS: Mapping[str, tuple[str, float]] = {
    "mg": ("g", 0.001), "g": ("g", 1), "kg": ("g", 1000), "克": ("g", 1), "千克": ("g", 1000), "公斤": ("g", 1000),
    "ml": ("ml", 1), "cl": ("ml", 10), "l": ("ml", 1000), "毫升": ("ml", 1), "升": ("ml", 1000),
    "mm": ("mm", 1), "cm": ("mm", 10), "m": ("mm", 1000), "毫米": ("mm", 1), "厘米": ("mm", 10), "米": ("mm", 1000),
    "mb": ("mb", 1), "gb": ("mb", 1024), "tb": ("mb", 1024 * 1024),
    "w": ("w", 1), "kw": ("w", 1000), "min": ("min", 1), "h": ("min", 60), "小时": ("min", 60), "分钟": ("min", 1),
}  # fmt: skip


@dataclass
class _Counted:
    """How often each value of a field stands in the rows; ``stated`` are the rows that state any."""

    values: Counter[tuple[bool, object]] = field(default_factory=Counter)
    stated: int = 0

    def add(self, *values: object) -> None:
        """Count one row that states these values, all different."""
        self.stated += 1
        # True and 1 are one key of a dictionary, but two values.
        for value in values:
            self.values[isinstance(value, bool), value] += 1

    @property
    def pairs(self) -> list[tuple[object, int]]:
        """Values and the rows that state them."""
        return [(value, n) for (_, value), n in self.values.items()]


def derive_facets(
    products: Iterable[Product],
    lexicon: Lexicon,
    *,
    language: str = "en",
    currency: str | None = None,
    most: int = 10,
    bands: int = 5,
    choices_only: bool = False,
) -> tuple[Facet, ...]:
    """The facets of a set of rows, the one that splits it best first.

    Args:
        products: the rows, read once.
        lexicon: names attributes, and values both languages have a word for, in the language asked for.
        language: ``en`` or ``zh``, of labels and values.
        currency: of the price bands; without it the one most rows have a price in (for Chinese CNY where most do).
        most: at most so many values of one facet; further ones are counted in ``others``.
        bands: at most so many bands of one facet.
        choices_only: leave out what nobody is asked about: attributes in bands, and those no word is known for.

    Returns:
        Only fields that at least a fifth of the rows state and that tell rows apart. ``gain`` is in bits: how much
        is known of a row, on average, once one of the values is chosen.
    """
    fields, prices, own, rows = _count(products)
    facets = [_price_facet(prices, rows, currency or _usual_currency(prices, own, rows, language), bands)]
    namer = _Namer(lexicon, language)
    for name, counted in fields.items():
        if choices_only and not namer.field(name)[1]:
            continue
        if rows and counted.stated >= max(_LEAST_ROWS, _LEAST_SHARE * rows):
            facets.append(_facet_of(name, counted, rows, namer, most, 0 if choices_only else bands))
    found = [f for f in facets if f is not None and len(f.values) > 1 and f.gain >= _LEAST_GAIN]
    return tuple(sorted(found, key=lambda f: (-f.gain * (1 if f.known else _UNKNOWN_NAME), f.field)))


def _count(products: Iterable[Product]) -> tuple[dict[str, _Counted], dict[str, list[float]], Counter[str], int]:
    """Values by field, prices by currency, the rows' own currencies, and how many rows there are."""
    fields: dict[str, _Counted] = {}
    prices: dict[str, list[float]] = {}
    own: Counter[str] = Counter()
    meant: dict[str, str] = {}
    rows = 0
    for p in products:
        rows += 1
        own[p.currency] += 1
        for currency in {p.currency, *p.prices}:
            if (price := p.price_in(currency)) is not None:
                prices.setdefault(currency, []).append(price)
        stated: dict[str, object] = {"brand": p.brand, "category": p.type or None, "color": p.color}
        sizes = [s for s, n in p.size_stock.items() if n > 0] or list(p.sizes)
        for name, value in p.attributes.items():
            if name not in meant:
                meant[name] = "color" if is_color_name(name) else "size" if fold(name) in _SIZE else name
            field = meant[name]
            if field == "color" and isinstance(value, str):
                stated["color"] = stated["color"] or value
            elif field == "size" and not sizes:
                sizes = [str(value)]
            elif name not in stated:
                stated[name] = value
        if sizes:
            fields.setdefault("size", _Counted()).add(*dict.fromkeys(sizes))
        for name, value in stated.items():
            if value is None or value == "" or len(str(value)) > _LONGEST:
                continue
            fields.setdefault(name, _Counted()).add(value)
    return fields, prices, own, rows


def _usual_currency(prices: Mapping[str, Sequence[float]], own: Counter[str], rows: int, language: str) -> str:
    if language == "zh" and len(prices.get("CNY", ())) >= rows / 2 > 0:
        return "CNY"
    return max(sorted(own), key=lambda c: own[c], default="USD")


def _price_facet(prices: Mapping[str, Sequence[float]], rows: int, currency: str, bands: int) -> Facet | None:
    stated = prices.get(currency, [])
    return _banded("price", "price", True, stated, rows, unit=currency, most=bands) if stated else None


def _facet_of(name: str, counted: _Counted, rows: int, namer: _Namer, most: int, bands: int) -> Facet | None:
    label, known = namer.field(name)
    if name == "size":
        sizes = Counter({str(v): n for v, n in counted.pairs})
        return _valued(name, label, True, sizes, counted.stated, rows, most, order=_by_size)
    values = counted.pairs
    if all(_flag(v) is not None for v, _ in values):
        return _flagged(name, label, known, values, counted.stated, rows, namer)
    if name not in ("brand", "category", "color"):
        amounts, unit = _quantities(values)
        if amounts is not None:
            different = sorted(set(amounts))
            if len(different) > _FEW_NUMBERS:
                spread = [a for a, n in amounts.items() for _ in range(n)]
                if not bands:
                    return None
                if not known and counted.stated >= _SOME and len(counted.values) > 0.5 * counted.stated:
                    return None  # it numbers the rows
                return _banded(name, label, known, spread, rows, unit=unit, most=bands, stated=counted.stated)
            texts = Counter({_amount(a, unit): n for a, n in amounts.items()})
            sizes_first = [_amount(a, unit) for a in different]
            return _valued(name, label, known, texts, counted.stated, rows, most, order=sizes_first.index)
    facet = _valued(name, label, known, namer.values(values, name), counted.stated, rows, most)
    shown = sum(v.count for v in facet.values)
    return facet if shown >= _SHOWN_SHARE * counted.stated else None


def _valued(
    name: str,
    label: str,
    known: bool,
    values: Mapping[str, int],
    stated: int,
    rows: int,
    most: int,
    order: Callable[[str], Any] | None = None,
) -> Facet:
    """A facet of separate values, the most frequent ones; numbers and sizes among them in their own order."""
    top = sorted(values.items(), key=lambda item: (-item[1], item[0]))[:most]
    gain = spread_over([n for _, n in top], rows)
    if order is not None:
        top.sort(key=lambda item: order(item[0]))
    found = tuple(FacetValue(text, n) for text, n in top)
    return Facet(name, label, "values", found, stated, rows, gain, known=known, others=len(values) - len(found))


def _flagged(
    name: str, label: str, known: bool, values: Sequence[tuple[object, int]], stated: int, rows: int, namer: _Namer
) -> Facet:
    yes = sum(n for value, n in values if _flag(value))
    no = stated - yes
    words = ("是", "否") if namer.language == "zh" else ("yes", "no")
    found = tuple(FacetValue(word, n) for word, n in zip(words, (yes, no), strict=True) if n)
    return Facet(name, label, "flag", found, stated, rows, spread_over([yes, no], rows), known=known)


def _banded(
    name: str,
    label: str,
    known: bool,
    amounts: Sequence[float],
    rows: int,
    *,
    unit: str,
    most: int,
    stated: int | None = None,
) -> Facet:
    """A facet of bands between round numbers; a value on a bound is counted in both, as inclusive bounds find it."""
    cuts = round_cuts(amounts, most=most)
    edges = [-math.inf, *cuts, math.inf]
    values: list[FacetValue] = []
    groups: list[int] = []
    for low, high in itertools.pairwise(edges):
        groups.append(sum(1 for a in amounts if low < a <= high))
        values.append(
            FacetValue(
                _band(low, high, unit),
                sum(1 for a in amounts if low <= a <= high),
                None if math.isinf(low) else low,
                None if math.isinf(high) else high,
            )
        )
    count = len(amounts) if stated is None else stated
    return Facet(name, label, "bands", tuple(values), count, rows, spread_over(groups, rows), unit=unit, known=known)


def _band(low: float, high: float, unit: str) -> str:
    if math.isinf(low):
        return f"≤ {_amount(high, unit)}"
    return f"> {_amount(low, unit)}" if math.isinf(high) else f"{low:g}–{_amount(high, unit)}"


def _amount(amount: float, unit: str) -> str:
    text = f"{amount:.0f}" if amount >= 1e6 else f"{amount:g}"
    return f"{text} {unit}".strip()


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return _FLAGS.get(fold(value).strip()) if isinstance(value, str) else None


def _quantities(values: Sequence[tuple[object, int]]) -> tuple[dict[float, int] | None, str]:
    """Amount → rows, in the unit most of them have; ``None`` where most values are no amounts of one unit."""
    read: list[tuple[float, str, int]] = []
    total = sum(n for _, n in values)
    for value, n in values:
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            read.append((float(value), "", n))
        elif m := _QUANTITY.fullmatch(str(value).strip()):
            read.append((float(m["amount"].replace(",", ".")), (m["unit"] or "").strip(), n))
    by_unit: Counter[str] = Counter()
    for _, unit, n in read:
        by_unit[unit] += n
    if not by_unit:
        return None, ""
    unit = max(sorted(by_unit), key=lambda u: by_unit[u])
    base, size = _UNITS.get(fold(unit), (unit, 1.0))
    out: Counter[float] = Counter()
    for amount, own, n in read:
        own_base, own_size = _UNITS.get(fold(own), (own, 1.0))
        if own_base == base:
            out[round(amount * own_size / size, 6)] += n
    if sum(out.values()) < _MOSTLY * total:
        return None, ""
    return dict(out), unit


_LETTERS = {s: i for i, s in enumerate(["xxxs", "xxs", "xs", "s", "m", "l", "xl", "xxl", "2xl", "xxxl", "3xl", "4xl"])}


def _by_size(size: str) -> tuple[int, float, str]:
    """Letter sizes from small to large, then numbers by size, then the rest by name."""
    low = fold(size).strip()
    if low in _LETTERS:
        return 0, _LETTERS[low], low
    number = re.match(r"\d+(?:\.\d+)?", low)
    return (1, float(number[0]), low) if number else (2, 0.0, low)


class _Namer:
    """Names of fields and values in one language."""

    def __init__(self, lexicon: Lexicon, language: str) -> None:
        self._lexicon = lexicon
        self.language = "zh" if language == "zh" else "en"

    def field(self, name: str) -> tuple[str, bool]:
        """The label of a field, and whether both languages have a word for it."""
        own = {"brand": "brand", "color": "color", "size": "size", "category": "type"}.get(name, name)
        labels = self._lexicon.attribute_labels.get(re.sub(r"[^0-9a-z\u3400-\u9fff]+", "_", fold(own)).strip("_"))
        if labels is None:
            return name.replace("_", " ").strip(), False
        return (labels[1] if self.language == "zh" else labels[0].lower()), True

    def values(self, values: Sequence[tuple[object, int]], name: str) -> Counter[str]:
        """Values by the word to show, each under one, whichever its rows use: 真皮 and "genuine leather" are one.

        Shown is the word most rows use, if it is of the language asked for, else the lexicon's.
        """
        spelt: dict[str, Counter[str]] = {}
        concepts: dict[str, Concept] = {}
        for value, n in values:
            text = str(value).strip()
            concept = None if name == "brand" else self._concept(text, name)
            key = fold(text) if concept is None else f"{concept.kind} {concept.key}"
            if concept is not None:
                concepts[key] = concept
            spelt.setdefault(key, Counter())[text] += n
        out: Counter[str] = Counter()
        for key, spellings in spelt.items():
            usual = max(sorted(spellings), key=lambda t: spellings[t])
            found = concepts.get(key)
            if found is not None and (name == "color" or bool(HAN.search(usual)) != (self.language == "zh")):
                forms = found.zh if self.language == "zh" else found.en
                usual = forms[0] if forms else usual
            out[usual] += sum(spellings.values())
        return out

    def _concept(self, text: str, name: str) -> Concept | None:
        """The one thing a value names; a shade is its basic colour."""
        found = self._lexicon.named(text)
        if name == "color":
            mentions = self._lexicon.mentions(fold(text), ("color",))
            found = tuple(dict.fromkeys(c for m in mentions for c in m.concepts))
        return found[0] if len(found) == 1 else None
