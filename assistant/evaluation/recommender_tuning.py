"""Chooses a recommender's options on validation questions, one option after the other.

Knows which options of which model are worth trying. Never sees the test questions: it is handed a validation split.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.recommendation.lists import accuracy_figures, answer
from assistant.recommendation.registry import make
from assistant.recommendation.splits import Split

Grid = Mapping[str, Sequence[Any]]

_DECAY = "half_life"
_EVENTS = (None, 1.0, 2.0, 4.0, 8.0)
_WINDOW = "window"
_DAYS = (None, 1.0, 3.0, 10.0, 30.0, 90.0)
_LAST_EVENTS = (None, 10.0, 20.0)
_LAST_DAYS = (None, 120.0, 240.0)

GRIDS: Mapping[str, Grid] = {
    "popularity": {_DECAY: (), "by_category": (0.0, 1.0, 4.0)},
    "item-knn": {"shrinkage": (0.0, 1.0, 5.0, 20.0), _DECAY: (), "neighbours": (50, 200, 1000), _WINDOW: ()},
    "sequential-rules": {"window": (2, 5, 10), _DECAY: (), "shrinkage": (0.0, 1.0, 5.0), "backward": (0.0, 0.5, 1.0)},
    "ials": {
        "alpha": (3.0, 10.0, 30.0),
        "regularization": (1.0, 10.0),
        _DECAY: (),
        "factors": (64, 128, 256),
        _WINDOW: (),
    },
    "bpr": {"learning_rate": (0.02, 0.05), "regularization": (0.005, 0.01, 0.02), "iterations": (100, 300), _DECAY: ()},
    "gradient-mf": {"regularization": (1e-5, 1e-4, 1e-3, 1e-2), "epochs": (15, 30, 60), _DECAY: ()},
    "content": {_DECAY: (), "focus": (0.0, 2.0, 4.0, 8.0)},
}
"""Values tried in this order; an empty row of decay or window depends on whether times are known, in days, or only
the order, in events."""


@dataclass(frozen=True)
class Trial:
    """One set of options and its nDCG@10 on the validation questions."""

    options: dict[str, Any]
    ndcg: float


def tune(
    name: str,
    split: Split,
    *,
    start: Mapping[str, Any] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[dict[str, Any], tuple[Trial, ...]]:
    """The options with the highest nDCG@10, and every trial, the start first.

    Coordinate search: each option in turn takes each of its values while the others stay at their best so far. It looks
    at the sum of the values, not at their product, and may miss what only works together.

    Args:
        name: the model.
        split: validation questions; sample them where there are many.
        start: options to begin with, and to keep where the grid does not name them.
        progress: told of each trial.
    """
    best = dict(start or {})
    tried = [Trial(dict(best), _measure(name, best, split))]
    top = tried[0].ndcg
    grid = [(option, _values(option, values, split)) for option, values in GRIDS.get(name, {}).items()]
    total = 1 + sum(len(values) for _, values in grid)
    done = 1
    for option, values in grid:
        standing = make(name, **best).options[option]
        for value in values:
            done += 1
            if value == standing:
                continue
            options = {**best, option: value}
            found = _measure(name, options, split)
            tried.append(Trial(options, found))
            if found > top:
                best, top = options, found
            if progress is not None:
                progress(f"choosing options of {name}", done / total)
    if progress is not None:
        progress(f"choosing options of {name}", 1.0)
    return best, tuple(tried)


def _values(option: str, values: Sequence[Any], split: Split) -> Sequence[Any]:
    if not values and option == _DECAY:
        return _DAYS if split.train.timed else _EVENTS
    if not values and option == _WINDOW:
        return _LAST_DAYS if split.train.timed else _LAST_EVENTS
    return values


def _measure(name: str, options: Mapping[str, Any], split: Split) -> float:
    model = make(name, **options).fit(split.train)
    return accuracy_figures(answer(model, split).ranks)["ndcg@10"]
