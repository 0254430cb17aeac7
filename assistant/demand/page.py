"""The report as one HTML page that needs nothing but itself: figures into words, tables and charts of one language.

Knows figures and how a page is laid out. Measures nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from assistant.demand.charts import Ahead, WeekChart, week_chart
from assistant.demand.figures import Report
from assistant.demand.forecasting import weeks_needed
from assistant.demand.panels import notes_part, promotions_part, seasons_part, stock_part, trust_part
from assistant.demand.ranges import SHARES
from assistant.demand.words import ReportWords
from assistant.demand.words_en import EN
from assistant.demand.words_zh import ZH
from assistant.demand.writing import Writer
from assistant.labelled.pages import write_page
from assistant.lexicon import Lexicon

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_LATELY, _BEFORE = 4, 8
_BEST, _TYPES = 10, 12
_SHOWN_WEEKS = 26


def words_of(language: str) -> ReportWords:
    """The words for a language; English where there are none."""
    return ZH if language == "zh" else EN


def write_report(path: Path, report: Report, language: str, lexicon: Lexicon) -> None:
    """Write the page in English (``en``) or Chinese (``zh``)."""
    words = words_of(language)
    writer = Writer(words, report.events.products, report.tree, lexicon)
    write_page(
        path,
        "report.html",
        folders=(_TEMPLATES,),
        w=words,
        about=_about(report, writer),
        simulated=report.events.simulated,
        tiles=_tiles(report, writer),
        charts=_shop_charts(report, writer),
        best_types=_best(report.tree.gather(report.weekly.sold, "type"), writer.types, writer),
        best_products=_best(report.weekly.sold, _titles(report, writer), writer),
        forecast=_forecast(report, writer),
        trust=trust_part(report, writer),
        seasons=seasons_part(report, writer),
        stock=stock_part(report, writer),
        promotions=promotions_part(report, writer),
        notes=notes_part(report, writer),
    )


def _titles(report: Report, writer: Writer) -> tuple[str, ...]:
    return tuple(writer.title(row) for row in range(len(report.events.products)))


def _about(report: Report, writer: Writer) -> str:
    weekly = report.weekly
    return writer.words.about.format(
        first=writer.day(weekly.first),
        last=writer.day(weekly.day(weekly.weeks) - timedelta(days=1)),
        products=f"{len(report.events.products):,}",
        types=f"{len(report.tree.types):,}",
        shoppers=f"{len(report.events.shoppers):,}",
    )


def _tiles(report: Report, writer: Writer) -> list[dict[str, str]]:
    words, weekly = writer.words, report.weekly
    sold, taken = float(weekly.sold.sum()), float(weekly.taken.sum())
    tiles = [{"name": words.sold, "value": f"{sold:,.0f}", "more": words.sold_more.format(weekly.weeks)}]
    if taken > 0:
        mean = words.taken_more.format(writer.money(taken / max(sold, 1.0)))
        tiles.append({"name": words.taken, "value": writer.money(taken), "more": mean})
    if weekly.weeks >= 2 * _LATELY:
        now = float(weekly.sold[:, -_LATELY:].sum())
        before = float(weekly.sold[:, -2 * _LATELY : -_LATELY].sum())
        change = (now - before) / before if before else 0.0
        if abs(change) < 0.01:
            more = words.lately_same.format(_LATELY)
        else:
            more = (words.lately_up if change > 0 else words.lately_down).format(writer.share(abs(change)), _LATELY)
        tiles.append({"name": words.lately.format(_LATELY), "value": f"{now:,.0f}", "more": more})
    name = words.expected.format(report.horizon)
    if report.plan is None:
        tiles.append({"name": name, "value": words.expected_none, "more": words.expected_none_more})
        return tiles
    shop = report.plan.forecasts["shop"]
    low, high = shop.total_band(SHARES[0])
    more = words.expected_more.format(low=f"{low[0]:,.0f}", high=f"{high[0]:,.0f}")
    tiles.append({"name": name, "value": f"{shop.total[0]:,.0f}", "more": more})
    within = words.running_out_more.format(report.horizon)
    tiles.append({"name": words.running_out, "value": f"{len(report.stock.short):,}", "more": within})
    return tiles


def _chart(
    report: Report,
    writer: Writer,
    level: str,
    row: int,
    size: tuple[float, float],
    margin: tuple[float, float],
    weeks: int,
) -> WeekChart:
    weekly, words = report.weekly, writer.words
    sold = report.tree.gather(weekly.sold, level)[row, -weeks:]
    first = weekly.weeks - len(sold)
    ahead, coming = None, 0
    if report.plan is not None:
        expected = report.plan.forecasts[level]
        bands = [expected.band(share) for share in SHARES]
        mean = expected.mean[row].tolist()
        coming = len(mean)
        narrow, wide = ((low[row].tolist(), high[row].tolist()) for low, high in bands)
        ahead = Ahead(mean, narrow, wide)
    days = [writer.day(weekly.day(first + week), short=True) for week in range(len(sold) + coming)]
    titles = [f"{words.week_of.format(day)}: {value:,.0f}" for day, value in zip(days, sold, strict=False)]
    if ahead is not None:
        titles += [
            f"{words.week_of.format(days[len(sold) + week])}: {writer.pieces(ahead.mean[week])} "
            f"({writer.range(ahead.narrow[0][week], ahead.narrow[1][week])})"
            for week in range(coming)
        ]
    return week_chart(sold.tolist(), ahead, days, titles, size=size, margin=margin)


def _shop_charts(report: Report, writer: Writer) -> dict[str, Any] | None:
    weekly = report.weekly
    if not weekly.weeks or not weekly.sold.sum():
        return None
    then = ""
    if report.plan is not None:
        then = f"; {writer.words.expected.format(report.horizon)}: {report.plan.forecasts['shop'].total[0]:,.0f}"
    alt = writer.words.by_week_alt.format(
        first=writer.day(weekly.first), last=writer.day(weekly.day(weekly.weeks) - timedelta(days=1)), then=then
    )
    wide = _chart(report, writer, "shop", 0, (1080.0, 300.0), (40.0, 26.0), 104)
    slim = _chart(report, writer, "shop", 0, (360.0, 240.0), (30.0, 24.0), _SHOWN_WEEKS)
    return {"wide": wide, "slim": slim, "alt": alt, "ahead": report.plan is not None}


def _best(sold: Any, names: Sequence[str], writer: Writer) -> list[dict[str, Any]]:
    whole = sold.sum(axis=1)
    order = [int(row) for row in np.argsort(-whole, kind="stable")[:_BEST] if whole[row] > 0]
    most = float(whole[order[0]]) if order else 1.0
    found = []
    for row in order:
        now, before = float(sold[row, -_BEFORE:].sum()), float(sold[row, -2 * _BEFORE : -_BEFORE].sum())
        found.append(
            {
                "name": names[row],
                "sold": f"{whole[row]:,.0f}",
                "share": whole[row] / most,
                "arrow": "up" if now > before else "down" if now < before else "",
                "moved": writer.words.moved.format(n=_BEFORE, now=f"{now:,.0f}", before=f"{before:,.0f}"),
            }
        )
    return found


def _forecast(report: Report, writer: Writer) -> dict[str, Any]:
    words = writer.words
    if report.plan is None:
        text = words.too_short_text.format(
            have=report.weekly.weeks, horizon=report.horizon, need=weeks_needed(report.horizon)
        )
        return {"cards": (), "text": text}
    types = report.plan.forecasts["type"]
    order = [int(row) for row in np.argsort(-types.total, kind="stable")]
    departments = np.argsort(-report.plan.forecasts["department"].total, kind="stable")
    rows = [
        {**_expected(report, writer, "type", row), "department": writer.departments[report.tree.department_of[row]]}
        for row in order
    ]
    return {
        "about": words.demand_about.format(min(_TYPES, len(order))),
        "cards": (
            (words.per_type, [_card(report, writer, "type", row) for row in order[:_TYPES]]),
            (words.per_department, [_card(report, writer, "department", int(row)) for row in departments]),
        ),
        "rows": rows,
        "horizon": report.horizon,
        "before": _BEFORE,
    }


def _expected(report: Report, writer: Writer, level: str, row: int) -> dict[str, Any]:
    assert report.plan is not None
    expected = report.plan.forecasts[level]
    sold = report.plan.levels[level].series[row]
    (low, high), (lowest, highest) = (expected.total_band(share) for share in SHARES)
    return {
        "name": (writer.types if level == "type" else writer.departments)[row],
        "last": f"{sold[-_BEFORE:].sum():,.0f}",
        "before": f"{sold[-2 * _BEFORE : -_BEFORE].sum():,.0f}",
        "next": writer.pieces(float(expected.total[row])),
        "order": float(expected.total[row]),
        "narrow": writer.range(low[row], high[row]),
        "wide": writer.range(lowest[row], highest[row]),
    }


def _card(report: Report, writer: Writer, level: str, row: int) -> dict[str, Any]:
    told = _expected(report, writer, level, row)
    chart = _chart(report, writer, level, row, (300.0, 128.0), (24.0, 20.0), _SHOWN_WEEKS)
    alt = writer.words.chart_alt.format(
        name=told["name"], last=told["last"], n=_BEFORE, next=told["next"], h=report.horizon
    )
    return {**told, "chart": chart, "alt": alt}
