"""What a recommender answers to held-out questions, and how near the top what came next stands.

Every item is a candidate but those of the history, as in the published tables; nothing is sampled. Knows models by
their one interface and splits. What lies beyond accuracy is measured elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.errors import TrainingError
from assistant.recommendation.base import Recommender
from assistant.recommendation.interactions import History, Ints, Vectors
from assistant.recommendation.splits import Split


@dataclass(frozen=True)
class Lists:
    """What a model answered: the first ``k`` rows of each list, shape (questions, k), -1 where there were no more.

    ``ranks`` has shape (questions,): the place of the target among all candidates, from 1, or 0 where the target was no
    candidate (it stands in the history) and cannot be found.
    """

    rows: Ints
    ranks: Ints


def answer(model: Recommender, split: Split, *, k: int = 10, batch: int = 512) -> Lists:
    """Rank all items for every question of a split.

    An item that scores like the target is counted as before it, so that a model which cannot tell items apart gains
    nothing by the order they are stored in.
    """
    rows = np.full((len(split.targets), k), -1, dtype=np.int64)
    ranks = np.zeros(len(split.targets), dtype=np.int64)
    for start in range(0, len(split.targets), batch):
        part = slice(start, min(start + batch, len(split.targets)))
        asked = split.histories[part]
        scores = without_met(model.scores(asked, split.allowed), asked)
        target = scores[np.arange(len(asked)), split.targets[part]]
        place = (scores >= target[:, None]).sum(axis=1)
        ranks[part] = np.where(np.isfinite(target), place, 0)
        rows[part] = top_rows(scores, k)
    return Lists(rows, ranks)


def accuracy_figures(ranks: Ints, *, k: int = 10) -> dict[str, float]:
    """Hit rate, nDCG, MRR and recall at ``k`` with one target a question, as means over the questions.

    With one target recall is the hit rate. Source: Järvelin and Kekäläinen (TOIS 2002) with a single gain of 1.

    Raises:
        TrainingError: there is no question.
    """
    if not len(ranks):
        raise TrainingError("there is nothing to measure: no user has an event to hold out")
    hit = (ranks > 0) & (ranks <= k)
    at = np.where(hit, ranks, 1)
    rate = float(hit.mean())
    return {
        f"hr@{k}": rate,
        f"ndcg@{k}": float((hit / np.log2(at + 1.0)).mean()),
        f"mrr@{k}": float((hit / at).mean()),
        f"recall@{k}": rate,
    }


def top_rows(scores: Vectors, k: int) -> Ints:
    """The ``k`` best rows of each line, best first, -1 where a line has fewer finite scores; shape (batch, k)."""
    k_here = min(k, scores.shape[1])
    out = np.full((len(scores), k), -1, dtype=np.int64)
    if not k_here:
        return out
    pool = np.sort(np.argpartition(-scores, k_here - 1, axis=1)[:, :k_here], axis=1)
    values = np.take_along_axis(scores, pool, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    best = np.take_along_axis(pool, order, axis=1)
    out[:, :k_here] = np.where(np.isfinite(np.take_along_axis(values, order, axis=1)), best, -1)
    return out


def without_met(scores: Vectors, histories: Sequence[History]) -> Vectors:
    """The scores, in place, with the items of each line's history at -inf; shape (batch, n_items)."""
    lengths = [len(one) for one in histories]
    rows = np.repeat(np.arange(len(histories)), lengths)
    columns = np.concatenate([one.items for one in histories]) if histories else np.zeros(0, dtype=np.int64)
    scores[rows, columns] = -np.inf
    return scores
