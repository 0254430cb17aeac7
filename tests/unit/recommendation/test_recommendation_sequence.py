"""The behaviour Transformer as a recommender: it learns an order, copes with little, and comes back from a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ConfigurationError, TrainingError
from assistant.recommendation.interactions import History, Interactions, Items
from assistant.recommendation.lists import accuracy_figures, answer
from assistant.recommendation.sequence import Run, SequenceTransformer
from assistant.recommendation.splits import Split, leave_one_out

SMALL = {"width": 16, "length": 6, "dropout": 0.0, "input_dropout": 0.0}
QUICK = {"epochs": 30, "positions": 128, "rate": 0.01, "average": 0.0, "negatives": 8, "patience": 0}


def cycles(items: int = 12, users: int = 60, seed: int = 3) -> Interactions:
    """Every shopper walks the same circle of items from some place on."""
    rng = np.random.default_rng(seed)
    starts, lengths = rng.integers(items, size=users), rng.integers(3, 9, size=users)
    walks = [[int(s + step) % items for step in range(int(m))] for s, m in zip(starts, lengths, strict=True)]
    return Interactions.from_sequences(walks, Items(tuple(f"i{n}" for n in range(items))))


def model(network: dict[str, object] | None = None, *, seed: int = 0, **training: object) -> SequenceTransformer:
    return SequenceTransformer({**SMALL, **(network or {})}, {**QUICK, **training}, seed=seed, dtype="float32")


@pytest.fixture(scope="module")
def fitted() -> SequenceTransformer:
    """One trained model for the tests that only ask it."""
    return model().fit(cycles())


@pytest.mark.parametrize(
    ("kind", "loss", "epochs"),
    [
        ("sasrec", "full", 20),
        ("sasrec", "sampled", 20),
        ("sasrec", "gbce", 60),
        ("prenorm", "full", 20),
        ("ligr", "full", 20),
    ],
)
def test_it_learns_what_comes_next_in_a_circle(kind: str, loss: str, epochs: int) -> None:
    made = model({"kind": kind}, loss=loss, epochs=epochs).fit(cycles())
    scores = made.scores([History.of([at, (at + 1) % 12]) for at in range(12)])
    assert (scores.argmax(axis=1) == (np.arange(12) + 2) % 12).mean() >= 0.9


def test_cosine_scores_and_positions_from_the_start_learn_it_too() -> None:
    fitted = model({"scores": "cosine", "positions": "start", "heads": 2, "blocks": 2}).fit(cycles())
    scores = fitted.scores([History.of([at, (at + 1) % 12]) for at in range(12)])
    assert (scores.argmax(axis=1) == (np.arange(12) + 2) % 12).mean() >= 0.9


@pytest.mark.parametrize("loss", ["full", "sampled"])
def test_asked_for_further_items_the_next_one_still_comes_first(loss: str) -> None:
    made = model(loss=loss, ahead=3).fit(cycles())
    order = np.argsort(-made.scores([History.of([at, (at + 1) % 12]) for at in range(12)]), axis=1)
    assert (order[:, 0] == (np.arange(12) + 2) % 12).mean() >= 0.75
    assert (order[:, :3] == (np.arange(12)[:, None] + 3) % 12).any(axis=1).mean() >= 0.9


def test_the_order_of_a_history_matters(fitted: SequenceTransformer) -> None:
    one, other = fitted.scores([History.of([3, 4]), History.of([4, 3])])
    assert one.argmax() == 5
    assert np.abs(one - other).max() > 0.1


def test_only_the_newest_items_of_a_long_history_count(fitted: SequenceTransformer) -> None:
    newest = [2, 3, 4, 5, 6, 7]
    one, other = fitted.scores([History.of([9, 9, *newest]), History.of([1, *newest])])
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


def test_disliked_items_are_not_read(fitted: SequenceTransformer) -> None:
    disliked = History.of([3, 9, 4], weights=np.array([1, -1, 1], dtype=np.float32))
    one, other = fitted.scores([disliked, History.of([3, 4])])
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)


def test_a_history_scores_the_same_alone_and_among_others(fitted: SequenceTransformer) -> None:
    histories = [History.of([1]), History.of([]), History.of([2, 3, 4, 5]), History.of([7, 8])]
    together = fitted.scores(histories)
    for row, one in enumerate(histories):
        np.testing.assert_allclose(together[row], fitted.scores([one])[0], rtol=0, atol=1e-5)
    assert not together[1].any()


def test_the_same_seed_gives_the_same_bits_and_another_other_ones() -> None:
    asked, data = [History.of([1, 2])], cycles()
    first, again, other = (model(seed=seed, epochs=3).fit(data).scores(asked) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_saved_model_scores_the_same(tmp_path: Path) -> None:
    fitted = model({"kind": "ligr", "scores": "cosine"}, epochs=2).fit(cycles())
    fitted.save(tmp_path)
    loaded = SequenceTransformer(**fitted.options).load_from(tmp_path)
    asked = [History.of([1, 2]), History.of([])]
    np.testing.assert_array_equal(fitted.scores(asked), loaded.scores(asked))
    assert loaded.options == fitted.options


def test_a_model_of_other_options_is_refused(tmp_path: Path) -> None:
    model(epochs=1).fit(cycles()).save(tmp_path)
    with pytest.raises(TrainingError, match="train it again"):
        model({"width": 8}).load_from(tmp_path)


@pytest.mark.parametrize("walks", [[], [[]], [[0]], [[0], [1], []]])
def test_without_any_order_all_items_score_alike(walks: list[list[int]], tmp_path: Path) -> None:
    fitted = model().fit(Interactions.from_sequences(walks, Items(("a", "b"))))
    assert not fitted.scores([History.of([0])]).any()
    fitted.save(tmp_path)
    assert not model().load_from(tmp_path).scores([History.of([1])]).any()


def test_shared_attributes_move_an_item_nobody_met() -> None:
    items = Items(
        tuple("abcdef"),
        categories=(("x",), ("x",), ("y",), ("y",), ("x",), ("y",)),
        brands=("one", None, "two", "two", "one", "two"),
    )
    walks = [[0, 2, 1, 3], [1, 3, 0, 2], [0, 3, 1, 2]] * 20  # x and y in turn; items 4 (x) and 5 (y) never come
    fitted = SequenceTransformer(SMALL, {**QUICK, "average": 0.0}, attributes=True, dtype="float32")
    scores = fitted.fit(Interactions.from_sequences(walks, items)).scores([History.of([0]), History.of([0, 2])])
    assert scores[0, 5] > scores[0, 4]
    assert scores[1, 4] > scores[1, 5]


def test_a_model_with_attributes_comes_back_from_a_folder(tmp_path: Path) -> None:
    items = Items(("a", "b", "c"), categories=(("x",), (), ("x", "z")))
    fitted = SequenceTransformer(SMALL, QUICK, attributes=True, dtype="float32")
    fitted.fit(Interactions.from_sequences([[0, 1, 2]] * 5, items)).save(tmp_path)
    loaded = SequenceTransformer(**fitted.options).load_from(tmp_path)
    np.testing.assert_array_equal(fitted.scores([History.of([0])]), loaded.scores([History.of([0])]))


def test_held_questions_choose_the_epoch() -> None:
    data = cycles(users=40)
    asked = [History.of([at, (at + 1) % 12]) for at in range(12)]
    fitted = model(every=1, patience=2, epochs=200).fit(data, held=(asked, [(at + 2) % 12 for at in range(12)]))
    assert fitted.fitted is not None
    curve = fitted.fitted.curve
    assert fitted.fitted.best_epoch == max(curve, key=lambda m: m.ndcg).epoch
    assert fitted.fitted.epochs == fitted.fitted.best_epoch + 2 < 200


def test_it_measures_itself_as_every_model_is_measured() -> None:
    split = leave_one_out(cycles(items=40, users=80), "validation")
    made = model(epochs=2).fit(split.train)
    asked = (*split.histories, History.of([5, 6, 7]))
    targets = np.append(split.targets, 6)  # stands in its history: no model can find it
    found = made.measured(asked, targets.tolist())
    wanted = accuracy_figures(answer(made, Split(split.train, asked, targets, np.zeros_like(targets))).ranks)
    assert 0.2 < found.recall < 1.0
    assert found.recall == pytest.approx(wanted["recall@10"])
    assert found.ndcg == pytest.approx(wanted["ndcg@10"])


def test_without_questions_nothing_is_measured() -> None:
    made = model(epochs=1).fit(cycles(), held=((), ()))
    assert made.fitted is not None
    assert made.fitted.curve == ()
    with pytest.raises(TrainingError, match="nothing to measure"):
        made.measured((), ())


def test_with_enough_shoppers_some_newest_events_are_kept_out() -> None:
    fitted = model(epochs=2, every=1, patience=1).fit(cycles(users=1100))
    assert fitted.fitted is not None
    assert len(fitted.fitted.curve) == 2
    assert model(epochs=1, every=1, patience=1).fit(cycles(users=50)).fitted.curve == ()  # type: ignore[union-attr]


def test_a_stop_leaves_a_checkpoint_from_which_the_same_bits_come(tmp_path: Path) -> None:
    data, asked = cycles(), [History.of([1, 2])]
    # Dropout, negatives and the average are all in play, and the stop falls in the middle of an epoch.
    options = {"loss": "sampled", "average": 0.9, "epochs": 6}
    network = {"dropout": 0.3, "input_dropout": 0.3}
    whole = model(network, **options).fit(data).scores(asked)
    calls = iter(range(1000))
    stop = Run(tmp_path / "last.pt", stopped=lambda: next(calls) == 7)
    with pytest.raises(TrainingError, match="stopped after step 7"):
        model(network, **options).fit(data, run=stop)
    notes: list[str] = []
    resumed = model(network, **options).fit(data, run=Run(tmp_path / "last.pt", note=notes.append))
    assert notes == ["goes on after step 7"]
    np.testing.assert_array_equal(resumed.scores(asked), whole)


def test_a_checkpoint_of_another_run_is_not_taken_up(tmp_path: Path) -> None:
    notes: list[str] = []
    run = Run(tmp_path / "last.pt", note=notes.append)
    model(epochs=2).fit(cycles(), run=run)
    model(epochs=2, seed=9).fit(cycles(), run=run)
    assert notes == []


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / "last.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(TrainingError, match=r"last\.pt"):
        model().fit(cycles(), run=Run(tmp_path / "last.pt"))


def test_the_callers_random_numbers_are_left_alone() -> None:
    import torch

    torch.manual_seed(1)
    wanted = torch.rand(3)
    torch.manual_seed(1)
    model(epochs=1).fit(cycles())
    assert torch.equal(torch.rand(3), wanted)


@pytest.mark.parametrize(
    ("network", "training", "said"),
    [
        ({"width": 10, "heads": 3}, {}, "heads"),
        ({"wide": 10}, {}, "wide"),
        ({"kind": "other"}, {}, "other"),
        ({"dropout": 1.0}, {}, "dropout"),
        ({}, {"loss": "hinge"}, "hinge"),
        ({}, {"epochs": 0}, "epochs"),
        ({}, {"average": 1.0}, "average"),
        ({}, {"seed": 3}, "seed"),
    ],
)
def test_options_that_cannot_be_used_are_named(
    network: dict[str, object], training: dict[str, object], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        SequenceTransformer(network, training)
