"""What a conversation remembers between two messages, as one frozen record that becomes JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.types import CartLine, Constraints

TopicKind = Literal["search", "ideas", "complement"]


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing the shopper is looking for.

    ``request`` is the text rows are ranked by; ``page`` the list last shown; ``shown`` everything shown under the
    current constraints; ``anchors`` the products a complement should go with; ``price_currency`` the currency a bound
    that the assistant itself set ("cheaper") is in; ``history`` the constraints before each of the last changes, oldest
    first, each with that currency, so that a change can be taken back.
    """

    kind: TopicKind
    constraints: Constraints = Constraints()
    request: str = ""
    page: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    price_currency: str | None = None
    history: tuple[tuple[Constraints, str | None], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "kind": self.kind,
            "constraints": self.constraints.to_dict(),
            "request": self.request,
            "page": list(self.page),
            "shown": list(self.shown),
            "anchors": list(self.anchors),
            "price_currency": self.price_currency,
            "history": [[c.to_dict(), currency] for c, currency in self.history],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Topic:
        """The inverse of :meth:`to_dict`."""
        return cls(
            data["kind"],
            Constraints.from_dict(data["constraints"]),
            data["request"],
            tuple(data["page"]),
            tuple(data["shown"]),
            tuple(data["anchors"]),
            data["price_currency"],
            # States kept by an earlier version have none.
            tuple((Constraints.from_dict(c), currency) for c, currency in data.get("history", ())),
        )


@dataclass(frozen=True, slots=True)
class DialogueState:
    """Everything remembered. ``listed`` is the last *list* shown, which positions refer to; ``focus`` what "it" means;
    ``pending`` an intent that waits for a reference; ``asked`` whether the last turn put a narrowing question;
    ``personal`` whether what the shopper does here may be noted and used."""

    turns: int = 0
    topics: tuple[Topic, ...] = ()
    active: int | None = None
    listed: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    cart: tuple[CartLine, ...] = ()
    asked: bool = False
    pending: str | None = None
    language: str = field(default="en")
    personal: bool = True

    @property
    def topic(self) -> Topic | None:
        """The topic under way."""
        return None if self.active is None else self.topics[self.active]

    @property
    def ledger(self) -> Constraints:
        """The constraints of the topic under way, empty before the first."""
        return self.topic.constraints if self.topic else Constraints()

    def to_dict(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "turns": self.turns,
            "topics": [t.to_dict() for t in self.topics],
            "active": self.active,
            "listed": list(self.listed),
            "focus": list(self.focus),
            "cart": [line.to_dict() for line in self.cart],
            "asked": self.asked,
            "pending": self.pending,
            "language": self.language,
            "personal": self.personal,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DialogueState:
        """The inverse of :meth:`to_dict`."""
        return cls(
            data["turns"],
            tuple(Topic.from_dict(t) for t in data["topics"]),
            data["active"],
            tuple(data["listed"]),
            tuple(data["focus"]),
            tuple(CartLine(line["sku"], line["quantity"]) for line in data["cart"]),
            data["asked"],
            data["pending"],
            data["language"],
            # States kept by an earlier version say nothing of it.
            data.get("personal", True),
        )
