"""Item-to-item statistics with differential privacy: what goes together, without saying it of anybody.

Noise and its accounting are those of OpenDP; here is only what a shopper may contribute and what becomes of the counts.
Knows no files and no settings: epsilon is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy import sparse

from assistant.errors import ConfigurationError, TrainingError
from assistant.recommendation.base import Arrays, Progress, Recommender
from assistant.recommendation.interactions import Floats, History, Interactions, Ints, Mask, Vectors
from assistant.recommendation.neighbours import Neighbours, nearest

_MOST = 2**31 - 1


@dataclass(frozen=True)
class Budget:
    """How much may be learnt of one shopper from everything that is released, and what a shopper may contribute.

    The budget is that of one fit. Each fit on events of the same shoppers is another release, and what they lose adds
    up: after n fits it is (n · epsilon, n · delta). Whoever keeps versions counts them.

    Attributes:
        epsilon: whole privacy loss of one fit, of pairs and of single counts together.
        delta: probability that the loss is larger; well below 1 / shoppers.
        pairs: at most so many different pairs of a shopper count, each once, the newest first.
        singles: at most so many different items of a shopper count, each once, the newest first.
        share: part of epsilon that is spent on pairs.
    """

    epsilon: float
    delta: float = 1e-6
    pairs: int = 4
    singles: int = 4
    share: float = 0.75

    def __post_init__(self) -> None:
        if not self.epsilon > 0 or not 0 < self.delta < 1 or not 0 < self.share < 1:
            raise TrainingError(
                f"epsilon {self.epsilon}, delta {self.delta} and share {self.share} are no privacy budget: epsilon is "
                "above 0, delta and share are between 0 and 1"
            )
        if self.pairs < 1 or self.singles < 1:
            raise TrainingError(f"pairs {self.pairs} and singles {self.singles} must be at least 1")


@dataclass(frozen=True)
class PrivateCounts:
    """What was released: noisy pairs (lower row, upper row) above the threshold, and a noisy count of every item.

    ``spent`` is (epsilon, delta) as OpenDP accounts for it, never more than the budget.
    """

    pairs: Ints
    counts: Ints
    singles: Ints
    threshold: int
    spent: tuple[float, float]


def private_counts(data: Interactions, budget: Budget, *, window: int = 3) -> PrivateCounts:
    """Count pairs met within ``window`` events of each other, and single items, with (ε, δ)-differential privacy.

    Neighbouring data sets differ by all events of one shopper, who contributes at most ``pairs`` pairs and ``singles``
    items, each by 1. Pairs, of which nearly all are empty, are released by discrete Laplace noise of scale
    pairs / ε and a threshold that a pair of one shopper passes with probability δ / pairs at most; single counts, whose
    items are public, by the same noise without a threshold. The losses add up.

    Source: Korolova et al., Releasing Search Queries and Clicks Privately (WWW 2009); noise: Canonne, Kamath and
    Steinke, The Discrete Gaussian for Differential Privacy (NeurIPS 2020), section 5.

    Raises:
        ConfigurationError: OpenDP is not installed.
    """
    dp = _library()
    lower, upper = _pairs(data, budget.pairs, window)
    cells, counts = np.unique(lower * data.n_items + upper, return_counts=True)
    epsilon = budget.epsilon * budget.share
    release = _thresholded(dp, budget.pairs, epsilon, budget.delta)
    kept: dict[int, int] = release.measurement(dict(zip(cells.tolist(), counts.tolist(), strict=True)))
    met = np.bincount(_singles(data, budget.singles), minlength=data.n_items)
    noisy, loss = _dense(dp, met, budget.singles, budget.epsilon - epsilon)
    keys = np.array(sorted(kept), dtype=np.int64)
    n = max(1, data.n_items)
    return PrivateCounts(
        np.stack([keys // n, keys % n], axis=1) if len(keys) else np.zeros((0, 2), dtype=np.int64),
        np.array([kept[int(key)] for key in keys], dtype=np.int64),
        noisy,
        release.threshold,
        (release.loss[0] + loss, release.loss[1]),
    )


class PrivateNeighbours(Neighbours):
    """Item neighbours of differentially private counts, and private popularity where they say nothing.

    s(j, i) = c̃(j, i) / (√ñ_j · √ñ_i + h), c̃ the released pairs, ñ_i = Σ_j c̃(j, i): computing on what is released costs
    no privacy. Items without a neighbour score by a thousandth of ñ(i) / max ñ of the single counts, floored at 0. The
    noise has no seed: whoever knew it could take it off again, so two fits differ.
    """

    name = "private-knn"

    def __init__(
        self,
        epsilon: float = 4.0,
        delta: float = 1e-6,
        pairs: int = 4,
        singles: int = 4,
        share: float = 0.75,
        window: int = 3,
        neighbours: int = 200,
        shrinkage: float = 1.0,
        half_life: float | None = None,
    ) -> None:
        """The budget (see :class:`Budget`), events looked around, neighbours kept, shrinkage, history's half-life."""
        super().__init__(neighbours, half_life)
        if window < 1:
            raise TrainingError(f"window is {window}; it must be at least 1")
        self._budget = Budget(epsilon, delta, pairs, singles, share)
        self._window = window
        self._shrinkage = shrinkage
        self._popularity: Vectors = np.zeros(0, dtype=np.float32)
        self._release: dict[str, float] = {}

    @property
    def release(self) -> dict[str, float]:
        """What the last fit gave away: ``epsilon``, ``delta``, the ``threshold`` and how many ``pairs`` passed it.

        All of it is public or made of what was released; empty for a model that was read back.
        """
        return dict(self._release)

    @property
    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        b = self._budget
        return {
            "epsilon": b.epsilon,
            "delta": b.delta,
            "pairs": b.pairs,
            "singles": b.singles,
            "share": b.share,
            "window": self._window,
            "neighbours": self._neighbours,
            "shrinkage": self._shrinkage,
            "half_life": self._half_life,
        }

    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        """Release the counts and forget the events.

        The items of ``data`` are taken for public: they must be the catalogue, not the items that were met, or a row
        that is there at all tells that somebody met it.

        Raises:
            ConfigurationError: OpenDP is not installed.
        """
        self._items = data.items
        n = data.n_items
        found = private_counts(data, self._budget, window=self._window)
        self._release = {
            "epsilon": found.spent[0],
            "delta": found.spent[1],
            "threshold": found.threshold,
            "pairs": len(found.counts),
        }
        values = found.counts.astype(np.float64)
        made = sparse.csr_matrix((values, (found.pairs[:, 0], found.pairs[:, 1])), shape=(n, n))
        both = (made + made.T).tocoo()
        length = np.sqrt(np.asarray(both.sum(axis=1)).reshape(-1))
        scaled: Floats = both.data / (length[both.row] * length[both.col] + self._shrinkage)
        self._similar = nearest(
            sparse.csr_matrix((scaled, (both.row, both.col)), shape=(n, n), dtype=np.float32), self._neighbours
        )
        singles = np.maximum(found.singles, 0).astype(np.float32)
        self._popularity = singles * np.float32(1e-3 / max(1.0, float(singles.max(initial=0.0))))
        return self

    def _score(self, histories: Sequence[History]) -> Vectors:
        return super()._score(histories) + self._popularity

    def leading(self, history: History, depth: int, allowed: Mask | None = None) -> tuple[Ints, Vectors]:
        """As the base says; popularity gives every item a score of its own, so all are looked at."""
        return Recommender.leading(self, history, depth, allowed)

    def _arrays(self) -> Arrays:
        return {**super()._arrays(), "popularity": self._popularity}

    def _restore(self, arrays: Arrays) -> None:
        super()._restore(arrays)
        self._popularity = arrays["popularity"]


@dataclass(frozen=True)
class _Release:
    measurement: Any
    threshold: int
    loss: tuple[float, float]


def _library() -> Any:
    try:
        import opendp.prelude as dp
    except ImportError as error:
        raise ConfigurationError(
            "private statistics need OpenDP, which is not installed: pip install 'shopping-assistant[privacy]'"
        ) from error
    dp.enable_features("contrib")
    return dp


def _thresholded(dp: Any, pairs: int, epsilon: float, delta: float) -> _Release:
    """The release with the lowest threshold that keeps within delta, found by halving."""
    domain = dp.map_domain(dp.atom_domain(T="u64"), dp.atom_domain(T="u32"))
    metric = dp.l01inf_distance(dp.absolute_distance(T="u32"))
    # A hair more noise than pairs / epsilon: the accounting rounds up, and must stay within the budget.
    scale = pairs / epsilon * (1 + 1e-9)

    def at(threshold: int) -> tuple[Any, tuple[float, float]]:
        made = dp.m.make_laplace_threshold(domain, metric, scale, threshold)
        return made, made.map((pairs, pairs, 1))

    low, high = 1, 2
    while at(high)[1][1] > delta:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if at(middle)[1][1] > delta else (low, middle)
    measurement, loss = at(high)
    return _Release(measurement, high, loss)


def _dense(dp: Any, counts: Ints, singles: int, epsilon: float) -> tuple[Ints, float]:
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    made = dp.m.make_laplace(*space, scale=singles / epsilon * (1 + 1e-9))
    return np.array(made([int(count) for count in counts]), dtype=np.int64), float(made.map(singles))


def _pairs(data: Interactions, most: int, window: int) -> tuple[Ints, Ints]:
    """Each shopper's pairs as (lower row, upper row): near ones first, newest of those first, ``most`` of them."""
    liked = data.select(data.weights > 0)
    blocks = []
    for distance in range(1, window + 1):
        if len(liked) <= distance:
            break
        at = np.flatnonzero(liked.users[:-distance] == liked.users[distance:])
        one, other = liked.rows[at], liked.rows[at + distance]
        blocks.append(
            np.stack([liked.users[at], np.minimum(one, other), np.maximum(one, other), -at], axis=1)[one != other]
        )
    if not blocks:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    nearness = np.repeat(np.arange(len(blocks)), [len(block) for block in blocks])
    listed = np.concatenate(blocks)
    order = np.lexsort((listed[:, 3], nearness, listed[:, 0]))
    chosen = _first_of_each(listed[order, 0], listed[order, 1] * max(1, data.n_items) + listed[order, 2], most)
    return listed[order][chosen, 1], listed[order][chosen, 2]


def _singles(data: Interactions, most: int) -> Ints:
    liked = data.select(data.weights > 0)
    order = np.lexsort((-np.arange(len(liked)), liked.users))
    return liked.rows[order][_first_of_each(liked.users[order], liked.rows[order], most)]


def _first_of_each(users: Ints, keys: Ints, most: int) -> Ints:
    """Places of the first ``most`` different keys of every user; ``users`` is sorted."""
    pair = np.stack([users, keys], axis=1)
    _, first = np.unique(pair, axis=0, return_index=True)
    first = np.sort(first)
    begins = np.searchsorted(users[first], users[first], side="left")
    return first[np.arange(len(first)) - begins < most]
