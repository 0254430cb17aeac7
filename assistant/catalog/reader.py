"""Streams catalogue files (JSONL, CSV, Parquet) row by row, with the line each row stands on.

Knows how tables are written elsewhere: other separators, UTF-16, GB18030 and Windows text, typed and nested Parquet
columns. Never holds a whole file in memory. A bad row becomes a :class:`RowError`; whether that is fatal is the
caller's choice.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import json
import logging
import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from assistant.catalog.mapping import ColumnMapping, missing_fields
from assistant.catalog.rows import clean, parse_row
from assistant.catalog.shopify import is_shopify, shopify_rows
from assistant.errors import CatalogError
from assistant.types import Product

_log = logging.getLogger(__name__)

_PARQUET_CHUNK = 8192
_LOOKED_AT = 100
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_MOSTLY = 0.8


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
        path: ``.jsonl`` / ``.ndjson``, ``.csv`` / ``.tsv`` (these also gzipped) or ``.parquet``, of which the line is
            the row number.
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


def columns_of(path: Path, wanted: Collection[str] | None = ()) -> tuple[str, ...]:
    """The columns of a catalogue file, in order.

    A table names them at its head. JSON lines are read for them: the first hundred rows, and on until every one of
    ``wanted`` was seen (of a dotted one its first part); the whole file where ``wanted`` is ``None``.

    Raises:
        CatalogError: the file is missing, of an unknown kind, or not readable as what its name says.
    """
    found: dict[str, None] = {}
    open_names = None if wanted is None else set(wanted)
    for count, (_, record) in enumerate(_records(path, None), 1):
        if isinstance(record, Mapping):
            found.update(dict.fromkeys(str(key) for key in record))
        if open_names is None or count < _LOOKED_AT:
            continue
        open_names -= {name for name in open_names if name in found or name.split(".")[0] in found}
        if not open_names:
            break
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
            case ".csv" | ".tsv":
                yield from _csv(path, mapping)
            case ".parquet":
                yield from _parquet(path, mapping)
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
    with _open(path) as raw:
        encoding = text_encoding(raw)
    if encoding is None:
        raise CatalogError(f"'{path.name}' is neither UTF-8 nor UTF-16, GB18030 or Windows text; save it as UTF-8")
    if encoding in ("gb18030", "cp1252"):
        _log.warning("'%s' is not UTF-8; it is read as %s", path.name, encoding)
    # Undecodable bytes become U+FFFD so that one bad cell costs one visible character, not the file.
    with _open(path) as raw, io.TextIOWrapper(raw, encoding, "replace", newline="") as text:
        head = text.readline()
        separator = _stated_separator(head)
        if separator:
            skipped, head = 1, text.readline()
        else:
            skipped, separator = 0, likely_separator(head)
        reader = csv.reader(itertools.chain([head] if head else [], text), delimiter=separator)
        try:
            names = _names(next(reader, []))
            shopify = is_shopify(names) and not (mapping and mapping.columns)
            if mapping is None:
                # Only looked at: the names stand at the head, whether rows follow or not.
                yield 0, dict.fromkeys(names)
                return
            if not shopify:
                _complain_of_missing(path, names, mapping, "in its first line")
            rows = _csv_rows(reader, names, skipped)
            yield from shopify_rows(rows) if shopify else rows
        except csv.Error as error:
            raise CatalogError(f"'{path.name}' line {reader.line_num + skipped}: not CSV: {error}") from error


def _csv_rows(reader: Any, names: list[str], skipped: int) -> Iterator[tuple[int, Any]]:
    for cells in reader:
        line = reader.line_num + skipped
        if not cells:
            continue
        row = {name: cell for name, cell in zip(names, cells, strict=False) if name}
        if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
            yield line, RowError(line, row.get("sku"), "more cells than the header has columns")
            continue
        yield line, row


def _names(head: list[str]) -> list[str]:
    """Column names, trimmed; a name that comes twice is numbered, so that no column hides another."""
    out: list[str] = []
    for cell in head:
        name = clean(cell)
        again = sum(1 for other in head[: len(out)] if clean(other) == name)
        out.append(f"{name} {again + 1}" if name and again else name)
    return out


def _stated_separator(head: str) -> str:
    """The separator that spreadsheet programs state in a first line of its own: ``sep=;``."""
    stated = head.strip().strip('"')
    return stated[4] if len(stated) == 5 and stated[:4].casefold() == "sep=" else ""


def likely_separator(head: str) -> str:
    """The separator of a table by its head: whichever of comma, semicolon, tab and bar splits it most."""
    bare = re.sub(r'"[^"]*"', "", head)
    return max(",;\t|", key=bare.count)


def text_encoding(stream: IO[bytes]) -> str | None:
    """The encoding of a text file: by its mark, else UTF-8 where most of it is, else by how its high bytes stand.

    In GB18030 Chinese characters are pairs of high bytes, nearly all from the rows of common characters and marks; in
    Windows text accented letters stand alone between plain ones. ``None`` where it is none of these. Reads the whole
    stream, in pieces.
    """
    pieces = iter(lambda: stream.read(1 << 20), b"")
    first = next(pieces, b"")
    for mark, name in _MARKS:
        if first.startswith(mark):
            return name
    broken = sound = alone = pairs = common = 0
    for piece in itertools.chain([first], pieces):
        for run in [] if piece.isascii() else _HIGH_BYTES.findall(piece):
            # Run by run: two bytes of a Chinese character can look like one letter of UTF-8, a whole word does not.
            if run.decode("utf-8", "ignore").encode() == run:
                sound += 1
                continue
            broken += 1
            alone += len(run) == 1
            leads = run[: len(run) - 1 : 2]
            pairs += len(leads)
            common += sum(1 for lead in leads if 0xB0 <= lead <= 0xD7 or 0xA1 <= lead <= 0xA3)
    if broken <= sound:
        return "utf-8"
    if alone > pairs:
        return "cp1252"
    return "gb18030" if common > _MOSTLY * pairs else None


def _parquet(path: Path, mapping: ColumnMapping | None) -> Iterator[tuple[int, Any]]:
    import polars as pl

    try:
        # Some writers leave the mark that says "this is text" off their columns of text.
        frame = pl.scan_parquet(path).with_columns(pl.selectors.binary().cast(pl.String, strict=False))
        names = frame.collect_schema().names()
        total = int(frame.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise CatalogError(f"'{path.name}' cannot be read as Parquet: {error}") from error
    if mapping is None:
        yield 0, dict.fromkeys(names)
        return
    _complain_of_missing(path, names, mapping, "among its columns")
    for start in range(0, total, _PARQUET_CHUNK):
        rows = frame.slice(start, _PARQUET_CHUNK).collect().iter_rows(named=True)
        for offset, row in enumerate(rows):
            yield start + offset + 1, row


def _complain_of_missing(path: Path, names: list[str], mapping: ColumnMapping, where: str) -> None:
    """Raise where no column of a table can give a required field, or one that the mapping names is not there."""
    hint = "say which column is which with --map title=name"
    absent = [c for c in mapping.columns.values() if c not in names and c.split(".")[0] not in names]
    if lost := missing_fields(names, mapping) or absent:
        raise CatalogError(
            f"'{path.name}' has no column {' or '.join(map(repr, lost))} {where}; {hint}. Columns: {', '.join(names)}"
        )
