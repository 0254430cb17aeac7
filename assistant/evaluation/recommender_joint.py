"""The hybrid of one domain against the hybrid of two: the same fusion, with and without parts that learn from both.

Knows splits of two domains, what each part learns from and which side of a history it is asked with, and how two
rankings of the same questions are compared. Does not know files.

Alone, the hybrid fuses parts of the target domain. Joint, it fuses the same parts, and others beside them: what is near
the shopper's items of the other domain, and models learnt from the events of both. What the other domain is worth is
learnt as those parts' weights, on validation questions; weights of 0 are possible and are reported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from assistant.recommendation.base import Recommender
from assistant.recommendation.hybrid import BINS, fit_weights, length_bin, ranked
from assistant.recommendation.interactions import Floats, History, Ints, Vectors
from assistant.recommendation.registry import make
from assistant.recommendation.splits import Split

Progress = Callable[[str, float], None]
Learns = Literal["own", "both"]

DEPTH = 1000
ASKED = 4000

_POOL = 100
_TOGETHER = 5.0
_BATCH = 256
_K = 10


@dataclass(frozen=True)
class Part:
    """One model within the fusion.

    Attributes:
        model: its name in the registry.
        options: its options; ``seed`` is set from outside.
        learns: from the target domain's events alone, or from both domains'.
        taught: strength of the other domain's events in what is learnt.
        own: strength of the target domain's events in the history it is asked with.
        other: strength of the other domain's events there; 0 leaves them out.
    """

    model: str
    options: Mapping[str, Any] = field(default_factory=dict)
    learns: Learns = "own"
    taught: float = 1.0
    own: float = 1.0
    other: float = 0.0


def _ials(factors: int) -> dict[str, Any]:
    return {"factors": factors, "alpha": 10.0, "regularization": 40.0, "half_life": None}


ALONE: Mapping[str, Part] = MappingProxyType(
    {
        "popularity": Part("popularity"),
        "neighbours": Part("item-knn", {"shrinkage": 100.0, "neighbours": 500, "half_life": None}),
        "ials 64": Part("ials", _ials(64)),
        "ials 128": Part("ials", _ials(128)),
    }
)
"""Chosen on validation questions of sport and phone; there is no time in these files, so nothing fades."""

BESIDE: Mapping[str, Part] = MappingProxyType(
    {
        "neighbours of the other domain's": Part(
            "item-knn", {"shrinkage": 20.0, "neighbours": 1000, "half_life": None}, "both", own=0.0, other=1.0
        ),
        "ials 64, both": Part("ials", _ials(64), "both", taught=0.3, other=0.3),
    }
)
"""What a joint hybrid has beside the parts of the one alone, chosen likewise."""


@dataclass(frozen=True)
class Ranking:
    """The first places of one part: rows and their worth (f of the hybrid), both (questions, ≤ DEPTH)."""

    rows: npt.NDArray[np.int32]
    worth: Vectors


def fit_part(part: Part, split: Split, seed: int) -> Recommender:
    """A part, fitted on a split's training events with the strengths it wants."""
    own = _own(split)[split.train.rows]
    weights = np.where(own, 1.0, part.taught if part.learns == "both" else 0.0).astype(np.float32)
    data = replace(split.train, weights=weights)
    options = dict(part.options)
    if "seed" in make(part.model, **options).options:
        options["seed"] = seed
    return make(part.model, **options).fit(data if part.learns == "both" else data.select(own))


def rank(model: Recommender, part: Part, split: Split, depth: int = DEPTH) -> Ranking:
    """The first ``depth`` candidates for each question, what the history holds left out."""
    n = int(_own(split).sum())
    rows, worth = [], []
    for start in range(0, len(split.targets), _BATCH):
        histories = split.histories[start : start + _BATCH]
        scores = model.scores([_weighed(one, n, part) for one in histories])[:, :n].copy()
        for line, one in zip(scores, histories, strict=True):
            line[one.items[one.items < n]] = -np.inf
        first, values = ranked(scores, depth)
        rows.append(first.astype(np.int32))
        worth.append(values)
    return Ranking(np.concatenate(rows), np.concatenate(worth))


def learn_weights(parts: Sequence[Ranking], split: Split) -> Floats:
    """Weights (bins of history length, parts), as the hybrid learns them, from questions nothing was learnt from.

    Only from those whose target some part puts among its first 100.
    """
    features, bins = [], []
    bin_of = _bins(split)
    for at in range(len(split.targets)):
        target = int(split.targets[at])
        pool = np.unique(np.concatenate([part.rows[at, :_POOL][part.worth[at, :_POOL] > 0] for part in parts]))
        # A target that no part puts among its best would be set against better ones only, and so teach to trust none.
        if target not in pool:
            continue
        wanted = np.concatenate(([target], pool[pool != target]))
        order = np.argsort(wanted)
        out = np.zeros((len(wanted), len(parts)), dtype=np.float32)
        for k, part in enumerate(parts):
            places = np.searchsorted(wanted, part.rows[at], sorter=order)
            places = order[np.minimum(places, len(order) - 1)]
            known = wanted[places] == part.rows[at]
            out[places[known], k] = part.worth[at][known]
        features.append(out)
        bins.append(bin_of[at])
    if not features:
        return np.ones((BINS, len(parts)))
    return fit_weights(features, np.array(bins, dtype=np.int64), _TOGETHER)


def ranks(parts: Sequence[Ranking], weights: Floats, split: Split, *, negatives: int, seed: int) -> tuple[Ints, Ints]:
    """The target's rank among all candidates, and among itself and ``negatives`` drawn ones; ties count against it.

    The drawn ones are other for every question, the same for every model of one seed.
    """
    own = _own(split)
    n = int(own.sum())
    chance = np.random.default_rng(seed)
    full, drawn = np.zeros(len(split.targets), dtype=np.int64), np.zeros(len(split.targets), dtype=np.int64)
    bins = _bins(split)
    for at, target in enumerate(split.targets):
        scores = np.zeros(n, dtype=np.float32)
        for k, part in enumerate(parts):
            scores[part.rows[at]] += part.worth[at] * np.float32(weights[bins[at], k])
        history = split.histories[at].items
        met = history[history < n]
        scores[met] = -np.inf
        full[at] = int((scores >= scores[target]).sum())
        pool = chance.choice(n, min(n, negatives + len(met) + 1), replace=False)
        rivals = pool[(pool != target) & ~np.isin(pool, met)][:negatives]
        drawn[at] = 1 + int((scores[rivals] >= scores[target]).sum())
    return full, drawn


def paired(alone: Ints, joint: Ints, *, k: int = _K) -> dict[str, float | int]:
    """Whether the second of two rankings of the same questions is better at ``k``.

    ``gained`` and ``lost`` are the questions found by one of them only, ``z`` = (gained - lost) / √(gained + lost);
    ``ndcg_z`` is the mean difference of nDCG by its standard error.

    Source: McNemar, Note on the sampling error of the difference between correlated proportions (Psychometrika 1947);
    paired t statistic as Smucker, Allan and Carterette (CIKM 2007) recommend for retrieval.
    """
    one, other = _gains(alone, k), _gains(joint, k)
    gained, lost = int(((other > 0) & (one == 0)).sum()), int(((one > 0) & (other == 0)).sum())
    apart = other - one
    error = float(apart.std(ddof=1)) / len(apart) ** 0.5 if len(apart) > 1 else 0.0
    return {
        "gained": gained,
        "lost": lost,
        "z": round((gained - lost) / max(1, gained + lost) ** 0.5, 2),
        "ndcg_z": round(float(apart.mean()) / error, 2) if error else 0.0,
    }


def fuse(
    validation: Split,
    test: Split,
    parts: Mapping[str, Part],
    *,
    seed: int,
    negatives: int,
    known: dict[tuple[str, str], Ranking],
    progress: Progress | None = None,
) -> tuple[Ints, Ints, dict[str, list[float]]]:
    """Ranks of the test's targets, full and drawn, and what each part weighs, by bins of history length.

    Args:
        validation: questions of the training events: the weights are learnt on at most ``ASKED`` of them.
        test: what is asked at the end; the parts are fitted again on all of its training events.
        parts: by name.
        seed: of the parts, the questions drawn and the negatives.
        negatives: how many are drawn.
        known: rankings made before, by stage and part, of the same splits; those made here are put there.
        progress: told of each part.
    """
    asked = validation.sample(ASKED, seed=seed)
    steps = [("validation", asked), ("test", test)]
    made: dict[str, list[Ranking]] = {stage: [] for stage, _ in steps}
    for place, (stage, split) in enumerate(steps):
        for number, (name, part) in enumerate(parts.items()):
            if (stage, name) not in known:
                known[stage, name] = rank(fit_part(part, split, seed), part, split)
            made[stage].append(known[stage, name])
            if progress is not None:
                progress(f"parts of the hybrid, {stage}", (place * len(parts) + number + 1) / (2 * len(parts)))
    weights = learn_weights(made["validation"], asked)
    full, drawn = ranks(made["test"], weights, test, negatives=negatives, seed=seed)
    told = {name: [round(float(w), 3) for w in weights[:, k]] for k, name in enumerate(parts)}
    return full, drawn, told


def _own(split: Split) -> npt.NDArray[np.bool_]:
    # The candidates of a direction are its own items, and they come first.
    return np.ones(split.train.n_items, dtype=np.bool_) if split.allowed is None else split.allowed


def _bins(split: Split) -> Ints:
    """By how much of the target domain a shopper has met, whatever the other one says."""
    n = int(_own(split).sum())
    return np.array([length_bin(int((one.items < n).sum())) for one in split.histories], dtype=np.int64)


def _weighed(history: History, n: int, part: Part) -> History:
    weights = np.where(history.items < n, part.own, part.other).astype(np.float32)
    keep = weights > 0
    return History(history.items[keep], None, weights[keep])


def _gains(ranks_of: Ints, k: int) -> Floats:
    hit = (ranks_of > 0) & (ranks_of <= k)
    return np.where(hit, 1.0 / np.log2(np.where(hit, ranks_of, 1) + 1.0), 0.0)
