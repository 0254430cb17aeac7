"""Forecasts of series that sell nearly every week, by statsmodels, and the table of all methods.

Knows which method suits which kind of series. Does not compare them: the backtest does.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from assistant.demand.smoothing import YEAR, adida, intermittent, naive, recent_mean, seasonal_naive, tsb
from assistant.errors import ConfigurationError
from assistant.recommendation.interactions import Floats, Ints

BASELINES: tuple[str, ...] = ("naive", "seasonal_naive", "recent_mean")
_LIBRARY = ("ses", "damped", "theta")
_TOO_FEW = 10
# statsmodels fits one series at a time; beyond this many the quick methods for all series at once are used.
_MOST = 400


def all_forecasts(series: Floats, opened: Ints, horizon: int) -> dict[str, Floats]:
    """Pieces expected by every method that can forecast these series, each (n, horizon), baselines first.

    Series with a sale in most weeks get exponential smoothing, damped trend and Theta, their mean, and, with two years
    and more, a seasonal decomposition; rarely sold ones, or very many, get TSB and ADIDA. The library is asked for only
    where it is needed.
    """
    out = {"naive": naive(series, opened, horizon)}
    if series.shape[1] >= YEAR:
        out["seasonal_naive"] = seasonal_naive(series, opened, horizon)
    out["recent_mean"] = recent_mean(series, opened, horizon)
    if len(series) > _MOST or intermittent(series, opened):
        return out | {"tsb": tsb(series, opened, horizon), "adida": adida(series, opened, horizon)}
    out |= {name: _each(name, series, opened, horizon) for name in _LIBRARY}
    # Where nobody knows which of them is right, their mean can never be very wrong.
    out["combined"] = np.asarray(np.mean([out[name] for name in _LIBRARY], axis=0), dtype=np.float64)
    if series.shape[1] >= 2 * YEAR + 4:
        out["seasonal"] = _each("seasonal", series, opened, horizon)
    return out


def require_library() -> None:
    """Say at once what is missing, before anything is counted.

    Raises:
        ConfigurationError: statsmodels is not installed.
    """
    _library()


def _each(name: str, series: Floats, opened: Ints, horizon: int) -> Floats:
    """One library model for each series; one that is too short for it is forecast by its recent mean."""
    models, out = _library(), recent_mean(series, opened, horizon)
    for row, start in enumerate(opened):
        values = series[row, int(start) :]
        if len(values) < _TOO_FEW or not values.any() or values.min() == values.max():
            continue
        with warnings.catch_warnings():
            # A fit that did not converge still forecasts, and the backtest judges what it forecast.
            warnings.simplefilter("ignore")
            found = np.asarray(models[name](values, horizon), dtype=np.float64)
        if np.isfinite(found).all():
            out[row] = np.maximum(found, 0.0)
    return out


def _library() -> Mapping[str, Callable[[Floats, int], Any]]:
    """Sources: Holt (1957), Gardner and McKenzie (1985), Assimakopoulos and Nikolopoulos (2000), Cleveland (1990)."""
    try:
        from statsmodels.tsa.forecasting.stl import STLForecast
        from statsmodels.tsa.forecasting.theta import ThetaModel
        from statsmodels.tsa.holtwinters import ExponentialSmoothing, SimpleExpSmoothing
    except ImportError as error:
        raise ConfigurationError(
            "forecasts need statsmodels, which is not installed: pip install 'shopping-assistant[forecast]'"
        ) from error

    def ses(values: Floats, horizon: int) -> Any:
        return SimpleExpSmoothing(values, initialization_method="heuristic").fit().forecast(horizon)

    def damped(values: Floats, horizon: int) -> Any:
        fitted = ExponentialSmoothing(values, trend="add", damped_trend=True, initialization_method="heuristic").fit()
        return fitted.forecast(horizon)

    def theta(values: Floats, horizon: int) -> Any:
        return ThetaModel(values, period=1, deseasonalize=False).fit().forecast(horizon)

    def seasonal(values: Floats, horizon: int) -> Any:
        options = {"trend": "add", "damped_trend": True, "initialization_method": "heuristic"}
        made = STLForecast(values, ExponentialSmoothing, model_kwargs=options, period=YEAR, robust=True)
        return made.fit().forecast(horizon)

    return {"ses": ses, "damped": damped, "theta": theta, "seasonal": seasonal}
