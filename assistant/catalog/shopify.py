"""A Shopify product export as catalogue rows: one row a variant, the product's own words carried along.

The export writes a product's title, text and type on its first row only; further rows hold further variants, or just
further pictures. Knows that layout. Knows nothing of other files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

# The names of the export's columns since it was redone, and what the same columns were called before.
_RENAMED = {
    "url handle": "Handle",
    "description": "Body (HTML)",
    "product category": "Product Category",
    "published on online store": "Published",
    "sku": "Variant SKU",
    "price": "Variant Price",
    "compare-at price": "Variant Compare At Price",
    "inventory tracker": "Variant Inventory Tracker",
    "inventory quantity": "Variant Inventory Qty",
    "continue selling when out of stock": "Variant Inventory Policy",
    "product image url": "Image Src",
    "variant image url": "Variant Image",
    **{f"option{n} {what}": f"Option{n} {what.title()}" for n in (1, 2, 3) for what in ("name", "value")},
}
_SIGNS = frozenset({"Handle", "Title", "Variant Price"})
_OPTIONS = (1, 2, 3)
_CARRIED = frozenset(
    {"Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Image Src", "Status", "Published"}
    | {f"Option{n} Name" for n in _OPTIONS}
)
# What the shop states in fields of its own: "Fabric (product.metafields.shopify.fabric)".
_METAFIELD = re.compile(r"(.+?) \(product\.metafields\..+\)")
_COLORS = frozenset({"color", "colour", "颜色"})
_SIZES = frozenset({"size", "尺码", "尺寸"})
_NO_OPTION = "Default Title"
_HIDDEN = frozenset({"draft", "archived", "unlisted"})


def is_shopify(columns: Sequence[str]) -> bool:
    """Whether these are the columns of a Shopify product export."""
    if any(c.strip().casefold() == "url handle" for c in columns):
        return {_old_name(c) for c in columns} >= _SIGNS
    return set(columns) >= _SIGNS


def shopify_rows(records: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """Catalogue rows from the rows of an export, with their lines; whatever is no object passes through.

    Rows that only add a picture are left out; so are products that the shop does not show (draft, archived).
    """
    carried: dict[str, str] = {}
    handle = ""
    for line, record in records:
        if not isinstance(record, Mapping):
            yield line, record
            continue
        row = {_old_name(str(k)): str(v).strip() if v is not None else "" for k, v in record.items()}
        if row.get("Handle", "") != handle:
            handle, carried = row.get("Handle", ""), {}
        for name in row:
            if row[name] and (name in _CARRIED or _METAFIELD.fullmatch(name)):
                carried.setdefault(name, row[name])  # the first picture is the product's
        if not row.get("Variant Price") and not row.get("Variant SKU") and not row.get("Option1 Value"):
            continue
        if carried.get("Status", "").casefold() in _HIDDEN or carried.get("Published", "").casefold() == "false":
            continue
        yield line, _variant(handle, row, carried)


def _old_name(column: str) -> str:
    return _RENAMED.get(column.strip().casefold(), column)


def _variant(handle: str, row: Mapping[str, str], carried: Mapping[str, str]) -> dict[str, Any]:
    options = {
        carried[f"Option{n} Name"]: row[f"Option{n} Value"]
        for n in _OPTIONS
        if carried.get(f"Option{n} Name") and row.get(f"Option{n} Value") not in ("", None, _NO_OPTION)
    }
    said = " / ".join(options.values())
    title = carried.get("Title", "")
    # What is not counted, or sold on when it runs out, is not known to be sold out.
    counted = bool(row.get("Variant Inventory Tracker", "yes")) and row.get(
        "Variant Inventory Policy", ""
    ).casefold() not in ("continue", "true")
    stock = (row.get("Variant Inventory Qty") or None) if counted else None
    out: dict[str, Any] = {
        "sku": row.get("Variant SKU") or "-".join([handle, *options.values()]),
        "title": f"{title}, {said}" if said and title else title,
        "description": plain_text(carried.get("Body (HTML)", "")),
        "brand": carried.get("Vendor") or None,
        "category": _path(carried),
        "price": row.get("Variant Price", ""),
        "list_price": row.get("Variant Compare At Price") or None,
        "stock": stock,
        "group_id": handle or None,
        "image_url": row.get("Variant Image") or carried.get("Image Src") or None,
        "attributes": {},
    }
    for name, value in options.items():
        if name.casefold() in _COLORS:
            out["color"] = value
        elif name.casefold() in _SIZES:
            out["sizes"] = [value]
            if stock is not None:
                out["size_stock"] = {value: stock}
        else:
            out["attributes"][name] = value
    for name, value in carried.items():
        if field := _METAFIELD.fullmatch(name):
            out["attributes"].setdefault(field[1], value.replace("; ", ", "))
    if carried.get("Tags"):
        out["attributes"]["tags"] = carried["Tags"]
    return out


def _path(carried: Mapping[str, str]) -> list[str]:
    """The category path, the shop's own type last: it is the one that says what the thing is."""
    path = [part.strip() for part in carried.get("Product Category", "").split(">") if part.strip()]
    own = carried.get("Type", "")
    return path if not own or (path and path[-1].casefold() == own.casefold()) else [*path, own]


class _Text(HTMLParser):
    _BLOCKS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "table"})
    _SILENT = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self._SILENT
        if tag in self._BLOCKS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in self._SILENT))
        if tag in self._BLOCKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def plain_text(markup: str) -> str:
    """The words of a piece of HTML, in order, each space once; scripts and styles say nothing."""
    parser = _Text()
    parser.feed(markup)
    parser.close()
    return " ".join("".join(parser.parts).split())
