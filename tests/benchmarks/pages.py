"""How soon the pages show what is largest on them: ``python tests/benchmarks/pages.py``; prints one JSON object.

Starts ``assistant demo`` with an empty data folder and somebody who may see everything, and opens each page several
times in Chromium with an empty cache, over loopback. Largest Contentful Paint as the browser reports it, milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
from typing import Any

from playwright.sync_api import Browser, sync_playwright

_FLAGS = ("--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync").split()
_PASSWORD = "correct horse battery"
_PAGES = {"shop": ("/", "#live .welcome"), "console": ("/console/", ".queue"), "lab": ("/lab/", ".versions")}
_PAINT = """() => new Promise(done => new PerformanceObserver(list => {
  const all = list.getEntries(); done(all[all.length - 1].startTime);
}).observe({type: 'largest-contentful-paint', buffered: true}))"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=7, help="how often each page is opened")
    times: int = parser.parse_args().times
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("no Chromium here: install it (Debian: apt-get install chromium) or set CHROMIUM to its path")
    command = [sys.executable, "-c", "from assistant.cli import main; main()"]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "ASSISTANT_DATA": folder}
        add = [*command, "users", "add", "mia", "--role", "admin"]
        subprocess.run(add, input=_PASSWORD + "\n", env=environment, text=True, check=True, stdout=subprocess.DEVNULL)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        demo = subprocess.Popen(
            [*command, "demo", "--port", str(port)], env=environment, stderr=subprocess.PIPE, text=True
        )
        assert demo.stderr is not None
        try:
            if not any("http://" in line for line in demo.stderr):
                sys.exit("the demo did not start")
            threading.Thread(target=demo.stderr.read, daemon=True).start()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
                found = _measure(browser, f"http://127.0.0.1:{port}", times)
                browser.close()
        finally:
            demo.terminate()
            demo.wait(30)
    print(json.dumps(found))


def _measure(browser: Browser, address: str, times: int) -> dict[str, Any]:
    first = browser.new_context()
    page = first.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("input[name=name]", "mia")
    page.fill("input[name=password]", _PASSWORD)
    page.press("input[name=password]", "Enter")
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
