"""The report's numbers as CSV files for a spreadsheet. Knows figures and columns; words are the page's."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from assistant.demand.forecasting import Plan
from assistant.demand.hierarchy import LEVELS, Hierarchy
from assistant.demand.promotions import Promotions
from assistant.demand.ranges import SHARES
from assistant.demand.weeks import Events, Weekly

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_forecast(path: Path, plan: Plan | None, weekly: Weekly, tree: Hierarchy, events: Events) -> None:
    """Every week to come of the shop, each department, type and product; only the head where nothing is forecast."""
    head = [
        "level",
        "department",
        "type",
        "sku",
        "week",
        "expected",
        "low_80",
        "high_80",
        "low_95",
        "high_95",
        "method",
    ]
    _write(path, head, _forecast_rows(plan, weekly, tree, events) if plan is not None else ())


def write_promotions(path: Path, found: Promotions, events: Events) -> None:
    """Every fitting pair of a promoted product and a shopper, with the product's place in the shopper's order."""
    rows = (
        [events.products[one.row].sku, events.products[one.row].title, events.shoppers[shopper], int(place)]
        for one in found.audiences
        for shopper, place in zip(one.shoppers, one.places, strict=True)
    )
    _write(path, ["sku", "title", "user_id", "place"], rows)


def _forecast_rows(plan: Plan, weekly: Weekly, tree: Hierarchy, events: Events) -> Iterable[Sequence[object]]:
    for level in LEVELS:
        expected = plan.forecasts[level]
        bands = [expected.band(share) for share in SHARES]
        for row in range(len(expected.mean)):
            department, kind, sku = _names(level, row, tree, events)
            for week in range(plan.horizon):
                ends = [int(end[row, week]) for band in bands for end in band]
                day = weekly.day(weekly.weeks + week).isoformat()
                yield [
                    level,
                    department,
                    kind,
                    sku,
                    day,
                    round(float(expected.mean[row, week]), 4),
                    *ends,
                    expected.method,
                ]


def _names(level: str, row: int, tree: Hierarchy, events: Events) -> tuple[str, str, str]:
    if level == "shop":
        return "", "", ""
    if level == "department":
        return tree.departments[row], "", ""
    kind = row if level == "type" else int(tree.type_of[row])
    name = tree.departments[int(tree.department_of[kind])]
    return name, " > ".join(tree.types[kind][1:]) or name, events.products[row].sku if level == "product" else ""


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        # A title that begins like a formula must stay a title when the file is opened in a spreadsheet.
        writer.writerow([f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in row])
    partial = path.with_name(f"{path.name}.partial")
    # The mark at the beginning is what spreadsheets tell UTF-8 by.
    partial.write_text(text.getvalue(), encoding="utf-8-sig", errors="replace")
    os.replace(partial, path)
