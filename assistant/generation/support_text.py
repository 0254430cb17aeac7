"""What the learned claim check is shown: a record as one text, a sentence with its wish, and which stretch is a word.

Knows fields and characters. Knows no network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from assistant.generation.slots import SLOT
from assistant.types import Product, ReplyLanguage

RECORD_TOKENS, WISH_TOKENS, SENTENCE_TOKENS = 256, 16, 96
_LONGEST = 1200


def record_text(product: Product) -> str:
    """All that a record states of a product, in both languages where it has both."""
    parts = [product.title]
    told = product.translations.get("zh", {})
    parts += [str(told["title"])] if told.get("title") else []
    if product.brand:
        parts.append(f"brand: {product.brand}" + (f" {told['brand']}" if told.get("brand") else ""))
    parts.append("type: " + " > ".join(product.category) + (f" {told['category']}" if told.get("category") else ""))
    if product.color:
        parts.append(f"color: {product.color}")
    price = f"price: {product.price:g} {product.currency}"
    price += "".join(f", {amount:g} {currency}" for currency, amount in product.prices.items())
    if product.list_price is not None and product.list_price > product.price:
        price += f", was {product.list_price:g}"
    parts.append(price)
    if product.in_stock is not None:
        parts.append("in stock" if product.in_stock else "out of stock")
    if product.sizes:
        parts.append("sizes: " + " ".join(product.sizes))
    if product.rating is not None:
        parts.append(f"rating: {product.rating:g}")
    parts += [f"{key.replace('_', ' ')}: {_value(value)}" for key, value in product.attributes.items()]
    parts.append(product.description[:_LONGEST])
    for fields in product.translations.values():
        if fields.get("description"):
            parts.append(str(fields["description"])[:_LONGEST])
    return " | ".join(re.sub(r"\s+", " ", part).strip() for part in parts if part)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return str(value)


def filled(sentence: str, values: Mapping[str, str]) -> tuple[str, list[int]]:
    """A sentence with its slots filled, and for each character its place in ``sentence``, -1 inside a filled slot."""
    out, places, at = "", [], 0
    for m in SLOT.finditer(sentence):
        if m.group(1) not in values:
            continue
        out += sentence[at : m.start()] + values[m.group(1)]
        places += [*range(at, m.start()), *([-1] * len(values[m.group(1)]))]
        at = m.end()
    return out + sentence[at:], [*places, *range(at, len(sentence))]


def wish_text(request: str, language: ReplyLanguage) -> str:
    """The shopper's words as they stand before a sentence."""
    return re.sub(r"\s+", " ", request)[: 200 if language == "en" else 80].strip()
