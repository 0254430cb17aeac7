"""Pictures of behaviour models held against one another, for ``04_behaviour_models.ipynb``.

Knows finished contests. Fits and measures nothing but what a picture cannot be drawn without.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from assistant.errors import ConfigurationError
from assistant.metrics import wilson
from assistant.notebooks.behaviour import NAMES, Contest, parts_of
from assistant.notebooks.events import Shop
from assistant.notebooks.showing import AMBER, BLUE, GREEN, INK, LINE, RED, SOFT, VIOLET, Picture, draw, percent
from assistant.recommendation.hybrid import Hybrid
from assistant.recommendation.sequence import SequenceTransformer

_COLOURS = {
    "popularity": SOFT,
    "item-knn": AMBER,
    "sequential-rules": RED,
    "ials": GREEN,
    "bpr": "#8fb89e",
    "gradient-mf": "#4f9a94",
    "content": "#c49a6c",
    "sequence": VIOLET,
    "hybrid": BLUE,
}
# Lines are told apart by their dashes too.
_DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)))
# Nobody is asked about of whom nothing is known, so the first of the hybrid's five columns is not shown.
_BINS = ("1–2", "3–5", "6–11", "12 and more")
_FIRST = 100


def accuracy(found: Contest) -> Picture:
    """The share of shoppers for whom each model had what came next among its first ten, with 95 % intervals."""
    names = sorted(found.models, key=lambda name: found.figures[name]["hr@10"])
    n = len(found.split.targets)
    rates = [found.figures[name]["hr@10"] for name in names]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for place, (name, rate) in enumerate(zip(names, rates, strict=True)):
            low, high = (100 * bound for bound in wilson(round(rate * n), n))
            axes.barh(place, 100 * rate, color=_COLOURS[name], height=0.62)
            axes.plot((low, high), (place, place), color=INK, lw=1.3)
            axes.text(high + 0.8, place, f"{100 * rate:.1f}", va="center", fontsize=9)
        axes.set_yticks(range(len(names)), [NAMES[name] for name in names])
        axes.set_xlabel("% of shoppers whose next product is among the first ten; thin lines are 95 % intervals")
        axes.margins(x=0.08)
        axes.grid(axis="y", visible=False)

    alt = "; ".join(f"{NAMES[name]} {percent(rate)}" for name, rate in zip(names[::-1], rates[::-1], strict=True))
    return draw(paint, size=(8.8, 0.42 * len(names) + 1.0), alt=f"Next product among the first ten, of {n}. {alt}")


def ranks(found: Contest) -> Picture:
    """The share of shoppers whose next product is among the first so many of each model's order."""
    names = found.ordered()
    at = np.arange(1, _FIRST + 1)
    curves = {}
    for name in names:
        one = found.lists[name].ranks
        curves[name] = np.array([100 * float(((one > 0) & (one <= k)).mean()) for k in at])

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for number, name in enumerate(names):
            axes.plot(
                at, curves[name], color=_COLOURS[name], lw=1.9, ls=_DASHES[number % len(_DASHES)], label=NAMES[name]
            )
        axes.axvline(10, color=LINE, lw=1.2)
        axes.set_xscale("log")
        axes.set_xticks((1, 3, 10, 30, 100), ("1", "3", "10", "30", "100"))
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.set_xlabel("among the first so many (each step to the right takes three times as many)")
        axes.set_ylabel("% of shoppers")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))

    alt = "; ".join(f"{NAMES[n]}: {curves[n][0]:.0f} % first, {curves[n][-1]:.0f} % in {_FIRST}" for n in names)
    return draw(paint, size=(9.4, 4.0), alt=f"Share of shoppers whose next product is among the first so many. {alt}")


def balance(found: Contest) -> Picture:
    """Accuracy against the mixture of types in a list; the dots are as large as the part of the catalogue shown."""
    names = found.ordered()
    f = found.figures

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for number, name in enumerate(names, 1):
            label = f"{number}  {NAMES[name]}, shows {percent(f[name]['coverage'])}"
            size = 30 + 300 * f[name]["coverage"]
            at = (f[name]["ndcg@10"], f[name]["types"])
            axes.scatter(*at, s=size, color=_COLOURS[name], alpha=0.8, lw=0, label=label)
        _numbered(axes, [(f[name]["ndcg@10"], f[name]["types"]) for name in names])
        axes.set_xlim(left=0)
        axes.margins(x=0.1, y=0.15)
        axes.set_xlabel("nDCG@10: what came next stands high in the list")
        axes.set_ylabel("types in a list of ten")
        legend = axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title="the most accurate first")
        for dot in legend.legend_handles:
            dot.set_sizes([60.0])  # type: ignore[union-attr]

    alt = "; ".join(
        f"{NAMES[n]}: nDCG {f[n]['ndcg@10']:.3f}, {f[n]['types']:.1f} types, {percent(f[n]['coverage'])} shown"
        for n in names
    )
    return draw(paint, size=(10.0, 4.2), alt=f"Accuracy against types in a list. {alt}")


def exposure(found: Contest) -> Picture:
    """How the room on all lists is shared out among products: the Lorenz curve, whose bend the Gini index measures."""
    names = sorted(found.models, key=lambda name: -found.figures[name]["gini_items"])
    n = found.shop.data.n_items

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.plot((0, 100), (0, 100), color=LINE, lw=1.2)
        axes.text(50, 53, "all products alike", rotation=33, fontsize=8.5, color=SOFT, ha="center")
        for number, name in enumerate(names):
            rows = found.lists[name].rows
            shown = np.sort(np.bincount(rows[rows >= 0], minlength=n))
            share = np.concatenate(([0.0], 100 * np.cumsum(shown) / max(1, shown.sum())))
            label = f"{NAMES[name]} ({found.figures[name]['gini_items']:.2f})"
            axes.plot(
                np.linspace(0, 100, n + 1),
                share,
                color=_COLOURS[name],
                lw=1.8,
                ls=_DASHES[number % len(_DASHES)],
                label=label,
            )
        axes.set_xlabel("% of products, those shown least first")
        axes.set_ylabel("% of places on lists")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title="Gini index")

    alt = "; ".join(f"{NAMES[name]} {found.figures[name]['gini_items']:.2f}" for name in names)
    return draw(paint, size=(9.2, 4.0), alt=f"Places on lists by product. Gini index, 0 equal and 1 all to one: {alt}")


def learning(found: Contest) -> Picture:
    """The Transformer's rounds: its accuracy on the validation questions after each, and the best one.

    Raises:
        ConfigurationError: there is no trained Transformer among the models.
    """
    model = found.models.get("sequence")
    if not isinstance(model, SequenceTransformer) or model.fitted is None or not model.fitted.curve:
        raise ConfigurationError("there is no trained Transformer among these models; name 'sequence' too")
    curve, best = model.fitted.curve, model.fitted.best_epoch

    def paint(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        left.plot([m.epoch for m in curve], [m.loss for m in curve], "o-", color=SOFT, ms=4)
        left.set_title("loss on what it learns from: lower is better")
        right.plot([m.epoch for m in curve], [m.ndcg for m in curve], "o-", color=VIOLET, ms=4)
        chosen = [m for m in curve if m.epoch == best]
        for m in chosen:
            right.plot(m.epoch, m.ndcg, "o", color=VIOLET, ms=10, mfc="none", mew=1.8)
        right.set_title("nDCG@10 on validation: higher is better")
        right.set_ylim(0, 1.12 * max(m.ndcg for m in curve))
        for axes in (left, right):
            axes.set_xlabel("round")
            axes.xaxis.get_major_locator().set_params(integer=True)

    alt = ", ".join(f"{m.epoch}: {m.ndcg:.3f}" for m in curve)
    return draw(paint, size=(9.4, 3.2), alt=f"nDCG@10 on validation after each round: {alt}. Round {best} was kept.")


def lines(
    told: Mapping[str, Sequence[tuple[int, float]]], *, along: str, against: Mapping[str, float] | None = None
) -> Picture:
    """How nDCG@10 grows with how much is known; ``against`` are values of models that no amount changes."""
    names = sorted(told, key=lambda name: -told[name][-1][1])
    ticks = sorted({x for one in told.values() for x, _ in one})

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for number, name in enumerate(names):
            xs, ys = zip(*told[name], strict=True)
            dashes = _DASHES[number % len(_DASHES)]
            axes.plot(xs, ys, color=_COLOURS[name], lw=1.9, ls=dashes, marker="o", ms=4.5, label=NAMES[name])
        for name, value in (against or {}).items():
            axes.axhline(value, color=_COLOURS[name], lw=1.4, ls=(0, (1, 2)), label=f"{NAMES[name]}: always")
        axes.set_xscale("log")
        axes.set_xticks(ticks, [f"{x:,}" for x in ticks])
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.set_xlabel(along)
        axes.set_ylabel("nDCG@10")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))

    alt = "; ".join(f"{NAMES[n]}: " + ", ".join(f"{x:,}: {y:.3f}" for x, y in told[n]) for n in names)
    return draw(paint, size=(9.2, 3.6), alt=f"nDCG@10 by {along}. {alt}")


def weights(found: Contest) -> Picture:
    """What the hybrid gives each part, by how many events of the shopper are known: shares of each column.

    Raises:
        ConfigurationError: there is no hybrid among the models.
    """
    model = found.models.get("hybrid")
    if not isinstance(model, Hybrid):
        raise ConfigurationError("there is no hybrid among these models; name it too")
    told = model.weights
    names = list(told)
    values = np.array([told[name][1:] for name in names])
    shares = values / np.maximum(values.sum(axis=0, keepdims=True), 1e-9)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        left = np.zeros(len(_BINS))
        for number, name in enumerate(names):
            axes.barh(_BINS, shares[number], left=left, color=_COLOURS[name], height=0.68, label=NAMES[name])
            for line, share in enumerate(shares[number]):
                if share > 0.06:
                    middle = left[line] + share / 2
                    axes.text(middle, line, f"{100 * share:.0f}", ha="center", va="center", color="white", fontsize=8.5)
            left += shares[number]
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
        axes.set_ylabel("events of the shopper")
        axes.set_xlabel("share of the weight")
        axes.grid(visible=False)
        figure.legend(loc="outside lower center", ncols=4)

    alt = "; ".join(
        f"{label} events: " + ", ".join(f"{NAMES[n]} {percent(float(shares[k, place]))}" for k, n in enumerate(names))
        for place, label in enumerate(_BINS)
    )
    return draw(paint, size=(9.2, 3.7), alt=f"Weights of the hybrid. {alt}")


def parts(found: Contest, shopper: str, most: int = 8) -> Picture:
    """What each part of the hybrid adds to the first products of one shopper."""
    got = parts_of(found, shopper, most)
    shop: Shop = found.shop
    labels = [f"{place}  {shop.label(int(row))}" for place, row in enumerate(got.rows, 1)]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        left = np.zeros(len(labels))
        for name, values in got.parts.items():
            axes.barh(range(len(labels)), values, left=left, color=_COLOURS[name], height=0.66, label=NAMES[name])
            left += np.asarray(values, dtype=np.float64)
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        axes.set_xlabel("score, and what each model adds to it")
        axes.grid(axis="y", visible=False)
        figure.legend(loc="outside lower center", ncols=4)

    alt = "; ".join(f"{label}: {score:.2f}" for label, score in zip(labels, got.scores, strict=True))
    size = (9.2, 0.4 * len(labels) + 1.6)
    return draw(paint, size=size, alt=f"The hybrid's first products for {shopper}. {alt}", texts=labels)


def _numbered(axes: Axes, points: Sequence[tuple[float, float]]) -> None:
    """A number beside each point, above it, or below where another number is above a point nearby."""
    wide = max(x for x, _ in points) or 1.0
    tall = (max(y for _, y in points) - min(y for _, y in points)) or 1.0
    above: list[tuple[float, float]] = []
    for number, (x, y) in enumerate(points, 1):
        near = any(abs(x - x2) < 0.05 * wide and abs(y - y2) < 0.1 * tall for x2, y2 in above)
        if not near:
            above.append((x, y))
        offset = (0, -15) if near else (0, 15)
        axes.annotate(
            f"{number}", (x, y), offset, textcoords="offset points", ha="center", va="center", fontsize=9.5, color=INK
        )
