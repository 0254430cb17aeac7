"""The parts of the report below its forecasts: trust, seasons, stock, promotions and notes, for the page's template.

Knows figures and words. Measures nothing.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import numpy as np

from assistant.demand.backtest import ALIKE, PUBLISHED, Score, Verdict
from assistant.demand.figures import Report
from assistant.demand.hierarchy import LEVELS
from assistant.demand.promotions import Audience, tastes
from assistant.demand.ranges import SHARES
from assistant.demand.stock import RISK
from assistant.demand.weeks import KINDS
from assistant.demand.writing import Writer

_SEASONS, _GONE = 16, 8
_FIRST_PROMOTED, _NAMED, _SHOPPERS = 12, 3, 24
# A forecast that is off by less on the whole is not worth a warning.
_LEANING = 0.03
_BROKEN = 0.1


def trust_part(report: Report, writer: Writer) -> dict[str, Any] | None:
    """How far off the forecasts were, level by level, with a verdict; ``None`` where nothing was forecast."""
    if report.backtest is None or report.plan is None:
        return None
    words, test = writer.words, report.backtest
    levels = [_level(report, writer, level) for level in LEVELS]
    bias = test.scores["shop"][PUBLISHED].bias or 0.0
    broken = [words.levels[level] for level in LEVELS if _broken(test.scores[level][PUBLISHED])]
    leaning = words.bias_low if bias < 0 else words.bias_high
    used = writer.list(
        [f"{words.levels[level]} – {words.methods[report.plan.forecasts[level].method]}" for level in LEVELS]
    )
    return {
        "about": words.trust_about.format(n=len(test.tests), h=report.horizon),
        "levels": levels,
        "horizon": report.horizon,
        "promised": [words.promised.format(writer.share(share)) for share in SHARES],
        "bias": leaning.format(writer.share(abs(bias))) if abs(bias) >= _LEANING else "",
        "narrow": words.too_narrow.format(writer.list(broken)) if broken else "",
        "absent": [words.absent.format(words.methods[name]) for name in test.absent],
        "explained": words.explained.format(h=report.horizon, unit=words.product_unit, alike=writer.share(ALIKE)),
        "chosen": words.chosen.format(used),
    }


def _level(report: Report, writer: Writer, level: str) -> dict[str, Any]:
    assert report.backtest is not None
    words, test = writer.words, report.backtest
    scores = test.scores[level]
    ours, baselines = scores[PUBLISHED], [name for name in scores if name != PUBLISHED]
    # The verdict is the one against the strongest of them: beating the weakest is no merit.
    closest = min(baselines, key=lambda name: scores[name].total_miss)
    verdict = test.verdict(level, closest)
    patterns: dict[Verdict, str] = {
        "better": words.verdict_better,
        "same": words.verdict_same,
        "worse": words.verdict_worse,
    }
    said = []
    for name in baselines:
        theirs = scores[name].total_miss
        gain = abs(1 - ours.total_miss / theirs) if theirs else 0.0
        said.append(patterns[test.verdict(level, name)].format(share=writer.share(gain), method=words.methods[name]))
    best = min(score.total_miss for score in scores.values())
    return {
        "name": words.levels[level],
        "verdict": verdict,
        "advice": words.verdict_all[verdict].format(method=words.methods[closest]),
        "said": said,
        "rows": [
            {"ours": name == PUBLISHED, "best": score.total_miss == best, **_scored(name, score, writer)}
            for name, score in scores.items()
        ],
        "weeks": [writer.share(x) for x in ours.coverage or ()],
        "total": [writer.share(x) for x in ours.total_coverage or ()],
    }


def _broken(score: Score) -> bool:
    """Whether a range held clearly less often than it promises, in single weeks or in all together."""
    held = zip((*SHARES, *SHARES), (*(score.coverage or ()), *(score.total_coverage or ())), strict=False)
    return any(share - found > _BROKEN for share, found in held)


def _scored(name: str, score: Score, writer: Writer) -> dict[str, str]:
    return {
        "name": writer.words.published if name == PUBLISHED else writer.words.methods[name],
        "miss": f"{score.total_miss:,.1f}" if score.total_miss >= 10 else f"{score.total_miss:.2f}",
        "share": "–" if score.total_wape is None else writer.share(score.total_wape),
        "mase": _figure(score.mase),
        "rmsse": _figure(score.rmsse),
        "bias": "–" if score.bias is None else f"{100 * score.bias:+.0f}\N{NARROW NO-BREAK SPACE}%",
    }


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def seasons_part(report: Report, writer: Writer) -> dict[str, Any]:
    """The months of seasonal types as a heat map, or why there are none."""
    words, found = writer.words, report.seasons
    if found is None:
        months = len({(day.year, day.month) for day in report.weekly.days})
        return {"none": words.seasons_short.format(months)}
    if not found.seasonal:
        return {"none": words.seasons_none}
    heads = [writer.month(month) for _, month in found.months]
    rows = [
        {
            "name": writer.types[one.type],
            "cells": [
                {
                    "text": f"{value:.1f}",
                    "hot": min(max(value - 1.0, 0.0) / 1.5, 1.0),
                    "cold": min(max(1.0 - value, 0.0) / 0.8, 1.0),
                    "title": words.index_title.format(type=writer.types[one.type], month=month, times=f"{value:.2f}"),
                }
                for value, month in zip(one.index, heads, strict=True)
            ],
            "peaks": writer.list([heads[place] for place in sorted(one.peaks)]),
            "shoppers": f"{one.shoppers:,}",
        }
        for one in found.seasonal
    ]
    return {
        "none": "",
        "heads": heads,
        "rows": rows[:_SEASONS],
        "more": rows[_SEASONS:],
        "rest": words.seasons_rest.format(steady=found.steady, rare=found.rare),
    }


def stock_part(report: Report, writer: Writer) -> dict[str, Any]:
    """What may sell out, and what has."""
    words, weekly = writer.words, report.weekly
    products = report.events.products
    short = []
    for one in report.stock.short:
        if one.week is not None:
            day = weekly.day(weekly.weeks + one.week) - timedelta(days=1)
            by = words.within.format(writer.day(day, short=True))
        else:
            by = words.perhaps
        short.append(
            {
                "name": writer.title(one.row),
                "sku": products[one.row].sku,
                "type": writer.types[report.tree.type_of[one.row]],
                "left": f"{one.stock:,}",
                "expected": writer.pieces(one.expected),
                "range": writer.range(one.low, one.high),
                "chance": writer.share(one.chance),
                "value": one.chance,
                "gone": by,
            }
        )
    gone = [
        {
            "name": writer.title(one.row),
            "sku": products[one.row].sku,
            "looks": words.looks_lately.format(f"{one.looks:,}"),
        }
        for one in report.stock.gone[:_GONE]
        if one.looks
    ]
    return {
        "about": words.stock_about.format(h=report.horizon, risk=writer.share(RISK)),
        "none": (words.stock_none.format(report.horizon) if report.plan else words.stock_waiting) if not short else "",
        "short": short,
        "gone": gone,
        "gone_about": words.gone_about.format(len(report.stock.gone)) if report.stock.gone else words.gone_none,
        "unknown": words.stock_unknown.format(f"{report.stock.unknown:,}") if report.stock.unknown else "",
    }


def promotions_part(report: Report, writer: Writer) -> dict[str, Any]:
    """Promoted products with whom they fit, shoppers with what fits them, and the proof."""
    words, found = writer.words, report.promotions
    if not len(found.promoted):
        return {"none": words.promotions_none}
    names = report.events.shoppers
    cards = [_offer(report, writer, audience) for audience in found.audiences]
    by_shopper = found.by_shopper()
    order = sorted(by_shopper, key=lambda who: (by_shopper[who][0][1], -len(by_shopper[who]), names[who]))
    people = [
        {
            "name": names[who],
            "products": [(writer.title(row), words.place_of.format(place)) for row, place in by_shopper[who][:_NAMED]],
        }
        for who in order[:_SHOPPERS]
    ]
    bands = [
        {
            "place": words.place_below.format(band.first - 1)
            if band.last is None
            else words.place_band.format(first=band.first, last=band.last),
            "pairs": f"{band.pairs:,}",
            "met": f"{band.met:,}",
            "usual": f"{band.expected:,.1f}",
            "lift": "–" if band.lift is None else words.times.format(f"{band.lift:.1f}"),
            "fit": found.limit is not None and band.last is not None and band.last <= found.limit,
        }
        for band in found.bands
    ]
    return {
        "none": "",
        "about": words.promotions_about.format(n=len(found.promoted)),
        "bands": bands,
        "limit": words.limit.format(n=found.limit) if found.limit is not None else words.no_limit if bands else "",
        "named": found.limit is not None,
        "cards": cards[:_FIRST_PROMOTED],
        "more": cards[_FIRST_PROMOTED:],
        "people": people,
        "people_about": words.per_shopper_about.format(
            shown=len(people), all=f"{len(by_shopper):,}", asked=f"{found.asked:,}"
        ),
    }


def _offer(report: Report, writer: Writer, audience: Audience) -> dict[str, Any]:
    words, product, names = writer.words, report.events.products[audience.row], report.events.shoppers
    count = len(audience.shoppers)
    liked = tastes(report.events, report.tree.type_of, audience.shoppers) if count else ()
    return {
        "name": writer.title(audience.row),
        "sku": product.sku,
        "price": writer.price(product),
        "off": words.off.format(writer.share(1 - product.price / (product.list_price or product.price))),
        "count": words.shoppers.format(f"{count:,}") if count else "",
        "who": [
            (names[shopper], words.place_of.format(int(place)))
            for shopper, place in zip(audience.shoppers[:_NAMED], audience.places[:_NAMED], strict=True)
        ],
        "like": writer.list([writer.types[row] for row in liked]),
    }


def notes_part(report: Report, writer: Writer) -> list[str]:
    """What a reader must know of the data."""
    words, events, weekly = writer.words, report.events, report.weekly
    last = weekly.day(weekly.weeks) - timedelta(days=1)
    kinds = Counter(KINDS[int(kind)] for kind in events.kinds)
    notes = [words.note_simulated] if events.simulated else []
    told = writer.list([f"{kinds[kind]:,} {words.kinds[kind]}" for kind in KINDS if kinds[kind]])
    notes.append(words.note_events.format(n=f"{len(events):,}", kinds=told))
    notes.append(words.note_period.format(last=writer.day(last)))
    if weekly.dropped:
        notes.append(words.note_dropped.format(weekly.dropped))
    if events.unknown:
        often = sorted(events.unknown, key=lambda sku: (-events.unknown[sku], sku))[:3]
        count = f"{sum(events.unknown.values()):,}"
        notes.append(words.note_unknown.format(n=count, skus=f"{len(events.unknown):,}", names=writer.list(often)))
    if events.other:
        names = writer.list(sorted(events.other)[:5])
        notes.append(words.note_other.format(n=f"{sum(events.other.values()):,}", names=names))
    notes.append(words.note_pieces)
    bought = events.kinds == KINDS.index("purchase")
    silent = int(np.isnan(events.values[bought]).sum())
    if float(weekly.taken.sum()) > 0:
        notes.append(words.note_money.format(without=words.note_money_without.format(f"{silent:,}") if silent else ""))
    if report.stock.gone:
        notes.append(words.note_sold_out)
    late = int((weekly.opened > 0).sum())
    if late:
        notes.append(words.note_new.format(f"{late:,}"))
    if report.plan is not None:
        notes += [words.agree, words.note_ranges]
    if len(report.promotions.promoted):
        notes.append(words.note_vectors[report.vectors])
    notes.append(words.note_files)
    return notes
