"""What each part adds to the score of every row a search leaves: to see which part put a product first.

Knows a search and its score parts. Ranks nothing itself. A search of few rows cannot be taken apart afterwards, since
the best match by words may not be among them: all rows are asked for here.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.retrieval.filters import Filters
from assistant.retrieval.search import KEYWORD_WEIGHT, SearchEngine, SearchResult


@dataclass(frozen=True, slots=True)
class Shares:
    """Four numbers that add up to a score: nearness of meaning, common words, naming what was asked for, sold out.

    Under a sort order or a reranker the place is decided by that, and these are only what the place would have been
    decided by.
    """

    meaning: float
    words: float
    bonus: float = 0.0
    sold_out: float = 0.0

    @property
    def total(self) -> float:
        """The score they make."""
        return self.meaning + self.words + self.bonus + self.sold_out

    def minus(self, other: Shares) -> Shares:
        """Part by part, by how much these are above others."""
        return Shares(
            self.meaning - other.meaning,
            self.words - other.words,
            self.bonus - other.bonus,
            self.sold_out - other.sold_out,
        )

    def to_dict(self) -> dict[str, float]:
        """Part → what it adds."""
        return {"meaning": self.meaning, "words": self.words, "bonus": self.bonus, "sold_out": self.sold_out}


def search_in_shares(
    engine: SearchEngine, text: str, filters: Filters, *, use_topic: bool = True
) -> tuple[SearchResult, tuple[Shares, ...]]:
    """Every row that a search leaves, best first, and the shares of each one's score."""
    result = engine.search(text, filters, k=len(engine.products), use_topic=use_topic)
    best = max((c.parts["keyword"] for c in result.candidates), default=0.0)
    found = []
    for candidate in result.candidates:
        parts = candidate.parts
        words = KEYWORD_WEIGHT * parts["keyword"] / best if best > 0 else 0.0
        bonus = parts.get("bonus", 0.0)
        found.append(Shares(parts["fused"] - bonus - words, words, bonus, parts.get("sold_out", 0.0)))
    return result, tuple(found)
