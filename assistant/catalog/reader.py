"""Streams catalogue files (JSONL, CSV, Parquet) row by row, with the line each row stands on.

Never holds a whole file in memory. A bad row becomes a :class:`RowError`; whether that is fatal is the caller's choice.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from assistant.catalog.mapping import ColumnMapping, missing_fields
from assistant.catalog.rows import clean, parse_row
from assistant.catalog.shopify import is_shopify, shopify_rows
from assistant.errors import CatalogError
from assistant.types import Product

_PARQUET_CHUNK = 8192
_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that cannot be used: the line it stands on (counted from 1), its SKU where one can be read, and why."""

    line: int
    sku: str | None
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}{f' (sku {self.sku})' if self.sku else ''}: {self.reason}"


def read_rows(path: Path, mapping: ColumnMapping | None = None) -> Iterator[tuple[int, Product | RowError]]:
    """Every row of a catalogue file as ``(line, product or error)``; duplicate SKUs after the first are errors.

    A Shopify product export (CSV) is recognised by its columns, unless a mapping says what they are.

    Args:
        path: ``.jsonl`` / ``.ndjson`` (also gzipped), ``.csv`` or ``.parquet``. For Parquet the line is the row number.
        mapping: which columns are which fields, where they have other names.

    Raises:
        CatalogError: the file is missing, of an unknown kind, or not readable as what its name says.
    """
    seen: dict[str, int] = {}
    mapping = mapping or ColumnMapping()
    for line, raw in _records(path, mapping):
        if isinstance(raw, RowError):
            yield line, raw
            continue
        record = mapping.apply(raw)
        sku = _sku_of(record)
        try:
            product = parse_row(record)
        except CatalogError as error:
            yield line, RowError(line, sku, str(error))
            continue
        if product.sku in seen:
            yield (
                line,
                RowError(line, product.sku, f"sku stands on line {seen[product.sku]} already; SKUs must be unique"),
            )
            continue
        seen[product.sku] = line
        yield line, product


def columns_of(path: Path) -> tuple[str, ...]:
    """The columns of a catalogue file, in order; of JSON lines those of the first hundred rows.

    Raises:
        CatalogError: the file is missing, of an unknown kind, or not readable as what its name says.
    """
    found: dict[str, None] = {}
    for _, record in itertools.islice(_records(path, None), _LOOKED_AT):
        if isinstance(record, Mapping):
            found.update(dict.fromkeys(str(key) for key in record))
    return tuple(found)


def _sku_of(record: object) -> str | None:
    """The SKU of a row that may be broken, for the report only."""
    value = record.get("sku") if isinstance(record, dict) else None
    return clean(str(value)[:80]) or None if isinstance(value, str | int) else None


def _records(path: Path, mapping: ColumnMapping | None) -> Iterator[tuple[int, Any]]:
    """Decoded rows with their lines. Without a mapping the columns are only looked at, whatever they are called."""
    if not path.is_file():
        raise CatalogError(f"no catalogue file at '{path}'; give a .jsonl, .csv or .parquet file")
    suffixes = path.suffixes
    kind = suffixes[-2] if len(suffixes) > 1 and suffixes[-1] == ".gz" else path.suffix
    try:
        match kind.lower():
            case ".jsonl" | ".ndjson" | ".json":
                yield from _jsonl(path)
            case ".csv":
                yield from _csv(path, mapping)
            case ".parquet":
                yield from _parquet(path)
            case _:
                raise CatalogError(f"'{path.name}' is no known kind of catalogue; name it .jsonl, .csv or .parquet")
    except (OSError, EOFError, zlib.error) as error:
        raise CatalogError(f"'{path.name}' cannot be read to its end: {error}; copy or pack the file again") from error


def _open(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")


def _jsonl(path: Path) -> Iterator[tuple[int, Any]]:
    with _open(path) as stream:
        for line, raw in enumerate(stream, 1):
            if not raw.strip():
                continue
            if line == 1 and raw.strip(b"\xef\xbb\xbf \t\r\n") in (b"{", b"["):
                raise CatalogError(
                    f"'{path.name}' is one JSON document over many lines; wanted JSON Lines, one product a line "
                    "(jq -c '.[]' makes them of a list)"
                )
            try:
                yield line, json.loads(raw.decode("utf-8-sig" if line == 1 else "utf-8"))
            except UnicodeDecodeError as error:
                yield line, RowError(line, None, f"not UTF-8 at byte {error.start}; save the file as UTF-8")
            except (ValueError, RecursionError) as error:
                yield line, RowError(line, None, f"not JSON: {error}")


def _csv(path: Path, mapping: ColumnMapping | None) -> Iterator[tuple[int, Any]]:
    # Undecodable bytes become U+FFFD so that one bad cell costs one visible character, not the file.
    with _open(path) as raw:
        text = (chunk.decode("utf-8-sig" if n == 0 else "utf-8", errors="replace") for n, chunk in enumerate(raw))
        reader = csv.DictReader(text)
        try:
            names = list(reader.fieldnames or ())
            shopify = is_shopify(names) and not (mapping and mapping.columns)
            if mapping is not None and not shopify and (lost := missing_fields(names, mapping)):
                raise CatalogError(
                    f"'{path.name}' has no column {' or '.join(map(repr, lost))} in its first line; columns: {names}. "
                    "Say which column is which with --map title=name"
                )
            rows = _csv_rows(reader)
            yield from shopify_rows(rows) if shopify and mapping is not None else rows
        except csv.Error as error:
            raise CatalogError(f"'{path.name}' line {reader.line_num}: not CSV: {error}") from error


def _csv_rows(reader: csv.DictReader[str]) -> Iterator[tuple[int, Any]]:
    for row in reader:
        line = reader.line_num
        if None in row:
            yield line, RowError(line, row.get("sku"), "more cells than the header has columns")
            continue
        yield line, {k: v for k, v in row.items() if v is not None}


def _parquet(path: Path) -> Iterator[tuple[int, Any]]:
    import polars as pl

    try:
        frame = pl.scan_parquet(path)
        total = int(frame.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise CatalogError(f"'{path.name}' cannot be read as Parquet: {error}") from error
    for start in range(0, total, _PARQUET_CHUNK):
        rows = frame.slice(start, _PARQUET_CHUNK).collect().iter_rows(named=True)
        for offset, row in enumerate(rows):
            yield start + offset + 1, row
