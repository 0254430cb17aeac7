"""Hard filters: constraints as row masks over columns, with true NOT.

Knows products as columns and what each constraint field means. Knows no vectors, no ranking and no conversation:
nothing here is ever relaxed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assistant.lexicon import Lexicon, fold
from assistant.retrieval.columns import ColumnData, attribute_names, columns_of, group_name, size_name
from assistant.retrieval.text import Part, phrase_lines, token_line
from assistant.types import Constraints, Product

Mask = npt.NDArray[np.bool_]

# The spellings of a unit; a size in one of them is looked for in all.
_UNITS = (
    ("inch", "inches", "in", '"', "寸", "英寸", "吋"),
    ("mm", "millimetre", "millimetres", "millimeter", "millimeters", "毫米"),
    ("cm", "centimetre", "centimetres", "centimeter", "centimeters", "厘米", "公分"),
    ("m", "metre", "metres", "meter", "meters", "米"),
    ("ft", "foot", "feet", "英尺"),
)
_MEASURE = re.compile(r"^(\d+(?:\.\d+)?) ?(\D+)$")


@dataclass(frozen=True, slots=True)
class Filters:
    """Constraints plus the filters that only the search interface has.

    All of them hold, and of ``any_of`` at least one: "red under 50, or anything by Tarn".
    """

    constraints: Constraints = Constraints()
    category: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    rating_min: float | None = None
    language: str = "en"
    price_currency: str | None = None
    any_of: tuple[Filters, ...] = ()


class Columns:
    """A catalogue's columns and what each filter means on them. Masks are of length ``n`` products, in row order."""

    def __init__(self, products: Sequence[Product], lexicon: Lexicon, stored: ColumnData | None = None) -> None:
        """``stored`` are the columns of ``products`` where an index holds them; else they are made here."""
        self.data = columns_of(products) if stored is None else stored
        self._lexicon = lexicon
        self.currencies = frozenset(self.data.prices)
        self.own_price = self.data.own_price
        self.in_stock = self.data.in_stock
        self.rating = self.data.rating
        self.rating_count = self.data.rating_count
        self.created = self.data.created
        self._by_brand = _ByCode(self.data.brand, len(self.data.brands))
        self._by_color = _ByCode(self.data.color, len(self.data.colors))
        self._by_category = _ByCode(self.data.category, len(self.data.categories))
        self._nameless = [code for code, names in enumerate(self.data.brands) if not names]
        self._brand_words: dict[str, list[int]] = defaultdict(list)
        self._brand_lines: list[tuple[str, ...]] = []
        for code, names in enumerate(self.data.brands):
            lines = tuple(token_line(name) for name in names)
            self._brand_lines.append(lines)
            # A name without a word ("&") is only ever found by itself.
            for word in {w for line in lines for w in line.split()} | set(names):
                self._brand_words[word].append(code)
        self._colorless = [code for code, color in enumerate(self.data.colors) if not color]
        self._color_keys: dict[str, list[int]] = defaultdict(list)
        for code, color in enumerate(self.data.colors):
            for key in self._basic_colors(color):
                self._color_keys[key].append(code)
        self._shelves: dict[str, list[int]] = defaultdict(list)
        for code, path in enumerate(self.data.categories):
            for name in {fold(c) for c in path}:
                self._shelves[name].append(code)

    def __len__(self) -> int:
        return self.data.rows

    @property
    def brand_names(self) -> tuple[str, ...]:
        """Every brand of the catalogue in every language it is written in, sorted."""
        return self.data.brand_names

    def _basic_colors(self, color: str) -> frozenset[str]:
        if not color:
            return frozenset()
        found = self._lexicon.mentions(fold(color), ("color",))
        return frozenset(c.key for m in found for c in m.concepts) or frozenset({fold(color)})

    def price_currency(self, constraints: Constraints, language: str) -> str | None:
        """The currency a bound is read in: the stated one; else CNY for Chinese where any price has it; else ``None``
        for each product's own."""
        if constraints.currency:
            return constraints.currency
        return "CNY" if language == "zh" and "CNY" in self.currencies else None

    def prices(self, currency: str | None) -> npt.NDArray[np.float64]:
        """Prices in ``currency``; with ``None`` each product's own. NaN where a product has none."""
        if currency is None:
            return self.own_price
        held = self.data.prices.get(currency)
        return np.full(len(self), np.nan) if held is None else held

    def price_view(self, filters: Filters) -> npt.NDArray[np.float64]:
        """The prices that this request's bounds and sort are read in.

        A Chinese budget without a currency is read in CNY where the product has it, else in the product's own price.
        """
        c = filters.constraints
        currency = filters.price_currency or self.price_currency(c, filters.language)
        view = self.prices(currency)
        if currency is not None and not c.currency:
            return np.where(np.isnan(view), self.own_price, view)
        return view

    def form_lines(self, term: str) -> tuple[str, ...]:
        """The token lines of every form of a term in both languages, or of the term itself."""
        concepts = self._lexicon.named(term)
        forms = [
            form for c in concepts for form in (self._lexicon.surface_forms(c) if c.kind == "product" else c.forms)
        ]
        return phrase_lines([term, *forms])

    def stating(self, term: str, within: Mask) -> Mask:
        """The rows of ``within`` whose title, description or attributes state the term in either language."""
        return self.data.phrases.stating(self.form_lines(term), within)

    def of_brand(self, brand: str, within: Mask) -> Mask:
        """The rows of a brand, under any of its names; rows without a brand field by their title."""
        forms = {fold(brand)} | {fold(f) for c in self._lexicon.named(brand) if c.kind == "brand" for f in c.forms}
        lines = phrase_lines(sorted(forms))
        near = {
            code for word in {*forms, *(line.split()[0] for line in lines)} for code in self._brand_words.get(word, ())
        }
        wanted = [
            code
            for code in near
            if forms & set(self.data.brands[code])
            or any(line in own for line in lines for own in self._brand_lines[code])
        ]
        found = self._by_brand.rows_of(wanted, within)
        if self._nameless:
            nameless = self._by_brand.rows_of(self._nameless, within)
            found |= self.data.phrases.stating(lines, nameless, parts=(Part.TITLE,), negated=True)
        return found

    def _asked_brand(self, brand: str, within: Mask) -> Mask:
        """The rows of a brand; where the catalogue has none of it, those whose title names it ("case for X")."""
        own = self.of_brand(brand, np.ones_like(within))
        if own.any():
            return own & within
        forms = [brand, *(f for c in self._lexicon.named(brand) if c.kind == "brand" for f in c.forms)]
        return self.data.phrases.stating(phrase_lines(forms), within, parts=(Part.TITLE,))

    def of_color(self, color: str, within: Mask, *, anywhere: bool) -> Mask:
        """The rows of a basic colour. ``anywhere`` also counts shades that title or description mention."""
        forms = [f for c in self._lexicon.named(color) if c.kind == "color" and c.key == color for f in c.forms]
        found = self._by_color.rows_of(self._color_keys.get(color, ()), within)
        rest = within & ~found if anywhere else self._by_color.rows_of(self._colorless, within)
        return found | self.data.phrases.stating(phrase_lines([color, *forms]), rest)

    def of_size(self, size: str, within: Mask) -> Mask:
        """The rows that have a size in stock; rows without sizes by what their text states."""
        forms = [size]
        if measure := _MEASURE.match(fold(size)):
            units = next((u for u in _UNITS if measure[2].strip() in u), ())
            # A quotation mark is no token: 27" would be any 27.
            forms += [f"{measure[1]}{gap}{unit}" for unit in units if unit != '"' for gap in ("", " ")]
        found = self._listed(size_name(size)) & within
        unsized = within & ~self.data.has_sizes
        return found | self.data.phrases.stating(phrase_lines(forms), unsized, negated=True)

    def in_category(self, names: Sequence[str], within: Mask) -> Mask:
        """The rows with any of the names anywhere on their category path."""
        return self._by_category.rows_of({c for name in names for c in self._shelves.get(fold(name), ())}, within)

    def with_attribute(self, name: str, values: Sequence[object]) -> Mask:
        """The rows whose attribute has one of the values.

        They are compared as numbers (2 and 2.0), else as text ("Canvas" and "canvas"); a flag only equals a flag or
        its name.
        """
        out = np.zeros(len(self), dtype=np.bool_)
        for value in values:
            for listed in attribute_names(name, value):
                out[self.data.values.of(listed)] = True
        return out

    def in_group(self, group: str) -> list[int]:
        """The rows of the variants of one product, in order."""
        return [int(row) for row in self.data.values.of(group_name(group))]

    def _listed(self, name: str) -> Mask:
        out = np.zeros(len(self), dtype=np.bool_)
        out[self.data.values.of(name)] = True
        return out

    def mask(self, filters: Filters, *, within: Mask | None = None) -> Mask:
        """The rows that satisfy every filter except free ``terms``, which :meth:`stating` decides.

        Cheap numeric columns go first; text is read only in the rows they leave.
        """
        c = filters.constraints
        mask = np.ones(len(self), dtype=np.bool_) if within is None else within.copy()
        if c.price_min is not None or c.price_max is not None:
            view = self.price_view(filters)
            with np.errstate(invalid="ignore"):
                if c.price_min is not None:
                    mask &= view >= c.price_min - 1e-9
                if c.price_max is not None:
                    mask &= view <= c.price_max + 1e-9
        if c.in_stock_only:
            mask &= self.in_stock != 0
        if filters.rating_min is not None:
            with np.errstate(invalid="ignore"):
                mask &= self.rating >= filters.rating_min
        if filters.category:
            mask = self.in_category(filters.category, mask)
        for name, values in filters.attributes.items():
            mask &= self.with_attribute(name, values)
        if c.brands:
            mask &= np.logical_or.reduce([self._asked_brand(b, mask) for b in c.brands])
        for brand in c.exclude_brands:
            mask &= ~self.of_brand(brand, mask)
        if c.colors:
            mask &= np.logical_or.reduce([self.of_color(color, mask, anywhere=False) for color in c.colors])
        for color in c.exclude_colors:
            mask &= ~self.of_color(color, mask, anywhere=True)
        if c.sizes:
            mask &= np.logical_or.reduce([self.of_size(s, mask) for s in c.sizes])
        for term in c.exclude_terms:
            mask &= ~self.stating(term, mask)
        if filters.any_of:
            mask &= np.logical_or.reduce([self._alternative(one, mask) for one in filters.any_of])
        return mask

    def _alternative(self, filters: Filters, within: Mask) -> Mask:
        """As :meth:`mask`, with the words of an alternative as hard as everything else of it."""
        mask = self.mask(filters, within=within)
        for term in filters.constraints.terms:
            mask = self.stating(term, mask)
        return mask


class _ByCode:
    """The rows of each code of a column: setting them touches no other row."""

    def __init__(self, codes: npt.NDArray[np.int32], count: int) -> None:
        """``codes`` is of length n, each below ``count``."""
        self._order = np.argsort(codes, kind="stable").astype(np.int32)
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=count))])

    def rows_of(self, wanted: Iterable[int], within: Mask) -> Mask:
        """The rows of ``within`` that have one of the wanted codes."""
        out = np.zeros_like(within)
        for code in wanted:
            out[self._order[self._starts[code] : self._starts[code + 1]]] = True
        out &= within
        return out
