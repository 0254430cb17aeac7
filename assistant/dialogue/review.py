"""After a search: which constraint to loosen when nothing was found, and whether one question would narrow a long list.

Pure functions over constraints and facets; the pipeline searches again with what they propose.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from assistant.types import Constraints, Facet, FacetValue, Question

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
# Most shoppers have a price in mind, fewer a maker or a colour, and fewest a property they were not asked about.
_WEIGHTS = {"price": 1.0, "color": 0.9, "brand": 0.9, "size": 0.9}
_WEIGHT_OF_OTHERS = 0.8
_LEAST_WORTH = 0.8
_MOSTLY = 0.5
_TOO_COMMON = 0.7


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


def narrowing_questions(facets: Sequence[Facet], ledger: Constraints, language: str) -> Iterator[Question]:
    """Questions whose answer splits a long candidate list well, as messages to click; none when it is short.

    Args:
        facets: of the candidates found.
        ledger: what was asked for; a field that is already constrained is not asked about.
        language: of the options.

    Yields:
        The question that tells most first. Whether its options are understood and lead somewhere is for the caller
        to see.
    """
    ranked = sorted(
        ((_worth(f, ledger), place, f) for place, f in enumerate(facets) if f.rows >= _MANY),
        key=lambda item: (-item[0], item[1]),
    )
    for worth, _, facet in ranked:
        if worth >= _LEAST_WORTH:
            field, options = _wording(facet, language)
            yield Question(field, options)


def _worth(facet: Facet, ledger: Constraints) -> float:
    """What is known of a candidate once one of the options is chosen, in bits, weighed by how readily people choose."""
    match facet.field:
        case "price":
            settled = ledger.price_max is not None or ledger.price_min is not None
            settled = settled or ledger.sort in ("price_asc", "price_desc")
        case "color":
            settled = bool(ledger.colors)
        case "brand":
            settled = bool(ledger.brands)
        case "size":
            settled = bool(ledger.sizes)
        case _:
            # A flag is no choice, a number with a unit is none that is easily made, and nobody knows unknown names.
            settled = facet.kind != "values" or not facet.known or facet.field == "category"
            settled = settled or facet.stated < _MOSTLY * facet.rows
    if settled or len(facet.values) < 2:
        return 0.0
    shares = [v.count / facet.rows for v in _options(facet)]
    # One option that nearly all candidates have narrows nothing.
    if max(shares) > _TOO_COMMON:
        return 0.0
    over = max(1.0, sum(shares))
    return _WEIGHTS.get(facet.field, _WEIGHT_OF_OTHERS) * -sum(p / over * math.log2(p / over) for p in shares if p)


def _options(facet: Facet) -> Sequence[FacetValue]:
    """The values that are offered: all bands, or the most frequent values in the order they stand in."""
    if facet.kind == "bands":
        return facet.values
    often = sorted(facet.values, key=lambda v: -v.count)[:_OPTIONS]
    return [v for v in facet.values if v in often]


def _wording(facet: Facet, language: str) -> tuple[str, tuple[str, ...]]:
    """The constraint field a facet is about, and its options as messages."""
    values = _options(facet)
    match facet.field:
        case "price":
            return "price_max", tuple(_price_band(v, language, facet.unit) for v in values)
        case "color":
            return "colors", tuple(_color(v.value, language) for v in values)
        case "brand":
            # A name alone could be anything: the classifier takes some for small talk.
            return "brands", tuple(f"{v.value}的" if language == "zh" else f"by {v.value}" for v in values)
        case "size":
            return "sizes", tuple(v.value if language == "zh" else f"size {v.value}" for v in values)
        case "for":
            return "terms", tuple(f"{v.value}的" if language == "zh" else f"for {v.value}" for v in values)
        case _:
            return "terms", tuple(_property(v.value, language) for v in values)


def _property(value: str, language: str) -> str:
    if language == "zh":
        return f"{value}的"
    return f"with {value}" if value[:1].isdigit() else f"{value} ones"


def _price_band(band: FacetValue, language: str, currency: str) -> str:
    low, high = ("" if bound is None else f"{bound:g}" for bound in (band.low, band.high))
    if language == "zh":
        unit = {"CNY": "元", "USD": "美元", "EUR": "欧元", "GBP": "英镑"}.get(currency, f" {currency}")
        if not low:
            return f"{high}{unit}以内"
        return f"{low}到{high}{unit}" if high else f"{low}{unit}以上"
    sign = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥"}.get(currency, f"{currency} ")
    if not low:
        return f"under {sign}{high}"
    return f"{sign}{low} to {sign}{high}" if high else f"over {sign}{low}"


def _color(name: str, language: str) -> str:
    if language == "zh":
        return name if name.endswith("色") else f"{name}色"
    return f"in {name}"
