"""Counts over turns of a stretch of time: how many of what kind, how fast, and which ones.

Reads the columns that a turn copies out of its trace; a trace is opened only for the turn somebody clicks on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement, func, select

from assistant.store.database import Database, record
from assistant.store.schema import TURNS

By: TypeAlias = Literal["intent", "language", "action", "prompt"]


@dataclass(frozen=True, slots=True)
class TurnSummary:
    """One turn without its trace, times in milliseconds; ``results`` counts products, ``relaxed`` loosened fields."""

    conversation_id: str
    number: int
    message: str
    created_at: datetime
    intent: str | None
    language: str | None
    action: str | None
    prompt: str | None
    handoff: bool | None
    results: int | None
    relaxed: int | None
    first_text_ms: float | None
    total_ms: float | None


@dataclass(frozen=True, slots=True)
class Totals:
    """What happened in a stretch of time. ``empty`` are lists that showed nothing, ``relaxed`` those that loosened."""

    conversations: int
    turns: int
    handoffs: int
    empty: int
    relaxed: int


class InsightStore:
    """Turns from ``since`` until before ``until``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def totals(self, since: datetime, until: datetime) -> Totals:
        """The overall counts."""
        conversations = select(func.count(func.distinct(TURNS.c.conversation_id))).where(*_within(since, until))
        with self._database.reading() as connection:

            def turns(*only: ColumnElement[bool]) -> int:
                return int(
                    connection.execute(select(func.count(TURNS.c.id)).where(*_within(since, until), *only)).scalar_one()
                )

            return Totals(
                conversations=connection.execute(conversations).scalar_one(),
                turns=turns(),
                handoffs=turns(TURNS.c.handoff.is_(True)),
                empty=turns(_EMPTY),
                relaxed=turns(TURNS.c.relaxed > 0),
            )

    def counts(self, by: By, since: datetime, until: datetime) -> dict[str, int]:
        """Turns by a field, the most frequent first; turns that do not say it are left out."""
        field, count = TURNS.c[by], func.count(TURNS.c.id)
        with self._database.reading() as connection:
            rows = connection.execute(
                select(field, count)
                .where(*_within(since, until), field.is_not(None))
                .group_by(field)
                .order_by(count.desc(), field)
            )
            return {str(value): int(number) for value, number in rows}

    def times(self, since: datetime, until: datetime) -> tuple[list[float], list[float]]:
        """Every first-text time and every total time in milliseconds, each in ascending order."""
        with self._database.reading() as connection:

            def sorted_times(column: ColumnElement[float]) -> list[float]:
                chosen = select(column).where(*_within(since, until), column.is_not(None)).order_by(column)
                return list(connection.execute(chosen).scalars())

            return sorted_times(TURNS.c.first_text_ms), sorted_times(TURNS.c.total_ms)

    def turns(
        self,
        since: datetime,
        until: datetime,
        *,
        intent: str | None = None,
        language: str | None = None,
        only: Literal["all", "empty", "relaxed", "handoff"] = "all",
        limit: int = 100,
    ) -> tuple[TurnSummary, ...]:
        """The turns that match, newest first."""
        chosen = [*_within(since, until)]
        if intent is not None:
            chosen.append(TURNS.c.intent == intent)
        if language is not None:
            chosen.append(TURNS.c.language == language)
        if only != "all":
            chosen.append({"empty": _EMPTY, "relaxed": TURNS.c.relaxed > 0, "handoff": TURNS.c.handoff.is_(True)}[only])
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*(TURNS.c[name] for name in TurnSummary.__dataclass_fields__))
                .where(*chosen)
                .order_by(TURNS.c.created_at.desc(), TURNS.c.id.desc())
                .limit(limit)
            )
            return tuple(record(TurnSummary, row) for row in rows)


_EMPTY: ColumnElement[bool] = (TURNS.c.results == 0) & TURNS.c.action.in_(("search", "ideas", "complement"))


def _within(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return TURNS.c.created_at >= since, TURNS.c.created_at < until
