"""Trains a recommender as the next version in a folder: measured, promoted only if it is not worse, rolled back.

    FOLDER/
    ├── current.json       which version answers, and which did before
    ├── run.json           what an interrupted training has done so far
    └── versions/NNNN/     a model and its report.json

Knows versions, held-out events and steps that are done once. Does not know how a model is fitted, nor where events come
from: who was forgotten is no longer among them, so nothing of them is in the version that is built next.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import TrainingError
from assistant.recommendation.base import MANIFEST, Progress, Recommender
from assistant.recommendation.interactions import Interactions
from assistant.recommendation.lists import accuracy_figures, answer
from assistant.recommendation.registry import load, make
from assistant.recommendation.splits import Split, leave_one_out, time_split

CURRENT = "current.json"
REPORT = "report.json"
MEASURE = "ndcg@10"

_RUN = "run.json"
_VERSIONS = "versions"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A model and its options."""

    model: str
    options: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"model": self.model, "options": dict(self.options)}


@dataclass(frozen=True, slots=True)
class Version:
    """The version that answers, its folder, and the one before it, if there is one to go back to."""

    name: str
    folder: Path
    previous: str | None


def train_recommender(
    data: Interactions,
    folder: Path,
    recipe: Recipe,
    *,
    keep: int = 2,
    tolerance: float = 0.0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Fit a recipe on all events as a new version, and let it answer if it is not worse than the current recipe.

    Both recipes are fitted on the same part of the new events and measured on the same held-out ones, since the current
    model itself may have learnt from events that are held out now. A training that was cut off goes on with the first
    step that was not done, when it is started again with the same events and recipe.

    Args:
        data: all events, of which the last of each shopper are held out for the comparison.
        folder: where versions are.
        recipe: what to train.
        keep: so many versions stay, the new one included; older ones are removed, what they knew of anybody with them.
        tolerance: how much lower the new recipe's nDCG@10 may be.
        progress: told of each step.

    Raises:
        TrainingError: there is nothing to learn from, or the folder cannot be used.
    """
    if not len(data):
        raise TrainingError("there are no events to learn from; collect some, or recommend by content alone")
    if keep < 1:
        raise TrainingError(f"keep is {keep}; at least the new version stays")
    folder.mkdir(parents=True, exist_ok=True)
    standing = current(folder)
    key = _fingerprint(data, recipe, standing)
    done = _Steps(folder / _RUN, key)
    held = _held_out(data)
    figures = done.once("new", lambda: _measure(recipe, held, progress))
    before = None
    if standing is not None:
        old = _recipe_of(standing.folder)
        same = old == recipe.to_dict()
        before = figures if same else done.once("current", lambda: _measure(Recipe(**old), held, progress))
    name = done.once("version", lambda: {"name": _next_name(folder)})["name"]
    target = folder / _VERSIONS / str(name)
    if not (target / REPORT).is_file():
        began = time.perf_counter()
        model = make(recipe.model, **recipe.options).fit(data, progress=progress)
        seconds = round(time.perf_counter() - began, 2)
        _replace(target, model)
        worse = before is not None and figures[MEASURE] < before[MEASURE] - tolerance
        report = {
            "version": name,
            **recipe.to_dict(),
            "events": len(data),
            "users": int((data.lengths() > 0).sum()),
            "items": data.n_items,
            "held_out": figures,
            "current": None if before is None or standing is None else {"version": standing.name, **before},
            "promoted": not worse,
            "seconds": seconds,
        }
        _write(target / REPORT, report)
    report = json.loads((target / REPORT).read_text(encoding="utf-8"))
    if report["promoted"]:
        if standing is None or standing.name != name:
            _write(folder / CURRENT, {"version": name, "previous": standing.name if standing else None})
        _prune(folder, keep)
    (folder / _RUN).unlink(missing_ok=True)
    return dict(report)


def current(folder: Path) -> Version | None:
    """The version that answers; ``None`` where nothing was trained.

    Raises:
        TrainingError: the folder is damaged.
    """
    path = folder / CURRENT
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        name, previous = str(told["version"]), told["previous"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"'{path}' cannot be read ({error}); remove it and train again") from error
    target = folder / _VERSIONS / name
    if not (target / MANIFEST).is_file():
        raise TrainingError(f"'{path}' names the version {name}, which is not there; train again")
    there = previous is not None and (folder / _VERSIONS / str(previous) / MANIFEST).is_file()
    return Version(name, target, str(previous) if there else None)


def load_current(folder: Path) -> Recommender:
    """The model that answers.

    Raises:
        TrainingError: nothing was trained, or it cannot be read.
    """
    standing = current(folder)
    if standing is None:
        raise TrainingError(f"no recommender in '{folder}'; make one: assistant train recommender")
    return load(standing.folder)


def roll_back(folder: Path) -> Version:
    """Let the version before the current one answer again; the one left keeps its folder until it is pruned.

    Raises:
        TrainingError: there is none before it.
    """
    standing = current(folder)
    if standing is None or standing.previous is None:
        raise TrainingError(f"'{folder}' has no earlier version to go back to")
    _write(folder / CURRENT, {"version": standing.previous, "previous": standing.name})
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
            _write(self._path, self._told)
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


def _recipe_of(folder: Path) -> dict[str, Any]:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    report = folder / REPORT
    # The recipe as it was given, where it is known: the manifest has every option spelt out.
    told = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else manifest
    return {"model": told["model"], "options": told["options"]}


def _fingerprint(data: Interactions, recipe: Recipe, standing: Version | None) -> str:
    digest = hashlib.sha256()
    for array in (data.users, data.rows, data.times, data.weights):
        digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(json.dumps([data.items.ids, recipe.to_dict(), standing and standing.name], sort_keys=True).encode())
    return digest.hexdigest()


def _next_name(folder: Path) -> str:
    known = [int(path.name) for path in (folder / _VERSIONS).glob("*") if path.name.isdigit()]
    return f"{max(known, default=0) + 1:04d}"


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
    others = sorted((p for p in (folder / _VERSIONS).iterdir() if p.name not in stays), key=lambda p: p.name)
    for path in others[: max(0, len(others) + len(stays) - keep)]:
        shutil.rmtree(path)


def _write(path: Path, value: Mapping[str, Any]) -> None:
    half = path.with_name(f"{path.name}.part")
    half.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    os.replace(half, path)
