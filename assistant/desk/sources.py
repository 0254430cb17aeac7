"""Drafts as they are stored beside what they rest on, and back: one list of documents a draft.

The last document is the draft's outcome: what becomes of the conversation when it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from assistant.desk.records import Source, SourceKind, Style, Suggestion
from assistant.generation.replies.wording import money
from assistant.lexicon import Lexicon
from assistant.ranking import shown_price
from assistant.store.desk import Draft
from assistant.types import CartLine, Claims, Product, ReplyLanguage

_OUTCOME = "outcome"
_FACTS = 10


@dataclass(frozen=True, slots=True)
class CartChange:
    """What a draft does to one line of the cart: pieces before, and after; 0 is none."""

    sku: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a draft answers, and what holds once it is sent.

    ``listed`` is what positions mean then, ``focus`` what "it" does; ``page`` are the products of a new list, empty
    where it shows none. ``cart`` is what changes in the cart, and nothing else of it; ``orders`` are those it tells of.
    """

    answers: str = ""
    language: ReplyLanguage = "en"
    turn: int | None = None
    action: str = "chat"
    listed: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    page: tuple[str, ...] = ()
    cart: tuple[CartChange, ...] = ()
    claims: Claims = Claims()
    orders: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document of it."""
        return {
            "kind": _OUTCOME,
            "answers": self.answers,
            "language": self.language,
            "turn": self.turn,
            "action": self.action,
            "listed": list(self.listed),
            "focus": list(self.focus),
            "page": list(self.page),
            "cart_changes": [[change.sku, change.before, change.after] for change in self.cart],
            "claims": self.claims.to_dict(),
            "orders": list(self.orders),
        }


def outcome_of(draft: Draft) -> Outcome:
    """The outcome stored with a draft; an empty one for a draft that has none."""
    found = next((s for s in draft.sources if s.get("kind") == _OUTCOME), None)
    if found is None:
        return Outcome()
    return Outcome(
        found["answers"],
        found["language"],
        found["turn"],
        found["action"],
        tuple(found["listed"]),
        tuple(found["focus"]),
        tuple(found["page"]),
        # A draft of an earlier release stored a whole cart, which is out of date by now.
        tuple(CartChange(*change) for change in found.get("cart_changes", ())),
        Claims(**found["claims"]),
        tuple(found["orders"]),
    )


def cart_changes(before: Sequence[CartLine], after: Sequence[CartLine]) -> tuple[CartChange, ...]:
    """The lines in which two carts differ."""
    old, new = ({line.sku: line.quantity for line in cart} for cart in (before, after))
    return tuple(
        CartChange(sku, old.get(sku, 0), new.get(sku, 0))
        for sku in dict.fromkeys((*old, *new))
        if old.get(sku, 0) != new.get(sku, 0)
    )


def suggestion_of(draft: Draft) -> Suggestion:
    """A stored draft as the console shows it."""
    outcome = outcome_of(draft)
    return Suggestion(
        id=draft.id,
        status=draft.status,
        text=draft.text,
        final=draft.final,
        gist=draft.gist,
        style=cast(Style, draft.style or "standard"),
        language=outcome.language,
        answers=outcome.answers,
        prompt=draft.prompt,
        sources=tuple(_source(s) for s in draft.sources if s.get("kind") != _OUTCOME),
        claims=outcome.claims,
        created_at=draft.created_at,
    )


def product_source(product: Product, language: ReplyLanguage, lexicon: Lexicon) -> dict[str, Any]:
    """The document of a product's record."""
    zh = language == "zh"
    price = shown_price(product, language)
    facts = [["价格" if zh else "Price", money(price.amount, price.currency, language)]]
    if product.in_stock is not None:
        facts.append(["库存" if zh else "Stock", ("有货" if product.in_stock else "缺货") if zh else _stock(product)])
    for key, value in product.attributes.items():
        labels = lexicon.attribute_labels.get(key)
        label = (labels[1] if zh else labels[0]) if labels else key.replace("_", " ")
        facts.append([label, _value(value, zh)])
    return {
        "kind": "product",
        "ref": product.sku,
        "title": product.title_in(language),
        "text": product.description_in(language),
        "facts": facts[:_FACTS],
    }


def _stock(product: Product) -> str:
    return "in stock" if product.in_stock else "sold out"


def _value(value: object, zh: bool) -> str:
    if isinstance(value, bool):
        return ("是" if value else "否") if zh else ("yes" if value else "no")
    return str(value)


def _source(document: Mapping[str, Any]) -> Source:
    return Source(
        cast(SourceKind, document["kind"]),
        document["ref"],
        document["title"],
        document.get("text", ""),
        tuple((name, value) for name, value in document.get("facts", ())),
        document.get("matched_by", ""),
    )
