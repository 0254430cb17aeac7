"""What every recommender must do, run on each of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.recommendation.base import MANIFEST, Recommender, best, recent
from assistant.recommendation.interactions import DAY, History, Interactions, Items
from assistant.recommendation.registry import MODELS, load, make

# Small enough to fit in a moment; what is not named here runs with its defaults.
FAST: dict[str, dict[str, object]] = {
    "ials": {"factors": 8, "iterations": 5, "threads": 1},
    "bpr": {"factors": 8, "iterations": 300},
    "gradient-mf": {"factors": 8, "epochs": 40, "batch_size": 64, "learning_rate": 0.05},
}
FAST["sequence"] = {"network": {"width": 8, "length": 8}, "training": {"epochs": 15, "positions": 64, "rate": 0.01}}
FAST["hybrid"] = {"parts": {"popularity": {}, "item-knn": {}, "ials": FAST["ials"], "content": {}}}
# Huge, so that the noise is nothing and what is tested is the model.
FAST["private-knn"] = {"epsilon": 1000.0}
NOISY = {"private-knn"}
NAMES = sorted(MODELS)
N = 24


def items(n: int = N) -> Items:
    vectors = np.random.default_rng(5).normal(size=(n, 6)).astype(np.float32)
    categories = tuple((f"c{row % 3}",) for row in range(n))
    return Items(tuple(f"i{row}" for row in range(n)), categories=categories, vectors=vectors)


def events(seed: int = 1, users: int = 40) -> Interactions:
    """Two tastes: even items and odd items, in ascending runs. Items 22 and 23 are met by nobody."""
    chance = np.random.default_rng(seed)
    sequences = []
    for user in range(users):
        own = np.arange(user % 2, N - 2, 2)
        start = int(chance.integers(0, len(own) - 5))
        sequences.append([int(row) for row in own[start : start + int(chance.integers(3, 6))]])
    return Interactions.from_sequences([*sequences, []], items())


def fitted(name: str, data: Interactions | None = None) -> Recommender:
    return make(name, **FAST.get(name, {})).fit(events() if data is None else data)


HISTORIES = (History.of([0, 2]), History.of([]), History.of([1]), History.of([22, 23]), History.of([4, 4, 6]))


@pytest.mark.parametrize("name", NAMES)
class TestContract:
    def test_scores_every_item_for_every_history_finitely(self, name: str) -> None:
        scores = fitted(name).scores(HISTORIES)
        assert scores.shape == (len(HISTORIES), N)
        assert scores.dtype == np.float32
        assert np.isfinite(scores).all()

    def test_masked_rows_never_come(self, name: str) -> None:
        model = fitted(name)
        allowed = np.zeros(N, dtype=bool)
        allowed[[3, 7, 8, 22]] = True
        assert np.isneginf(model.scores(HISTORIES, allowed)[:, ~allowed]).all()
        for history in HISTORIES:
            rows = model.recommend(history, 10, allowed).rows
            assert set(rows.tolist()) == {3, 7, 8, 22} - set(history.items.tolist())
        assert not len(model.recommend(HISTORIES[0], 10, np.zeros(N, dtype=bool)).rows)

    def test_a_mask_a_history(self, name: str) -> None:
        model = fitted(name)
        allowed = np.zeros((2, N), dtype=bool)
        allowed[0, 3] = allowed[1, 8] = True
        scores = model.scores([History.of([1]), History.of([2])], allowed)
        assert np.argwhere(np.isfinite(scores)).tolist() == [[0, 3], [1, 8]]

    def test_what_was_met_is_left_out_unless_asked_for(self, name: str) -> None:
        model = fitted(name)
        assert not set(model.recommend(HISTORIES[0], N).rows.tolist()) & {0, 2}
        again = model.recommend(HISTORIES[0], N, seen=True)
        assert {0, 2} <= set(again.rows.tolist())
        assert np.all(np.diff(again.scores) <= 0)

    def test_a_batch_scores_as_each_alone(self, name: str) -> None:
        model = fitted(name)
        together = model.scores(HISTORIES)
        alone = np.concatenate([model.scores([one]) for one in HISTORIES])
        np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)

    def test_a_saved_model_scores_the_same(self, name: str, tmp_path: Path) -> None:
        model = fitted(name)
        model.save(tmp_path / "m")
        again = load(tmp_path / "m")
        assert type(again) is type(model)
        assert again.options == model.options
        assert again.items.ids == model.items.ids
        np.testing.assert_array_equal(again.scores(HISTORIES), model.scores(HISTORIES))

    def test_the_same_seed_gives_the_same_model(self, name: str) -> None:
        if name in NOISY:
            pytest.skip("noise that protects shoppers has no seed on purpose")
        np.testing.assert_array_equal(fitted(name).scores(HISTORIES), fitted(name).scores(HISTORIES))

    def test_fitting_again_forgets_what_was_learnt(self, name: str) -> None:
        if name in NOISY:
            pytest.skip("noise that protects shoppers has no seed on purpose")
        model = fitted(name, events(seed=9, users=11))
        np.testing.assert_array_equal(model.fit(events()).scores(HISTORIES), fitted(name).scores(HISTORIES))

    def test_one_user(self, name: str) -> None:
        model = fitted(name, Interactions.from_sequences([[0, 2, 4]], items()))
        assert np.isfinite(model.scores(HISTORIES)).all()

    def test_no_event_at_all(self, name: str) -> None:
        model = fitted(name, Interactions.from_sequences([[]], items()))
        assert np.isfinite(model.scores(HISTORIES)).all()
        assert len(model.recommend(History.of([]), 5).rows) == 5

    def test_one_item(self, name: str) -> None:
        model = fitted(name, Interactions.from_sequences([[0], [0]], items(1)))
        assert np.isfinite(model.scores([History.of([]), History.of([0])])).all()
        assert not len(model.recommend(History.of([0]), 5).rows)

    def test_no_item(self, name: str, tmp_path: Path) -> None:
        model = fitted(name, Interactions.from_sequences([[]], items(0)))
        assert model.scores([History.of([])]).shape == (1, 0)
        assert not len(model.recommend(History.of([]), 5).rows)
        model.save(tmp_path / "m")
        assert load(tmp_path / "m").scores([History.of([])]).shape == (1, 0)

    def test_no_history(self, name: str) -> None:
        assert fitted(name).scores([]).shape == (0, N)

    def test_times_and_dislikes_are_taken(self, name: str) -> None:
        data = events()
        timed = Interactions.build(
            data.users, data.rows, 1e9 + 3600.0 * np.arange(len(data)), data.items, data.user_ids, weights=data.weights
        )
        model = fitted(name, timed)
        weights = np.array([1.0, -1.0], dtype=np.float32)
        asked = History.of([0, 3], times=np.array([1e9, 1e9 + 60]), weights=weights, now=1e9 + 3600)
        assert np.isfinite(model.scores([asked])).all()
        assert not set(model.recommend(asked, N).rows.tolist()) & {0, 3}

    def test_rows_and_masks_that_do_not_fit_are_errors(self, name: str) -> None:
        model = fitted(name)
        with pytest.raises(TrainingError, match="row 99"):
            model.scores([History.of([99])])
        with pytest.raises(TrainingError, match="mask"):
            model.scores([History.of([1])], np.ones(N + 1, dtype=bool))

    def test_asking_before_fitting_is_an_error(self, name: str) -> None:
        with pytest.raises(TrainingError, match="not fitted"):
            make(name, **FAST.get(name, {})).scores([History.of([1])])

    def test_a_damaged_folder_is_an_error(self, name: str, tmp_path: Path) -> None:
        fitted(name).save(tmp_path)
        (tmp_path / MANIFEST).write_text("{", encoding="utf-8")
        with pytest.raises(TrainingError, match="train recommender"):
            load(tmp_path)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("popularity", "content")])
def test_models_that_learn_from_events_tell_tastes_apart(name: str) -> None:
    """A shopper of even items meets more even items among the first than one of odd items does."""
    model = fitted(name)
    even = model.recommend(History.of([4, 6]), 4).rows
    odd = model.recommend(History.of([5, 7]), 4).rows
    assert (even % 2 == 0).sum() > (odd % 2 == 0).sum()


def test_an_unknown_model_or_option_is_an_error() -> None:
    with pytest.raises(TrainingError, match="item-knn"):
        make("no-such-model")
    with pytest.raises(TrainingError, match="options"):
        make("popularity", no_such_option=1)


def test_best_breaks_ties_by_row_and_leaves_out_what_is_not_allowed() -> None:
    scores = np.array([1, 3, -np.inf, 3, 2, 3], dtype=np.float32)
    assert best(scores, 2).tolist() == [1, 3]
    assert best(scores, 9).tolist() == [1, 3, 5, 4, 0]
    assert best(scores, 0).tolist() == []


def test_the_penalty_of_the_gradient_model_does_not_grow_with_the_size_of_a_step() -> None:
    """Ten times the shoppers in steps ten times as large: the mean over events is as before, so the items are too."""
    chance = np.random.default_rng(0)
    told = [(chance.permutation(6)[:4] + 6 * (user % 2)).tolist() for user in range(40)]
    few, many = (
        make("gradient-mf", factors=4, epochs=150, batch_size=160 * times, regularization=3e-4, learning_rate=0.02)
        .fit(Interactions.from_sequences(told * times, items(12)))
        ._arrays()["factors"][:, :4]
        for times in (1, 10)
    )
    assert np.abs(many).mean() == pytest.approx(np.abs(few).mean(), rel=0.2)


@pytest.mark.parametrize("name", NAMES)
def test_what_leads_is_what_scores_above_the_lowest(name: str) -> None:
    data = events()
    model = fitted(name, data)
    chance = np.random.default_rng(3)
    n = data.n_items
    masks = (None, chance.random(n) < 0.5, np.arange(n) == 2, np.zeros(n, dtype=bool))
    for history in (History.of([]), History.of([1]), data.history(0)):
        for allowed in masks:
            scores = model.scores([history], allowed)[0]
            finite = scores[np.isfinite(scores)]
            for depth in (3, n):
                rows, values = model.leading(history, depth, allowed)
                ranked = best(scores, depth)
                expected = [int(r) for r in ranked if len(finite) == 1 or scores[r] > finite.min()]
                np.testing.assert_allclose(values, scores[expected], rtol=1e-4, atol=1e-6)
                np.testing.assert_allclose(scores[rows], values, rtol=1e-4, atol=1e-6)


class TestWindow:
    def test_only_the_last_days_are_kept_where_times_are_known(self) -> None:
        times = np.array([0.0, 1.0, 2.5, 3.0]) * DAY
        users, rows = np.array([0, 0, 1, 1]), np.array([0, 1, 2, 3])
        data = Interactions.build(users, rows, times, items(), ["a", "b"])
        assert recent(data, 2.0).rows.tolist() == [2, 3]
        assert recent(data, None) is data
        assert recent(data, 9.0).rows.tolist() == [0, 1, 2, 3]

    def test_only_the_last_events_of_each_are_kept_where_the_order_is_known(self) -> None:
        data = Interactions.from_sequences([[0, 1, 2], [3], []], items())
        assert recent(data, 2.0).rows.tolist() == [1, 2, 3]
        assert recent(data, 2.0).n_users == 3

    def test_a_window_that_holds_nothing_is_refused(self) -> None:
        with pytest.raises(TrainingError, match="window"):
            recent(events(), 0.0)

    @pytest.mark.parametrize("name", ["item-knn", "ials"])
    def test_what_lies_before_the_window_is_not_learnt(self, name: str) -> None:
        old, new = [[0, 2, 4, 6]] * 6, [[8, 10]] * 6
        data = Interactions.from_sequences([[*a, *b] for a, b in zip(old, new, strict=True)], items())
        told = make(name, **{**FAST.get(name, {}), "window": 2.0}).fit(data).scores([History.of([8])])[0]
        assert told[10] > 0.1
        np.testing.assert_allclose(told[[0, 2, 4, 6]], 0.0, atol=1e-6)
