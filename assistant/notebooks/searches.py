"""Searches that miss what they should find, as tables and pictures: the second half of ``03_explore_errors.ipynb``.

Knows graded queries and what was found out about them. The development queries are read, never the test queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from assistant.assembly import Parts
from assistant.evaluation.retrieval import Query, read_queries
from assistant.evaluation.search_misses import TOP, Outcome, causes, look_into, worst
from assistant.notebooks.showing import (
    AMBER,
    BLUE,
    GREEN,
    SOFT,
    VIOLET,
    Html,
    Picture,
    chip,
    draw,
    say,
    short,
    stack,
    table,
)
from assistant.notebooks.wording import LABELS, PARTS, reason, said
from assistant.resources import default_folder

_GRADES = {3.0: "exactly what was asked", 2.0: "right but for one wish", 1.0: "related", 0.0: "wrong"}


@dataclass(frozen=True, slots=True)
class Searches:
    """Queries that were searched and looked into, of so many that there are."""

    outcomes: tuple[Outcome, ...]
    of: int

    def only(self, language: str | None) -> Searches:
        """Those of one language; all where none is named."""
        return Searches(tuple(o for o in self.outcomes if language in (None, o.language)), self.of)


def read_searches(parts: Parts, *, limit: int | None = None) -> Searches:
    """Search the development queries of the default catalogue, ``limit`` of them spread evenly.

    Raises:
        TrainingError: the files cannot be read.
    """
    folder = default_folder("catalog")
    queries: Sequence[Query] = read_queries(folder / "queries.development.jsonl", folder / "qrels.jsonl")[0].lines
    every = len(queries)
    if limit is not None and limit < every:
        queries = [queries[i * every // limit] for i in range(limit)]
    return Searches(look_into(parts.engine, parts.parser, queries), every)


def summary(found: Searches) -> Html:
    """How well the queries find their products, by language."""
    rows = []
    for language in ("all", *sorted({o.language for o in found.outcomes})):
        one = found.outcomes if language == "all" else found.only(language).outcomes
        whole = sum(not o.missing for o in one)
        rows.append(
            (
                language,
                len(one),
                f"{np.mean([o.ndcg for o in one]):.3f}",
                whole,
                sum(o.ndcg < 0.5 for o in one),
                sum(not o.came for o in one),
            )
        )
    head = ("language", "queries", "mean nDCG@10", "miss nothing", "nDCG@10 below 0.5", "bring nothing")
    told = table(head, rows)
    if len(found.outcomes) < found.of:
        return stack(told, say(f"An even slice of {len(found.outcomes)} of {found.of} queries."))
    return told


def spread(found: Searches) -> Picture:
    """Every query a dot by its nDCG@10, by language."""
    languages = sorted({o.language for o in found.outcomes})
    values = [sorted(o.ndcg for o in found.outcomes if o.language == language) for language in languages]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for place, one in enumerate(values):
            offsets = 0.7 * (np.arange(len(one)) / max(1, len(one) - 1) - 0.5)
            axes.plot(one, place + offsets, "o", color=BLUE if place == 0 else AMBER, ms=4.5, alpha=0.7, lw=0)
            mean = float(np.mean(one))
            axes.plot((mean, mean), (place - 0.42, place + 0.42), color=SOFT, lw=1.6)
            axes.annotate(
                f"mean {mean:.2f}", (mean, place - 0.42), (0, 3), textcoords="offset points", ha="center", fontsize=8.5
            )
        axes.set_yticks(range(len(languages)), languages)
        axes.set_ylim(len(languages) - 0.4, -0.7)
        axes.set_xlim(-0.03, 1.03)
        axes.set_xlabel("nDCG@10 of a query: 1 is the best order there is, 0 finds nothing")
        axes.grid(axis="y", visible=False)

    alt = "; ".join(f"{g}: mean {np.mean(v):.2f} of {len(v)} queries" for g, v in zip(languages, values, strict=True))
    return draw(paint, size=(8.6, 1.3 * len(languages) + 0.9), alt=f"nDCG@10 of every query. {alt}")


def reasons(found: Searches) -> Picture:
    """Why queries miss the best product they should find: one reason a query."""
    languages = sorted({o.language for o in found.outcomes})
    counted = {language: causes(found.only(language).outcomes) for language in languages}
    names = sorted(
        {n for c in counted.values() for n in c}, key=lambda n: (-sum(c.get(n, 0) for c in counted.values()), n)
    )
    if not names:
        return draw(lambda figure: None, size=(4, 0.5), alt="No query misses anything.")

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        left = np.zeros(len(names))
        for number, language in enumerate(languages):
            values = np.asarray([counted[language].get(n, 0) for n in names], dtype=np.float64)
            axes.barh(
                range(len(names)),
                values,
                left=left,
                color=(BLUE, AMBER, VIOLET)[number % 3],
                height=0.6,
                label=language,
            )
            for place, (start, value) in enumerate(zip(left, values, strict=True)):
                if value:
                    axes.text(
                        start + value / 2, place, f"{value:.0f}", ha="center", va="center", color="white", fontsize=9
                    )
            left += values
        axes.set_yticks(range(len(names)), [reason(n) for n in names])
        axes.invert_yaxis()
        axes.set_xlabel("queries")
        axes.grid(axis="y", visible=False)
        axes.legend(loc="lower right")

    alt = "; ".join(f"{reason(n)}: {sum(c.get(n, 0) for c in counted.values())}" for n in names)
    return draw(
        paint, size=(8.6, 0.42 * len(names) + 1.2), alt=f"Why queries miss a wanted product. {alt}", texts=names
    )


def lowest(found: Searches, most: int = 8, *, language: str | None = None) -> Html:
    """The worst queries: what each asked, how it was read, what it missed first and why."""
    rows = []
    for o in worst(found.outcomes, most, language=language):
        first = o.missing[0] if o.missing else None
        rows.append(
            (
                o.query.text,
                o.language,
                f"{o.ndcg:.2f}",
                said(o.constraints),
                o.left,
                "" if first is None else f"{first.product.title_in(o.language)}",
                "" if first is None else reason(first.cause),
            )
        )
    return table(("query", "language", "nDCG@10", "read as", "products left", "missed first", "because of"), rows)


def in_detail(outcome: Outcome) -> Html:
    """What one query wanted against what came."""
    came = [
        (p.place, p.product.title_in(outcome.language), _graded(p.grade), f"{p.shares.total:.2f}")
        for p in outcome.came[:6]
    ]
    missed = [
        (
            m.product.title_in(outcome.language),
            _graded(m.grade),
            "filtered out" if m.place is None else f"place {m.place}",
            reason(m.cause),
        )
        for m in outcome.missing[:6]
    ]
    told = say(
        f"“{outcome.query.text}” was read as {said(outcome.constraints) or 'nothing but its words'}; "
        f"{outcome.left} products were left, nDCG@10 is {outcome.ndcg:.2f}."
    )
    first = table(("place", "came", "grade", "score"), came or [("–", "nothing", "", "")])
    if not missed:
        return stack(told, first)
    return stack(
        told, first, table(("wanted, but not among the first " + str(TOP), "grade", "where", "because of"), missed)
    )


def in_parts(outcome: Outcome, most: int = 6) -> Picture:
    """The score parts of what came and, below, of what was wanted, so that the part that misled is seen."""
    rows = [(p.place, p.product, p.grade, p.shares) for p in outcome.came[:most]]
    ranked = [(m.place, m.product, m.grade, m.shares) for m in outcome.missing if m.place and m.shares][:2]
    rows += [(place, product, grade, shares) for place, product, grade, shares in ranked if place and shares]
    names = [f"{place}  {short(product.title_in(outcome.language), 40)}" for place, product, _, _ in rows]
    came = len(rows) - len(ranked)

    labels = {part: label for (part, _), label in zip(PARTS, LABELS, strict=True)}

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for line, (_, _, grade, shares) in enumerate(rows):
            # What was wanted stands apart from what came.
            at = line + (0.6 if line >= came else 0.0)
            right, left = 0.0, 0.0
            for part, colour in PARTS:
                value = getattr(shares, part)
                start = right if value >= 0 else left
                axes.barh(
                    at,
                    value,
                    left=start,
                    color=colour,
                    height=0.6,
                    label=None if line else labels[part],
                )
                right, left = (right + value, left) if value >= 0 else (right, left + value)
            told = f"grade {grade:.0f}{', wanted' if line >= came else ''}{', sold out' if shares.sold_out else ''}"
            axes.text(right + 0.03, at, told, va="center", fontsize=8.5)
        axes.axvline(0, color=SOFT, lw=0.8)
        axes.set_yticks([line + (0.6 if line >= came else 0.0) for line in range(len(rows))], names)
        axes.set_ylim(max(len(rows), 3) + 0.2, -0.6)
        axes.margins(x=0.2)
        axes.set_xlabel("score")
        axes.set_title(outcome.query.text)
        axes.grid(axis="y", visible=False)
        if rows:
            figure.legend(loc="outside lower center", ncols=3)

    alt = "; ".join(
        f"{n}: {shares.total:.2f}, grade {grade:.0f}" for n, (_, _, grade, shares) in zip(names, rows, strict=True)
    )
    size = (8.8, 0.42 * max(len(rows), 3) + 1.7)
    return draw(paint, size=size, alt=f"Score parts. {alt or 'Nothing came.'}", texts=[*names, outcome.query.text])


def the_worst(found: Searches, *, language: str | None = None, ranked: bool = False) -> Outcome:
    """The worst query; with ``ranked`` the worst whose wanted product was put below worse ones by its score.

    Where there is none of that kind, it is the worst of all.
    """
    chosen = worst(found.outcomes, len(found.outcomes), language=language)
    fitting = [o for o in chosen if o.missing and o.came and (not ranked or o.missing[0].cause.startswith("ranking"))]
    return (fitting or list(chosen))[0]


def _graded(grade: float) -> object:
    return chip(f"{grade:.0f} {_GRADES.get(grade, '')}".strip(), GREEN if grade >= 2 else AMBER if grade else SOFT)
