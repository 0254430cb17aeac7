"""Figures of a stretch of time against what was stored, in days of the reader's zone, and in time with many turns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from store_contract import BEGIN, Watch, trace

from assistant.insights.figures import SHARES, Span, read_figures, zone_named
from assistant.metrics import percentile
from assistant.store.conversations import ConversationStore
from assistant.store.database import Database
from assistant.store.events import EventStore
from assistant.store.feedback import FeedbackStore
from assistant.store.insights import Companion, InsightStore, TurnFilter

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def database(tmp_path: Path, watch: Watch) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'c.sqlite'}", clock=watch)
    yield database
    database.close()


def card(sku: str) -> dict[str, str]:
    return {"sku": sku}


def _three_days(database: Database, watch: Watch) -> None:
    """12:00 UTC on 1 March and what follows, in turns that cover every figure."""
    talk, feedback, events = ConversationStore(database), FeedbackStore(database), EventStore(database)
    talk.save_turn("a", {}, "Red shoes ", trace(products=[card("S")]))
    talk.save_turn("a", {}, "gold shoes", trace(products=[], relaxed=["colors"]))
    talk.save_turn("b", {}, "GOLD SHOES", trace(products=[]))
    talk.save_turn(
        "b",
        {},
        "what goes with it",
        trace("recommend_complement", action="complement", products=[card("X"), card("Y")]),
    )
    watch.pass_(hours=6)  # 18:00 in UTC is 2 March in Shanghai
    talk.save_turn(
        "c",
        {},
        "配什么",
        trace(
            "recommend_complement",
            action="complement",
            language="zh",
            products=[card("X")],
            relaxed=["price_max", "colors"],
        ),
    )
    events.record("s", "X", "add_to_cart", conversation="c")
    events.record("s", "Y", "view", conversation="b")
    watch.pass_(days=1)
    talk.save_turn(
        "c",
        {},
        "转人工",
        trace(
            "speak_to_human",
            action="handoff",
            handoff=True,
            language="zh",
            products=[],
            ms={"first_text": 10, "total": 1000},
        ),
    )
    talk.save_turn("c", {}, "还在吗", trace(kind="heard", language="zh", products=[], handoff=False))
    feedback.give("a", 1, -1, sku="S", reason="too_dear")
    feedback.give("b", 1, -1, reason="too_dear")
    feedback.give("c", 1, 1, sku="X")


def test_every_figure_is_what_was_stored(database: Database, watch: Watch) -> None:
    _three_days(database, watch)
    found = read_figures(database, Span(date(2026, 3, 1), date(2026, 3, 3)))
    assert (found.totals.turns, found.totals.conversations) == (6, 3)
    assert (found.totals.handoffs, found.totals.handed_off) == (1, 1)
    assert (found.totals.empty, found.totals.relaxed) == (2, 2)
    assert found.days == ((date(2026, 3, 1), 5), (date(2026, 3, 2), 1), (date(2026, 3, 3), 0))
    assert found.intents == {"product_search": 3, "recommend_complement": 2, "speak_to_human": 1}
    assert found.languages == {"en": 4, "zh": 2}
    assert found.empty == (("gold shoes", 2),)
    assert found.relaxations == {"colors": 2, "price_max": 1}
    assert (found.likes, found.dislikes, found.reasons) == (1, 2, {"too_dear": 2})
    assert found.companions == (Companion("X", 2, 1), Companion("Y", 1, 0))
    times = [120.5] * 5 + [10]
    assert found.first_text.percentiles == pytest.approx([percentile(times, q) for q in SHARES])
    assert found.total.percentiles == pytest.approx([percentile([300] * 5 + [1000], q) for q in SHARES])


def test_days_are_those_of_the_reader(database: Database, watch: Watch) -> None:
    _three_days(database, watch)
    found = read_figures(database, Span(date(2026, 3, 1), date(2026, 3, 3), SHANGHAI))
    assert dict(found.days) == {date(2026, 3, 1): 4, date(2026, 3, 2): 1, date(2026, 3, 3): 1}
    second = Span(date(2026, 3, 2), date(2026, 3, 2), SHANGHAI)
    assert read_figures(database, second).totals.turns == 1
    assert [t.message for t in InsightStore(database).turns(second.since, second.until)] == ["配什么"]


def test_days_may_begin_at_a_quarter_of_an_hour(database: Database, watch: Watch) -> None:
    talk = ConversationStore(database)
    for minute in (14, 16):  # midnight in Kathmandu is at 18:15 in UTC
        watch.time = BEGIN.replace(hour=18, minute=minute)
        talk.save_turn("a", {}, "hi", trace())
    zone = zone_named("Asia/Kathmandu")
    first, second = date(2026, 3, 1), date(2026, 3, 2)
    assert read_figures(database, Span(second, second, zone)).days == ((second, 1),)
    assert read_figures(database, Span(first, second, zone)).days == ((first, 1), (second, 1))


def test_days_of_a_zone_at_odd_minutes_still_add_up(database: Database, watch: Watch) -> None:
    watch.time = BEGIN.replace(hour=18, minute=18)
    ConversationStore(database).save_turn("a", {}, "hi", trace())
    odd = timezone(timedelta(hours=5, minutes=43))  # midnight at 18:17 in UTC
    day = date(2026, 3, 2)
    assert read_figures(database, Span(day, day, odd)).days == ((day, 1),)


@pytest.mark.parametrize(
    ("chosen", "messages"),
    [
        (TurnFilter(only="empty"), ["GOLD SHOES", "gold shoes"]),
        (TurnFilter(message="gold shoes"), ["GOLD SHOES", "gold shoes"]),
        (TurnFilter(relaxed="colors"), ["配什么", "gold shoes"]),
        (TurnFilter(companion="Y"), ["what goes with it"]),
        (TurnFilter(reason="too_dear"), ["GOLD SHOES", "Red shoes "]),
        (TurnFilter(only="liked"), ["配什么"]),
        (TurnFilter(only="handoff"), ["转人工"]),
        (TurnFilter(total_above=900), ["转人工"]),
        (TurnFilter(first_text_above=121), []),
        (TurnFilter(intent="recommend_complement", language="zh"), ["配什么"]),
    ],
)
def test_behind_each_figure_are_its_turns(
    database: Database, watch: Watch, chosen: TurnFilter, messages: list[str]
) -> None:
    _three_days(database, watch)
    store, span = InsightStore(database), Span(date(2026, 3, 1), date(2026, 3, 3))
    found = store.matching(span.since, span.until, chosen)
    assert [t.message for t in found] == messages
    assert store.count(span.since, span.until, chosen) == len(messages)
    assert [t.message for t in store.matching(span.since, span.until, chosen, limit=1, offset=1)] == messages[1:2]


def test_a_shop_nobody_came_to_has_figures_too(database: Database) -> None:
    found = read_figures(database, Span.until_today(7, BEGIN))
    assert (found.totals.turns, len(found.days), found.first_text.percentiles) == (0, 7, ())
    assert (found.empty, found.companions, found.relaxations) == ((), (), {})


def test_spans_are_whole_days_of_a_zone() -> None:
    now = datetime(2026, 3, 1, 20, tzinfo=UTC)
    assert Span.until_today(1, now, SHANGHAI).days == (date(2026, 3, 2),)
    assert Span.until_today(7, now).first == date(2026, 2, 23)
    assert Span.between("2026-03-05", "2026-03-01") == Span(date(2026, 3, 1), date(2026, 3, 5))
    assert Span.between("2026-03-05", "nonsense") is None
    assert Span.between("0001-01-01", "0001-01-02") is None
    long = Span.between("1990-01-01", "2026-01-01")
    assert long is not None
    assert len(long.days) == 1100
    assert (zone_named("Asia/Shanghai"), zone_named("../../etc/passwd"), zone_named(3)) == (SHANGHAI, UTC, UTC)
    # The night the clocks go forward in Berlin has 23 hours.
    night = Span(date(2026, 3, 29), date(2026, 3, 29), ZoneInfo("Europe/Berlin"))
    assert night.until - night.since == timedelta(hours=23)


def test_forgotten_turns_leave_no_marks(database: Database, watch: Watch) -> None:
    _three_days(database, watch)
    ConversationStore(database).forget("c")
    found = read_figures(database, Span(date(2026, 3, 1), date(2026, 3, 3)))
    assert found.relaxations == {"colors": 1}
    assert found.companions == (Companion("X", 1, 0), Companion("Y", 1, 0))


def test_percentiles_are_those_of_the_metrics(database: Database, watch: Watch) -> None:
    talk = ConversationStore(database)
    times = [float(t) for t in np.random.default_rng(3).lognormal(5, 1, 41).round(2)]
    for n, ms in enumerate(times):
        talk.save_turn(f"c{n % 5}", {}, "hi", trace(ms={"first_text": ms, "total": None}))
    found = read_figures(database, Span.until_today(1, watch()))
    assert found.first_text.percentiles == pytest.approx([percentile(times, q) for q in SHARES])
    assert found.total.percentiles == ()


def test_an_older_database_gets_its_marks_from_its_traces(tmp_path: Path, watch: Watch) -> None:
    from sqlalchemy import text

    address = f"sqlite:///{tmp_path / 'old.sqlite'}"
    database = Database(address, clock=watch)
    _three_days(database, watch)
    span = Span(date(2026, 3, 1), date(2026, 3, 3))
    before = read_figures(database, span)
    with database.writing() as connection:
        for later in (
            "DROP INDEX ux_trials_under_way",
            "DROP TABLE case_origins",
            "ALTER TABLE users DROP COLUMN shown",
            "ALTER TABLE runs DROP COLUMN alive_at",
            "ALTER TABLE trials DROP COLUMN versions",
            "DROP TABLE turn_marks",
            "DROP INDEX ix_turns_counted",
        ):
            connection.execute(text(later))
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))
    database.close()
    database = Database(address, clock=watch)
    assert read_figures(database, span) == before
    database.close()
