"""Reads a catalogue once, row by row, into everything an index keeps of it but the vectors.

    products.*, skus.*   the rows (:mod:`~.records`)
    columns/             what filters ask (:mod:`~.columns`)
    topics-<digest>/     what each row is (:mod:`~.kinds`)
    bm25/                keywords (:mod:`~.keywords`)
    texts.npy            a digest of each row's embedded text (n, 16)
    errors.jsonl         the rows that could not be used
    rows.json            how many of each; written last, so a run that was cut off while reading reads again

Holds one batch of rows at a time. Knows no encoder and no vectors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from assistant.catalog import ColumnMapping, RowError, read_rows
from assistant.errors import CatalogError
from assistant.lexicon import Lexicon
from assistant.retrieval.columns import ColumnWriter
from assistant.retrieval.keywords import KeywordWriter
from assistant.retrieval.kinds import KindWriter, topics_folder
from assistant.retrieval.records import ProductFile, ProductWriter
from assistant.retrieval.text import document
from assistant.retrieval.versions import TEXTS, write_atomically
from assistant.types import Product

COLUMNS = "columns"
KEYWORDS = "bm25"
_ERRORS = "errors.jsonl"
_DONE = "rows.json"
_BATCH = 512

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Ingested:
    """The rows of a catalogue as they lie in an index folder, and the rows that were left out."""

    products: ProductFile
    errors: tuple[RowError, ...]


def text_digest(product: Product) -> bytes:
    """What tells whether the embedded text of a product changed: 16 bytes."""
    return hashlib.blake2b(document(product).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def ingest(
    catalog: Path,
    folder: Path,
    *,
    mapping: ColumnMapping | None,
    lexicon: Lexicon | None,
    fail_on_error: bool,
    progress: Progress,
) -> Ingested:
    """Read a catalogue file into ``folder``, unless a run before did so to the end.

    Args:
        catalog: JSONL, CSV or Parquet file.
        folder: of the version being made.
        mapping: which columns are which fields, where they have other names.
        lexicon: says what each row is; without one that is read when the index is first searched.
        fail_on_error: a bad row ends the run instead of being counted.
        progress: called with ``(stage, done, total)``; how many there will be is not known while reading.

    Raises:
        CatalogError: the file is unreadable, holds no usable row, or has a bad row with ``fail_on_error``.
    """
    if (folder / _DONE).is_file():
        errors = errors_of(folder)
        if errors and fail_on_error:
            raise _fatal(catalog, errors[0])
        return Ingested(ProductFile(folder), errors)
    with closing(ProductWriter(folder)) as products, (folder / _ERRORS).open("w", encoding="utf-8") as bad:
        columns, keywords = ColumnWriter(folder / COLUMNS), KeywordWriter(folder / KEYWORDS)
        kinds = None if lexicon is None else KindWriter(lexicon, topics_folder(folder, lexicon))
        texts = bytearray()
        first: RowError | None = None
        for batch in _batches(catalog, mapping):
            rows = [row for row in batch if isinstance(row, Product)]
            for row in batch:
                if isinstance(row, RowError):
                    if fail_on_error:
                        raise _fatal(catalog, row)
                    first = first or row
                    bad.write(json.dumps(asdict(row), ensure_ascii=True) + "\n")
            products.add(rows)
            columns.add(rows)
            keywords.add(rows)
            if kinds is not None:
                kinds.add(rows)
            texts += b"".join(map(text_digest, rows))
            progress("reading", len(products), 0)
        if not len(products):
            why = f"; first problem: {first}" if first else ""
            raise CatalogError(f"'{catalog.name}' holds no usable product{why}")
        held = products.finish()
    progress("keywords", 0, len(held))
    columns.finish()
    keywords.finish()
    if kinds is not None:
        kinds.finish()
    np.save(folder / TEXTS, np.frombuffer(bytes(texts), dtype=np.uint8).reshape(-1, 16))
    write_atomically(folder / _DONE, json.dumps({"products": len(held)}))
    progress("keywords", len(held), len(held))
    return Ingested(held, errors_of(folder))


def errors_of(folder: Path) -> tuple[RowError, ...]:
    """The rows of the catalogue that could not be used, in order.

    Raises:
        OSError: the file is missing.
        ValueError, TypeError: it is damaged.
    """
    with (folder / _ERRORS).open(encoding="utf-8") as stream:
        return tuple(RowError(**json.loads(line)) for line in stream)


def _fatal(catalog: Path, error: RowError) -> CatalogError:
    return CatalogError(f"{catalog.name} {error}; mend the row, or skip bad rows with --on-error skip")


def _batches(catalog: Path, mapping: ColumnMapping | None) -> Iterator[list[Product | RowError]]:
    batch: list[Product | RowError] = []
    for _, row in read_rows(catalog, mapping):
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
