"""Compares learning from one domain with learning from two that share their shoppers, in both directions.

Knows folders with ``train.txt`` and ``test.txt`` (``user item 1`` a line, items numbered in each domain for itself),
the products that stand in both domains, and the two ways of ranking: all items, and, only to compare with papers, 999
drawn ones. Does not know how a model was made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import TrainingError
from assistant.evaluation.recommender import over_seeds
from assistant.evaluation.recommender_joint import ALONE, BESIDE, Ranking, fuse, paired
from assistant.evaluation.recommender_tuning import tune
from assistant.recommendation.base import Recommender
from assistant.recommendation.interactions import History, Interactions, Ints, Items
from assistant.recommendation.lists import accuracy_figures, answer
from assistant.recommendation.registry import make
from assistant.recommendation.splits import Split

Progress = Callable[[str, float], None]

HYBRID = "hybrid"
NEGATIVES = 999
CROSS_WEIGHTS = (1.0, 0.5, 0.25)
# Best on validation for sport and phone in both directions, item kNN.
_CROSS = 0.5
_FEWEST = 2
_BATCH = 512


@dataclass(frozen=True)
class Domain:
    """One domain: pairs (user, item) to learn from and to ask for, shape (n, 2), users numbered alike in both.

    ``held_out`` are the pairs that were taken out for the test, also those that are not asked for.
    """

    name: str
    train: Ints
    test: Ints
    held_out: Ints


@dataclass(frozen=True)
class Way:
    """How a direction is learnt: from its own domain, or from both, with or without the products that are in both."""

    name: str
    joint: bool
    twins: bool


WAYS = (Way("single", False, True), Way("joint", True, True), Way("joint, without twins", True, False))


def is_domain(path: Path) -> bool:
    """Whether a path is a folder of one domain."""
    return (path / "train.txt").is_file() and (path / "test.txt").is_file()


def read_domain(folder: Path) -> Domain:
    """The pairs of a folder.

    Raises:
        TrainingError: files are missing, or not of numbers.
    """
    names = ["train.txt", "test.txt"]
    names.append("test_original.txt" if (folder / "test_original.txt").is_file() else "test.txt")
    try:
        parts = [np.loadtxt(folder / name, dtype=np.int64, ndmin=2)[:, :2] for name in names]
    except (OSError, ValueError, IndexError) as error:
        raise TrainingError(f"'{folder}' is no domain ({error}); wanted lines of user, item, 1") from error
    return Domain(folder.name, *parts)


def twins(one: Domain, other: Domain) -> tuple[Ints, Ints]:
    """Items of both domains that exactly the same shoppers met, two or more of them: one product, listed twice.

    Held-out events count: a shopper's test item would stand in the other domain's training data under its other number.
    Products are told by their shoppers alone, and a match of few may be chance.
    """
    known: dict[frozenset[int], list[int]] = {}
    for item, users in _met_by(other).items():
        if len(users) >= _FEWEST:
            known.setdefault(users, []).append(item)
    pairs = [(item, twin) for item, users in _met_by(one).items() for twin in known.get(users, ())]
    found = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return np.unique(found[:, 0]), np.unique(found[:, 1])


def questions(target: Domain, other: Domain, way: Way, *, stage: str = "test", cross: float = 1.0) -> Split:
    """Learn from one or two domains, then ask each shopper's held-out item of the target domain among its items.

    Args:
        target: the domain asked about.
        other: the domain that may help.
        way: whether it helps, and whether products that are in both are left in it.
        stage: ``test``, or ``validation``: one training item of each shopper with three or more, chosen by seed 0,
            where somebody else met it.
        cross: strength of the other domain's events in the histories.
    """
    train, asked = target.train, target.test
    if stage == "validation":
        train, asked = _hold_out(train)
        # As in the test files: what nobody is left to have met is not asked for.
        asked = asked[np.isin(asked[:, 1], train[:, 1])]
    helping = other.train if way.joint else np.zeros((0, 2), dtype=np.int64)
    if way.joint and not way.twins:
        helping = helping[~np.isin(helping[:, 1], twins(target, other)[1])]
    # Every item of the domain is a candidate, in training or not, so that all ways rank the same items.
    own = np.unique(np.concatenate([target.train[:, 1], target.test[:, 1]]))
    far = np.unique(helping[:, 1])
    items = Items((*(f"{target.name}:{item}" for item in own), *(f"{other.name}:{item}" for item in far)))
    users = int(max(target.train[:, 0].max(), target.test[:, 0].max(), other.train[:, 0].max())) + 1
    who = np.concatenate([helping[:, 0], train[:, 0]])
    what = np.concatenate([np.searchsorted(far, helping[:, 1]) + len(own), np.searchsorted(own, train[:, 1])])
    weights = np.where(what < len(own), 1.0, cross).astype(np.float32)
    data = Interactions.build(who, what, None, items, [str(user) for user in range(users)], weights=weights)
    histories = tuple(data.history(int(user)) for user in asked[:, 0])
    learnt = Interactions.build(who, what, None, items, data.user_ids)
    allowed = np.arange(len(items)) < len(own)
    return Split(learnt, histories, np.searchsorted(own, asked[:, 1]), asked[:, 0], allowed)


def sampled_ranks(model: Recommender, split: Split, *, seed: int, negatives: int = NEGATIVES) -> Ints:
    """The target's rank among itself and ``negatives`` candidates the shopper did not meet, drawn without repetition.

    Only to compare with papers: such figures look several times better than full ranking, and order models otherwise.
    Ties count against the model. Source of the warning: Krichene and Rendle, On Sampled Metrics for Item Recommendation
    (KDD 2020).
    """
    chance = np.random.default_rng(seed)
    pool = np.arange(split.train.n_items) if split.allowed is None else np.flatnonzero(split.allowed)
    out = np.zeros(len(split.targets), dtype=np.int64)
    for start in range(0, len(out), _BATCH):
        asked = split.histories[start : start + _BATCH]
        scores = model.scores(asked, split.allowed)
        for at, history in enumerate(asked):
            target = int(split.targets[start + at])
            out[start + at] = _sampled_rank(scores[at], target, history, pool, negatives, chance)
    return out


def compare_domains(
    domains: Sequence[Path],
    *,
    models: Sequence[str] = ("ials",),
    options: Mapping[str, Mapping[str, Any]] | None = None,
    seeds: Sequence[int] = (0,),
    tuned: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Both directions of a pair of domains, each model learnt in each of three ways.

    Returns:
        The joint figures of the first direction and model at the top, and under ``directions`` all of them; fields with
        ``_999`` rank 999 drawn items, all others the whole domain; ``against_single`` is the comparison of
        :func:`assistant.evaluation.recommender_joint.paired`.

    Raises:
        TrainingError: options were given for the hybrid, or a folder cannot be read.
    """
    if HYBRID in models and (tuned or (options or {}).get(HYBRID)):
        raise TrainingError("the hybrid of two domains takes no options: its parts are given, its weights are learnt")
    first, second = (read_domain(folder) for folder in domains)
    directions: dict[str, Any] = {}
    for target, other in ((first, second), (second, first)):
        rows: dict[str, Any] = {}
        for name in models:
            if name == HYBRID:
                rows |= _hybrids(target, other, seeds, progress)
                continue
            found: dict[str, list[Ints]] = {}
            for way in WAYS:
                chosen, cross = _unfading(name, (options or {}).get(name, {})), _CROSS if way.joint else 1.0
                if tuned:
                    chosen, cross = _choose(name, chosen, target, other, way, progress)
                split = questions(target, other, way, cross=cross)
                runs, found[way.name] = _measure(name, chosen, split, seeds)
                rows[f"{name}: {way.name}"] = {**over_seeds(runs), "options": chosen, "cross_weight": cross}
            _compared(rows, name, found)
        same = twins(target, other)
        directions[target.name] = {
            "questions": len(target.test),
            "items": len(np.unique(np.concatenate([target.train[:, 1], target.test[:, 1]]))),
            "twins": len(same[0]),
            "asked_for_a_twin": int(np.isin(target.test[:, 1], same[0]).sum()),
            "ways": rows,
        }
    top = directions[first.name]["ways"][f"{models[0]}: joint"]
    return {
        "model": models[0],
        **{key: value for key, value in top.items() if key not in ("options", "weights")},
        "protocol": "given test files",
        "negatives": NEGATIVES,
        "seeds": list(seeds),
        "directions": directions,
    }


def domain_table(figures: Mapping[str, Any]) -> list[str]:
    """A Markdown table, one line a direction and way."""
    names = ("hr@10", "ndcg@10", "hr@10_999", "ndcg@10_999")
    told = ("gained", "lost", "z", "ndcg_z")
    lines = ["| direction | model | " + " | ".join(names + told) + " |", "|---|---|" + "---|" * len(names + told)]
    for direction, one in figures["directions"].items():
        for way, row in one["ways"].items():
            cells = [f"{row[name]:.4f}" for name in names]
            cells += [str(row["against_single"][name]) if "against_single" in row else "" for name in told]
            lines.append(f"| {direction} | {way} | " + " | ".join(cells) + " |")
    return lines


def _measure(
    name: str, options: Mapping[str, Any], split: Split, seeds: Sequence[int]
) -> tuple[list[dict[str, float]], list[Ints]]:
    """The figures of each seed, and the ranks they are of."""
    runs, found = [], []
    for seed in seeds:
        seeded = {**options, "seed": seed} if "seed" in make(name, **options).options else dict(options)
        model = make(name, **seeded).fit(split.train)
        found.append(answer(model, split).ranks)
        runs.append(_figures(found[-1], sampled_ranks(model, split, seed=seed)))
    return runs, found


def _figures(full: Ints, drawn: Ints) -> dict[str, float]:
    return {**accuracy_figures(full), **{f"{key}_{NEGATIVES}": v for key, v in accuracy_figures(drawn).items()}}


def _unfading(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options, without a half-life where none is given: the files of a domain tell neither times nor an order."""
    return {**({"half_life": None} if "half_life" in make(name, **given).options else {}), **given}


def _compared(rows: dict[str, Any], name: str, found: Mapping[str, Sequence[Ints]]) -> None:
    """Adds to each joint way how it does against the single one on the same questions, all seeds together."""
    alone = np.concatenate(found[WAYS[0].name])
    for way in WAYS[1:]:
        rows[f"{name}: {way.name}"]["against_single"] = paired(alone, np.concatenate(found[way.name]))


def _hybrids(target: Domain, other: Domain, seeds: Sequence[int], progress: Progress | None) -> dict[str, Any]:
    """The hybrid of the target's own parts, and with the parts beside it that learn from both domains."""
    stages = {way: [questions(target, other, way, stage=stage) for stage in ("validation", "test")] for way in WAYS}
    runs: dict[str, list[dict[str, float]]] = {way.name: [] for way in WAYS}
    found: dict[str, list[Ints]] = {way.name: [] for way in WAYS}
    weights: dict[str, dict[str, list[float]]] = {}
    for seed in seeds:
        own: dict[tuple[str, str], Ranking] = {}
        for way, (validation, test) in stages.items():
            # What is learnt from the target's events alone is the same in every way, and is not learnt again.
            known = {key: one for key, one in own.items() if key[1] in ALONE}
            parts = {**ALONE, **BESIDE} if way.joint else ALONE
            full, drawn, weights[way.name] = fuse(
                validation, test, parts, seed=seed, negatives=NEGATIVES, known=known, progress=progress
            )
            own |= known
            runs[way.name].append(_figures(full, drawn))
            found[way.name].append(full)
    rows = {f"{HYBRID}: {way.name}": {**over_seeds(runs[way.name]), "weights": weights[way.name]} for way in WAYS}
    _compared(rows, HYBRID, found)
    return rows


def _choose(
    name: str, start: Mapping[str, Any], target: Domain, other: Domain, way: Way, progress: Progress | None
) -> tuple[dict[str, Any], float]:
    """Options, then the other domain's weight, on validation questions."""
    best = tune(name, questions(target, other, way, stage="validation"), start=start, progress=progress)[0]
    if not way.joint:
        return best, 1.0
    found = {}
    for cross in CROSS_WEIGHTS:
        split = questions(target, other, way, stage="validation", cross=cross)
        found[cross] = accuracy_figures(answer(make(name, **best).fit(split.train), split).ranks)["ndcg@10"]
    return best, max(found, key=lambda cross: found[cross])


def _hold_out(train: Ints) -> tuple[Ints, Ints]:
    shuffled = np.random.default_rng(0).permutation(len(train))
    _, first, counts = np.unique(train[shuffled, 0], return_index=True, return_counts=True)
    held = shuffled[first[counts >= 3]]
    keep = np.ones(len(train), dtype=bool)
    keep[held] = False
    return train[keep], train[held]


def _met_by(domain: Domain) -> dict[int, frozenset[int]]:
    pairs = np.unique(np.concatenate([domain.train, domain.held_out])[:, ::-1], axis=0)
    items, starts = np.unique(pairs[:, 0], return_index=True)
    parts = np.split(pairs[:, 1], starts[1:])
    return {int(item): frozenset(part.tolist()) for item, part in zip(items, parts, strict=True)}


def _sampled_rank(
    scores: npt.NDArray[np.float32],
    target: int,
    history: History,
    pool: Ints,
    negatives: int,
    chance: np.random.Generator,
) -> int:
    met = set(history.items.tolist()) | {target}
    # A few more than wanted, so that those met can be left out.
    size = min(len(pool), negatives + len(met))
    drawn = pool[chance.choice(len(pool), size, replace=False)]
    rivals = np.array([row for row in drawn.tolist() if row not in met][:negatives], dtype=np.int64)
    return 1 + int((scores[rivals] >= scores[target]).sum())
