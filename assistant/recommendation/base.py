"""What every recommender is: fitted on interactions, asked with histories, held to a mask, saved to a folder.

A model scores every item for a history; the base masks, excludes, orders, checks and stores. It knows no model: the
table of constructors is in ``registry``. Rows a mask forbids are -inf in ``scores`` and never come from ``recommend``,
so hard constraints stay hard whatever a model thinks of them.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

from assistant.errors import TrainingError
from assistant.recommendation.interactions import DAY, History, Interactions, Ints, Items, Mask, Vectors

Arrays: TypeAlias = Mapping[str, npt.NDArray[Any]]
Progress: TypeAlias = Callable[[str, float], None]

FORMAT = 1
MANIFEST = "manifest.json"
_ARRAYS = "arrays.safetensors"
_ITEMS = "items.json"


@dataclass(frozen=True)
class Recommended:
    """The best rows for one history, best first.

    ``parts`` holds what each score was made of, one array as long as ``rows`` for every part; models that fuse nothing
    have none.
    """

    rows: Ints
    scores: Vectors
    parts: Mapping[str, Vectors]


class Recommender(ABC):
    """Base of all models. A subclass gives ``name``, ``options``, ``fit``, ``_score``, ``_arrays`` and ``_restore``."""

    name: ClassVar[str]

    def __init__(self) -> None:
        self._items: Items | None = None

    @property
    def items(self) -> Items:
        """The items the scores are of, in row order.

        Raises:
            TrainingError: the model was not fitted.
        """
        if self._items is None:
            raise TrainingError(f"the model '{self.name}' was not fitted; fit or load it before asking it")
        return self._items

    @property
    @abstractmethod
    def options(self) -> dict[str, Any]:
        """What the constructor takes, as JSON; ``type(self)(**options)`` is the same model unfitted."""

    @abstractmethod
    def fit(self, data: Interactions, *, progress: Progress | None = None) -> Self:
        """Learn from events; forgets what was learnt before. Sets ``_items``."""

    @abstractmethod
    def _score(self, histories: Sequence[History]) -> Vectors:
        """Scores of every item, higher is better, all finite, shape (len(histories), n_items)."""

    @abstractmethod
    def _arrays(self) -> Arrays:
        """What was learnt."""

    @abstractmethod
    def _restore(self, arrays: Arrays) -> None:
        """Take back what :meth:`_arrays` gave; ``_items`` is set already."""

    def parts(self, histories: Sequence[History], allowed: Mask | None = None) -> dict[str, Vectors]:
        """What the scores are made of, each (len(histories), n_items); empty for a model that fuses nothing."""
        return {}

    def scores(self, histories: Sequence[History], allowed: Mask | None = None) -> Vectors:
        """Scores of every item for every history, shape (batch, n_items), float32; -inf where not allowed.

        Args:
            histories: item rows of this model's ``items``. May be empty, and may hold items nobody met before.
            allowed: shape (n_items,) for all, or (batch, n_items).

        Raises:
            TrainingError: the model was not fitted, or a row or the mask does not fit its items.
        """
        n = len(self.items)
        self._check(histories, allowed)
        if not n or not histories:
            return np.zeros((len(histories), n), dtype=np.float32)
        out = np.asarray(self._score(histories), dtype=np.float32)
        return out if allowed is None else np.where(allowed, out, np.float32(-np.inf))

    def leading(self, history: History, depth: int, allowed: Mask | None = None) -> tuple[Ints, Vectors]:
        """The best allowed rows for one history that have a rank, and their scores, best first, ties by row.

        A row has a rank where it scores above the lowest allowed one, or is the only one: what ties with the lowest,
        a model knows nothing of. A model that need not score every item for this does not.

        Args:
            history: what the shopper did, its rows among the items.
            depth: at most so many.
            allowed: shape (n_items,); without it all rows are.
        """
        scores = self.scores([history], allowed)
        return leading_of(scores[0], depth) if scores.size else (np.zeros(0, dtype=np.int64), scores.reshape(-1))

    def _check(self, histories: Sequence[History], allowed: Mask | None) -> None:
        n = len(self.items)
        for one in histories:
            if len(one) and (one.items.min() < 0 or one.items.max() >= n):
                raise TrainingError(f"a history holds the row {one.items.max()}, but '{self.name}' knows {n} items")
        if allowed is not None and allowed.shape not in ((n,), (len(histories), n)):
            raise TrainingError(f"a mask of shape {allowed.shape} does not fit {len(histories)} histories, {n} items")

    def recommend(
        self, history: History, k: int, allowed: Mask | None = None, *, seen: bool = False, explain: bool = False
    ) -> Recommended:
        """The ``k`` best allowed rows for one history, best first, ties by row; fewer where fewer are allowed.

        Args:
            history: what the shopper did.
            k: at most so many.
            allowed: shape (n_items,); without it all rows are.
            seen: whether rows of the history may come again.
            explain: whether to fill ``parts``.
        """
        scores = self.scores([history], allowed)[0]
        if not seen and len(history):
            scores = scores.copy()
            scores[history.items] = -np.inf
        rows = best(scores, k)
        parts: dict[str, Vectors] = {}
        if explain and len(rows):
            parts = {name: values[0, rows] for name, values in self.parts([history], allowed).items()}
        return Recommended(rows, scores[rows], parts)

    def save(self, folder: Path) -> None:
        """Write the model to a folder: ``manifest.json``, ``items.json``, ``arrays.safetensors``.

        The manifest comes last, so that a folder that has one is whole.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
        save_file({name: np.ascontiguousarray(a) for name, a in self._arrays().items()}, folder / _ARRAYS)
        listed = {
            "ids": self.items.ids,
            "categories": self.items.categories,
            "brands": self.items.brands,
            "prices": self.items.prices,
        }
        (folder / _ITEMS).write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")
        manifest = {"format": FORMAT, "model": self.name, "options": self.options, "items": len(self.items)}
        (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def load_from(self, folder: Path) -> Self:
        """Take back what :meth:`save` wrote into this model, made with the same options.

        Raises:
            TrainingError: files are missing or damaged.
        """
        try:
            listed = json.loads((folder / _ITEMS).read_text(encoding="utf-8"))
            arrays = load_file(folder / _ARRAYS)
            paths = listed["categories"]
            self._items = Items(
                tuple(listed["ids"]),
                None if paths is None else tuple(tuple(path) for path in paths),
                None if listed["brands"] is None else tuple(listed["brands"]),
                None if listed["prices"] is None else tuple(listed["prices"]),
            )
            self._restore(arrays)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingError(f"the recommender in '{folder}' cannot be read ({error}); train it again") from error
        return self


def recent(data: Interactions, window: float | None) -> Interactions:
    """A sliding window: the events of the last ``window`` days, or all without one; users and items keep their rows.

    Days before the newest event; where only the order is known, so many of each user's last events.

    Raises:
        TrainingError: the window is not above 0.
    """
    if window is None or not len(data):
        return data
    if window <= 0:
        raise TrainingError(f"window is {window}; it must be above 0, or absent to learn from all events")
    if data.timed:
        return data.select(data.times > data.times.max() - window * DAY)
    return data.select(data.starts[data.users + 1] - np.arange(len(data)) <= window)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a saved model.

    Raises:
        TrainingError: there is none, or it is of another format.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"no recommender in '{folder}' ({error}); make one: assistant train recommender") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise TrainingError(f"the recommender in '{folder}' is of another format than {FORMAT}; train it again")
    return manifest


def best(scores: Vectors, k: int) -> Ints:
    """The ``k`` highest places of a score vector, best first, ties by place; places at -inf never come."""
    k = min(k, len(scores))
    if k <= 0:
        return np.zeros(0, dtype=np.int64)
    # All that tie with the k-th come along, so that the cut does not depend on how the partition broke the tie.
    edge = scores[np.argpartition(-scores, k - 1)[k - 1]]
    pool = np.flatnonzero((scores >= edge) & (scores > -np.inf))
    return pool[np.lexsort((pool, -scores[pool]))[:k]].astype(np.int64)


def leading_of(scores: Vectors, depth: int) -> tuple[Ints, Vectors]:
    """The best places of a score vector that have a rank, as :meth:`Recommender.leading` has it, and their scores."""
    rows = best(scores, depth)
    values = scores[rows]
    finite = np.isfinite(scores)
    if np.count_nonzero(finite) > 1:
        above = values > (scores.min() if finite.all() else scores[finite].min())
        rows, values = rows[above], values[above]
    return rows, values
