"""``assistant report``: what sells, what will, what runs out, and whom promotions fit, as one page.

Knows which files are read and written; what they say is decided in ``assistant.demand``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.errors import CatalogError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.demand.figures import Report
    from assistant.progress import Steps
    from assistant.recommendation.interactions import Items
    from assistant.types import Product


def report(
    catalog: Annotated[Path, typer.Option("--catalog", help="JSONL, CSV or Parquet file")],
    events: Annotated[Path, typer.Option("--events", help="events.jsonl, or events.jsonl.gz")],
    output: Annotated[Path, typer.Option("--output", help="folder for index.html, forecast.csv and promotions.csv")],
    language: Annotated[str, typer.Option("--language", help="language of the page: en or zh")] = "en",
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=26, help="weeks to forecast")] = 8,
    text: Annotated[
        bool, typer.Option("--text", help="compare products by the text encoder instead of by their words")
    ] = False,
) -> None:
    """Write a page on demand and promotions for whoever runs the shop; prints one JSON object of figures.

    Weekly sales with forecasts checked against the past, seasons, stock that will not last, and which promoted products
    fit which shopper.
    """
    from assistant.cli.progress import Steps
    from assistant.demand.models import require_library
    from assistant.demand.page import write_report
    from assistant.demand.tables import write_forecast, write_promotions
    from assistant.lexicon import Lexicon

    if language not in ("en", "zh"):
        raise typer.BadParameter("wanted 'en' or 'zh'", param_hint="--language")
    require_library()
    with Steps() as steps:
        made = _measure(catalog, events, weeks, text, steps)
        try:
            output.mkdir(parents=True, exist_ok=True)
            page = output / "index.html"
            write_forecast(output / "forecast.csv", made.plan, made.weekly, made.tree, made.events)
            write_promotions(output / "promotions.csv", made.promotions, made.events)
            write_report(page, made, language, Lexicon.load())
        except OSError as error:
            raise TrainingError(f"the report cannot be written to '{output}': {error}") from error
    for line in _left_out(made):
        typer.echo(line, err=True)
    typer.echo(json.dumps(_figures(made, page), ensure_ascii=False))


def _measure(catalog: Path, events: Path, weeks: int, text: bool, steps: Steps) -> Report:
    from assistant.demand.backtest import measure
    from assistant.demand.figures import Report
    from assistant.demand.forecasting import forecast, levels_of
    from assistant.demand.hierarchy import Hierarchy
    from assistant.demand.promotions import match
    from assistant.demand.seasons import find_seasons
    from assistant.demand.stock import Stock, find_shortages, sold_out
    from assistant.demand.weeks import count_weeks, read_events

    products = _products(catalog)
    found = read_events(events, products)
    weekly, tree = count_weeks(found), Hierarchy.of(products)
    plan = forecast(levels_of(weekly, tree), tree, weeks, progress=steps)
    stock = (
        find_shortages(products, weekly, plan.forecasts["product"])
        if plan is not None
        else Stock((), sold_out(products, weekly), 0)
    )
    return Report(
        found,
        weekly,
        tree,
        weeks,
        plan,
        measure(plan) if plan is not None else None,
        find_seasons(found, weekly, tree),
        stock,
        match(found, _items(products, text, steps), progress=steps),
        "encoder" if text else "words",
    )


def _products(catalog: Path) -> list[Product]:
    from assistant.catalog import RowError, read_rows

    rows = [row for _, row in read_rows(catalog)]
    products = [row for row in rows if not isinstance(row, RowError)]
    if not products:
        raise CatalogError(f"'{catalog}' holds no product that can be used; see assistant catalog check")
    if len(products) < len(rows):
        bad = len(rows) - len(products)
        typer.echo(f"{bad} rows of '{catalog.name}' cannot be used; see assistant catalog check", err=True)
    return products


def _items(products: Sequence[Product], text: bool, steps: Steps) -> Items:
    from assistant.recommendation.catalogue import catalogue_items

    if not text:
        from assistant.demand.promotions import word_vectors

        return catalogue_items(products, word_vectors(products))
    from assistant.assembly import Parts
    from assistant.retrieval.text import document
    from assistant.settings import Settings

    encoder = Parts(Settings(), report=steps).document_encoder
    return catalogue_items(products, encoder.encode([document(p) for p in products], kind="passage"))


def _left_out(made: Report) -> list[str]:
    """What the page tells among its notes, for whoever ran the command."""
    from assistant.demand.forecasting import weeks_needed

    events, lines = made.events, []
    if events.unknown:
        count = sum(events.unknown.values())
        lines.append(f"{count} events of {len(events.unknown)} SKUs that the catalogue does not hold are left out")
    if events.other:
        lines.append(
            f"{sum(events.other.values())} events of unknown kinds are left out: {', '.join(sorted(events.other))}"
        )
    if made.plan is None:
        need = weeks_needed(made.horizon)
        lines.append(
            f"no forecast: {made.weekly.weeks} whole weeks of events, {need} are needed for {made.horizon} weeks ahead"
        )
    return lines


def _figures(made: Report, page: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "page": str(page),
        "events": len(made.events),
        "unknown": sum(made.events.unknown.values()),
        "simulated": made.events.simulated,
        "weeks": made.weekly.weeks,
        "sold": int(made.weekly.sold.sum()),
        "promoted": len(made.promotions.promoted),
        "fit_to_place": made.promotions.limit,
        "fitting_pairs": sum(len(one.shoppers) for one in made.promotions.audiences),
    }
    if made.plan is None or made.backtest is None:
        return figures | {"forecast": None}
    backtest = {
        level: {
            name: {
                "mase": _round(score.mase),
                "rmsse": _round(score.rmsse),
                "wape": _round(score.wape),
                "total_miss": _round(score.total_miss),
                **({"coverage": [_round(x) for x in score.coverage]} if score.coverage else {}),
                **({"total_coverage": [_round(x) for x in score.total_coverage]} if score.total_coverage else {}),
            }
            for name, score in scores.items()
        }
        for level, scores in made.backtest.scores.items()
    }
    expected = round(float(made.plan.forecasts["shop"].total[0]), 1)
    return figures | {"forecast": expected, "may_sell_out": len(made.stock.short), "backtest": backtest}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
