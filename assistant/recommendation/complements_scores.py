"""What goes with products, by what a shop's events say, filled up by the table of complements and by content.

Joins counts, vectors, prices and the table into one score a product, its parts kept. Knows rows; the caller's mask
carries every constraint, and the anchors' own types among them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.recommendation.complements_events import Baskets, Together
from assistant.recommendation.interactions import Floats, Mask, Vectors

NATS = 5.0
"""So many nats of log probability are worth 1 in a score."""
_FLOOR = 1e-9


@dataclass(frozen=True)
class Weighing:
    """What was chosen on validation questions; see ``assistant evaluate complements --tune``.

    Attributes:
        prior: of how many observations is worth what is believed of a type before its own events.
        table: which part of that belief the table of complements has, where it has a line for the type.
        near: which part of the rest is what followed types like this one; as much is likeness of the types themselves.
        popular: how much popularity within a type counts, 1: in proportion.
        price: nats lost between the cheapest and the dearest of their types.
        pairs: of how many observations of two products is worth what is known of their types.
        lift: how much more than is usual counts besides how often.
    """

    prior: float = 60.0
    table: float = 0.8
    near: float = 0.4
    popular: float = 0.5
    price: float = 1.5
    pairs: float = 1000.0
    lift: float = 0.0


@dataclass(frozen=True)
class Met:
    """How often two things were in one basket: ``together`` of the ``of`` baskets that hold the first, ``usual`` of
    which were to be expected had they nothing to do with each other."""

    together: int
    of: int
    usual: float

    @property
    def often(self) -> bool:
        """Whether "often" may be said: at least 3 times, in a tenth of the baskets, and beyond what chance brings.

        Chance: fewer than one in a thousand under independence, by Markov's bound on a Poisson count (Chernoff).
        """
        if self.together < 3 or self.together < 0.1 * self.of or self.together <= self.usual:
            return False
        k, mean = float(self.together), max(self.usual, _FLOOR)
        return bool(k * np.log(k / mean) - k + mean > np.log(1000.0))


class Affinities:
    """Scores products of a catalogue as complements. Reads only; safe to share.

    With t' the type of product j and a the anchor: p(t'|a) = (N_at' + m·q(t'|a)) / (N_a + m), N the counts of
    ``Together.type_following``, m = ``prior`` and q what is believed without them: the table of complements, what
    followed the types most like a (by the vectors of their products), the likest types themselves and what is taken
    at all. Within a type p(j|t', a) ∝ popularity^α · exp(-β·|price level of j - of the anchor|); and
    p(j|a) = (n_aj + k·p(t'|a)·p(j|t', a)) / (n_a + k) with the counts n of the very products. Several anchors are
    averaged by their weights. The score is 1 + (ln p(j|a) - ln of the best type) / ``NATS``, plus λ times the lift
    ln p(t'|a) / p(t'). Its parts are "affinity" (the type), "popularity", "price" and "together" (the products), and
    sum to it.

    Source: backing off from products to types as in MacKay and Peto, A Hierarchical Dirichlet Language Model (1995).
    """

    def __init__(
        self,
        together: Together,
        vectors: Vectors,
        prices: Sequence[float],
        table: Mapping[str, Mapping[str, float]],
        weighing: Weighing | None = None,
    ) -> None:
        """Everything in the rows of ``together``: unit ``vectors`` (n, d) and ``prices`` in one currency; ``table``
        holds for a type's name those of its companions, with weights in (0, 1]; it may be empty."""
        self._met = together
        self._how = weighing if weighing is not None else Weighing()
        n_types = len(together.types)
        self._likeness = _centroids(np.asarray(vectors, dtype=np.float32), together.type_of, n_types)
        self._level = _levels(np.asarray(prices, dtype=np.float64), together.type_of, n_types)
        self._seen = np.asarray(together.type_following.sum(axis=1)).reshape(-1)
        shares = together.type_following.copy()
        shares.data = shares.data / np.repeat(np.maximum(self._seen, 1.0), np.diff(shares.indptr))
        self._shares = shares
        taken = np.asarray(together.type_following.sum(axis=0)).reshape(-1) + 0.5
        self._base: Floats = taken / taken.sum()
        place = {kind: row for row, kind in enumerate(together.types)}
        self._table: dict[int, Floats] = {}
        for kind, companions in table.items():
            line = np.zeros(n_types)
            for other, weight in companions.items():
                if other in place:
                    line[place[other]] = weight
            if kind in place and line.sum() > 0:
                self._table[place[kind]] = line / line.sum()
        # A newcomer is believed to be some way towards what is usual for its type.
        sums = np.bincount(together.type_of, weights=together.popularity, minlength=n_types).astype(np.float64)
        usual: Floats = sums / np.maximum(np.bincount(together.type_of, minlength=n_types), 1)
        self._known = np.log(1.0 + together.popularity + 0.1 * usual[together.type_of])

    @property
    def together(self) -> Together:
        """The counts."""
        return self._met

    def types(self, kind: int) -> Floats:
        """p(t'|a) for an anchor of a type, by its row, shape (T,); the type itself is left out."""
        how = self._how
        cosines = self._likeness @ self._likeness[kind]
        others = np.arange(len(cosines)) != kind
        rest = 1.0 - 2.0 * how.near
        likest = _soft(6.0 * cosines, others)
        near = np.where(others, self._shares.T @ _soft(10.0 * cosines, others), 0.0)
        # Where nothing followed types like it either, what is left is likeness.
        near = near / near.sum() if near.sum() > _FLOOR else likest
        taken = np.where(others, self._base, 0.0)
        belief = how.near * (near + likest) + rest * taken / max(taken.sum(), _FLOOR)
        line = self._table.get(kind)
        if line is not None:
            belief = how.table * line + (1.0 - how.table) * belief
        counts = np.asarray(self._met.type_following[kind].todense()).reshape(-1)
        made = (counts + how.prior * belief) / (self._seen[kind] + how.prior)
        made[kind] = 0.0
        return np.asarray(made, dtype=np.float64)

    def parts(
        self, anchors: Sequence[int], allowed: Mask, weights: npt.NDArray[np.float64] | None = None
    ) -> dict[str, Vectors]:
        """The parts of every product's score, each (n,), for at least one anchor; what they say of rows that are not
        allowed means nothing.

        Args:
            anchors: product rows.
            allowed: rows that may come, shape (n,).
            weights: how much each anchor counts; alike where they are not given.
        """
        met, how = self._met, self._how
        counts = weights if weights is not None else np.ones(len(anchors))
        counts = counts / counts.sum()
        kinds = met.type_of[list(anchors)]
        shares = {int(kind): self.types(int(kind)) for kind in set(kinds.tolist())}
        by_type = np.zeros(len(met.types))
        seen, pairs = 0.0, np.zeros(len(met.skus))
        for anchor, kind, weight in zip(anchors, kinds.tolist(), counts.tolist(), strict=True):
            by_type += weight * shares[kind]
            line = met.following[anchor]
            pairs[line.indices] += weight * line.data
            seen += weight * float(line.data.sum())
        popular = how.popular * self._known
        price = -how.price * np.abs(self._level - float(counts @ self._level[list(anchors)]))
        raised = np.where(allowed, np.exp(popular + price), 0.0)
        sums = np.bincount(met.type_of, weights=raised, minlength=len(met.types))
        of_type = np.maximum(by_type, _FLOOR)[met.type_of]
        # Each type's sum is shared out between popularity and nothing else, so that the parts still add up.
        popular = popular - np.log(np.maximum(sums, _FLOOR))[met.type_of]
        alone = of_type * np.exp(popular + price)
        mixed = (pairs + how.pairs * alone) / (seen + how.pairs)
        best = float(np.log(of_type[allowed].max())) if allowed.any() else 0.0
        lift = how.lift * np.log(of_type / self._base[met.type_of])
        made = {
            "affinity": 1.0 + (np.log(of_type) - best + lift) / NATS,
            "popularity": popular / NATS,
            "price": price / NATS,
            "together": np.log(np.maximum(mixed, _FLOOR) / np.maximum(alone, _FLOOR)) / NATS,
        }
        return {name: values.astype(np.float32) for name, values in made.items()}

    def products_met(self, one: int, other: int, *, bought: bool) -> Met:
        """How often two products were in one order, or in one cart."""
        held = self._met.orders if bought else self._met.carts
        return _met(held, held.holding, int(held.pairs[one, other]), one, other)

    def types_met(self, one: int, other: int, *, bought: bool) -> Met:
        """How often products of the types of two rows were in one order, or in one cart."""
        held = self._met.orders if bought else self._met.carts
        a, b = int(self._met.type_of[one]), int(self._met.type_of[other])
        return _met(held, held.type_holding, int(held.type_pairs[a, b]), a, b)


def _met(held: Baskets, holding: npt.NDArray[np.int64], together: int, one: int, other: int) -> Met:
    usual = float(holding[one]) * float(holding[other]) / max(held.total, 1)
    return Met(together, int(holding[one]), usual)


def _soft(logits: npt.NDArray[np.floating], among: Mask) -> Floats:
    """Softmax among some places, 0 elsewhere; nothing where there is no such place."""
    if not among.any():
        return np.zeros(len(logits))
    raised = np.where(among, np.exp(logits - logits[among].max()), 0.0)
    return np.asarray(raised / raised.sum(), dtype=np.float64)


def _centroids(vectors: Vectors, type_of: npt.NDArray[np.int64], n_types: int) -> Floats:
    """Unit vectors of types around their common mean, (T, d): encoders keep all cosines within a narrow band."""
    sums = np.zeros((n_types, vectors.shape[1]))
    np.add.at(sums, type_of, vectors.astype(np.float64))
    sums /= np.maximum(np.bincount(type_of, minlength=n_types), 1)[:, None]
    sums -= sums.mean(axis=0)
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(np.divide(sums, length, out=np.zeros_like(sums), where=length > _FLOOR), dtype=np.float64)


def _levels(prices: Floats, type_of: npt.NDArray[np.int64], n_types: int) -> Floats:
    """Where a price stands among those of its type, 0 cheapest to 1 dearest, shape (n,); 0.5 for one alone."""
    order = np.lexsort((prices, type_of))
    sizes = np.bincount(type_of, minlength=n_types)
    starts = np.cumsum(sizes) - sizes
    out = np.full(len(prices), 0.5)
    place = np.arange(len(prices)) - starts[type_of[order]]
    size = sizes[type_of[order]]
    out[order] = np.where(size > 1, place / np.maximum(size - 1, 1), 0.5)
    return out
