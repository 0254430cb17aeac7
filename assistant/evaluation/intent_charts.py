"""Where the lines and bars of the figure page's two charts stand, in the units of their drawings.

Knows bins and a drawing's size. Knows neither colours nor markup: a template draws what is computed here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.evaluation.intent_figures import Bin, ScoreBin

# One width for both charts: close to a phone's, so that letters stay readable there without being huge elsewhere.
WIDTH = 380
_LEFT, _RIGHT = 38, 372


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with a word on it for whoever points at it."""

    x: float
    y: float
    width: float
    height: float
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where it is, and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class ReliabilityChart:
    """Accuracy over confidence: bars per bin, a curve through the bins' means, and the bins' counts below.

    ``dots`` are (x, y, radius), the area growing with the number of texts.
    """

    bars: tuple[Box, ...]
    dots: tuple[tuple[float, float, float], ...]
    counts: tuple[Box, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    left: float = _LEFT
    right: float = _RIGHT
    top: float = 12.0
    bottom: float = 252.0
    counts_bottom: float = 342.0
    width: float = WIDTH
    height: float = 384.0

    @property
    def curve(self) -> str:
        """The dots as the points of a polyline."""
        return " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in self.dots)


@dataclass(frozen=True, slots=True)
class ScoreChart:
    """Out-of-scope scores: in-scope texts upwards, out-of-scope ones downwards from the middle line."""

    inside: tuple[Box, ...]
    outside: tuple[Box, ...]
    x_ticks: tuple[Tick, ...]
    limit: float | None
    left: float = _LEFT
    right: float = _RIGHT
    top: float = 26.0
    middle: float = 152.0
    bottom: float = 278.0
    width: float = WIDTH
    height: float = 320.0


def reliability_chart(bins: Sequence[Bin]) -> ReliabilityChart:
    """Lay out the bins of a reliability curve."""
    top, bottom, counts_bottom = 12.0, 252.0, 342.0
    most = max(b.count for b in bins)

    def x(share: float) -> float:
        return _LEFT + share * (_RIGHT - _LEFT)

    def y(share: float) -> float:
        return bottom - share * (bottom - top)

    bars, counts, dots = [], [], []
    for b in bins:
        if b.count == 0:
            continue
        title = (
            f"confidence {b.low:.2f} to {b.high:.2f}: {b.count} texts, mean {b.confidence:.3f}, "
            f"read rightly {b.accuracy:.3f}"
        )
        left, width = x(b.low) + 1, x(b.high) - x(b.low) - 2
        bars.append(Box(left, y(b.accuracy), width, bottom - y(b.accuracy), title))
        tall = max(1.5, 52 * b.count / most)
        counts.append(Box(left, counts_bottom - tall, width, tall, title, _brief(b.count)))
        # A mean of three texts must not look as weighty as one of a thousand.
        dots.append((x(b.confidence), y(b.accuracy), 2.2 + 3.2 * math.sqrt(b.count / most)))
    ticks = [i / 4 for i in range(5)]
    return ReliabilityChart(
        tuple(bars),
        tuple(dots),
        tuple(counts),
        tuple(Tick(x(t), f"{t:g}") for t in ticks),
        tuple(Tick(y(t), f"{t:g}") for t in ticks),
    )


def score_chart(bins: Sequence[ScoreBin], threshold: float | None) -> ScoreChart:
    """Lay out a distribution of out-of-scope scores; heights grow with the root of the share, so rare scores show."""
    top, middle, bottom = 26.0, 152.0, 278.0
    low, high = bins[0].low, bins[-1].high

    def x(score: float) -> float:
        return _LEFT + (score - low) / (high - low) * (_RIGHT - _LEFT)

    def boxes(counts: Sequence[int], kind: str, room: float, down: bool) -> tuple[Box, ...]:
        total = sum(counts)
        out = []
        for b, count in zip(bins, counts, strict=True):
            if count:
                tall = max(2.0, room * math.sqrt(count / total))
                title = f"score {b.low:.2f} to {b.high:.2f}: {count} of {total} {kind} texts"
                y = middle + 1 if down else middle - 1 - tall
                out.append(Box(x(b.low) + 1, y, x(b.high) - x(b.low) - 2, tall, title))
        return tuple(out)

    return ScoreChart(
        boxes([b.inside for b in bins], "in-scope", middle - top, False),
        boxes([b.outside for b in bins], "out-of-scope", bottom - middle, True),
        tuple(Tick(x(low + (high - low) * i / 4), f"{low + (high - low) * i / 4:.3g}") for i in range(5)),
        x(threshold) if threshold is not None and low <= threshold <= high else None,
    )


def _brief(count: int) -> str:
    return str(count) if count < 1000 else f"{count / 1000:.1f}k"
