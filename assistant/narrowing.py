"""The question under a list of products: the one that splits them best, with options that are understood.

Knows facets, the questions they make, and how a message is read. Knows no conversation and writes no reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from assistant.dialogue.review import narrowing_questions
from assistant.retrieval import Filters, SearchEngine
from assistant.retrieval.facets import derive_facets
from assistant.types import Constraints, Product, Question
from assistant.understanding import Reader

_BANDS = 4
# Where the options of so many questions are not understood, none is asked.
_QUESTIONS = 3


class Narrower:
    """Finds the narrowing question of a list. Stateless; safe to share."""

    def __init__(self, engine: SearchEngine, reader: Reader) -> None:
        self._engine = engine
        self._reader = reader

    def question(
        self, products: Sequence[Product], currency: str, ledger: Constraints, language: str
    ) -> Question | None:
        """The question that splits the products best, with the options that lead to some, but not all, of them.

        An option is a message: clicked, it is read like any other, so each is read here before it is shown.
        """
        engine = self._engine
        facets = derive_facets(
            products, engine.lexicon, language=language, currency=currency, bands=_BANDS, choices_only=True
        )
        pool = np.zeros(len(engine.products), dtype=np.bool_)
        pool[[engine.index.rows[p.sku] for p in products]] = True
        for question in islice(narrowing_questions(facets, ledger, language), _QUESTIONS):
            options = tuple(o for o in question.options if self._leads_to_some(o, pool, language))
            if len(options) > 1:
                return replace(question, options=options)
        return None

    def _leads_to_some(self, option: str, pool: npt.NDArray[np.bool_], language: str) -> bool:
        said = self._reader.refinement(option)
        if said.product is not None or said == Constraints():
            return False
        columns = self._engine.columns
        left = columns.mask(Filters(said, language=language), within=pool)
        for term in said.terms:
            left = columns.stating(term, left)
        return 0 < int(left.sum()) < int(pool.sum())
