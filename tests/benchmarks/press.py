"""How soon the row "for you" follows a press on the shop page: ``python tests/benchmarks/press.py``; prints JSON.

Starts ``assistant demo`` with an empty data folder, asks for products in Chromium, and presses like, dislike and into
the cart on cards and on tiles of the row. Milliseconds from the click to the first frame with a changed row, by the
browser's clock; the first press brings the row. A press after which the row may stay as it is, is not counted where it
does.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as Late

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from running_demo import chromium, running_demo, say

_WATCH = """() => {
  const read = () => [...document.querySelectorAll('#for-you .tile')].map(t => t.innerText).join('|');
  const seen = window.pressed = {at: null, took: null, row: read()};
  document.addEventListener('click', event => {
    if (event.target.closest('[data-act], [data-say]')) Object.assign(seen, {at: event.timeStamp, took: null});
  }, true);
  new MutationObserver(() => {
    const row = read();
    if (row === seen.row) return;
    seen.row = row;
    const {at} = seen;
    seen.at = null;
    if (at !== null) requestAnimationFrame(() => setTimeout(() => { seen.took = performance.now() - at; }));
  }).observe(document.querySelector('#for-you'), {subtree: true, childList: true, characterData: true});
}"""
_WAIT = "() => window.pressed.took !== null"
_LIKE = '#live .card [data-act="rate"][data-value="1"]'
_ROUND = (
    ("like", _LIKE, 0),
    ("dislike in the row", "#for-you .pass", 1),
    ("cart in the row", "#for-you .buy", 0),
    ("like", _LIKE, 1),
    ("dislike in the row", "#for-you .pass", 0),
    ("dislike", "#live .card .pop", 2),
    ("cart in the row", "#for-you .buy", 1),
    ("like", _LIKE, 3),
    ("dislike in the row", "#for-you .pass", 3),
    ("cart by a message", "#live .card .buy", 1),
)
_PATIENCE = 8_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=1, help="how many conversations of ten presses")
    parser.add_argument("--address", help="of a demo that runs already")
    given = parser.parse_args()
    if given.address:
        found = _measure(given.address, given.rounds)
    else:
        with running_demo() as address:
            found = _measure(address, given.rounds)
    print(json.dumps(found, indent=1))


def _measure(address: str, rounds: int) -> dict[str, Any]:
    took: dict[str, list[float]] = {}
    unchanged = 0
    with chromium() as browser:
        for _ in range(rounds):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.set_default_timeout(90_000)
            page = context.new_page()
            page.goto(address)
            page.wait_for_selector("#live .welcome")
            say(page, "running shoes", 1)
            page.evaluate(_WATCH)
            for name, selector, place in _ROUND:
                time = _press(page, selector, place)
                unchanged += time is None
                took.setdefault(name, []).extend([] if time is None else [time])
            context.close()
    every = [time for times in took.values() for time in times]
    return {
        "presses": len(every),
        "unchanged": unchanged,
        "p50": round(statistics.median(every)),
        "worst": round(max(every)),
        **{name: [round(time) for time in times] for name, times in took.items()},
    }


def _press(page: Page, selector: str, place: int) -> float | None:
    """Milliseconds from the click to the changed row; ``None`` where it stayed as it is."""
    button = page.locator(selector).nth(place)
    if selector.endswith(".pop"):
        page.locator(f'[popovertarget="{button.get_attribute("id")}"]').click()
        button = button.locator("button").first
    button.click()
    try:
        page.wait_for_function(_WAIT, timeout=_PATIENCE)
    except Late:
        return None
    return float(page.evaluate("() => window.pressed.took"))


if __name__ == "__main__":
    main()
