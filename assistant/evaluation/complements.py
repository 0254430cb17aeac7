"""Held-out complements: what was put into a cart with a product, was it among the first ten that "goes with it" shows?

Questions are pairs of a shopper's events that lie after everything learnt from; every product of another type is a
candidate. Knows events, the shop's mode for complements and simple rivals; prints nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from assistant.companions import Companions
from assistant.errors import TrainingError
from assistant.lexicon import Lexicon
from assistant.recommendation import Complements
from assistant.recommendation.complements_events import AFTER, Together, first_taken
from assistant.recommendation.complements_scores import Weighing
from assistant.recommendation.interactions import Interactions, Ints, Vectors
from assistant.retrieval import Filters, SearchEngine
from assistant.types import Constraints

Stage: TypeAlias = Literal["validation", "test"]
Answer: TypeAlias = Callable[[int], Sequence[int]]
"""The rows shown for an anchor's row, best first, at most K."""

K = 10
_SAMPLES = 2000
_ANY = Filters(Constraints())
RIVALS = ("popularity", "popularity of each type", "popularity in the department")
"""What is simple; the last two are popularity per category: one product of each type, and those of the anchor's own
department."""
_GRID: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("prior", (3.0, 10.0, 30.0, 60.0)),
    ("table", (0.5, 0.8)),
    ("popular", (0.5, 0.7, 1.0)),
    ("price", (0.0, 1.0, 1.5)),
    ("pairs", (20.0, 80.0, 300.0, 1000.0, 1e6)),
    ("lift", (0.0, 0.1, 0.25)),
)


@dataclass(frozen=True)
class Questions:
    """One experiment: learn from ``train``; then, of a shopper who took an anchor, what of another type came with it.

    ``anchors``, ``targets`` and ``users`` are rows, one each a question; a target came no earlier than its anchor and
    within a week of it.
    """

    train: Interactions
    anchors: Ints
    targets: Ints
    users: Ints

    def __len__(self) -> int:
        return len(self.anchors)


def held_out(data: Interactions, kinds: Sequence[str], stage: Stage = "test", *, share: float = 0.2) -> Questions:
    """The last ``share`` of all events is the test, the ``share`` before it the validation.

    Only what a shopper took (put into a cart or bought) for the first time within that part of the year makes
    questions: every ordered pair of products of different types, the later one at most a week after the earlier one.

    Raises:
        TrainingError: the events have no times or kinds.
    """
    if not data.timed or data.kinds is None:
        raise TrainingError("complements are held out in time; these events have no times or no kinds")
    first, second = np.quantile(data.times, [1 - 2 * share, 1 - share]) if len(data) else (0.0, 0.0)
    begin, end = (second, np.inf) if stage == "test" else (first, second)
    part = data.select((data.times >= begin) & (data.times < end))
    found = [
        (one, other, user)
        for user in np.unique(part.users).tolist()
        for one, other in _pairs(first_taken(part, user))
        if kinds[one] != kinds[other]
    ]
    cells = np.array(found, dtype=np.int64).reshape(-1, 3)
    return Questions(data.select(data.times < begin), cells[:, 0], cells[:, 1], cells[:, 2])


def _pairs(taken: Sequence[tuple[int, float]]) -> Iterator[tuple[int, int]]:
    for place, (one, when) in enumerate(taken):
        for other, later in taken[place + 1 :]:
            if later - when <= AFTER:
                yield one, other


class Modes:
    """The shop's mode for complements with more or less of what it knows, and its rivals, over one engine.

    Stock is left out of account everywhere: what is sold out today could be bought at the time asked about.
    """

    def __init__(self, engine: SearchEngine, lexicon: Lexicon, questions: Questions) -> None:
        self._engine = engine
        self._kinds = [p.type for p in engine.products]
        self._table = Complements.load(lexicon)
        self._none = Complements({}, lexicon)
        self._together = Together.learn(questions.train, self._kinds)
        names = {kind: row for row, kind in enumerate(dict.fromkeys(self._kinds))}
        self._type_of = np.array([names[kind] for kind in self._kinds], dtype=np.int64)

    def shipped(self, weighing: Weighing | None = None, *, table: bool = True, events: bool = True) -> Answer:
        """``Companions.find``, with or without the table of complements and the events."""
        made = Companions(
            self._engine,
            self._table if table else self._none,
            None,
            self._together if events else None,
            weighing,
        )
        products, rows = self._engine.products, self._engine.index.rows

        def answer(anchor: int) -> list[int]:
            found = made.find((products[anchor].sku,), "", _ANY, k=K, sold_out_last=False)
            return [rows[c.product.sku] for c in found.candidates]

        return answer

    def all(self, weighing: Weighing | None = None) -> dict[str, Answer]:
        """Everything that is compared."""
        how = weighing if weighing is not None else Weighing()
        popular = self._together.popularity
        # What is believed before events is here what is taken at all: neither table nor content.
        alone = replace(how, table=0.0, near=0.0, prior=min(how.prior, 3.0))
        return {
            "all together": self.shipped(how),
            "events and content, no table": self.shipped(how, table=False),
            "affinity from events only": self.shipped(alone, table=False),
            "table and content, no events": self.shipped(events=False),
            "table and popularity": self._ranked(self._by_table),
            "content only": self._ranked(self._near),
            RIVALS[0]: self._ranked(lambda row: popular),
            RIVALS[1]: self._ranked(lambda row: self._in_turn),
            RIVALS[2]: self._ranked(self._in_department),
        }

    def _ranked(self, scores: Callable[[int], npt.NDArray[np.floating]]) -> Answer:
        def answer(anchor: int) -> list[int]:
            made = np.where(self._type_of == self._type_of[anchor], -np.inf, scores(anchor))
            order = np.lexsort((np.arange(len(made)), -made))[:K]
            return [int(row) for row in order if made[row] > -np.inf]

        return answer

    def _near(self, anchor: int) -> Vectors:
        vectors = self._engine.index.vectors
        return np.asarray(vectors @ np.asarray(vectors[anchor]), dtype=np.float32)

    @property
    def _in_turn(self) -> npt.NDArray[np.float64]:
        """The most popular of every type, types by their popularity, then the second of every type, and so on."""
        popular = self._together.popularity
        of_type = np.bincount(self._type_of, weights=popular)
        order = np.lexsort((-popular, self._type_of))
        place = np.empty(len(order))
        starts = np.searchsorted(self._type_of[order], np.arange(len(of_type)))
        place[order] = np.arange(len(order)) - starts[self._type_of[order]]
        rank = np.argsort(np.argsort(-of_type, kind="stable"), kind="stable")
        return -(place * len(of_type) + rank[self._type_of])

    def _in_department(self, anchor: int) -> npt.NDArray[np.float64]:
        heads = [p.category[:1] for p in self._engine.products]
        own = np.array([head == heads[anchor] for head in heads])
        popular = self._together.popularity
        return popular + np.where(own, popular.max() + 1.0, 0.0)

    def _by_table(self, anchor: int) -> npt.NDArray[np.float64]:
        engine = self._engine
        weight = np.zeros(len(self._type_of))
        for key, worth in self._table.types_for(engine.topics.types_of(anchor)).items():
            mask = engine.topics.rows_of_types({key})
            weight[mask] = np.maximum(weight[mask], worth)
        return weight * (1.0 + self._together.popularity)


def hits(answer: Answer, questions: Questions) -> npt.NDArray[np.bool_]:
    """Which questions have their target among the first ten, shape (questions,)."""
    shown = {anchor: set(list(answer(anchor))[:K]) for anchor in np.unique(questions.anchors).tolist()}
    pairs = zip(questions.anchors.tolist(), questions.targets.tolist(), strict=True)
    return np.array([target in shown[anchor] for anchor, target in pairs], dtype=np.bool_)


def figures(found: Mapping[str, npt.NDArray[np.bool_]], users: Ints, *, seed: int = 0) -> dict[str, dict[str, Any]]:
    """Hit rate and its interval for each mode, and how many times that of each rival it is.

    Intervals hold 95 % and are bootstrapped over shoppers, since the questions of one are not independent.

    Raises:
        TrainingError: there is no question.
    """
    if not len(users):
        raise TrainingError("there is nothing to measure: no shopper took two products of different types in a week")
    _, owner = np.unique(users, return_inverse=True)
    n = int(owner.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=_SAMPLES).astype(np.float64)
    asked = drawn @ np.bincount(owner, minlength=n)
    rates = {name: drawn @ np.bincount(owner, weights=hit, minlength=n) / asked for name, hit in found.items()}
    out: dict[str, dict[str, Any]] = {}
    for name, hit in found.items():
        row: dict[str, Any] = {"hr@10": _round(hit.mean()), "interval": _interval(rates[name])}
        for rival in RIVALS:
            if rival in found and name not in RIVALS and found[rival].any():
                row[f"times {rival}"] = {
                    "mean": _round(hit.mean() / found[rival].mean()),
                    "interval": _interval(rates[name] / np.maximum(rates[rival], 1e-9)),
                }
        out[name] = row
    return out


def choose(engine: SearchEngine, lexicon: Lexicon, questions: Questions) -> tuple[Weighing, list[dict[str, Any]]]:
    """The weighing with the best hit rate on validation questions, one option after the other, and what was tried."""
    modes = Modes(engine, lexicon, questions)
    best = Weighing()
    top = float(hits(modes.shipped(best), questions).mean())
    tried: list[dict[str, Any]] = []
    for option, values in _GRID:
        for value in values:
            how = replace(best, **{option: value})
            rate = top if how == best else float(hits(modes.shipped(how), questions).mean())
            tried.append({"option": option, "value": value, "hr@10": _round(rate)})
            if rate > top:
                best, top = how, rate
    return best, tried


def compare(
    engine: SearchEngine, lexicon: Lexicon, data: Interactions, *, seeds: Sequence[int] = (0,), tune: bool = False
) -> dict[str, Any]:
    """Every mode on the test questions; with ``tune`` the weighing is chosen on the validation questions first.

    No mode draws anything; ``seeds`` are those of the bootstrap, and with several the intervals of each are given.

    Raises:
        TrainingError: the events cannot be used.
    """
    kinds = [p.type for p in engine.products]
    validation, test = (held_out(data, kinds, stage) for stage in ("validation", "test"))
    weighing, tried = choose(engine, lexicon, validation) if tune else (Weighing(), [])
    out: dict[str, Any] = {"weighing": {name: getattr(weighing, name) for name in Weighing.__dataclass_fields__}}
    for stage, questions in (("validation", validation), ("test", test)):
        answers = Modes(engine, lexicon, questions).all(weighing)
        found = {name: hits(answer, questions) for name, answer in answers.items()}
        out[stage] = {
            "questions": len(questions),
            "shoppers": len(np.unique(questions.users)),
            "learnt_from": len(questions.train),
            "modes": figures(found, questions.users, seed=seeds[0]),
        }
        if len(seeds) > 1:
            out[stage]["intervals by seed"] = {
                str(seed): {name: row["interval"] for name, row in figures(found, questions.users, seed=seed).items()}
                for seed in seeds
            }
    if tried:
        out["tried on validation"] = tried
    return out


def _interval(values: npt.NDArray[np.float64]) -> list[float]:
    return [_round(x) for x in np.quantile(values, [0.025, 0.975])]


def _round(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)
