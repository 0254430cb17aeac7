"""All figures of a stretch of time, read from the store in one go, in the days of the reader's own time zone.

Knows which counts make a page. Knows no word of it, and nothing of how it is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from assistant.store.database import Database
from assistant.store.feedback import FeedbackStore
from assistant.store.insights import Companion, InsightStore, Totals

SHARES: tuple[float, ...] = (50, 90, 95, 99)
"""The percentiles of a time that are told."""

LONGEST = 1100
"""Days that one look may span: a little over three years."""


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days, ``first`` to ``last`` inclusive, in ``zone``."""

    first: date
    last: date
    zone: tzinfo = UTC

    @classmethod
    def until_today(cls, days: int, now: datetime, zone: tzinfo = UTC) -> Span:
        """The last so many days, today being one of them."""
        today = now.astimezone(zone).date()
        return cls(today - timedelta(days=max(days, 1) - 1), today, zone)

    @classmethod
    def between(cls, first: str, last: str, zone: tzinfo = UTC) -> Span | None:
        """The days somebody stated as ``YYYY-MM-DD``, in either order; ``None`` where they are no days."""
        try:
            one, other = sorted((date.fromisoformat(first), date.fromisoformat(last)))
        except ValueError:
            return None
        return cls(max(one, other - timedelta(days=LONGEST - 1)), other, zone) if one.year > 1 else None

    @property
    def since(self) -> datetime:
        """The beginning of the first day."""
        return datetime.combine(self.first, time(), self.zone).astimezone(UTC)

    @property
    def until(self) -> datetime:
        """The end of the last day, no longer part of it."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone).astimezone(UTC)

    @property
    def days(self) -> tuple[date, ...]:
        """Every day."""
        return tuple(self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def only(self, day: date) -> Span:
        """One day of it."""
        return Span(day, day, self.zone)


def zone_named(name: object) -> tzinfo:
    """A time zone by the name a browser gives it; UTC where this machine does not know it."""
    try:
        return ZoneInfo(name) if isinstance(name, str) and 0 < len(name) < 64 else UTC
    except (ValueError, OSError, KeyError):
        return UTC


@dataclass(frozen=True, slots=True)
class Latency:
    """A time's percentiles in milliseconds, by :data:`SHARES`, over ``count`` turns; empty where none is known."""

    count: int
    percentiles: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What the page of insights shows."""

    span: Span
    totals: Totals
    days: tuple[tuple[date, int], ...]
    intents: Mapping[str, int]
    languages: Mapping[str, int]
    empty: tuple[tuple[str, int], ...]
    relaxations: Mapping[str, int]
    likes: int
    dislikes: int
    reasons: Mapping[str, int]
    first_text: Latency
    total: Latency
    companions: tuple[Companion, ...]


def read_figures(database: Database, span: Span) -> Figures:
    """Every figure of a stretch of time."""
    store, within = InsightStore(database), (span.since, span.until)
    totals = store.totals(*within)
    by_day = dict.fromkeys(span.days, 0)
    for moment, count in store.moments(*within):
        day = moment.astimezone(span.zone).date()
        # Zones of long ago begin their days at odd minutes: a stretch at the edge still belongs to the span.
        day = min(max(day, span.first), span.last)
        by_day[day] = by_day.get(day, 0) + count
    likes, dislikes = store.thumbs(*within)
    intents, languages = store.intents_and_languages(*within)
    return Figures(
        span=span,
        totals=totals,
        days=tuple(by_day.items()),
        intents=intents,
        languages=languages,
        empty=tuple(store.empty_messages(*within)),
        relaxations=store.relaxations(*within),
        likes=likes,
        dislikes=dislikes,
        reasons=FeedbackStore(database).reasons(*within),
        first_text=Latency(
            totals.first_texts, store.percentiles("first_text_ms", SHARES, *within, count=totals.first_texts)
        ),
        total=Latency(totals.timed, store.percentiles("total_ms", SHARES, *within, count=totals.timed)),
        companions=tuple(store.companions(*within)),
    )
