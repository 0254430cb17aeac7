"""Held-out complements: which questions are asked, what counts as a hit, and that what was learnt finds them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import engine_of
from fakes import HashEncoder
from small_shop import SHELF

from assistant.errors import TrainingError
from assistant.evaluation.complements import RIVALS, Modes, choose, compare, figures, held_out, hits
from assistant.lexicon import Lexicon
from assistant.recommendation.complements_scores import Weighing
from assistant.recommendation.interactions import DAY, Interactions, Items
from assistant.recommendation.reading import event_interactions
from assistant.retrieval import SearchEngine

KINDS = tuple(p.type for p in SHELF)
SHOE = 0
SOCK = next(row for row, p in enumerate(SHELF) if p.sku == "TST-SOCK-01")
MUG = next(row for row, p in enumerate(SHELF) if p.sku == "TST-MUG-01")


def events(told: Sequence[tuple[str, int, str, float]]) -> Interactions:
    items = Items(tuple(p.sku for p in SHELF))
    return event_interactions([(user, SHELF[row].sku, kind, when) for user, row, kind, when in told], items)


def a_year() -> Interactions:
    """Every day somebody takes a shoe and then a mug, which no table of complements would think of."""
    told = []
    for day in range(100):
        told += [(f"u{day}", SHOE, "add_to_cart", day * DAY), (f"u{day}", MUG, "purchase", day * DAY + 60)]
        told.append((f"w{day}", SOCK, "view", day * DAY))
    return events(told)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, lexicon: Lexicon) -> SearchEngine:
    return engine_of(tmp_path_factory.mktemp("held-out"), SHELF, HashEncoder(), lexicon)


def test_the_last_fifth_is_asked_and_all_before_it_is_learnt() -> None:
    test = held_out(a_year(), KINDS)
    held = held_out(a_year(), KINDS, "validation")
    assert len(test) == pytest.approx(20, abs=1)
    assert set(zip(test.anchors.tolist(), test.targets.tolist(), strict=True)) == {(SHOE, MUG)}
    assert test.train.times.max() < 80 * DAY <= 81 * DAY
    assert held.train.times.max() < 60 * DAY
    assert set(held.users.tolist()).isdisjoint(test.users.tolist())


def test_only_later_products_of_other_types_within_a_week_are_asked_for() -> None:
    told = [("old", SOCK, "view", float(n)) for n in range(80)]
    told += [
        ("a", SHOE, "add_to_cart", 100.0),
        ("a", 1, "add_to_cart", 101.0),
        ("a", MUG, "view", 102.0),
        ("a", SOCK, "add_to_cart", 103.0),
        ("a", SOCK, "purchase", 104.0),
        ("a", MUG, "purchase", 100.0 + 8 * DAY),
    ]
    assert KINDS[SHOE] == KINDS[1]
    found = held_out(events(told), KINDS, share=0.07)
    assert list(zip(found.anchors.tolist(), found.targets.tolist(), strict=True)) == [(SHOE, SOCK), (1, SOCK)]


def test_without_times_there_is_nothing_to_hold_out() -> None:
    with pytest.raises(TrainingError, match="times"):
        held_out(Interactions.from_sequences([[0, 1]], Items(("a", "b"))), ("x", "y"))


def test_what_events_taught_is_found_and_the_own_type_never_shown(engine: SearchEngine, lexicon: Lexicon) -> None:
    questions = held_out(a_year(), KINDS)
    modes = Modes(engine, lexicon, questions)
    for name, answer in modes.all().items():
        shown = list(answer(SHOE))
        assert len(shown) == len(set(shown)) <= 10, name
        assert not any(KINDS[row] == KINDS[SHOE] for row in shown), name
    assert modes.shipped(table=False)(SHOE)[0] == MUG
    assert modes.shipped(events=False)(SHOE)[0] == SOCK
    assert hits(modes.shipped(), questions).all()
    assert not hits(lambda anchor: [SOCK], questions).any()


def test_one_product_of_each_type_before_the_second_of_any(engine: SearchEngine, lexicon: Lexicon) -> None:
    modes = Modes(engine, lexicon, held_out(a_year(), KINDS))
    shown = list(modes.all()[RIVALS[1]](SHOE))
    first = [KINDS[row] for row in shown[: len({*KINDS} - {KINDS[SHOE]})]]
    assert len(first) == len(set(first))
    assert shown[0] == MUG


def test_figures_hold_rates_intervals_and_how_many_times_a_rival() -> None:
    users = np.repeat(np.arange(10), 4)
    half, tenth = np.arange(40) % 2 == 0, np.arange(40) % 10 == 0
    found = figures({"mine": half, RIVALS[0]: tenth}, users)
    assert found["mine"]["hr@10"] == 0.5
    low, high = found["mine"][f"times {RIVALS[0]}"]["interval"]
    assert low < found["mine"][f"times {RIVALS[0]}"]["mean"] == 5.0 < high
    assert found == figures({"mine": half, RIVALS[0]: tenth}, users)
    assert f"times {RIVALS[0]}" not in found[RIVALS[0]]
    low, high = found[RIVALS[0]]["interval"]
    assert 0 <= low < 0.1 < high
    with pytest.raises(TrainingError, match="nothing to measure"):
        figures({}, np.zeros(0, dtype=np.int64))


def test_the_weighing_is_chosen_on_the_questions_it_is_given(
    engine: SearchEngine, lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    questions = held_out(a_year(), KINDS, "validation")

    def rate(answer: Any, given: Any) -> Any:
        asked.append(len(given))
        # Better with every weighing that is tried: the last value of each option is kept.
        return np.arange(100) < len(asked)

    monkeypatch.setattr("assistant.evaluation.complements.hits", rate)
    best, tried = choose(engine, lexicon, questions)
    assert set(asked) == {len(questions)}
    assert best == Weighing(**{one["option"]: one["value"] for one in tried if one["hr@10"] > 0.01} | _last(tried))


def _last(tried: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The best value of each option."""
    out: dict[str, tuple[float, float]] = {}
    for one in tried:
        if one["hr@10"] > out.get(one["option"], (0.0, -1.0))[0]:
            out[one["option"]] = (one["hr@10"], one["value"])
    return {name: value for name, (_, value) in out.items()}


def test_all_of_it_as_json(engine: SearchEngine, lexicon: Lexicon, tmp_path: Path) -> None:
    found = json.loads(json.dumps(compare(engine, lexicon, a_year(), seeds=(0, 1))))
    assert found["test"]["questions"] == pytest.approx(20, abs=1)
    assert found["test"]["modes"]["all together"]["hr@10"] == 1.0
    assert set(found["test"]["intervals by seed"]) == {"0", "1"}
    assert "tried on validation" not in found
