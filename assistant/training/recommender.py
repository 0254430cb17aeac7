"""Trains a recommender as the next version in a folder: measured, promoted only if it is not worse, rolled back.

What a folder holds is told by :mod:`assistant.recommendation.versions`; ``run.json`` beside it is what an interrupted
training has done so far.

Knows versions, held-out events and steps that are done once. Does not know how a model is fitted, nor where events come
from: who was forgotten is no longer among them, so nothing of them is in the version that is built next, and every
version that did learn from them is removed with it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import TrainingError
from assistant.recommendation.base import MANIFEST, Progress, Recommender
from assistant.recommendation.interactions import History, Interactions, Ints
from assistant.recommendation.lists import accuracy_figures, answer
from assistant.recommendation.private import PrivateNeighbours
from assistant.recommendation.registry import load, make
from assistant.recommendation.splits import Split, leave_one_out, split_after, time_split
from assistant.recommendation.versions import (
    CURRENT,
    REPORT,
    VERSIONS,
    Version,
    current,
    left,
    load_current,
    names,
    record_shoppers,
    spend,
    write_json,
)

__all__ = [
    "CURRENT",
    "MEASURE",
    "REPORT",
    "Recipe",
    "Version",
    "current",
    "load_current",
    "roll_back",
    "train_recommender",
]

MEASURE = "ndcg@10"

_RUN = "run.json"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A model and its options."""

    model: str
    options: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"model": self.model, "options": dict(self.options)}


def train_recommender(
    data: Interactions,
    folder: Path,
    recipe: Recipe,
    *,
    keep: int = 2,
    tolerance: float = 0.0,
    fall: float = 0.2,
    recorded: Interactions | None = None,
    catalogued: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Fit a recipe on all events as a new version, and let it answer if it is not worse than the current recipe.

    Both recipes are fitted on the same part of the new events and measured on the same held-out ones, since the current
    model itself may have learnt from events that are held out now. Where the recipe is the current one there is nothing
    to compare; then its figures must not fall far below those of the last report, and, fitted on the events up to the
    newest one the current model knew, it must not answer what came since far worse than that model does: what fell
    are the events. A training that was cut off goes on with the first step that was not done, when it is started again
    with the same events and recipe.

    Where somebody has left who taught a version, that version and all others from before go, whatever the figures: the
    current recipe is fitted again on the events that are left and answers, unless the new recipe does.

    Args:
        data: all events, of which the last of each shopper are held out for the comparison.
        folder: where versions are.
        recipe: what to train.
        keep: so many versions stay, the new one included; older ones are removed, what they knew of anybody with them.
        tolerance: how much lower the new recipe's nDCG@10 may be than the current recipe's.
        fall: which part of its nDCG@10 the current recipe may lose.
        recorded: all events on record, where ``data`` leaves some out: by these it is told who left.
        catalogued: whether the items are the catalogue, and not just those that were met; a private model wants that.
        progress: told of each step.

    Raises:
        TrainingError: there is nothing to learn from, the folder cannot be used, or a private recipe has no catalogue.
    """
    if keep < 1:
        raise TrainingError(f"keep is {keep}; at least the new version stays")
    if _private(recipe) and not catalogued:
        raise TrainingError("a private model would tell by its items which were met; hand in the catalogue (--catalog)")
    folder.mkdir(parents=True, exist_ok=True)
    everybody = data if recorded is None else recorded
    old_names = names(folder)
    gone = max((left(folder / VERSIONS / name, everybody) for name in old_names), default=0)
    if not len(data):
        if gone:
            (folder / CURRENT).unlink(missing_ok=True)
            _remove(folder, old_names)
        raise TrainingError("there are no events to learn from; collect some, or recommend by content alone")
    standing = current(folder)
    done = _Steps(folder / _RUN, _fingerprint(data, recipe, standing))
    held = _held_out(data)
    figures = done.once("new", lambda: _measure(recipe, held, progress))
    before: dict[str, Any] | None = None
    worse = False
    old = None if standing is None else _recipe_of(standing.folder)
    if standing is not None and old == recipe.to_dict():
        last = _report(standing.folder)
        worse = figures[MEASURE] < (1.0 - fall) * float(last.get("held_out", {}).get(MEASURE, 0.0))
        before = done.once("since", lambda: _since(recipe, data, standing, last.get("until"), progress))
        if before:
            worse = worse or before["fitted_again"] < (1.0 - fall) * before[MEASURE]
    elif old is not None:
        before = done.once("current", lambda: _measure(Recipe(**old), held, progress))
        worse = figures[MEASURE] < before[MEASURE] - tolerance
    same = standing is not None and old == recipe.to_dict()
    # Nobody who left may go on answering: with the current recipe there is no other way than to take its next version.
    promoted = not worse or bool(gone and same)
    name = done.once("version", lambda: {"name": _next_name(folder)})["name"]
    told = {
        "held_out": figures,
        "current": None if not before or standing is None else {"version": standing.name, **before},
        "promoted": promoted,
        "forgotten": gone,
    }
    _build(folder, str(name), recipe, data, everybody, told, progress)
    answers = str(name)
    if gone and not promoted and old is not None:
        answers = str(done.once("refit", lambda: {"name": _next_name(folder)})["name"])
        _build(
            folder, answers, Recipe(**old), data, everybody, {**told, "held_out": before, "promoted": True}, progress
        )
    if promoted or answers != name:
        # With those who left goes whatever could be rolled back to.
        previous = None if gone or standing is None else standing.name
        if standing is None or standing.name != answers:
            write_json(folder / CURRENT, {"version": answers, "previous": previous})
        if gone:
            _remove(folder, [n for n in old_names if n not in (answers, name)])
        if promoted:
            _prune(folder, keep)
    (folder / _RUN).unlink(missing_ok=True)
    return _report(folder / VERSIONS / str(name))


def roll_back(folder: Path) -> Version:
    """Let the version before the current one answer again; the one left keeps its folder until it is pruned.

    Raises:
        TrainingError: there is none before it.
    """
    standing = current(folder)
    if standing is None or standing.previous is None:
        raise TrainingError(f"'{folder}' has no earlier version to go back to")
    write_json(folder / CURRENT, {"version": standing.previous, "previous": standing.name})
    back = current(folder)
    assert back is not None
    return back


class _Steps:
    """Results of steps, kept in a file as they come; a file of other events or another recipe is begun anew."""

    def __init__(self, path: Path, key: str) -> None:
        self._path = path
        self._told: dict[str, Any] = {"key": key}
        if path.is_file():
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                # Half a file is what a crash leaves; its steps are done again.
                found = {}
            if isinstance(found, dict) and found.get("key") == key:
                self._told = found

    def once(self, name: str, step: Any) -> dict[str, Any]:
        """The step's result, from the file if it was done before."""
        if name not in self._told:
            self._told[name] = step()
            write_json(self._path, self._told)
        return dict(self._told[name])


def _held_out(data: Interactions) -> Split:
    split = time_split(data) if data.timed else leave_one_out(data, refit=True)
    if not len(split.targets) and data.timed:
        split = leave_one_out(data, refit=True)
    return split


def _measure(recipe: Recipe, held: Split, progress: Progress | None) -> dict[str, float]:
    if not len(held.targets):
        return {MEASURE: 0.0}
    model = make(recipe.model, **recipe.options).fit(held.train, progress=progress)
    return {name: round(value, 6) for name, value in accuracy_figures(answer(model, held).ranks).items()}


def _since(
    recipe: Recipe, data: Interactions, standing: Version, until: float | None, progress: Progress | None
) -> dict[str, Any]:
    """How the standing model answers what came after the newest event it knew, and its recipe fitted up to there again.

    Empty where that is not known or nothing came since.
    """
    if until is None or not data.timed:
        return {}
    split = split_after(data, until)
    model = load(standing.folder)
    row = np.array([model.items.rows.get(key, -1) for key in data.items.ids], dtype=np.int64)
    asked = [place for place, target in enumerate(split.targets) if row[target] >= 0]
    if not asked or not len(split.train):
        return {}
    again = _measure(recipe, split.at(asked), progress)[MEASURE]
    figures = accuracy_figures(answer(model, _over(split.at(asked), row, model)).ranks)
    rounded = {name: round(value, 6) for name, value in figures.items()}
    return {**rounded, "questions": len(asked), "fitted_again": again}


def _over(split: Split, row: Ints, model: Recommender) -> Split:
    """The questions in a model's own rows; what it does not know is left out of histories."""
    histories = []
    for one in split.histories:
        known = row[one.items] >= 0
        times = None if one.times is None else one.times[known]
        weights = None if one.weights is None else one.weights[known]
        histories.append(History(row[one.items][known], times, weights, one.now))
    return Split(split.train.over(model.items), tuple(histories), row[split.targets], split.users)


def _build(
    folder: Path,
    name: str,
    recipe: Recipe,
    data: Interactions,
    everybody: Interactions,
    told: Mapping[str, Any],
    progress: Progress | None,
) -> None:
    """Fit a version and write it with its report, unless it is there. Of a private one nothing exact is written."""
    target = folder / VERSIONS / name
    if (target / REPORT).is_file():
        return
    began = time.perf_counter()
    model = make(recipe.model, **recipe.options).fit(data, progress=progress)
    report: dict[str, Any] = {"version": name, **recipe.to_dict(), "items": data.n_items}
    if isinstance(model, PrivateNeighbours):
        # Counted before it is written: a version that is cut off here was still drawn.
        total = spend(folder, model.release["epsilon"], model.release["delta"])
        report |= {"promoted": told["promoted"], "privacy": {**model.release, "all": total}}
    else:
        report |= {
            "events": len(data),
            "users": int((data.lengths() > 0).sum()),
            "until": float(data.times.max()) if data.timed else None,
            **told,
        }
    _replace(target, model)
    if not isinstance(model, PrivateNeighbours):
        record_shoppers(target, everybody)
    write_json(target / REPORT, {**report, "seconds": round(time.perf_counter() - began, 2)})


def _private(recipe: Recipe) -> bool:
    return recipe.model == PrivateNeighbours.name


def _report(folder: Path) -> dict[str, Any]:
    path = folder / REPORT
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def _remove(folder: Path, which: Iterable[str]) -> None:
    for name in which:
        if (folder / VERSIONS / name).is_dir():
            shutil.rmtree(folder / VERSIONS / name)


def _recipe_of(folder: Path) -> dict[str, Any]:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    # The recipe as it was given, where it is known: the manifest has every option spelt out.
    told = _report(folder) or manifest
    return {"model": told["model"], "options": told["options"]}


def _fingerprint(data: Interactions, recipe: Recipe, standing: Version | None) -> str:
    digest = hashlib.sha256()
    for array in (data.users, data.rows, data.times, data.weights):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(json.dumps([data.items.ids, recipe.to_dict(), standing and standing.name], sort_keys=True).encode())
    return digest.hexdigest()


def _next_name(folder: Path) -> str:
    return f"{max(map(int, names(folder)), default=0) + 1:04d}"


def _replace(target: Path, model: Recommender) -> None:
    making = target.with_name(f"{target.name}.making")
    for path in (making, target):
        if path.exists():
            shutil.rmtree(path)
    model.save(making)
    making.rename(target)


def _prune(folder: Path, keep: int) -> None:
    standing = current(folder)
    assert standing is not None
    stays = {standing.name}
    if keep > 1 and standing.previous is not None:
        stays.add(standing.previous)
    others = sorted((p for p in (folder / VERSIONS).iterdir() if p.name not in stays), key=lambda p: p.name)
    for path in others[: max(0, len(others) + len(stays) - keep)]:
        shutil.rmtree(path)
