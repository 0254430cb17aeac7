"""Every table as it is today. How a database gets there is told by the migrations; a test compares the two.

Knows columns and their types. Text is stored in a form that every database takes, times are UTC, documents are JSON
whose shape belongs to the stage that made them.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class Moment(TypeDecorator[datetime]):
    """A time in UTC, aware on both sides; SQLite keeps none of a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """In UTC; SQLite compares times as text, so all must be written alike."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text that people wrote: lone surrogates cannot be encoded, and PostgreSQL takes no NUL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """With the replacement character for what cannot be stored."""
        return None if value is None else plain(value)


class Name(TypeDecorator[str]):
    """As :class:`Words`, of bounded length."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """With the replacement character for what cannot be stored."""
        return None if value is None else plain(value)


class Document(TypeDecorator[Any]):
    """A JSON document in a text column, in ASCII so that any string within it can be stored anywhere."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """As JSON; ``None`` is the database's own."""
        return None if value is None else json.dumps(value, ensure_ascii=True)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The document."""
        return None if value is None else json.loads(value)


def plain(text: str) -> str:
    """``text`` without what some database refuses."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


META = MetaData()
_BIG = BigInteger().with_variant(Integer, "sqlite")
"""A number that grows for ever; SQLite counts up only what it calls an integer."""


def _of_conversation(*, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(
        "conversation_id",
        Name(64),
        ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=nullable,
        # A primary key has its own.
        index=None if primary_key else True,
    )


# -- what shoppers leave behind ---------------------------------------------------------------------------------------

CONVERSATIONS = Table(
    "conversations",
    META,
    Column("id", Name(64), primary_key=True),
    Column("state", Document, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False, index=True),
)
TURNS = Table(
    "turns",
    META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_conversation(),
    Column("number", Integer, nullable=False),
    Column("message", Words, nullable=False),
    Column("trace", Document, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
    # Copies of what the trace says, for counting without reading every trace.
    Column("kind", Name(16)),
    Column("intent", Name(64)),
    Column("language", Name(16)),
    Column("action", Name(32)),
    Column("prompt", Words),
    Column("handoff", Boolean),
    Column("results", Integer),
    Column("relaxed", Integer),
    Column("first_text_ms", Float),
    Column("total_ms", Float),
    UniqueConstraint("conversation_id", "number"),
    # All that is counted, so that nobody has to read past the traces for it.
    Index(
        "ix_turns_counted",
        "created_at",
        "kind",
        "intent",
        "language",
        "action",
        "handoff",
        "results",
        "relaxed",
        "first_text_ms",
        "total_ms",
        "conversation_id",
    ),
)
TURN_MARKS = Table(
    "turn_marks",
    META,
    Column("turn_id", Integer, ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    # relaxed: a field that was loosened; complement: the SKU of a companion that was shown
    Column("kind", Name(16), primary_key=True),
    Column("value", Name(200), primary_key=True),
    Column("created_at", Moment, nullable=False),
    Index("ix_turn_marks_counted", "kind", "created_at", "value"),
)
FEEDBACK = Table(
    "feedback",
    META,
    Column("id", _BIG, primary_key=True, autoincrement=True),
    _of_conversation(),
    Column("turn", Integer, nullable=False),
    # The whole reply where empty: a NULL would never equal another in the constraint below.
    Column("sku", Words, nullable=False),
    Column("value", SmallInteger, nullable=False),
    Column("reason", Words),
    Column("comment", Words, nullable=False),
    Column("shopper", Name(64)),
    Column("created_at", Moment, nullable=False, index=True),
    UniqueConstraint("conversation_id", "turn", "sku"),
)
EVENTS = Table(
    "events",
    META,
    Column("id", _BIG, primary_key=True, autoincrement=True),
    Column("shopper", Name(64), nullable=False),
    Column("sku", Words, nullable=False),
    Column("event", Name(16), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    Column("value", Float),
    # No foreign key: cards are seen while their turn is not stored yet.
    Column("conversation_id", Name(64), index=True),
    Index("ix_events_shopper_at", "shopper", "at"),
)

# -- people who sign in -----------------------------------------------------------------------------------------------

USERS = Table(
    "users",
    META,
    Column("name", Name(64), primary_key=True),
    Column("role", Name(16), nullable=False),
    Column("password", Words),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    # What shoppers read; the sign-in name is nobody's business but the shop's.
    Column("shown", Name(64)),
)
LOGINS = Table(
    "logins",
    META,
    Column("token", String(64), primary_key=True),
    Column("user_name", Name(64), ForeignKey("users.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

# -- agents at work ---------------------------------------------------------------------------------------------------

WORK = Table(
    "work",
    META,
    _of_conversation(primary_key=True),
    Column("status", Name(16), nullable=False),
    Column("assignee", Name(64)),
    Column("channel", Name(64), nullable=False),
    Column("customer", Words, nullable=False),
    Column("bot", Boolean, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("customer_lines", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index("ix_work_status_updated_at", "status", "updated_at"),
)
MESSAGES = Table(
    "messages",
    META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_conversation(),
    Column("author", Name(16), nullable=False),
    Column("name", Name(64), nullable=False),
    Column("text", Words, nullable=False),
    Column("after_turn", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)
DRAFTS = Table(
    "drafts",
    META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_conversation(),
    Column("customer_line", Integer, nullable=False),
    Column("status", Name(16), nullable=False),
    Column("text", Words, nullable=False),
    Column("final", Words),
    Column("gist", Words, nullable=False),
    Column("style", Words, nullable=False),
    Column("prompt", Words),
    Column("sources", Document, nullable=False),
    Column("closed_by", Name(64)),
    Column("created_at", Moment, nullable=False),
    Column("closed_at", Moment),
)
NOTES = Table(
    "notes",
    META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_conversation(),
    Column("author", Name(64), nullable=False),
    Column("text", Words, nullable=False),
    Column("at", Moment, nullable=False),
)
LABELS = Table(
    "labels",
    META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_conversation(nullable=True),
    Column("turn", Integer),
    Column("kind", Name(16), nullable=False),
    Column("text", Words, nullable=False),
    Column("language", Name(16), nullable=False),
    Column("was", Document),
    Column("corrected", Document, nullable=False),
    Column("author", Name(64), nullable=False),
    Column("at", Moment, nullable=False),
)

# -- prompts ----------------------------------------------------------------------------------------------------------

RUNS = Table(
    "runs",
    META,
    Column("id", String(32), primary_key=True),
    Column("task", Name(64), nullable=False),
    Column("author", Name(64), nullable=False),
    Column("note", Words, nullable=False),
    Column("status", Name(16), nullable=False),
    Column("setup", Document, nullable=False),
    Column("total", Integer, nullable=False),
    Column("error", Words),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Column("alive_at", Moment),
)


def _of_cell(*, version: bool = True) -> list[Column[Any]]:
    columns: list[Column[Any]] = [
        Column("run_id", String(32), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
        Column("case_id", Name(200), primary_key=True),
    ]
    return [*columns, Column("version", Name(200), primary_key=True)] if version else columns


CELLS = Table(
    "cells",
    META,
    *_of_cell(),
    Column("sample", Integer, primary_key=True, autoincrement=False),
    Column("text", Words, nullable=False),
    Column("checks", Document, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("unsupported", Integer, nullable=False),
    Column("ms", Float, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("error", Words),
)
MARKS = Table(
    "marks",
    META,
    *_of_cell(),
    Column("author", Name(64), primary_key=True),
    Column("value", SmallInteger, nullable=False),
    Column("comment", Words, nullable=False),
    Column("at", Moment, nullable=False),
)
VOTES = Table(
    "votes",
    META,
    *_of_cell(version=False),
    # The pair in alphabetical order, however it was shown: a pair voted on twice is one vote changed.
    Column("first", Name(200), primary_key=True),
    Column("second", Name(200), primary_key=True),
    Column("author", Name(64), primary_key=True),
    Column("winner", Name(200)),
    Column("comment", Words, nullable=False),
    Column("at", Moment, nullable=False),
)
TRIALS = Table(
    "trials",
    META,
    Column("name", Name(64), primary_key=True),
    Column("task", Name(64), nullable=False),
    Column("arms", Document, nullable=False),
    Column("author", Name(64), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("versions", Document),
    Index(
        "ux_trials_under_way",
        "task",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)
ASSIGNMENTS = Table(
    "assignments",
    META,
    Column("trial", Name(64), ForeignKey("trials.name", ondelete="CASCADE"), primary_key=True),
    # No foreign key: the arm is drawn before the first turn of a conversation is stored.
    Column("conversation_id", Name(64), primary_key=True, index=True),
    Column("arm", Name(200), nullable=False),
    Column("at", Moment, nullable=False),
)
CASE_ORIGINS = Table(
    "case_origins",
    META,
    # No foreign key: a row must outlive its conversation until the words are out of the file, too.
    Column("conversation_id", Name(64), primary_key=True),
    Column("case_id", Name(200), primary_key=True),
    Column("path", Name(1000), primary_key=True),
)
PASSAGES = Table(
    "passages",
    META,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("topic", Name(64), nullable=False),
    Column("language", Name(16), nullable=False),
    Column("heading", Name(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("text", Words),
    Column("author", Name(64), nullable=False),
    Column("note", Words, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("topic", "language", "heading", "version"),
)
