"""Shopping events of a catalogue, counted by week: pieces bought, products looked at, money taken.

Knows the catalogue format's ``events.jsonl`` and the calendar. Does not know forecasts. A purchase counts as one piece:
the format says what was paid, not how many were bought.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import TrainingError
from assistant.recommendation.interactions import DAY, Floats, Interactions, Ints, Items
from assistant.recommendation.reading import STRENGTHS
from assistant.types import Product

KINDS: tuple[str, ...] = tuple(STRENGTHS)
_BUY, _LOOK = KINDS.index("purchase"), KINDS.index("view")
# What assistant catalog simulate names its shoppers.
_INVENTED = "sim-"


@dataclass(frozen=True)
class Events:
    """Events of known products as parallel arrays of length n, in the order of time.

    Attributes:
        products: the catalogue, in row order.
        shoppers: pseudonyms, in row order.
        who: shopper rows.
        what: product rows.
        kinds: places in ``KINDS``.
        times: seconds since 1970, UTC.
        values: what was paid, where it is told; otherwise not a number.
        unknown: events of each SKU the catalogue does not hold; they are in no array.
        other: events of each kind that is none of ``KINDS``; they are in no array either.
    """

    products: tuple[Product, ...]
    shoppers: tuple[str, ...]
    who: Ints
    what: Ints
    kinds: Ints
    times: Floats
    values: Floats
    unknown: Mapping[str, int]
    other: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.who)

    @cached_property
    def simulated(self) -> bool:
        """Whether every shopper bears the kind of name that ``assistant catalog simulate`` gives."""
        return bool(self.shoppers) and all(name.startswith(_INVENTED) for name in self.shoppers)

    def interactions(self, items: Items) -> Interactions:
        """What recommenders learn from; ``items`` are the catalogue's, in the same order."""
        strengths = np.array([STRENGTHS[kind] for kind in KINDS], dtype=np.float32)
        return Interactions.build(
            self.who,
            self.what,
            self.times,
            items,
            self.shoppers,
            weights=strengths[self.kinds],
            kinds=[KINDS[int(kind)] for kind in self.kinds],
        )


def read_events(path: Path, products: Sequence[Product]) -> Events:
    """Events of a file of JSON lines, gzipped where its name ends in ``.gz``.

    Raises:
        TrainingError: the file cannot be read, a line is no event, or none is of the catalogue.
    """
    found = event_table(_lines(path), products, f"'{path}'")
    if not len(found):
        strange = f"{sum(found.unknown.values())} are of SKUs the catalogue does not hold"
        raise TrainingError(f"'{path}' has no event of a product of this catalogue ({strange}); are they of one shop?")
    return found


def event_table(records: Iterable[Mapping[str, Any]], products: Sequence[Product], source: str = "the store") -> Events:
    """Events given as records; what is of an unknown product or kind is counted and left out.

    Raises:
        TrainingError: a record has no user_id, sku, event or timestamp, or one that cannot be used.
    """
    rows = {product.sku: row for row, product in enumerate(products)}
    places = {kind: place for place, kind in enumerate(KINDS)}
    names: dict[str, int] = {}
    unknown: Counter[str] = Counter()
    other: Counter[str] = Counter()
    kept: list[tuple[int, int, int, float, float]] = []
    for number, record in enumerate(records, 1):
        try:
            sku, kind = str(record["sku"]), str(record["event"])
            when = _seconds(str(record["timestamp"]))
            paid = record.get("value")
            value = float("nan") if paid is None else float(paid)
            shopper = str(record["user_id"])
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise TrainingError(
                f"{source} event {number} is no event ({error!r}); wanted user_id, sku, event, timestamp, value"
            ) from error
        if sku not in rows:
            unknown[sku] += 1
        elif kind not in places:
            other[kind] += 1
        else:
            kept.append((names.setdefault(shopper, len(names)), rows[sku], places[kind], when, value))
    kept.sort(key=lambda event: event[3])
    table = np.array(kept, dtype=np.float64).reshape(-1, 5)
    who, what, kinds = (table[:, column].astype(np.int64) for column in range(3))
    return Events(tuple(products), tuple(names), who, what, kinds, table[:, 3], table[:, 4], dict(unknown), dict(other))


@dataclass(frozen=True)
class Weekly:
    """Counts of shape (products, weeks), the newest week last.

    Attributes:
        first: the day the first week begins.
        sold: pieces bought.
        looked: times looked at.
        taken: money, in the catalogue's own currency.
        opened: the first week each product could be bought in, shape (products,); of one that came during the year
            the weeks before are not weeks without demand.
        dropped: days before the first whole week.
    """

    first: date
    sold: Floats
    looked: Floats
    taken: Floats
    opened: Ints
    dropped: int

    @property
    def weeks(self) -> int:
        """How many whole weeks there are."""
        return int(self.sold.shape[1])

    @property
    def days(self) -> tuple[date, ...]:
        """The first day of each week."""
        return tuple(self.first + timedelta(days=7 * week) for week in range(self.weeks))

    def day(self, week: int) -> date:
        """The first day of a week, also of one to come."""
        return self.first + timedelta(days=7 * week)


def count_weeks(events: Events) -> Weekly:
    """Count events in weeks of seven days that end with the last day on which something happened.

    Weeks are counted back from the end, so that the newest one is whole: a week that has just begun would look like a
    slump. The days that are left over at the beginning belong to no week.
    """
    n = len(events.products)
    if not len(events):
        empty = np.zeros((n, 0))
        return Weekly(date(1970, 1, 1), empty, empty, empty, np.zeros(n, dtype=np.int64), 0)
    days = np.floor(events.times / DAY).astype(np.int64)
    end, weeks = int(days.max()) + 1, (int(days.max()) + 1 - int(days.min())) // 7
    start = end - 7 * weeks
    first = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=start)).date()
    week = (days - start) // 7
    counted = days >= start

    def table(kind: int, weights: Floats | None = None) -> Floats:
        chosen = counted & (events.kinds == kind)
        out = np.zeros((n, weeks))
        amount = np.ones(int(chosen.sum())) if weights is None else np.nan_to_num(weights[chosen])
        np.add.at(out, (events.what[chosen], week[chosen]), amount)
        return out

    sold = table(_BUY)
    return Weekly(
        first,
        sold,
        table(_LOOK),
        table(_BUY, events.values),
        _opened(events, week, start, weeks),
        start - int(days.min()),
    )


def _opened(events: Events, week: Ints, start: int, weeks: int) -> Ints:
    """The week of ``created_at``, or of the first event where that came earlier or no day is told."""
    opened = np.zeros(len(events.products), dtype=np.int64)
    for row, product in enumerate(events.products):
        if product.created_at:
            try:
                opened[row] = (int(_seconds(product.created_at) // DAY) - start) // 7
            except ValueError:
                # A catalogue may write its days as it likes; without one the product was always there.
                opened[row] = 0
    met = np.full(len(events.products), weeks, dtype=np.int64)
    np.minimum.at(met, events.what, week)
    return np.clip(np.minimum(opened, met), 0, max(weeks - 1, 0))


def _seconds(written: str) -> float:
    moment = datetime.fromisoformat(written)
    # A day without a zone is one of UTC: the machine's own zone must not move a sale into another week.
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise TrainingError(f"cannot read the events in '{path}': {error}") from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise TrainingError(f"'{path}' line {number} is no JSON ({error})") from error
        if not isinstance(record, dict):
            raise TrainingError(f"'{path}' line {number} is no event; wanted a JSON object")
        yield record
