"""What a split serves, when a run last gave a sign of life, how a person is shown, and from whom a case was made.

One split of a task at a time is a rule of the database from here on; of several under way the newest goes on.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add columns, table and index; end what would break the new rule."""
    op.add_column("trials", sa.Column("versions", sa.Text))
    op.add_column("runs", sa.Column("alive_at", sa.DateTime(timezone=True)))
    op.add_column("users", sa.Column("shown", sa.String(64)))
    op.create_table(
        "case_origins",
        sa.Column("conversation_id", sa.String(64), primary_key=True),
        sa.Column("case_id", sa.String(200), primary_key=True),
        sa.Column("path", sa.String(1000), primary_key=True),
    )
    _end_all_but_the_newest()
    under_way = sa.text("ended_at IS NULL")
    op.create_index(
        "ux_trials_under_way", "trials", ["task"], unique=True, sqlite_where=under_way, postgresql_where=under_way
    )


def _end_all_but_the_newest() -> None:
    connection = op.get_bind()
    trials: Any = sa.table(
        "trials",
        sa.column("name"),
        sa.column("task"),
        sa.column("started_at"),
        sa.column("ended_at", sa.DateTime(timezone=True)),
    )
    seen: set[str] = set()
    rows = connection.execute(
        sa.select(trials.c.name, trials.c.task)
        .where(trials.c.ended_at.is_(None))
        .order_by(trials.c.started_at.desc(), trials.c.name)
    ).all()
    for name, task in rows:
        if task in seen:
            connection.execute(sa.update(trials).where(trials.c.name == name).values(ended_at=datetime.now(UTC)))
        seen.add(task)
