"""The ``filters`` object of a search request: checked field by field, then laid over what the text says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from assistant.errors import RecordError
from assistant.retrieval.filters import Filters
from assistant.types import COLORS, SORTS, Constraints

_LISTS = ("brands", "exclude_brands", "colors", "exclude_colors", "sizes", "terms", "exclude_terms")
_NUMBERS = ("price_min", "price_max")
_NAMES = frozenset(f.name for f in fields(Constraints))


@dataclass(frozen=True, slots=True)
class Extra:
    """The filters that are no constraint of the ledger."""

    category: tuple[str, ...] = ()
    attributes: Mapping[str, tuple[object, ...]] | None = None
    rating_min: float | None = None
    any_of: tuple[tuple[Constraints, Extra], ...] = ()

    def over(self, constraints: Constraints, language: str) -> Filters:
        """Everything together as retrieval wants it; alternatives are read in the same language."""
        alternatives = tuple(extra.over(c, language) for c, extra in self.any_of)
        return Filters(
            constraints, self.category, self.attributes or {}, self.rating_min, language, any_of=alternatives
        )

    def to_dict(self) -> dict[str, Any]:
        """The filters that are set, by name."""
        out: dict[str, Any] = {}
        if self.category:
            out["category"] = list(self.category)
        if self.attributes:
            out["attributes"] = {name: list(values) for name, values in self.attributes.items()}
        if self.rating_min is not None:
            out["rating_min"] = self.rating_min
        if self.any_of:
            neutral = Constraints().to_dict()
            out["any_of"] = [
                {**{k: v for k, v in c.to_dict().items() if v != neutral[k]}, **extra.to_dict()}
                for c, extra in self.any_of
            ]
        return out


# What an alternative cannot say: how results are sorted, counted or referred to, and the type, which ranks as well.
_ONLY_OUTSIDE = ("any_of", "sort", "quantity", "references", "product")


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) == float("inf") or value != value:
        raise RecordError(f"filters.{name}: wanted a number, got {value!r}")
    try:
        return float(value)
    except OverflowError as error:
        raise RecordError(f"filters.{name}: the number is too large") from error


def _strings(name: str, value: object) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(v, str) for v in items):
        raise RecordError(f"filters.{name}: wanted a list of strings, got {value!r}")
    return tuple(items)


def overlay(said: Constraints, filters: object) -> tuple[Constraints, Extra]:
    """The constraints of the text with ``filters`` laid over them, and the filters beyond the ledger's fields.

    Raises:
        RecordError: a field is unknown or has a value of the wrong kind; the message names it.
    """
    if filters is None:
        return said, Extra()
    if not isinstance(filters, Mapping):
        raise RecordError(f"field 'filters': wanted an object, got {type(filters).__name__}")
    changes: dict[str, Any] = {}
    extra = Extra()
    for name, value in filters.items():
        if name in ("category", "attributes") and value is None:
            continue
        if name == "category":
            extra = replace(extra, category=_strings(name, value))
        elif name == "rating_min":
            extra = replace(extra, rating_min=None if value is None else _number(name, value))
        elif name == "any_of":
            extra = replace(extra, any_of=_alternatives(value))
        elif name == "attributes":
            if not isinstance(value, Mapping):
                raise RecordError(f"filters.attributes: wanted an object, got {value!r}")
            wanted = {str(k): tuple(v) if isinstance(v, list) else (v,) for k, v in value.items()}
            extra = replace(extra, attributes=wanted)
        elif name not in _NAMES:
            raise RecordError(
                f"filters.{name}: no such filter; known: {', '.join(sorted(_NAMES))}, "
                "category, attributes, rating_min, any_of"
            )
        else:
            changes[name] = _constraint(name, value)
    return replace(said, **changes), extra


def _alternatives(value: object) -> tuple[tuple[Constraints, Extra], ...]:
    """The alternatives of which one must hold, each an object of filters."""
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, Mapping) and one for one in value):
        raise RecordError(f"filters.any_of: wanted a list of filter objects, got {value!r}")
    for one in value:
        if odd := sorted(set(one) & set(_ONLY_OUTSIDE)):
            raise RecordError(f"filters.any_of: {odd[0]!r} cannot stand in an alternative; put it beside any_of")
    return tuple(overlay(Constraints(), one) for one in value)


def _constraint(name: str, value: object) -> object:
    if value is None:
        return getattr(Constraints(), name)
    if name in _NUMBERS:
        return _number(name, value)
    if name in _LISTS:
        items = _strings(name, value)
        if name in ("colors", "exclude_colors") and (bad := [c for c in items if c not in COLORS]):
            raise RecordError(f"filters.{name}: {bad[0]!r} is no basic colour; known: {', '.join(COLORS)}")
        return items
    if name == "sort":
        if value not in SORTS:
            raise RecordError(f"filters.sort: {value!r} is unknown; known: {', '.join(SORTS)}")
        return value
    if name == "in_stock_only":
        if not isinstance(value, bool):
            raise RecordError(f"filters.in_stock_only: wanted true or false, got {value!r}")
        return value
    if name == "quantity":
        return int(_number(name, value))
    if name == "references":
        if not isinstance(value, list) or not all(isinstance(v, int) for v in value):
            raise RecordError(f"filters.references: wanted a list of whole numbers, got {value!r}")
        return tuple(value)
    if not isinstance(value, str):
        raise RecordError(f"filters.{name}: wanted a string, got {value!r}")
    return value
