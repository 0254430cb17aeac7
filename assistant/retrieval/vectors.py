"""Where a version's vectors are kept to be searched: one seam, ``ProductIndex``, in Chroma on this machine.

    ProductIndex   the vectors of one index version: put, taken back, asked for the nearest
    VectorStores   finds the ``ProductIndex`` of a version: made anew, opened, dropped
    LocalStores    Chroma's ``PersistentClient`` in the version's own folder

Knows SKUs and vectors. Does not know products, texts, encoders, nor which version is the current one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from assistant.errors import IndexFolderError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

Vectors: TypeAlias = npt.NDArray[np.float32]

_COLLECTION = "products"
_FOLDER = "chroma"
# A Chroma server takes requests of up to 40 MB.
_MOST_BYTES = 16 << 20


class ProductIndex(Protocol):
    """The vectors of one index version by SKU, compared by cosine."""

    def ids(self) -> set[str]:
        """The SKUs that have a vector."""
        ...

    def count(self) -> int:
        """How many SKUs have one."""
        ...

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Set the vectors, shape (len(ids), d), of these SKUs."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Take out these SKUs; unknown ones are passed over."""
        ...

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The vectors of these SKUs in their order, shape (len(ids), d), float32; zeros where a SKU has none."""
        ...

    def nearest(self, vector: Vectors, k: int) -> tuple[list[str], list[float]]:
        """The ``k`` nearest SKUs to a vector, shape (d,), and their cosines, best first; approximate."""
        ...

    def close(self) -> None:
        """Let go of files and connections, so that the folder may be moved."""
        ...


class VectorStores(Protocol):
    """Finds the ``ProductIndex`` of an index version. ``folder`` is the version's own folder."""

    def make(self, folder: Path, version: str, dimension: int) -> ProductIndex:
        """The store of a version being built: empty, or as a run that was cut off left it."""
        ...

    def open(self, folder: Path, version: str, dimension: int) -> ProductIndex:
        """The store of a finished version.

        Raises:
            IndexFolderError: there is none, or it is damaged.
        """
        ...

    def release(self, folder: Path) -> None:
        """Let go of what this process holds open of a version whose folder is about to be removed."""
        ...

    def drop(self, output: Path, keep: Iterable[str]) -> None:
        """Remove what is kept outside the version folders for every version of this index folder but ``keep``."""
        ...


class LateVectors:
    """A :class:`ProductIndex` that is opened when it is first asked: a large one holds gigabytes."""

    def __init__(self, opened: Callable[[], ProductIndex]) -> None:
        """``opened`` opens it; what it raises is raised by whoever asks first."""
        self._opened = opened
        self._store: ProductIndex | None = None
        self._lock = Lock()

    @property
    def _held(self) -> ProductIndex:
        with self._lock:
            if self._store is None:
                self._store = self._opened()
            return self._store

    def ids(self) -> set[str]:
        """As :meth:`ProductIndex.ids`."""
        return self._held.ids()

    def count(self) -> int:
        """As :meth:`ProductIndex.count`."""
        return self._held.count()

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """As :meth:`ProductIndex.upsert`."""
        self._held.upsert(ids, vectors)

    def delete(self, ids: Sequence[str]) -> None:
        """As :meth:`ProductIndex.delete`."""
        self._held.delete(ids)

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """As :meth:`ProductIndex.vectors`."""
        return self._held.vectors(ids)

    def nearest(self, vector: Vectors, k: int) -> tuple[list[str], list[float]]:
        """As :meth:`ProductIndex.nearest`."""
        return self._held.nearest(vector, k)

    def close(self) -> None:
        """As :meth:`ProductIndex.close`; what was never opened stays closed."""
        with self._lock:
            if self._store is not None:
                self._store.close()


class ChromaVectors:
    """A :class:`ProductIndex` over one Chroma collection, whichever client it came from."""

    def __init__(self, client: ClientAPI, collection: Collection, dimension: int) -> None:
        self._collection = collection
        self._dimension = dimension
        self._batch = max(1, min(client.get_max_batch_size(), _MOST_BYTES // (4 * dimension)))

    def ids(self) -> set[str]:
        """As :meth:`ProductIndex.ids`."""
        return set(self._collection.get(include=[])["ids"])

    def count(self) -> int:
        """As :meth:`ProductIndex.count`."""
        return self._collection.count()

    def upsert(self, ids: Sequence[str], vectors: Vectors) -> None:
        """As :meth:`ProductIndex.upsert`, in as many calls as Chroma wants."""
        for start in range(0, len(ids), self._batch):
            some = slice(start, start + self._batch)
            self._collection.upsert(ids=list(ids[some]), embeddings=np.asarray(vectors[some], dtype=np.float32))

    def delete(self, ids: Sequence[str]) -> None:
        """As :meth:`ProductIndex.delete`."""
        for start in range(0, len(ids), self._batch):
            self._collection.delete(ids=list(ids[start : start + self._batch]))

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """As :meth:`ProductIndex.vectors`."""
        row_of = {sku: row for row, sku in enumerate(ids)}
        out = np.zeros((len(ids), self._dimension), dtype=np.float32)
        for start in range(0, len(ids), self._batch):
            got = self._collection.get(ids=list(ids[start : start + self._batch]), include=["embeddings"])
            if got["ids"]:  # Chroma answers in its own order
                out[[row_of[sku] for sku in got["ids"]]] = np.asarray(got["embeddings"], dtype=np.float32)
        return out

    def nearest(self, vector: Vectors, k: int) -> tuple[list[str], list[float]]:
        """As :meth:`ProductIndex.nearest`, from Chroma's HNSW graph."""
        found = self._collection.query(query_embeddings=[vector.tolist()], n_results=k, include=["distances"])
        distances = found["distances"] or [[]]
        return found["ids"][0], [1.0 - float(d) for d in distances[0]]

    def close(self) -> None:
        """As :meth:`ProductIndex.close`."""


class LocalVectors(ChromaVectors):
    """A collection in a folder of this machine."""

    def __init__(self, folder: Path, dimension: int) -> None:
        """Open the store in ``folder``, or make it."""
        import chromadb
        from chromadb.config import Settings as ChromaSettings

        client = chromadb.PersistentClient(str(folder), ChromaSettings(anonymized_telemetry=False, allow_reset=False))
        self._folder = folder
        super().__init__(client, collection_of(client, _COLLECTION), dimension)

    def close(self) -> None:
        """As :meth:`ProductIndex.close`."""
        _forget(self._folder)


@dataclass(frozen=True, slots=True)
class LocalStores:
    """Every version's vectors inside its own folder, so that they come and go with it."""

    def make(self, folder: Path, version: str, dimension: int) -> ProductIndex:
        """As :meth:`VectorStores.make`."""
        return LocalVectors(folder / _FOLDER, dimension)

    def open(self, folder: Path, version: str, dimension: int) -> ProductIndex:
        """As :meth:`VectorStores.open`. Opening must not create: Chroma makes an empty store of a missing one."""
        place = folder / _FOLDER
        if not (place / "chroma.sqlite3").is_file():
            raise IndexFolderError(f"the index lacks its vector store '{place}'")
        try:
            store = LocalVectors(place, dimension)
            store.count()
        except Exception as error:  # Chroma's core raises its own kinds, sqlite's and plain ones, by the kind of damage
            raise IndexFolderError(f"the vector store '{place}' cannot be opened ({error})") from error
        return store

    def release(self, folder: Path) -> None:
        """As :meth:`VectorStores.release`."""
        _forget(folder / _FOLDER)

    def drop(self, output: Path, keep: Iterable[str]) -> None:
        """Nothing to do: the vectors went with the folders."""


LOCAL = LocalStores()


def collection_of(client: ClientAPI, name: str) -> Collection:
    """The collection of this name, made where it is missing."""
    return client.get_or_create_collection(name, configuration=_configuration(), embedding_function=None)


def _configuration() -> Any:
    # With Chroma's own settings 76 of the ten nearest for each of 150 queries over 100,000 listings were found in every
    # hundred; with these 89, and 99 where 400 are asked for. A vector takes 0.8 ms to add instead of 0.3.
    return {"hnsw": {"space": "cosine", "max_neighbors": 32, "ef_construction": 300}}


def _forget(folder: Path) -> None:
    # Chroma caches one system per path for the life of the process; a moved folder must not stay in that cache.
    from chromadb.api.shared_system_client import SharedSystemClient

    system = SharedSystemClient._identifier_to_system.pop(str(folder), None)
    if system is not None:
        system.stop()
