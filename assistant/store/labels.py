"""What agents put right: the intent of a message, or what it asks for. Written out as lines to train and measure with.

The newest correction of a text counts. A correction goes when the conversation it is from is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import insert, select

from assistant.errors import StoreError
from assistant.store.database import Database, record
from assistant.store.schema import LABELS

LabelKind: TypeAlias = Literal["intent", "constraints", "reply"]


@dataclass(frozen=True, slots=True)
class Label:
    """One correction. ``was`` and ``corrected`` are an intent, a constraints object, or the text of a reply."""

    id: int
    conversation_id: str | None
    turn: int | None
    kind: LabelKind
    text: str
    language: str
    was: Any
    corrected: Any
    author: str
    at: datetime


class LabelStore:
    """Corrections in the order they were made."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def correct(
        self,
        kind: LabelKind,
        text: str,
        corrected: Any,
        *,
        was: Any = None,
        language: str,
        author: str,
        conversation: str | None = None,
        turn: int | None = None,
    ) -> Label:
        """Store a correction.

        Raises:
            StoreError: the kind is unknown, there is no text, or the conversation is not stored.
        """
        if kind not in get_args(LabelKind):
            raise StoreError(f"a label is one of {', '.join(get_args(LabelKind))}, not '{kind}'")
        if not text.strip():
            raise StoreError("a label belongs to a text; this one is empty")
        with self._database.writing() as connection:
            row = connection.execute(
                insert(LABELS)
                .values(
                    conversation_id=conversation,
                    turn=turn,
                    kind=kind,
                    text=text,
                    language=language,
                    was=was,
                    corrected=corrected,
                    author=author,
                    at=self._database.now(),
                )
                .returning(LABELS)
            ).one()
        return record(Label, row)

    def all(self, kind: LabelKind | None = None, *, conversation: str | None = None) -> tuple[Label, ...]:
        """Corrections, oldest first."""
        chosen = [] if kind is None else [LABELS.c.kind == kind]
        if conversation is not None:
            chosen.append(LABELS.c.conversation_id == conversation)
        with self._database.reading() as connection:
            rows = connection.execute(select(LABELS).where(*chosen).order_by(LABELS.c.id))
            return tuple(record(Label, row) for row in rows)

    def of(self, conversations: Sequence[str]) -> dict[str, tuple[Label, ...]]:
        """The corrections in each of many conversations, oldest first; one question for all of them."""
        out: dict[str, list[Label]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(
                select(LABELS).where(LABELS.c.conversation_id.in_(conversations)).order_by(LABELS.c.id)
            ):
                out.setdefault(row.conversation_id, []).append(record(Label, row))
        return {conversation: tuple(labels) for conversation, labels in out.items()}

    def lines(self, kind: Literal["intent", "constraints"]) -> Iterator[dict[str, Any]]:
        """One line a text, with its newest correction: ``{"text", "intent", "lang"}``, for constraints
        ``{"text", "lang", "constraints"}``."""
        newest = {label.text: label for label in self.all(kind)}
        for label in newest.values():
            yield {"text": label.text, "lang": label.language, kind: label.corrected}
