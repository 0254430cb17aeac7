"""Counts over turns of a stretch of time: how many of what kind, how fast, and which ones.

Reads the columns that a turn copies out of its trace, all of which one index holds; a trace is opened only for the turn
somebody clicks on. A turn that was only heard, because a person has the conversation, is no turn of the assistant's
and counts nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement, Select, String, case, distinct, func, or_, select, tuple_, type_coerce

from assistant.store.database import Database, record
from assistant.store.schema import EVENTS, FEEDBACK, TURN_MARKS, TURNS

Only: TypeAlias = Literal["all", "empty", "relaxed", "handoff", "liked", "disliked"]


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
    """What happened in a stretch of time. ``empty`` are lists that showed nothing, ``relaxed`` those that loosened;
    ``handed_off`` counts conversations, ``first_texts`` and ``timed`` the turns whose times are known."""

    conversations: int
    turns: int
    handoffs: int
    empty: int
    relaxed: int
    handed_off: int = 0
    first_texts: int = 0
    timed: int = 0


@dataclass(frozen=True, slots=True)
class TurnFilter:
    """Which turns of a stretch of time are meant; what is ``None`` does not matter.

    ``relaxed`` is a field that was loosened, ``companion`` the SKU of one that was shown, ``reason`` one given with a
    👎; ``first_text_above`` and ``total_above`` are in milliseconds.
    """

    intent: str | None = None
    language: str | None = None
    only: Only = "all"
    message: str | None = None
    relaxed: str | None = None
    companion: str | None = None
    reason: str | None = None
    first_text_above: float | None = None
    total_above: float | None = None


@dataclass(frozen=True, slots=True)
class Companion:
    """How often a product was shown as going with another, and in how many conversations it went into the cart."""

    sku: str
    shown: int
    carts: int


class InsightStore:
    """Turns from ``since`` until before ``until``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def totals(self, since: datetime, until: datetime) -> Totals:
        """The overall counts."""

        def turns(only: ColumnElement[bool]) -> ColumnElement[int]:
            return func.count(case((only, 1)))

        handed = TURNS.c.handoff.is_(True)
        query = select(
            func.count(distinct(TURNS.c.conversation_id)).label("conversations"),
            func.count().label("turns"),
            turns(handed).label("handoffs"),
            turns(_EMPTY).label("empty"),
            turns(TURNS.c.relaxed > 0).label("relaxed"),
            func.count(distinct(case((handed, TURNS.c.conversation_id)))).label("handed_off"),
            func.count(TURNS.c.first_text_ms).label("first_texts"),
            func.count(TURNS.c.total_ms).label("timed"),
        )
        with self._database.reading() as connection:
            return record(Totals, connection.execute(query.where(*_within(since, until))).one())

    def intents_and_languages(self, since: datetime, until: datetime) -> tuple[dict[str, int], dict[str, int]]:
        """Turns by intent and by language, the most frequent first; turns that do not say it are left out."""
        fields = TURNS.c.intent, TURNS.c.language
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*fields, func.count()).where(*_within(since, until)).group_by(*fields)
            ).all()
        counted: tuple[dict[str, int], dict[str, int]] = ({}, {})
        for *values, number in rows:
            for value, into in zip(values, counted, strict=True):
                if value is not None:
                    into[value] = into.get(value, 0) + int(number)
        intents, languages = (dict(sorted(c.items(), key=lambda kv: (-kv[1], kv[0]))) for c in counted)
        return intents, languages

    def moments(self, since: datetime, until: datetime) -> list[tuple[datetime, int]]:
        """Turns by stretches of five minutes, by the beginning of each, in order.

        Days of any zone are made of them: midnight is at a quarter of an hour in some.
        """
        at = TURNS.c.created_at
        if self._database.is_sqlite:
            # The driver writes YYYY-MM-DD HH:MM:SS in UTC.
            minute: ColumnElement[str] = func.substr(type_coerce(at, String), 1, 16)
        else:
            minute = func.to_char(func.timezone("UTC", at), "YYYY-MM-DD HH24:MI")
        half = case((func.substr(minute, 16, 1) < "5", "0"), else_="5")
        stretch = func.substr(minute, 1, 15).concat(half)
        # Grouped from outside: PostgreSQL takes an expression that is sent twice for two different ones.
        each = select(stretch.label("stretch")).where(*_within(since, until)).subquery()
        with self._database.reading() as connection:
            rows = connection.execute(
                select(each.c.stretch, func.count()).group_by(each.c.stretch).order_by(each.c.stretch)
            )
            return [(datetime.fromisoformat(f"{text}:00+00:00"), int(number)) for text, number in rows]

    def percentiles(
        self,
        of: Literal["first_text_ms", "total_ms"],
        shares: Sequence[float],
        since: datetime,
        until: datetime,
        *,
        count: int,
    ) -> tuple[float, ...]:
        """Percentiles (``shares`` 0 to 100) of ``count`` known times, as :func:`assistant.metrics.percentile` takes
        them, without fetching every time; none where no time is known."""
        if not count:
            return ()
        column = TURNS.c[of]
        places = [(count - 1) * share / 100 for share in shares]
        wanted = {math.floor(p) + 1 for p in places} | {math.ceil(p) + 1 for p in places}
        ranked = (
            select(column.label("ms"), func.row_number().over(order_by=column).label("place"))
            .where(*_within(since, until), column.is_not(None))
            .subquery()
        )
        with self._database.reading() as connection:
            rows = connection.execute(select(ranked.c.place, ranked.c.ms).where(ranked.c.place.in_(sorted(wanted))))
            found = {int(place): float(ms) for place, ms in rows}
        if not found:
            return ()
        # Turns that were deleted since they were counted leave the last places empty.
        last = found[max(found)]
        low = [found.get(math.floor(p) + 1, last) for p in places]
        high = [found.get(math.ceil(p) + 1, last) for p in places]
        return tuple(a + (b - a) * (p - math.floor(p)) for a, b, p in zip(low, high, places, strict=True))

    def empty_messages(self, since: datetime, until: datetime, *, limit: int = 20) -> list[tuple[str, int]]:
        """What shoppers wrote when nothing was found, the most frequent first; small and capital letters are alike."""
        said, count = func.lower(func.trim(TURNS.c.message)), func.count()
        with self._database.reading() as connection:
            rows = connection.execute(
                select(said, count)
                .where(TURNS.c.id.in_(_empty(since, until)), said != "")
                .group_by(said)
                .order_by(count.desc(), said)
                .limit(limit)
            )
            return [(str(text), int(number)) for text, number in rows]

    def relaxations(self, since: datetime, until: datetime) -> dict[str, int]:
        """Turns by the field they had to loosen, the most frequent first."""
        return dict(self._marks("relaxed", since, until, limit=50))

    def companions(self, since: datetime, until: datetime, *, limit: int = 10) -> list[Companion]:
        """The products shown most often as going with another."""
        shown = self._marks("complement", since, until, limit=limit)
        if not shown:
            return []
        skus = [sku for sku, _ in shown]
        with self._database.reading() as connection:
            carts = connection.execute(
                select(TURN_MARKS.c.value, func.count(distinct(EVENTS.c.conversation_id)))
                .join(TURNS, TURNS.c.id == TURN_MARKS.c.turn_id)
                .join(
                    EVENTS,
                    (EVENTS.c.conversation_id == TURNS.c.conversation_id)
                    & (EVENTS.c.sku == TURN_MARKS.c.value)
                    & (EVENTS.c.at >= TURN_MARKS.c.created_at),
                )
                .where(*_marked("complement", since, until), TURN_MARKS.c.value.in_(skus))
                .where(EVENTS.c.event == "add_to_cart")
                .group_by(TURN_MARKS.c.value)
            )
            bought = {str(sku): int(number) for sku, number in carts}
        return [Companion(sku, number, bought.get(sku, 0)) for sku, number in shown]

    def thumbs(self, since: datetime, until: datetime) -> tuple[int, int]:
        """How many 👍 and how many 👎 were given."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(FEEDBACK.c.value, func.count())
                .where(FEEDBACK.c.created_at >= since, FEEDBACK.c.created_at < until)
                .group_by(FEEDBACK.c.value)
            )
            found = {int(value): int(number) for value, number in rows}
        return found.get(1, 0), found.get(-1, 0)

    def turns(
        self,
        since: datetime,
        until: datetime,
        *,
        intent: str | None = None,
        language: str | None = None,
        only: Only = "all",
        limit: int = 100,
    ) -> tuple[TurnSummary, ...]:
        """The turns that match, newest first."""
        return self.matching(since, until, TurnFilter(intent, language, only), limit=limit)

    def matching(
        self, since: datetime, until: datetime, chosen: TurnFilter, *, limit: int = 100, offset: int = 0
    ) -> tuple[TurnSummary, ...]:
        """The turns that a filter means, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                select(*(TURNS.c[name] for name in TurnSummary.__dataclass_fields__))
                .where(*_chosen(since, until, chosen))
                .order_by(TURNS.c.created_at.desc(), TURNS.c.id.desc())
                .limit(limit)
                .offset(offset)
            )
            return tuple(record(TurnSummary, row) for row in rows)

    def count(self, since: datetime, until: datetime, chosen: TurnFilter) -> int:
        """How many turns a filter means."""
        with self._database.reading() as connection:
            query = select(func.count()).select_from(TURNS).where(*_chosen(since, until, chosen))
            return int(connection.execute(query).scalar_one())

    def _marks(self, kind: str, since: datetime, until: datetime, *, limit: int) -> list[tuple[str, int]]:
        value, count = TURN_MARKS.c.value, func.count()
        with self._database.reading() as connection:
            rows = connection.execute(
                select(value, count)
                .where(*_marked(kind, since, until))
                .group_by(value)
                .order_by(count.desc(), value)
                .limit(limit)
            )
            return [(str(name), int(number)) for name, number in rows]


_EMPTY: ColumnElement[bool] = (TURNS.c.results == 0) & TURNS.c.action.in_(("search", "ideas", "complement"))
_ANSWERED: ColumnElement[bool] = or_(TURNS.c.kind.is_(None), TURNS.c.kind != "heard")


def _within(since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return TURNS.c.created_at >= since, TURNS.c.created_at < until, _ANSWERED


def _empty(since: datetime, until: datetime) -> Select[tuple[int]]:
    """The turns that found nothing, out of the index alone: few are left whose message must be read."""
    return select(TURNS.c.id).where(*_within(since, until), _EMPTY)


def _marked(kind: str, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return TURN_MARKS.c.kind == kind, TURN_MARKS.c.created_at >= since, TURN_MARKS.c.created_at < until


def _chosen(since: datetime, until: datetime, f: TurnFilter) -> list[ColumnElement[bool]]:
    out = [*_within(since, until)]
    if f.intent is not None:
        out.append(TURNS.c.intent == f.intent)
    if f.language is not None:
        out.append(TURNS.c.language == f.language)
    if f.message is not None:
        if f.only == "empty":
            out.append(TURNS.c.id.in_(_empty(since, until)))
        out.append(func.lower(func.trim(TURNS.c.message)) == f.message)
    if f.first_text_above is not None:
        out.append(TURNS.c.first_text_ms >= f.first_text_above)
    if f.total_above is not None:
        out.append(TURNS.c.total_ms >= f.total_above)
    for kind, value in (("relaxed", f.relaxed), ("complement", f.companion)):
        if value is not None:
            marked = select(TURN_MARKS.c.turn_id).where(TURN_MARKS.c.kind == kind, TURN_MARKS.c.value == value)
            out.append(TURNS.c.id.in_(marked))
    if f.only in ("liked", "disliked") or f.reason is not None:
        given = select(FEEDBACK.c.conversation_id, FEEDBACK.c.turn).where(
            FEEDBACK.c.value == (1 if f.only == "liked" else -1)
        )
        if f.reason is not None:
            given = given.where(FEEDBACK.c.reason == f.reason)
        out.append(tuple_(TURNS.c.conversation_id, TURNS.c.number).in_(given))
    elif f.only != "all":
        out.append({"empty": _EMPTY, "relaxed": TURNS.c.relaxed > 0, "handoff": TURNS.c.handoff.is_(True)}[f.only])
    return out
