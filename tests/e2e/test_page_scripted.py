"""The page in a real browser over a scripted assistant: order, failure, escaping, isolation, keyboard."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

# The scripted server's catalogue holds a title with the same words.
EVIL = '<img src=x onerror="window.broken=1"><script>window.broken=2</script>'


def test_cards_come_before_the_text(visit: Any, scripted: Any) -> None:
    gate = scripted.gates.setdefault("gated", threading.Event())
    tab = visit().open(scripted.address)
    tab.page.fill("#message textarea", "gated shoes")
    tab.page.press("#message textarea", "Enter")
    tab.page.wait_for_selector("#live .card")
    assert tab.page.locator("#live .reply").is_hidden()
    assert tab.page.locator("#live .waiting").is_visible()
    assert tab.page.input_value("#message textarea") == ""
    gate.set()
    tab.finished(1)
    assert tab.page.locator("#live .reply").inner_text() == "These fit. The first is light."
    assert tab.page.locator("#live .waiting").is_hidden()


def test_a_second_message_waits_for_the_first(visit: Any, scripted: Any) -> None:
    gate = scripted.gates.setdefault("patience", threading.Event())
    tab = visit().open(scripted.address)
    tab.page.fill("#message textarea", "patience shoes")
    tab.page.press("#message textarea", "Enter")
    tab.page.wait_for_selector("#live .card")
    tab.page.fill("#message textarea", "hello there")
    tab.page.press("#message textarea", "Enter")
    tab.page.press("#message textarea", "Enter")
    assert tab.page.input_value("#message textarea") == "hello there"
    gate.set()
    tab.finished(2)
    assert tab.page.locator("#live .bubble").inner_text() == "hello there"
    assert tab.page.locator("#log .turn").count() == 1
    assert "patience shoes" in tab.page.locator("#log .turn .bubble").inner_text()
    assert tab.page.locator("#log .card").count() == 5


def test_a_failure_is_one_line_and_keeps_the_message(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("shoes under 80", 1)
    tab.page.fill("#message textarea", "boom please")
    tab.page.press("#message textarea", "Enter")
    tab.page.wait_for_selector('#live .turn[data-status="failed"]')
    assert "send it again" in tab.page.locator("#live [role=alert]").inner_text()
    tab.page.wait_for_function("document.querySelector('#message textarea').value === 'boom please'")
    assert tab.page.locator("#live .failure button").get_attribute("data-say") == "boom please"
    expect(tab.page.locator("#bar .chip")).to_have_count(1)
    tab.say("hello", 3)
    assert tab.page.locator("#log .turn").count() == 2


def test_nothing_typed_or_listed_is_executed(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("shoes", 1)
    # A script in a listing is not even told; other markup is shown as it is written.
    assert any("<b onclick" in title for title in tab.titles())
    tab.say(f"shoes under 70 {EVIL}", 2)
    assert EVIL in tab.page.locator("#live .bubble").inner_text()
    tab.say(EVIL, 3)
    assert tab.page.locator("#live .reply").inner_text().startswith("You said: <img")
    assert tab.page.evaluate("window.broken") is None
    assert tab.page.locator("#live img, #log img, #bar img").count() == 0


def test_two_tabs_share_nothing(visit: Any, scripted: Any) -> None:
    first, second = visit().open(scripted.address), visit().open(scripted.address)
    first.say("shoes under 80", 1)
    second.say("想买跑鞋", 1)
    first.page.locator("#live .buy").first.click()
    first.finished(2)
    expect(first.page.locator(".cartline")).to_contain_text("1 in cart")
    expect(second.page.locator(".cartline")).to_be_hidden()
    expect(second.page.locator("#bar .chip")).to_have_count(0)
    expect(first.page.locator("#bar .chip")).to_have_count(1)
    assert first.page.evaluate("document.documentElement.lang") == "en"
    assert second.page.evaluate("document.documentElement.lang") == "zh"


def test_a_new_conversation_forgets_the_old(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("shoes under 80", 1)
    tab.say("add number 1", 2)
    tab.page.click("[data-fresh]")
    tab.page.wait_for_selector("#live .welcome")
    tab.page.wait_for_function("document.querySelectorAll('#log .turn').length === 0")
    expect(tab.page.locator("#bar .chip")).to_have_count(0)
    expect(tab.page.locator(".cartline")).to_be_hidden()
    tab.say("add number 1", 1)
    assert "You said" in tab.page.locator("#live .reply").inner_text()


def test_words_of_the_page_follow_the_shopper(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("想买跑鞋", 1)
    expect(tab.page.locator("#send")).to_have_text("发送")
    expect(tab.page.locator(".sign p")).to_contain_text("人工智能")
    expect(tab.page.locator("#message textarea")).to_have_attribute("placeholder", "想找点什么？")
    tab.say("shoes", 2)
    expect(tab.page.locator("#send")).to_have_text("Send")


def test_a_double_click_is_one_wish(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("shoes under 200", 1)
    tab.page.locator("#live .buy").first.dblclick()
    tab.finished(2)
    tab.say("hello", 3)
    expect(tab.page.locator(".cartline")).to_contain_text("1 in cart")


def test_keyboard_alone_is_enough(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    keyboard = tab.page.keyboard

    def tab_to(selector: str) -> None:
        for _ in range(60):
            if tab.page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
                return
            keyboard.press("Tab")
        raise AssertionError(f"{selector} cannot be reached with the tab key")

    tab_to("#message textarea")
    keyboard.type("shoes under 70")
    keyboard.press("Enter")
    tab.finished(1)
    assert len(tab.titles()) == 3
    tab_to("#bar .chip .x")
    outline = tab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    keyboard.press("Enter")
    tab.finished(2)
    assert len(tab.titles()) == 5
    expect(tab.page.locator("#bar .chip")).to_have_count(0)
    # Focus did not fall to the top of the page: the message box has it.
    expect(tab.page.locator("#message textarea")).to_be_focused()


def test_an_input_methods_enter_sends_nothing(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.page.fill("#message textarea", "pao xie")
    tab.page.evaluate(
        """() => document.querySelector('#message textarea').dispatchEvent(
             new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, isComposing: true, bubbles: true}))"""
    )
    tab.page.press("#message textarea", "Home")
    assert tab.page.locator("#live .welcome").count() == 1
    tab.page.press("#message textarea", "Enter")
    tab.finished(1)


def test_screen_readers_are_told_cards_and_sentences(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("shoes under 80", 1)
    region = tab.page.locator('#log [aria-live="polite"]')
    tab.page.wait_for_function("document.querySelector('#log .announcer').textContent.includes('The first is light.')")
    heard = region.inner_text()
    assert "Trundle Dash running shoe" in heard
    assert heard.count("These fit.") == 1


def test_an_empty_message_does_nothing_and_a_huge_one_is_answered(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.page.press("#message textarea", "Enter")
    tab.page.fill("#message textarea", "   ")
    tab.page.press("#message textarea", "Enter")
    assert tab.page.locator("#live .welcome").count() == 1
    tab.say("long " * 20_000, 1)
    assert "more characters" in tab.page.locator("#live .bubble").inner_text()
    assert "You said" in tab.page.locator("#live .reply").inner_text()


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_width_makes_the_page_scroll_sideways(visit: Any, scripted: Any, width: int) -> None:
    tab = visit(width=width, height=800).open(scripted.address)
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert tab.page.evaluate(over) == 0
    tab.say("shoes under 70 no white " + "w" * 300, 1)
    assert tab.page.evaluate(over) == 0
    row = tab.page.evaluate(
        "(e => [e.scrollWidth > e.clientWidth, getComputedStyle(e).scrollSnapType])(document.querySelector('.cards'))"
    )
    assert row[0] is (width <= 720)
    assert row[1].startswith("x") is (width <= 720)
    assert tab.page.locator("#send").is_visible()


def test_small_things_are_large_enough_to_touch(visit: Any, scripted: Any) -> None:
    tab = visit(width=390, height=844, has_touch=True).open(scripted.address)
    tab.say("shoes under 200", 1)
    sizes = tab.page.evaluate(
        """() => [...document.querySelectorAll('button, summary, textarea')].filter(e => e.offsetParent)
             .map(e => [e.innerText || e.ariaLabel, e.getBoundingClientRect().height])"""
    )
    assert len(sizes) > 8
    assert [s for s in sizes if s[1] < 43.5] == []
