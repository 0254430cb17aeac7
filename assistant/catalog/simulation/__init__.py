"""Simulated shopping events for a catalogue: nobody did any of this.

A shop without history has nothing to learn from. This makes a year of one, by a process that is written down here and
in the tables beside it, so that behaviour models can be tried and compared. What they find is this process again: the
figures say nothing about real people.

The process. Each shopper leads one to three **lives** (``lives.tsv``: runner, new parent, home cook …), each of which
wishes for product types of several departments; on top of them come a gamma-distributed taste of their own, a price
level, three favourite brands, two favourite colours, and how often they come. A **session** looks for one type and
views alternatives of it (by how well known a product is, how well it fits price level, brand and colour, whether it is
new or reduced), browses several types, looks for what goes with something bought days ago, comes back for a cart that
was left, or buys again what is used up (``refills.tsv``). What is put into the **cart** draws in complements of other
types; the cart is **bought** as a whole or left. Durable things are bought once. **Seasons** (``seasons.tsv``) and
weekends, weeks of reductions and the months of presents change what is wanted and how many come. A reduced product
is at its list price outside its times of reduction; reduced ones draw views, carts and purchases. Nothing is met
before its ``created_at``; what the catalogue calls sold out is from some day of the last months on viewed but not
put into carts or bought. **Likes and dislikes** follow views by how well a product fits, and purchases by its rating.

Everything is drawn by numpy generators seeded with the seed and the shopper's number: the same seed, catalogue and
version of numpy make the same bytes. Does not know where the complements come from; they are handed in.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from assistant.catalog.simulation.shop import Shop, open_shop
from assistant.catalog.simulation.shoppers import Shopper, draw_shopper
from assistant.catalog.simulation.tables import Tables, load_tables
from assistant.catalog.simulation.visits import Visits
from assistant.errors import CatalogError
from assistant.types import Product

__all__ = ["Event", "Shop", "Shopper", "Tables", "event_lines", "load_tables", "open_shop", "simulate", "write_events"]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of ``events.jsonl``.

    Attributes:
        user_id: a pseudonym; there is nobody behind it.
        sku: the product.
        event: view, add_to_cart, purchase, like or dislike.
        timestamp: seconds since 1970, UTC.
        value: the price paid, of purchases.
    """

    user_id: str
    sku: str
    event: str
    timestamp: int
    value: float | None


def simulate(
    products: Sequence[Product], goes_with: Mapping[str, Mapping[str, float]], *, shoppers: int, seed: int
) -> list[Event]:
    """A year of events in the order of time; a shopper's do not change with how many others there are.

    Args:
        products: the catalogue.
        goes_with: product type to the types that complement it, with a weight in (0, 1].
        shoppers: how many.
        seed: of every draw.

    Raises:
        CatalogError: the catalogue has no products or times, or none of the types the tables speak of; fewer than
            one shopper or a negative seed is asked for.
    """
    if shoppers < 1 or seed < 0:
        raise CatalogError(f"wanted at least 1 shopper and a seed of at least 0, got {shoppers} and {seed}")
    shop = open_shop(products, np.random.default_rng((seed, 0)))
    tables = load_tables(shop.types, goes_with)
    events = []
    for number in range(1, shoppers + 1):
        rng = np.random.default_rng((seed, number))
        deeds = Visits(shop, tables, draw_shopper(shop, tables, rng), rng).walk()
        events += [
            (
                deed.moment,
                number,
                deed.order,
                Event(f"sim-{number:04d}", shop.skus[deed.row], deed.kind, deed.moment, deed.value),
            )
            for deed in deeds
        ]
    events.sort(key=lambda entry: entry[:3])
    return [event for *_, event in events]


def event_lines(events: Sequence[Event]) -> bytes:
    """The events as JSONL."""
    return "".join(_line(event) for event in events).encode("utf-8")


def write_events(events: Sequence[Event], path: Path) -> None:
    """Write the events as JSONL, gzipped where the name ends in ``.gz``; the same events make the same bytes.

    Raises:
        CatalogError: the file cannot be written.
    """
    content = event_lines(events)
    if path.suffix == ".gz":
        content = gzip.compress(content, compresslevel=9, mtime=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise CatalogError(f"cannot write the events to '{path}': {error}") from error


def _line(event: Event) -> str:
    when = datetime.fromtimestamp(event.timestamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record = {
        "user_id": event.user_id,
        "sku": event.sku,
        "event": event.event,
        "timestamp": when,
        "value": event.value,
    }
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
