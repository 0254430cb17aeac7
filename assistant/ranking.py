"""From candidates to cards: variants of one product share a card, near-identical listings do not crowd a page.

Knows scores and product identity; knows neither constraints nor text generation. Order is kept, and every card carries
the score parts of its candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from assistant.catalog.telling import telling
from assistant.lexicon import fold
from assistant.types import Candidate, Card, Product


@dataclass(frozen=True, slots=True)
class Priced:
    """A price as shown: amount in major units and currency."""

    amount: float
    currency: str


def shown_price(product: Product, language: str, currency: str | None = None) -> Priced:
    """The price a card shows: the named currency where the product has it; else CNY for Chinese; else its own."""
    for wanted in (currency, "CNY" if language == "zh" and currency is None else None):
        if wanted and (amount := product.price_in(wanted)) is not None:
            return Priced(amount, wanted)
    return Priced(product.price, product.currency)


def card_of(
    product: Product,
    language: str,
    *,
    currency: str | None = None,
    variants: Sequence[Product] = (),
    candidate: Candidate | None = None,
) -> Card:
    """The card of one product in a language, without text that gives orders instead of describing it."""
    product = telling(product)
    price = shown_price(product, language, currency)
    return Card(
        product,
        product.title_in("zh" if language == "zh" else "en"),
        price.amount,
        price.currency,
        tuple(telling(v) for v in variants),
        (),
        candidate.parts if candidate else {},
    )


def page(
    candidates: Iterable[Candidate],
    language: str,
    *,
    size: int,
    currency: str | None = None,
    variants: Callable[[Product], Sequence[Product]] = lambda product: (),
    group: Callable[[Product], object] = lambda product: product.group_id,
    max_per_type: int | None = None,
) -> tuple[Card, ...]:
    """At most ``size`` cards, best first.

    Args:
        candidates: ranked, best first.
        language: of titles and prices.
        size: cards wanted.
        currency: the currency the shopper named, if any.
        variants: the other SKUs of a product's group that satisfy the same constraints.
        group: what products that share a card have in common; ``None`` or an empty text for a product of its own.
        max_per_type: for ideas and complements: so many cards of one product type before others get their turn.
    """
    chosen: list[Card] = []
    held_back: list[Card] = []
    groups: set[object] = set()
    titles: set[tuple[str, float]] = set()
    types: dict[str, int] = {}
    for candidate in candidates:
        product = candidate.product
        key = (fold(product.title), product.price)
        own = group(product)
        shared = own is not None and own != ""
        if (shared and own in groups) or key in titles:
            continue
        if shared:
            groups.add(own)
        titles.add(key)
        card = card_of(product, language, currency=currency, variants=variants(product), candidate=candidate)
        if max_per_type is not None and types.get(product.type, 0) >= max_per_type:
            held_back.append(card)
            continue
        types[product.type] = types.get(product.type, 0) + 1
        chosen.append(card)
        if len(chosen) == size:
            break
    return tuple((chosen + held_back)[:size])


def explain(card: Card, why: Iterable[str]) -> Card:
    """The card with its reasons."""
    return replace(card, why=tuple(why))
