"""What happened in the shop, counted for its owner: figures of a stretch of time, and live splits.

Knows the store and arithmetic. Knows no page and no model.
"""

from assistant.insights.figures import Figures, Latency, Span, read_figures, zone_named
from assistant.insights.splits import MEASURES, ArmFigures, Measure, results

__all__ = [
    "MEASURES",
    "ArmFigures",
    "Figures",
    "Latency",
    "Measure",
    "Span",
    "read_figures",
    "results",
    "zone_named",
]
