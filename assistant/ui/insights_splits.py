"""What a live split has shown, as a table with one honest sentence for each difference. Knows words, no arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.insights.splits import MEASURES, ArmFigures, Measure
from assistant.ui.insights_view import insight_words
from assistant.ui.templating import TEMPLATES, number
from assistant.ui.words_insights import InsightWords


def render_splits(arms: Sequence[ArmFigures], language: str, name_of: Callable[[str], str] = str) -> str:
    """The table of a split's results, as HTML; the style is part of ``insights.css``. ``name_of`` names a label."""
    w = insight_words(language)
    locale = "zh_CN" if w.lang == "zh" else "en_US"
    first = name_of(arms[0].arm) if arms else ""
    return str(
        TEMPLATES.get_template("insights_splits.html").render(
            w=w,
            arms=[
                {
                    "name": name_of(a.arm),
                    "planned": w.arm_planned.format(_percent(a.planned, locale)),
                    "joined": w.joined.format(number(a.conversations, locale), number(a.turns, locale)),
                }
                for a in arms
            ],
            rows=[
                {"name": w.measures[name], "cells": [_cell(a.measures[name], first, w, locale) for a in arms]}
                for name in MEASURES
            ],
        )
    )


def _cell(m: Measure, first: str, w: InsightWords, locale: str) -> dict[str, str]:
    share = "–" if m.share is None else f"{_percent(m.share, locale)} % ({number(m.count, locale)})"
    interval = against = ""
    if m.interval is not None:
        interval = w.interval.format(low=_percent(m.interval[0], locale), high=_percent(m.interval[1], locale))
    if m.difference is not None and m.difference_interval is not None:
        low, high = m.difference_interval
        against = w.against.format(
            difference=_signed(m.difference, locale), low=_signed(low, locale), high=_signed(high, locale)
        )
    told = w.verdicts[m.verdict].format(first=first)
    return {"share": share, "interval": interval, "against": against, "told": told, "verdict": m.verdict}


def _percent(share: float, locale: str) -> str:
    return number(round(100 * share, 1), locale)


def _signed(share: float, locale: str) -> str:
    points = round(100 * share, 1)
    return f"{'+' if points > 0 else ''}{number(points, locale)}"
