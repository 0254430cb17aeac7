"""Everything the report shows, as one record. Knows no words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.demand.backtest import Backtest
from assistant.demand.forecasting import Plan
from assistant.demand.hierarchy import Hierarchy
from assistant.demand.promotions import Promotions
from assistant.demand.seasons import Seasons
from assistant.demand.stock import Stock
from assistant.demand.weeks import Events, Weekly


@dataclass(frozen=True)
class Report:
    """Everything the page shows. ``plan`` and ``backtest`` are absent where the history is too short."""

    events: Events
    weekly: Weekly
    tree: Hierarchy
    horizon: int
    plan: Plan | None
    backtest: Backtest | None
    seasons: Seasons | None
    stock: Stock
    promotions: Promotions
    vectors: Literal["words", "encoder"]
