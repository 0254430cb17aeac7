"""The row of products that is one shopper's own, as HTML, and what presses of it do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fakes_assistant import PRODUCTS, FakeAssistant

from assistant.for_you import Suggestion
from assistant.lexicon import Lexicon
from assistant.personal import PERSONAL, PROMOTED
from assistant.ranking import card_of
from assistant.sessions import Sessions
from assistant.store.conversations import ConversationStore
from assistant.store.events import EventStore
from assistant.ui.cards import CardRenderer
from assistant.ui.for_you import NOTHING, reason, render_for_you
from assistant.ui.panels import Panels
from assistant.ui.pictures import Pictures
from assistant.ui.shop import Shop, Tab
from assistant.ui.texts import EN, ZH

DASH, INK, CLOUD = PRODUCTS[0], PRODUCTS[1], PRODUCTS[3]
EVIL = '<b onclick="alert(1)">'


@dataclass
class Event:
    """As Gradio hands it over."""

    _data: dict[str, Any]


@pytest.fixture(scope="module")
def cards() -> CardRenderer:
    return CardRenderer(Pictures({}, Lexicon.load()))


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    store = ConversationStore(f"sqlite:///{tmp_path / 'c.sqlite'}")
    sessions = Sessions(FakeAssistant(), store)  # type: ignore[arg-type]
    yield sessions
    sessions.close()
    store.close()


@pytest.fixture
def shop(sessions: Sessions) -> Shop:
    return Shop(sessions, Pictures({}, Lexicon.load()))


def _events(sessions: Sessions) -> list[tuple[str, str, float | None]]:
    return [(e.event, e.sku, e.value) for e in EventStore(sessions.store.database).all()]


def _said(shop: Shop, message: str, tab: Tab | None = None) -> Tab:
    *_, last = shop.answer(message, tab or Tab(), Event({}))  # type: ignore[arg-type]
    assert isinstance(last[-1], Tab)
    return last[-1]


@pytest.mark.parametrize(
    ("doing", "goes_with", "english", "chinese"),
    [
        ("view", False, "Because you looked at Trundle Dash running shoe", "因为您看过 Trundle 疾风跑鞋"),
        ("cart", True, "Goes with Trundle Dash running shoe in your cart", "与购物车里的 Trundle 疾风跑鞋搭配"),
        ("like", False, "Because you liked Trundle Dash running shoe", "因为您喜欢 Trundle 疾风跑鞋"),
    ],
)
def test_a_reason_says_what_was_done_with_what(doing: Any, goes_with: bool, english: str, chinese: str) -> None:
    one = Suggestion(card_of(CLOUD, "en"), DASH, doing, goes_with)
    assert reason(one, EN) == english
    assert reason(one, ZH) == chinese


def test_the_row_shows_cards_reasons_and_the_switch(cards: CardRenderer) -> None:
    lifted = replace(card_of(CLOUD, "en"), parts={PROMOTED: 0.1})
    html = render_for_you(
        [Suggestion(card_of(INK, "en"), DASH, "view"), Suggestion(lifted, DASH, "like")], cards, EN, wanted=True
    )
    for part in ("For you", "Trundle Dash Ink running shoe", "Because you looked at", "Because you liked", "$120.00"):
        assert part in html
    assert html.count(">Promoted<") == 1
    assert 'aria-checked="true"' in html
    off = render_for_you([Suggestion(lifted, DASH, "like")], cards, ZH, wanted=False)
    assert "Trundle" not in off
    assert "浏览记录已删除" in off
    assert 'data-personal="off"' in off


def test_a_reduced_price_is_that_of_the_record(cards: CardRenderer) -> None:
    assert "$79.00" in render_for_you([Suggestion(card_of(DASH, "en"), INK, "view")], cards, EN, wanted=True)
    # The record states no former price in CNY, and none is made up.
    assert "<s>" not in render_for_you([Suggestion(card_of(DASH, "zh"), INK, "view")], cards, ZH, wanted=True)


def test_what_catalogues_say_is_shown_not_run(cards: CardRenderer) -> None:
    evil = replace(DASH, title=EVIL, sku=EVIL, translations={})
    html = render_for_you([Suggestion(card_of(evil, "en"), evil, "view")], cards, EN, wanted=True)
    assert "<b onclick" not in html
    assert "&lt;b onclick" in html


def test_the_welcome_speaks_both_languages(cards: CardRenderer) -> None:
    html = render_for_you([], cards, EN, wanted=True, both=True)
    assert "Use what I look at" in html
    assert "参考我看过的商品" in html
    assert '<ul class="tiles"' not in html


def test_what_is_done_on_the_page_is_noted_and_moves_the_row(shop: Shop, sessions: Sessions) -> None:
    tab = _said(shop, "shoes")
    assert "tile" not in shop.for_you(tab)
    sheet, _, _, row = shop.act(tab, Event({"act": "detail", "sku": DASH.sku}))  # type: ignore[arg-type]
    assert "dialog" in sheet
    assert "Because you looked at Trundle Dash running shoe" in row
    assert f'data-sku="{DASH.sku}"' not in row
    _, _, tab, row = shop.act(tab, Event({"act": "put", "sku": CLOUD.sku}))  # type: ignore[arg-type]
    assert "Because Trundle Cloud running shoe is in your cart" in row
    shop.act(tab, Event({"act": "rate", "sku": INK.sku, "value": "1"}))  # type: ignore[arg-type]
    *_, row = shop.act(tab, Event({"act": "pass", "sku": INK.sku}))  # type: ignore[arg-type]
    assert f'data-sku="{INK.sku}"' not in row
    tab = _said(shop, "add number 1 to my cart", tab)
    assert _events(sessions) == [
        ("view", DASH.sku, None),
        ("add_to_cart", CLOUD.sku, 1.0),
        ("like", INK.sku, None),
        ("dislike", INK.sku, None),
        ("add_to_cart", DASH.sku, 1.0),
    ]
    assert tab.conversation is not None
    taste = sessions.taste(tab.conversation)
    assert [(s.sku, s.doing) for s in taste.signs] == [
        (DASH.sku, "view"),
        (CLOUD.sku, "cart"),
        (INK.sku, "dislike"),
        (DASH.sku, "cart"),
    ]
    _, _, tab, _ = shop.act(tab, Event({"act": "put", "sku": CLOUD.sku, "quantity": "0"}))  # type: ignore[arg-type]
    assert tab.conversation is not None
    assert (CLOUD.sku, "carted") in [(s.sku, s.doing) for s in sessions.taste(tab.conversation).signs]


def test_the_switch_deletes_what_was_noted_and_notes_no_more(shop: Shop, sessions: Sessions) -> None:
    tab = _said(shop, "shoes")
    shop.act(tab, Event({"act": "detail", "sku": DASH.sku}))  # type: ignore[arg-type]
    shop.act(tab, Event({"act": "rate", "sku": INK.sku, "value": "1"}))  # type: ignore[arg-type]
    _, _, tab, row = shop.act(tab, Event({"act": "personal", "value": "off"}))  # type: ignore[arg-type]
    assert tab.personal is False
    assert "What was noted of what you looked at is deleted" in row
    assert _events(sessions) == []
    assert tab.conversation is not None
    assert sessions.state(tab.conversation).personal is False
    assert len(sessions.ratings(tab.conversation)) == 1, "an opinion of a reply is kept"
    *_, row = shop.act(tab, Event({"act": "detail", "sku": DASH.sku}))  # type: ignore[arg-type]
    shop.act(tab, Event({"act": "rate", "sku": INK.sku, "value": "-1"}))  # type: ignore[arg-type]
    _, _, tab, _ = shop.act(tab, Event({"act": "put", "sku": CLOUD.sku}))  # type: ignore[arg-type]
    tab = _said(shop, "add number 1", tab)
    assert _events(sessions) == []
    assert "tile" not in row
    assert not sessions.taste(tab.conversation or "")
    # Remembered with the conversation, and after a reload.
    again = shop.restore(Tab(), Event({"conversation": tab.conversation}))  # type: ignore[arg-type]
    assert next(part for part in again if isinstance(part, Tab)).personal is False
    _, _, tab, _ = shop.act(tab, Event({"act": "personal", "value": "on"}))  # type: ignore[arg-type]
    *_, row = shop.act(tab, Event({"act": "detail", "sku": DASH.sku}))  # type: ignore[arg-type]
    assert "Because you looked at" in row
    assert [kind for kind, _, _ in _events(sessions)] == ["view"]


def test_turned_off_before_the_first_message(shop: Shop, sessions: Sessions) -> None:
    _, _, tab, _ = shop.act(Tab(), Event({"act": "personal", "value": "off"}))  # type: ignore[arg-type]
    assert tab.conversation is None, "nothing is stored for a press"
    restored = shop.restore(Tab(), Event({"conversation": "", "personal": "off"}))  # type: ignore[arg-type]
    assert next(part for part in restored if isinstance(part, Tab)).personal is False
    tab = _said(shop, "shoes", tab)
    shop.act(tab, Event({"act": "detail", "sku": DASH.sku}))  # type: ignore[arg-type]
    assert _events(sessions) == []
    fresh = shop.fresh(tab, Event({}))  # type: ignore[arg-type]
    assert next(part for part in fresh if isinstance(part, Tab)).personal is False


def test_a_shop_that_wants_none_of_it_shows_and_notes_nothing(tmp_path: Path) -> None:
    store = ConversationStore(f"sqlite:///{tmp_path / 'c.sqlite'}")
    sessions = Sessions(FakeAssistant(), store, personal=False)  # type: ignore[arg-type]
    shop = Shop(sessions, Pictures({}, Lexicon.load()))
    tab = _said(shop, "shoes")
    *_, row = shop.act(tab, Event({"act": "detail", "sku": DASH.sku}))  # type: ignore[arg-type]
    assert row == NOTHING
    assert _events(sessions) == []
    sessions.close()
    store.close()


def test_forgetting_removes_what_was_noted(shop: Shop, sessions: Sessions) -> None:
    tab = _said(shop, "shoes")
    shop.act(tab, Event({"act": "detail", "sku": DASH.sku}))  # type: ignore[arg-type]
    assert _events(sessions)
    shop.fresh(tab, Event({"forget": True}))  # type: ignore[arg-type]
    assert _events(sessions) == []


def test_why_shows_what_taste_added_with_its_sign(cards: CardRenderer) -> None:
    trace = {
        "products": [{"sku": DASH.sku}],
        "candidates": [{"sku": DASH.sku, "parts": {"semantic": 0.8, PERSONAL: 0.031, PROMOTED: 0.1}}],
    }
    html = Panels(cards).why(DASH, trace, EN, "USD")
    assert "Your taste" in html
    assert "+0.03" in html
    assert "Promoted by the shop" in html
    assert "You can turn it off" in html
    assert "您的偏好" in Panels(cards).why(DASH, trace, ZH, "USD")
    plain = {**trace, "candidates": [{"sku": DASH.sku, "parts": {"semantic": 0.8, PERSONAL: -0.02}}]}
    assert "-0.02" in Panels(cards).why(DASH, plain, EN, "USD")


def test_a_promoted_card_is_marked_only_where_it_was_lifted(cards: CardRenderer) -> None:
    plain, lifted = card_of(DASH, "en"), replace(card_of(INK, "en"), parts={PROMOTED: 0.1})
    html = str(cards.render([plain, lifted], EN, numbered=True))
    assert html.count(">Promoted<") == 1
    assert ">推广<" in str(cards.render([lifted], ZH, numbered=True))


def test_a_turn_ends_with_the_row(shop: Shop) -> None:
    tab = _said(shop, "shoes")
    *_, last = shop.answer("add number 1", tab, Event({}))  # type: ignore[arg-type]
    assert "Because Trundle Dash running shoe is in your cart" in last[-2]
    assert last[-1].cart[0].sku == DASH.sku


def test_a_card_that_is_rated_before_its_turn_is_stored_is_rated(tmp_path: Path) -> None:
    written = threading.Event()
    store = ConversationStore(f"sqlite:///{tmp_path / 'c.sqlite'}")

    def hold(message: str) -> None:
        written.wait(30)

    sessions = Sessions(FakeAssistant(before_text=hold), store)  # type: ignore[arg-type]
    shop = Shop(sessions, Pictures({}, Lexicon.load()))
    try:
        turn = shop.answer("shoes", Tab(), Event({}))  # type: ignore[arg-type]
        shown = next(update for update in turn if INK.sku in str(update[0]))
        with ThreadPoolExecutor(1) as pool:
            press = Event({"act": "rate", "sku": INK.sku, "value": "1"})
            rated = pool.submit(shop.act, shown[-1], press)  # type: ignore[arg-type]
            assert not sessions.ratings(shown[-1].conversation)
            written.set()
            list(turn)
            *_, row = rated.result(30)
        assert "Because you liked Trundle Dash Ink" in row
        assert [(rating.sku, rating.value) for rating in sessions.ratings(shown[-1].conversation)] == [(INK.sku, 1)]
        assert _events(sessions) == [("like", INK.sku, None)]
        never = shop.act(shown[-1], Event({"act": "rate", "sku": "TST-BOTTLE/2", "value": "1"}))  # type: ignore[arg-type]
        assert _events(sessions) == [("like", INK.sku, None)]
        assert len(never) == 4
    finally:
        written.set()
        sessions.close()
        store.close()


def test_a_row_that_cannot_be_made_spoils_no_turn(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no row")

    monkeypatch.setattr(FakeAssistant, "for_you", broken)
    tab = _said(shop, "shoes")
    *_, last = shop.answer("add number 1", tab, Event({}))  # type: ignore[arg-type]
    assert 'data-status="done"' in last[0]
    assert f"Added {DASH.sku}" in last[0]
