"""What variety costs: a model's lists re-ranked for diversity at several weights, measured, and drawn as curves.

Knows models by their one interface, splits and files to draw into. Does not know how a model was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import ConfigurationError
from assistant.evaluation.recommender import beyond_figures, profiles
from assistant.recommendation.base import Recommender
from assistant.recommendation.interactions import Ints, Vectors
from assistant.recommendation.lists import Lists, accuracy_figures, mmr, top_rows, without_met
from assistant.recommendation.splits import Split

WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9)
POOL = 50
FORMATS = (".png", ".svg")

_BATCH = 512
_AXES = {
    "intra_list_diversity": "diversity within a list",
    "coverage": "coverage: share of all items shown to anybody",
    "gini_items": "inequality of exposure among items (Gini)",
    "gini_brands": "inequality of exposure among brands (Gini)",
    "gini_price_bands": "inequality of exposure among price bands (Gini)",
}


def diversity_curve(
    model: Recommender, split: Split, *, weights: Sequence[float] = WEIGHTS, pool: int = POOL, k: int = 10
) -> list[dict[str, Any]]:
    """Accuracy and what lies beyond it for the ``k`` chosen by maximal marginal relevance, one point a weight.

    Each list is chosen of the model's best ``pool`` by :func:`assistant.recommendation.lists.mmr`, which has formula
    and source, with rel(i) = (s_i - s_last) / (s_first - s_last) of the pool's scores, so that weights mean the same
    for every model, and sim the cosine that diversity is measured by: of item vectors where there are any, else of who
    met the items. A target outside the pool is missed at any weight. Weight 0 is the model's own list; here, other than
    in the table, an item that ties with the target is not counted as before it.

    Source: the plot of accuracy against diversity after Zhang and Hurley, Avoiding Monotony: Improving the Diversity of
    Recommendation Lists (RecSys 2008).
    """
    unit = profiles(split.train)
    rows = {weight: np.full((len(split.targets), k), -1, dtype=np.int64) for weight in weights}
    for start in range(0, len(split.targets), _BATCH):
        asked = split.histories[start : start + _BATCH]
        scores = without_met(model.scores(asked, split.allowed).copy(), asked)
        for at, candidates in enumerate(top_rows(scores, pool)):
            known = candidates[candidates >= 0]
            relevance = _from_0_to_1(scores[at, known])
            similar = np.asarray((unit[known] @ unit[known].T).toarray(), dtype=np.float32)
            for weight, chosen in rows.items():
                places = mmr(relevance, similar, k, weight)
                chosen[start + at, : len(places)] = known[places]
    return [
        {
            "weight": weight,
            **accuracy_figures(_ranks(chosen, split.targets), k=k),
            **beyond_figures(Lists(chosen, _ranks(chosen, split.targets)), split.train, split.allowed),
        }
        for weight, chosen in rows.items()
    ]


def check_figure(path: Path) -> None:
    """Whether a curve can be drawn into a file of this name, before anything is measured.

    Raises:
        ConfigurationError: it ends otherwise than in .png or .svg, or its folder is not there.
    """
    if path.suffix.lower() not in FORMATS:
        raise ConfigurationError(f"'{path}' ends in '{path.suffix}'; a curve is drawn as {' or '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise ConfigurationError(f"there is no folder '{path.parent}' to draw '{path.name}' into; make it first")


def draw_curve(points: Sequence[Mapping[str, Any]], path: Path, *, title: str, k: int = 10) -> None:
    """A panel for each thing that lies beyond accuracy: it on the x axis, nDCG on the y axis, a point for each weight.

    Raises:
        ConfigurationError: as :func:`check_figure` says.
    """
    from matplotlib.figure import Figure

    check_figure(path)
    wanted = [name for name in _AXES if all(name in point for point in points)]
    wide = min(3 if len(wanted) != 4 else 2, len(wanted))
    high = -(-len(wanted) // wide)
    figure = Figure(figsize=(5.6 * wide, 4.2 * high + 0.9), layout="constrained")
    accuracy = [float(point[f"ndcg@{k}"]) for point in points]
    by = {"shoppers": "who met the items", "content": "item vectors"}.get(str(points[0].get("diversity_by")), "")
    for place, name in enumerate(wanted, start=1):
        axes = figure.add_subplot(high, wide, place)
        values = [float(point[name]) for point in points]
        axes.plot(values, accuracy, marker="o", markersize=4, color="#1f5fa8")
        for point, x, y in zip(points, values, accuracy, strict=True):
            axes.annotate(f"{point['weight']:g}", (x, y), textcoords="offset points", xytext=(5, 4), fontsize=8)
        axes.set_xlabel(_AXES[name] + (f" (1 - cosine of {by})" if by and name == "intra_list_diversity" else ""))
        axes.set_ylabel(f"nDCG@{k}")
        axes.margins(0.08)
        axes.grid(alpha=0.3)
    figure.suptitle(title)
    figure.supxlabel(
        f"Lists of {k} re-ranked by maximal marginal relevance; numbers at the points are the weight of diversity.\n"
        "Diversity and coverage: more is better. Gini: 0 shows all alike, 1 shows only one.",
        fontsize=9,
    )
    figure.savefig(path, dpi=150, metadata={"Date": None} if path.suffix.lower() == ".svg" else None)


def _from_0_to_1(scores: Vectors) -> Vectors:
    if not len(scores) or scores[0] <= scores[-1]:
        return np.ones(len(scores), dtype=np.float32)
    return np.asarray((scores - scores[-1]) / (scores[0] - scores[-1]), dtype=np.float32)


def _ranks(rows: Ints, targets: Ints) -> Ints:
    """The place of each target in its list, from 1, or 0."""
    found = rows == targets[:, None]
    return np.where(found.any(axis=1), found.argmax(axis=1) + 1, 0).astype(np.int64)
