"""What is one shopper's own on the page: a row with reasons that follows what they do, and the switch that ends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe import serious
from playwright.sync_api import expect
from serving import serving
from small_shop import small_assistant

from assistant.lexicon import Lexicon
from assistant.server import build_app
from assistant.sessions import Sessions
from assistant.store.conversations import ConversationStore
from assistant.store.events import EventStore
from assistant.ui.pictures import Pictures

pytestmark = pytest.mark.browser


@dataclass
class Small:
    """A shop of a dozen products with the real stages, and what it stored."""

    address: str
    sessions: Sessions

    def events(self) -> list[tuple[str, str]]:
        return [(e.event, e.sku) for e in EventStore(self.sessions.store.database).all()]

    def events_of(self, tab: Any) -> list[tuple[str, str]]:
        conversation = tab.page.evaluate("sessionStorage.getItem('lantern.conversation')")
        every = EventStore(self.sessions.store.database).all()
        return [(e.event, e.sku) for e in every if e.conversation_id == conversation]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    folder = tmp_path_factory.mktemp("small")
    lexicon = Lexicon.load()
    store = ConversationStore(f"sqlite:///{folder / 'c.sqlite'}")
    sessions = Sessions(small_assistant(folder, lexicon), store)
    try:
        with serving(build_app(sessions, Pictures({}, lexicon))) as address:
            yield Small(address, sessions)
    finally:
        sessions.close()
        store.close()


def look_at(tab: Any, place: int = 0) -> str:
    """Open the sheet of a card and close it; returns the title."""
    opener = tab.page.locator("#live .card .open").nth(place)
    title = str(opener.inner_text())
    opener.click()
    sheet = tab.page.locator("#panel dialog[open]")
    expect(sheet).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    return title


@pytest.mark.parametrize(
    ("width", "message", "title", "reason", "switch", "off"),
    [
        (1280, "running shoes", "For you", "looked at", "Use what I look at", "Off."),
        (390, "想买跑鞋", "为您推荐", "看过", "参考我看过的商品", "已关闭"),
    ],
)
def test_the_row_follows_what_is_done_and_the_switch_ends_it(
    visit: Any, small: Small, width: int, message: str, title: str, reason: str, switch: str, off: str
) -> None:
    tab = visit(width=width, height=844).open(small.address)
    row = tab.page.locator("#for-you .for-you")
    expect(row.get_by_role("switch")).to_be_visible()
    tab.say(message, 1)
    expect(row.locator(".tile")).to_have_count(0)
    seen = look_at(tab)
    expect(row.get_by_role("heading", level=2)).to_have_text(title)
    expect(row.locator(".tile").first).to_be_visible()
    reasons = row.locator(".reason").all_inner_texts()
    assert all(reason in text and seen in text for text in reasons)
    assert seen not in row.locator(".title").all_inner_texts()
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert serious(tab.page) == []
    # Into the cart, and out of the row: it is another reason now.
    before = row.locator(".title").all_inner_texts()
    row.locator(".buy").first.click()
    expect(tab.page.locator(".cartline")).to_be_visible()
    expect(row.locator(".title").first).not_to_have_text(before[0])
    passed = row.locator(".title").first.inner_text()
    row.locator(".pass").first.click()
    expect(row.locator(".title", has_text=passed)).to_have_count(0)
    assert [kind for kind, _ in small.events_of(tab)] == ["view", "add_to_cart", "dislike"]
    flip = row.get_by_role("switch", name=switch)
    expect(flip).to_have_attribute("aria-checked", "true")
    flip.focus()
    tab.page.keyboard.press("Enter")
    expect(flip).to_have_attribute("aria-checked", "false")
    expect(flip).to_be_focused()
    expect(row.locator("#for-you-note")).to_contain_text(off)
    expect(row.locator(".tile")).to_have_count(0)
    assert serious(tab.page) == []
    assert small.events_of(tab) == []
    look_at(tab, 1)
    tab.page.locator("#live .card .buy").nth(1).click()
    tab.finished(2)
    assert small.events_of(tab) == []
    expect(row.locator(".tile")).to_have_count(0)
    tab.reload()
    expect(row.get_by_role("switch", name=switch)).to_have_attribute("aria-checked", "false")
    row.get_by_role("switch", name=switch).click()
    expect(row.get_by_role("switch", name=switch)).to_have_attribute("aria-checked", "true")
    tab.say(message, 3)
    look_at(tab)
    expect(row.locator(".tile").first).to_be_visible()
    assert [kind for kind, _ in small.events_of(tab)] == ["view"]


def test_turned_off_before_the_first_word_nothing_is_ever_noted(visit: Any, small: Small) -> None:
    before = small.events()
    tab = visit().open(small.address)
    flip = tab.page.get_by_role("switch")
    expect(flip).to_contain_text("参考我看过的商品")
    flip.click()
    expect(flip).to_have_attribute("aria-checked", "false")
    tab.reload()
    expect(flip).to_have_attribute("aria-checked", "false")
    tab.say("running shoes", 1)
    look_at(tab)
    tab.page.get_by_role("button", name="Good suggestion").first.click()
    tab.say("running shoes under 130", 2)
    assert small.events() == before
    tab.page.get_by_role("button", name="New conversation").click()
    tab.page.wait_for_selector("#live .welcome")
    expect(flip).to_have_attribute("aria-checked", "false")


def test_taste_moves_a_search_and_says_so(visit: Any, small: Small) -> None:
    tab = visit().open(small.address)
    tab.say("running shoes", 1)
    tab.page.get_by_role("button", name="Good suggestion").nth(1).click()
    expect(tab.page.locator("#for-you .reason").first).to_contain_text("liked")
    tab.say("running shoes under 130", 2)
    tab.page.locator('#live .card [data-act="why"]').first.click()
    sheet = tab.page.locator("#panel dialog[open]")
    expect(sheet).to_contain_text("Your taste")
    expect(sheet.locator(".bars li", has_text="Your taste").locator("b")).to_have_text(
        re.compile(r"^\+0\.(0[1-9]|10)$")
    )
    expect(sheet).to_contain_text("You can turn it off")
    assert serious(tab.page) == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_the_row_is_for_everybody(visit: Any, small: Small, scheme: str, width: int) -> None:
    tab = visit(width=width, height=844, color_scheme=scheme).open(small.address)
    assert serious(tab.page) == []
    tab.say("running shoes", 1)
    look_at(tab)
    expect(tab.page.locator("#for-you .tile").first).to_be_visible()
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert serious(tab.page) == []
    # What this shopper's own products say is what the sheet says, and is looked at in turn.
    tab.page.locator("#for-you .open").first.click()
    expect(tab.page.locator("#panel dialog[open]")).to_be_visible()


def test_forget_me_takes_the_row_with_it(visit: Any, small: Small) -> None:
    tab = visit().open(small.address)
    tab.say("running shoes", 1)
    look_at(tab)
    expect(tab.page.locator("#for-you .tile").first).to_be_visible()
    conversation = tab.page.evaluate("sessionStorage.getItem('lantern.conversation')")
    tab.page.get_by_role("button", name="Forget me").click()
    tab.page.get_by_role("button", name="Delete everything").click()
    tab.page.wait_for_selector("#live .welcome")
    expect(tab.page.locator("#for-you .tile")).to_have_count(0)
    every = EventStore(small.sessions.store.database).all()
    assert [e for e in every if e.conversation_id == conversation] == []
