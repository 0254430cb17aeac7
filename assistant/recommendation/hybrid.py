"""Learned fusion of other recommenders over their rank-normalised scores, each part of a score kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from assistant.errors import TrainingError
from assistant.recommendation.base import Arrays, Progress, Recommended, Recommender
from assistant.recommendation.interactions import Floats, History, Interactions, Ints, Items, Mask, Vectors
from assistant.recommendation.lists import without_met
from assistant.recommendation.splits import Split, leave_one_out

DEFAULT_PARTS: tuple[str, ...] = ("popularity", "item-knn", "sequential-rules", "ials", "content")
"""Fused where nothing else is said; content only where the items have vectors."""

_BATCH = 256
_POOL = 100
_EDGES = (1, 3, 6, 12)
BINS = len(_EDGES) + 1


class Hybrid(Recommender):
    """score(i) = Σ_k w_k(|h|) · f(rank_k(i)), with f(r) = 1 - ln(r) / ln(depth + 1) for r ≤ ``depth``, else 0.

    Ranks (from 1) are among the allowed items, so that a narrow mask is filled by the order inside it; an item that a
    part scores no higher than its lowest has no rank there, nor has one of the history with ``skip_met``. The weights
    w ≥ 0 depend on how long the history is, in five bins (0, 1-2, 3-5, 6-11, 12 and more items): content serves a
    newcomer better, behaviour a regular. They minimise the cross-entropy of the item each shopper met last, among the
    best 100 of every part and where it is one of them, plus λ Σ |w - w̄|², which holds the bins together; the parts are
    fitted without those items for that.

    Source: listwise loss of Cao et al., Learning to Rank: From Pairwise Approach to Listwise Approach (ICML 2007), with
    one relevant item; rank normalisation after Renda and Straccia, Web Metasearch: Rank vs. Score (SAC 2003).
    """

    name = "hybrid"

    def __init__(
        self,
        parts: Mapping[str, Mapping[str, Any]] | None = None,
        depth: int = 300,
        asked: int = 4000,
        together: float = 5.0,
        seed: int = 0,
        skip_met: bool = False,
    ) -> None:
        """Options of each part by model name, ranks looked at, questions for the weights, λ, seed, what takes no rank.

        With ``skip_met`` a history's own items take no rank, so that those a part puts first do not push down what can
        be shown; asked with ``seen`` such a model puts them last.
        """
        super().__init__()
        if depth < 1 or asked < 1:
            raise TrainingError(f"depth {depth} and asked {asked} must be at least 1")
        self._given = None if parts is None else {name: dict(options) for name, options in parts.items()}
        self._depth = depth
        self._asked = asked
        self._together = together
        self._seed = seed
        self._skip_met = skip_met
        self._parts: dict[str, Recommender] = {}
        self._weights: Floats = np.zeros((0, 0))

    @classmethod
    def of(cls, models: Mapping[str, Recommender], items: Items, **options: Any) -> Self:
        """Fuse models that are fitted already; learn their weights with :meth:`learn`."""
        made = cls({name: model.options for name, model in models.items()}, **options)
        made._items = items
        made._parts = dict(models)
        made._weights = np.ones((len(_EDGES) + 1, len(models)))
        return made

    @property
    def options(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {
            "parts": self._given,
            "depth": self._depth,
            "asked": self._asked,
            "together": self._together,
            "seed": self._seed,
            "skip_met": self._skip_met,
        }

    @property
    def weights(self) -> dict[str, list[float]]:
        """What each part weighs for histories of 0, 1-2, 3-5, 6-11, 12 and more items."""
        return {name: [round(float(w), 4) for w in self._weights[:, k]] for k, name in enumerate(self._parts)}

    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        """Fit the parts without each shopper's last event, learn the weights from those, fit the parts on all."""
        chosen = self._chosen(data.items)
        inner = leave_one_out(data, "test", refit=True)
        self._items = data.items
        self._weights = np.ones((len(_EDGES) + 1, len(chosen)))
        if len(inner.targets):
            self._parts = _fitted(chosen, inner.train, progress)
            self.learn(inner)
        self._parts = _fitted(chosen, data, progress)
        return self

    def learn(self, split: Split) -> Self:
        """Learn the weights from questions the parts did not learn from."""
        part = split.sample(self._asked, seed=self._seed)
        features, held, bins = [], [], []
        for start in range(0, len(part.targets), _BATCH):
            histories = part.histories[start : start + _BATCH]
            rows = self._ranked(histories, None)
            for at, target in enumerate(part.targets[start : start + _BATCH]):
                given = self._candidates(rows, at, int(target), histories[at])
                if given is not None:
                    features.append(given)
                    held.append(at + start)
                    bins.append(_bin(histories[at]))
        if features:
            self._weights = fit_weights(features, np.array(bins), self._together)
        return self

    def scores(self, histories: Sequence[History], allowed: Mask | None = None) -> Vectors:
        """As the base says; ranks are among the allowed items."""
        n = len(self.items)
        base = np.zeros((len(histories), n), dtype=np.float32)
        for contribution in self.parts(histories, allowed).values():
            base += contribution
        return base if allowed is None else np.where(allowed, base, np.float32(-np.inf))

    def parts(self, histories: Sequence[History], allowed: Mask | None = None) -> dict[str, Vectors]:
        """What each part adds to the scores, each (len(histories), n_items); they sum to the score."""
        bins = np.array([_bin(one) for one in histories], dtype=np.int64)
        out = {}
        for k, (name, (rows, values)) in enumerate(self._ranked(histories, allowed).items()):
            made = np.zeros((len(histories), len(self.items)), dtype=np.float32)
            np.put_along_axis(made, rows, values * self._weights[bins, k][:, None].astype(np.float32), axis=1)
            out[name] = made
        return out

    def recommend(
        self, history: History, k: int, allowed: Mask | None = None, *, seen: bool = False, explain: bool = False
    ) -> Recommended:
        """As the base says, and as by :meth:`scores`, looking only at what any part ranks: nothing else scores above 0.

        Rows that tie at the last rank of a part are chosen by row here and by chance there, worth next to nothing both
        times.
        """
        n = len(self.items)
        self._check([history], allowed)
        k = min(k, n)
        if k <= 0:
            return Recommended(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32), {})
        ranks = self._leading(history, allowed)
        union = np.unique(np.concatenate([rows for rows, _ in ranks.values()]))
        parts = {name: np.zeros(len(union), dtype=np.float32) for name in self._parts}
        for name, (rows, values) in ranks.items():
            parts[name][np.searchsorted(union, rows)] = values
        total = np.zeros(len(union), dtype=np.float32)
        for values in parts.values():
            total += values
        open_ = total > 0 if seen else (total > 0) & ~np.isin(union, history.items)
        at = np.flatnonzero(open_)
        at = at[np.lexsort((at, -total[at]))[:k]]
        rest = np.zeros(0, dtype=np.int64)
        if len(at) < k:
            free = np.ones(n, dtype=np.bool_) if allowed is None else allowed.copy()
            free[union[total > 0]] = False
            if not seen:
                free[history.items] = False
            rest = np.flatnonzero(free)[: k - len(at)]
        rows = np.concatenate([union[at], rest])
        given = {name: np.append(values[at], np.zeros(len(rest), dtype=np.float32)) for name, values in parts.items()}
        scores = np.append(total[at], np.zeros(len(rest), dtype=np.float32))
        return Recommended(rows, scores, given if explain and len(rows) else {})

    def _leading(self, history: History, allowed: Mask | None) -> dict[str, tuple[Ints, Vectors]]:
        """The rows that each part gives anything and how much that is; a part that weighs nothing is not asked."""
        if self._skip_met and len(history):
            allowed = np.ones(len(self.items), dtype=np.bool_) if allowed is None else allowed.copy()
            allowed[history.items] = False
        weights = self._weights[_bin(history)]
        out = {}
        for (name, model), weight in zip(self._parts.items(), weights, strict=True):
            rows = np.zeros(0, dtype=np.int64)
            given = np.zeros(0, dtype=np.float32)
            if weight > 0:
                rows, values = model.leading(history, self._depth, allowed)
                given = _worth(values[None], self._depth)[0].astype(np.float32) * np.float32(weight)
            out[name] = (rows, given)
        return out

    def _score(self, histories: Sequence[History]) -> Vectors:
        return self.scores(histories)

    def _ranked(
        self, histories: Sequence[History], allowed: Mask | None
    ) -> dict[str, tuple[npt.NDArray[np.int64], Vectors]]:
        """The first ``depth`` rows of every part and what their ranks are worth, both (len(histories), ≤ depth)."""
        return {
            name: ranked(self._open(model.scores(histories, allowed), histories), self._depth)
            for name, model in self._parts.items()
        }

    def _open(self, scores: Vectors, histories: Sequence[History]) -> Vectors:
        """The scores with what takes no rank at -inf."""
        return without_met(scores, histories) if self._skip_met else scores

    def _candidates(
        self, parts: Mapping[str, tuple[npt.NDArray[np.int64], Vectors]], at: int, target: int, history: History
    ) -> Vectors | None:
        """Features of the target, in line 0, and of its rivals, (candidates, parts).

        None where no part puts the target among its best: it would be set against better ones only, and so teach to
        trust none.
        """
        pool = np.concatenate([rows[at, :_POOL][values[at, :_POOL] > 0] for rows, values in parts.values()])
        if target not in pool:
            return None
        rivals = np.setdiff1d(pool, np.append(history.items, target))
        wanted = np.concatenate(([target], rivals))
        out = np.zeros((len(wanted), len(parts)), dtype=np.float32)
        worth = np.zeros(len(self.items), dtype=np.float32)
        for k, (rows, values) in enumerate(parts.values()):
            worth[rows[at]] = values[at]
            out[:, k] = worth[wanted]
            worth[rows[at]] = 0.0
        return out

    def _chosen(self, items: Items) -> dict[str, dict[str, Any]]:
        if self._given is not None:
            return self._given
        return {name: {} for name in DEFAULT_PARTS if name != "content" or items.vectors is not None}

    def _arrays(self) -> Arrays:
        return {"weights": self._weights}

    def _restore(self, arrays: Arrays) -> None:
        self._weights = arrays["weights"]

    def save(self, folder: Path) -> None:
        """Write the model, and each part into a folder of its own below ``parts``."""
        for name, model in self._parts.items():
            model.save(folder / "parts" / name)
        (folder / "parts").mkdir(parents=True, exist_ok=True)
        (folder / "parts" / "order.txt").write_text("\n".join(self._parts), encoding="utf-8")
        super().save(folder)

    def load_from(self, folder: Path) -> Self:
        """Take back the model and its parts.

        Raises:
            TrainingError: files are missing or damaged.
        """
        # The registry knows this model too; what is imported late does not go in a circle.
        from assistant.recommendation.registry import load

        try:
            names = (folder / "parts" / "order.txt").read_text(encoding="utf-8").split("\n")
        except OSError as error:
            raise TrainingError(f"the hybrid in '{folder}' has no parts ({error}); train it again") from error
        self._parts = {name: load(folder / "parts" / name) for name in names if name}
        return super().load_from(folder)


def ranked(scores: Vectors, depth: int) -> tuple[npt.NDArray[np.int64], Vectors]:
    """The first ``depth`` places of every line and what their ranks are worth, 1 for the first, 0 for one without rank.

    Equal scores are worth the same, that of the last of them, so that ties give nothing by the order of storing.
    """
    width = min(depth, scores.shape[1])
    if not width or not len(scores):
        return np.zeros((len(scores), 0), dtype=np.int64), np.zeros((len(scores), 0), dtype=np.float32)
    rows = np.argpartition(-scores, width - 1, axis=1)[:, :width]
    values = np.take_along_axis(scores, rows, axis=1)
    order = np.lexsort((rows, -values), axis=1)
    rows, values = np.take_along_axis(rows, order, axis=1), np.take_along_axis(values, order, axis=1)
    finite = np.isfinite(scores)
    lowest = np.min(scores, axis=1, where=finite, initial=np.inf)
    worth = _worth(values, depth)
    # With one allowed item the lowest is the highest: it still has a rank.
    has = np.isfinite(values) & ((values > lowest[:, None]) | (finite.sum(axis=1) == 1)[:, None])
    return rows, np.where(has, worth, 0.0).astype(np.float32)


def _worth(values: Vectors, depth: int) -> Floats:
    """What the places of descending scores are worth, shape (batch, width); equal scores that of the last of them."""
    width = values.shape[1]
    ends = np.append(values[:, 1:] != values[:, :-1], np.ones((len(values), min(1, width)), dtype=bool), axis=1)
    last = np.where(ends, np.arange(1.0, width + 1.0), np.inf)
    last = np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(1.0 - np.log(last) / np.log(depth + 1.0), dtype=np.float64)


def _fitted(
    chosen: Mapping[str, Mapping[str, Any]], data: Interactions, progress: Progress | None
) -> dict[str, Recommender]:
    from assistant.recommendation.registry import make

    return {name: make(name, **options).fit(data, progress=progress) for name, options in chosen.items()}


def length_bin(length: int) -> int:
    """Which bin of history lengths so many liked items are in, from 0."""
    return int(np.searchsorted(_EDGES, length, side="right"))


def _bin(history: History) -> int:
    return length_bin(len(history.liked()[0]))


def fit_weights(features: Sequence[Vectors], bins: npt.NDArray[np.int64], together: float) -> Floats:
    """Weights (bins, parts) that minimise the listwise cross-entropy, by L-BFGS-B with w ≥ 0.

    Args:
        features: for each question what its candidates are worth, (candidates, parts), the target in line 0.
        bins: the bin of each question, as of :func:`length_bin`.
        together: λ of what holds the bins together.
    """
    n_bins, n_parts = len(_EDGES) + 1, features[0].shape[1]
    # The questions of a bin stand together, so that its logits and gradient are one product with a matrix each.
    order = np.argsort(bins, kind="stable")
    stacked = np.concatenate([features[int(at)] for at in order]).astype(np.float64)
    sizes = np.array([len(features[int(at)]) for at in order])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    ends = np.append(starts, len(stacked))[np.searchsorted(bins[order], np.arange(n_bins + 1))]
    blocks = [slice(int(a), int(b)) for a, b in pairwise(ends)]
    targets = np.zeros((n_bins, n_parts))
    np.add.at(targets, bins[order], stacked[starts])

    def loss(flat: Floats) -> tuple[float, Floats]:
        w = flat.reshape(n_bins, n_parts)
        logits = np.concatenate([stacked[block] @ w[b] for b, block in enumerate(blocks)])
        logits -= np.repeat(np.maximum.reduceat(logits, starts), sizes)
        raised = np.exp(logits)
        share = raised / np.repeat(np.add.reduceat(raised, starts), sizes)
        gradient = np.stack([share[block] @ stacked[block] for block in blocks]) - targets
        apart = w - w.mean(axis=0)
        total = -np.log(np.maximum(share[starts], 1e-300)).sum() + together * (apart**2).sum()
        return float(total), (gradient + 2.0 * together * apart).reshape(-1)

    done = minimize(
        loss, np.ones(n_bins * n_parts), jac=True, method="L-BFGS-B", bounds=[(0.0, None)] * (n_bins * n_parts)
    )
    return np.asarray(done.x, dtype=np.float64).reshape(n_bins, n_parts)
