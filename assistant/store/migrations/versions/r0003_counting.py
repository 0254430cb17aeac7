"""What turns are counted by: an index that holds it all, and a row for each field loosened and companion shown."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_BATCH = 500
_COUNTED = (
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
)


def upgrade() -> None:
    """Add the index and the table, then copy out of every stored trace what the table is for."""
    op.create_index("ix_turns_counted", "turns", list(_COUNTED))
    op.create_table(
        "turn_marks",
        sa.Column("turn_id", sa.Integer, sa.ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("value", sa.String(200), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_turn_marks_counted", "turn_marks", ["kind", "created_at", "value"])
    _fill()


def _fill() -> None:
    connection = op.get_bind()
    turns = sa.table("turns", sa.column("id"), sa.column("trace"), sa.column("created_at"))
    marks = sa.table("turn_marks", sa.column("turn_id"), sa.column("kind"), sa.column("value"), sa.column("created_at"))
    last = 0
    while rows := connection.execute(
        sa.select(turns.c.id, turns.c.trace, turns.c.created_at)
        .where(turns.c.id > last)
        .order_by(turns.c.id)
        .limit(_BATCH)
    ).all():
        last = rows[-1].id
        found = [
            {"turn_id": row.id, "kind": kind, "value": value, "created_at": row.created_at}
            for row in rows
            for kind, value in sorted(_marks(row.trace))
        ]
        if found:
            connection.execute(sa.insert(marks), found)


def _marks(document: str) -> set[tuple[str, str]]:
    """As the store writes them from this release on; a trace that is not as expected has none."""
    trace: Any = json.loads(document)
    if not isinstance(trace, dict):
        return set()
    relaxed, shown = trace.get("relaxed"), trace.get("products")
    out = {("relaxed", field) for field in (relaxed if isinstance(relaxed, list) else ()) if isinstance(field, str)}
    if trace.get("action") == "complement" and isinstance(shown, list):
        skus = (card.get("sku") for card in shown if isinstance(card, dict))
        out |= {("complement", sku) for sku in skus if isinstance(sku, str)}
    return {(kind, value[:200].encode("utf-8", "replace").decode().replace("\x00", "\ufffd")) for kind, value in out}
