"""Feedback, events, people who sign in, agents' work, and prompt runs; turns get columns for counting."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BATCH = 500


def upgrade() -> None:
    """Add the tables, then copy out of every stored trace what is counted."""
    _shoppers()
    _people()
    _agents()
    _prompts()
    _fill_turns()


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int | None = None, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text() if length is None else sa.String(length), nullable=nullable)


def _key(name: str, length: int) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), primary_key=True)


def _number(*, big: bool = False) -> sa.Column[Any]:
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite") if big else sa.Integer()
    return sa.Column("id", kind, primary_key=True, autoincrement=True)


def _conversation(*, primary_key: bool = False, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(
        "conversation_id",
        sa.String(64),
        sa.ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=nullable,
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _shoppers() -> None:
    _index("conversations", "updated_at")
    _index("turns", "created_at")
    for column in (
        _text("kind", 16, nullable=True),
        _text("intent", 64, nullable=True),
        _text("language", 16, nullable=True),
        _text("action", 32, nullable=True),
        _text("prompt", nullable=True),
        sa.Column("handoff", sa.Boolean),
        sa.Column("results", sa.Integer),
        sa.Column("relaxed", sa.Integer),
        sa.Column("first_text_ms", sa.Float),
        sa.Column("total_ms", sa.Float),
    ):
        op.add_column("turns", column)
    op.create_table(
        "feedback",
        _number(big=True),
        _conversation(),
        sa.Column("turn", sa.Integer, nullable=False),
        _text("sku"),
        sa.Column("value", sa.SmallInteger, nullable=False),
        _text("reason", nullable=True),
        _text("comment"),
        _text("shopper", 64, nullable=True),
        _time("created_at"),
        sa.UniqueConstraint("conversation_id", "turn", "sku"),
    )
    _index("feedback", "conversation_id")
    _index("feedback", "created_at")
    op.create_table(
        "events",
        _number(big=True),
        _text("shopper", 64),
        _text("sku"),
        _text("event", 16),
        _time("at"),
        sa.Column("value", sa.Float),
        _text("conversation_id", 64, nullable=True),
    )
    _index("events", "at")
    _index("events", "conversation_id")
    _index("events", "shopper", "at")


def _people() -> None:
    op.create_table(
        "users",
        _key("name", 64),
        _text("role", 16),
        _text("password", nullable=True),
        _time("created_at"),
        _time("disabled_at", nullable=True),
    )
    op.create_table(
        "logins",
        _key("token", 64),
        sa.Column("user_name", sa.String(64), sa.ForeignKey("users.name", ondelete="CASCADE"), nullable=False),
        _time("created_at"),
        _time("seen_at"),
        _time("expires_at"),
    )
    _index("logins", "user_name")
    _index("logins", "expires_at")


def _agents() -> None:
    op.create_table(
        "work",
        _conversation(primary_key=True),
        _text("status", 16),
        _text("assignee", 64, nullable=True),
        _text("channel", 64),
        _text("customer"),
        sa.Column("bot", sa.Boolean, nullable=False),
        sa.Column("automatic", sa.Boolean, nullable=False),
        sa.Column("customer_lines", sa.Integer, nullable=False),
        _time("created_at"),
        _time("updated_at"),
    )
    _index("work", "status", "updated_at")
    op.create_table(
        "messages",
        _number(),
        _conversation(),
        _text("author", 16),
        _text("name", 64),
        _text("text"),
        sa.Column("after_turn", sa.Integer, nullable=False),
        _time("at"),
    )
    op.create_table(
        "drafts",
        _number(),
        _conversation(),
        sa.Column("customer_line", sa.Integer, nullable=False),
        _text("status", 16),
        _text("text"),
        _text("final", nullable=True),
        _text("gist"),
        _text("style"),
        _text("prompt", nullable=True),
        _text("sources"),
        _text("closed_by", 64, nullable=True),
        _time("created_at"),
        _time("closed_at", nullable=True),
    )
    op.create_table("notes", _number(), _conversation(), _text("author", 64), _text("text"), _time("at"))
    op.create_table(
        "labels",
        _number(),
        _conversation(nullable=True),
        sa.Column("turn", sa.Integer),
        _text("kind", 16),
        _text("text"),
        _text("language", 16),
        _text("was", nullable=True),
        _text("corrected"),
        _text("author", 64),
        _time("at"),
    )
    for table in ("messages", "drafts", "notes", "labels"):
        _index(table, "conversation_id")


def _prompts() -> None:
    def of_run() -> sa.Column[Any]:
        return sa.Column("run_id", sa.String(32), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)

    op.create_table(
        "runs",
        _key("id", 32),
        _text("task", 64),
        _text("author", 64),
        _text("note"),
        _text("status", 16),
        _text("setup"),
        sa.Column("total", sa.Integer, nullable=False),
        _text("error", nullable=True),
        _time("created_at"),
        _time("finished_at", nullable=True),
    )
    op.create_table(
        "cells",
        of_run(),
        _key("case_id", 200),
        _key("version", 200),
        sa.Column("sample", sa.Integer, primary_key=True, autoincrement=False),
        _text("text"),
        _text("checks"),
        sa.Column("passed", sa.Boolean, nullable=False),
        sa.Column("unsupported", sa.Integer, nullable=False),
        sa.Column("ms", sa.Float, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        _text("error", nullable=True),
    )
    op.create_table(
        "marks",
        of_run(),
        _key("case_id", 200),
        _key("version", 200),
        _key("author", 64),
        sa.Column("value", sa.SmallInteger, nullable=False),
        _text("comment"),
        _time("at"),
    )
    op.create_table(
        "votes",
        of_run(),
        _key("case_id", 200),
        _key("first", 200),
        _key("second", 200),
        _key("author", 64),
        _text("winner", 200, nullable=True),
        _text("comment"),
        _time("at"),
    )
    op.create_table(
        "trials",
        _key("name", 64),
        _text("task", 64),
        _text("arms"),
        _text("author", 64),
        _time("started_at"),
        _time("ended_at", nullable=True),
    )
    op.create_table(
        "assignments",
        sa.Column("trial", sa.String(64), sa.ForeignKey("trials.name", ondelete="CASCADE"), primary_key=True),
        _key("conversation_id", 64),
        _text("arm", 200),
        _time("at"),
    )
    _index("assignments", "conversation_id")
    op.create_table(
        "passages",
        _number(),
        _text("topic", 64),
        _text("language", 16),
        _text("heading", 200),
        sa.Column("version", sa.Integer, nullable=False),
        _text("text", nullable=True),
        _text("author", 64),
        _text("note"),
        _time("at"),
        sa.UniqueConstraint("topic", "language", "heading", "version"),
    )


def _fill_turns() -> None:
    connection = op.get_bind()
    turns = sa.table(
        "turns",
        sa.column("id"),
        sa.column("trace"),
        *(
            sa.column(name)
            for name in (
                "kind", "intent", "language", "action", "prompt", "handoff", "results", "relaxed", "first_text_ms",
                "total_ms",
            )
        ),
    )  # fmt: skip
    last = 0
    # By number, a batch at a time: a shop's whole history need not fit into memory.
    while rows := connection.execute(
        sa.select(turns.c.id, turns.c.trace).where(turns.c.id > last).order_by(turns.c.id).limit(_BATCH)
    ).all():
        for number, trace in rows:
            connection.execute(sa.update(turns).where(turns.c.id == number).values(**_counted(json.loads(trace))))
        last = rows[-1][0]


def _counted(trace: dict[str, Any]) -> dict[str, Any]:
    ms = trace.get("ms")
    times = ms if isinstance(ms, dict) else {}
    return {
        **{
            name: trace[name][:length] if isinstance(trace.get(name), str) else None
            for name, length in (("kind", 16), ("intent", 64), ("language", 16), ("action", 32), ("prompt", 400))
        },
        "handoff": trace["handoff"] if isinstance(trace.get("handoff"), bool) else None,
        "results": len(trace["products"]) if isinstance(trace.get("products"), list) else None,
        "relaxed": len(trace["relaxed"]) if isinstance(trace.get("relaxed"), list) else None,
        "first_text_ms": times.get("first_text"),
        "total_ms": times.get("total"),
    }
