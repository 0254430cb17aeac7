"""Vectors on disk by the digest of their text, in numbered shards that are each whole or not there.

    DIR/000000.vectors.npy   float32 (rows, d)
    DIR/000000.digests.npy   uint8 (rows, 16); written last, so a shard without it does not count

Where an embedding run keeps what it has finished. Does not know what the texts are, nor how they are embedded.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.retrieval.vectors import Vectors

_log = logging.getLogger(__name__)

Digests = npt.NDArray[np.uint8]
_DIGEST = 16


class Shards(Mapping[bytes, Vectors]):
    """The vectors, shape (d,) each, of a folder of shards. Vectors stay on disk and are read when asked for."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Open a folder; it is made with the first shard. A shard that cannot be read is left out and logged."""
        self._folder = folder
        self._dimension = dimension
        self._vectors: list[Vectors] = []
        self._places: dict[bytes, tuple[int, int]] = {}
        self._next = 0
        for path in sorted(folder.glob("*.digests.npy")):
            self._next = max(self._next, int(path.name.partition(".")[0]) + 1)
            try:
                self._open(path)
            except (OSError, EOFError, ValueError) as error:
                _log.warning("the vectors of '%s' are made again, for they cannot be read: %s", path, error)

    def append(self, digests: Digests, vectors: Vectors) -> None:
        """Write one more shard: ``digests`` is (rows, 16), ``vectors`` (rows, d). It survives a crash from then on."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{self._next:06d}.digests.npy"
        _save(_beside(path), np.asarray(vectors, dtype=np.float32))
        _save(path, np.asarray(digests, dtype=np.uint8))
        self._next += 1
        self._open(path)

    def remove(self) -> None:
        """Delete every shard and the folder; what was read from them stays readable while it is held."""
        self._vectors.clear()
        self._places.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _open(self, path: Path) -> None:
        digests, vectors = np.load(path), np.load(_beside(path), mmap_mode="r")
        if digests.shape != (len(vectors), _DIGEST) or vectors.shape[1:] != (self._dimension,):
            raise ValueError(f"{digests.shape} digests for {vectors.shape} vectors of {self._dimension} numbers")
        shard = len(self._vectors)
        self._vectors.append(vectors)
        for row, digest in enumerate(digests):
            self._places[digest.tobytes()] = (shard, row)

    def __getitem__(self, digest: bytes) -> Vectors:
        shard, row = self._places[digest]
        vector: Vectors = self._vectors[shard][row]
        return vector

    def __contains__(self, digest: object) -> bool:
        return digest in self._places

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _beside(digests: Path) -> Path:
    return digests.with_name(digests.name.replace(".digests.", ".vectors."))


def _save(path: Path, array: npt.NDArray[np.generic]) -> None:
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as stream:
        np.save(stream, array)
    temporary.replace(path)
