"""Whether an encoder ranks the held-out queries better than another did, and how sure that is.

Knows queries, the rows they mean, and vectors. Does not know how an encoder was trained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant import metrics
from assistant.retrieval.keywords import Keywords
from assistant.training.wishes import Wish

Vectors = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]

MEASURES = ("ndcg@10", "mrr@10", "recall@100")
_CHUNK = 128
_RESAMPLES = 10_000
_BLOCKS = 50
_INTERVAL = (2.5, 97.5)
_RRF_K = 60.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """Each measure's value for each query: by vectors alone, and fused with the ranking by words."""

    alone: Mapping[str, Floats]
    fused: Mapping[str, Floats]


def rank(wishes: Sequence[Wish], queries: Vectors, documents: Vectors, keywords: Keywords) -> Ranked:
    """Rank all rows for every query.

    Args:
        wishes: the queries and the rows they mean.
        queries: their vectors, shape (len(wishes), d).
        documents: vectors of all rows, shape (n, d).
        keywords: a BM25 index over the same rows; reciprocal rank fusion with it is what ``fused`` measures.
    """
    alone: dict[str, list[float]] = {name: [] for name in MEASURES}
    fused: dict[str, list[float]] = {name: [] for name in MEASURES}
    for start in range(0, len(wishes), _CHUNK):
        scores = (queries[start : start + _CHUNK] @ documents.T).astype(np.float64)
        for wish, cosine in zip(wishes[start : start + _CHUNK], scores, strict=True):
            words = keywords.scores(wish.text).astype(np.float64)
            both = _reciprocal(cosine) + np.where(words > 0, _reciprocal(words), 0.0)
            for values, found in ((alone, cosine), (fused, both)):
                for name, value in _measured(found, wish.relevant).items():
                    values[name].append(value)
    return Ranked(
        {name: np.asarray(values) for name, values in alone.items()},
        {name: np.asarray(values) for name, values in fused.items()},
    )


def _measured(scores: Floats, relevant: frozenset[int]) -> dict[str, float]:
    top = min(100, len(scores))
    best = np.argpartition(-scores, top - 1)[:top]
    order = [str(row) for row in best[np.lexsort((best, -scores[best]))]]
    wanted = {str(row) for row in relevant}
    return {
        "ndcg@10": metrics.ndcg_at_k(order, dict.fromkeys(wanted, 1.0), k=10),
        "mrr@10": metrics.reciprocal_rank(order, wanted, k=10),
        # Of more than a hundred that are meant, no list of a hundred can hold all.
        "recall@100": min(1.0, metrics.recall_at_k(order, wanted, k=100) * max(1.0, len(wanted) / 100)),
    }


def _reciprocal(values: Floats) -> Floats:
    """1 / (60 + rank), best rank 1. Source: Cormack, Clarke and Büttcher, Reciprocal Rank Fusion (SIGIR 2009)."""
    ranks = np.empty(len(values))
    ranks[np.argsort(-values, kind="stable")] = np.arange(1, len(values) + 1)
    return np.asarray(1.0 / (_RRF_K + ranks))


def compare(
    owners: Sequence[int], before: Mapping[str, Floats], after: Mapping[str, Floats], *, seed: int
) -> dict[str, Any]:
    """Means before and after, and their difference with a 95 % interval by resampling products in pairs.

    Products are drawn, each with all its queries: ten queries about one lamp are no ten independent trials.
    Source: Sakai, Evaluating Information Retrieval Metrics Based on Bootstrap Hypothesis Tests (2007).

    Args:
        owners: the product of each query.
        before: each measure's value for each query.
        after: the same with the other encoder.
        seed: of the resampling.
    """
    _, owner = np.unique(np.asarray(owners), return_inverse=True)
    sizes = np.bincount(owner).astype(np.float64)
    count = len(sizes)
    draws = np.random.default_rng(seed).integers(0, count, size=(_RESAMPLES, count), dtype=np.uint32)
    out: dict[str, Any] = {"queries": len(owner), "drawn": count}
    for name in before:
        change = after[name] - before[name]
        sums = np.bincount(owner, weights=change)
        means = np.concatenate(
            [sums[block].sum(axis=1) / sizes[block].sum(axis=1) for block in np.array_split(draws, _BLOCKS)]
        )
        low, high = np.percentile(means, _INTERVAL)
        out[name] = {
            "before": round(float(before[name].mean()), 4),
            "after": round(float(after[name].mean()), 4),
            "difference": round(float(change.mean()), 4),
            "interval": [round(float(low), 4), round(float(high), 4)],
        }
    return out


def parts_of(
    wishes: Sequence[Wish], before: Mapping[str, Floats], after: Mapping[str, Floats], *, seed: int
) -> dict[str, Any]:
    """:func:`compare` for the queries of each language and of each kind."""
    out: dict[str, Any] = {}
    for label, belongs in _slices(wishes):
        rows = np.flatnonzero(belongs)
        chosen = [{name: values[rows] for name, values in one.items()} for one in (before, after)]
        out[label] = compare([wishes[int(r)].row for r in rows], chosen[0], chosen[1], seed=seed)
    return out


def _slices(wishes: Sequence[Wish]) -> Iterable[tuple[str, npt.NDArray[np.bool_]]]:
    for language in sorted({w.language for w in wishes}):
        yield language, np.asarray([w.language == language for w in wishes])
    for kind in sorted({w.kind for w in wishes}):
        yield kind, np.asarray([w.kind == kind for w in wishes])


def verdict(whole: Mapping[str, Any], fused: Mapping[str, Any], languages: Mapping[str, Any]) -> str | None:
    """Why the encoder must not be promoted; ``None`` where it is better beyond chance and nowhere worse beyond it."""
    gain = whole["ndcg@10"]
    if gain["interval"][0] <= 0:
        return (
            f"nDCG@10 went from {gain['before']:.4f} to {gain['after']:.4f} "
            f"(95 % interval of the difference {gain['interval'][0]:+.4f} to {gain['interval'][1]:+.4f})"
        )
    for name, one in (("fused with words", fused), *languages.items()):
        change = one["ndcg@10"]
        if change["interval"][1] < 0:
            return f"nDCG@10 {name} fell from {change['before']:.4f} to {change['after']:.4f}"
    return None
