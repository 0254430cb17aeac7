"""The real demo in a real browser: a shopper's way in English and in Chinese, and what must hold all along it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.models]

EVIL = '<img src=x onerror="window.broken=1"><script>window.broken=2</script>'
# Notes, in the page, the order in which cards and text first appear.
_WATCH_ORDER = """() => {
  window.order = [];
  new MutationObserver(() => {
    const seen = (what, there) => there && !window.order.includes(what) && window.order.push(what);
    seen("cards", document.querySelector("#live .card"));
    seen("text", document.querySelector("#live .reply")?.textContent);
  }).observe(document.querySelector("#live"), {subtree: true, childList: true, characterData: true, attributes: true});
}"""


def test_an_english_shopper_finds_narrows_widens_and_buys(visit: Any, demo: str) -> None:
    tab = visit().open(demo)
    page = tab.page
    page.evaluate(_WATCH_ORDER)
    tab.say("running shoes under $100, no white", 1)
    assert page.evaluate("window.order") == ["cards", "text"]
    assert tab.titles()
    assert all("shoe" in title.lower() for title in tab.titles())
    assert max(tab.prices()) <= 100
    assert "AI" in page.locator("#live .reply").inner_text()
    expect(page.locator("#bar .chip")).to_have_count(2)
    expect(page.locator("#bar .chip .x").first).to_have_attribute("aria-label", "Remove: under $100")
    # Every card carries a drawing of ours in the product's colour.
    assert page.locator("#live .card .picture svg").count() == len(tab.titles())

    page.locator("#bar .chip .x").first.click()
    tab.finished(2)
    assert max(tab.prices()) > 100
    expect(page.locator("#bar .chip")).to_have_count(1)

    first = tab.titles()[0]
    page.locator("#live .buy").first.click()
    tab.finished(3)
    expect(page.locator(".cartline")).to_contain_text("1 in cart")
    assert first in page.locator("#live .reply").inner_text()

    suggestion = page.locator("#live .next button").first
    words = suggestion.inner_text()
    suggestion.click()
    tab.finished(4)
    assert page.locator("#live .bubble").inner_text() == words
    assert page.locator("#live .reply").inner_text()


def test_a_chinese_shopper_is_answered_in_chinese(visit: Any, demo: str) -> None:
    tab = visit(width=390, height=844, locale="zh-CN").open(demo)
    page = tab.page
    page.evaluate(_WATCH_ORDER)
    page.get_by_role("button", name="我想买一条新手机").click()
    tab.finished(1)
    assert page.evaluate("window.order") == ["cards", "text"]
    assert len(tab.titles()) == 5
    assert all("手机" in title for title in tab.titles())
    assert all(text.startswith("¥") for text in page.locator("#live .card .money strong").all_inner_texts())
    assert re.search("[\u4e00-\u9fff]{4}", page.locator("#live .reply").inner_text())
    expect(page.locator("#send")).to_have_text("发送")
    assert page.evaluate("document.documentElement.lang") == "zh"
    before = min(tab.prices())
    tab.say("便宜一点的", 2)
    assert not tab.prices() or max(tab.prices()) < before or page.locator("#bar .chip").count() >= 1
    tab.say("把第一个加入购物车", 3)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_what_a_shopper_types_is_never_executed(visit: Any, demo: str) -> None:
    tab = visit().open(demo)
    tab.say(EVIL, 1)
    assert EVIL in tab.page.locator("#live .bubble").inner_text()
    tab.say(f"running shoes {EVIL}", 2)
    assert tab.page.evaluate("window.broken") is None
    assert tab.page.locator("#live img, #log img, #bar img").count() == 0


def test_two_tabs_see_nothing_of_each_other(visit: Any, demo: str) -> None:
    first, second = visit().open(demo), visit().open(demo)
    first.say("a sofa under $900", 1)
    second.say("green tea", 1)
    assert all("sofa" in title.lower() for title in first.titles())
    assert all("tea" in title.lower() for title in second.titles())
    first.say("add the first one to my cart", 2)
    expect(first.page.locator(".cartline")).to_contain_text("1 in cart")
    second.say("show my cart", 2)
    expect(second.page.locator(".cartline")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 860)])
def test_nothing_external_nothing_sideways_everything_named(visit: Any, demo: str, width: int, height: int) -> None:
    tab = visit(width=width, height=height, fresh=True).open(demo)
    tab.say("which of your headphones are good for flights?", 1)
    page = tab.page
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    foreign = [url for url in tab.requests if not url.startswith((demo, "data:", "blob:"))]
    assert foreign == []
    assert len(tab.requests) > 10
    assert page.evaluate("document.documentElement.lang") == "en"
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, summary, textarea, [role=button]')]
             .filter(e => e.offsetParent && !(e.innerText.trim() || e.ariaLabel || e.labels?.[0]?.innerText || e.title))
             .map(e => e.outerHTML)"""
    )
    assert nameless == []
    undescribed = page.evaluate(
        """() => [...document.querySelectorAll('img:not([alt])')].map(e => e.outerHTML).concat(
             [...document.querySelectorAll('.gradio-container svg')].filter(e => e.checkVisibility() &&
               !e.closest('[aria-hidden=true]') && !e.ariaLabel).map(e => e.outerHTML))"""
    )
    assert undescribed == []
    assert page.locator("footer").count() == 0 or page.locator("footer").is_hidden()
    assert page.locator("input[type=file]").count() == 0
