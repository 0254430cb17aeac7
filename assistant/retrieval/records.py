"""Products on demand: rows of a stored file, parsed when they are asked for, and the row of a SKU.

    products.jsonl       normalised rows, one a line
    products.starts.npy  where each line begins, int64, one more than there are rows
    skus.keys.npy        digests of the SKUs, uint64, ascending
    skus.rows.npy        their rows, int32

Nothing here holds all products at once. Knows no search and no filters.
"""

from __future__ import annotations

import json
import mmap
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from assistant.catalog import product_from_record
from assistant.errors import IndexFolderError
from assistant.retrieval.postings import digest, mapped
from assistant.types import Product

_PRODUCTS = "products.jsonl"
_STARTS = "products.starts.npy"
_KEYS = "skus.keys.npy"
_ROWS = "skus.rows.npy"
# A list of results, its variants and the next pages, over a few conversations at once.
_REMEMBERED = 4096


class ProductFile(Sequence[Product]):
    """The rows of a stored file as a sequence. Reads only; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        """Map what :class:`ProductWriter` wrote below ``folder``.

        Raises:
            OSError: a file is missing.
            ValueError: the file is longer or shorter than when it was written.
        """
        self._path = folder / _PRODUCTS
        self._starts = mapped(folder / _STARTS)
        size = self._path.stat().st_size
        if not len(self._starts) or int(self._starts[-1]) != size or not size:
            raise ValueError(f"'{_PRODUCTS}' is {size} bytes long, not what was written")
        with self._path.open("rb") as stream:
            self._bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self._remembered = lru_cache(_REMEMBERED)(self._read)

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, row: int) -> Product: ...
    @overload
    def __getitem__(self, row: slice) -> tuple[Product, ...]: ...
    def __getitem__(self, row: int | slice) -> Product | tuple[Product, ...]:
        if isinstance(row, slice):
            return tuple(self._remembered(i) for i in range(*row.indices(len(self))))
        row = int(row)
        if not -len(self) <= row < len(self):
            raise IndexError(f"row {row} of {len(self)}")
        return self._remembered(row % len(self))

    def __iter__(self) -> Iterator[Product]:
        """All rows one after the other; what is read so is not remembered."""
        return map(self._read, range(len(self)))

    def _read(self, row: int) -> Product:
        line = self._bytes[int(self._starts[row]) : int(self._starts[row + 1])]
        try:
            return product_from_record(json.loads(line))
        except (ValueError, TypeError) as error:
            raise IndexFolderError(
                f"row {row} of '{self._path}' is damaged ({error}); build the index again: assistant index"
            ) from error


class SkuRows(Mapping[str, int]):
    """The row of a SKU, without a dictionary of all of them. Reads only; safe to share between threads."""

    def __init__(self, folder: Path, products: Sequence[Product]) -> None:
        """Map what :class:`ProductWriter` wrote below ``folder``.

        Raises:
            OSError: a file is missing.
            ValueError: it is of other products.
        """
        self._products = products
        self._keys = mapped(folder / _KEYS)
        self._rows = mapped(folder / _ROWS)
        if not len(self._keys) == len(self._rows) == len(products):
            raise ValueError(f"rows of {len(self._keys)} SKUs for {len(products)} products")

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return (product.sku for product in self._products)

    def __getitem__(self, sku: str) -> int:
        key = np.uint64(digest(sku))
        first, last = np.searchsorted(self._keys, key, "left"), np.searchsorted(self._keys, key, "right")
        for row in self._rows[first:last].tolist():
            if self._products[row].sku == sku:
                return int(row)
        raise KeyError(sku)

    def of(self, skus: Sequence[str]) -> npt.NDArray[np.int64]:
        """The rows of SKUs that the catalogue holds, shape (len(skus),); without reading their products."""
        keys = np.fromiter((digest(sku) for sku in skus), np.uint64, len(skus))
        places = np.searchsorted(self._keys, keys)
        after = np.minimum(places + 1, len(self._keys) - 1)
        places = np.minimum(places, len(self._keys) - 1)
        rows = self._rows[places].astype(np.int64)
        # Two SKUs of one digest are told apart by their products.
        doubtful = (self._keys[places] != keys) | ((after != places) & (self._keys[after] == keys))
        for i in np.flatnonzero(doubtful).tolist():
            rows[i] = self[skus[i]]
        return rows


class ProductWriter:
    """Writes products one after the other. Only where each begins and the digest of its SKU stay in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stream = (folder / _PRODUCTS).open("wb")
        self._starts = array("q", [0])
        self._keys = array("Q")

    def add(self, products: Iterable[Product]) -> None:
        """Write the next rows."""
        for product in products:
            line = (json.dumps(product.to_dict(), ensure_ascii=False) + "\n").encode("utf-8")
            self._stream.write(line)
            self._starts.append(self._starts[-1] + len(line))
            self._keys.append(digest(product.sku))

    def __len__(self) -> int:
        return len(self._keys)

    def close(self) -> None:
        """Let go of the file; what was written so far is no catalogue yet."""
        self._stream.close()

    def finish(self) -> ProductFile:
        """Write the arrays beside the rows and open them."""
        self.close()
        np.save(self._folder / _STARTS, np.asarray(self._starts, dtype=np.int64))
        keys = np.asarray(self._keys, dtype=np.uint64)
        order = np.argsort(keys, kind="stable")
        np.save(self._folder / _KEYS, keys[order])
        np.save(self._folder / _ROWS, order.astype(np.int32))
        return ProductFile(self._folder)
