"""What events say of products met together: counts, scores, and when "often" may be said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.recommendation.complements_events import SESSION, Together, sessions, together_of
from assistant.recommendation.complements_scores import Affinities, Met, Weighing
from assistant.recommendation.interactions import DAY, Interactions, Items
from assistant.recommendation.reading import event_interactions

SKUS = ("tent-1", "tent-2", "bag-1", "bag-2", "lamp-1", "novel-1")
KINDS = ("tent", "tent", "sleeping bag", "sleeping bag", "lantern", "novel")
VECTORS = np.eye(6, dtype=np.float32)
VECTORS[1] = VECTORS[0]
PRICES = (100.0, 300.0, 40.0, 120.0, 20.0, 10.0)


def events(*told: tuple[str, str, str, float]) -> Interactions:
    return event_interactions(list(told), Items(SKUS))


def camped(user: str, start: float, *, tent: str = "tent-1") -> list[tuple[str, str, str, float]]:
    """A tent and a sleeping bag put into the cart and bought at once."""
    return [
        (user, tent, "add_to_cart", start),
        (user, "bag-1", "add_to_cart", start + 60),
        (user, tent, "purchase", start + 120),
        (user, "bag-1", "purchase", start + 120),
    ]


def history() -> Interactions:
    told = [line for n in range(6) for line in camped(f"u{n}", 1e9 + n * DAY)]
    told += [(f"v{n}", sku, "purchase", 1e9 + n) for n, sku in enumerate(("lamp-1", "novel-1", "bag-2") * 20)]
    return events(*told)


def test_a_session_ends_after_half_an_hour() -> None:
    data = events(("a", "tent-1", "view", 0.0), ("a", "bag-1", "view", SESSION), ("a", "lamp-1", "view", 3 * SESSION))
    assert sessions(data).tolist() == [0, 0, 1]


def test_what_followed_within_a_week_is_counted_in_its_direction() -> None:
    data = events(
        ("a", "tent-1", "add_to_cart", 0.0),
        ("a", "bag-1", "purchase", 2 * DAY),
        ("a", "lamp-1", "purchase", 8 * DAY),
        ("a", "tent-2", "purchase", 1 * DAY),
    )
    made = Together.learn(data, KINDS)
    assert made.following[0, 2] == 1
    assert made.following[2, 0] == 0, "what came first is no answer to what came after it"
    assert made.following[0, 4] == 0, "more than a week later"
    assert made.following[0, 1] == 0, "another tent is no complement"
    assert made.following[2, 4] == 1


def test_a_look_in_the_same_session_counts_for_types_only() -> None:
    data = events(
        ("a", "tent-1", "add_to_cart", 0.0), ("a", "lamp-1", "view", 60.0), ("a", "novel-1", "view", 2 * SESSION)
    )
    made = Together.learn(data, KINDS)
    at = {kind: row for row, kind in enumerate(made.types)}
    assert made.type_following[at["tent"], at["lantern"]] == 1
    assert made.type_following[at["tent"], at["novel"]] == 0
    assert made.following.nnz == 0


def test_a_cart_that_is_bought_is_one_basket() -> None:
    made = Together.learn(events(*camped("a", 0.0)), KINDS)
    assert (made.carts.total, made.orders.total) == (1, 1)
    assert made.carts.pairs[0, 2] == made.carts.pairs[2, 0] == 1
    assert made.carts.holding.tolist() == [1, 0, 1, 0, 0, 0]
    assert made.orders.type_pairs.sum() == 2


def test_events_without_times_or_kinds_teach_nothing() -> None:
    with pytest.raises(TrainingError, match="times and kinds"):
        Together.learn(Interactions.from_sequences([[0, 1]], Items(SKUS)), KINDS)
    with pytest.raises(TrainingError, match="2 types"):
        Together.learn(history(), ("tent", "lantern"))


def test_counts_come_back_from_a_file_as_they_were(tmp_path: Path) -> None:
    made = Together.learn(history(), KINDS)
    made.save(tmp_path / "a" / "counts.npz")
    back = Together.load(tmp_path / "a" / "counts.npz")
    assert (back.skus, back.types, back.orders.total) == (made.skus, made.types, made.orders.total)
    assert (back.following != made.following).nnz == 0
    assert (back.carts.type_pairs != made.carts.type_pairs).nnz == 0
    assert back.popularity.tolist() == made.popularity.tolist()
    (tmp_path / "broken.npz").write_bytes(b"PK no")
    with pytest.raises(TrainingError, match=r"broken\.npz"):
        Together.load(tmp_path / "broken.npz")


def test_a_file_of_events_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = '{"user_id":"a","sku":"%s","event":"purchase","timestamp":"2026-01-01T00:0%d:00Z","value":1}\n'
    path = tmp_path / "events.jsonl"
    path.write_text(line % ("tent-1", 0) + line % ("bag-1", 1) + line % ("elsewhere", 2), encoding="utf-8")
    made = together_of(path, SKUS, KINDS, tmp_path / "cache")
    assert made is not None
    assert made.orders.pairs[0, 2] == 1

    def never(*_: object) -> Interactions:
        raise AssertionError("read again")

    monkeypatch.setattr("assistant.recommendation.complements_events.read_interactions", never)
    again = together_of(path, SKUS, KINDS, tmp_path / "cache")
    assert again is not None
    assert again.orders.pairs[0, 2] == 1
    monkeypatch.undo()
    assert together_of(path, ("other-1",), ("tent",), tmp_path / "cache") is None
    with pytest.raises(TrainingError, match=r"nothing\.jsonl"):
        together_of(tmp_path / "nothing.jsonl", SKUS, KINDS, tmp_path / "cache")


def scored(made: Affinities, anchors: list[int], *, out: tuple[int, ...] = ()) -> np.ndarray:
    allowed = np.ones(len(SKUS), dtype=np.bool_)
    allowed[[*anchors, *out]] = False
    parts = made.parts(anchors, allowed)
    total = np.sum([parts[name] for name in parts], axis=0)
    return np.where(allowed, total, -np.inf)


def test_what_was_bought_with_it_comes_first_and_its_parts_add_up() -> None:
    made = Affinities(Together.learn(history(), KINDS), VECTORS, PRICES, {})
    total = scored(made, [0])
    assert SKUS[int(np.argmax(total))] == "bag-1"
    p = np.exp((total - 1.0) * 5.0)
    assert np.isfinite(p).all() or (total == -np.inf).any()
    parts = made.parts([0], np.ones(6, dtype=np.bool_))
    assert parts["together"][2] > 0 > parts["together"][3]


def test_a_type_probability_sums_to_one_without_the_anchors_own() -> None:
    made = Affinities(Together.learn(history(), KINDS), VECTORS, PRICES, {"lantern": {"tent": 1.0}})
    for kind in range(4):
        shares = made.types(kind)
        assert shares[kind] == 0
        assert shares.sum() == pytest.approx(1.0)


def test_without_events_of_its_type_the_table_speaks_and_then_content() -> None:
    nothing = Together.learn(history().select(np.zeros(0, dtype=np.int64)), KINDS)
    told = Affinities(nothing, VECTORS, PRICES, {"tent": {"lantern": 1.0, "novel": 0.5}})
    assert SKUS[int(np.argmax(scored(told, [0])))] == "lamp-1"
    alike = VECTORS.copy()
    alike[5] = (0.9, 0, 0, 0, 0, 0.436)
    plain = Affinities(nothing, alike, PRICES, {})
    total = scored(plain, [0], out=(1,))
    assert SKUS[int(np.argmax(total))] == "novel-1", "the likest type, where nothing else is known"
    assert np.isfinite(total[[2, 3, 4, 5]]).all(), "a product nobody met can come"


def test_the_dearer_one_goes_with_the_dearer_one() -> None:
    nothing = Together.learn(history().select(np.zeros(0, dtype=np.int64)), KINDS)
    made = Affinities(nothing, VECTORS, PRICES, {"tent": {"sleeping bag": 1.0}}, Weighing(price=1.0))
    assert scored(made, [0], out=(1,))[2] > scored(made, [0], out=(1,))[3]
    assert scored(made, [1], out=(0,))[3] > scored(made, [1], out=(0,))[2]


def test_a_later_anchor_counts_for_what_it_weighs() -> None:
    nothing = Together.learn(history().select(np.zeros(0, dtype=np.int64)), KINDS)
    made = Affinities(nothing, VECTORS, PRICES, {"tent": {"lantern": 1.0}, "sleeping bag": {"novel": 1.0}})
    allowed = np.array([False, False, False, False, True, True])
    for weights, first in ((np.array([1.0, 3.0]), 5), (np.array([3.0, 1.0]), 4)):
        parts = made.parts([0, 2], allowed, weights)
        total = np.sum(list(parts.values()), axis=0)
        assert max((4, 5), key=lambda row: total[row]) == first


@pytest.mark.parametrize(
    ("met", "often"),
    [
        (Met(6, 20, 0.4), True),
        (Met(2, 4, 0.01), False),
        (Met(6, 100, 0.5), False),
        (Met(6, 20, 5.0), False),
        (Met(6, 20, 7.0), False),
        (Met(0, 0, 0.0), False),
    ],
)
def test_often_needs_enough_a_share_and_more_than_chance(met: Met, often: bool) -> None:
    assert met.often is often


def test_what_was_met_is_told_with_its_counts() -> None:
    made = Affinities(Together.learn(history(), KINDS), VECTORS, PRICES, {})
    found = made.products_met(0, 2, bought=True)
    assert (found.together, found.of, found.often) == (6, 6, True)
    other = made.products_met(1, 2, bought=True)
    assert (other.together, other.of, other.often) == (0, 0, False)
    kinds = made.types_met(1, 3, bought=False)
    assert (kinds.together, kinds.of) == (6, 6), "of the types, 20 more orders hold a bag alone"
    assert made.types_met(3, 1, bought=False).of == 26
