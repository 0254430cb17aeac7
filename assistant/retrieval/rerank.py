"""The first candidates in another order: by a scorer that reads query and product together.

Knows candidates and a callable. Does not know what model stands behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from assistant.retrieval.text import document
from assistant.types import Candidate

Reranker: TypeAlias = Callable[[str, Sequence[str]], npt.NDArray[np.float64]]
"""How well each text answers a query, shape (len(texts),); higher is better."""

RERANKED = 50
"""So many of the first are reordered: a scorer reads each of them in full."""


def rerank(query: str, ranked: Sequence[Candidate], scorer: Reranker) -> list[Candidate]:
    """The candidates with the first :data:`RERANKED` of them by the scorer, best first; the rest follows as it was.

    Places keep their scores, so that scores never increase along the list; what the scorer said is a part of each.
    Sold-out products stay last.
    """
    first = [c for c in ranked[:RERANKED] if "sold_out" not in c.parts]
    if len(first) < 2:
        return list(ranked)
    said = scorer(query, [document(c.product) for c in first])
    order = np.lexsort((np.arange(len(first)), -said))
    moved = [
        replace(first[int(i)], score=place.score, parts={**first[int(i)].parts, "reranked": round(float(said[i]), 4)})
        for place, i in zip(first, order, strict=True)
    ]
    # Sold-out ones have the lowest scores, so those in stock among the first are a prefix of it.
    return [*moved, *ranked[len(first) :]]
