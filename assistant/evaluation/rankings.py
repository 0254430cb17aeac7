"""The ranking that is used, and its parts alone: what an evaluation compares.

Knows the search engine. Knows no queries and no grades.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from assistant.evaluation.retrieval import Ranker
from assistant.lexicon import simplify
from assistant.retrieval import Filters, SearchEngine
from assistant.types import Constraints
from assistant.understanding import ConstraintParser, detect_language

FUSION = "fusion (RRF)"
OPEN = "open: the type ranks"
CONVERSATION = "conversation: type and brand filter"
_RRF_K = 60.0
Scores = npt.NDArray[np.float64]


def rankings(engine: SearchEngine, parser: ConstraintParser) -> Mapping[str, Ranker]:
    """Every ranking by its name.

    :data:`OPEN` orders the whole catalogue: bounds and refusals filter, the type ranks. :data:`CONVERSATION` is what a
    shopper is shown and ``assistant search`` gives: the same scores within hard filters for type, brand and the rest.
    :data:`FUSION` is the reference.
    """
    index = engine.index
    skus = [p.sku for p in index.products]

    def meaning(text: str) -> Scores:
        return np.asarray(index.vectors @ engine.embed(text), dtype=np.float64)

    def words(text: str) -> Scores:
        return index.keywords.scores(text).astype(np.float64)

    def fused(text: str) -> Scores:
        found = words(text)
        return reciprocal_ranks(meaning(text)) + np.where(found > 0, reciprocal_ranks(found), 0.0)

    def used(text: str, **off: bool) -> list[str]:
        plain = simplify(text)
        said = parser.parse(plain, intent="product_search")
        language = "zh" if detect_language(text) == "zh" else "en"
        filters = Filters(Constraints() if off.get("constraints") else said, language=language)
        return [skus[row] for row in engine.order(plain, filters)]

    def strict(text: str) -> list[str]:
        plain = simplify(text)
        said = parser.parse(plain, intent="product_search")
        language = "zh" if detect_language(text) == "zh" else "en"
        return [c.product.sku for c in engine.search(plain, Filters(said, language=language), k=len(skus)).candidates]

    def by(score: object) -> Ranker:
        return lambda text: [skus[i] for i in np.argsort(-score(text), kind="stable")]  # type: ignore[operator]

    return {
        "words (BM25)": by(words),
        "meaning (cosine)": by(meaning),
        FUSION: by(fused),
        "open, without parsed constraints": lambda text: used(text, constraints=True),
        OPEN: used,
        CONVERSATION: strict,
    }


def reciprocal_ranks(values: Scores) -> Scores:
    """1 / (60 + rank), best rank 1. Source: Cormack, Clarke and Büttcher, Reciprocal Rank Fusion (SIGIR 2009)."""
    order = np.lexsort((np.arange(len(values)), -values))
    ranks = np.empty(len(values), dtype=np.float64)
    ranks[order] = np.arange(1, len(values) + 1)
    return np.asarray(1.0 / (_RRF_K + ranks))
