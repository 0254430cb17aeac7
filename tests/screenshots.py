"""Take the pictures of every page, in both languages, from the real demo: ``python tests/screenshots.py``.

Starts ``assistant demo`` with an empty data folder, adds somebody who may see everything, has two shoppers talk, and
looks at shop, sign-in, console, lab and insights in Chromium: English at 1280 pixels, Chinese at 390.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page
from running_demo import chromium, running_demo, say, sign_in

_SAID = {
    "en": ("running shoes under $100, not white", "I'd rather talk to a person", "which of them is the lightest?"),
    "zh": ("我想买一条新手机，三千以内", "转人工", "第二个内存多大？"),
}
_SCREENS = {"en": (1280, 900), "zh": (390, 844)}
_PATIENCE = 90_000
"""Milliseconds until something shows; the first texts of a fresh process take longest."""


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--output", type=Path, default=Path(__file__).parents[1] / ".github" / "screenshots")
    output: Path = parser.parse_args().output
    output.mkdir(parents=True, exist_ok=True)
    with running_demo() as address, chromium() as browser:
        for language in _SAID:
            _take(browser, address, language, output)


def _take(browser: Browser, address: str, language: str, output: Path) -> None:
    width, height = _SCREENS[language]
    locale = {"en": "en-US", "zh": "zh-CN"}[language]

    def opened() -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale=locale)
        context.set_default_timeout(_PATIENCE)
        return context.new_page()

    def shot(page: Page, name: str) -> None:
        page.wait_for_timeout(700)  # what fades or slides in has arrived
        path = output / f"{name}-{language}.png"
        page.screenshot(path=path)
        with Image.open(path) as picture:
            picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=192).save(path, optimize=True)

    shop = opened()
    shop.goto(f"{address}/")
    shop.wait_for_selector("#live .welcome")
    shot(shop, "welcome")
    *before, after = _SAID[language]
    for turn, message in enumerate(before, 1):
        say(shop, message, turn)
        if turn > 1:
            continue
        shot(shop, "shop")
        for act, name in (("detail", "product"), ("why", "why")):
            shop.locator(f'#live .card [data-act="{act}"]').first.click()
            shop.wait_for_selector("#panel dialog[open]")
            shot(shop, name)
            shop.keyboard.press("Escape")
        # What was looked at and liked has brought a row of the shopper's own.
        shop.locator('#live .card [data-act="rate"][data-value="1"]').nth(1).click()
        shop.wait_for_selector("#for-you .tile")
        shop.locator("#for-you .buy").first.click()
        shop.wait_for_selector(".cartline")
        shop.evaluate("scrollTo(0, document.body.scrollHeight)")
        shop.mouse.move(0, 0)
        shot(shop, "for-you")
        shop.evaluate("scrollTo(0, 0)")

    staff = opened()
    staff.goto(f"{address}/sign-in?lang={language}&next=%2Fconsole%2F%3Flang%3D{language}")
    shot(staff, "sign-in")
    sign_in(staff)
    staff.wait_for_selector(".queue")
    staff.locator("[data-open]").first.click()
    staff.locator('[data-act="take"]').click()
    shop.fill("#message textarea", after)
    shop.press("#message textarea", "Enter")
    staff.wait_for_function("document.querySelector('#reply-text').value.length > 0")
    shot(staff, "console")
    staff.goto(f"{address}/lab/?lang={language}")
    staff.wait_for_selector(".versions")
    staff.wait_for_selector(".checked")
    shot(staff, "lab")
    staff.click(".tabs [data-tab=insights]")
    staff.wait_for_selector("#lab-insights h2")
    shot(staff, "insights")


if __name__ == "__main__":
    main()
