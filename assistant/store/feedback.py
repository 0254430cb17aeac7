"""What shoppers think of a reply or of one recommendation in it: thumbs, a reason, a comment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import delete, func, select

from assistant.errors import StoreError
from assistant.store.database import Database, record
from assistant.store.schema import FEEDBACK

Thumb: TypeAlias = Literal[1, -1]


@dataclass(frozen=True, slots=True)
class Feedback:
    """One opinion. ``sku`` is empty where it is about the whole reply; ``value`` is 1 for 👍, -1 for 👎."""

    conversation_id: str
    turn: int
    sku: str
    value: Thumb
    reason: str | None
    comment: str
    shopper: str | None
    created_at: datetime


class FeedbackStore:
    """Opinions by conversation, turn and product; a later one on the same replaces the earlier."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(
        self,
        conversation: str,
        turn: int,
        value: Thumb,
        *,
        sku: str = "",
        reason: str | None = None,
        comment: str = "",
        shopper: str | None = None,
    ) -> None:
        """Store an opinion, in place of an earlier one on the same.

        Raises:
            StoreError: the value is neither 1 nor -1, or the conversation is not stored.
        """
        if value not in (1, -1):
            raise StoreError(f"feedback is 1 or -1, not {value!r}")
        said = {
            "value": value,
            "reason": reason,
            "comment": comment,
            "shopper": shopper,
            "created_at": self._database.now(),
        }
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(FEEDBACK)
                .values(conversation_id=conversation, turn=turn, sku=sku, **said)
                .on_conflict_do_update(index_elements=["conversation_id", "turn", "sku"], set_=said)
            )

    def take_back(self, conversation: str, turn: int, *, sku: str = "") -> None:
        """Delete an opinion."""
        with self._database.writing() as connection:
            connection.execute(
                delete(FEEDBACK).where(
                    FEEDBACK.c.conversation_id == conversation, FEEDBACK.c.turn == turn, FEEDBACK.c.sku == sku
                )
            )

    def of(self, conversation: str) -> tuple[Feedback, ...]:
        """The opinions on a conversation, in the order of its turns."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*_FIELDS)
                .where(FEEDBACK.c.conversation_id == conversation)
                .order_by(FEEDBACK.c.turn, FEEDBACK.c.sku)
            )
            return tuple(record(Feedback, row) for row in rows)

    def between(
        self, since: datetime, until: datetime, *, value: Thumb | None = None, limit: int = 1000
    ) -> tuple[Feedback, ...]:
        """The opinions given from ``since`` until before ``until``, newest first."""
        chosen = [FEEDBACK.c.created_at >= since, FEEDBACK.c.created_at < until]
        if value is not None:
            chosen.append(FEEDBACK.c.value == value)
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*_FIELDS).where(*chosen).order_by(FEEDBACK.c.created_at.desc()).limit(limit)
            )
            return tuple(record(Feedback, row) for row in rows)

    def reasons(self, since: datetime, until: datetime) -> dict[str, int]:
        """How often each reason was given with a 👎, most frequent first."""
        count = func.count()
        with self._database.reading() as connection:
            rows = connection.execute(
                select(FEEDBACK.c.reason, count)
                .where(
                    FEEDBACK.c.created_at >= since,
                    FEEDBACK.c.created_at < until,
                    FEEDBACK.c.value == -1,
                    FEEDBACK.c.reason.is_not(None),
                )
                .group_by(FEEDBACK.c.reason)
                .order_by(count.desc(), FEEDBACK.c.reason)
            )
            return {str(reason): int(number) for reason, number in rows}


_FIELDS = tuple(FEEDBACK.c[name] for name in Feedback.__dataclass_fields__)
