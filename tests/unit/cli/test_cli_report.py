"""``assistant report``: a page and two tables from the command line, or one clear line why not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.cli.main import app
from assistant.errors import CatalogError, ConfigurationError, TrainingError

PRODUCTS = [
    {"sku": "T1", "title": "Tent", "price": 90, "list_price": 99, "category": ["sports", "tent"], "stock": 2},
    {"sku": "S1", "title": "Sleeping bag", "price": 60, "category": ["sports", "sleeping bag"], "stock": 3},
]


def sale(day: int, sku: str = "T1") -> dict[str, object]:
    month, date = divmod(day, 28)
    stamp = f"2025-{month + 1:02d}-{date + 1:02d}T10:00:00Z"
    return {"user_id": f"u{day % 9}", "sku": sku, "event": "purchase", "timestamp": stamp, "value": 9.0}


def run(folder: Path, events: list[dict[str, object]], *arguments: str, catalog: str | None = None) -> Result:
    lines = catalog if catalog is not None else "\n".join(map(json.dumps, PRODUCTS))
    (folder / "c.jsonl").write_text(lines, encoding="utf-8")
    (folder / "e.jsonl").write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    given = ["--catalog", str(folder / "c.jsonl"), "--events", str(folder / "e.jsonl"), "--output", str(folder / "out")]
    return CliRunner().invoke(app, ["report", *given, *arguments])


def test_it_writes_a_page_and_tables_and_prints_the_figures(tmp_path: Path) -> None:
    pytest.importorskip("statsmodels")
    events = [sale(day) for day in range(0, 300, 2)] + [sale(3, "GONE"), sale(4) | {"event": "returned"}]
    result = run(tmp_path, events, "--weeks", "4", "--language", "zh")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["events"] == 150
    assert figures["unknown"] == 1
    assert figures["simulated"] is False
    assert figures["promoted"] == 1
    assert figures["forecast"] > 0
    assert set(figures["backtest"]) == {"shop", "department", "type", "product"}
    assert 'lang="zh-CN"' in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"index.html", "forecast.csv", "promotions.csv"}
    assert "1 events of 1 SKUs that the catalogue does not hold are left out" in result.stderr
    assert "unknown kinds are left out: returned" in result.stderr


def test_a_short_history_gives_a_page_without_a_forecast(tmp_path: Path) -> None:
    pytest.importorskip("statsmodels")
    result = run(tmp_path, [sale(day) for day in range(40)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["forecast"] is None
    assert "no forecast: 6 whole weeks of events, 28 are needed for 8 weeks ahead" in result.stderr
    assert "too short" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")


def test_what_cannot_be_used_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("statsmodels")
    assert isinstance(run(tmp_path, [sale(1, "GONE")]).exception, TrainingError)
    assert isinstance(run(tmp_path, [sale(1)], catalog="{}").exception, CatalogError)
    assert run(tmp_path, [sale(1)], "--language", "fr").exit_code == 2
    monkeypatch.setitem(sys.modules, "statsmodels.tsa.forecasting.theta", None)
    assert isinstance(run(tmp_path, [sale(1)]).exception, ConfigurationError)
