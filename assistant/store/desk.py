"""What people and the assistant write on a conversation that is looked after: messages, drafts, private notes.

A message of a person silences the assistant in the same transaction; a draft is stored only if the customer has not
written since the line it answers. Knows nothing of how a draft is made or a message delivered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

from sqlalchemy import Connection, func, insert, select, update

from assistant.errors import StoreError
from assistant.store.conversations import last_turn
from assistant.store.database import Database, record
from assistant.store.queue import customer_wrote
from assistant.store.schema import CONVERSATIONS, DRAFTS, LABELS, MESSAGES, NOTES, TURNS, WORK

Author: TypeAlias = Literal["customer", "agent", "assistant"]
DraftStatus: TypeAlias = Literal["open", "used", "dismissed", "stale"]


@dataclass(frozen=True, slots=True)
class HumanMessage:
    """A message that did not come of a turn. ``after_turn`` is the turn it stands after, 0 before the first."""

    id: int
    conversation_id: str
    author: Author
    name: str
    text: str
    after_turn: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply the assistant suggests.

    ``final`` is what the agent sent where it was edited; ``gist`` its sense in the agent's language; ``sources`` are
    documents of what it rests on.
    """

    id: int
    conversation_id: str
    customer_line: int
    status: DraftStatus
    text: str
    final: str | None
    gist: str
    style: str
    prompt: str | None
    sources: tuple[dict[str, Any], ...]
    closed_by: str | None
    created_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Note:
    """A line that only people who sign in see."""

    id: int
    conversation_id: str
    author: str
    text: str
    at: datetime


class DeskStore:
    """Messages, drafts and notes of the conversations in the queue."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def say(self, conversation: str, author: Author, text: str, *, name: str = "") -> HumanMessage:
        """Store a message that is no turn: an agent's own, one of a thread from elsewhere, or a customer's while the
        assistant is silent.

        Raises:
            StoreError: the author is unknown, or the conversation is not stored.
        """
        if author not in get_args(Author):
            raise StoreError(f"a message is by one of {', '.join(get_args(Author))}, not by '{author}'")
        with self._database.writing() as connection:
            message = self._store(connection, conversation, author, text, name)
            if author == "customer":
                customer_wrote(connection, conversation, message.at)
            elif author == "agent":
                connection.execute(
                    update(WORK)
                    .where(WORK.c.conversation_id == conversation)
                    .values(bot=False, automatic=False, updated_at=message.at)
                )
        return message

    def mark(self, conversation: str) -> str:
        """A short text that is another one as soon as anything of a conversation that people look after is."""
        of = {table: table.c.conversation_id == conversation for table in (TURNS, MESSAGES, DRAFTS, NOTES, LABELS)}
        counts = [select(func.coalesce(func.max(t.c.id), 0)).where(here).scalar_subquery() for t, here in of.items()]
        still = select(func.count(DRAFTS.c.id)).where(of[DRAFTS], DRAFTS.c.status == "open").scalar_subquery()
        state = select(CONVERSATIONS.c.updated_at).where(CONVERSATIONS.c.id == conversation).scalar_subquery()
        work = select(WORK.c.updated_at).where(WORK.c.conversation_id == conversation).scalar_subquery()
        with self._database.reading() as connection:
            row = connection.execute(select(*counts, still, state, work)).one()
        return "-".join(str(value) for value in row)

    def messages(self, conversation: str) -> tuple[HumanMessage, ...]:
        """The messages of a conversation that came of no turn, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(MESSAGES).where(MESSAGES.c.conversation_id == conversation).order_by(MESSAGES.c.id)
            )
            return tuple(record(HumanMessage, row) for row in rows)

    def newest(self, conversations: Sequence[str], limit: int) -> dict[str, tuple[HumanMessage, ...]]:
        """Of each of many conversations the newest messages that came of no turn, oldest first; one question."""
        place = func.row_number().over(partition_by=MESSAGES.c.conversation_id, order_by=MESSAGES.c.id.desc())
        ranked = select(MESSAGES, place.label("place")).where(MESSAGES.c.conversation_id.in_(conversations)).subquery()
        wanted = [ranked.c[column.name] for column in MESSAGES.c]
        out: dict[str, list[HumanMessage]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(select(*wanted).where(ranked.c.place <= limit).order_by(ranked.c.id)):
                out.setdefault(row.conversation_id, []).append(record(HumanMessage, row))
        return {conversation: tuple(messages) for conversation, messages in out.items()}

    def suggest(
        self,
        conversation: str,
        customer_line: int,
        text: str,
        *,
        gist: str = "",
        style: str = "",
        prompt: str | None = None,
        sources: Sequence[dict[str, Any]] = (),
    ) -> Draft | None:
        """Store a draft in place of the open one; ``None`` if the customer wrote again while it was made.

        Args:
            conversation: its id.
            customer_line: ``Work.customer_lines`` when the draft was begun.
            text: the suggested reply.
            gist: its sense in the agent's language.
            style: how it was asked to be written.
            prompt: ``name@hash`` of the prompt.
            sources: what it rests on.
        """
        now = self._database.now()
        with self._database.writing() as connection:
            # Locks the row, so that a customer's message comes before or after, never between check and insert.
            current = connection.execute(
                update(WORK)
                .where(WORK.c.conversation_id == conversation, WORK.c.customer_lines == customer_line)
                .values(customer_lines=customer_line)
            )
            if not current.rowcount:
                return None
            connection.execute(
                update(DRAFTS)
                .where(DRAFTS.c.conversation_id == conversation, DRAFTS.c.status == "open")
                .values(status="dismissed", closed_at=now)
            )
            row = connection.execute(
                insert(DRAFTS)
                .values(
                    conversation_id=conversation,
                    customer_line=customer_line,
                    status="open",
                    text=text,
                    gist=gist,
                    style=style,
                    prompt=prompt,
                    sources=list(sources),
                    created_at=now,
                )
                .returning(DRAFTS)
            ).one()
        return _draft(row)

    def draft(self, conversation: str) -> Draft | None:
        """The open draft of a conversation."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(DRAFTS).where(DRAFTS.c.conversation_id == conversation, DRAFTS.c.status == "open")
            ).one_or_none()
        return None if row is None else _draft(row)

    def find(self, draft: int) -> Draft | None:
        """A draft by its id, whatever became of it."""
        with self._database.reading() as connection:
            row = connection.execute(select(DRAFTS).where(DRAFTS.c.id == draft)).one_or_none()
        return None if row is None else _draft(row)

    def drafts(self, conversation: str) -> tuple[Draft, ...]:
        """Every draft of a conversation, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(DRAFTS).where(DRAFTS.c.conversation_id == conversation).order_by(DRAFTS.c.id)
            )
            return tuple(_draft(row) for row in rows)

    def use(self, draft: int, agent: str, final: str | None = None) -> HumanMessage | None:
        """Send an open draft, as it is or as edited, as the agent's message; ``None`` if it is not open any more.

        Args:
            draft: its id.
            agent: who sends it.
            final: what is sent, where it was edited.
        """
        now = self._database.now()
        with self._database.writing() as connection:
            row = connection.execute(
                update(DRAFTS)
                .where(DRAFTS.c.id == draft, DRAFTS.c.status == "open")
                .values(status="used", final=final, closed_by=agent, closed_at=now)
                .returning(DRAFTS.c.conversation_id, DRAFTS.c.text)
            ).one_or_none()
            if row is None:
                return None
            message = self._store(connection, row.conversation_id, "agent", row.text if final is None else final, agent)
            connection.execute(
                update(WORK)
                .where(WORK.c.conversation_id == row.conversation_id)
                .values(bot=False, automatic=False, updated_at=now)
            )
        return message

    def send(self, draft: int) -> HumanMessage | None:
        """Send an open draft as the assistant's own message, where it may answer without leave; ``None`` where not."""
        now = self._database.now()
        free = select(WORK.c.conversation_id).where(WORK.c.automatic.is_(True))
        with self._database.writing() as connection:
            row = connection.execute(
                update(DRAFTS)
                .where(DRAFTS.c.id == draft, DRAFTS.c.status == "open", DRAFTS.c.conversation_id.in_(free))
                .values(status="used", closed_at=now)
                .returning(DRAFTS.c.conversation_id, DRAFTS.c.text)
            ).one_or_none()
            if row is None:
                return None
            connection.execute(update(WORK).where(WORK.c.conversation_id == row.conversation_id).values(updated_at=now))
            return self._store(connection, row.conversation_id, "assistant", row.text, "")

    def dismiss(self, draft: int, agent: str) -> bool:
        """Put an open draft away; False if it is not open any more."""
        with self._database.writing() as connection:
            changed = connection.execute(
                update(DRAFTS)
                .where(DRAFTS.c.id == draft, DRAFTS.c.status == "open")
                .values(status="dismissed", closed_by=agent, closed_at=self._database.now())
            )
            return changed.rowcount == 1

    def note(self, conversation: str, author: str, text: str) -> Note:
        """Store a private note.

        Raises:
            StoreError: the conversation is not stored.
        """
        with self._database.writing() as connection:
            row = connection.execute(
                insert(NOTES)
                .values(conversation_id=conversation, author=author, text=text, at=self._database.now())
                .returning(NOTES)
            ).one()
        return record(Note, row)

    def notes(self, conversation: str) -> tuple[Note, ...]:
        """The private notes of a conversation, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(NOTES).where(NOTES.c.conversation_id == conversation).order_by(NOTES.c.id))
            return tuple(record(Note, row) for row in rows)

    def _store(self, connection: Connection, conversation: str, author: Author, text: str, name: str) -> HumanMessage:
        row = connection.execute(
            insert(MESSAGES)
            .values(
                conversation_id=conversation,
                author=author,
                name=name,
                text=text,
                after_turn=last_turn(connection, conversation),
                at=self._database.now(),
            )
            .returning(MESSAGES)
        ).one()
        return record(HumanMessage, row)


def _draft(row: Any) -> Draft:
    values = row._asdict()
    return Draft(**{**values, "sources": tuple(values["sources"])})
