"""Measures a recommender on held-out events: full ranking of all items, accuracy, and what lies beyond it.

Every item is a candidate but those of the history, as in the published tables; nothing is sampled. Knows models by
their one interface, splits and items. Does not know files or how a model was made.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from assistant import metrics
from assistant.recommendation.base import Recommender
from assistant.recommendation.interactions import Interactions, Ints, Items, Mask
from assistant.recommendation.lists import Lists, accuracy_figures, answer
from assistant.recommendation.splits import Split

ACCURACY = ("hr@10", "ndcg@10", "mrr@10", "recall@10")
BEYOND = ("coverage", "novelty", "intra_list_diversity")
BANDS = 5

_TIMED = 50
_LISTS = 1024


def beyond_figures(lists: Lists, train: Interactions, allowed: Mask | None = None) -> dict[str, float | str]:
    """Coverage, novelty, intra-list diversity and the Gini index of exposure of lists.

    - coverage: share of the candidates that stand in any list;
    - novelty: mean of -log2 of the share of training users who met the item, an unmet one counted as met by one;
    - intra-list diversity: mean of 1 - cosine over the pairs of a list, by ``diversity_by``: item vectors ("content")
      where there are any, else who met the items ("shoppers"). Items of which neither is known are in no pair;
    - exposure Gini: inequality of how often items, brands and price bands are shown, 0 equal, 1 all to one.

    Source: Castells, Hurley and Vargas, Novelty and Diversity in Recommender Systems (Recommender Systems Handbook,
    2015), sections 26.3.2 to 26.3.4.
    """
    shown = lists.rows[lists.rows >= 0]
    n = train.n_items
    met = np.asarray(train.matrix(binary=True).sum(axis=0)).reshape(-1)
    exposure = np.bincount(shown, minlength=n).astype(np.float64)
    users = max(1, int((train.lengths() > 0).sum()))
    novelty = -np.log2(np.maximum(met, 1.0) / users)
    out: dict[str, float | str] = {
        "coverage": float((exposure > 0).sum() / max(1, n if allowed is None else int(allowed.sum()))),
        "novelty": float(novelty[shown].mean()) if len(shown) else 0.0,
        "intra_list_diversity": list_diversity(lists.rows, profiles(train)),
        "diversity_by": "shoppers" if train.items.vectors is None else "content",
        "gini_items": metrics.gini(exposure) if len(shown) else 0.0,
    }
    for name, groups in exposure_groups(train.items).items():
        known = groups >= 0
        if known.any() and exposure[known].sum() > 0:
            out[f"gini_{name}"] = metrics.gini(np.bincount(groups[known], weights=exposure[known]).astype(np.float64))
    return out


def evaluate(model: Recommender, split: Split, *, k: int = 10, batch: int = 512) -> dict[str, Any]:
    """All figures of a fitted model, with the time of asking: ``seconds`` for all, ``ms_p50`` for one shopper alone."""
    began = time.perf_counter()
    lists = answer(model, split, k=k, batch=batch)
    seconds = time.perf_counter() - began
    took = []
    for history in split.histories[:_TIMED]:
        started = time.perf_counter()
        model.recommend(history, k, split.allowed)
        took.append((time.perf_counter() - started) * 1000)
    return {
        **accuracy_figures(lists.ranks, k=k),
        **beyond_figures(lists, split.train, split.allowed),
        "questions": len(split.targets),
        "not_askable": int((lists.ranks == 0).sum()),
        "seconds": round(seconds, 2),
        "ms_p50": round(metrics.percentile(took, 50), 3) if took else 0.0,
    }


def profiles(train: Interactions) -> sparse.csr_matrix:
    """Unit vectors that say how items differ, CSR (n_items, d): content where it is known, else who met them."""
    vectors = train.items.vectors
    made = sparse.csr_matrix(vectors) if vectors is not None else train.matrix(binary=True).T.tocsr()
    length = np.sqrt(np.asarray(made.multiply(made).sum(axis=1)).reshape(-1))
    return (sparse.diags(np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)) @ made).tocsr()


def list_diversity(rows: Ints, unit: sparse.csr_matrix) -> float:
    """Mean over lists of the mean of 1 - cosine over their pairs; lists of fewer than two items are left out.

    An item whose vector is zero is taken out of its list: nothing is known of it, and it would count as unlike all.

    With unit vectors the cosines of all pairs sum to (|Σv|² - Σ|v|²) / 2, so no pair has to be looked at.
    """
    squares = np.asarray(unit.multiply(unit).sum(axis=1)).reshape(-1)
    # The place -1 of a list that is too short stands for no item; with a last value of 0 it is unknown as well.
    rows = np.where(np.append(squares, 0.0)[rows] > 0, rows, -1)
    sizes = (rows >= 0).sum(axis=1)
    kept, size = rows[sizes > 1], sizes[sizes > 1].astype(np.float64)
    if not len(kept):
        return 0.0
    apart = np.zeros(len(kept))
    # A block at a time: the sum of the profiles of popular items is nearly dense.
    for start in range(0, len(kept), _LISTS):
        part, m = kept[start : start + _LISTS], size[start : start + _LISTS]
        indptr = np.concatenate(([0], np.cumsum(m))).astype(np.int64)
        columns = part[part >= 0]
        chosen = sparse.csr_matrix((np.ones(len(columns)), columns, indptr), shape=(len(part), unit.shape[0]))
        total = (chosen @ unit).tocsr()
        together = np.asarray(total.multiply(total).sum(axis=1)).reshape(-1)
        apart[start : start + _LISTS] = 1.0 - (together - chosen @ squares) / (m * (m - 1.0))
    return float(apart.mean())


def exposure_groups(items: Items) -> dict[str, Ints]:
    """A group number for each item, -1 where unknown: by brand, and by price in five bands of equally many items."""
    out: dict[str, Ints] = {}
    if items.brands is not None:
        known: dict[str, int] = {}
        out["brands"] = np.array([-1 if b is None else known.setdefault(b, len(known)) for b in items.brands])
    if items.prices is not None:
        prices = np.array([np.nan if p is None else p for p in items.prices], dtype=np.float64)
        if np.isfinite(prices).any():
            edges = np.nanquantile(prices, np.linspace(0, 1, BANDS + 1)[1:-1])
            out["price_bands"] = np.where(np.isfinite(prices), np.searchsorted(edges, prices, side="right"), -1)
    return out


def over_seeds(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means over runs of one model, and where there are several their sample standard deviations as ``name_sd``."""
    out: dict[str, Any] = {}
    for name, first in runs[0].items():
        if not isinstance(first, int | float) or isinstance(first, bool):
            out[name] = first
            continue
        values = np.array([run[name] for run in runs], dtype=np.float64)
        out[name] = round(float(values.mean()), 6) if isinstance(first, float) else int(values.mean())
        if len(runs) > 1 and name in ACCURACY + BEYOND:
            out[f"{name}_sd"] = round(float(values.std(ddof=1)), 6)
    return out


def recommender_table(rows: dict[str, dict[str, Any]]) -> list[str]:
    """A Markdown table, one line a model, best nDCG first."""
    names = [*ACCURACY[:3], *BEYOND, "gini_items", "fit_seconds", "ms_p50"]
    for extra in ("gini_brands", "gini_price_bands"):
        if any(extra in row for row in rows.values()):
            names.append(extra)
    lines = ["| model | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for model, row in sorted(rows.items(), key=lambda one: -float(one[1]["ndcg@10"])):
        cells = []
        for name in names:
            value = row.get(name)
            spread = f" ± {row[name + '_sd']:.4f}" if f"{name}_sd" in row else ""
            cells.append("" if value is None else f"{value:.4f}{spread}" if name not in _PLAIN else f"{value:.2f}")
        lines.append(f"| {model} | " + " | ".join(cells) + " |")
    return lines


_PLAIN = ("fit_seconds", "ms_p50", "novelty")
