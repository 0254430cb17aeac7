"""Products for one shopper, each with the reason it is shown: what they looked at, liked or put into the cart.

Brings together what is like those products, what goes with them, and what others went on to. Knows products and what
was done with them; knows no store, no page and no words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from assistant.companions import Companions
from assistant.personal import PROMOTED, Alike, Doing, Liking, Personal, Scores, Taste
from assistant.ranking import card_of
from assistant.retrieval import Filters, SearchEngine
from assistant.types import Card, Constraints, Product

# So many products, those that count most, are asked what goes with them and what others went on to.
_ASKED = 3
_OF_EACH = 30
_COMPANIONS = 12
_REMEMBERED = 10_000
# A product less like another than this is not shown because of it: of the default catalogue's pairs from different
# departments 99 in 100 are below 0.21, half of the pairs of one type are above 0.34.
_ALIKE = 0.25


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A card, and the product it is shown because of: what was done with that, and whether the two go together rather
    than being alike."""

    card: Card
    because: Product
    doing: Doing
    goes_with: bool = False


class ForYou:
    """Finds suggestions. Reads only; safe to share."""

    def __init__(self, engine: SearchEngine, companions: Companions, personal: Personal) -> None:
        self._engine = engine
        self._companions = companions
        self._personal = personal
        # What goes with a product does not depend on the shopper, and takes longer to find than all else here.
        self._company = lru_cache(_REMEMBERED)(self._find_company)

    def suggestions(
        self, taste: Taste, language: str, *, k: int, currency: str | None = None, asked: Constraints | None = None
    ) -> tuple[Suggestion, ...]:
        """At most ``k`` products in stock that none of a shopper's doings was about, best first; none without reason.

        relevance = mean of (cos(u, x), worth of the rank by behaviour, worth of the rank as a companion), the last two
        only where something was learnt and where anything goes with what was met, each the best of w_j / max w · worth
        after j; plus the lift of promoted ones;
        chosen by :meth:`assistant.personal.Personal.spread`. The reason is the product that adds most: the largest of
        w_j · cos(x_j, x), w_j · worth of the rank after j alone, w_j · worth as a companion of j.

        Args:
            taste: what the shopper did.
            language: of the cards.
            k: at most so many.
            currency: the currency of the cards, where one was named.
            asked: whose refusals hold here, too.
        """
        found = self._personal.vector(taste)
        liked = self._personal.likings(taste)
        if found is None or not liked:
            return ()
        asked = asked or Constraints()
        hard = Constraints(exclude_brands=asked.exclude_brands, exclude_terms=asked.exclude_terms, in_stock_only=True)
        filters = Filters(hard, language=language)
        near = self._personal.near(taste, filters)
        assert near is not None
        allowed = self._personal.open(taste, filters)
        first = sorted(liked, key=lambda one: -one.weight)[:_ASKED]
        goes = self._companions_of(first, filters)
        after = self._after(first, allowed)
        for shares in (*goes, *after):
            best = np.argsort(-shares)[:_OF_EACH]
            near[best] |= shares[best] > 0
        rows = np.flatnonzero(near & allowed)
        if not len(rows):
            return ()
        alike = self._personal.centred([one.row for one in liked]) @ self._personal.centred(rows).T
        pulls: list[tuple[Liking, bool, Scores]] = [
            (one, False, np.where(alike[i] >= _ALIKE, one.weight * alike[i], 0.0)) for i, one in enumerate(liked)
        ]
        pulls += [(one, False, one.weight * shares[rows]) for one, shares in zip(first, after, strict=False)]
        pulls += [(one, True, one.weight * shares[rows]) for one, shares in zip(first, goes, strict=True)]
        pull = np.stack([values for _, _, values in pulls])
        parts = [(self._personal.centred(rows) @ found[0]).astype(np.float64)]
        for several in (after, goes):
            if any(one.any() for one in several):
                # The product that counts most counts whole, as it does in the session vector.
                weighed = [
                    one.weight / first[0].weight * shares[rows] for one, shares in zip(first, several, strict=True)
                ]
                parts.append(np.max(weighed, axis=0))
        lift = np.array([self._personal.lift_of(self._engine.products[row]) for row in rows.tolist()])
        score = np.where(pull.max(axis=0) > 0, np.mean(parts, axis=0) + lift, -np.inf)
        card: Alike = self._companions.card_number
        out: list[Suggestion] = []
        for place in self._personal.spread(score, rows, size=k, card=card)[:k]:
            product = self._engine.products[int(rows[place])]
            one, goes_with, _ = pulls[int(np.argmax(pull[:, place]))]
            shown = card_of(product, language, currency=currency)
            if lift[place]:
                shown = replace(shown, parts={PROMOTED: float(lift[place])})
            out.append(Suggestion(shown, self._engine.products[one.row], one.doing, goes_with))
        return tuple(out)

    def _companions_of(self, liked: Sequence[Liking], filters: Filters) -> list[Scores]:
        """For each product what its companions' ranks are worth, shape (n,): 1 for the first, 0 for all others."""
        out = []
        for one in liked:
            shares = np.zeros(len(self._engine.products))
            for row, worth in self._company(one.row, filters.constraints, filters.language):
                shares[row] = worth
            out.append(shares)
        return out

    def _find_company(self, row: int, hard: Constraints, language: str) -> tuple[tuple[int, float], ...]:
        """The rows of a product's companions and what their ranks are worth."""
        product = self._engine.products[row]
        result = self._companions.find((product.sku,), "", Filters(hard, language=language), k=_COMPANIONS)
        return tuple(
            (self._engine.index.rows[candidate.product.sku], 1.0 - place / _COMPANIONS)
            for place, candidate in enumerate(result.candidates)
            # Where nothing says that two go together, what is merely near in meaning is no companion.
            if self._companions.bound((product.sku,), candidate.product)
        )

    def _after(self, liked: Sequence[Liking], allowed: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[Scores]:
        """For each product what behaviour makes of it alone, shape (n,); nothing where none was learnt."""
        learnt = self._personal.learnt
        if learnt is None:
            return []
        found = [learnt.worth([one.row], allowed) for one in liked]
        nothing = np.zeros(len(allowed))
        return [one["behaviour"].astype(np.float64) if one else nothing for one in found]
