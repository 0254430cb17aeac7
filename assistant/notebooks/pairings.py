"""Pictures of what goes with what, for ``05_across_categories.ipynb``.

Knows a finished count of a shop's events. Recommends and measures nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from assistant.evaluation.complements import RIVALS
from assistant.notebooks.crossing import Crossing, Held, departments
from assistant.notebooks.showing import AMBER, BLUE, GREEN, INK, LINE, RED, SOFT, VIOLET, Picture, draw, percent
from assistant.recommendation.complements_scores import Met
from assistant.retrieval import Filters
from assistant.types import Constraints

_FEW = 3
_PARTS = {"affinity": BLUE, "popularity": AMBER, "price": VIOLET, "together": GREEN}
_PART_NAMES = {
    "affinity": "its type goes with this type",
    "popularity": "well known within its type",
    "price": "of another price level",
    "together": "these very two",
}


def department_lift(cross: Crossing) -> Picture:
    """Departments that share carts: blue more often than at random, amber less, blank where there are too few carts."""
    names, pairs, usual = departments(cross)
    # One cart more on either side: what few carts speak for stays pale.
    lift = np.log2((pairs + 1.0) / (usual + 1.0))
    order = _alike(lift)
    names = tuple(names[i] for i in order)
    lift, pairs, usual = (m[np.ix_(order, order)] for m in (lift, pairs, usual))
    known = (usual >= _FEW) | (pairs >= _FEW)
    np.fill_diagonal(known, val=False)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.imshow(_tinted(np.where(known, np.where(lift < 0, 0.6, 1.2) * lift, 0.0)), aspect="auto")
        for i, j in np.argwhere(known):
            ink = "white" if lift[i, j] > 1.2 else INK
            told = f"{pairs[i, j] / max(usual[i, j], 1e-9):.1f}"
            axes.text(j, i, told, ha="center", va="center", fontsize=7.8, color=ink)
        _gridded(axes, names, names)
        axes.set_title("carts that hold both, as times what company at random would bring")

    at = sorted(np.argwhere(np.triu(known)), key=lambda ij: -lift[ij[0], ij[1]])[:5]
    told = ", ".join(f"{names[i]} and {names[j]} {pairs[i, j] / usual[i, j]:.1f} times" for i, j in at)
    return draw(
        paint, size=(10.0, 6.6), alt=f"Departments in one cart, times what company at random brings. Most: {told}."
    )


def type_affinity(cross: Crossing, sku: str, most: int = 13) -> Picture:
    """The product's type and those that go with it most, each with each: how much likelier one comes after the other.

    Rows are what was put into a cart, columns what came within a week or was looked at then.
    """
    met, row = cross.together, cross.shop.row(sku)
    own = int(met.type_of[row])
    chosen = [own, *np.argsort(-cross.affinities.types(own), kind="stable")[:most].tolist()]
    taken = np.asarray(met.type_following.sum(axis=0)).reshape(-1) + 0.5
    usual = taken / taken.sum()
    shares = np.stack([cross.affinities.types(kind)[chosen] for kind in chosen])
    lift = np.log2(np.maximum(shares, 1e-9) / usual[chosen])
    np.fill_diagonal(lift, 0.0)
    labels = [_type_name(cross, kind) for kind in chosen]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.imshow(_tinted(np.where(lift < 0, lift / 4, lift / 2)), aspect="auto")
        # Figures only where there is something to read; what is rarer than usual is pale amber.
        for i, j in np.argwhere(~np.eye(len(chosen), dtype=bool) & (lift > -1)):
            ink = "white" if lift[i, j] > 2.6 else INK
            told = f"{2.0 ** lift[i, j]:.0f}" if lift[i, j] > 3.3 else f"{2.0 ** lift[i, j]:.1f}"
            axes.text(j, i, told, ha="center", va="center", fontsize=8, color=ink)
        _gridded(axes, labels, labels)
        axes.set_title("how many times likelier than usual the column comes after the row")

    told = ", ".join(f"{labels[j]} {2.0 ** lift[0, j]:.1f} times" for j in np.argsort(-lift[0])[:5])
    alt = f"Types after types, times what is usual. After {labels[0]}: {told}."
    return draw(paint, size=(10.2, 5.6), alt=alt, texts=labels)


def type_sources(cross: Crossing, sku: str, most: int = 12) -> Picture:
    """The types that go with the product's type by each source: the table, the counts, and what is made of both."""
    met, row = cross.together, cross.shop.row(sku)
    own = int(met.type_of[row])
    final = cross.affinities.types(own)
    counts = np.asarray(met.type_following[own].todense()).reshape(-1)
    counted = counts / max(1.0, counts.sum())
    line = cross.table.get(met.types[own], {})
    total = sum(line.values()) or 1.0
    tabled = np.array([line.get(kind, 0.0) / total for kind in met.types])
    chosen = np.argsort(-final, kind="stable")[:most]
    labels = [_type_name(cross, int(kind)) for kind in chosen]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for place, kind in enumerate(chosen):
            values = 100 * np.array([tabled[kind], counted[kind], final[kind]])
            axes.plot((values.min(), values.max()), (place, place), color=LINE, lw=2.2, zorder=1)
            axes.barh(place, values[2], color=BLUE, alpha=0.28, height=0.66, label=None if place else "all together")
            axes.plot(
                values[0], place, "^", color=AMBER, ms=7, label=None if place else "the table says", clip_on=False
            )
            axes.plot(
                values[1], place, "o", color=GREEN, ms=7, label=None if place else "the events say", clip_on=False
            )
        axes.set_yticks(range(len(chosen)), labels)
        axes.invert_yaxis()
        axes.set_xlabel(f"% of what comes with “{_type_name(cross, own)}”")
        axes.grid(axis="y", visible=False)
        axes.legend(loc="lower right")

    alt = "; ".join(
        f"{label}: table {100 * tabled[k]:.1f} %, events {100 * counted[k]:.1f} %, all {100 * final[k]:.1f} %"
        for label, k in zip(labels, chosen, strict=True)
    )
    size = (8.8, 0.36 * len(labels) + 1.1)
    return draw(paint, size=size, alt=f"Types that go with it, {counts.sum():.0f} observed. {alt}", texts=labels)


def co_purchases(cross: Crossing, most: int = 6) -> Picture:
    """Every pair of products of different types that shared a cart: how often, and how often by chance."""
    carts, kind = cross.together.carts, cross.together.type_of
    cells = carts.pairs.tocoo()
    i, j = cells.row, cells.col
    keep = (i < j) & (kind[i] != kind[j])
    i, j, seen = i[keep], j[keep], np.asarray(cells.data[keep], dtype=np.float64)
    usual = carts.holding[i] * carts.holding[j] / max(1, carts.total)
    fewer = np.minimum(carts.holding[i], carts.holding[j])
    told = zip(seen.tolist(), fewer.tolist(), usual.tolist(), strict=True)
    often = np.array([Met(int(n), of, chance).often for n, of, chance in told], dtype=np.bool_)
    surprise = seen * np.log(np.maximum(seen, 1.0) / np.maximum(usual, 1e-9))
    best = np.flatnonzero(often)[np.argsort(-surprise[often], kind="stable")][:most]
    labels = [f"{cross.shop.label(int(i[p]), 40)} + {cross.shop.label(int(j[p]), 40)}" for p in best]
    # Counts are whole numbers and lie on one another; a little noise, the same every time, lets them be seen.
    shaken = seen + np.random.default_rng(0).uniform(-0.28, 0.28, len(seen))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        axes.plot(
            usual[~often], shaken[~often], ".", color=SOFT, alpha=0.25, ms=4, label="may be chance", rasterized=True
        )
        axes.plot(usual[often], shaken[often], "o", color=BLUE, alpha=0.7, ms=4.5, label="often, by the shop's rule")
        low, high = (float(usual.min()), float(usual.max())) if len(usual) else (0.01, 1.0)
        axes.plot((low, high), (low, high), color=RED, lw=1.2, label="as often as chance would bring")
        for number, p in enumerate(best, 1):
            axes.annotate(f"{number}", (usual[p], shaken[p]), (6, 3), textcoords="offset points", fontsize=9.5)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("carts that would hold both by chance")
        axes.set_ylabel("carts that held both")
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        if labels:
            told = "\n".join(f"{n}  {label}".replace(" + ", "\n     + ") for n, label in enumerate(labels, 1))
            axes.text(1.02, 0.0, told, transform=axes.transAxes, va="bottom", fontsize=8.2, linespacing=1.35)

    alt = f"{len(seen):,} pairs of products of different types shared a cart; {int(often.sum()):,} of them often."
    if labels:
        alt += " Strongest: " + "; ".join(f"{label} {int(seen[p])}" for label, p in zip(labels, best, strict=True))
    return draw(paint, size=(11.0, 4.4), alt=alt, texts=labels)


def scores(cross: Crossing, skus: Sequence[str], most: int = 8) -> Picture:
    """What the scores of the first complements are made of: parts to the right raise a score, to the left lower it."""
    way = cross.ways["all together"]
    cards = cross.found("all together", skus, most=most)
    got = way.find(skus, "", Filters(Constraints(), language=cross.shop.language), k=len(cross.shop.products))
    by_sku = {candidate.product.sku: candidate for candidate in got.candidates}
    rows = [by_sku[card.product.sku] for card in cards]
    labels = [f"{n}  {cross.shop.label(cross.shop.row(c.product.sku), 44)}" for n, c in enumerate(rows, 1)]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        right, left = np.zeros(len(rows)), np.zeros(len(rows))
        for name, colour in _PARTS.items():
            values = np.array([c.parts.get(name, 0.0) for c in rows])
            start = np.where(values >= 0, right, left)
            axes.barh(range(len(rows)), values, left=start, color=colour, height=0.62, label=_PART_NAMES[name])
            right, left = right + np.maximum(values, 0), left + np.minimum(values, 0)
        for place, candidate in enumerate(rows):
            axes.plot(candidate.score, place, "|", color=INK, ms=15, mew=2, label=None if place else "score")
        axes.axvline(0, color=SOFT, lw=0.8)
        axes.set_yticks(range(len(rows)), labels)
        axes.invert_yaxis()
        axes.set_xlabel("score")
        axes.grid(axis="y", visible=False)
        figure.legend(loc="outside lower center", ncols=5)

    alt = "; ".join(f"{label}: {c.score:.2f}" for label, c in zip(labels, rows, strict=True))
    size = (10.0, 0.4 * max(3, len(rows)) + 1.5)
    return draw(paint, size=size, alt=f"Scores of what goes with {cross.titles(skus)}. {alt}", texts=labels)


def held(found: Held) -> Picture:
    """The held-out test: what came along among the first ten of each mode, with 95 % intervals over shoppers."""
    names = sorted(found.modes, key=lambda name: float(found.modes[name]["hr@10"]))
    double = 2 * max(float(found.modes[name]["hr@10"]) for name in names if name in RIVALS)

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for place, name in enumerate(names):
            rate = 100 * float(found.modes[name]["hr@10"])
            low, high = (100 * float(bound) for bound in found.modes[name]["interval"])
            colour = SOFT if name in RIVALS else BLUE if name == "all together" else AMBER
            axes.barh(place, rate, color=colour, height=0.6)
            axes.plot((low, high), (place, place), color=INK, lw=1.3)
            axes.text(high + 0.4, place, f"{rate:.1f}", va="center", fontsize=9)
        axes.axvline(100 * double, color=RED, lw=1.3, ls=(0, (4, 3)))
        axes.annotate(
            "twice the best popularity",
            (100 * double, -0.45),
            (5, 0),
            textcoords="offset points",
            fontsize=8.5,
            color=RED,
        )
        axes.set_yticks(range(len(names)), names)
        axes.margins(x=0.12)
        axes.set_xlabel("% of questions whose answer is among the first ten of all other types")
        axes.grid(axis="y", visible=False)

    alt = "; ".join(f"{n} {percent(float(found.modes[n]['hr@10']))}" for n in names[::-1])
    return draw(paint, size=(9.0, 0.42 * len(names) + 1.0), alt=f"What came along, among the first ten. {alt}")


def _type_name(cross: Crossing, kind: int) -> str:
    row = int(np.flatnonzero(cross.together.type_of == kind)[0])
    return cross.shop.kind(row, drawn=True)


def _alike(lift: Any) -> list[int]:
    """An order in which rows that share company stand together."""
    if len(lift) < 3:
        return list(range(len(lift)))
    near = np.clip(lift, -3, 3)
    apart = near.max() - near
    np.fill_diagonal(apart, 0.0)
    return [int(i) for i in leaves_list(linkage(squareform((apart + apart.T) / 2, checks=False), "average"))]


def _tinted(values: Any) -> Any:
    """Colours for values around 0: amber below, blue above, paper at 0; full depth at 2."""
    depth = np.clip(np.abs(values) / 2.0, 0.0, 1.0)[..., None]
    paper, up, down = (np.array(c) for c in ((1.0, 0.992, 0.976), (0.184, 0.435, 0.624), (0.851, 0.514, 0.141)))
    return paper + depth * (np.where(np.asarray(values)[..., None] >= 0, up, down) - paper)


def _gridded(axes: Any, rows: Sequence[str], columns: Sequence[str]) -> None:
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(np.arange(-0.5, len(columns)), minor=True)
    axes.set_yticks(np.arange(-0.5, len(rows)), minor=True)
    axes.grid(visible=False)
    axes.grid(which="minor", color=LINE, lw=0.7)
    axes.tick_params(which="both", length=0)
