"""What stands beside a conversation on the agent console: the customer, their orders, products to suggest.

Knows how records look in the agent's language; what is in them is escaped by the template.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.desk.orders import FoundOrder
from assistant.desk.records import Case
from assistant.types import Card
from assistant.ui.cards import CardRenderer
from assistant.ui.console_view import html_of, part
from assistant.ui.templating import money, number
from assistant.ui.texts import words
from assistant.ui.words_console import ConsoleWords

_ORDERS = 6


def render_side(
    case: Case | None,
    cards: Sequence[tuple[Card, str]],
    found: Sequence[FoundOrder] | None,
    query: str,
    renderer: CardRenderer,
    w: ConsoleWords,
) -> str:
    """The customer, their orders, and products to suggest.

    Args:
        case: the open one.
        cards: products with the line that "insert" writes.
        found: orders of a search by hand; ``None`` where nobody searched.
        query: what was searched for.
        renderer: makes views of cards.
        w: words.
    """
    if case is None:
        return part("side", "")
    shop = words(w.lang)
    orders = case.orders if found is None else found
    html = html_of(
        "console_side.html",
        w,
        shop=shop,
        case=case,
        query=query,
        searched=found is not None,
        pieces=sum(line.quantity for line in case.cart),
        channel=w.of(w.channels, case.row.channel),
        tongue=w.languages[case.language],
        orders=[_order(order, w) for order in orders[:_ORDERS]],
        products=[{**renderer.view(card, shop), "insert": insert} for card, insert in cards],
    )
    return part("side", html)


def _order(found: FoundOrder, w: ConsoleWords) -> dict[str, Any]:
    order, locale = found.order, "zh_CN" if w.lang == "zh" else "en_US"
    last = order.last_event
    facts = [
        (w.order_placed, order.placed_at.date().isoformat() if order.placed_at else ""),
        (w.order_total, _amount(order.total, order.currency, locale)),
        (w.order_refunded, _amount(order.refunded, order.currency, locale)),
        (w.order_eta, order.eta),
        (w.order_carrier, order.carrier),
        (w.order_tracking, order.tracking),
        (w.order_payment, " · ".join(x for x in (order.payment, order.payment_state.replace("_", " ")) if x)),
        (w.order_latest, last.text(w.lang) if last else ""),
    ]
    items = [
        (f"{number(i.quantity, locale)} × {i.title_in(w.lang)}", " · ".join(value for _, value in i.options))
        for i in order.items
    ]
    return {
        "number": order.number,
        "state": w.of(w.order_states, order.status),
        "open": order.open,
        "customer": order.customer,
        "facts": [(label, text) for label, text in facts if text],
        "lines": items,
        "warning": w.found_by_name if found.matched_by == "name" else "",
    }


def _amount(value: float | None, currency: str, locale: str) -> str:
    return "" if value is None else money(value, currency, locale)
