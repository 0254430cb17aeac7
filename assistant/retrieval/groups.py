"""Which rows share a card, stored beside the index: worked out once a version, memory-mapped afterwards.

    groups-<digest>.npy   (n,) int32: the first row of each row's group, -1 for a row that stands alone

The digest is of the word tables and of the code that compares listings: where either changed, rows are compared again
and nothing is embedded again. Knows files and rows; what makes two rows one product is decided in
:mod:`assistant.retrieval.duplicates`.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.lexicon import Lexicon
from assistant.retrieval import duplicates, listings
from assistant.retrieval.duplicates import Groups, duplicate_groups
from assistant.types import Product

_log = logging.getLogger(__name__)


class ProductGroups:
    """Rows by the product they are a listing of."""

    def __init__(self, numbers: Groups) -> None:
        """``numbers`` is of shape (n,), as :func:`duplicate_groups` gives it."""
        self.numbers = numbers
        grouped = np.flatnonzero(numbers >= 0)
        self._rows = grouped[np.argsort(numbers[grouped], kind="stable")]
        self._keys = numbers[self._rows]

    @classmethod
    def over(
        cls,
        products: Sequence[Product],
        vectors: npt.NDArray[np.floating] | None,
        lexicon: Lexicon,
        version: Path | None = None,
    ) -> ProductGroups:
        """The groups of all rows: as stored in an index version's folder, else worked out now and stored there.

        Where the folder cannot be written they are kept in memory.
        """
        if version is None:
            return cls(duplicate_groups(products, vectors, lexicon))
        path = version / f"groups-{_digest(lexicon)}.npy"
        try:
            stored = np.load(path, mmap_mode="r")
            if stored.shape == (len(products),) and stored.dtype == np.int32:
                return cls(stored)
            _log.warning("the groups of %s rows are worked out again for %d products", stored.shape, len(products))
        except (OSError, EOFError, ValueError) as error:
            _log.info("rows that share a card are worked out: %s", error)
        numbers = duplicate_groups(products, vectors, lexicon)
        _store(numbers, path)
        return cls(numbers)

    def __len__(self) -> int:
        """How many groups there are."""
        return len(np.unique(self._keys))

    def number(self, row: int) -> int | None:
        """The number of the group a row is in, or ``None``."""
        found = int(self.numbers[row])
        return found if found >= 0 else None

    def others(self, row: int) -> list[int]:
        """The other rows of a row's group, in row order."""
        number = int(self.numbers[row])
        if number < 0:
            return []
        first, last = np.searchsorted(self._keys, [number, number + 1])
        return [r for r in self._rows[first:last].tolist() if r != row]


def _store(numbers: Groups, path: Path) -> None:
    temporary = path.with_name(f"{path.stem}.{os.getpid()}.tmp.npy")
    try:
        np.save(temporary, numbers)
        temporary.replace(path)
        for other in path.parent.glob("groups-*.npy"):
            if other != path:
                other.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("rows that share a card are kept in memory, for '%s' cannot be written: %s", path, error)


def _digest(lexicon: Lexicon) -> str:
    made = hashlib.sha256(repr(lexicon.concepts).encode())
    for module in (listings, duplicates):
        made.update(inspect.getsource(module).encode())
    return made.hexdigest()[:16]
