"""What a recommender answers to held-out questions, and how near the top what came next stands.

Every item is a candidate but those of the history, as in the published tables; nothing is sampled. Knows models by
their one interface and splits. What lies beyond accuracy is measured elsewhere; :func:`mmr`, which trades some of it
for variety, is here for every list that is shown or measured.
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


def mmr(relevance: Vectors, similar: Vectors, k: int, weight: float) -> Ints:
    """Maximal marginal relevance: places of the ``k`` candidates that are relevant and unlike those chosen before them.

    Chosen one by one: argmax_i (1 - w)·rel(i) - w·max_{j chosen} sim(i, j), the first by relevance alone; ties go to
    the earlier place. Weight 0 is the order of relevance. Both sides should be of one scale, as a relevance from 0 to 1
    and cosines are.

    Args:
        relevance: shape (m,); a candidate at -inf is never chosen.
        similar: how alike two candidates are, shape (m, m).
        k: at most so many.
        weight: w, from 0 to 1.

    Raises:
        TrainingError: the weight is out of range, or the shapes do not fit.

    Source: Carbonell and Goldstein, The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing
    Summaries (SIGIR 1998).
    """
    if not 0.0 <= weight <= 1.0:
        raise TrainingError(f"the weight of diversity is {weight}; it must be from 0 to 1")
    m = len(relevance)
    if similar.shape != (m, m):
        raise TrainingError(f"similarities of shape {similar.shape} do not fit {m} candidates; wanted ({m}, {m})")
    wanted = min(k, int(np.isfinite(relevance).sum()))
    chosen = np.zeros(max(0, wanted), dtype=np.int64)
    open_ = np.where(np.isfinite(relevance), relevance, -np.inf).astype(np.float64)
    # At weight 1 an impossible candidate times 0 would be no number.
    gain = np.where(np.isfinite(open_), (1.0 - weight) * np.where(np.isfinite(open_), open_, 0.0), -np.inf)
    nearest = np.full(m, -np.inf)
    for place in range(wanted):
        at = int(np.argmax(gain - weight * nearest if place and weight else open_))
        chosen[place] = at
        gain[at] = open_[at] = -np.inf
        nearest = np.maximum(nearest, similar[at])
    return chosen


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
