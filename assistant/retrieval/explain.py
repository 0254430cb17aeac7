"""Why a search answered as it did: the plan, what each filter alone leaves, and the parts of every score.

Knows a finished search. Changes nothing and ranks nothing.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from assistant.retrieval.filters import Filters
from assistant.retrieval.search import SearchEngine, SearchResult
from assistant.types import Constraints

# Fields that say how another is read, or that choose no rows at all.
_NO_FILTER = frozenset({"currency", "sort", "quantity", "references"})


def explain(engine: SearchEngine, text: str, filters: Filters, result: SearchResult) -> dict[str, Any]:
    """How ``result`` came about, ready for JSON.

    ``filters`` counts the rows that each filter would leave if it were the only one; ``rows`` is what all of them left
    together; ``ranked_only`` are wanted words that no remaining row states. A score is the sum of ``fused`` and, for
    what is sold out, ``sold_out``; under a sort order it is the place in that order. ``fused`` in turn is the likeness
    of meaning (``semantic``, a cosine) and of words (``keyword``, BM25), each on a scale of this search, and ``bonus``
    for naming what was asked for.
    """
    c = filters.constraints
    return {
        "plan": result.plan,
        "rows": result.total,
        "of": len(engine.products),
        "type_known": result.topic_known,
        "filters": [
            {"filter": name, "value": value, "rows": rows} for name, value, rows in _alone(engine, text, filters)
        ],
        "ranked_only": list(result.soft),
        "sort": c.sort,
        "scores": [{"sku": one.product.sku, "score": round(one.score, 6), **one.parts} for one in result.candidates],
    }


def _alone(engine: SearchEngine, text: str, filters: Filters) -> list[tuple[str, object, int]]:
    """(filter, value, rows it leaves alone) of every filter that is set."""
    c = filters.constraints
    everything = np.ones(len(engine.products), dtype=np.bool_)
    neutral = Constraints()
    found: list[tuple[str, object, int]] = []
    for field in fields(Constraints):
        value = getattr(c, field.name)
        if field.name in _NO_FILTER or value == getattr(neutral, field.name):
            continue
        if field.name == "product":
            topic = engine.topics.find(str(value), text)
            rows = int(topic.rows(everything).sum()) if topic.any else len(everything)
        elif field.name == "terms":
            found += [(field.name, term, int(engine.columns.stating(term, everything).sum())) for term in value]
            continue
        else:
            # A bound is read in the currency that was stated with it.
            only = replace(neutral, currency=c.currency, **{field.name: value})
            left = engine.columns.mask(replace(_bare(filters), constraints=only)) & ~engine.excluded_types(only)
            rows = int(left.sum())
        found.append((field.name, list(value) if isinstance(value, tuple) else value, rows))
    if filters.category:
        rows = int(engine.columns.in_category(filters.category, everything).sum())
        found.append(("category", list(filters.category), rows))
    for name, wanted in filters.attributes.items():
        rows = int(engine.columns.mask(replace(_bare(filters), attributes={name: wanted})).sum())
        found.append((f"attributes.{name}", list(wanted), rows))
    if filters.any_of:
        rows = int(engine.columns.mask(replace(_bare(filters), any_of=filters.any_of)).sum())
        found.append(("any_of", len(filters.any_of), rows))
    if filters.rating_min is not None:
        rows = int(engine.columns.mask(replace(_bare(filters), rating_min=filters.rating_min)).sum())
        found.append(("rating_min", filters.rating_min, rows))
    return found


def _bare(filters: Filters) -> Filters:
    """The filters without any, but with what they are read in."""
    return Filters(language=filters.language, price_currency=filters.price_currency)
