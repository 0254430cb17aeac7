"""Deleting what is older than the shop wants to keep.

Turns, messages, feedback and events go by their own age; a conversation nobody wrote in since then goes whole. Runs of
prompts and users are no shoppers' data and stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete

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
            return connection.execute(delete(time.table).where(time < before)).rowcount

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
