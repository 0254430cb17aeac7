"""Reads interactions from files: sequences, shop events, ratings and pairs of domains.

Knows four formats and how to tell them apart; a name that ends in ``.gz`` is of a gzipped one. Does not know what is
learnt from them.

- sequences: ``user item item …``, one user a line, in time order; item attributes may be handed in as JSON;
- ``events.jsonl``: the catalogue format's events (``user_id sku event timestamp value``);
- ratings: ``user item rating timestamp`` separated by tabs, with or without a ``name:type`` header (``.inter``), or
  with ``::`` between the fields;
- pairs of a domain: ``user item 1`` separated by tabs or spaces, without times.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from assistant.errors import TrainingError
from assistant.recommendation.interactions import Interactions, Items, Vectors

STRENGTHS: Mapping[str, float] = {"view": 1.0, "like": 2.0, "add_to_cart": 3.0, "purchase": 5.0, "dislike": -1.0}
"""How strongly a kind of event speaks for an item, relative to a look at it; below 0 against it."""

_SIGHT = 5


def read_interactions(path: Path, *, items: Items | None = None) -> Interactions:
    """Events of a file whose format is told from its name and first lines.

    Args:
        path: the file.
        items: the catalogue the events are of, if it is known: events of other items are an error. Without it the
            items are those that occur.

    Raises:
        TrainingError: the file cannot be read, is of no known format, or a line of it is wrong.
    """
    try:
        raw = path.read_bytes()
        lines = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8").splitlines()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise TrainingError(f"cannot read the interactions in '{path}': {error}") from error
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise TrainingError(f"'{path}' holds no interactions")
    if lines[0].lstrip().startswith("{"):
        return _from_events(path, lines, items)
    if ":token" in lines[0]:
        names = [cell.partition(":")[0] for cell in lines[0].split("\t")]
        return _from_table(path, [line.split("\t") for line in lines[1:]], names, items)
    if "::" in lines[0]:
        return _from_table(path, [line.split("::") for line in lines], _names(4), items)
    rows = [line.split() for line in lines]
    widths = {len(row) for row in rows}
    # A sequence may be short too, but not every one of a file, unless the fourth number is as large as a time.
    if widths == {4} and all(_is_time(row[3]) for row in rows[:_SIGHT]):
        return _from_table(path, rows, _names(4), items)
    if widths == {3} and {row[2] for row in rows} == {"1"}:
        return _from_table(path, rows, ["user_id", "item_id", "value"], items)
    return _from_sequences(path, rows, items)


def attribute_items(items: Items, path: Path, *, dimensions: int = 64) -> Items:
    """The same items with vectors made of their attributes: TF-IDF of the attribute numbers, reduced by truncated SVD.

    Args:
        items: whose ids are the keys of the file; an item without attributes gets a zero vector.
        path: one JSON object, item id to list of attribute numbers.
        dimensions: length of the vectors, where the data has so many.

    Raises:
        TrainingError: the file cannot be read.
    """
    try:
        known: dict[str, list[int]] = json.loads(path.read_text(encoding="utf-8"))
        pairs = [(row, int(a)) for row, key in enumerate(items.ids) for a in known.get(key, ())]
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise TrainingError(f"cannot read the attributes in '{path}': {error}") from error
    if not pairs:
        raise TrainingError(f"'{path}' has attributes of none of the {len(items)} items")
    where, what = np.array(pairs, dtype=np.int64).T
    shape = (len(items), int(what.max()) + 1)
    matrix = sparse.csr_matrix((np.ones(len(where), dtype=np.float32), (where, what)), shape=shape)
    frequency = np.asarray((matrix > 0).sum(axis=0)).reshape(-1)
    matrix = matrix @ sparse.diags(np.log((1 + len(items)) / (1 + frequency)).astype(np.float32))
    return Items(items.ids, items.categories, items.brands, items.prices, reduce(matrix, dimensions))


def reduce(matrix: Any, dimensions: int) -> Vectors:
    """Unit rows in at most so many dimensions by truncated SVD, shape (n, d), float32; zero rows stay zero."""
    from sklearn.decomposition import TruncatedSVD

    wanted = max(1, min(dimensions, min(matrix.shape) - 1))
    made = TruncatedSVD(wanted, random_state=0).fit_transform(matrix)
    length = np.linalg.norm(made, axis=1, keepdims=True)
    unit = np.divide(made, length, out=np.zeros_like(made), where=length > 0)
    return np.asarray(unit, dtype=np.float32)


def _names(width: int) -> list[str]:
    return ["user_id", "item_id", "rating", "timestamp"][:width]


def _is_time(cell: str) -> bool:
    return cell.isdigit() and int(cell) > 100_000_000


def _from_sequences(path: Path, rows: Sequence[Sequence[str]], items: Items | None) -> Interactions:
    users = [row[0] for row in rows]
    if len(set(users)) != len(users):
        raise TrainingError(f"'{path}': a user stands on more than one line; sequences have one line a user")
    catalogue = items or Items(_ordered(cell for row in rows for cell in row[1:]))
    sequences = [[_row(path, number, cell, catalogue) for cell in row[1:]] for number, row in enumerate(rows, 1)]
    return Interactions.from_sequences(sequences, catalogue, users)


def _from_table(path: Path, rows: Sequence[Sequence[str]], names: Sequence[str], items: Items | None) -> Interactions:
    at = {name: place for place, name in enumerate(names)}
    if "user_id" not in at or "item_id" not in at:
        raise TrainingError(f"'{path}' has the columns {', '.join(names)}; wanted user_id and item_id")
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise TrainingError(f"'{path}' data line {number}: wanted {len(names)} columns, got {len(row)}")
    users = _ordered(row[at["user_id"]] for row in rows)
    catalogue = items or Items(_ordered(row[at["item_id"]] for row in rows))
    place = {user: number for number, user in enumerate(users)}
    try:
        times = np.array([float(r[at["timestamp"]]) for r in rows]) if "timestamp" in at else None
        ratings = np.array([float(r[at["rating"]]) for r in rows], dtype=np.float32) if "rating" in at else None
    except ValueError as error:
        raise TrainingError(f"'{path}': a rating or timestamp is no number ({error})") from error
    return Interactions.build(
        np.array([place[row[at["user_id"]]] for row in rows], dtype=np.int64),
        np.array([_row(path, n, row[at["item_id"]], catalogue) for n, row in enumerate(rows, 1)], dtype=np.int64),
        times,
        catalogue,
        users,
        ratings=ratings,
    )


def _from_events(path: Path, lines: Sequence[str], items: Items | None) -> Interactions:
    records = []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            when = datetime.fromisoformat(str(record["timestamp"]).replace("Z", "+00:00")).timestamp()
            records.append((str(record["user_id"]), str(record["sku"]), str(record["event"]), when))
        except (ValueError, KeyError, TypeError) as error:
            raise TrainingError(
                f"'{path}' line {number} is no event ({error}); wanted user_id, sku, event, timestamp"
            ) from error
    for number, record in enumerate(records, 1):
        if record[2] not in STRENGTHS:
            raise TrainingError(f"'{path}' line {number}: event '{record[2]}' is none of {', '.join(STRENGTHS)}")
    return event_interactions(records, items or Items(_ordered(record[1] for record in records)))


def event_interactions(records: Sequence[tuple[str, str, str, float]], items: Items) -> Interactions:
    """Events as (user id, sku, kind, seconds since 1970) over a catalogue.

    Raises:
        TrainingError: an event of an item the catalogue does not hold, or of no known kind.
    """
    users = _ordered(record[0] for record in records)
    place = {user: number for number, user in enumerate(users)}
    for number, record in enumerate(records, 1):
        if record[1] not in items.rows:
            raise TrainingError(f"event {number}: '{record[1]}' is not in the catalogue; leave such events out")
        if record[2] not in STRENGTHS:
            raise TrainingError(f"event {number}: '{record[2]}' is none of {', '.join(STRENGTHS)}")
    return Interactions.build(
        np.array([place[record[0]] for record in records], dtype=np.int64),
        np.array([items.rows[record[1]] for record in records], dtype=np.int64),
        np.array([record[3] for record in records], dtype=np.float64),
        items,
        users,
        weights=np.array([STRENGTHS[record[2]] for record in records], dtype=np.float32),
        kinds=[record[2] for record in records],
    )


def _row(path: Path, number: int, key: str, items: Items) -> int:
    if key not in items.rows:
        raise TrainingError(f"'{path}' line {number}: item '{key}' is not in the catalogue")
    return items.rows[key]


def _ordered(keys: Iterable[str]) -> tuple[str, ...]:
    # Sorted, numbers as numbers: the order of a file's lines would let a row number tell what came first.
    return tuple(sorted(set(keys), key=lambda key: (not key.isdigit(), int(key) if key.isdigit() else 0, key)))
