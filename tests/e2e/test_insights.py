"""The insights in a real browser: figures, what is behind them, one message told; languages, widths, keys, axe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from axe import serious
from fakes_assistant import PRODUCTS, FakeAssistant
from fastapi import FastAPI
from serving import serving

from assistant.dialogue import DialogueState
from assistant.insights.splits import results
from assistant.server.faces import mount_face
from assistant.sessions import trace_of
from assistant.store.conversations import ConversationStore
from assistant.store.database import Database
from assistant.store.events import EventStore
from assistant.store.feedback import FeedbackStore
from assistant.store.trials import TrialStore
from assistant.turns import Done
from assistant.types import Timing
from assistant.ui.insights import build_insights
from assistant.ui.insights_splits import render_splits
from assistant.ui.theme import head, theme

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror='window.broken=1'> gold shoes"
SAID = (
    ("running shoes under 130", 40.0),
    ("shoes under 5", 55.0),
    ("no red shoes please", 80.0),
    ("低于800的跑鞋", 62.0),
    ("hello", 9.0),
    ("shoes, no black, under 150", 900.0),
)


class _Clock:
    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.time


def fill(database: Database, clock: _Clock) -> None:
    """Two weeks of conversations with a scripted assistant, and what shoppers did and thought."""
    talk, feedback, events = ConversationStore(database), FeedbackStore(database), EventStore(database)
    trials, assistant = TrialStore(database), FakeAssistant()
    now = clock.time
    trial = None
    for day in range(13, -1, -1):
        clock.time = now - timedelta(days=day)
        if day == 13:
            trial = trials.start("shorter texts", "blurb.en", {"production": 0.5, "staging": 0.5}, author="mia")
        assert trial is not None
        for n in range(3 + (day * 7) % 5):
            conversation = f"day {day} conversation {n}"
            message, ms = SAID[(day + n) % len(SAID)]
            done = next(e for e in assistant.stream(DialogueState(), message) if isinstance(e, Done))
            cards = tuple(
                replace(c, parts={"semantic": 0.9 - i / 10, "keyword": i / 5}) for i, c in enumerate(done.turn.cards)
            )
            turn = replace(
                done.turn, cards=cards, ms=Timing(understand=4, retrieve=ms / 3, rank=2, first_text=ms, total=ms * 6)
            )
            arm = trials.arm(trial, conversation)
            trace = {**trace_of(turn), "trials": [{"trial": trial.name, "task": "blurb.en", "arm": arm}]}
            talk.save_turn(conversation, {}, message, trace)
            if turn.cards and n == 0:
                feedback.give(conversation, 1, -1 if day % 3 else 1, sku=PRODUCTS[0].sku, reason="too_dear")
            if n == 1:
                talk.save_turn(
                    conversation, {}, EVIL, {**trace, "products": [], "candidates": [], "reply": "<b>none</b>"}
                )
                goes = {**trace, "intent": "recommend_complement", "action": "complement", "confidence": 0.41}
                talk.save_turn(
                    conversation,
                    {},
                    "what goes with it",
                    {**goes, "products": [{"sku": PRODUCTS[1].sku}]},
                )
                events.record("s", PRODUCTS[1].sku, "add_to_cart", conversation=conversation)
            if n == 2:
                handed = {**trace, "intent": "speak_to_human", "action": "handoff", "handoff": True, "products": []}
                talk.save_turn(conversation, {}, "转人工", handed)
    clock.time = now


@pytest.fixture(scope="module")
def insights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Database]]:
    """The address of a page that holds the insights and nothing else, in English at /en and in Chinese at /zh."""
    clock = _Clock()
    folder: Path = tmp_path_factory.mktemp("insights")
    database = Database(f"sqlite:///{folder / 'c.sqlite'}", clock=clock)
    fill(database, clock)
    empty = Database(f"sqlite:///{folder / 'empty.sqlite'}", clock=clock)
    titles = {p.sku: p for p in PRODUCTS}

    def title_of(sku: str, language: str) -> str | None:
        return titles[sku].title_in(language) if sku in titles else None

    app = FastAPI()
    arms = results(TrialStore(database), "shorter texts")
    for path, source, language in (
        ("/en", database, "en"),
        ("/zh", database, "zh"),
        ("/", empty, "en"),
    ):
        with gr.Blocks(title="Insights", analytics_enabled=False, fill_width=True) as page:
            gr.HTML(f'<h1 class="sr" lang="{language}">Lab</h1>', padding=False)
            build_insights(source, title_of, language=gr.State(language))
            if source is database:
                gr.HTML(f'<div class="ins" id="split">{render_splits(arms, language)}</div>', padding=False)
        mount_face(app, page, path, None, theme=theme(), head=head())
    try:
        with serving(app) as address:
            yield address, database
    finally:
        database.close()
        empty.close()


def _open(visit: Any, address: str, **options: Any) -> Any:
    page = visit(**options).page
    page.goto(address)
    page.wait_for_selector("#insights .ins[lang]", timeout=60_000)
    return page


def _heading(page: Any, text: str) -> None:
    page.locator("#insights h2", has_text=text).wait_for()


def _fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


WORDS = {
    "en": ("Found nothing", "Searches that found nothing", "One message, step by step", "Back to the figures", "14"),
    "zh": ("没有结果", "没有结果的搜索", "一条消息的全过程", "返回统计", "14"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_figure_leads_to_its_messages_and_a_message_to_its_steps(
    visit: Any, insights: tuple[str, Database], language: str, width: int
) -> None:
    address, _ = insights
    nothing, behind, steps, back, _ = WORDS[language]
    page = _open(visit, f"{address}/{language}/", width=width)
    assert _fits(page)
    tile = page.locator(".ins-tiles li", has=page.get_by_role("heading", name=nothing, exact=True))
    tile.get_by_role("button").click()
    _heading(page, behind)
    assert page.evaluate("document.activeElement.textContent") == behind
    first = page.locator(".ins-turns button").first
    # What shoppers wrote is text, never markup.
    assert EVIL in first.inner_text()
    assert _fits(page)
    first.click()
    _heading(page, steps)
    assert page.locator(".ins-quote").first.inner_text() == EVIL
    assert "blurb@0" in page.locator(".ins-code").inner_text()
    assert "shorter texts" in page.locator("#insights").inner_text()
    assert _fits(page)
    page.locator(".ins-back").click()
    _heading(page, behind)
    page.locator(".ins-back", has_text=back).click()
    page.wait_for_selector(".ins-tiles")
    assert page.evaluate("window.broken") is None


def test_every_number_of_the_page_leads_to_as_many_messages(visit: Any, insights: tuple[str, Database]) -> None:
    page = _open(visit, f"{insights[0]}/en/")
    for section in ("What they wanted", "Searches that found nothing", "Why products were disliked", "Language"):
        row = (
            page.locator(".ins-card", has=page.get_by_role("heading", name=section, exact=True))
            .locator("tbody tr")
            .first
        )
        count = row.locator(".ins-n").inner_text()
        row.locator(".ins-n").click()
        page.wait_for_selector(".ins-turns")
        assert f"{count} messages" in page.locator(".ins-head .soft").inner_text()
        page.locator(".ins-back").click()
        page.wait_for_selector(".ins-tiles")


def test_periods_by_button_and_by_date_and_a_period_without_anybody(visit: Any, insights: tuple[str, Database]) -> None:
    page = _open(visit, f"{insights[0]}/en/", timezone_id="UTC")

    def total() -> int:
        return int(page.locator(".ins-tiles .ins-n").first.inner_text())

    week = total()
    page.get_by_role("button", name="30 days").click()
    page.wait_for_selector('[data-days="30"][aria-pressed=true]')
    assert total() > week
    page.get_by_role("button", name="Today").click()
    page.wait_for_selector('[data-days="1"][aria-pressed=true]')
    assert 0 < total() < week
    page.fill("input[name=first]", "2020-01-01")
    page.fill("input[name=last]", "2020-01-31")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("heading", name="Nobody wrote in this period").wait_for()
    assert page.locator("[aria-pressed=true]").count() == 0


def test_the_insights_can_be_used_by_keys_alone(visit: Any, insights: tuple[str, Database]) -> None:
    page = _open(visit, f"{insights[0]}/en/")
    page.locator("[data-days='1']").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-days="30"][aria-pressed=true]')
    assert page.evaluate("document.activeElement.id") == "ins-title"
    page.locator(".ins-tiles .ins-n").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".ins-turns")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    _heading(page, "One message, step by step")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".ins-turns")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_serious(visit: Any, insights: tuple[str, Database], scheme: str, width: int) -> None:
    page = _open(visit, f"{insights[0]}/zh/", width=width, color_scheme=scheme)
    assert serious(page) == []
    page.locator(".ins-tiles .ins-n").first.click()
    page.wait_for_selector(".ins-turns")
    assert serious(page) == []
    page.locator(".ins-turns button").first.click()
    page.wait_for_selector(".ins-quote")
    assert serious(page) == []


def test_a_shop_nobody_came_to_says_so(visit: Any, insights: tuple[str, Database]) -> None:
    page = _open(visit, f"{insights[0]}/")
    page.get_by_role("heading", name="Nobody wrote in this period").wait_for()
    assert serious(page) == []


def test_what_is_sent_from_outside_the_page_shows_nothing_else(visit: Any, insights: tuple[str, Database]) -> None:
    page = _open(visit, f"{insights[0]}/en/")
    page.evaluate(
        """() => {
            const tile = document.querySelector(".ins-tiles .ins-n");
            tile.dataset.kind = "users";
            tile.dataset.value = "'; drop table turns";
        }"""
    )
    page.locator(".ins-tiles .ins-n").first.click()
    page.wait_for_selector('.ins:not([aria-busy="true"]) .ins-tiles')
    assert page.locator(".ins-turns").count() == 0
