"""Fits and measures several recommenders on one file under one protocol, with options chosen on validation alone.

Knows protocols and what a table of models needs. Does not print and does not know the command line.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from assistant.errors import TrainingError
from assistant.evaluation.machine import peak_memory_mb
from assistant.evaluation.recommender import evaluate, over_seeds
from assistant.evaluation.recommender_curve import diversity_curve
from assistant.evaluation.recommender_tuning import GRIDS, tune
from assistant.recommendation.base import MANIFEST, Recommender
from assistant.recommendation.hybrid import DEFAULT_PARTS, Hybrid
from assistant.recommendation.interactions import Interactions, Items
from assistant.recommendation.private import PrivateNeighbours
from assistant.recommendation.registry import load, make
from assistant.recommendation.sequence import SequenceTransformer
from assistant.recommendation.splits import Split, Stage, leave_one_out, time_split

Protocol: TypeAlias = Literal["leave-one-out", "time-split"]
Progress: TypeAlias = Callable[[str, float], None]


@dataclass(frozen=True)
class Plan:
    """What is compared and how.

    ``options`` holds those of each model; ``tune`` chooses the others on ``tuning_users`` validation questions.
    ``refit`` lets the tested model learn from the validation events too, or not; without it each protocol does as is
    usual for it (see :func:`refits`). ``sequence`` is where the behaviour Transformer was trained already, on the
    training events alone: a model's folder, or that of one set with a folder ``SETTING-SEED/model`` a training. It
    takes the place of fitting one, and joins the hybrid. ``curve`` measures the first model's lists at several weights
    of diversity too.
    """

    models: tuple[str, ...]
    protocol: Protocol = "leave-one-out"
    seeds: tuple[int, ...] = (0,)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tune: bool = False
    tuning_users: int = 4000
    refit: bool | None = None
    sequence: Path | None = None
    curve: bool = False


def refits(protocol: Protocol, refit: bool | None = None) -> bool:
    """Whether a tested model learns from the validation events: as was said, else only that of a time split does.

    The published leave-one-out tables do not; a model that is asked about a time is trained on all before it.
    """
    return protocol == "time-split" if refit is None else refit


def split_of(data: Interactions, protocol: Protocol, stage: Stage, *, refit: bool | None = None) -> Split:
    """The questions of a protocol."""
    chosen = refits(protocol, refit)
    return (leave_one_out if protocol == "leave-one-out" else time_split)(data, stage, refit=chosen)


def compare(data: Interactions, plan: Plan, progress: Progress | None = None) -> dict[str, Any]:
    """Measure every model of a plan on the test questions.

    Returns:
        The first model's figures, and under ``models`` those of each, with its options, the mean and standard deviation
        over seeds, ``fit_seconds`` (one fit) and ``memory_mb`` (the most the process has held by then).

    Raises:
        TrainingError: there is nothing to measure, or the Transformer's folder does not fit.
    """
    if plan.sequence is not None and refits(plan.protocol, plan.refit):
        raise TrainingError(
            "a Transformer that was trained already did not learn from the validation events; say --no-refit"
        )
    test = split_of(data, plan.protocol, "test", refit=plan.refit)
    options = _options(data, plan, progress)
    rows: dict[str, dict[str, Any]] = {}
    curve: list[dict[str, Any]] = []
    for name in plan.models:
        chosen = options[name]
        # A model without a seed is the same whatever the seed: one run says it all.
        seeds = plan.seeds if "seed" in make(name, **chosen).options else plan.seeds[:1]
        runs = []
        for seed in seeds:
            given = {**chosen, "seed": seed} if "seed" in make(name, **chosen).options else dict(chosen)
            began = time.perf_counter()
            model = _fitted(data, plan, test, name, given, seed, progress)
            seconds = time.perf_counter() - began
            also: dict[str, Any] = {"privacy": model.release} if isinstance(model, PrivateNeighbours) else {}
            if isinstance(model, Hybrid):
                also["weights"] = model.weights
            runs.append(
                {**evaluate(model, test), **also, "fit_seconds": round(seconds, 2), "memory_mb": peak_memory_mb()}
            )
            if plan.curve and not curve:
                curve = diversity_curve(model, test)
        rows[name] = {**over_seeds(runs), "seeds": list(seeds), "options": chosen}
    first = {key: value for key, value in rows[plan.models[0]].items() if key not in ("options", "seeds")}
    return {
        "model": plan.models[0],
        **first,
        "protocol": plan.protocol,
        "users": data.n_users,
        "items": data.n_items,
        "events": len(data),
        "excluded": "items of the history",
        "learnt_from": "train and validation" if refits(plan.protocol, plan.refit) else "train",
        "models": rows,
        **({"curve": curve} if plan.curve else {}),
    }


def trained_sequence(folder: Path, seed: int, items: Items) -> SequenceTransformer:
    """A Transformer that was trained on these items: ``folder`` is the model's own, or holds ``SETTING-SEED/model``.

    Raises:
        TrainingError: there is none, or more than one, or it is another model, learnt from the validation events too,
            or knows other items.
    """
    found = [folder] if (folder / MANIFEST).is_file() else [one.parent for one in folder.glob(f"model/{MANIFEST}")]
    if not found:
        found = sorted(one.parent for one in folder.glob(f"*-{seed}/model/{MANIFEST}"))
    if len(found) != 1:
        raise TrainingError(
            f"'{folder}' has {len(found)} trained Transformers for the seed {seed}; give a folder with one "
            f"SETTING-{seed}/model, as assistant.training.sequence_runs leaves it, or the model's own"
        )
    if any(part.name.endswith("-refit") for part in (found[0], found[0].parent)):
        raise TrainingError(f"'{found[0]}' learnt from the validation events that the hybrid learns from; give another")
    model = load(found[0])
    if not isinstance(model, SequenceTransformer):
        raise TrainingError(f"'{found[0]}' holds the model '{model.name}'; wanted '{SequenceTransformer.name}'")
    if model.items.ids != items.ids:
        raise TrainingError(f"'{found[0]}' knows other items than these {len(items)}; it was trained on other data")
    return model


def _fitted(
    data: Interactions,
    plan: Plan,
    test: Split,
    name: str,
    given: Mapping[str, Any],
    seed: int,
    progress: Progress | None,
) -> Recommender:
    """A model that learnt from a split's training events, the hybrid's weights from the validation's where it can.

    With a Transformer trained before, nothing can be fitted on less than the training events again, so the weights are
    learnt from the validation questions; those parts' options and the Transformer's best epoch were chosen on too.
    """
    if plan.sequence is None or name not in (Hybrid.name, SequenceTransformer.name):
        return make(name, **_seeded(name, given, seed)).fit(test.train, progress=progress)
    trained = trained_sequence(plan.sequence, seed, data.items)
    if name == SequenceTransformer.name:
        return trained
    options = _seeded(name, given, seed)
    parts = options.pop("parts", None) or {part: {} for part in _default_parts(data)}
    models: dict[str, Recommender] = {
        part: make(part, **chosen).fit(test.train, progress=progress) for part, chosen in parts.items()
    }
    models[trained.name] = trained
    held = split_of(data, plan.protocol, "validation", refit=False)
    return Hybrid.of(models, data.items, **options).learn(held)


def _default_parts(data: Interactions) -> list[str]:
    return [part for part in DEFAULT_PARTS if part != "content" or data.items.vectors is not None]


def _options(data: Interactions, plan: Plan, progress: Progress | None) -> dict[str, dict[str, Any]]:
    out = {name: dict(plan.options.get(name, {})) for name in plan.models}
    if not plan.tune:
        return out
    held = split_of(data, plan.protocol, "validation").sample(plan.tuning_users, seed=0)
    parts = _default_parts(data)
    wanted = [name for name in plan.models if name in GRIDS]
    if "hybrid" in out and "parts" not in out["hybrid"]:
        wanted += [part for part in parts if part not in wanted]
    best = {name: tune(name, held, start=plan.options.get(name), progress=progress)[0] for name in wanted}
    out |= {name: best[name] for name in plan.models if name in best}
    if "hybrid" in out and "parts" not in out["hybrid"]:
        out["hybrid"]["parts"] = {part: best[part] for part in parts}
    return out


def _seeded(name: str, options: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The options with the seed handed down to a hybrid's parts, so that seeds vary all there is to vary."""
    out = dict(options)
    if name == "hybrid" and out.get("parts"):
        out["parts"] = {
            part: {**given, "seed": seed} if "seed" in make(part, **given).options else dict(given)
            for part, given in out["parts"].items()
        }
    return out


def parse_models(names: Sequence[str], *, has_vectors: bool) -> tuple[str, ...]:
    """Model names as given, ``all`` for every one that these items allow; the hybrid where none is given."""
    if not names:
        return ("hybrid",)
    if "all" in names:
        every = ("hybrid", *GRIDS)
        return tuple(name for name in every if name != "content" or has_vectors)
    return tuple(dict.fromkeys(names))
