"""Plain forecasts of many series at once: the baselines, and two methods made for sales with many empty weeks.

Every function takes series of shape (n, weeks), the first week each counts from, shape (n,), and how many weeks are
wanted, and gives pieces expected in each, shape (n, horizon). Knows arrays only.
"""

from __future__ import annotations

import itertools

import numpy as np

from assistant.recommendation.interactions import Floats, Ints, Mask

YEAR = 52
RECENT = 8
_BUCKET = 4
_SIZES, _CHANCES, _LEVELS = (0.05, 0.1, 0.2), (0.02, 0.05, 0.1, 0.2), (0.1, 0.2, 0.3, 0.5)


def naive(series: Floats, opened: Ints, horizon: int) -> Floats:
    """Every week like the last one."""
    return np.repeat(series[:, -1:], horizon, axis=1)


def seasonal_naive(series: Floats, opened: Ints, horizon: int) -> Floats:
    """Every week like the same week a year ago; wants a year of history."""
    weeks = series.shape[1] - YEAR + np.arange(horizon) % YEAR
    return np.asarray(series[:, weeks], dtype=np.float64)


def recent_mean(series: Floats, opened: Ints, horizon: int) -> Floats:
    """Every week like the mean of the last eight, or of as many as there were."""
    there = _open(series, opened)[:, -RECENT:]
    mean = (series[:, -RECENT:] * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return np.repeat(mean[:, None], horizon, axis=1)


def tsb(series: Floats, opened: Ints, horizon: int) -> Floats:
    """The chance of a sale in a week times its usual size, each exponentially smoothed.

    p ← p + β(1[y > 0] - p) every week, z ← z + α(y - z) in weeks with a sale, forecast p·z: unlike Croston's method it
    comes down while nothing is sold. Both start at their means over a series' first quarter of a year. α and β are
    those that would have forecast all series of the table best, one week ahead, in squares.

    Source: Teunter, Syntetos and Babai, Intermittent demand: Linking forecasting to inventory obsolescence (European
    Journal of Operational Research 214, 2011), equation 4.
    """
    there, sold = _open(series, opened), series > 0
    early = there & (np.arange(series.shape[1]) < opened[:, None] + 13)
    chance = (sold & early).sum(axis=1) / np.maximum(early.sum(axis=1), 1)
    pieces = (sold & early).sum(axis=1)
    size = np.where(pieces > 0, (series * early).sum(axis=1) / np.maximum(pieces, 1), 1.0)
    best, least = np.zeros(len(series)), np.inf
    for alpha, beta in itertools.product(_SIZES, _CHANCES):
        p, z, missed = chance.copy(), size.copy(), 0.0
        for week in range(series.shape[1]):
            now, some = there[:, week], there[:, week] & sold[:, week]
            missed += float(((series[:, week] - p * z) ** 2)[now].sum())
            p = np.where(now, p + beta * (sold[:, week] - p), p)
            z = np.where(some, z + alpha * (series[:, week] - z), z)
        if missed < least:
            best, least = p * z, missed
    return np.repeat(best[:, None], horizon, axis=1)


def adida(series: Floats, opened: Ints, horizon: int) -> Floats:
    """Sales of four weeks together, exponentially smoothed, and shared out again.

    Adding up weeks leaves fewer empty ones; a smoothed level of what is left is divided by four. The smoothing constant
    is the one that would have forecast all series of the table best, one step ahead, in squares.

    Source: Nikolopoulos et al., An aggregate-disaggregate intermittent demand approach (ADIDA) to forecasting (Journal
    of the Operational Research Society 62, 2011).
    """
    whole = series.shape[1] // _BUCKET
    if not whole:
        return recent_mean(series, opened, horizon)
    start = series.shape[1] - whole * _BUCKET
    shape = (len(series), whole, _BUCKET)
    there = _open(series, opened)[:, start:].reshape(shape).sum(axis=2)
    sums = series[:, start:].reshape(shape).sum(axis=2)
    # A product that came within a bucket was there for a part of it only.
    sums = np.divide(sums * _BUCKET, there, out=np.zeros_like(sums), where=there > 0)
    first = np.argmax(there > 0, axis=1)
    begin = sums[np.arange(len(series)), first]
    best, least = begin, np.inf
    for alpha in _LEVELS:
        level, missed = begin.copy(), 0.0
        for bucket in range(whole):
            now = bucket > first
            missed += float(((sums[:, bucket] - level) ** 2)[now].sum())
            level = np.where(now, level + alpha * (sums[:, bucket] - level), level)
        if missed < least:
            best, least = level, missed
    return np.repeat(best[:, None] / _BUCKET, horizon, axis=1)


def intermittent(series: Floats, opened: Ints) -> bool:
    """Whether the middle one of these series sells in fewer than three weeks of four.

    Source: the bound of 1.32 weeks between sales of Syntetos, Boylan and Croston, On the categorization of demand
    patterns (Journal of the Operational Research Society 56, 2005).
    """
    there = _open(series, opened)
    weeks, sales = there.sum(axis=1), ((series > 0) & there).sum(axis=1)
    return bool(np.median(weeks / np.maximum(sales, 0.5)) > 1.32) if len(series) else True


def _open(series: Floats, opened: Ints) -> Mask:
    return np.asarray(np.arange(series.shape[1]) >= opened[:, None])
