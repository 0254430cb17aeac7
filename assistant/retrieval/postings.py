"""Lists of numbers by name, sorted by name's digest and memory-mapped: which rows hold a word, a value, a type.

    NAME.keys.npy    digests of the names, uint64, ascending
    NAME.starts.npy  where each name's numbers begin, int64, one more than there are names
    NAME.values.npy  the numbers, in the order they were added

Names are compared by 64-bit digests: two of ten million names are taken for one another about once in 400,000 such
indexes. Does not know what the numbers mean.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Digests = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]

# So many pairs are held before they go to disk: 64 MB, twice that while they are sorted.
_HELD = 1 << 22
# On disk they lie in files by the first bits of their digest, each of which is sorted by itself in memory.
_PART_BITS = 6


def digest(name: str) -> int:
    """The 64-bit digest of a name."""
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class Digests64:
    """Digests of names that come again and again; forgets all of them when there are too many."""

    def __init__(self, most: int = 1 << 20) -> None:
        self._known: dict[str, int] = {}
        self._most = most

    def __call__(self, name: str) -> int:
        """As :func:`digest`."""
        found = self._known.get(name)
        if found is None:
            if len(self._known) >= self._most:
                self._known.clear()
            found = self._known[name] = digest(name)
        return found


@dataclass(frozen=True, slots=True)
class Postings:
    """Numbers by name. ``starts`` is one longer than ``keys``; reading costs a binary search."""

    keys: Digests
    starts: Numbers
    values: npt.NDArray[Any]

    def of(self, name: str) -> npt.NDArray[Any]:
        """The numbers of a name in the order they were added; none where it is unknown."""
        place, key = self._place(name), digest(name)
        if place >= len(self.keys) or int(self.keys[place]) != key:
            return self.values[:0]
        return self.values[int(self.starts[place]) : int(self.starts[place + 1])]

    def count(self, name: str) -> int:
        """How many numbers a name has."""
        return len(self.of(name))

    def _place(self, name: str) -> int:
        return int(np.searchsorted(self.keys, np.uint64(digest(name))))

    def save(self, folder: Path, name: str) -> None:
        """Write the three files."""
        for part in ("keys", "starts", "values"):
            np.save(folder / f"{name}.{part}.npy", getattr(self, part))

    @classmethod
    def load(cls, folder: Path, name: str) -> Postings:
        """Map the three files.

        Raises:
            OSError: a file is missing.
            ValueError: the files do not belong together.
        """
        keys, starts, values = (mapped(folder / f"{name}.{part}.npy") for part in ("keys", "starts", "values"))
        if len(starts) != len(keys) + 1 or int(starts[-1]) != len(values):
            raise ValueError(f"'{name}' holds {len(values)} numbers, not {int(starts[-1])}")
        return cls(keys, starts, values)


def mapped(path: Path) -> npt.NDArray[Any]:
    """A stored array, read from disk where it is touched; an empty one cannot be mapped and is read."""
    found: npt.NDArray[Any] = np.load(path)[:0] if _empty(path) else np.asarray(np.load(path, mmap_mode="r"))
    return found


def _empty(path: Path) -> bool:
    with path.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, _ = read(stream)
    return 0 in shape


class PostingsWriter:
    """Collects (name, number) pairs in any order of names and sorts them, on disk where they are many."""

    def __init__(self, folder: Path | None = None, name: str = "postings", dtype: type = np.int64) -> None:
        """Begin empty.

        Args:
            folder: where the files go; ``None`` keeps all in memory.
            name: what the files are called.
            dtype: of the numbers.
        """
        self._folder = folder
        self._name = name
        self._dtype = np.dtype(dtype)
        self._held: list[tuple[Digests, npt.NDArray[Any]]] = []
        self._holding = 0
        self._spilled = 0

    def add(self, digests: Iterable[int], numbers: Iterable[int] | npt.NDArray[Any]) -> None:
        """Add one number to each of the names, given by their digests."""
        keys = digests if isinstance(digests, np.ndarray) else np.fromiter(digests, np.uint64)
        values = np.asarray(numbers if isinstance(numbers, np.ndarray) else list(numbers), dtype=self._dtype)
        if not len(keys):
            return
        self._held.append((keys, values))
        self._holding += len(keys)
        if self._folder is not None and self._holding >= _HELD:
            self._spill()

    def finish(self) -> Postings:
        """Everything added, sorted by name; with a folder it is written there and mapped."""
        if not self._spilled:
            keys, starts, values = _sorted(*self._all_held())
            made = Postings(keys, np.append(starts, len(values)), values)
            if self._folder is None:
                return made
            made.save(self._folder, self._name)
        else:
            self._spill()
            self._merge()
        assert self._folder is not None
        return Postings.load(self._folder, self._name)

    def _all_held(self) -> tuple[Digests, npt.NDArray[Any]]:
        held, self._held, self._holding = self._held, [], 0
        if not held:
            return np.zeros(0, np.uint64), np.zeros(0, self._dtype)
        return np.concatenate([k for k, _ in held]), np.concatenate([v for _, v in held])

    def _part(self, part: int, kind: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{self._name}.{part:02d}.{kind}.part"

    def _spill(self) -> None:
        keys, values = self._all_held()
        part = (keys >> np.uint64(64 - _PART_BITS)).astype(np.int64)
        order = np.argsort(part, kind="stable")
        keys, values = keys[order], values[order]
        bounds = np.searchsorted(part[order], np.arange((1 << _PART_BITS) + 1))
        for p in range(1 << _PART_BITS):
            some = slice(bounds[p], bounds[p + 1])
            # What a run that was cut off left is of no use: the first spill begins every file anew.
            mode = "ab" if self._spilled else "wb"
            for kind, array in (("keys", keys), ("values", values)):
                with self._part(p, kind).open(mode) as stream:
                    array[some].tofile(stream)
        self._spilled += len(keys)

    def _merge(self) -> None:
        assert self._folder is not None
        out = np.lib.format.open_memmap(
            self._folder / f"{self._name}.values.npy", mode="w+", dtype=self._dtype, shape=(self._spilled,)
        )
        all_keys, all_starts, done = [], [], 0
        for p in range(1 << _PART_BITS):
            paths = self._part(p, "keys"), self._part(p, "values")
            keys, starts, values = _sorted(np.fromfile(paths[0], np.uint64), np.fromfile(paths[1], self._dtype))
            out[done : done + len(values)] = values
            all_keys.append(keys)
            all_starts.append(starts + done)
            done += len(values)
            for path in paths:
                path.unlink()
        out.flush()
        np.save(self._folder / f"{self._name}.keys.npy", np.concatenate(all_keys))
        np.save(self._folder / f"{self._name}.starts.npy", np.append(np.concatenate(all_starts), done))


def _sorted(keys: Digests, values: npt.NDArray[Any]) -> tuple[Digests, Numbers, npt.NDArray[Any]]:
    """(distinct keys, where each begins, values by key); values of one key keep their order."""
    order = np.argsort(keys, kind="stable")
    distinct, starts = np.unique(keys[order], return_index=True)
    return distinct, starts.astype(np.int64), values[order]
