"""Hard filters: constraints as row masks over columns, with true NOT.

Knows products as columns and what each constraint field means. Knows no vectors, no ranking and no conversation:
nothing here is ever relaxed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assistant.lexicon import Lexicon, fold
from assistant.retrieval.text import claims_line, phrase_lines, states, token_line
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
    """Constraints plus the filters that only the search interface has."""

    constraints: Constraints = Constraints()
    category: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[object, ...]] = field(default_factory=dict)
    rating_min: float | None = None
    language: str = "en"
    price_currency: str | None = None


class Columns:
    """A catalogue as columns. Arrays are of length ``n`` products, in row order."""

    def __init__(self, products: Sequence[Product], lexicon: Lexicon) -> None:
        self._products = products
        self._lexicon = lexicon
        n = len(products)
        self.currencies = frozenset({p.currency for p in products} | {c for p in products for c in p.prices})
        self._prices = {
            c: np.fromiter(((np.nan if (v := p.price_in(c)) is None else v) for p in products), np.float64, n)
            for c in self.currencies
        }
        self.own_price = np.fromiter((p.price for p in products), np.float64, n)
        self.in_stock = np.fromiter((-1 if p.in_stock is None else int(p.in_stock) for p in products), np.int8, n)
        self.rating = np.fromiter((np.nan if p.rating is None else p.rating for p in products), np.float64, n)
        self.rating_count = np.fromiter((p.rating_count or 0 for p in products), np.int64, n)
        self.created = np.array([p.created_at or "" for p in products], dtype=object)
        self.lines = [claims_line(p) for p in products]
        self._brands = [self._brand_names(p) for p in products]
        self._colors = [self._basic_colors(p.color) for p in products]
        self._categories = [frozenset(fold(c) for c in p.category) for p in products]
        self._sizes = [self._available_sizes(p) for p in products]

    @staticmethod
    def _brand_names(product: Product) -> frozenset[str]:
        translated = (str(t.get("brand") or "") for t in product.translations.values())
        return frozenset(fold(name) for name in (product.brand or "", *translated) if name)

    def __len__(self) -> int:
        return len(self._products)

    def _basic_colors(self, color: str | None) -> frozenset[str]:
        if not color:
            return frozenset()
        found = self._lexicon.mentions(fold(color), ("color",))
        return frozenset(c.key for m in found for c in m.concepts) or frozenset({fold(color)})

    @staticmethod
    def _available_sizes(product: Product) -> frozenset[str] | None:
        """Folded sizes that can be had, possibly none of them; ``None`` where the record lists no sizes."""
        if not product.size_stock and not product.sizes:
            return None
        if product.size_stock:
            return frozenset(fold(s) for s, n in product.size_stock.items() if n > 0)
        return frozenset(fold(s) for s in product.sizes)

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
        return self._prices.get(currency, np.full(len(self), np.nan))

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
        lines = self.form_lines(term)
        out = np.zeros_like(within)
        for row in np.flatnonzero(within):
            text = self.lines[row]
            out[row] = any(line in text and states(text, line) for line in lines)
        return out

    def of_brand(self, brand: str, within: Mask) -> Mask:
        """The rows of a brand, under any of its names; rows without a brand field by their title."""
        forms = {fold(brand)} | {fold(f) for c in self._lexicon.named(brand) if c.kind == "brand" for f in c.forms}
        lines = phrase_lines(sorted(forms))
        out = np.zeros_like(within)
        for row in np.flatnonzero(within):
            own = self._brands[row]
            if own:
                out[row] = any(name in forms or any(line in token_line(name) for line in lines) for name in own)
            else:
                title = token_line(self._products[int(row)].title)
                out[row] = any(line in title for line in lines)
        return out

    def of_color(self, color: str, within: Mask, *, anywhere: bool) -> Mask:
        """The rows of a basic colour. ``anywhere`` also counts shades that title or description mention."""
        forms = [f for c in self._lexicon.named(color) if c.kind == "color" and c.key == color for f in c.forms]
        lines = phrase_lines([color, *forms])
        out = np.zeros_like(within)
        for row in np.flatnonzero(within):
            own = self._colors[row]
            if own and not anywhere:
                out[row] = color in own
            elif color in own:
                out[row] = True
            else:
                text = self.lines[row]
                out[row] = any(line in text and states(text, line) for line in lines)
        return out

    def of_size(self, size: str, within: Mask) -> Mask:
        """The rows that have a size in stock; rows without sizes by what their text states."""
        wanted = fold(size)
        forms = [size]
        if measure := _MEASURE.match(wanted):
            units = next((u for u in _UNITS if measure[2].strip() in u), ())
            # A quotation mark is no token: 27" would be any 27.
            forms += [f"{measure[1]}{gap}{unit}" for unit in units if unit != '"' for gap in ("", " ")]
        lines = phrase_lines(forms)
        out = np.zeros_like(within)
        for row in np.flatnonzero(within):
            own = self._sizes[row]
            out[row] = wanted in own if own is not None else any(line in self.lines[row] for line in lines)
        return out

    def in_category(self, names: Sequence[str], within: Mask) -> Mask:
        """The rows with any of the names anywhere on their category path."""
        wanted = {fold(n) for n in names}
        return within & np.fromiter((bool(c & wanted) for c in self._categories), np.bool_, len(self))

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
            mask &= np.fromiter((self._has_attribute(p, name, values) for p in self._products), np.bool_, len(self))
        if c.brands:
            mask &= np.logical_or.reduce([self.of_brand(b, mask) for b in c.brands])
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
        return mask

    @staticmethod
    def _has_attribute(product: Product, name: str, values: Sequence[object]) -> bool:
        if name not in product.attributes:
            return False
        own = product.attributes[name]
        return any(_same_value(own, v) for v in values)


def _same_value(own: object, wanted: object) -> bool:
    """Equal as numbers (2 and 2.0), else as text ("Canvas" and "canvas"); a flag only equals a flag or its name."""
    if isinstance(own, int | float) and isinstance(wanted, int | float) and bool not in (type(own), type(wanted)):
        return own == wanted
    return fold(str(own)) == fold(str(wanted))
