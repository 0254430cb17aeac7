"""Where the lines and bands of the report's charts stand, in the units of their drawings.

Knows numbers and a drawing's size. Knows neither colours nor markup: a template draws what is computed here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where it is, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle with a word on it for whoever points at it."""

    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class WeekChart:
    """Weeks that were and weeks to come: bars of what was sold, and the forecast with its two bands as polygons."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    bars: tuple[Bar, ...]
    line: str
    narrow: str
    wide: str
    dots: tuple[tuple[float, float, str], ...]
    now: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Ahead:
    """The weeks to come: what is expected, and the ends of the two ranges, each as long as there are weeks."""

    mean: Sequence[float]
    narrow: tuple[Sequence[float], Sequence[float]]
    wide: tuple[Sequence[float], Sequence[float]]


def week_chart(
    sold: Sequence[float],
    ahead: Ahead | None,
    labels: Sequence[str],
    titles: Sequence[str],
    *,
    size: tuple[float, float],
    margin: tuple[float, float] = (34.0, 22.0),
    every: int = 0,
) -> WeekChart:
    """Lay out a chart.

    Args:
        sold: pieces of each week that was.
        ahead: the weeks to come, where they are forecast.
        labels: what stands below each week, of both kinds; empty for none.
        titles: what each week says when pointed at.
        size: width and height.
        margin: room at the left and at the bottom.
        every: weeks between two marks below; 0 for as many as have room.
    """
    width, height = size
    left, right, top, bottom = margin[0], width - 6.0, 10.0, height - margin[1]
    coming = len(ahead.mean) if ahead is not None else 0
    count = max(len(sold) + coming, 1)
    step = (right - left) / count
    most = max([1.0, *sold, *(ahead.wide[1] if ahead is not None else ())])
    unit = _unit(most)
    most = unit * math.ceil(most / unit)

    def x(week: int) -> float:
        return left + (week + 0.5) * step

    def y(value: float) -> float:
        return bottom - value / most * (bottom - top)

    gap = min(1.2, step * 0.14)
    bars = tuple(
        Bar(left + week * step + gap, y(value), step - 2 * gap, bottom - y(value), titles[week])
        for week, value in enumerate(sold)
        if value > 0
    )
    places = [x(len(sold) + week) for week in range(coming)]
    dots = tuple(
        (places[week], y(ahead.mean[week]), titles[len(sold) + week]) for week in range(coming) if ahead is not None
    )
    narrow = wide = ""
    if ahead is not None:
        narrow, wide = (_polygon(places, low, high, y, step) for low, high in (ahead.narrow, ahead.wide))
    room = every or max(1, math.ceil(count * 58 / (right - left)))
    marks = range(count - 1 - (count - 1) % room, -1, -room) if labels else range(0)
    return WeekChart(
        width,
        height,
        left,
        right,
        top,
        bottom,
        bars,
        " ".join(f"{px:.1f},{py:.1f}" for px, py, _ in dots),
        narrow,
        wide,
        dots,
        left + len(sold) * step,
        tuple(Tick(min(max(x(week), left + 18), right - 18), labels[week]) for week in sorted(marks) if labels[week]),
        tuple(Tick(y(value * unit), f"{value * unit:,.0f}") for value in range(round(most / unit) + 1)),
    )


def _polygon(
    places: Sequence[float], low: Sequence[float], high: Sequence[float], y: Callable[[float], float], step: float
) -> str:
    # Steps rather than slopes: a range belongs to a week, not to the time between two.
    upper = [
        (side, y(value)) for at, value in zip(places, high, strict=True) for side in (at - step / 2, at + step / 2)
    ]
    lower = [(side, y(value)) for at, value in zip(places, low, strict=True) for side in (at - step / 2, at + step / 2)]
    return " ".join(f"{px:.1f},{py:.1f}" for px, py in [*upper, *reversed(lower)])


def _unit(most: float) -> float:
    """A round distance between marks, such that there are two to five of them, never less than one piece."""
    rough = most / 4
    power = 10.0 ** math.floor(math.log10(max(rough, 1e-9)))
    return max(1.0, next(power * round_ for round_ in (1, 2, 5, 10) if power * round_ >= rough))
