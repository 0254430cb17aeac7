"""How soon the pages show what is largest on them: ``python tests/benchmarks/pages.py``; prints one JSON object.

Starts ``assistant demo`` with an empty data folder and somebody who may see everything, and opens each page several
times in Chromium with an empty cache, over loopback. Largest Contentful Paint as the browser reports it, milliseconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from running_demo import chromium, running_demo, sign_in

_PAGES = {"shop": ("/", "#live .welcome"), "console": ("/console/", ".queue"), "lab": ("/lab/", ".versions")}
_PAINT = """() => new Promise(done => new PerformanceObserver(list => {
  const all = list.getEntries(); done(all[all.length - 1].startTime);
}).observe({type: 'largest-contentful-paint', buffered: true}))"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=7, help="how often each page is opened")
    times: int = parser.parse_args().times
    with running_demo() as address, chromium() as browser:
        found = _measure(browser, address, times)
    print(json.dumps(found))


def _measure(browser: Browser, address: str, times: int) -> dict[str, Any]:
    first = browser.new_context()
    page = first.new_page()
    page.goto(f"{address}/sign-in")
    sign_in(page)
    page.wait_for_load_state()
    signed_in = first.storage_state()
    first.close()
    out: dict[str, Any] = {}
    for name, (path, ready) in _PAGES.items():
        for width in (1280, 390):
            paints = []
            for _ in range(times):
                context = browser.new_context(storage_state=signed_in, viewport={"width": width, "height": 844})
                context.set_default_timeout(60_000)
                page = context.new_page()
                page.goto(address + path)
                page.wait_for_selector(ready)
                page.wait_for_timeout(500)
                paints.append(float(page.evaluate(_PAINT)))
                context.close()
            out[f"{name} {width}"] = {"p50": round(statistics.median(paints)), "worst": round(max(paints))}
    return out


if __name__ == "__main__":
    main()
