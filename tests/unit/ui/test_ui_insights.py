"""The insights without a browser: what screens say of ordinary and of odd turns, and how a split is told."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant.insights.splits import MEASURES, ArmFigures, Measure
from assistant.store.conversations import ConversationStore, StoredTurn
from assistant.store.database import Database
from assistant.types import Action, Timing
from assistant.ui.insights import Insights, Look
from assistant.ui.insights_splits import render_splits
from assistant.ui.insights_view import Behind, InsightViews, insight_words
from assistant.ui.words_insights_en import EN
from assistant.ui.words_insights_zh import ZH

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def no_title(sku: str, language: str) -> str | None:
    return None


def told(trace: dict[str, Any], language: str = "en", message: str = "hi") -> str:
    return InsightViews(language, UTC, no_title).turn(StoredTurn("c", 1, message, trace, AT))


@pytest.mark.parametrize("w", [EN, ZH])
def test_every_action_stage_and_measure_has_a_word(w: Any) -> None:
    from typing import get_args

    assert set(w.actions) == set(get_args(Action))
    assert set(w.stages) == {f.name for f in fields(Timing)}
    assert set(w.measures) == set(MEASURES)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "trace",
    [
        {},
        {
            "intent": None,
            "confidence": "high",
            "products": "x",
            "candidates": [3],
            "ms": [],
            "claims": 4,
            "relaxed": None,
        },
        {
            "intent": "of a later release",
            "products": [{}],
            "candidates": [{"parts": {"semantic": 0.0}}],
            "trials": [{}],
        },
    ],
)
def test_a_turn_of_another_release_is_told_as_far_as_it_goes(language: str, trace: dict[str, Any]) -> None:
    assert insight_words(language).turn in told(trace, language)


def test_a_turn_is_told_in_words_and_never_as_markup() -> None:
    found = told(
        {
            "intent": "product_search", "confidence": 0.41, "language": "en", "action": "search", "reply": "<b>x</b>",
            "ledger": {"product": "<i>shoes</i>", "price_max": 50, "currency": "USD"}, "relaxed": ["price_max"],
            "products": [{"sku": "A", "title": "<u>A</u>", "price": 60.0, "currency": "USD"}],
            "candidates": [{"sku": "A", "parts": {"semantic": 0.5}, "why": ["<s>"]}],
            "prompt": "blurb.en/2@abc", "trials": [{"trial": "t", "task": "blurb.en", "arm": "staging"}],
            "claims": {"checked": 3, "repaired": 1}, "ms": {"total": 1500.0, "understand": 4.2},
        },
        message="<script>alert(1)</script>",
    )  # fmt: skip
    for raw in ("<b>x", "<i>shoes", "<u>A", "<s>", "<script>"):
        assert raw not in found
    for words in ("41 % sure", "not sure", "Looking for a product", "Not met by any product: the price limit", "1.5 s",
                  "4.2 ms", "blurb.en/2@abc", "“t”", "“staging”", "3 statements checked: 1 corrected"):  # fmt: skip
        assert words in found, words


def test_what_no_figure_is_leads_nowhere() -> None:
    from assistant.insights.figures import Span

    span = Span(date(2026, 3, 1), date(2026, 3, 2))
    for behind in (
        Behind("users"),
        Behind("days", "x/y"),
        Behind("total", "nan"),
        Behind("total", "many"),
        Behind("days"),
    ):
        assert behind.chosen(span) is None
    days = Behind("days", "2026-03-01/2026-03-01").chosen(span)
    assert days is not None
    assert days[0].days == (date(2026, 3, 1),)


def test_what_a_page_sends_is_checked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    database = Database(f"sqlite:///{tmp_path / 'c.sqlite'}", clock=lambda: AT)
    ConversationStore(database).save_turn("c", {}, "shoes", {"action": "search", "products": []})
    insights, look = Insights(database, no_title), Look()
    _, after = insights.act({"act": "open", "language": "zh", "zone": "Asia/Shanghai"}, look)
    assert (after.language, str(after.zone)) == ("zh", "Asia/Shanghai")
    for odd in (
        {}, {"act": 3}, {"act": "days", "days": "9999"}, {"act": "between", "first": "x", "last": None},
        {"act": "list", "kind": "users"}, {"act": "turn", "conversation": "c", "number": "-1"},
        {"act": "open", "zone": "../x"},
    ):  # fmt: skip
        screen, same = insights.act(odd, look)
        assert same == look, odd
        assert EN.by_day in screen
    _, listed = insights.act({"act": "list", "kind": "empty", "value": ""}, look)
    screen, turn = insights.act({"act": "turn", "conversation": "other", "number": "1"}, listed)
    assert EN.gone in screen
    assert insights.act({"act": "back"}, turn)[1].screen == "list"
    database.close()
    caplog.clear()


def test_a_database_that_cannot_be_read_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'c.sqlite'}", clock=lambda: AT)

    def broken(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr("assistant.ui.insights.read_figures", broken)
    screen, _ = Insights(database, no_title).act({"act": "open"}, Look())
    assert EN.failed in screen
    assert "disk" not in screen
    assert "the disk is gone" in caplog.text
    database.close()


@pytest.mark.parametrize(
    ("language", "higher", "few"),
    [("en", "Higher than “production”", "Too few"), ("zh", "高于“production”", "对话太少")],
)
def test_a_split_is_told_with_its_doubts(language: str, higher: str, few: str) -> None:
    base = Measure(5, 0.05, (0.02, 0.11), None, None, "baseline")
    more = Measure(30, 0.3, (0.22, 0.4), 0.25, (0.15, 0.35), "higher")
    odd = Measure(0, None, None, None, None, "too_few")
    arms = [
        ArmFigures("production", 0.5, 100, 300, dict.fromkeys(MEASURES, base)),
        ArmFigures("<b>staging", 0.5, 100, 280, dict.fromkeys(MEASURES, more) | {"carts": odd}),
    ]
    found = render_splits(arms, language)
    w = insight_words(language)
    assert higher in found
    assert few in found
    assert w.looks in found
    assert "+25" in found
    assert "<b>staging" not in found
