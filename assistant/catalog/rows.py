"""One catalogue row: what a record must hold to become a :class:`Product`.

This is the edge where foreign data enters, so everything is checked here once and trusted afterwards. Unknown columns
go to ``attributes``. Text is kept as text: nothing in a catalogue is ever interpreted as markup or as an instruction.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from assistant.errors import CatalogError
from assistant.types import Product

_LISTS = ("category", "sizes")
_OBJECTS = ("prices", "size_stock", "attributes", "translations")


def _text(value: Any) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return value
    # Control characters (except line breaks and tabs) never carry meaning in a listing and break terminals and JSON.
    return "".join(c for c in str(value) if c in "\n\t" or ord(c) >= 32).strip()


def _optional_text(value: Any) -> object:
    value = _text(value)
    return None if value == "" else value


def _number(value: Any) -> object:
    if isinstance(value, str):
        value = value.strip().replace(",", "")
        return None if value == "" else value
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _list(value: Any) -> object:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [part.strip() for part in value.split("|") if part.strip()]
    if isinstance(value, list | tuple):
        return [v for v in (_text(v) for v in value) if v not in ("", None)]
    return value


def _object(value: Any) -> object:
    if value is None or value == "":
        return {}
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ValueError(f"wanted a JSON object, got {value[:60]!r}") from error
    if isinstance(value, Mapping):
        # Parquet structs bring every key for every row; an absent one arrives as null.
        return {str(k): v for k, v in value.items() if v is not None}
    return value


Text = Annotated[str, BeforeValidator(_text)]
OptionalText = Annotated[str | None, BeforeValidator(_optional_text)]
_Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Money = Annotated[_Amount, BeforeValidator(_number)]
OptionalMoney = Annotated[_Amount | None, BeforeValidator(_number)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="allow")

    sku: Annotated[Text, Field(min_length=1)]
    title: Annotated[Text, Field(min_length=1)]
    price: Money
    description: Annotated[str, BeforeValidator(lambda v: _text(v) if v is not None else "")] = ""
    brand: OptionalText = None
    category: Annotated[list[str], BeforeValidator(_list)] = []
    currency: Annotated[str, BeforeValidator(lambda v: v or "USD"), Field(pattern=r"^[A-Z]{3}$")] = "USD"
    list_price: OptionalMoney = None
    prices: Annotated[dict[str, Money], BeforeValidator(_object)] = {}
    color: OptionalText = None
    sizes: Annotated[list[str], BeforeValidator(_list)] = []
    size_stock: Annotated[dict[str, int], BeforeValidator(_object)] = {}
    stock: Annotated[int | None, BeforeValidator(_number)] = None
    group_id: OptionalText = None
    attributes: Annotated[dict[str, Any], BeforeValidator(_object)] = {}
    url: OptionalText = None
    image_url: OptionalText = None
    locale: Annotated[str, BeforeValidator(lambda v: v or "en")] = "en"
    rating: Annotated[Annotated[float, Field(ge=0, le=5)] | None, BeforeValidator(_number)] = None
    rating_count: Annotated[Annotated[int, Field(ge=0)] | None, BeforeValidator(_number)] = None
    created_at: OptionalText = None
    translations: Annotated[dict[str, dict[str, str]], BeforeValidator(_object)] = {}


def _reason(error: ValidationError) -> str:
    parts = []
    for e in error.errors():
        where = ".".join(map(str, e["loc"])) or "row"
        if e["type"] == "missing":
            parts.append(f"{where}: missing; every product needs one")
        elif e["input"] is None:
            parts.append(f"{where}: empty; every product needs one")
        else:
            parts.append(f"{where}: {e['msg'].lower()} (got {str(e['input'])[:60]!r})")
    return "; ".join(parts)


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
    extra = {k: v for k, v in (row.model_extra or {}).items() if v not in (None, "")}
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
        attributes={**row.attributes, **extra},
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
