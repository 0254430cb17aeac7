"""The page of ``assistant report`` as it stands in a browser: both languages and schemes, wide and narrow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from axe import serious
from playwright.sync_api import Browser
from typer.testing import CliRunner

from assistant.cli.main import app

pytestmark = pytest.mark.browser

NAMES = ("tent", "sleeping bag", "hiking boot", "camping stove")


@pytest.fixture(scope="module", params=["en", "zh"])
def page_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of a small shop in which each type has its months, something sells out and something is promoted."""
    pytest.importorskip("statsmodels")
    folder = tmp_path_factory.mktemp("report")
    products = [
        {
            "sku": f"{name[:2].upper()}{n}",
            "title": f"A rather long name of a {name} for the {n}. page test",
            "price": 10 + n,
            "list_price": 20 if n == 2 else None,
            "category": ["sports", name],
            "stock": n,
        }
        for name in NAMES
        for n in range(3)
    ]
    events: list[dict[str, Any]] = []
    for day in range(336):
        month, date = divmod(day, 28)
        stamp = f"2025-{month + 1:02d}-{date + 1:02d}T10:00:00Z"
        for n in range(4):
            name = NAMES[n if (month // 3) != n else (n + day) % 4]
            sku = f"{name[:2].upper()}{(day + n) % 3}"
            kind = "purchase" if (day + n) % 9 == 0 else "view"
            events.append(
                {"user_id": f"u{(day * 4 + n) % 37}", "sku": sku, "event": kind, "timestamp": stamp, "value": 9}
            )
    for path, rows in ((folder / "c.jsonl", products), (folder / "e.jsonl", events)):
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    given = ["--catalog", str(folder / "c.jsonl"), "--events", str(folder / "e.jsonl"), "--output", str(folder / "out")]
    result = CliRunner().invoke(app, ["report", *given, "--weeks", "4", "--language", request.param])
    assert result.exit_code == 0, result.output
    return folder / "out" / "index.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it_on_any_screen(browser: Browser, page_file: Path, scheme: Any) -> None:
    # The page forbids scripts; what looks for barriers is one.
    context = browser.new_context(color_scheme=scheme, bypass_csp=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page_file.as_uri())
    page.evaluate("() => document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert serious(page) == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.locator("svg.weeks:visible").count() > 3
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        # One chart of the whole shop at a time: the wide one has letters too small for a telephone.
        assert page.locator(".plot svg.weeks:visible").count() == 1
    context.close()
