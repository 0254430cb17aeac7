"""After a search: which constraint to loosen when nothing was found, and whether one question would narrow a long list.

Pure functions over constraints and products; the pipeline searches again with what they propose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from assistant.types import Constraints, Product, Question

# From the constraint that costs the shopper least to the one that costs most; exclusions last: "not Apple" is meant.
_ORDER = (
    "in_stock_only",
    "terms",
    "sizes",
    "colors",
    "price_max",
    "price_min",
    "brands",
    "exclude_terms",
    "exclude_colors",
    "exclude_brands",
)
_MANY = 10
_OPTIONS = 4


def relaxations(c: Constraints) -> Iterator[tuple[tuple[str, ...], Constraints]]:
    """Constraint sets to try, as ``(loosened fields, constraints without them)``.

    Single fields first, the cheapest loss first, then pairs and more. Exclusions are never loosened.
    """
    stated = [f for f in _ORDER if getattr(c, f) not in (None, ())]
    wanted = [f for f in stated if not f.startswith("exclude_")]
    for size in range(1, len(wanted) + 1):
        for fields in combinations(wanted, size):
            yield fields, _without(c, fields)


def standing_in_the_way(c: Constraints) -> str:
    """The field to name when nothing helps: the first one stated, exclusions last."""
    return next((f for f in _ORDER if getattr(c, f) not in (None, ())), "product")


def _without(c: Constraints, names: Sequence[str]) -> Constraints:
    empty = Constraints()
    return replace(c, **{name: getattr(empty, name) for name in names})


def narrowing_question(pool: Sequence[Product], ledger: Constraints, language: str, currency: str) -> Question | None:
    """A question whose answer splits a long candidate list well, as messages to click; ``None`` when it is short.

    Args:
        pool: the candidates found, best first.
        ledger: what was asked for; a field that is already constrained is not asked about.
        language: of the options.
        currency: the one shown on the cards.
    """
    if len(pool) < _MANY:
        return None
    if ledger.price_max is None and ledger.price_min is None and ledger.sort not in ("price_asc", "price_desc"):
        prices = sorted(v for p in pool if (v := p.price_in(currency)) is not None)
        if len(prices) >= _MANY and prices[-1] > 2 * prices[0] > 0:
            third, two_thirds = _round(prices[len(prices) // 3]), _round(prices[2 * len(prices) // 3])
            if third < two_thirds:
                return Question("price_max", _price_options(third, two_thirds, language, currency))
    if not ledger.colors:
        counts = Counter(p.color for p in pool if p.color)
        if len(counts) >= 3 and counts.most_common(1)[0][1] < 0.7 * len(pool):
            return Question("colors", tuple(_color(c, language) for c, _ in counts.most_common(_OPTIONS)))
    if not ledger.brands:
        brands = Counter(p.brand for p in pool if p.brand)
        if len(brands) >= 3 and brands.most_common(1)[0][1] < 0.7 * len(pool):
            return Question("brands", tuple(b for b, _ in brands.most_common(_OPTIONS)))
    return None


def _round(value: float) -> int:
    """Two leading digits are plenty for a price band."""
    step: int = 10 ** max(len(str(int(value))) - 2, 0)
    return max(round(value / step) * step, 1)


def _price_options(low: int, high: int, language: str, currency: str) -> tuple[str, ...]:
    if language == "zh":
        unit = {"CNY": "元", "USD": "美元", "EUR": "欧元", "GBP": "英镑"}.get(currency, f" {currency}")
        return f"{low}{unit}以内", f"{low}到{high}{unit}", f"{high}{unit}以上"
    sign = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥"}.get(currency, f"{currency} ")
    return f"under {sign}{low}", f"{sign}{low} to {sign}{high}", f"over {sign}{high}"


_ZH_COLORS = dict(
    zip(
        "black white grey red orange yellow green blue purple pink brown beige gold silver navy".split(),
        "黑色 白色 灰色 红色 橙色 黄色 绿色 蓝色 紫色 粉色 棕色 米色 金色 银色 藏青色".split(),
        strict=True,
    )
)


def _color(name: str, language: str) -> str:
    return _ZH_COLORS.get(name, name) if language == "zh" else f"in {name}"
