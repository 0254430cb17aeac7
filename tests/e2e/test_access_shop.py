"""The shop for everybody: axe finds nothing serious in any state, in the light or in the dark, and keys are enough."""

from __future__ import annotations

from typing import Any

import pytest
from axe import serious
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("message", ["shoes under 130", "想买跑鞋"])
def test_axe_finds_nothing_serious(visit: Any, scripted: Any, scheme: str, width: int, message: str) -> None:
    tab = visit(width=width, height=844, color_scheme=scheme).open(scripted.address)
    assert serious(tab.page) == []
    tab.say(message, 1)
    boxes = tab.page.locator("#live [data-compare]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    assert serious(tab.page) == []
    for opener in (".card .open", '.card [data-act="why"]'):
        tab.page.locator(f"#live {opener}").first.click()
        expect(tab.page.locator("#panel dialog[open]")).to_be_visible()
        assert serious(tab.page) == []
        tab.page.keyboard.press("Escape")
    tab.page.locator(".comparing .count").click()
    expect(tab.page.locator("#panel dialog[open]")).to_be_visible()
    assert serious(tab.page) == []


def test_keys_alone_are_enough_to_ask_and_to_look(visit: Any, scripted: Any) -> None:
    tab = visit().open(scripted.address)
    reached = _tab_to(tab.page, "#message textarea")
    assert reached, "the message box is not reached by the tab key"
    tab.page.keyboard.type("shoes")
    tab.page.keyboard.press("Enter")
    tab.finished(1)
    assert _tab_to(tab.page, "#live .card .open", back=True)
    outline = tab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "nothing shows where the focus is"
    tab.page.keyboard.press("Enter")
    sheet = tab.page.locator("#panel dialog[open]")
    expect(sheet).to_be_visible()
    assert tab.page.evaluate("document.querySelector('#panel dialog').contains(document.activeElement)")
    tab.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def _tab_to(page: Any, target: str, *, back: bool = False) -> bool:
    for _ in range(60):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if page.evaluate("target => document.activeElement.matches(target)", target):
            return True
    return False


def test_axe_does_find_a_button_without_a_name(browser: Any) -> None:
    page = browser.new_page()
    page.set_content("<html lang='en'><title>t</title><main><h1>t</h1><button></button></main></html>")
    assert [line.split(":")[0] for line in serious(page)] == ["button-name"]
    page.close()
