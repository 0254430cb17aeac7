"""Behaviour models fitted on the same events and asked the same questions: what ``04_behaviour_models.ipynb`` compares.

Knows models by their one interface and the product's own measures. Draws nothing; the pictures are in ``contests``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from markupsafe import Markup

from assistant.errors import ConfigurationError
from assistant.evaluation.recommender import beyond_figures
from assistant.metrics import wilson
from assistant.notebooks.events import Shop, price, titled, user_of
from assistant.notebooks.showing import AMBER, GREEN, Html, chip, percent, say, stack, table
from assistant.recommendation.base import Recommended, Recommender
from assistant.recommendation.hybrid import Hybrid
from assistant.recommendation.interactions import History
from assistant.recommendation.lists import Lists, accuracy_figures, answer
from assistant.recommendation.registry import MODELS, make
from assistant.recommendation.sequence import SequenceTransformer
from assistant.recommendation.splits import Split, leave_one_out

K = 10
"""How long the lists are that are looked at."""

NAMES: Mapping[str, str] = {
    "popularity": "popularity",
    "item-knn": "item neighbours",
    "sequential-rules": "what followed what",
    "ials": "factors, iALS",
    "bpr": "factors, BPR",
    "gradient-mf": "factors, gradient",
    "content": "content",
    "sequence": "Transformer",
    "hybrid": "hybrid",
}
"""Model → what it is called here."""

_TOLD: Mapping[str, tuple[str, str, str]] = {
    "popularity": ("What did many meet?", "yes: the same for all", "no"),
    "item-knn": ("What did others meet who met this too?", "after one event", "no"),
    "sequential-rules": ("What came right after this, with others?", "after one event", "no"),
    "ials": ("Which tastes explain who met what? Solved exactly, in turns", "after one event", "no"),
    "bpr": ("Which tastes put what was met above what was not?", "after one event", "no"),
    "gradient-mf": ("The same by gradient descent: dot product, sigmoid", "after one event", "no"),
    "content": ("What is described like that which was met lately?", "after one event", "yes"),
    "sequence": ("Which product is the next word of this sentence?", "after one event", "no"),
    "hybrid": ("All of them, each with a weight that was learnt", "yes", "yes, through content"),
}
# A small network and an average over fewer steps than the default: some thousand shoppers, a few rounds.
_NETWORK = {"width": 64, "heads": 2, "length": 40, "dropout": 0.3}
_TRAINING = {"average": 0.99, "every": 1, "patience": 0, "rate": 2e-3}
# With the default step a shop of this size would take a dozen steps a round and learn next to nothing.
_OPTIONS: Mapping[str, Mapping[str, Any]] = {"gradient-mf": {"batch_size": 512}}

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Contest:
    """Fitted models, what they answered to the questions of ``split``, their figures, and how long each was fitted."""

    shop: Shop
    split: Split
    models: Mapping[str, Recommender]
    lists: Mapping[str, Lists]
    figures: Mapping[str, Mapping[str, float]]
    seconds: Mapping[str, float]

    def ordered(self) -> list[str]:
        """The models, the most accurate first."""
        return sorted(self.models, key=lambda name: -self.figures[name]["ndcg@10"])


def explained(models: Sequence[str]) -> Html:
    """What each model asks of the events, and whom and what it can serve.

    Raises:
        ConfigurationError: there is no such model.
    """
    _check(models)
    rows = [(NAMES[name], *_TOLD[name], MODELS[name].__name__) for name in models]
    return table(
        ("model", "asks", "serves a new shopper", "recommends a product nobody met", "class, with formula"), rows
    )


def questions(shop: Shop) -> Html:
    """What is held out, in sentences."""
    split = leave_one_out(shop.data)
    if not len(split.targets):
        return say("No shopper did enough to be asked about; read more of them.")
    lengths = [len(one) for one in split.histories]
    return say(
        f"The models learn from {len(split.train):,} events and answer {len(split.targets):,} questions, one for each "
        "shopper who did enough.",
        f"Each sees {min(lengths)} to {max(lengths)} events of the shopper, half of them at most "
        f"{int(np.median(lengths))}, and ranks all {shop.data.n_items:,} products but those already met.",
        f"Guessing would find what came next among the first {K} in "
        f"{percent(float(np.mean([K / (shop.data.n_items - len(set(h.items.tolist()))) for h in split.histories])))} "
        "of cases.",
    )


def contest(
    shop: Shop,
    models: Sequence[str],
    *,
    epochs: int = 12,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Contest:
    """Fit models on the same events and ask each the same questions.

    The Transformer keeps its best round, and the hybrid its weights, by the *validation* questions, each shopper's last
    event but one. The questions the figures are of are asked once.

    Args:
        shop: products and events.
        models: names; a hybrid fuses the others that are named.
        epochs: rounds of the Transformer.
        options: of models that shall not have the usual ones.
        seed: of whatever is chance.
        progress: told of each model.

    Raises:
        ConfigurationError: there is no such model, a hybrid has nothing to fuse, or nobody can be asked about.
    """
    _check(models)
    split, validation = leave_one_out(shop.data), leave_one_out(shop.data, "validation")
    if not len(split.targets):
        raise ConfigurationError("no shopper did enough to be asked about; read more of them")
    fitted: dict[str, Recommender] = {}
    seconds: dict[str, float] = {}
    single = [name for name in models if name != "hybrid"]
    for place, name in enumerate(single):
        began = time.perf_counter()
        fitted[name] = _fit(name, split, validation, epochs, seed, (options or {}).get(name, {}))
        seconds[name] = time.perf_counter() - began
        if progress is not None:
            progress("fitting models", (place + 1) / len(single))
    if "hybrid" in models:
        if not single:
            raise ConfigurationError("a hybrid fuses other models; name some besides it")
        began = time.perf_counter()
        fitted["hybrid"] = Hybrid.of(dict(fitted), shop.data.items, seed=seed).learn(validation)
        seconds["hybrid"] = time.perf_counter() - began
    lists = {name: answer(model, split, k=K) for name, model in fitted.items()}
    return Contest(shop, split, fitted, lists, {n: _figures(shop, split, one) for n, one in lists.items()}, seconds)


def table_of(found: Contest) -> Html:
    """The figures of all models, the most accurate first."""
    rows = []
    n = len(found.split.targets)
    for name in found.ordered():
        f = found.figures[name]
        low, high = wilson(round(f["hr@10"] * n), n)
        rows.append(
            (
                NAMES[name],
                f"{percent(f['hr@10'])} ({100 * low:.1f}–{100 * high:.1f})",
                f"{f['ndcg@10']:.3f}",
                percent(f["coverage"]),
                f"{f['types']:.1f}",
                f"{f['departments']:.1f}",
                f"{f['intra_list_diversity']:.3f}",
                f"{f['gini_items']:.2f}",
                f"{f['gini_brands']:.2f}" if "gini_brands" in f else "–",
                f"{found.seconds[name]:.1f}",
            )
        )
    head = (
        "model",
        "hits (95 %)",
        "nDCG@10",
        "coverage",
        "types in a list",
        "departments in a list",
        "unlikeness in a list",
        "Gini, products",
        "Gini, brands",
        "fitted in s",
    )
    return table(head, rows)


def verdict(found: Contest) -> Html:
    """Who is best at what, in sentences."""
    f, best = found.figures, found.ordered()
    n = len(found.split.targets)
    out = [
        f"Most accurate: {NAMES[best[0]]}, which finds what came next for {percent(f[best[0]]['hr@10'])} of shoppers."
    ]
    if len(best) > 1:
        ahead, behind = (wilson(round(f[name]["hr@10"] * n), n) for name in best[:2])
        apart = "and their intervals do not touch" if ahead[0] > behind[1] else "but their intervals overlap"
        out.append(f"{NAMES[best[1]]} follows with {percent(f[best[1]]['hr@10'])}, {apart}.")
        wide = max(best, key=lambda name: f[name]["coverage"])
        mixed = max(best, key=lambda name: f[name]["types"])
        even = min(best, key=lambda name: f[name]["gini_items"])
        out.append(
            f"Shows most of the catalogue: {NAMES[wide]} ({percent(f[wide]['coverage'])}). "
            f"Mixes most types: {NAMES[mixed]} ({f[mixed]['types']:.1f} of {K}). "
            f"Shares the room most evenly: {NAMES[even]} (Gini {f[even]['gini_items']:.2f})."
        )
    return say(*out)


def growth(
    found: Contest, shares: Sequence[float], models: Sequence[str], *, most: int = 600, seed: int = 0
) -> dict[str, list[tuple[int, float]]]:
    """How accurate models are that learn from fewer shoppers: (shoppers, nDCG@10) by model, the fewest first.

    Histories are given whole whatever a model learnt from, so only what others did gets less. At most ``most`` of the
    questions are asked.

    Raises:
        ConfigurationError: a model was not compared, or is made of others.
    """
    for name in models:
        if name not in found.models or name == "hybrid":
            raise ConfigurationError(f"'{name}' is none of the single models of this comparison; name it there too")
    asked = found.split.sample(most, seed=seed)
    train = asked.train
    there = np.flatnonzero(train.lengths() > 0)
    order = np.random.default_rng(seed).permutation(there)
    out: dict[str, list[tuple[int, float]]] = {name: [] for name in models}
    for share in sorted(shares):
        count = max(1, round(share * len(order)))
        kept = np.zeros(train.n_users, dtype=np.bool_)
        kept[order[:count]] = True
        part = replace(asked, train=train.select(kept[train.users]))
        for name in models:
            model = make(name, **found.models[name].options).fit(part.train)
            out[name].append((count, accuracy_figures(answer(model, part).ranks)["ndcg@10"]))
    return out


def shortened(
    found: Contest, lengths: Sequence[int], models: Sequence[str], *, most: int = 600, seed: int = 0
) -> dict[str, list[tuple[int, float]]]:
    """How accurate models are for those who just came: (events known, nDCG@10), only the newest events handed over."""
    asked = found.split.sample(most, seed=seed)
    out: dict[str, list[tuple[int, float]]] = {name: [] for name in models}
    for length in sorted(lengths):
        part = replace(asked, histories=tuple(_newest(one, length) for one in asked.histories))
        for name in models:
            out[name].append((length, _nearest(found.models[name], part, asked)))
    return out


def telling(found: Contest) -> str:
    """A shopper whose history crosses departments and whom models answer differently: the one this is truest of.

    Chosen among those for whom at least one model found what came next, so that there is something to see.
    """
    shop, split = found.shop, found.split
    hits = np.stack([(one.ranks > 0) & (one.ranks <= K) for one in found.lists.values()])
    best, chosen = -1.0, 0
    for place, history in enumerate(split.histories):
        crossed = len({shop.department(int(row)) for row in history.items})
        said = int(hits[:, place].sum())
        # Half of the models right is where they differ most; a history longer than forty events is no longer read.
        worth = min(crossed, 6) + 4 * (said > 0) - abs(said - len(hits) / 2) - max(0, len(history) - 40) / 10
        if worth > best:
            best, chosen = worth, place
    return shop.data.user_ids[int(split.users[chosen])]


def place_of(found: Contest, shopper: str) -> int:
    """Which question is of a shopper.

    Raises:
        ConfigurationError: there is no such shopper, or they did too little to be asked about.
    """
    user = user_of(found.shop, shopper)
    places = np.flatnonzero(found.split.users == user)
    if not len(places):
        raise ConfigurationError(f"'{shopper}' did too little to be asked about; name another")
    return int(places[0])


def before(found: Contest, shopper: str) -> int:
    """How many events of a shopper the models see."""
    return len(found.split.histories[place_of(found, shopper)])


def came_next(found: Contest, shopper: str) -> Html:
    """What the shopper met next, and at which place each model had it."""
    place = place_of(found, shopper)
    target = int(found.split.targets[place])
    rows = [(NAMES[name], f"place {int(found.lists[name].ranks[place]):,}") for name in found.ordered()]
    told = say(f"Next came: {found.shop.title(target)} ({found.shop.kind(target)}, {price(found.shop, target)}).")
    return stack(told, table(("model", f"put it at, of {found.shop.data.n_items:,} products"), rows))


def side_by_side(found: Contest, shopper: str, most: int = 6) -> Html:
    """The first products of each model for one shopper; what came next is marked, and what is of a type already met."""
    place = place_of(found, shopper)
    shop, target = found.shop, int(found.split.targets[place])
    met = {shop.kind(int(row)) for row in found.split.histories[place].items}
    names = found.ordered()
    rows = []
    for line in range(most):
        cells: list[object] = [line + 1]
        for name in names:
            row = int(found.lists[name].rows[place, line])
            cells.append("" if row < 0 else _cell(shop, row, target, met))
        rows.append(cells)
    return table(("", *(NAMES[name] for name in names)), rows)


def parts_of(found: Contest, shopper: str, most: int = 8) -> Recommended:
    """The hybrid's first products for one shopper with what each part adds.

    Raises:
        ConfigurationError: there is no hybrid among the models.
    """
    if "hybrid" not in found.models:
        raise ConfigurationError("there is no hybrid among these models; name it too")
    history = found.split.histories[place_of(found, shopper)]
    return found.models["hybrid"].recommend(history, most, explain=True)


def after_one(found: Contest, sku: str, most: int = 5) -> Html:
    """What each model has for somebody who has just come and looked at one product."""
    shop = found.shop
    first = shop.row(sku)
    history = History.of([first])
    rows = []
    for name in found.ordered():
        got = found.models[name].recommend(history, most).rows
        rows.append((NAMES[name], *(f"{title} ({kind})" for _, title, kind, _ in titled(shop, got.tolist()))))
    told = say(f"A newcomer looked at {shop.title(first)} ({shop.kind(first)}), nothing else.")
    return stack(told, table(("model", *map(str, range(1, most + 1))), rows))


def _fit(name: str, split: Split, validation: Split, epochs: int, seed: int, options: Mapping[str, Any]) -> Recommender:
    chosen = {**_OPTIONS.get(name, {}), **options}
    if "seed" in make(name).options:
        chosen.setdefault("seed", seed)
    if name != SequenceTransformer.name:
        return make(name, **chosen).fit(split.train)
    chosen.setdefault("network", _NETWORK)
    chosen.setdefault("training", {**_TRAINING, "epochs": epochs})
    model = SequenceTransformer(**chosen)
    return model.fit(split.train, held=(validation.histories, validation.targets.tolist()))


def _figures(shop: Shop, split: Split, lists: Lists) -> dict[str, float]:
    beyond = beyond_figures(lists, split.train)
    types = shop.data.items.types()
    names = sorted({shop.department(row) for row in range(len(types))})
    departments = np.array([names.index(shop.department(row)) for row in range(len(types))])
    return {
        **accuracy_figures(lists.ranks),
        **{key: float(value) for key, value in beyond.items() if not isinstance(value, str)},
        "types": _different(lists, types),
        "departments": _different(lists, departments),
    }


def _different(lists: Lists, groups: Any) -> float:
    return float(np.mean([len(set(groups[line[line >= 0]].tolist())) for line in lists.rows]))


def _nearest(model: Recommender, part: Split, whole: Split) -> float:
    """nDCG@10 of histories cut short; what was cut off is still no candidate, or it would fill the lists."""
    gains = []
    for start in range(0, len(part.targets), 256):
        at = slice(start, start + 256)
        scores = model.scores(part.histories[at]).copy()
        for line, one in enumerate(whole.histories[at]):
            scores[line, one.items] = -np.inf
        target = scores[np.arange(len(scores)), part.targets[at]]
        rank = (scores >= target[:, None]).sum(axis=1)
        gains.append(np.where(rank <= K, 1 / np.log2(rank + 1.0), 0.0))
    return float(np.concatenate(gains).mean())


def _newest(history: History, length: int) -> History:
    cut = len(history) - min(length, len(history))
    return History(
        history.items[cut:],
        None if history.times is None else history.times[cut:],
        None if history.weights is None else history.weights[cut:],
        history.now,
    )


def _cell(shop: Shop, row: int, target: int, met: set[str]) -> Markup:
    told = Markup("{}<br><small>{}</small>").format(shop.title(row), shop.kind(row))
    if row == target:
        return told + Markup(" ") + chip("came next", GREEN)
    return told if shop.kind(row) in met else told + Markup(" ") + chip("another type", AMBER)


def _check(models: Sequence[str]) -> None:
    unknown = [name for name in models if name not in NAMES]
    if unknown or not models:
        raise ConfigurationError(f"there is no model {', '.join(unknown) or 'named'}; there are {', '.join(NAMES)}")
