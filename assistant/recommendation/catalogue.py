"""Items of a recommender made of catalogue products: what can be recommended, met or not, and what is known of it.

Knows products, not files; vectors are handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assistant.recommendation.interactions import Items, Vectors
from assistant.types import Product


def catalogue_items(products: Sequence[Product], vectors: Vectors | None = None) -> Items:
    """SKUs with category paths, brands and prices in the currency most products state; ``vectors`` are (n, d).

    A product that states no price in that currency has none here: no rate is ever guessed.
    """
    currency = Counter(p.currency for p in products).most_common(1)[0][0] if products else ""
    return Items(
        tuple(p.sku for p in products),
        tuple(p.category for p in products),
        tuple(p.brand for p in products),
        tuple(p.price_in(currency) for p in products),
        vectors,
    )
