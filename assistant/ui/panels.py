"""What opens over the page: a product's own sheet, why it was recommended, a comparison, the cart, and forgetting.

Knows how records, carts and stored turns become such a sheet; changes nothing and remembers nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.personal import PERSONAL, PROMOTED
from assistant.pipeline import Assistant
from assistant.ranking import card_of, shown_price
from assistant.store.conversations import StoredTurn
from assistant.types import CartLine, Constraints, Product
from assistant.ui.cards import CardRenderer
from assistant.ui.chips import chips_of
from assistant.ui.prose import render_prose
from assistant.ui.templating import TEMPLATES, money
from assistant.ui.texts import Words

CLOSED = '<div class="panel"></div>'
"""No sheet is open."""

_COMPARED = 4
_VARIANTS = 24
# Parts that are the sum of others, or zero for nearly everything, would only puzzle.
_PARTS = (
    "semantic",
    "keyword",
    "bonus",
    "sold_out",
    "affinity",
    "popularity",
    "price",
    "together",
    "made_for",
    "content",
    "request",
    "behaviour",
    PERSONAL,
    PROMOTED,
)
# What is added to a score is shown with its sign.
_ADDED = frozenset((PERSONAL, PROMOTED))


class Panels:
    """Sheets as HTML. Holds tables only; safe to share."""

    def __init__(self, cards: CardRenderer) -> None:
        self._cards = cards

    def detail(self, assistant: Assistant, product: Product, words: Words, cart: Sequence[CartLine]) -> str:
        """A product whole: picture, price, stock, every attribute, its variants, and what goes well with it."""
        others = assistant.group(product)[:_VARIANTS]
        card = card_of(product, words.lang, variants=others)
        held = {line.sku: line.quantity for line in cart}
        return _render(
            "panel_detail.html",
            words,
            card=self._cards.view(card, words, facts_too=True),
            held=held.get(product.sku, 0),
            variants=[
                {**self._cards.view(card_of(p, words.lang), words), "differs": self._cards.differs(product, p, words)}
                for p in others
            ],
            companions=[self._cards.view(c, words) for c in assistant.goes_with(product, words.lang)],
        )

    def why(self, product: Product, trace: Mapping[str, Any], words: Words, currency: str | None) -> str:
        """Why a product was shown: what of the wish it meets, what its score is made of, and what the check did."""
        shown: Sequence[Mapping[str, Any]] = trace.get("candidates", ())
        found: Mapping[str, Any] = next((c for c in shown if c["sku"] == product.sku), {})
        parts = {name: float(v) for name, v in found.get("parts", {}).items() if name in _PARTS and v}
        ledger = Constraints.from_dict(trace.get("ledger", {}))
        first = bool(trace.get("products")) and trace["products"][0]["sku"] == product.sku
        # A cosine and a word score have no scale in common; what both have is the best of the same list.
        best = {name: max(abs(float(c.get("parts", {}).get(name, 0.0))) for c in shown) for name in parts}
        return _render(
            "panel_why.html",
            words,
            title=product.title_in(words.lang),
            reasons=found.get("why", ()),
            product=ledger.product,
            wishes=[c.label for c in chips_of(ledger, words, currency) if c.field not in trace.get("relaxed", ())],
            missed=[words.field(name) for name in trace.get("relaxed", ())],
            parts=[
                {
                    "name": words.parts.get(name, name),
                    "share": round(100 * abs(v) / best[name]),
                    "value": f"{v:+.2f}" if name in _ADDED else f"{v:.3f}",
                }
                for name, v in parts.items()
            ],
            taste=PERSONAL in parts,
            claims=trace.get("claims", {}) if first and trace.get("prompt") else None,
            prompt=trace.get("prompt") if first else None,
            text=render_prose(trace.get("reply", "")) if first else "",
        )

    def compare(self, products: Sequence[Product], words: Words) -> str:
        """Up to four products side by side, line by line from their records."""
        chosen = products[:_COMPARED]
        views = [self._cards.view(card_of(p, words.lang), words, facts_too=True) for p in chosen]
        names = dict.fromkeys(name for view in views for name, _ in view["facts"])
        rows = [(name, [dict(view["facts"]).get(name, "–") for view in views]) for name in names]
        # What all state alike comes after what tells them apart.
        rows.sort(key=lambda row: len(set(row[1])) == 1)
        return _render("panel_compare.html", words, cards=views, rows=rows)

    def cart(self, assistant: Assistant, cart: Sequence[CartLine], words: Words) -> str:
        """The cart's lines with their quantities, and one total for each currency."""
        lines: list[dict[str, Any]] = []
        totals: dict[str, float] = {}
        for line in cart:
            product = assistant.engine.product(line.sku)
            if product is None:
                lines.append({"sku": line.sku, "title": line.sku, "gone": True, "quantity": line.quantity})
                continue
            price = shown_price(product, words.lang)
            totals[price.currency] = totals.get(price.currency, 0.0) + price.amount * line.quantity
            view = self._cards.view(card_of(product, words.lang), words)
            total = money(round(price.amount * line.quantity, 2), price.currency, words.locale)
            lines.append({**view, "gone": False, "quantity": line.quantity, "total": total, "most": product.stock})
        sums = [money(round(amount, 2), currency, words.locale) for currency, amount in totals.items()]
        return _render("panel_cart.html", words, lines=lines, totals=sums)

    def forget(self, words: Words) -> str:
        """The question before a conversation is deleted."""
        return _render("panel_forget.html", words)


def named_products(assistant: Assistant, skus: object) -> list[Product]:
    """The products a page names, each once; whatever else it sent is left out."""
    asked = skus if isinstance(skus, list | tuple) else [skus]
    found = [assistant.engine.product(s) for s in dict.fromkeys(s for s in asked if isinstance(s, str))]
    return [p for p in found if p is not None]


def trace_with(turns: Sequence[StoredTurn], sku: str) -> Mapping[str, Any]:
    """The trace of the latest turn that showed a product; empty where none did."""
    for turn in reversed(turns):
        if any(card["sku"] == sku for card in turn.trace.get("products", ())):
            return turn.trace
    return {}


def _render(template: str, words: Words, **values: Any) -> str:
    # A sheet that is opened a second time must differ from the closed one, or the page would not notice.
    return str(TEMPLATES.get_template(template).render(w=words, once=secrets.token_hex(4), **values))
