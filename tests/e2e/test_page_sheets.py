"""What opens over the page and what is done beside the conversation, in a real browser over a scripted assistant."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def opened(tab: Any) -> Any:
    sheet = tab.page.locator("#panel dialog[open]")
    expect(sheet).to_be_visible()
    return sheet


def test_a_chip_is_changed_turned_round_and_taken_back(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("shoes under 70 no white", 1)
    assert len(tab.titles()) == 3
    tab.page.get_by_role("button", name="Change: under $70").click()
    tab.page.locator(".pop:popover-open input").fill("130")
    tab.page.locator(".pop:popover-open input").press("Enter")
    tab.finished(2)
    assert tab.page.locator("#live .edit").inner_text() == "“under $70” became “under $130”"
    assert max(tab.prices()) > 70
    expect(tab.page.locator("#bar .chip .say").first).to_have_text("under $130")
    tab.page.get_by_role("button", name="Change: no white").click()
    tab.page.locator(".pop:popover-open").get_by_role("button", name="white", exact=True).click()
    tab.finished(3)
    expect(tab.page.locator("#bar .chip .say").nth(1)).to_have_text("white")
    expect(tab.page.get_by_role("button", name="Undo")).to_be_visible()


def test_the_sheet_of_a_product_shows_all_and_fills_the_cart(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("shoes", 1)
    tab.page.locator("#live .card .open").first.click()
    sheet = opened(tab)
    assert sheet.get_by_role("heading", level=2).inner_text() == "Trundle Dash running shoe"
    text = sheet.inner_text()
    for part in ("$59.00", "240 g", "A running shoe called Dash.", "Goes well with", "All versions"):
        assert part in text
    sheet.get_by_role("button", name="Add to cart", exact=True).click()
    expect(sheet.locator(".held")).to_have_text("1 in your cart")
    tab.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    tab.page.locator(".cartline").click()
    sheet = opened(tab)
    sheet.get_by_role("button", name="One more").click()
    expect(sheet.locator("output")).to_have_text("2")
    expect(sheet.locator(".sum")).to_contain_text("$118.00")
    sheet.get_by_role("button", name="Take out").click()
    expect(sheet).to_contain_text("Your cart is empty.")
    sheet.get_by_role("button", name="Close").click()
    expect(tab.page.locator(".cartline")).to_be_hidden()


def test_why_this_opens_what_the_turn_stored(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("shoes under 130", 1)
    tab.page.locator('#live .card [data-act="why"]').first.click()
    sheet = opened(tab)
    expect(sheet).to_contain_text("under $130")
    expect(sheet).to_contain_text("Checked: 2 statements")
    expect(sheet).to_contain_text("blurb@0")


@pytest.mark.parametrize("width", [390, 1280])
def test_products_are_compared_side_by_side(visit: Any, scripted: Any, width: int) -> None:
    tab = visit(width=width, height=844).open(scripted.address)
    tab.say("shoes under 130", 1)
    boxes = tab.page.locator("#live [data-compare]")
    boxes.nth(0).check()
    expect(tab.page.locator(".comparing")).to_be_hidden()
    boxes.nth(1).check()
    # What can be compared now must not push the wishes aside.
    assert tab.page.locator("#bar .ledger").bounding_box()["width"] > 200
    tab.page.get_by_role("button", name="Compare 2 products").click()
    sheet = opened(tab)
    assert sheet.locator("thead th").count() == 2
    expect(sheet.locator("tbody")).to_contain_text("mesh")
    tab.page.keyboard.press("Escape")
    tab.page.get_by_role("button", name="Clear").click()
    assert tab.page.locator("#live [data-compare]:checked").count() == 0


def test_a_rating_with_its_reason_is_stored(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("shoes", 1)
    tab.page.get_by_role("button", name="Good suggestion: Trundle Dash running shoe").click()
    bad = tab.page.get_by_role("button", name="Not for me: Trundle Dash running shoe")
    bad.click()
    with tab.page.expect_response(lambda r: "queue/join" in r.url):
        tab.page.locator(".pop:popover-open").get_by_role("button", name="Too expensive").click()
    expect(bad).to_have_attribute("aria-pressed", "true")
    conversation = tab.page.evaluate("sessionStorage.getItem('lantern.conversation')")
    tab.say("hello", 2)  # what was pressed before it is stored when this is answered
    kept = scripted.sessions.ratings(conversation)
    assert [(r.sku, r.value, r.reason, r.turn) for r in kept] == [("TST-SHOE-01", -1, "too_dear", 1)]


def test_a_stopped_turn_says_no_more_and_can_be_asked_again(visit: Any, scripted: Any) -> None:
    gate = scripted.gates.setdefault("haltable", threading.Event())
    tab = visit().open(scripted.address)
    tab.page.fill("#message textarea", "haltable shoes")
    tab.page.press("#message textarea", "Enter")
    tab.page.wait_for_selector("#live .card")
    tab.page.get_by_role("button", name="Stop", exact=True).click()
    scripted.stopped(tab.page.evaluate("sessionStorage.getItem('lantern.conversation')"))
    gate.set()
    tab.finished(1)
    expect(tab.page.locator("#live .halted")).to_contain_text("Stopped")
    assert tab.page.locator("#live .card").count() == 5
    tab.page.get_by_role("button", name="Answer again").click()
    tab.finished(2)
    expect(tab.page.locator("#live .reply")).to_contain_text("The first is light.")


def test_a_conversation_survives_a_reload_and_is_its_tabs_own(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("shoes under 130", 1)
    shown = tab.titles()
    tab.say("add number 1", 2)
    tab.reload()
    tab.finished(2)
    assert tab.page.locator("#log .turn").count() == 1
    assert tab.page.locator("#log .card .open").all_inner_texts() == shown
    expect(tab.page.locator("#bar .chip")).to_have_count(1)
    expect(tab.page.locator(".cartline")).to_contain_text("1 in cart")
    tab.say("hello again", 3)
    assert tab.page.locator("#log .turn").count() == 2
    other = visit().open(scripted.address)
    assert other.page.locator("#live .welcome").count() == 1


def test_forget_me_deletes_what_was_stored(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    tab.say("shoes under 130", 1)
    conversation = tab.page.evaluate("sessionStorage.getItem('lantern.conversation')")
    assert scripted.sessions.knows(conversation)
    tab.page.get_by_role("button", name="Forget me").click()
    opened(tab).get_by_role("button", name="Keep it").click()
    assert scripted.sessions.knows(conversation)
    tab.page.get_by_role("button", name="Forget me").click()
    opened(tab).get_by_role("button", name="Delete everything").click()
    tab.page.wait_for_selector("#live .welcome")
    assert not scripted.sessions.knows(conversation)
    tab.reload()
    tab.page.wait_for_selector("#live .welcome")
    assert tab.page.evaluate("sessionStorage.getItem('lantern.conversation')") is None


@pytest.mark.parametrize("width", [390, 1280])
def test_sheets_fit_the_screen_and_speak_the_shoppers_language(visit: Any, scripted: Any, width: int) -> None:
    tab = visit(width=width, height=844).open(scripted.address)
    tab.say("想买跑鞋", 1)
    for act in ("detail", "why"):
        tab.page.locator(f'#live .card [data-act="{act}"]').first.click()
        sheet = opened(tab)
        box = sheet.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert sheet.get_attribute("lang") == "zh"
        tab.page.keyboard.press("Escape")
    assert tab.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
