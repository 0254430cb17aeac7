"""Conversations and the trace of every turn, written in one transaction per turn.

Knows JSON documents and their order, and copies a few fields of a trace into columns, where they are as expected, for
counting. Does not know what a state or a turn means, so a newer release reads older rows.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from assistant.store.database import Database, record
from assistant.store.queue import customer_wrote
from assistant.store.schema import ASSIGNMENTS, CONVERSATIONS, EVENTS, TURN_MARKS, TURNS, plain


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One turn as it was stored; ``number`` counts from 1 within its conversation."""

    conversation_id: str
    number: int
    message: str
    trace: dict[str, Any]
    created_at: datetime


class ConversationStore:
    """Conversations by an unguessable id. One store per process; safe to share between threads."""

    def __init__(self, database: Database | str) -> None:
        """Work on an open database, or open (and create, if new) the one at a URL.

        Raises:
            ConfigurationError: the URL cannot be used.
        """
        self._owned = isinstance(database, str)
        self.database = Database(database) if isinstance(database, str) else database

    def close(self) -> None:
        """Release every connection, where this store opened the database itself."""
        if self._owned:
            self.database.close()

    @staticmethod
    def new_id() -> str:
        """A conversation id that nobody can guess."""
        return secrets.token_urlsafe(18)

    def load(self, conversation: str) -> dict[str, Any] | None:
        """The state document of a conversation, or ``None`` for one never stored."""
        with self.database.reading() as connection:
            found: dict[str, Any] | None = connection.execute(
                select(CONVERSATIONS.c.state).where(CONVERSATIONS.c.id == conversation)
            ).scalar_one_or_none()
        return found

    def save_turn(self, conversation: str, state: Mapping[str, Any], message: str, trace: Mapping[str, Any]) -> int:
        """Store a turn and the state after it together; returns the turn's number, from 1."""
        now = self.database.now()
        counted = counted_of(trace)
        with self.database.writing() as connection:
            self._upsert(connection, conversation, state, now)
            number = last_turn(connection, conversation) + 1
            turn: int = connection.execute(
                insert(TURNS)
                .values(
                    conversation_id=conversation,
                    number=number,
                    message=message,
                    trace=dict(trace),
                    created_at=now,
                    **counted,
                )
                .returning(TURNS.c.id)
            ).scalar_one()
            marks = [
                {"turn_id": turn, "kind": kind, "value": value, "created_at": now} for kind, value in marks_of(trace)
            ]
            if marks:
                connection.execute(insert(TURN_MARKS), marks)
            if counted["kind"] in (None, "message", "heard"):
                customer_wrote(connection, conversation, now)
        return number

    def save_state(self, conversation: str, state: Mapping[str, Any]) -> None:
        """Store a state that changed without a message."""
        with self.database.writing() as connection:
            self._upsert(connection, conversation, state, self.database.now())

    def turns(self, conversation: str) -> list[dict[str, Any]]:
        """The traces of a conversation, oldest first."""
        return [turn.trace for turn in self.history(conversation)]

    def history(self, conversation: str) -> tuple[StoredTurn, ...]:
        """The turns of a conversation, oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(
                select(*_STORED).where(TURNS.c.conversation_id == conversation).order_by(TURNS.c.number)
            )
            return tuple(record(StoredTurn, row) for row in rows)

    def recent(self, conversation: str, limit: int) -> tuple[StoredTurn, ...]:
        """The newest turns of a conversation, oldest first."""
        with self.database.reading() as connection:
            rows = connection.execute(
                select(*_STORED)
                .where(TURNS.c.conversation_id == conversation)
                .order_by(TURNS.c.number.desc())
                .limit(limit)
            )
            return tuple(record(StoredTurn, row) for row in rows)[::-1]

    def newest(self, conversations: Sequence[str], limit: int) -> dict[str, tuple[StoredTurn, ...]]:
        """The newest turns of each of many conversations, oldest first; one question for all of them."""
        place = func.row_number().over(partition_by=TURNS.c.conversation_id, order_by=TURNS.c.number.desc())
        ranked = select(*_STORED, place.label("place")).where(TURNS.c.conversation_id.in_(conversations)).subquery()
        wanted = [ranked.c[column.name] for column in _STORED]
        out: dict[str, list[StoredTurn]] = {}
        with self.database.reading() as connection:
            for row in connection.execute(select(*wanted).where(ranked.c.place <= limit).order_by(ranked.c.number)):
                out.setdefault(row.conversation_id, []).append(record(StoredTurn, row))
        return {conversation: tuple(turns) for conversation, turns in out.items()}

    def count(self, conversation: str) -> int:
        """How many turns a conversation has, without reading any of them."""
        with self.database.reading() as connection:
            counted: int = connection.execute(
                select(func.count()).select_from(TURNS).where(TURNS.c.conversation_id == conversation)
            ).scalar_one()
        return counted

    def turn(self, conversation: str, number: int) -> StoredTurn | None:
        """One turn, or ``None`` where there is none of that number."""
        with self.database.reading() as connection:
            row = connection.execute(
                select(*_STORED).where(TURNS.c.conversation_id == conversation, TURNS.c.number == number)
            ).one_or_none()
        return None if row is None else record(StoredTurn, row)

    def forget(self, conversation: str) -> None:
        """Delete a conversation with all that came of it: turns, feedback, events, agents' work, notes and labels."""
        with self.database.writing() as connection:
            connection.execute(delete(EVENTS).where(EVENTS.c.conversation_id == conversation))
            connection.execute(delete(ASSIGNMENTS).where(ASSIGNMENTS.c.conversation_id == conversation))
            # What else belongs to it goes with it, by foreign key.
            connection.execute(delete(CONVERSATIONS).where(CONVERSATIONS.c.id == conversation))
        self.database.wipe_traces()

    def _upsert(self, connection: Connection, conversation: str, state: Mapping[str, Any], now: datetime) -> None:
        document = dict(state)
        connection.execute(
            self.database.insert(CONVERSATIONS)
            .values(id=conversation, state=document, created_at=now, updated_at=now)
            .on_conflict_do_update(index_elements=["id"], set_={"state": document, "updated_at": now})
        )


_STORED = (TURNS.c.conversation_id, TURNS.c.number, TURNS.c.message, TURNS.c.trace, TURNS.c.created_at)


def last_turn(connection: Connection, conversation: str) -> int:
    """The number of a conversation's newest turn, 0 before the first."""
    newest: int | None = connection.execute(
        select(func.max(TURNS.c.number)).where(TURNS.c.conversation_id == conversation)
    ).scalar_one()
    return newest or 0


def counted_of(trace: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a turn that are copied out of its trace; ``None`` for what it does not say, or not as expected."""
    ms = trace.get("ms")
    times: Mapping[str, Any] = ms if isinstance(ms, Mapping) else {}
    handoff = trace.get("handoff")
    return {
        "kind": _short(trace.get("kind"), 16),
        "intent": _short(trace.get("intent"), 64),
        "language": _short(trace.get("language"), 16),
        "action": _short(trace.get("action"), 32),
        "prompt": _short(trace.get("prompt"), 400),
        "handoff": handoff if isinstance(handoff, bool) else None,
        # What was only heard showed nothing because nobody answered, not because nothing was found.
        "results": None if trace.get("kind") == "heard" else _count(trace.get("products")),
        "relaxed": _count(trace.get("relaxed")),
        "first_text_ms": _milliseconds(times.get("first_text")),
        "total_ms": _milliseconds(times.get("total")),
    }


def marks_of(trace: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What of a trace is counted one by one: fields that were loosened, and companions that were shown; nothing of a
    message that was only heard."""
    if trace.get("kind") == "heard":
        return []
    relaxed, shown = trace.get("relaxed"), trace.get("products")
    out = {("relaxed", f[:200]) for f in (relaxed if isinstance(relaxed, list | tuple) else ()) if isinstance(f, str)}
    if trace.get("action") == "complement" and isinstance(shown, list | tuple):
        skus = (card.get("sku") for card in shown if isinstance(card, Mapping))
        out |= {("complement", sku[:200]) for sku in skus if isinstance(sku, str)}
    return sorted({(kind, plain(value)) for kind, value in out})


def _short(value: object, length: int) -> str | None:
    return value[:length] if isinstance(value, str) else None


def _count(value: object) -> int | None:
    return len(value) if isinstance(value, list | tuple) else None


def _milliseconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
