"""One question, one answer, without a conversation: search, recommend, compare, product, understand.

What the HTTP routes and the MCP tools share. Knows the requests of :mod:`~.schemas` and the catalogue; knows
neither HTTP nor MCP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from assistant.catalog.telling import telling
from assistant.errors import RecordError, UnknownProductError
from assistant.generation.replies.evidence import Records
from assistant.ranking import card_of
from assistant.retrieval.overlay import overlay
from assistant.server import schemas
from assistant.server.shelf import Shelf
from assistant.types import Candidate, Constraints, Product

_GOES_WITH = 5
_VARIANTS = 24
# Of products that share a card one is shown, so that some more must be looked at than are asked for.
_OVER = 8
# What goes with something is of many types; one that fits best must not fill the list.
_PER_TYPE = 2

_COMPARED: tuple[tuple[str, str, str], ...] = (
    ("price", "Price", "价格"),
    ("list_price", "List price", "原价"),
    ("rating", "Rating", "评分"),
    ("rating_count", "Ratings", "评价数"),
    ("in_stock", "In stock", "有货"),
    ("brand", "Brand", "品牌"),
    ("category", "Type", "类型"),
    ("color", "Colour", "颜色"),
    ("sizes", "Sizes", "尺码"),
)
"""Fields of a record that a comparison shows besides the attributes, with their English and Chinese names."""


class MissingProduct(UnknownProductError):
    """A SKU that the catalogue does not hold; ``where`` is the field that named it."""

    def __init__(self, sku: str, where: str) -> None:
        super().__init__(f"no product '{sku[:100]}' in the catalogue")
        self.where = where


def understand(shelf: Shelf, text: str) -> dict[str, Any]:
    """A text, read as ``assistant understand`` reads it."""
    return shelf.reader.understand([whole(text)])[0].to_dict()


def search(shelf: Shelf, asked: schemas.SearchRequest) -> dict[str, Any]:
    """What a wish finds, as ``assistant search`` finds it.

    Raises:
        RecordError: a filter has a value that cannot be used.
    """
    text = whole(asked.text)
    understanding = shelf.reader.understand([text])[0]
    language = "zh" if understanding.language == "zh" else "en"
    constraints, extra = overlay(understanding.constraints, _filters(asked.filters))
    result = shelf.engine.search(text, extra.over(constraints, language), k=asked.k)
    return {
        **_found(result.candidates, language, constraints.currency),
        "total": result.total,
        "language": language,
        "applied": {**constraints.to_dict(), **extra.to_dict()},
        "soft": list(result.soft),
    }


def recommend(shelf: Shelf, asked: schemas.RecommendRequest) -> dict[str, Any]:
    """What goes with a history, or is like it; of products that share a card the best one.

    Without a history: what is rated best, not too much of one product type.

    Raises:
        MissingProduct: the catalogue does not hold a product of the history.
        RecordError: a filter has a value that cannot be used.
    """
    products = _products(shelf, asked.history, "history")
    constraints, extra = overlay(Constraints(), _filters(asked.filters))
    filters = extra.over(constraints, asked.language)
    skus, k = [p.sku for p in products], _OVER * asked.k
    if not products:
        result = shelf.companions.popular(filters, k=len(shelf.engine.products))
    elif asked.cross_category:
        result = shelf.companions.find(skus, "", filters, k=k, exclude=skus)
    else:
        result = shelf.companions.alike(skus, filters, k=k)
    per_type = _PER_TYPE if asked.cross_category or not products else None
    chosen = _one_of_each(shelf, result.candidates, products, asked.k, per_type=per_type)
    return {
        **_found(chosen, asked.language, constraints.currency),
        "parts": [dict(candidate.parts) for candidate in chosen],
    }


def compare(shelf: Shelf, asked: schemas.CompareRequest) -> dict[str, Any]:
    """Products line by line from their records, what tells them apart first.

    Raises:
        MissingProduct: the catalogue does not hold one of them.
        RecordError: one is named twice.
    """
    products = [telling(p) for p in _products(shelf, asked.skus, "skus")]
    if len({p.sku for p in products}) < len(products):
        raise RecordError("field 'skus': a product is named twice")
    language = asked.language
    cards = [card_of(p, language) for p in products]
    zh = language == "zh"
    rows: list[dict[str, Any]] = []
    for field, english, chinese in _COMPARED:
        values = [card.price if field == "price" else _value(card.product, field) for card in cards]
        rows.append(_row(field, chinese if zh else english, values))
    if len({card.currency for card in cards}) > 1:
        # Equal numbers of different currencies are no equal prices.
        rows[0]["same"] = False
    records = Records(shelf.engine.lexicon)
    shown = [Records.shown(p) for p in products]
    for name in dict.fromkeys(name for attributes in shown for name in attributes):
        rows.append(_row(name, records.label(name, language), [attributes.get(name) for attributes in shown]))
    rows = [row for row in rows if any(value is not None for value in row["values"])]
    rows.sort(key=lambda row: row["same"])
    return {"products": [card.to_dict() for card in cards], "rows": rows}


def product(shelf: Shelf, asked: schemas.ProductRequest) -> dict[str, Any]:
    """A product's record with its versions and what goes with it.

    Raises:
        MissingProduct: the catalogue does not hold it.
    """
    found = _products(shelf, [asked.sku], "sku")[0]
    record, language = telling(found), asked.language
    return {
        **card_of(found, language).to_dict(),
        "description": record.description_in(language),
        "brand": record.brand,
        "list_price": record.list_price,
        "prices": dict(record.prices),
        "color": record.color,
        "sizes": list(record.sizes),
        "size_stock": dict(record.size_stock),
        "stock": record.stock,
        "attributes": dict(record.attributes),
        "url": record.url,
        "image_url": record.image_url,
        "rating": record.rating,
        "rating_count": record.rating_count,
        "created_at": record.created_at,
        "variants": [card_of(p, language).to_dict() for p in shelf.companions.group(found)[:_VARIANTS]],
        "goes_with": [card.to_dict() for card in shelf.companions.goes_with(found, language, k=_GOES_WITH)],
    }


def whole(text: str) -> str:
    """A text without lone surrogates: legal in JSON, they can be neither tokenised nor stored."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _filters(filters: schemas.Filters | None) -> dict[str, Any] | None:
    return None if filters is None else filters.model_dump(exclude_unset=True)


def _found(candidates: Sequence[Candidate], language: str, currency: str | None) -> dict[str, Any]:
    return {
        "skus": [c.product.sku for c in candidates],
        "scores": [round(c.score, 6) for c in candidates],
        "products": [card_of(c.product, language, currency=currency).to_dict() for c in candidates],
    }


def _products(shelf: Shelf, skus: Sequence[str], field: str) -> list[Product]:
    out: list[Product] = []
    for place, sku in enumerate(skus):
        found = shelf.engine.product(whole(sku))
        if found is None:
            raise MissingProduct(whole(sku), field if field == "sku" else f"{field}.{place}")
        out.append(found)
    return out


def _one_of_each(
    shelf: Shelf, candidates: Iterable[Candidate], history: Sequence[Product], k: int, *, per_type: int | None
) -> list[Candidate]:
    """The best candidate of each card, none of a card the history holds, best first.

    Args:
        shelf: says which products share a card.
        candidates: best first.
        history: what is known already.
        k: at most so many.
        per_type: so many of one product type before others get their turn.
    """
    seen: set[int | None] = {shelf.companions.card_number(p) for p in history}
    types: Counter[str] = Counter()
    chosen: list[Candidate] = []
    held_back: list[Candidate] = []
    for candidate in candidates:
        group = shelf.companions.card_number(candidate.product)
        if group is not None and group in seen:
            continue
        seen.add(group)
        kind = candidate.product.type
        (chosen if per_type is None or types[kind] < per_type else held_back).append(candidate)
        types[kind] += 1
        if len(chosen) == k:
            break
    return sorted((chosen + held_back)[:k], key=lambda c: -c.score)


def _value(product: Product, field: str) -> Any:
    value = product.type or None if field == "category" else getattr(product, field)
    return list(value) or None if isinstance(value, tuple) else value


def _row(field: str, label: str, values: list[Any]) -> dict[str, Any]:
    return {"field": field, "label": label, "values": values, "same": all(value == values[0] for value in values)}
