"""What is known about a list of cards, and the order of the sentences that introduce it, whatever the language.

Nothing is claimed of the list that was relaxed, or that was wanted and is stated nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.generation.replies.wording import in_language, money
from assistant.lexicon import Lexicon
from assistant.types import Card, Constraints, Product

# Fields whose loosening is told; "product" has its own sentence.
_TOLD = (
    "price_max",
    "price_min",
    "brands",
    "colors",
    "sizes",
    "terms",
    "in_stock_only",
    "exclude_terms",
    "exclude_colors",
    "exclude_brands",
)


@dataclass(frozen=True, slots=True)
class ListFacts:
    """What the pipeline knows about a list: see ``ReplyWriter.results``."""

    kind: str
    cards: Sequence[Card]
    ledger: Constraints
    total: int
    relaxed: tuple[str, ...]
    soft: tuple[str, ...]
    currency_missing: str | None
    returned: bool
    exhausted: bool
    anchors: Sequence[Product]

    @property
    def currency(self) -> str | None:
        """The currency a bound is in: the one named, else that of the cards."""
        return self.ledger.currency or (self.cards[0].currency if self.cards else None)


class ListWriter:
    """What both languages share: which constraints may be claimed, and the order of the sentences."""

    language = "en"

    def __init__(self, facts: ListFacts, lexicon: Lexicon) -> None:
        self.f = facts
        self.lexicon = lexicon
        relaxed = list(facts.relaxed)
        if facts.currency_missing:
            relaxed = [name for name in relaxed if name not in ("price_min", "price_max")]
        self.loosened = [name for name in _TOLD if name in relaxed]
        self.unknown_type = "product" in relaxed
        empty = Constraints()
        dropped = {name: getattr(empty, name) for name in self.loosened}
        kept = replace(facts.ledger, **dropped)
        if facts.currency_missing:
            kept = replace(kept, price_min=None, price_max=None)
        self.kept = replace(kept, terms=tuple(t for t in kept.terms if t not in facts.soft))
        self.asked = replace(facts.ledger, terms=tuple(t for t in facts.ledger.terms if t not in facts.soft))
        self.seed = f"{facts.ledger}{len(facts.cards)}{[c.product.sku for c in facts.cards]}{facts.total}"

    def sentences(self) -> list[str]:
        """Everything to be said, in order."""
        f = self.f
        if f.exhausted and not f.cards:
            return [self.no_more()]
        if f.returned and f.cards:
            return [self.back_again()]
        out: list[str] = []
        if f.currency_missing:
            out.append(self.other_currency())
        if not f.cards:
            return [*out, self.nothing()]
        if self.unknown_type:
            out.append(self.nearest_type())
        elif self.loosened:
            out.append(self.gave_way())
        else:
            out.append(self.found())
        if f.soft and "terms" not in f.relaxed:
            out.append(self.only_ranked())
        return out

    def said(self, phrases: Sequence[str]) -> list[str]:
        """Shopper's phrases that can be repeated in this language."""
        return [p for phrase in phrases if (p := in_language(phrase, self.language, self.lexicon))]

    def lowest(self) -> str:
        """The lowest price on the page."""
        return money(min(c.price for c in self.f.cards), self.f.cards[0].currency, self.language)

    def no_more(self) -> str:
        """More was wanted and there is none."""
        raise NotImplementedError

    def back_again(self) -> str:
        """The list of an earlier topic is shown again."""
        raise NotImplementedError

    def other_currency(self) -> str:
        """A bound was not applied, for want of prices in its currency."""
        raise NotImplementedError

    def nothing(self) -> str:
        """No cards, and what stands in the way."""
        raise NotImplementedError

    def nearest_type(self) -> str:
        """The product type is not sold; the nearest stand in."""
        raise NotImplementedError

    def gave_way(self) -> str:
        """What was loosened to find these cards."""
        raise NotImplementedError

    def found(self) -> str:
        """What was found, nothing loosened."""
        raise NotImplementedError

    def only_ranked(self) -> str:
        """A wish that no listing states."""
        raise NotImplementedError
