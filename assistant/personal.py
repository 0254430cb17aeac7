"""What a shopper did in this session as a point among the products, and how far it moves a list.

Events become a session vector; lists are moved by it within bounds. Nothing is trained here and nothing is remembered:
whoever asks hands in what was done. Knows no store, no page and no words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from assistant.dialogue import Topic
from assistant.recommendation.base import Recommender
from assistant.recommendation.learnt import Learnt
from assistant.recommendation.lists import mmr
from assistant.retrieval import Filters, SearchEngine, SearchResult
from assistant.retrieval.plans import nearest_allowed
from assistant.retrieval.text import token_line
from assistant.types import Candidate, Product

Doing: TypeAlias = Literal["view", "cart", "carted", "like", "dislike", "purchase"]
"""What was done with a product; ``carted`` is what was taken out of the cart again."""

STRENGTH: dict[Doing, float] = {"view": 0.5, "carted": 0.5, "like": 1.0, "cart": 1.0, "purchase": 1.0}
"""How much each says in favour of a product, before it fades."""

PERSONAL, PROMOTED = "personal", "promoted"
"""The names of the two parts that are added to a score here."""

# What is left of a dislike in the session vector, as Rocchio's γ/β.
_AGAINST = 0.5
# One view just now is as much as is needed to go by; less of everything together counts for less.
_ENOUGH = 0.5
# And less than this is too long ago.
_FADED = 0.02
_SAMPLE = 2_000
_NEAR = 60
_PER_TYPE = 2

Vector: TypeAlias = npt.NDArray[np.float32]
Scores: TypeAlias = npt.NDArray[np.float64]
Alike: TypeAlias = Callable[[Product], object]
"""What products that share a card have in common; ``None`` for one that stands alone."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was done with a product, ``age`` seconds ago."""

    sku: str
    doing: Doing
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class Taste:
    """What a shopper did in this session, oldest first; empty where nothing may be used."""

    signs: tuple[Sign, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.signs)


NO_TASTE = Taste()


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far lists may be moved.

    ``weight`` and ``browse_weight`` are how much taste adds at most to a score, in search and in ideas; ``half_life``
    is in seconds; ``diversity`` is the weight of variety and ``brand_share`` the largest share of one brand in personal
    lists; ``promoted`` are SKUs, lifted by ``promoted_lift``.
    """

    weight: float = 0.1
    browse_weight: float = 0.8
    half_life: float = 3600.0
    diversity: float = 0.3
    brand_share: float = 0.4
    promoted: frozenset[str] = frozenset()
    promoted_lift: float = 0.0


@dataclass(frozen=True, slots=True)
class Liking:
    """A product that speaks for others: its catalogue row, what was done with it, and how much that still counts."""

    row: int
    doing: Doing
    weight: float


class Personal:
    """Moves lists by a session vector, and lifts promoted products. Reads only; safe to share.

    The session vector follows Rocchio: u = Σ_j w_j x_j / Σ_j w_j - γ Σ_d w_d x_d / Σ_d w_d over what was met with
    favour (j) and what was disliked (d), with w = strength · 2^(-age / half-life), γ = 0.5, and x the unit vectors of
    products less the catalogue's mean, because text encoders keep all cosines within a narrow band. A product's
    personal score is min(1, 2 Σ w) · cos(u, x) in [-1, 1]; where behaviour was learnt, the mean of that cosine and of
    the worth of its rank.

    Source: Rocchio, Relevance Feedback in Information Retrieval (The SMART Retrieval System, 1971); centring after Mu
    and Viswanath, All-but-the-Top (ICLR 2018).
    """

    def __init__(self, engine: SearchEngine, bounds: Bounds, model: Recommender | None = None) -> None:
        """``model`` is what was learnt of shoppers' behaviour, where there is such a thing."""
        self.bounds = bounds
        self._engine = engine
        self.learnt = None if model is None else Learnt(model, [p.sku for p in engine.products])

    # -- the session vector --------------------------------------------------------------------------------------------

    def likings(self, taste: Taste) -> list[Liking]:
        """What speaks for others, oldest first: of each product the strongest, none that was disliked since or ever."""
        against = {sign.sku for sign in taste.signs if sign.doing == "dislike"}
        held: dict[int, Liking] = {}
        for sign in taste.signs:
            row = self._engine.index.rows.get(sign.sku)
            if row is None or sign.sku in against or sign.doing == "dislike":
                continue
            weight = STRENGTH[sign.doing] * self._left(sign)
            if (before := held.pop(row, None)) is not None and before.weight >= weight:
                held[row] = before
            else:
                held[row] = Liking(row, sign.doing, weight)
        return [one for one in held.values() if one.weight > 0]

    def disliked(self, taste: Taste) -> list[Liking]:
        """The products that speak against others."""
        rows = self._engine.index.rows
        found = {rows[s.sku]: self._left(s) for s in taste.signs if s.doing == "dislike" and s.sku in rows}
        return [Liking(row, "dislike", weight) for row, weight in found.items()]

    def vector(self, taste: Taste) -> tuple[Vector, float] | None:
        """The session vector, shape (d,), of length 1, and how much there is to go by, in (0, 1]; ``None`` for too
        little."""
        liked, against = self.likings(taste), self.disliked(taste)
        much = sum(one.weight for one in (*liked, *against))
        if much < _FADED:
            return None
        u = self._mean_of(liked) - _AGAINST * self._mean_of(against)
        length = float(np.linalg.norm(u))
        return None if length < 1e-6 else ((u / length).astype(np.float32), min(1.0, much / _ENOUGH))

    def centred(self, rows: npt.NDArray[np.int64] | Sequence[int]) -> Vector:
        """The vectors of catalogue rows less the catalogue's mean, each of length 1; shape (len(rows), d)."""
        wide = np.asarray(self._engine.index.vectors[np.asarray(rows, dtype=np.int64)], dtype=np.float32) - self._mean
        length = np.linalg.norm(wide, axis=1, keepdims=True)
        return np.asarray(np.divide(wide, length, out=np.zeros_like(wide), where=length > 1e-6), dtype=np.float32)

    def scores(self, taste: Taste, rows: npt.NDArray[np.int64]) -> Scores | None:
        """Personal scores of catalogue rows in [-1, 1], shape (len(rows),); ``None`` with nothing to go by."""
        found = self.vector(taste)
        if found is None or not len(rows):
            return None
        u, much = found
        score = (self.centred(rows) @ u).astype(np.float64)
        liked = self.likings(taste)
        if self.learnt is not None and liked:
            allowed = np.zeros(len(self._engine.products), dtype=np.bool_)
            allowed[rows] = True
            if worth := self.learnt.worth([one.row for one in liked], allowed):
                score = (score + worth["behaviour"][rows]) / 2
        return np.clip(much * score, -1.0, 1.0)

    def _left(self, sign: Sign) -> float:
        return float(2.0 ** (-max(sign.age, 0.0) / self.bounds.half_life))

    def _mean_of(self, those: Sequence[Liking]) -> Vector:
        weights = np.array([one.weight for one in those], dtype=np.float32)
        if not len(those) or not weights.sum():
            return np.zeros(self._engine.index.vectors.shape[1], dtype=np.float32)
        return np.asarray(weights @ self.centred([one.row for one in those]) / weights.sum(), dtype=np.float32)

    @cached_property
    def _mean(self) -> Vector:
        vectors = self._engine.index.vectors
        some = np.arange(0, len(self._engine.products), max(1, len(self._engine.products) // _SAMPLE))
        return np.asarray(np.asarray(vectors[some], dtype=np.float32).mean(axis=0))

    # -- lists ---------------------------------------------------------------------------------------------------------

    def moved(
        self,
        result: SearchResult,
        topic: Topic,
        taste: Taste,
        filters: Filters,
        *,
        size: int,
        exclude: Sequence[str],
        card: Alike,
    ) -> SearchResult:
        """What was found for a topic, moved by taste within the bounds; the same where there is nothing to go by.

        Args:
            result: ranked by nothing but the topic; neither loosened nor sorted as the shopper asked.
            topic: what was asked for; what goes with a product is left as it is.
            taste: what the shopper did.
            filters: what every product of the list has to pass.
            size: cards of a page.
            exclude: SKUs that were shown before.
            card: what products that share a card have in common.
        """
        if topic.kind == "complement" or not result.candidates:
            return result
        if topic.kind == "search":
            return self.rerank(result, taste, topic.request)
        near = None if filters.constraints.product else self.near(taste, filters, exclude)
        more = None
        if near is not None:
            more = self._engine.search(topic.request, filters, k=_NEAR, exclude=exclude, within=near, use_topic=False)
            # A term that no row nearby states would only rank these; in the list it may be hard.
            more = more if more.soft == result.soft else None
        return self.browse(result, more, taste, size=size, card=card)

    def rerank(self, result: SearchResult, taste: Taste, request: str) -> SearchResult:
        """The result of a search with each product moved by at most what the bounds allow.

        score = relevance + weight · personal + lift, and nothing passes a product that answers better in kind: one in
        stock, one that names more of what was asked for, one whose title is what was asked for. The list is the same
        where there is nothing to go by and nothing to lift; constraints were applied before, and whoever has sorted a
        list does not hand it in.
        """
        candidates = result.candidates
        rows = self._rows(candidates)
        personal = self.scores(taste, rows) if taste and self.bounds.weight else None
        lift = self._lift(candidates)
        if personal is None and not lift.any():
            return result
        moved = [
            self._added(c, self.bounds.weight * (0.0 if personal is None else float(personal[i])), float(lift[i]))
            for i, c in enumerate(candidates)
        ]
        line = token_line(request)
        kinds = [("sold_out" in c.parts, c.parts.get("bonus", 0.0), _is_named(c.product, line)) for c in candidates]
        places: dict[object, list[int]] = {}
        for place, kind in enumerate(kinds):
            places.setdefault(kind, []).append(place)
        out = list(candidates)
        for held in places.values():
            best = sorted(held, key=lambda place: -moved[place].score)
            for place, taken in zip(held, best, strict=True):
                out[place] = moved[taken]
        return replace(result, candidates=tuple(out))

    def browse(
        self,
        result: SearchResult,
        more: SearchResult | None,
        taste: Taste,
        *,
        size: int,
        card: Alike,
    ) -> SearchResult:
        """The result of a wish for ideas, ranked by the wish and by taste, with variety in its first ``size`` cards.

        score = (relevance + browse weight · personal + lift) / (1 + browse weight), relevance from 0 to 1; the first
        cards by :func:`spread`. The same list where there is nothing to go by.

        Args:
            result: what the words of the wish bring.
            more: what taste brings under the same constraints, see :meth:`near`.
            taste: what the shopper did.
            size: cards of a page.
            card: what products that share a card have in common.
        """
        held = {c.product.sku: c for c in (*result.candidates, *(more.candidates if more else ()))}
        candidates = tuple(held.values())
        rows = self._rows(candidates)
        personal = self.scores(taste, rows) if taste and self.bounds.browse_weight else None
        if personal is None:
            return self.rerank(result, NO_TASTE, "")
        most = self.bounds.browse_weight
        lift = self._lift(candidates)
        relevance = _share([c.parts.get("semantic", 0.0) for c in candidates])
        relevance = np.maximum(relevance, _share([c.parts.get("keyword", 0.0) for c in candidates], low=0.0))
        score = (relevance + most * personal + lift) / (1.0 + most)
        moved = [
            self._added(replace(c, score=float(relevance[i])), most * float(personal[i]), float(lift[i]))
            for i, c in enumerate(candidates)
        ]
        gone = np.array(["sold_out" in c.parts for c in candidates], dtype=np.bool_)
        order = self.spread(np.where(gone, -np.inf, score), rows, size=size, card=card)
        rest = sorted(np.flatnonzero(gone).tolist(), key=lambda place: -score[place])
        return replace(result, candidates=tuple(moved[place] for place in (*order, *rest)))

    def near(self, taste: Taste, filters: Filters, exclude: Sequence[str] = ()) -> npt.NDArray[np.bool_] | None:
        """The rows nearest to a taste that the filters let pass, none that was met already; shape (n,). ``None`` where
        there is nothing to go by."""
        found = self.vector(taste)
        if found is None:
            return None
        allowed = self.open(taste, filters, exclude)
        near = np.zeros_like(allowed)
        near[nearest_allowed(self._engine.index, found[0], allowed, _NEAR).rows] = True
        return near

    def open(self, taste: Taste, filters: Filters, exclude: Sequence[str] = ()) -> npt.NDArray[np.bool_]:
        """The rows that may be recommended: within the filters, and no version of what was met; shape (n,)."""
        engine = self._engine
        allowed = engine.columns.mask(filters, within=np.ones(len(engine.products), dtype=np.bool_))
        allowed &= ~engine.excluded_types(filters.constraints)
        for sku in (*exclude, *(sign.sku for sign in taste.signs)):
            if (row := engine.index.rows.get(sku)) is not None:
                allowed[[row, *engine.groups.others(row)]] = False
        return allowed

    def spread(self, score: Scores, rows: npt.NDArray[np.int64], *, size: int, card: Alike) -> list[int]:
        """Places of finite scores, best first, with variety and no brand on more than its share of ``size`` cards.

        Variety by maximal marginal relevance, see :func:`assistant.recommendation.lists.mmr`. In its order a product
        gets a card unless another with the same card, two of its type, or as many of its brand as its share allows
        have one; what was held back follows, as where nothing else is left.

        Source: upper bounds of the items of each group in the first k, Celis, Straszak and Vishnoi, Ranking with
        Fairness Constraints (ICALP 2018).
        """
        unit = self.centred(rows)
        order = mmr(score.astype(np.float32), unit @ unit.T, len(rows), self.bounds.diversity).tolist()
        most = max(1, int(self.bounds.brand_share * size))
        chosen: list[int] = []
        held_back: list[int] = []
        brands: dict[str, int] = {}
        types: dict[str, int] = {}
        cards: set[object] = set()
        for place in order:
            product = self._engine.products[int(rows[place])]
            own, brand = card(product), product.brand or ""
            full = len(chosen) >= size or (own is not None and own in cards) or types.get(product.type, 0) >= _PER_TYPE
            if full or (brand and brands.get(brand, 0) >= most):
                held_back.append(place)
                continue
            chosen.append(place)
            cards.add(own)
            brands[brand] = brands.get(brand, 0) + 1
            types[product.type] = types.get(product.type, 0) + 1
        return [*chosen, *held_back]

    def lift_of(self, product: Product) -> float:
        """How much a product is lifted for being promoted; 0 for nearly all."""
        return self.bounds.promoted_lift if product.sku in self.bounds.promoted else 0.0

    def _lift(self, candidates: Sequence[Candidate]) -> Scores:
        return np.array([self.lift_of(c.product) for c in candidates], dtype=np.float64)

    def _rows(self, candidates: Sequence[Candidate]) -> npt.NDArray[np.int64]:
        return np.array([self._engine.index.rows[c.product.sku] for c in candidates], dtype=np.int64)

    @staticmethod
    def _added(candidate: Candidate, personal: float, lift: float) -> Candidate:
        """The candidate with what is added to its score, each as a part of its own."""
        parts = dict(candidate.parts)
        if personal:
            parts[PERSONAL] = round(personal, 4)
        if lift:
            parts[PROMOTED] = round(lift, 4)
        return replace(candidate, score=candidate.score + personal + lift, parts=parts)


def _share(values: Sequence[float], low: float | None = None) -> Scores:
    """Values as shares of the way from the lowest (or ``low``) to the highest; all 0 where they are the same."""
    found = np.array(values, dtype=np.float64)
    if not len(found):
        return found
    least = float(found.min()) if low is None else low
    width = float(found.max()) - least
    return np.clip((found - least) / width, 0.0, 1.0) if width > 1e-9 else np.zeros(len(found))


def _is_named(product: Product, line: str) -> bool:
    """Whether a request is a product's title or SKU, or a part of them, or says the whole title."""
    if not line.strip():
        return False
    titles = (product.title, *(str(t.get("title") or "") for t in product.translations.values()), product.sku)
    said = [token_line(title) for title in titles if title]
    return any(line in title or title in line for title in said if title.strip())
