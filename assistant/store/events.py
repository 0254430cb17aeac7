"""What shoppers do with products, under a pseudonym: views, carts, purchases, likes. The recommender learns from these.

Knows the five kinds of the catalogue format's ``events.jsonl`` and writes them out in it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import delete, insert, select

from assistant.errors import StoreError
from assistant.store.database import Database, record
from assistant.store.schema import EVENTS

Kind: TypeAlias = Literal["view", "add_to_cart", "purchase", "like", "dislike"]

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class ShopperEvent:
    """One thing a shopper did. ``value`` is what the kind measures: pieces for a cart, an amount for a purchase."""

    shopper: str
    sku: str
    event: Kind
    at: datetime
    value: float | None = None
    conversation_id: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The line of ``events.jsonl``; which conversation it was in stays here."""
        return {
            "user_id": self.shopper,
            "sku": self.sku,
            "event": self.event,
            "timestamp": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "value": self.value,
        }


class EventStore:
    """Events in the order they came."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def new_shopper() -> str:
        """A pseudonym that says nothing of anybody."""
        return secrets.token_urlsafe(18)

    def record(
        self,
        shopper: str,
        sku: str,
        event: Kind,
        *,
        value: float | None = None,
        conversation: str | None = None,
        at: datetime | None = None,
    ) -> ShopperEvent:
        """Store what happened just now, or at a stated time.

        Raises:
            StoreError: the kind is none of the five.
        """
        happened = ShopperEvent(shopper, sku, event, at or self._database.now(), value, conversation)
        self.add([happened])
        return happened

    def add(self, events: Iterable[ShopperEvent]) -> int:
        """Store events, all or none; returns how many.

        Raises:
            StoreError: a kind is none of the five, or a time has no zone.
        """
        rows = []
        for number, event in enumerate(events, 1):
            if event.event not in get_args(Kind):
                raise StoreError(f"event {number}: kind is one of {', '.join(get_args(Kind))}, not '{event.event}'")
            if event.at.tzinfo is None:
                raise StoreError(f"event {number}: the time {event.at.isoformat()} has no zone; give it in UTC")
            rows.append({name: getattr(event, name) for name in ShopperEvent.__dataclass_fields__})
        if rows:
            with self._database.writing() as connection:
                connection.execute(insert(EVENTS), rows)
        return len(rows)

    def of(self, shopper: str, *, limit: int = 200) -> tuple[ShopperEvent, ...]:
        """The newest events of a shopper, oldest of them first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*_FIELDS)
                .where(EVENTS.c.shopper == shopper)
                .order_by(EVENTS.c.at.desc(), EVENTS.c.id.desc())
                .limit(limit)
            )
            return tuple(record(ShopperEvent, row) for row in rows)[::-1]

    def all(self, *, since: datetime | None = None) -> Iterator[ShopperEvent]:
        """Every event in the order it was stored, read a batch at a time."""
        last = 0
        while True:
            chosen = [EVENTS.c.id > last]
            if since is not None:
                chosen.append(EVENTS.c.at >= since)
            with self._database.reading() as connection:
                rows = connection.execute(
                    select(EVENTS.c.id, *_FIELDS).where(*chosen).order_by(EVENTS.c.id).limit(_BATCH)
                ).all()
            if not rows:
                return
            for row in rows:
                values = row._asdict()
                last = values.pop("id")
                yield ShopperEvent(**values)

    def forget(self, shopper: str) -> None:
        """Delete every event of a shopper."""
        with self._database.writing() as connection:
            connection.execute(delete(EVENTS).where(EVENTS.c.shopper == shopper))
        self._database.wipe_traces()


_FIELDS = tuple(EVENTS.c[name] for name in ShopperEvent.__dataclass_fields__)
