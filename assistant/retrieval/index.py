"""The index folder: products, vectors in Chroma, keywords, columns; built beside the version in use and swapped in.

    DIR/v-<hash>/manifest.json  encoder, dimension, source, counts
    DIR/v-<hash>/products.jsonl normalised rows, in row order, and what :mod:`~.ingest` keeps of them
    DIR/v-<hash>/chroma/        Chroma PersistentClient, cosine, ids are SKUs
    DIR/v-<hash>/vectors.npy    the same vectors in row order for exact masked scans, (n, d); see :mod:`~.nearest`

A crash at any point leaves the old version whole, see :mod:`~.versions`. Nothing here holds all rows of a catalogue.
Knows nothing of queries' meaning.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.catalog import ColumnMapping, RowError
from assistant.encoder import Encoder
from assistant.errors import CatalogError, IndexFolderError
from assistant.lexicon import Lexicon
from assistant.retrieval.columns import ColumnData
from assistant.retrieval.groups import ProductGroups
from assistant.retrieval.ingest import COLUMNS, KEYWORDS, Progress, errors_of, ingest, text_digest
from assistant.retrieval.keywords import Keywords
from assistant.retrieval.nearest import COARSE_FROM, GRAPH_UP_TO, Codes
from assistant.retrieval.records import ProductFile, SkuRows
from assistant.retrieval.text import document
from assistant.retrieval.vectors import LOCAL, LateVectors, ProductIndex, VectorStores
from assistant.retrieval.versions import (
    MANIFEST,
    VECTORS,
    Known,
    current_version,
    known_vectors,
    make_current,
    write_atomically,
)
from assistant.types import Product

__all__ = ["BuildReport", "Index", "Known", "Progress", "build_index", "known_vectors", "open_index", "text_digest"]

_log = logging.getLogger(__name__)

FORMAT = 2
EMBEDDED_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    ``skipped`` are the rejected rows, ``errors`` say why; ``seconds`` is wall time; ``embedded`` are the texts that
    went through the encoder, the others were taken from the version before or from a run that was cut off.
    """

    products: int
    vectors: int
    skipped: int
    seconds: float
    errors: tuple[RowError, ...] = ()
    embedded: int = 0

    def to_dict(self) -> dict[str, float | int]:
        """The figures of the ``index`` contract."""
        return {
            "products": self.products,
            "vectors": self.vectors,
            "skipped": self.skipped,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Index:
    """One whole version of an index, open for reading; what is large is read from disk where it is touched.

    ``vectors`` is (n, d) float32, L2-normalised, in row order. ``codes`` are there for catalogues that are too large to
    compare all of them.
    """

    version: str
    folder: Path
    encoder: str
    products: Sequence[Product]
    columns: ColumnData
    vectors: npt.NDArray[np.float32]
    codes: Codes | None
    keywords: Keywords
    rows: SkuRows
    store: ProductIndex

    def nearest(self, vector: npt.NDArray[np.float32], k: int) -> tuple[list[int], list[float]]:
        """The ``k`` nearest rows by cosine, approximately: ``(rows, cosines)``, best first."""
        skus, cosines = self.store.nearest(vector, min(k, len(self.products)))
        return self.rows.of(skus).tolist(), cosines


def _fingerprint(catalog: Path, encoder: Encoder, mapping: ColumnMapping | None) -> str:
    digest = hashlib.sha256()
    if mapping is not None and mapping.columns:
        digest.update(mapping.describe().encode())
    with catalog.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    digest.update(f"{encoder.name} {encoder.dimension} {FORMAT}".encode())
    return digest.hexdigest()[:16]


def _batches(products: Iterable[Product]) -> Iterator[list[Product]]:
    left = iter(products)
    while batch := list(islice(left, EMBEDDED_AT_ONCE)):
        yield batch


def build_index(
    catalog: Path,
    output: Path,
    encoder: Encoder,
    *,
    mapping: ColumnMapping | None = None,
    fail_on_error: bool = False,
    stores: VectorStores = LOCAL,
    known: Known = MappingProxyType({}),
    lexicon: Lexicon | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> BuildReport:
    """Build (or finish building) the index of a catalogue file and make it the current version.

    Args:
        catalog: JSONL, CSV or Parquet file.
        output: index folder; created if missing. The version readers use is replaced only when the new one is whole.
        encoder: embeds the documents; its name is written into the manifest.
        mapping: which columns are which fields, where they have other names.
        fail_on_error: a bad row ends the run instead of being counted.
        stores: where the vectors are kept to be searched.
        known: vectors that this encoder made elsewhere, by :func:`text_digest`; their texts are not embedded again.
        lexicon: says what each row is and which rows are one product; without one that is read when the index is
            first searched.
        progress: called with ``(stage, done, total)``.

    Raises:
        CatalogError: the file is unreadable, holds no usable row, or has a bad row with ``fail_on_error``.
        IndexFolderError: the folder cannot be written.
    """
    if not catalog.is_file():
        raise CatalogError(f"no catalogue file at '{catalog}'; give a .jsonl, .csv or .parquet file")
    try:
        return _build(catalog, output, encoder, mapping, fail_on_error, stores, known, lexicon, progress)
    except OSError as error:
        raise IndexFolderError(f"the index at '{output}' cannot be built: {error}") from error


def _build(
    catalog: Path,
    output: Path,
    encoder: Encoder,
    mapping: ColumnMapping | None,
    fail_on_error: bool,
    stores: VectorStores,
    known: Known,
    lexicon: Lexicon | None,
    progress: Progress,
) -> BuildReport:
    started = time.perf_counter()
    output.mkdir(parents=True, exist_ok=True)
    fingerprint = _fingerprint(catalog, encoder, mapping)
    version = f"v-{fingerprint}"
    whole = output / version
    # Found before a damaged version is removed: where only its vector store is lost, no text is embedded again.
    ready = (known, known_vectors(output, encoder))
    if whole.is_dir() and (manifest := _whole_version(output, version, encoder, stores)):
        make_current(output, version, stores)
        seconds = time.perf_counter() - started
        return BuildReport(manifest["products"], manifest["vectors"], manifest["skipped"], seconds, errors_of(whole))
    building = output / f"building-{fingerprint}"
    begun = building.is_dir()
    building.mkdir(exist_ok=True)
    try:
        read = ingest(
            catalog, building, mapping=mapping, lexicon=lexicon, fail_on_error=fail_on_error, progress=progress
        )
    except CatalogError:
        if not begun:  # else it holds what an earlier run has embedded
            shutil.rmtree(building, ignore_errors=True)
        raise
    count, skipped = len(read.products), len(read.errors)
    store = stores.make(building, version, encoder.dimension)
    vectors = np.lib.format.open_memmap(
        building / VECTORS, mode="w+", dtype=np.float32, shape=(count, encoder.dimension)
    )
    embedded = _embed(store, read.products, vectors, encoder, ready, progress)
    vectors.flush()
    if count >= COARSE_FROM:
        Codes.make(vectors, building)
    if lexicon is not None:
        progress("groups", 0, count)
        ProductGroups.over(read.products, vectors, lexicon, building)
        progress("groups", count, count)
    manifest = {
        "format": FORMAT,
        "encoder": encoder.name,
        "dimension": encoder.dimension,
        "source": catalog.name,
        "products": count,
        "vectors": store.count(),
        "skipped": skipped,
    }
    write_atomically(building / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    store.close()
    building.replace(whole)
    make_current(output, version, stores)
    progress("done", count, count)
    return BuildReport(count, manifest["vectors"], skipped, time.perf_counter() - started, read.errors, embedded)


def _whole_version(output: Path, version: str, encoder: Encoder, stores: VectorStores) -> dict[str, Any] | None:
    """The manifest of a version that opens without complaint; a damaged one is removed, so that it is made again."""
    try:
        _open_version(output, version, encoder, stores)
    except IndexFolderError as error:
        _log.warning("building again: %s", error)
        stores.release(output / version)
        shutil.rmtree(output / version)
        return None
    manifest: dict[str, Any] = json.loads((output / version / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def _embed(
    store: ProductIndex,
    products: ProductFile,
    out: npt.NDArray[Any],
    encoder: Encoder,
    known: Sequence[Known],
    progress: Progress,
) -> int:
    """Fill the store and ``out``, shape (n, d), with every product's vector; how many were embedded.

    What a run that was cut off has put into the store is taken from there, ``known`` vectors are not made again.
    """
    present = store.ids()
    if present and (gone := sorted(present - {p.sku for p in products})):
        store.delete(gone)
    done, embedded = 0, 0
    progress("embedding", done, len(products))
    for batch in _batches(products):
        skus = [p.sku for p in batch]
        held = [i for i, sku in enumerate(skus) if sku in present]
        missing = [i for i, sku in enumerate(skus) if sku not in present]
        digests = {i: text_digest(batch[i]) for i in missing}
        made = {i: next((k[d] for k in known if d in k), None) for i, d in digests.items()}
        if new := [i for i, vector in made.items() if vector is None]:
            # Listings that say the same, sizes of one shoe, are embedded once.
            texts = {digests[i]: document(batch[i]) for i in new}
            fresh = dict(zip(texts, encoder.encode(list(texts.values()), kind="passage"), strict=True))
            made |= {i: fresh[digests[i]] for i in new}
            embedded += len(fresh)
        vectors = np.empty((len(batch), out.shape[1]), dtype=np.float32)
        if held:
            vectors[held] = store.vectors([skus[i] for i in held])
        if missing:
            vectors[missing] = np.asarray([made[i] for i in missing], dtype=np.float32)
            store.upsert([skus[i] for i in missing], vectors[missing])
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        out[done : done + len(batch)] = vectors / np.where(norms == 0, 1, norms)
        done += len(batch)
        progress("embedding", done, len(products))
    return embedded


def open_index(folder: Path, encoder: Encoder, *, stores: VectorStores = LOCAL) -> Index:
    """Open the current version of an index folder, whose vectors are in ``stores``.

    Raises:
        IndexFolderError: there is none, it is damaged, or another encoder made it; the message says what mends it.
    """
    version = current_version(folder)
    if version is None:
        raise IndexFolderError(f"no index at '{folder}'; build one: assistant index --catalog FILE --output '{folder}'")
    try:
        return _open_version(folder, version, encoder, stores)
    except IndexFolderError:
        # While it was being opened two newer ones may have come, and this one gone.
        newer = current_version(folder)
        if newer is None or newer == version:
            raise
        return _open_version(folder, newer, encoder, stores)


def _open_version(folder: Path, version: str, encoder: Encoder, stores: VectorStores) -> Index:
    again = f"build it again: assistant index --catalog FILE --output '{folder}'"
    whole = folder / version
    try:
        manifest = json.loads((whole / MANIFEST).read_text(encoding="utf-8"))
        made = (manifest["format"], manifest["encoder"], manifest["dimension"])
        if made != (FORMAT, encoder.name, encoder.dimension):
            raise IndexFolderError(
                f"the index at '{folder}' was made by encoder '{made[1]}' ({made[2]} numbers, format {made[0]}), "
                f"now it is '{encoder.name}' ({encoder.dimension} numbers, format {FORMAT}); {again}"
            )
        products = ProductFile(whole)
        count = len(products)
        columns = ColumnData.load(whole / COLUMNS)
        vectors = np.load(whole / VECTORS, mmap_mode="r")
        codes = Codes.load(whole) if count >= COARSE_FROM else None
        keywords = Keywords.load(whole / KEYWORDS, count)
        rows = SkuRows(whole, products)
        errors_of(whole)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise IndexFolderError(f"the index at '{folder}' is damaged ({error}); {again}") from error
    if not count == columns.rows == len(vectors) == manifest["products"] == (len(codes.first) if codes else count):
        raise IndexFolderError(
            f"the index at '{folder}' holds {count} products and {len(vectors)} vectors, "
            f"not {manifest['products']}; {again}"
        )

    def opened() -> ProductIndex:
        return _open_store(whole, version, encoder, stores, count, again)

    store = opened() if count <= GRAPH_UP_TO else LateVectors(opened)
    # Products of a mapped array are those of an array; the subclass only makes every one of them slower.
    held = np.asarray(vectors)
    return Index(version, whole, encoder.name, products, columns, held, codes, keywords, rows, store)


def _open_store(
    whole: Path, version: str, encoder: Encoder, stores: VectorStores, count: int, again: str
) -> ProductIndex:
    try:
        store = stores.open(whole, version, encoder.dimension)
    except IndexFolderError as error:
        raise IndexFolderError(f"{error}; {again}") from error
    if (held := store.count()) != count:
        raise IndexFolderError(f"the vector store of '{whole}' holds {held} vectors for {count} products; {again}")
    return store
