"""A catalogue as columns: written once while an index is built, memory-mapped when it is opened.

    columns.json            tables of what the codes stand for, and how many rows there are
    own_price.npy …         one array per column, of length n
    price_CUR.npy           prices in one currency, NaN where a product has none
    values.*                rows by attribute value, by size that can be had, by group (:mod:`~.postings`)
    phrases.*, words.txt    rows by what they state (:mod:`~.phrases`)

Knows what a record holds. Knows no lexicon and no request: what a filter means is in :mod:`~.filters`.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.lexicon import fold
from assistant.retrieval.phrases import Phrases, PhraseWriter
from assistant.retrieval.postings import Digests64, Postings, PostingsWriter, mapped
from assistant.types import Product

_TABLES = "columns.json"
_VALUES = "values"
_BATCH = 1024
_NUMERIC: Mapping[str, str] = {
    "own_price": "f8",
    "in_stock": "i1",
    "rating": "f8",
    "rating_count": "i8",
    "brand": "i4",
    "color": "i4",
    "category": "i4",
    "created": "i4",
    "has_sizes": "?",
}


@dataclass(frozen=True, slots=True)
class ColumnData:
    """The arrays. Each is of length n, in row order; codes are places in their tables.

    ``own_price`` is in each product's own currency; ``in_stock`` is -1 where unknown; ``rating`` is NaN where unknown;
    ``created`` is the rank of the date, 0 where unknown. ``brands`` are the folded names of a brand in all languages,
    ``brand_names`` the same as they are written; ``colors`` are as the record says; ``categories`` are whole paths.
    """

    rows: int
    prices: Mapping[str, npt.NDArray[np.float64]]
    own_price: npt.NDArray[np.float64]
    in_stock: npt.NDArray[np.int8]
    rating: npt.NDArray[np.float64]
    rating_count: npt.NDArray[np.int64]
    brand: npt.NDArray[np.int32]
    color: npt.NDArray[np.int32]
    category: npt.NDArray[np.int32]
    created: npt.NDArray[np.int32]
    has_sizes: npt.NDArray[np.bool_]
    brands: tuple[tuple[str, ...], ...]
    brand_names: tuple[str, ...]
    colors: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    values: Postings
    phrases: Phrases
    remote_pictures: bool

    @classmethod
    def load(cls, folder: Path) -> ColumnData:
        """Map what :class:`ColumnWriter` wrote below ``folder``.

        Raises:
            OSError: a file is missing.
            ValueError, KeyError, TypeError: a file is damaged.
        """
        tables = json.loads((folder / _TABLES).read_text(encoding="utf-8"))
        arrays = {name: mapped(folder / f"{name}.npy") for name in _NUMERIC}
        prices = {c: mapped(folder / f"price_{c}.npy") for c in tables["currencies"]}
        rows = int(tables["rows"])
        if any(len(a) != rows for a in (*arrays.values(), *prices.values())):
            raise ValueError(f"the columns are not all of {rows} rows")
        return cls(
            rows=rows,
            prices=prices,
            brands=tuple(tuple(b) for b in tables["brands"]),
            brand_names=tuple(tables["brand_names"]),
            colors=tuple(tables["colors"]),
            categories=tuple(tuple(c) for c in tables["categories"]),
            values=Postings.load(folder, _VALUES),
            phrases=Phrases.load(folder, rows),
            remote_pictures=bool(tables["remote_pictures"]),
            **arrays,
        )


def attribute_names(name: str, value: object) -> tuple[str, ...]:
    """What an attribute's value answers to: its text, and as a number (2 is 2.0) where it is one; flags are none."""
    found = [f"a\0{name}\0{fold(str(value))}"]
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        found.append(f"n\0{name}\0{int(value) if value == int(value) else value!r}")
    return tuple(found)


def size_name(size: str) -> str:
    """What a size that can be had is listed under."""
    return f"s\0{fold(size)}"


def group_name(group: str) -> str:
    """What the variants of one product are listed under."""
    return f"g\0{group}"


class _Codes:
    """Numbers for values in the order they first came."""

    def __init__(self) -> None:
        self.table: dict[Any, int] = {}
        self.codes = array("i")

    def add(self, value: Any) -> None:
        self.codes.append(self.table.setdefault(value, len(self.table)))

    def array(self) -> npt.NDArray[np.int32]:
        return np.array(self.codes, dtype=np.int32)


class ColumnWriter:
    """Collects products in row order. What grows with the rows is a few numbers for each, never its text."""

    def __init__(self, folder: Path | None = None) -> None:
        """``folder`` is where the files go; ``None`` keeps all in memory."""
        self._folder = folder
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self._own_price, self._rating, self._rating_count = array("d"), array("d"), array("q")
        self._in_stock, self._has_sizes = array("b"), array("b")
        self._prices: dict[str, tuple[array[int], array[float]]] = {}
        self._brand, self._color, self._category, self._created = _Codes(), _Codes(), _Codes(), _Codes()
        self._brand_names: set[str] = set()
        self._values = PostingsWriter(folder, _VALUES, np.int32)
        self._digests = Digests64()
        self._phrases = PhraseWriter(folder)
        self._rows = 0
        self._remote_pictures = False

    def add(self, products: Sequence[Product]) -> None:
        """Add the next rows."""
        names: list[str] = []
        rows: list[int] = []
        for row, product in enumerate(products, self._rows):
            found = list(self._add(row, product))
            names += found
            rows += [row] * len(found)
        self._values.add((self._digests(name) for name in names), rows)
        self._phrases.add(products)
        self._rows += len(products)

    def _add(self, row: int, p: Product) -> Iterator[str]:
        self._own_price.append(p.price)
        for currency in {p.currency, *p.prices}:
            value = p.price_in(currency)
            places, values = self._prices.setdefault(currency, (array("q"), array("d")))
            if value is not None:
                places.append(row)
                values.append(value)
        self._in_stock.append(-1 if p.in_stock is None else int(p.in_stock))
        self._rating.append(float("nan") if p.rating is None else p.rating)
        self._rating_count.append(p.rating_count or 0)
        written = [n for n in (p.brand, *(str(t.get("brand") or "") for t in p.translations.values())) if n]
        self._brand_names.update(written)
        self._brand.add(tuple(sorted({fold(name) for name in written})))
        self._color.add(p.color or "")
        self._category.add(p.category)
        self._created.add(p.created_at or "")
        self._has_sizes.append(bool(p.size_stock or p.sizes))
        self._remote_pictures |= (p.image_url or "").strip().lower().startswith("https://")
        if p.size_stock:
            yield from (size_name(s) for s, n in p.size_stock.items() if n > 0)
        else:
            yield from (size_name(s) for s in p.sizes)
        for name, value in p.attributes.items():
            yield from attribute_names(name, value)
        if p.group_id:
            yield group_name(p.group_id)

    def finish(self) -> ColumnData:
        """Everything added; with a folder it is written there and mapped."""
        dates = sorted(self._created.table)
        # "" sorts before every date and keeps rank 0 even where every row has one.
        rank = {date: place + ("" not in self._created.table) for place, date in enumerate(dates)}
        ranks = np.array([rank[date] for date in self._created.table] or [0], dtype=np.int32)
        arrays: dict[str, npt.NDArray[Any]] = {
            "own_price": np.array(self._own_price),
            "in_stock": np.array(self._in_stock, dtype=np.int8),
            "rating": np.array(self._rating),
            "rating_count": np.array(self._rating_count, dtype=np.int64),
            "brand": self._brand.array(),
            "color": self._color.array(),
            "category": self._category.array(),
            "created": ranks[self._created.array()],
            "has_sizes": np.array(self._has_sizes, dtype=np.bool_),
        }
        prices = {c: _column(self._rows, *held) for c, held in sorted(self._prices.items())}
        tables = {
            "rows": self._rows,
            "currencies": list(prices),
            "brands": list(self._brand.table),
            "brand_names": sorted(self._brand_names),
            "colors": list(self._color.table),
            "categories": list(self._category.table),
            "remote_pictures": self._remote_pictures,
        }
        values, phrases = self._values.finish(), self._phrases.finish()
        if self._folder is None:
            kept = {k: tuple(v) if isinstance(v, list) else v for k, v in tables.items() if k != "currencies"}
            return ColumnData(prices=prices, values=values, phrases=phrases, **arrays, **kept)  # type: ignore[arg-type]
        for name, column in arrays.items():
            np.save(self._folder / f"{name}.npy", column)
        for currency, column in prices.items():
            np.save(self._folder / f"price_{currency}.npy", column)
        (self._folder / _TABLES).write_text(json.dumps(tables, ensure_ascii=False), encoding="utf-8")
        return ColumnData.load(self._folder)


def _column(rows: int, places: array[int], values: array[float]) -> npt.NDArray[np.float64]:
    out = np.full(rows, np.nan)
    out[np.array(places, dtype=np.int64)] = np.array(values)
    return out


def columns_of(products: Iterable[Product]) -> ColumnData:
    """The columns of products at hand, in memory."""
    writer, left = ColumnWriter(), iter(products)
    while batch := list(islice(left, _BATCH)):
        writer.add(batch)
    return writer.finish()
