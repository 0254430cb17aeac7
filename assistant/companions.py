"""What goes with some products, and what is like them: rows of other types, or of any, under the same hard filters.

Joins the index with the recommendation stage. Knows no conversation and no words; whoever asks names the products.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from assistant.errors import TrainingError
from assistant.lexicon import fold
from assistant.ranking import page
from assistant.recommendation import Complements
from assistant.recommendation.affinity import type_affinity
from assistant.recommendation.base import Recommender
from assistant.recommendation.complements_events import Together
from assistant.recommendation.complements_scores import Affinities, Weighing
from assistant.recommendation.learnt import Learnt
from assistant.retrieval import Filters, SearchEngine, SearchResult
from assistant.retrieval.plans import nearest_allowed
from assistant.types import Bond, Candidate, Card, Constraints, Product

# What was looked at last says most: each product before it counts for so much of the next one.
_FADE = 0.8
# So many of the first are looked at for whom they are made for, and what it is worth to share that or not to.
_SUITED = 100
_SHARED, _STRANGE = 0.2, -0.6
# What is made for these is made for nobody else, and for no other day.
_NARROW = frozenset(
    "kids|boys|girls|baby|toddler|dogs|cats|pets|birds|small pets|pregnant women|new moms|bride|groom|bridesmaid|"
    "christmas|halloween|easter|thanksgiving|valentine's day|chinese new year|mid-autumn festival|hanukkah|diwali|"
    "st patrick's day|mother's day|father's day|baby shower|wedding|graduation".split("|")
)
# What is read of so many titles and types is remembered: the same products are asked about again and again.
_REMEMBERED = 20_000
# Among the nearest so many rows sold-out ones are put last; more are never shown.
_OVER = 4


class Companions:
    """Finds what goes with products. Reads only; safe to share."""

    def __init__(
        self,
        engine: SearchEngine,
        complements: Complements,
        model: Recommender | None = None,
        together: Together | None = None,
        weighing: Weighing | None = None,
    ) -> None:
        """``model`` is what was learnt of shoppers' behaviour, ``together`` what the shop's events say of products met
        together, in the engine's rows; each where there is such a thing. ``weighing`` is as chosen on validation.

        Raises:
            TrainingError: ``together`` is of other products.
        """
        self._engine = engine
        self._complements = complements
        skus = [p.sku for p in engine.products] if model is not None or together is not None else []
        self._learnt = None if model is None else Learnt(model, skus)
        self._affinities = None if together is None else self._of_events(together, skus, weighing)
        self._made_for = lru_cache(_REMEMBERED)(self._read_made_for)
        self._going_with = lru_cache(_REMEMBERED)(self._find_going_with)

    def find(
        self,
        anchors: Sequence[str],
        request: str,
        filters: Filters,
        *,
        k: int,
        exclude: Sequence[str] = (),
        sold_out_last: bool = True,
    ) -> SearchResult:
        """Products of other types than the anchors' own, best first.

        Args:
            anchors: SKUs, oldest first, a later one counts for more; those the catalogue does not hold are left out.
            request: what to rank by besides; any text, empty where nothing is said of what is wanted.
            filters: hard; a product type asked for is looked for among the other types.
            k: at most so many.
            exclude: SKUs never returned.
            sold_out_last: whether what cannot be bought now comes after all that can.
        """
        engine = self._engine
        c = filters.constraints
        rows = [engine.index.rows[sku] for sku in anchors if sku in engine.index.rows]
        own_types = {key for row in rows for key in engine.topics.types_of(row)}
        allowed = np.ones(len(engine.products), dtype=np.bool_)
        known = True
        if c.product:
            wanted = engine.topics.find(c.product)
            known = wanted.any
            if wanted.any:
                allowed &= wanted.rows(allowed)
        allowed = engine.columns.mask(filters, within=allowed) & ~engine.excluded_types(c)
        allowed &= ~engine.topics.rows_of_types(own_types)
        for row in rows:
            allowed &= ~engine.columns.in_category(engine.products[row].category[-1:], allowed)
        self._drop(exclude, allowed)
        candidates = self._complements.rank(
            engine.products,
            engine.index.vectors,
            rows,
            own_types,
            engine.embed(request) if request.strip() else None,
            allowed,
            lambda key: engine.topics.rows_of_types({key}),
            k=max(k, _SUITED),
            sold_out=(engine.columns.in_stock == 0) & sold_out_last,
            learnt=self._worth(rows, allowed),
            told=self._told(rows, allowed),
        )
        suited = self._suited(candidates, [engine.products[row] for row in rows], k)
        return SearchResult(tuple(suited), int(allowed.sum()), c, (), known)

    def bond(self, anchors: Sequence[str], product: Product) -> Bond | None:
        """The strongest true reason why a product goes with one of the anchors; ``None`` where there is none.

        What was often in one order comes before what was often in one cart, the very products before their types, and
        the shop's history before general knowledge, which is asked for the last anchor first.
        """
        place, known = self._places(anchors, product)
        if place is None:
            return None
        told = self._often(known, place, product)
        if told is not None:
            return told
        row = self._known(known, place)
        return None if row is None else Bond("known", product, self._engine.products[row])

    def bound(self, anchors: Sequence[str], product: Product) -> bool:
        """Whether there is any reason, as of :meth:`bond`, why a product goes with one of the anchors."""
        place, known = self._places(anchors, product)
        if place is None:
            return False
        # The quicker of the two is asked first.
        return self._known(known, place) is not None or self._often(known, place, product) is not None

    def _places(self, anchors: Sequence[str], product: Product) -> tuple[int | None, list[int]]:
        """The rows of a product and of those anchors that the catalogue holds, the last one first."""
        rows = self._engine.index.rows
        return rows.get(product.sku), [rows[sku] for sku in reversed(anchors) if sku in rows]

    def _often(self, anchors: Sequence[int], place: int, product: Product) -> Bond | None:
        if self._affinities is None:
            return None
        for how, met in (("products", self._affinities.products_met), ("types", self._affinities.types_met)):
            for bought in (True, False):
                found = [(met(row, place, bought=bought), row) for row in anchors]
                often = [(one, row) for one, row in found if one.often]
                if often:
                    one, row = max(often, key=lambda pair: (pair[0].together / pair[0].of, pair[0].together))
                    kind = f"{how} {'bought' if bought else 'carted'}"
                    return Bond(kind, product, self._engine.products[row], one.together, one.of)  # type: ignore[arg-type]
        return None

    def _known(self, anchors: Sequence[int], place: int) -> int | None:
        """The first anchor whose types general knowledge puts together with those of a row."""
        topics = self._engine.topics
        own = topics.types_of(place)
        return next((row for row in anchors if own & self._going_with(topics.types_of(row))), None)

    def alike(self, history: Sequence[str], filters: Filters, *, k: int, exclude: Sequence[str] = ()) -> SearchResult:
        """Products of any type nearest to a history in meaning, best first; none of the history itself.

        Where behaviour was learnt, what it says counts as much as the meaning, and brings rows of its own.

        Args:
            history: SKUs, oldest first; a later one counts for more.
            filters: hard.
            k: at most so many.
            exclude: SKUs never returned.
        """
        engine = self._engine
        rows = [engine.index.rows[sku] for sku in history if sku in engine.index.rows]
        c = filters.constraints
        allowed = np.ones(len(engine.products), dtype=np.bool_)
        allowed = engine.columns.mask(filters, within=allowed) & ~engine.excluded_types(c)
        self._drop((*history, *exclude), allowed)
        if not rows:
            return SearchResult((), int(allowed.sum()), c)
        weights = _FADE ** np.arange(len(rows) - 1, -1, -1, dtype=np.float32)
        centre = weights @ np.asarray(engine.index.vectors[rows], dtype=np.float32)
        centre /= max(float(np.linalg.norm(centre)), 1e-9)
        near = nearest_allowed(engine.index, centre, allowed, _OVER * k)
        found, cosines = near.rows, near.cosines
        learnt = self._worth(rows, allowed)
        behaviour = np.zeros(len(found))
        if learnt:
            more = np.setdiff1d(np.flatnonzero(learnt["behaviour"] > 0), found)
            found = np.concatenate([found, more])
            cosines = np.concatenate([cosines, np.asarray(engine.index.vectors[more] @ centre, dtype=np.float64)])
            behaviour = learnt["behaviour"][found].astype(np.float64)
        gone = (engine.columns.in_stock[found] == 0).astype(np.float64)
        # Cosines lie between -1 and 1, behaviour between 0 and 1: what cannot be bought is below all that can.
        below = 3.0 if learnt else 2.0
        score = cosines + behaviour - below * gone
        order = np.lexsort((found, -score))[:k]
        candidates = tuple(
            Candidate(
                engine.products[int(found[i])],
                float(score[i]),
                {
                    "content": round(float(cosines[i]), 4),
                    **{name: round(float(values[found[i]]), 4) for name, values in learnt.items()},
                    **({"sold_out": -below} if gone[i] else {}),
                },
            )
            for i in order
        )
        return SearchResult(candidates, int(allowed.sum()), c)

    def popular(self, filters: Filters, *, k: int, exclude: Sequence[str] = ()) -> SearchResult:
        """What shoppers rate best, for somebody nothing is known of; best first, sold-out products last.

        The score is the rating of five, drawn to the catalogue's mean as if so many more had given it as a product of
        the middle has ratings: one five-star rating is no favourite. Part: "popularity".

        Args:
            filters: hard.
            k: at most so many.
            exclude: SKUs never returned.
        """
        columns = self._engine.columns
        allowed = columns.mask(filters) & ~self._engine.excluded_types(filters.constraints)
        self._drop(exclude, allowed)
        rows = np.flatnonzero(allowed)
        count = np.nan_to_num(np.asarray(columns.rating_count[rows], dtype=np.float64))
        rating = np.asarray(columns.rating[rows], dtype=np.float64)
        rated = np.isfinite(rating) & (count > 0)
        mean = float(rating[rated].mean()) if rated.any() else 0.0
        weight = float(np.median(count[rated])) if rated.any() else 1.0
        told = np.where(rated, count, 0.0)
        popularity = (told * np.where(rated, rating, 0.0) + weight * mean) / (told + weight) / 5.0
        gone = (columns.in_stock[rows] == 0).astype(np.float64)
        order = np.lexsort((rows, -(popularity - gone)))[:k]
        candidates = tuple(
            Candidate(
                self._engine.products[int(rows[i])],
                float(popularity[i] - gone[i]),
                {"popularity": round(float(popularity[i]), 4), **({"sold_out": -1.0} if gone[i] else {})},
            )
            for i in order
        )
        return SearchResult(candidates, len(rows), filters.constraints)

    def goes_with(self, product: Product, language: str, *, k: int = 3) -> tuple[Card, ...]:
        """Products of other types that go with one, best first; each type has its turn before a second of it."""
        filters = Filters(Constraints(), language=language)
        result = self.find((product.sku,), "", filters, k=8 * k)
        return page(result.candidates, language, size=k, group=self.card_number, max_per_type=1)

    def group(self, product: Product) -> tuple[Product, ...]:
        """The other SKUs that share a product's card, but for plain repetitions of one that is shown."""
        engine = self._engine
        row = engine.index.rows.get(product.sku)
        if row is None:
            return ()
        seen = {_looks(product)}
        out: list[Product] = []
        for other in (engine.products[r] for r in engine.groups.others(row)):
            if (look := _looks(other)) not in seen:
                seen.add(look)
                out.append(other)
        return tuple(out)

    def card_number(self, product: Product) -> int | None:
        """What the products that share a card have in common; ``None`` for one that stands alone."""
        row = self._engine.index.rows.get(product.sku)
        return None if row is None else self._engine.groups.number(row)

    def _suited(self, candidates: Sequence[Candidate], anchors: Sequence[Product], k: int) -> list[Candidate]:
        """The candidates, those made for somebody or some day that the anchors are not made for behind others."""
        own = {key for anchor in anchors for key in self._made_for(anchor.title, anchor.category)}
        out: list[Candidate] = []
        for place, candidate in enumerate(candidates):
            product = candidate.product
            made = self._made_for(product.title, product.category) if place < _SUITED else frozenset()
            worth = _SHARED if made & own else _STRANGE if made & _NARROW else 0.0
            parts = {**candidate.parts, "made_for": worth} if worth else candidate.parts
            out.append(Candidate(product, candidate.score + worth, parts))
        return sorted(out, key=lambda one: -one.score)[:k]

    def _read_made_for(self, title: str, shelf: tuple[str, ...]) -> frozenset[str]:
        """For whom and when, as title and shelf say it."""
        text = fold(" ".join((title, *shelf)))
        found = self._engine.lexicon.mentions(text, ("audience", "occasion"))
        return frozenset(concept.key for mention in found for concept in mention.concepts)

    def _find_going_with(self, types: frozenset[str]) -> frozenset[str]:
        """The types that go with any of these by general knowledge, and all that are narrower."""
        lexicon = self._engine.lexicon
        keys: set[str] = set()
        pending = list(self._complements.around(types))
        while pending:
            concept = lexicon.product(pending.pop())
            if concept is not None and concept.key not in keys:
                keys.add(concept.key)
                pending += concept.narrower
        return frozenset(keys)

    def _of_events(self, together: Together, skus: Sequence[str], weighing: Weighing | None) -> Affinities:
        if together.skus != tuple(skus):
            raise TrainingError(
                f"what goes together was counted over {len(together.skus)} products and the index holds {len(skus)} "
                "others; count again over the index"
            )
        engine = self._engine
        table = type_affinity(together.types, self._complements, engine.lexicon)
        prices = [p.price for p in engine.products]
        return Affinities(together, engine.index.vectors, prices, table, weighing)

    def _told(self, rows: Sequence[int], allowed: npt.NDArray[np.bool_]) -> dict[str, npt.NDArray[np.float32]] | None:
        if self._affinities is None or not rows:
            return None
        return self._affinities.parts(rows, allowed, _FADE ** np.arange(len(rows) - 1, -1, -1, dtype=np.float64))

    def _worth(self, rows: Sequence[int], allowed: npt.NDArray[np.bool_]) -> dict[str, npt.NDArray[np.float32]]:
        return {} if self._learnt is None else self._learnt.worth(rows, allowed)

    def _drop(self, skus: Sequence[str], allowed: npt.NDArray[np.bool_]) -> None:
        for sku in skus:
            if (place := self._engine.index.rows.get(sku)) is not None:
                allowed[place] = False


def _looks(product: Product) -> tuple[object, ...]:
    """What a shopper could choose a variant by."""
    return product.title, product.color, product.sizes, repr(sorted(product.attributes.items(), key=repr))
