"""The index folder: products, vectors in Chroma, keywords, and one pointer that says which version is whole.

    DIR/CURRENT                 name of the version readers use, replaced atomically
    DIR/v-<hash>/manifest.json  encoder, dimension, source hash, counts
    DIR/v-<hash>/products.jsonl normalised rows, in row order
    DIR/v-<hash>/chroma/        Chroma PersistentClient, cosine, ids are SKUs
    DIR/v-<hash>/vectors.npy    the same vectors in row order for exact masked scans, float32 (n, d)
    DIR/v-<hash>/texts.npy      a digest of each row's embedded text (n, 16): what did not change is not embedded again
    DIR/v-<hash>/bm25/          keyword index
    DIR/building-<hash>/        a version being made; resumed by the next run over the same file

A crash at any point leaves the old version whole. Knows nothing of queries' meaning.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from assistant.catalog import ColumnMapping, RowError, product_from_record, read_rows
from assistant.encoder import Encoder
from assistant.errors import CatalogError, IndexFolderError
from assistant.retrieval.keywords import Keywords
from assistant.retrieval.text import document
from assistant.retrieval.vectors import LOCAL, ProductIndex, VectorStores
from assistant.types import Product

_log = logging.getLogger(__name__)

FORMAT = 1
_BATCH = 256
_TEXTS = "texts.npy"
Progress = Callable[[str, int, int], None]
Known: TypeAlias = Mapping[bytes, npt.NDArray[np.float32]]
"""Vectors, shape (d,), by the digest of their text."""


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
    """One whole version of an index, open for reading. ``vectors`` is (n, d) float32, L2-normalised, row order."""

    version: str
    encoder: str
    products: tuple[Product, ...]
    vectors: npt.NDArray[np.float32]
    keywords: Keywords
    rows: dict[str, int]
    store: ProductIndex

    def nearest(self, vector: npt.NDArray[np.float32], k: int) -> tuple[list[int], list[float]]:
        """The ``k`` nearest rows by cosine, approximately: ``(rows, cosines)``, best first."""
        skus, cosines = self.store.nearest(vector, min(k, len(self.products)))
        return [self.rows[sku] for sku in skus], cosines


def _fingerprint(catalog: Path, encoder: Encoder, mapping: ColumnMapping | None) -> str:
    digest = hashlib.sha256()
    if mapping is not None and mapping.columns:
        digest.update(mapping.describe().encode())
    with catalog.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    digest.update(f"{encoder.name} {encoder.dimension} {FORMAT}".encode())
    return digest.hexdigest()[:16]


def _batches(items: list[Product], size: int) -> Iterator[list[Product]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _write_atomically(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def build_index(
    catalog: Path,
    output: Path,
    encoder: Encoder,
    *,
    mapping: ColumnMapping | None = None,
    fail_on_error: bool = False,
    stores: VectorStores = LOCAL,
    known: Known = MappingProxyType({}),
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
        progress: called with ``(stage, done, total)``.

    Raises:
        CatalogError: the file is unreadable, holds no usable row, or has a bad row with ``fail_on_error``.
        IndexFolderError: the folder cannot be written.
    """
    if not catalog.is_file():
        raise CatalogError(f"no catalogue file at '{catalog}'; give a .jsonl, .csv or .parquet file")
    try:
        return _build(catalog, output, encoder, mapping, fail_on_error, stores, known, progress)
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
    progress: Progress,
) -> BuildReport:
    started = time.perf_counter()
    output.mkdir(parents=True, exist_ok=True)
    fingerprint = _fingerprint(catalog, encoder, mapping)
    version = f"v-{fingerprint}"
    whole = output / version
    if whole.is_dir() and (manifest := _whole_version(output, version, encoder, stores)):
        _write_atomically(output / "CURRENT", version)
        _drop_others(output, version, stores)
        errors = tuple(RowError(**e) for e in manifest["errors"])
        return BuildReport(
            manifest["products"], manifest["vectors"], manifest["skipped"], time.perf_counter() - started, errors
        )
    products: list[Product] = []
    bad: list[RowError] = []
    for _, row in read_rows(catalog, mapping):
        if isinstance(row, RowError):
            if fail_on_error:
                raise CatalogError(f"{catalog.name} {row}; mend the row, or skip bad rows with --on-error skip")
            bad.append(row)
        else:
            products.append(row)
    if not products:
        why = f"; first problem: {bad[0]}" if bad else ""
        raise CatalogError(f"'{catalog.name}' holds no usable product{why}")
    building = output / f"building-{fingerprint}"
    building.mkdir(exist_ok=True)
    store = stores.make(building, version, encoder.dimension)
    embedded = _embed_missing(store, products, encoder, (known, known_vectors(output, encoder)), progress)
    progress("keywords", 0, len(products))
    Keywords.build(products).save(building / "bm25")
    progress("keywords", len(products), len(products))
    _save_vectors(store, products, encoder.dimension, building / "vectors.npy")
    np.save(building / _TEXTS, np.array([list(text_digest(p)) for p in products], dtype=np.uint8))
    with (building / "products.jsonl").open("w", encoding="utf-8") as stream:
        for product in products:
            stream.write(json.dumps(product.to_dict(), ensure_ascii=False) + "\n")
    manifest = {
        "format": FORMAT,
        "encoder": encoder.name,
        "dimension": encoder.dimension,
        "source": catalog.name,
        "products": len(products),
        "vectors": store.count(),
        "skipped": len(bad),
        "errors": [{"line": e.line, "sku": e.sku, "reason": e.reason} for e in bad[:1000]],
    }
    _write_atomically(building / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
    store.close()
    building.replace(whole)
    _write_atomically(output / "CURRENT", version)
    _drop_others(output, version, stores)
    progress("done", len(products), len(products))
    return BuildReport(
        len(products), manifest["vectors"], len(bad), time.perf_counter() - started, tuple(bad), embedded
    )


def _whole_version(output: Path, version: str, encoder: Encoder, stores: VectorStores) -> dict[str, Any] | None:
    """The manifest of a version that opens without complaint; a damaged one is removed, so that it is made again."""
    try:
        _open_version(output, version, encoder, stores)
    except IndexFolderError as error:
        _log.warning("building again: %s", error)
        stores.release(output / version)
        shutil.rmtree(output / version)
        return None
    manifest: dict[str, Any] = json.loads((output / version / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def text_digest(product: Product) -> bytes:
    """What tells whether the embedded text of a product changed: 16 bytes."""
    return hashlib.blake2b(document(product).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def known_vectors(output: Path, encoder: Encoder) -> dict[bytes, npt.NDArray[np.float32]]:
    """The vectors of the current version by the digest of their text; none where another encoder made them."""
    pointer = output / "CURRENT"
    if not pointer.is_file():
        return {}
    whole = output / pointer.read_text(encoding="utf-8", errors="replace").strip()
    try:
        manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
        if (manifest["encoder"], manifest["dimension"]) != (encoder.name, encoder.dimension):
            return {}
        vectors = np.load(whole / "vectors.npy", mmap_mode="r")
        digests = np.load(whole / _TEXTS)
        if len(digests) != len(vectors):
            raise ValueError(f"{len(digests)} digests for {len(vectors)} vectors")
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        _log.warning("every text is embedded again, for the version before cannot be read: %s", error)
        return {}
    return {row.tobytes(): vectors[i] for i, row in enumerate(digests)}


def _embed_missing(
    store: ProductIndex,
    products: list[Product],
    encoder: Encoder,
    known: Sequence[Known],
    progress: Progress,
) -> int:
    """Fill the store with every product's vector, ``known`` ones without embedding; how many were embedded."""
    present = store.ids()
    wanted = {p.sku for p in products}
    if gone := sorted(present - wanted):
        store.delete(gone)
    missing = [p for p in products if p.sku not in present]
    done = len(products) - len(missing)
    progress("embedding", done, len(products))
    embedded = 0
    for batch in _batches(missing, _BATCH):
        digests = [text_digest(p) for p in batch]
        vectors = [next((k[d] for k in known if d in k), None) for d in digests]
        new = [i for i, vector in enumerate(vectors) if vector is None]
        if new:
            made = encoder.encode([document(batch[i]) for i in new], kind="passage")
            for i, vector in zip(new, made, strict=True):
                vectors[i] = vector
        embedded += len(new)
        store.upsert([p.sku for p in batch], np.asarray(vectors, dtype=np.float32))
        done += len(batch)
        progress("embedding", done, len(products))
    return embedded


def _save_vectors(store: ProductIndex, products: list[Product], dimension: int, path: Path) -> None:
    vectors = np.zeros((len(products), dimension), dtype=np.float32)
    for start in range(0, len(products), 4096):
        ids = [p.sku for p in products[start : start + 4096]]
        vectors[start : start + len(ids)] = store.vectors(ids)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    np.save(path, vectors / np.where(norms == 0, 1, norms))


def _drop_others(output: Path, keep: str, stores: VectorStores) -> None:
    for path in output.iterdir():
        stale = path.name.startswith(("v-", "building-")) and path.name != keep
        if stale and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
    stores.drop(output, (keep,))


def open_index(folder: Path, encoder: Encoder, *, stores: VectorStores = LOCAL) -> Index:
    """Open the current version of an index folder, whose vectors are in ``stores``.

    Raises:
        IndexFolderError: there is none, it is damaged, or another encoder made it; the message says what mends it.
    """
    pointer = folder / "CURRENT"
    if not pointer.is_file():
        raise IndexFolderError(f"no index at '{folder}'; build one: assistant index --catalog FILE --output '{folder}'")
    return _open_version(folder, pointer.read_text(encoding="utf-8", errors="replace").strip(), encoder, stores)


def _open_version(folder: Path, version: str, encoder: Encoder, stores: VectorStores) -> Index:
    again = f"build it again: assistant index --catalog FILE --output '{folder}'"
    whole = folder / version
    try:
        manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
        made = (manifest["format"], manifest["encoder"], manifest["dimension"])
        with (whole / "products.jsonl").open(encoding="utf-8") as stream:
            products = tuple(product_from_record(json.loads(line)) for line in stream)
        vectors = np.load(whole / "vectors.npy", mmap_mode="r")
        keywords = Keywords.load(whole / "bm25", len(products))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise IndexFolderError(f"the index at '{folder}' is damaged ({error}); {again}") from error
    if made != (FORMAT, encoder.name, encoder.dimension):
        raise IndexFolderError(
            f"the index at '{folder}' was made by encoder '{made[1]}' ({made[2]} numbers, format {made[0]}), "
            f"now it is '{encoder.name}' ({encoder.dimension} numbers, format {FORMAT}); {again}"
        )
    if not len(products) == len(vectors) == manifest["products"]:
        raise IndexFolderError(
            f"the index at '{folder}' holds {len(products)} products and {len(vectors)} vectors, "
            f"not {manifest['products']}; {again}"
        )
    rows = {p.sku: i for i, p in enumerate(products)}
    return Index(
        version,
        encoder.name,
        products,
        vectors,
        keywords,
        rows,
        _open_store(whole, version, encoder, stores, rows, again),
    )


def _open_store(
    whole: Path, version: str, encoder: Encoder, stores: VectorStores, rows: Mapping[str, int], again: str
) -> ProductIndex:
    try:
        store = stores.open(whole, version, encoder.dimension)
    except IndexFolderError as error:
        raise IndexFolderError(f"{error}; {again}") from error
    if (held := store.count()) != len(rows):
        raise IndexFolderError(f"the vector store of '{whole}' holds {held} vectors for {len(rows)} products; {again}")
    return store
