"""The agents' desk: conversations that people look after, with drafts, orders, policies and what is put right.

Knows the stores and the shop's sessions; knows no page, no role and no protocol.
"""

from assistant.desk.desk import Desk
from assistant.desk.edited import EditedPolicies
from assistant.desk.orders import FoundOrder, Order, OrderBook, OrderEvent, OrderItem
from assistant.desk.records import (
    Canned,
    Case,
    DraftEvent,
    DraftReady,
    DraftStale,
    DraftText,
    Line,
    PolicyPassage,
    Row,
    Source,
    Style,
    Suggestion,
)
from assistant.desk.styles import STYLES

__all__ = [
    "STYLES",
    "Canned",
    "Case",
    "Desk",
    "DraftEvent",
    "DraftReady",
    "DraftStale",
    "DraftText",
    "EditedPolicies",
    "FoundOrder",
    "Line",
    "Order",
    "OrderBook",
    "OrderEvent",
    "OrderItem",
    "PolicyPassage",
    "Row",
    "Source",
    "Style",
    "Suggestion",
]
