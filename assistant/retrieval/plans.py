"""How the nearest allowed rows are found: the cheaper of a scan of the allowed rows and the graph asked for more.

    exact   every allowed row is compared: few are allowed, or the catalogue is small
    codes   every allowed row is compared by its codes, the best of them exactly (:mod:`~.nearest`)
    graph   Chroma's graph is asked for as many as should hold enough allowed ones, then for more

The graph costs the same whatever is allowed, but knows no filter: where a filter runs against the query it would have
to be asked for nearly everything. So it is only asked while that is cheaper than the scan, whose cost is known, and
only in catalogues that it was found to know well enough. Knows rows and vectors, no filters and no words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.retrieval.index import Index
from assistant.retrieval.nearest import GRAPH_UP_TO, Rows, cosines, nearest_of

Mask = npt.NDArray[np.bool_]
Vector = npt.NDArray[np.float32]

# Microseconds, measured on two cores with a million vectors of 384 numbers (tests/benchmarks/filters.py).
_EXACT_ROW = 0.25
_CODED_ROW = 0.06
_CODED_AT_LEAST = 2_000.0
_GRAPH_QUERY = 1_000.0
_GRAPH_ROW = 8.0
# The graph is asked for so many times what would hold enough allowed rows if they were spread evenly.
_OVER = 1.5
# Asked for fewer than this share of all rows it misses more than one of the hundred nearest.
_LEAST_SHARE = 0.004
_GROWTH = 4


@dataclass(frozen=True, slots=True)
class Nearest:
    """Rows with their cosines, best first, and how they were found."""

    rows: Rows
    cosines: npt.NDArray[np.float64]
    plan: str


def scan_cost(index: Index, allowed: int) -> float:
    """What comparing so many allowed rows takes, in microseconds."""
    exact = _EXACT_ROW * allowed
    return exact if index.codes is None else min(exact, _CODED_AT_LEAST + _CODED_ROW * allowed)


def graph_cost(fetch: int) -> float:
    """What asking the graph for so many rows takes, in microseconds."""
    return _GRAPH_QUERY + _GRAPH_ROW * fetch


def nearest_allowed(index: Index, vector: Vector, allowed: Mask, k: int) -> Nearest:
    """The ``k`` nearest allowed rows; fewer where fewer are allowed.

    Args:
        index: holds the vectors.
        vector: shape (d,), of length 1.
        allowed: the rows to choose from, shape (n,).
        k: at most so many.
    """
    count = int(np.count_nonzero(allowed))
    if not count:
        return Nearest(np.zeros(0, np.int64), np.zeros(0), "exact")
    limit = scan_cost(index, count) if len(allowed) <= GRAPH_UP_TO else 0.0
    fetch = int(max(_LEAST_SHARE * len(allowed), _OVER * min(k, count) * len(allowed) / count))
    while fetch < len(allowed) and graph_cost(fetch) < limit:
        found = np.asarray(index.nearest(vector, fetch)[0], dtype=np.int64)
        found = found[allowed[found]]
        if len(found) >= min(k, count):
            # The graph's own cosines are of the same vectors, but of no more than seven digits.
            exact = cosines(index.vectors, index.codes, vector, found)
            order = np.lexsort((found, -exact))[:k]
            return Nearest(found[order], exact[order], "graph")
        limit -= graph_cost(fetch)
        fetch *= _GROWTH
    rows, exact = nearest_of(index.vectors, index.codes, vector, np.flatnonzero(allowed), k)
    return Nearest(rows, exact, "exact" if index.codes is None else "codes")


def typical(index: Index, vector: Vector, rows: Rows, sample: int = 1_000) -> float:
    """The cosine of the middle one of some rows, from a sample of them."""
    some = rows[:: max(1, len(rows) // sample)]
    found: npt.NDArray[Any] = cosines(index.vectors, index.codes, vector, some)
    return float(np.median(found)) if len(found) else 0.0
