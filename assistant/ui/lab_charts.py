"""Bars for the figures of versions, as plain numbers that a template draws; the table beneath says the same.

Knows lengths and scales. Holds no words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: lengths are shares of the chart's width in percent; ``low`` to ``high`` is the thin line on it."""

    name: str
    length: float
    low: float
    high: float
    told: str
    leads: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: its key, and a bar a version."""

    key: str
    bars: tuple[Bar, ...]


def charts_of(figures: Mapping[str, Mapping[str, Any]], candidate: str, unit: Mapping[str, str]) -> tuple[Chart, ...]:
    """The charts of quality, latency and length.

    Args:
        figures: version → its figures.
        candidate: the version that is the new one.
        unit: how a share, milliseconds and a length are written, with ``{}`` for the number.
    """
    if not figures:
        return ()
    quality = [
        (name, 100 * f["pass_k"], *(100 * edge for edge in f["pass_k_interval"]), f"{100 * f['pass_k']:.0f}")
        for name, f in figures.items()
    ]
    times = [(name, f["ms_p50"], f["ms_p50"], f["ms_p95"], f"{f['ms_p50'] / 1000:.1f}") for name, f in figures.items()]
    lengths = [(name, mean, mean, mean, f"{mean:.0f}") for name, f in figures.items() for mean in f["length"].values()]
    return (
        Chart("quality", _bars(quality, 100.0, candidate, unit["share"])),
        Chart("latency", _bars(times, _top(times), candidate, unit["seconds"])),
        Chart("length", _bars(lengths, _top(lengths), candidate, unit["length"])),
    )


def _share(value: float, top: float) -> float:
    return round(100 * value / top, 2)


def _top(rows: Sequence[tuple[str, float, float, float, str]]) -> float:
    return max((row[3] for row in rows), default=0.0) * 1.05 or 1.0


def _bars(
    rows: Sequence[tuple[str, float, float, float, str]], top: float, candidate: str, unit: str
) -> tuple[Bar, ...]:
    return tuple(
        Bar(name, _share(value, top), _share(low, top), _share(high, top), unit.format(told), name == candidate)
        for name, value, low, high, told in rows
    )
