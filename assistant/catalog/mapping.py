"""Which column of a foreign catalogue is which field of ours.

Knows names of columns in English and Chinese, and how a mapping is stated. Knows no values: what a mapped column holds
is checked like any other row. A guess is only ever a proposal; whoever runs the command confirms it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.errors import CatalogError

REQUIRED = ("sku", "title", "price")

# For each field the names other catalogues give it, the likeliest first; letters and digits only.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "sku": (
        "sku", "variantsku", "skuid", "itemid", "productid", "itemnumber", "articlenumber", "partnumber", "mpn", "asin",
        "ean", "gtin", "upc", "id", "code", "货号", "商品编码", "商品编号", "商品id", "编号",
    ),
    "title": (
        "title", "name", "productname", "producttitle", "itemname", "displayname", "标题", "商品名称", "商品标题",
        "名称", "品名",
    ),
    "price": (
        "price", "variantprice", "saleprice", "sellingprice", "currentprice", "unitprice", "salesprice", "retailprice",
        "amount", "价格", "售价", "现价", "单价",
    ),
    "description": (
        "description", "bodyhtml", "body", "longdescription", "productdescription", "shortdescription", "details",
        "summary", "描述", "商品描述", "详情", "简介",
    ),
    "brand": ("brand", "vendor", "manufacturer", "maker", "brandname", "品牌", "厂商"),
    "category": (
        "category", "categories", "categorypath", "producttype", "productcategory", "type", "department", "类目",
        "分类", "品类",
    ),
    "currency": ("currency", "currencycode", "pricecurrency", "币种", "货币"),
    "list_price": (
        "listprice", "compareatprice", "variantcompareatprice", "originalprice", "msrp", "rrp", "原价", "划线价",
    ),
    "color": ("color", "colour", "colorname", "basecolour", "颜色"),
    "sizes": ("sizes", "size", "尺码", "尺寸", "规格"),
    "stock": (
        "stock", "quantity", "inventory", "inventoryquantity", "variantinventoryqty", "qty", "stockquantity", "库存",
        "库存数量",
    ),
    "group_id": ("groupid", "itemgroupid", "parentsku", "parentid", "parentasin", "handle", "spu", "款号"),
    "url": ("url", "link", "producturl", "链接"),
    "image_url": ("imageurl", "image", "imagelink", "imagesrc", "mainimage", "thumbnail", "图片", "主图"),
    "rating": ("rating", "averagerating", "avgrating", "stars", "customerreviewaverage", "评分"),
    "rating_count": ("ratingcount", "reviewcount", "numreviews", "numberofreviews", "reviews", "评价数", "评论数"),
    "created_at": ("createdat", "dateadded", "releasedate", "startdate", "publishedat", "上架时间"),
}  # fmt: skip
FIELDS = (*_NAMES, "prices", "size_stock", "attributes", "locale", "translations")
_LETTERS = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Our field → their column; a dot in the column's name reaches into an object ("offer.price")."""

    columns: Mapping[str, str] = field(default_factory=dict)

    def apply(self, record: Any) -> Any:
        """The record with mapped columns under our names; everything else stays. No object stays what it is."""
        if not isinstance(record, Mapping) or not self.columns:
            return record
        # A row that leaves their column out, or empty, may still hold the field under our name.
        moved = {
            ours: value
            for ours, theirs in self.columns.items()
            if (value := _value(record, theirs)) is not _ABSENT and (_says(value) or not _says(record.get(ours)))
        }
        gone = set(self.columns.values())
        return {key: value for key, value in record.items() if key not in gone} | moved

    def describe(self) -> str:
        """The options that state this mapping."""
        return " ".join(f"--map {ours}={_quoted(theirs)}" for ours, theirs in self.columns.items())


def stated_mapping(pairs: Iterable[str], file: Path | None = None) -> ColumnMapping:
    """The mapping that ``field=column`` options state, laid over that of a TOML or JSON file.

    Raises:
        CatalogError: an option is no pair, a field is unknown, or the file cannot be read.
    """
    columns: dict[str, str] = dict(_from_file(file)) if file is not None else {}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        if not equals or not theirs.strip():
            raise CatalogError(f"--map {pair!r}: wanted field=column, such as --map title=name")
        columns[ours.strip()] = theirs.strip()
    for ours in columns:
        if ours not in FIELDS:
            raise CatalogError(f"'{ours}' is no field of a product; map to one of {', '.join(FIELDS)}")
    return ColumnMapping(columns)


def guess_mapping(columns: Sequence[str], stated: ColumnMapping) -> ColumnMapping:
    """The stated mapping, and for every field it leaves open and no column is called, the likeliest column."""
    taken = set(stated.columns.values())
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_LETTERS.sub("", column.casefold()), column)
    found = dict(stated.columns)
    for ours, names in _NAMES.items():
        if ours in found or ours in columns:
            continue
        for name in names:
            theirs = by_name.get(name)
            if theirs is not None and theirs not in taken and theirs not in FIELDS:
                found[ours] = theirs
                taken.add(theirs)
                break
    return ColumnMapping(found)


def missing_fields(columns: Sequence[str], mapping: ColumnMapping) -> list[str]:
    """The required fields that neither a column nor the mapping gives."""
    return [f for f in REQUIRED if f not in columns and f not in mapping.columns]


def _from_file(path: Path) -> Mapping[str, str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise CatalogError(
            f"the mapping '{path}' cannot be read: {error}; it is TOML or JSON, title = \"name\""
        ) from error
    if not isinstance(found, dict) or not all(isinstance(v, str) and v for v in found.values()):
        raise CatalogError(f"the mapping '{path}' must hold lines such as title = \"name\" and nothing else")
    return found


def _value(record: Mapping[str, Any], column: str) -> Any:
    if column in record:
        return record[column]
    value: Any = record
    for part in column.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return _ABSENT
        value = value[part]
    return value


def _says(value: Any) -> bool:
    return value is not None and value != ""


def _quoted(text: str) -> str:
    return f"'{text}'" if re.search(r"[^\w.\-]", text) else text
