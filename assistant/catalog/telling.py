"""What of a record may be told: the record without text that gives orders instead of describing the product.

Every writer of texts reads products through :func:`telling`; prices, stock, categories and links are left as they are,
and so is the catalogue itself. Knows fields. What an order looks like is known in ``lexicon.planted``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assistant.lexicon.planted import addressed, planted_at
from assistant.types import Product

_LOG = logging.getLogger(__name__)


def telling(product: Product) -> Product:
    """The product as it may be told; the same object where nothing has to go.

    A description ends where an order begins: what follows one is no more to be trusted. A title is cut there; one that
    has nothing before gives way to brand and type. Attributes that hold an order, or are named as a machine's, go.
    """
    title = _title(product.title, product)
    description = _prose(product.description)
    attributes = {k: v for k, v in product.attributes.items() if not _orders(k, v)}
    translations = {language: _translation(fields, product) for language, fields in product.translations.items()}
    brand = None if product.brand and planted_at(product.brand) is not None else product.brand
    color = None if product.color and planted_at(product.color) is not None else product.color
    if (
        title == product.title
        and description == product.description
        and len(attributes) == len(product.attributes)
        and translations == {k: dict(v) for k, v in product.translations.items()}
        and brand == product.brand
        and color == product.color
    ):
        return product
    _LOG.info("text that gives orders was left out of the record of a product", extra={"sku": product.sku})
    return replace(
        product,
        title=title,
        description=description,
        attributes=attributes,
        translations=translations,
        brand=brand,
        color=color,
    )


def _title(title: str, product: Product) -> str:
    at = planted_at(title, sentence=False)
    if at is None:
        return title
    kept = title[:at].rstrip(" ,;:，；：-–—|([（【")
    return kept or " ".join(x for x in (product.brand or "", product.type) if x) or product.sku


def _prose(text: str) -> str:
    at = planted_at(text)
    return text if at is None else text[:at].rstrip()


def _translation(fields: Mapping[str, str], product: Product) -> dict[str, str]:
    return {k: _title(v, product) if k == "title" else _prose(v) for k, v in fields.items()}


def _orders(key: str, value: Any) -> bool:
    if addressed(key) or planted_at(key) is not None:
        return True
    return isinstance(value, str) and planted_at(value) is not None
