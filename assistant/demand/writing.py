"""Numbers, days, money and names as a reader of one language writes them. Knows words, not figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from babel.numbers import format_currency

from assistant.demand.hierarchy import Hierarchy
from assistant.demand.words import ReportWords
from assistant.lexicon import Lexicon
from assistant.types import Product


class Writer:
    """Writes for one language and one catalogue."""

    def __init__(self, words: ReportWords, products: Sequence[Product], tree: Hierarchy, lexicon: Lexicon) -> None:
        self.words = words
        self._products = products
        self._currency = Counter(p.currency for p in products).most_common(1)[0][0] if products else "USD"
        self.departments = tuple(self._department(name, lexicon) for name in tree.departments)
        self.types = self._types(tree, lexicon)

    def day(self, day: date, *, short: bool = False) -> str:
        """A day; the short form has no year."""
        pattern = self.words.day_short if short else self.words.day
        return pattern.format(d=day.day, m=day.month, y=day.year, month=self.words.months[day.month - 1])

    def month(self, month: int) -> str:
        """A month's name."""
        return self.words.months[month - 1]

    def pieces(self, value: float) -> str:
        """A number of pieces: whole where it is large, else with one digit, and never a false nought."""
        if 0 < value < 0.1:
            return "< 0.1"
        return f"{value:,.0f}" if value >= 20 or value == int(value) else f"{value:,.1f}"

    def share(self, value: float, digits: int = 0) -> str:
        """A share as a percentage."""
        return f"{100 * value:.{digits}f}\N{NARROW NO-BREAK SPACE}%"

    def range(self, low: float, high: float) -> str:
        """Two whole numbers."""
        return self.words.range.format(low=f"{low:,.0f}", high=f"{high:,.0f}")

    def money(self, value: float) -> str:
        """An amount of the catalogue's currency, without small change where it is large."""
        return self._money(value, self._currency)

    def price(self, product: Product) -> str:
        """The price where this language is spoken, if the catalogue states one, else its own."""
        local = product.price_in("CNY") if self.words.lang == "zh" else None
        return self._money(local, "CNY") if local is not None else self._money(product.price, product.currency)

    def title(self, row: int) -> str:
        """A product's title."""
        return self._products[row].title_in(self.words.lang)

    def list(self, parts: Sequence[str]) -> str:
        """Several things in a row."""
        return ("、" if self.words.lang == "zh" else ", ").join(parts)

    def _money(self, value: float, currency: str) -> str:
        locale = "zh_CN" if self.words.lang == "zh" else "en_US"
        pattern = "¤#,##0" if value >= 1000 or value == int(value) else "¤#,##0.00"
        return str(format_currency(value, currency, format=pattern, locale=locale, currency_digits=False))

    def _department(self, name: str, lexicon: Lexicon) -> str:
        if not name:
            return self.words.no_department
        return self.words.departments.get(name.casefold()) or self._known(name, lexicon) or _begun(name)

    def _types(self, tree: Hierarchy, lexicon: Lexicon) -> tuple[str, ...]:
        told: dict[int, Counter[str]] = {}
        if self.words.lang != "en":
            for row, product in enumerate(self._products):
                name = product.translations.get(self.words.lang, {}).get("category")
                if name:
                    told.setdefault(int(tree.type_of[row]), Counter())[str(name)] += 1
        names = []
        for place, path in enumerate(tree.types):
            if place in told:
                names.append(told[place].most_common(1)[0][0])
            else:
                plain = path[-1] if path else self.words.other_type
                names.append(self._known(plain, lexicon) or _begun(plain))
        return tuple(names)

    def _known(self, name: str, lexicon: Lexicon) -> str | None:
        """The Chinese name of a product word, for a page in Chinese."""
        if self.words.lang != "zh":
            return None
        found = [concept for concept in lexicon.named(name) if concept.zh]
        return found[0].zh[0] if found else None


def _begun(name: str) -> str:
    return name[:1].upper() + name[1:]
