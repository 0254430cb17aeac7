"""``assistant catalog simulate``: a file of events from the command line, or one clear line why not."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from assistant.cli.main import app
from assistant.errors import CatalogError

PRODUCTS = [
    {"sku": "T1", "title": "Tent", "price": 90, "category": ["sports", "tent"], "created_at": "2026-01-05T00:00:00Z"},
    {"sku": "S1", "title": "Bag", "price": 60, "category": ["sports", "sleeping bag"], "stock": 3},
    {"sku": "C1", "title": "Stove", "price": 30, "list_price": 40, "category": ["sports", "camping stove"]},
]


def simulate(folder: Path, *arguments: str, rows: list[dict[str, object]] | None = None) -> Result:
    path = folder / "c.jsonl"
    path.write_text("\n".join(map(json.dumps, PRODUCTS if rows is None else rows)), encoding="utf-8")
    return CliRunner().invoke(app, ["catalog", "simulate", "--catalog", str(path), *arguments])


def test_it_writes_events_of_any_catalogue_and_prints_their_figures(tmp_path: Path) -> None:
    output = tmp_path / "new" / "events.jsonl"
    result = simulate(tmp_path, "--shoppers", "30", "--seed", "3", "--output", str(output))
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    figures = json.loads(result.stdout)
    assert figures["simulated"] is True
    assert figures["events"] == len(events)
    assert figures["shoppers"] == len({event["user_id"] for event in events}) <= 30
    assert {event["sku"] for event in events} == {"T1", "S1", "C1"}
    assert max(event["timestamp"] for event in events) < "2026-02-01"
    assert min(event["timestamp"] for event in events if event["sku"] == "T1") >= "2026-01-05"


def test_a_bad_row_and_a_folder_that_cannot_be_written_are_errors(tmp_path: Path) -> None:
    bad = simulate(tmp_path, "--output", str(tmp_path / "e.jsonl"), rows=[*PRODUCTS, {"sku": "X"}])
    assert isinstance(bad.exception, CatalogError)
    assert "line 4" in str(bad.exception)
    (tmp_path / "file").write_text("")
    blocked = simulate(tmp_path, "--shoppers", "1", "--output", str(tmp_path / "file" / "e.jsonl"))
    assert isinstance(blocked.exception, CatalogError)
    assert "cannot write" in str(blocked.exception)
