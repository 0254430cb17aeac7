"""One catalogue row: what a record must hold to become a :class:`Product`.

This is the edge where foreign data enters, so everything is checked here once and trusted afterwards. Unknown columns
go to ``attributes``. Text is kept as text: nothing in a catalogue is ever interpreted as markup or as an instruction.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from assistant.errors import CatalogError
from assistant.types import Product

_LISTS = ("category", "sizes")
_OBJECTS = ("prices", "size_stock", "attributes", "translations")
_DECIMAL_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:[. \u00a0]\d{3})+|\d+),(?:\d{1,2}|\d{4,})|[+-]?\d{1,3}(?:\.\d{3})+,\d+")


def clean(text: str) -> str:
    """The text without what no file or terminal can hold, trimmed.

    Control characters (except line breaks and tabs) never carry meaning in a listing; half of a surrogate pair cannot
    be written as UTF-8.
    """
    kept = "".join(c for c in text if c in "\n\t" or ord(c) >= 32)
    return kept.encode("utf-8", "replace").decode("utf-8").strip()


def _text(value: Any) -> object:
    if isinstance(value, date):
        # Parquet has real dates; everything after this edge compares and prints text.
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    if isinstance(value, float) and value.is_integer():
        # A column of whole numbers with a gap in it arrives as 1042.0: the SKU is 1042, the size 42.
        value = int(value)
    return clean(str(value))


def _optional_text(value: Any) -> object:
    value = _text(value)
    return None if value == "" else value


def _number(value: Any) -> object:
    if isinstance(value, str):
        value = _plain_number(value.strip())
        return None if value == "" else value
    if isinstance(value, bool):
        raise ValueError("wanted a number")
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _plain_number(text: str) -> str:
    """A number as a table writes it, with a point for the fraction: 1,299.00 and 1.299,00 and 12,5.

    A comma before exactly three digits separates thousands; before any other count it can only be the fraction's.
    """
    if _DECIMAL_COMMA.fullmatch(text):
        return text.replace(".", "").replace(" ", "").replace("\u00a0", "").replace(",", ".")
    return text.replace(",", "")


def _list(value: Any) -> object:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            try:
                return _list(json.loads(value))
            except (ValueError, RecursionError):
                pass  # no list after all, only text in brackets
        separator = "|" if "|" in value or " > " not in value else " > "
        return [text for part in value.split(separator) if (text := clean(part))]
    if isinstance(value, list | tuple):
        return [v for v in (_text(v) for v in value) if v not in ("", None)]
    return value


def _object(value: Any) -> object:
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"wanted a JSON object, got {value[:60]!r}") from error
    if isinstance(value, list | tuple) and all(isinstance(v, Mapping) and set(v) == {"key", "value"} for v in value):
        # A map of Parquet.
        value = {v["key"]: v["value"] for v in value}
    if isinstance(value, Mapping):
        # Parquet structs bring every key for every row; an absent one arrives as null.
        return {clean(str(k)): v for k, v in value.items() if v is not None}
    return value


def _translations(value: Any) -> object:
    value = _object(value)
    return (
        {k: _object(v) if isinstance(v, Mapping) else v for k, v in value.items()} if isinstance(value, dict) else value
    )


def _scalar(value: Any) -> str | int | float | bool | None:
    """An attribute's value as the format allows it: lists become text, what says nothing becomes ``None``."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        value = [f"{k} {v}" for k, v in value.items() if v is not None]
    if isinstance(value, list | tuple):
        value = ", ".join(str(v) for item in value if (v := _scalar(item)) is not None)
    if value is None:
        return None
    return str(_text(value) if isinstance(value, str | date) else clean(str(value))) or None


def _attributes(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: v for k, value in values.items() if (name := clean(k)) and (v := _scalar(value)) is not None}


Text = Annotated[str, BeforeValidator(_text)]
OptionalText = Annotated[str | None, BeforeValidator(_optional_text)]
_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Money = Annotated[_Amount, BeforeValidator(_number)]
# Far beyond any shop, and within what a column of 64-bit numbers holds.
Count = Annotated[Annotated[int, Field(ge=-(10**12), le=10**12)], BeforeValidator(_number)]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
OptionalMoney = Annotated[_Amount | None, BeforeValidator(_number)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="allow")

    sku: Annotated[Text, Field(min_length=1)]
    title: Annotated[Text, Field(min_length=1)]
    price: Money
    description: Annotated[str, BeforeValidator(lambda v: _text(v) if v is not None else "")] = ""
    brand: OptionalText = None
    category: Annotated[list[str], BeforeValidator(_list)] = []
    currency: Annotated[CurrencyCode, BeforeValidator(lambda v: "USD" if v in (None, "") else v)] = "USD"
    list_price: OptionalMoney = None
    prices: Annotated[dict[CurrencyCode, Money], BeforeValidator(_object)] = {}
    color: OptionalText = None
    sizes: Annotated[list[str], BeforeValidator(_list)] = []
    size_stock: Annotated[dict[str, Count], BeforeValidator(_object)] = {}
    stock: Annotated[Annotated[int, Field(ge=-(10**12), le=10**12)] | None, BeforeValidator(_number)] = None
    group_id: OptionalText = None
    attributes: Annotated[dict[str, Any], BeforeValidator(_object)] = {}
    url: OptionalText = None
    image_url: OptionalText = None
    locale: Annotated[str, BeforeValidator(lambda v: "en" if v in (None, "") else _text(v))] = "en"
    rating: Annotated[Annotated[float, Field(ge=0, le=5)] | None, BeforeValidator(_number)] = None
    rating_count: Annotated[Annotated[int, Field(ge=0, le=10**12)] | None, BeforeValidator(_number)] = None
    created_at: OptionalText = None
    translations: Annotated[dict[str, dict[str, Text]], BeforeValidator(_translations)] = {}


def _reason(error: ValidationError) -> str:
    parts = []
    for e in error.errors():
        where = " ".join(clean(".".join(map(str, e["loc"]))).split()) or "row"
        if e["type"] == "missing":
            parts.append(f"{where}: missing; every product needs one")
        elif e["input"] is None:
            parts.append(f"{where}: empty; every product needs one")
        else:
            parts.append(f"{where}: {e['msg'].lower()} (got {_shown(e['input'])})")
    return "; ".join(parts)


def _shown(value: object) -> str:
    try:
        return repr(str(value)[:60])
    except (ValueError, RecursionError):
        # A number of thousands of digits, or lists within lists beyond what Python prints.
        return f"a {type(value).__name__} too large to show"


def parse_row(record: object) -> Product:
    """A product from one decoded row (JSON object, CSV row as dict, Parquet row as dict).

    Raises:
        CatalogError: the row is no object or a field is missing or unusable; the message names the field and the value.
    """
    if not isinstance(record, Mapping):
        raise CatalogError(f"wanted an object with at least sku, title and price, got {type(record).__name__}")
    try:
        row = _Row.model_validate(dict(record))
    except ValidationError as error:
        raise CatalogError(_reason(error)) from error
    return Product(
        sku=row.sku,
        title=row.title,
        price=row.price,
        description=row.description,
        brand=row.brand,
        category=tuple(row.category),
        currency=row.currency,
        list_price=row.list_price,
        prices=row.prices,
        color=row.color,
        sizes=tuple(row.sizes) or tuple(row.size_stock),
        size_stock=row.size_stock,
        stock=row.stock,
        group_id=row.group_id,
        attributes=_attributes({**row.attributes, **(row.model_extra or {})}),
        url=row.url,
        image_url=row.image_url,
        locale=row.locale,
        rating=row.rating,
        rating_count=row.rating_count,
        created_at=row.created_at,
        translations=row.translations,
    )


def product_from_record(record: Mapping[str, Any]) -> Product:
    """A product from :meth:`Product.to_dict` output, without validation: for rows this package wrote itself."""
    known = {**record}
    for name in _LISTS:
        known[name] = tuple(known.get(name) or ())
    for name in _OBJECTS:
        known[name] = known.get(name) or {}
    return Product(**known)
