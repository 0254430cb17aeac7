"""Which conversations people look after: waiting, taken by an agent, handed on, closed.

Every step is one statement that says what it expects to find, so that of two agents who take the same conversation one
is told no. Knows neither the words of a conversation nor who may do what.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, case, func, select, true, update

from assistant.errors import StoreError
from assistant.store.database import Database, record
from assistant.store.schema import DRAFTS, WORK

Status: TypeAlias = Literal["waiting", "taken", "handed_off", "closed"]
View: TypeAlias = Literal["waiting", "mine", "handed_off", "closed"]

VIEWS: tuple[View, ...] = ("waiting", "mine", "handed_off", "closed")
"""What an agent's queue is split into; ``mine`` is what that agent has taken."""

SHOP = "web"
"""The channel of the shop's own page, where the customer writes without anybody's help."""


@dataclass(frozen=True, slots=True)
class Work:
    """A conversation that people look after.

    ``assignee`` is the agent who took it, or to whom it was handed on. ``bot`` is whether the assistant may answer;
    ``automatic`` whether it may without an agent's leave. ``customer_lines`` counts what the customer wrote since
    people look after it: a draft answers one of those lines, and no later one.
    """

    conversation_id: str
    status: Status
    assignee: str | None
    channel: str
    customer: str
    bot: bool
    automatic: bool
    customer_lines: int
    created_at: datetime
    updated_at: datetime


class QueueStore:
    """The agents' queue. Safe to share between threads and between processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(
        self,
        conversation: str,
        *,
        channel: str = SHOP,
        customer: str = "",
        status: Status = "waiting",
        taken_by: str | None = None,
    ) -> Work:
        """Put a stored conversation into the queue; one that is there already stays as it is.

        With ``taken_by`` it is that agent's from the first moment, and the assistant is silent in it.

        Raises:
            StoreError: no such conversation is stored.
        """
        now = self._database.now()
        with self._database.writing() as connection:
            connection.execute(
                self._database.insert(WORK)
                .values(
                    conversation_id=conversation,
                    status=status if taken_by is None else "taken",
                    assignee=taken_by,
                    channel=channel,
                    customer=customer,
                    bot=taken_by is None,
                    automatic=False,
                    customer_lines=1,
                    created_at=now,
                    updated_at=now,
                )
                .on_conflict_do_nothing(index_elements=["conversation_id"])
            )
        found = self.get(conversation)
        if found is None:
            raise StoreError(f"conversation '{conversation}' was deleted while it was put into the queue")
        return found

    def get(self, conversation: str) -> Work | None:
        """How a conversation stands; ``None`` where nobody looks after it."""
        with self._database.reading() as connection:
            row = connection.execute(select(WORK).where(WORK.c.conversation_id == conversation)).one_or_none()
        return None if row is None else record(Work, row)

    def view(self, view: View, agent: str, *, limit: int = 100) -> tuple[Work, ...]:
        """A part of the queue as ``agent`` sees it: who waits longest first, of the closed the newest first."""
        order = WORK.c.updated_at.desc() if view == "closed" else WORK.c.updated_at
        with self._database.reading() as connection:
            rows = connection.execute(
                select(WORK).where(_in_view(view, agent)).order_by(order, WORK.c.conversation_id).limit(limit)
            )
            return tuple(record(Work, row) for row in rows)

    def counts(self, agent: str) -> dict[View, int]:
        """How many conversations each part of the queue has."""
        sums = [func.coalesce(func.sum(case((_in_view(v, agent), 1), else_=0)), 0).label(v) for v in VIEWS]
        with self._database.reading() as connection:
            row = connection.execute(select(*sums)).one()
        return {view: int(row._asdict()[view]) for view in VIEWS}

    def mark(self) -> str:
        """A short text that is another one as soon as anything in the queue is."""
        with self._database.reading() as connection:
            row = connection.execute(
                select(
                    func.count(), func.coalesce(func.sum(WORK.c.customer_lines), 0), func.max(WORK.c.updated_at)
                ).select_from(WORK)
            ).one()
        return "-".join(str(value) for value in row)

    def take(self, conversation: str, agent: str) -> bool:
        """Make a conversation ``agent``'s that waits, or was handed to them or to nobody; False if it is neither."""
        free = (WORK.c.status == "waiting") | (
            (WORK.c.status == "handed_off") & (WORK.c.assignee.is_(None) | (WORK.c.assignee == agent))
        )
        return self._change(conversation, free, status="taken", assignee=agent)

    def hand_off(self, conversation: str, *, by: str, to: str | None = None) -> bool:
        """Hand on to a named agent, or to whoever comes; False if it is not ``by``'s."""
        return self._change(conversation, _is_mine(by), status="handed_off", assignee=to)

    def release(self, conversation: str, *, by: str) -> bool:
        """Put it back among those that wait; False if it is not ``by``'s."""
        return self._change(conversation, _is_mine(by), status="waiting", assignee=None)

    def close(self, conversation: str, *, by: str) -> bool:
        """Close it; False if it is not ``by``'s. It waits again when the customer writes again."""
        return self._change(conversation, _is_mine(by), status="closed", bot=True, automatic=False)

    def reopen(self, conversation: str, agent: str) -> bool:
        """Make a closed conversation ``agent``'s again; False if it is not closed."""
        return self._change(conversation, WORK.c.status == "closed", status="taken", assignee=agent)

    def call_for_people(self, conversation: str) -> bool:
        """The assistant hands over: it falls silent, and the conversation waits unless somebody has it."""
        silent = self._change(conversation, true(), bot=False, automatic=False)
        self._change(conversation, WORK.c.status == "closed", status="waiting", assignee=None)
        return silent

    def let_bot(self, conversation: str, answers: bool, *, automatic: bool = False) -> bool:
        """Say whether the assistant may answer, and whether without leave; False if nobody looks after it."""
        return self._change(conversation, true(), bot=answers, automatic=answers and automatic)

    def name_customer(self, conversation: str, customer: str) -> bool:
        """Write down what the customer is called; False if nobody looks after the conversation."""
        return self._change(conversation, true(), customer=customer)

    def _change(self, conversation: str, expected: ColumnElement[bool], **values: Any) -> bool:
        with self._database.writing() as connection:
            changed = connection.execute(
                update(WORK)
                .where(WORK.c.conversation_id == conversation, expected)
                .values(**values, updated_at=self._database.now())
            )
            return changed.rowcount == 1


def _is_mine(agent: str) -> ColumnElement[bool]:
    return (WORK.c.status == "taken") & (WORK.c.assignee == agent)


def _in_view(view: View, agent: str) -> ColumnElement[bool]:
    return _is_mine(agent) if view == "mine" else WORK.c.status == view


def customer_wrote(connection: Connection, conversation: str, now: datetime) -> None:
    """In the transaction that stores a customer's words: drafts for earlier ones are void, a closed case is open."""
    closed = WORK.c.status == "closed"
    changed = connection.execute(
        update(WORK)
        .where(WORK.c.conversation_id == conversation)
        .values(
            customer_lines=WORK.c.customer_lines + 1,
            status=case((closed, "waiting"), else_=WORK.c.status),
            assignee=case((closed, None), else_=WORK.c.assignee),
            updated_at=now,
        )
    )
    if changed.rowcount:
        connection.execute(
            update(DRAFTS)
            .where(DRAFTS.c.conversation_id == conversation, DRAFTS.c.status == "open")
            .values(status="stale", closed_at=now)
        )
