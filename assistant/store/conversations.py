"""Conversations and the trace of every turn, written in one transaction per turn.

Knows JSON documents and their order. Does not know what a state or a turn means, so a newer release reads older rows.
SQLite runs in WAL mode with full synchronisation: a turn that was answered survives ``kill -9``.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)

from assistant.errors import ConfigurationError

_META = MetaData()
_CONVERSATIONS = Table(
    "conversations",
    _META,
    Column("id", String(64), primary_key=True),
    Column("state", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
)
_TURNS = Table(
    "turns",
    _META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("trace", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("conversation_id", "number"),
)


class ConversationStore:
    """Conversations by an unguessable id. One store per process; safe to share between threads."""

    def __init__(self, url: str) -> None:
        """Open (and create, if new) the database.

        Raises:
            ConfigurationError: the URL cannot be used.
        """
        try:
            self._engine = create_engine(url, pool_pre_ping=True)
            if self._engine.dialect.name == "sqlite":
                event.listen(self._engine, "connect", _durable_sqlite)
            _META.create_all(self._engine)
        except Exception as error:
            raise ConfigurationError(f"the database '{url}' cannot be opened: {error}") from error

    def close(self) -> None:
        """Release every connection."""
        self._engine.dispose()

    @staticmethod
    def new_id() -> str:
        """A conversation id that nobody can guess."""
        return secrets.token_urlsafe(18)

    def load(self, conversation: str) -> dict[str, Any] | None:
        """The state document of a conversation, or ``None`` for one never stored."""
        with self._engine.connect() as connection:
            row = connection.execute(
                select(_CONVERSATIONS.c.state).where(_CONVERSATIONS.c.id == conversation)
            ).scalar_one_or_none()
        return None if row is None else json.loads(row)

    def save_turn(self, conversation: str, state: Mapping[str, Any], message: str, trace: Mapping[str, Any]) -> int:
        """Store a turn and the state after it together; returns the turn's number, from 1."""
        now = datetime.now(UTC)
        document = json.dumps(state, ensure_ascii=True)
        with self._engine.begin() as connection:
            self._upsert(connection, conversation, document, now)
            last = connection.execute(
                select(func.max(_TURNS.c.number)).where(_TURNS.c.conversation_id == conversation)
            ).scalar_one_or_none()
            number = (last or 0) + 1
            connection.execute(
                insert(_TURNS).values(
                    conversation_id=conversation,
                    number=number,
                    message=message.encode("utf-8", "replace").decode("utf-8"),
                    trace=json.dumps(trace, ensure_ascii=True),
                    created_at=now,
                )
            )
        return number

    def save_state(self, conversation: str, state: Mapping[str, Any]) -> None:
        """Store a state that changed without a message."""
        with self._engine.begin() as connection:
            self._upsert(connection, conversation, json.dumps(state, ensure_ascii=True), datetime.now(UTC))

    def turns(self, conversation: str) -> list[dict[str, Any]]:
        """The traces of a conversation, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(_TURNS.c.trace).where(_TURNS.c.conversation_id == conversation).order_by(_TURNS.c.number)
            ).scalars()
            return [json.loads(row) for row in rows]

    def forget(self, conversation: str) -> None:
        """Delete a conversation and all its turns."""
        with self._engine.begin() as connection:
            connection.execute(delete(_TURNS).where(_TURNS.c.conversation_id == conversation))
            connection.execute(delete(_CONVERSATIONS).where(_CONVERSATIONS.c.id == conversation))

    @staticmethod
    def _upsert(connection: Connection, conversation: str, document: str, now: datetime) -> None:
        changed = connection.execute(
            update(_CONVERSATIONS).where(_CONVERSATIONS.c.id == conversation).values(state=document, updated_at=now)
        ).rowcount
        if not changed:
            connection.execute(
                insert(_CONVERSATIONS).values(id=conversation, state=document, created_at=now, updated_at=now)
            )


def _durable_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
