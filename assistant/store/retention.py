"""Deleting what is older than the shop wants to keep.

Turns, messages, feedback and events go by their own age; a conversation in which
neither shopper nor agent did anything since then goes whole. Runs of
prompts and users are no shoppers' data and stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists

from assistant.store.database import Database
from assistant.store.schema import (
    ASSIGNMENTS,
    CONVERSATIONS,
    DRAFTS,
    EVENTS,
    FEEDBACK,
    LABELS,
    LOGINS,
    MESSAGES,
    NOTES,
    TURNS,
    WORK,
)


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows of each kind were deleted. ``other`` are messages, drafts, notes, labels and trial arms."""

    conversations: int
    turns: int
    feedback: int
    events: int
    other: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.conversations + self.turns + self.feedback + self.events + self.other


def purge(database: Database, before: datetime) -> Purged:
    """Delete what is older than ``before``, in one transaction."""
    with database.writing() as connection:

        def gone(table: str) -> int:
            times = {
                "turns": TURNS.c.created_at,
                "feedback": FEEDBACK.c.created_at,
                "events": EVENTS.c.at,
                "messages": MESSAGES.c.at,
                "drafts": DRAFTS.c.created_at,
                "notes": NOTES.c.at,
                "labels": LABELS.c.at,
                "assignments": ASSIGNMENTS.c.at,
                "conversations": CONVERSATIONS.c.updated_at,
            }
            time = times[table]
            old = _quiet_since(before) if table == "conversations" else time < before
            return connection.execute(delete(time.table).where(old)).rowcount

        # Conversations last: what goes with them by foreign key was counted before.
        purged = Purged(
            turns=gone("turns"),
            feedback=gone("feedback"),
            events=gone("events"),
            other=sum(gone(table) for table in ("messages", "drafts", "notes", "labels", "assignments")),
            conversations=gone("conversations"),
        )
        connection.execute(delete(LOGINS).where(LOGINS.c.expires_at < database.now()))
    if purged.total:
        database.wipe_traces()
    return purged


def _quiet_since(before: datetime) -> ColumnElement[bool]:
    """Conversations without anything newer: what agents do and write does not touch the conversation's own time."""
    newer = [
        exists().where(time.table.c.conversation_id == CONVERSATIONS.c.id, time >= before)
        for time in (WORK.c.updated_at, MESSAGES.c.at, NOTES.c.at)
    ]
    return and_(CONVERSATIONS.c.updated_at < before, *(~one for one in newer))
