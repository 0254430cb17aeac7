"""The ``filters`` object of a search record: checked field by field, then laid over what the text says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from assistant.errors import RecordError
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
        elif name == "attributes":
            if not isinstance(value, Mapping):
                raise RecordError(f"filters.attributes: wanted an object, got {value!r}")
            wanted = {str(k): tuple(v) if isinstance(v, list) else (v,) for k, v in value.items()}
            extra = replace(extra, attributes=wanted)
        elif name not in _NAMES:
            raise RecordError(
                f"filters.{name}: no such filter; known: {', '.join(sorted(_NAMES))}, category, attributes, rating_min"
            )
        else:
            changes[name] = _constraint(name, value)
    return replace(said, **changes), extra


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
