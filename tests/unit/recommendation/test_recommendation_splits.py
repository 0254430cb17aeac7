from __future__ import annotations

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.recommendation.interactions import History, Interactions, Items, history_matrix
from assistant.recommendation.splits import leave_one_out, split_after, time_split

ITEMS = Items(tuple("abcdefgh"))


def sequences() -> Interactions:
    return Interactions.from_sequences([[0, 1, 2, 3], [4, 5], [], [6, 7, 0]], ITEMS)


def test_leave_one_out_holds_out_the_last_and_shows_the_one_before() -> None:
    split = leave_one_out(sequences())
    assert split.users.tolist() == [0, 3]
    assert split.targets.tolist() == [3, 0]
    assert [one.items.tolist() for one in split.histories] == [[0, 1, 2], [6, 7]]
    assert [one.tolist() for one in split.train.sequences()] == [[0, 1], [4, 5], [], [6]]


def test_validation_never_shows_the_test_item() -> None:
    split = leave_one_out(sequences(), "validation")
    assert split.targets.tolist() == [2, 7]
    assert [one.items.tolist() for one in split.histories] == [[0, 1], [6]]
    assert 3 not in split.train.rows.tolist()


def test_refit_learns_from_validation_events_and_never_from_the_test() -> None:
    split = leave_one_out(sequences(), refit=True)
    assert [one.tolist() for one in split.train.sequences()] == [[0, 1, 2], [4, 5], [], [6, 7]]


def shop() -> Interactions:
    """u comes back to 2 and dislikes 5 in the end; v met two items only, again and again."""
    rows = np.array([0, 1, 2, 3, 2, 5, 6, 7, 7, 6])
    weights = np.array([1, 1, 1, 1, 1, -1, 1, 1, 1, 1], dtype=np.float32)
    return Interactions.build(np.array([0] * 6 + [1] * 4), rows, None, ITEMS, ["u", "v"], weights=weights)


def test_repeats_and_dislikes_are_no_targets_and_what_follows_a_target_is_not_learnt() -> None:
    test, validation = leave_one_out(shop()), leave_one_out(shop(), "validation")
    assert (test.users.tolist(), test.targets.tolist(), validation.targets.tolist()) == ([0], [3], [2])
    assert test.histories[0].items.tolist() == [0, 1, 2]
    assert validation.histories[0].items.tolist() == [0, 1]
    assert [one.tolist() for one in test.train.sequences()] == [[0, 1], [6, 7, 7, 6]]
    assert [one.tolist() for one in leave_one_out(shop(), refit=True).train.sequences()] == [[0, 1, 2], [6, 7, 7, 6]]


def test_an_item_that_was_disliked_before_is_no_target_either() -> None:
    weights = np.array([1, 1, -1, 1, 1], dtype=np.float32)
    data = Interactions.build(np.zeros(5, dtype=int), np.array([0, 1, 2, 3, 2]), None, ITEMS, ["u"], weights=weights)
    assert leave_one_out(data).targets.tolist() == [3]


def test_without_repeats_the_split_is_the_last_event_and_the_one_before() -> None:
    """The published files hold no repeat and no dislike; their tables are of exactly these questions."""
    chance = np.random.default_rng(5)
    items = Items(tuple(map(str, range(30))))
    told = [chance.permutation(30)[: int(chance.integers(0, 9))].tolist() for _ in range(200)]
    data = Interactions.from_sequences(told, items)
    asked = [user for user, one in enumerate(told) if len(one) >= 3]
    for stage, refit, back, learnt in (("test", False, 1, 2), ("validation", False, 2, 2), ("test", True, 1, 1)):
        split = leave_one_out(data, stage, refit=refit)  # type: ignore[arg-type]
        assert split.users.tolist() == asked
        assert split.targets.tolist() == [told[u][-back] for u in asked]
        assert [one.items.tolist() for one in split.histories] == [told[u][:-back] for u in asked]
        kept = [one[:-learnt] if len(one) >= 3 else one for one in told]
        assert [one.tolist() for one in split.train.sequences()] == kept


def timed() -> Interactions:
    users = np.array([0] * 10 + [1] * 10)
    rows = np.array([0, 1, 2, 3, 4, 5, 6, 7, 0, 7, 0, 1, 2, 3, 4, 5, 6, 1, 2, 7])
    return Interactions.build(users, rows, np.arange(20.0) % 10, ITEMS, ["u", "v"])


def test_a_time_split_learns_nothing_of_the_future() -> None:
    split = time_split(timed(), share=0.2)
    assert split.train.times.max() < 8
    # The last new item of each after the moment: u's last two are repeats, so nothing is asked of u.
    assert split.users.tolist() == [1]
    assert split.targets.tolist() == [7]
    assert split.histories[0].items.tolist() == [0, 1, 2, 3, 4, 5, 6, 1, 2]
    assert split.histories[0].now == 9.0


def test_validation_of_a_time_split_ends_before_the_test_begins() -> None:
    split = time_split(timed(), "validation", share=0.2)
    assert split.train.times.max() < 6
    assert all(one.now is not None and 6 <= one.now < 8 for one in split.histories)
    assert split.targets.tolist() == [7, 6]


def test_a_split_after_a_moment_learns_all_up_to_it() -> None:
    split = split_after(timed(), 5.0)
    assert split.train.times.max() == 5.0
    assert split.users.tolist() == [0, 1]
    assert split.targets.tolist() == [7, 7]
    assert not len(split_after(timed(), 9.0).targets)


def test_a_time_split_without_times_is_an_error() -> None:
    with pytest.raises(TrainingError, match="leave-one-out"):
        split_after(sequences(), 0.0)
    with pytest.raises(TrainingError, match="leave-one-out"):
        time_split(sequences())


def test_a_sample_keeps_questions_and_answers_together() -> None:
    split = leave_one_out(Interactions.from_sequences([[u % 8, (u + 1) % 8, (u + 2) % 8] for u in range(30)], ITEMS))
    part = split.sample(7, seed=3)
    assert len(part.targets) == len(part.histories) == 7
    for user, target in zip(part.users, part.targets, strict=True):
        assert target == (user + 2) % 8


def test_events_are_sorted_by_user_and_time_and_checked() -> None:
    data = Interactions.build(np.array([1, 0, 1]), np.array([2, 1, 0]), np.array([5.0, 1.0, 3.0]), ITEMS, ["a", "b"])
    assert data.rows.tolist() == [1, 0, 2]
    assert data.starts.tolist() == [0, 1, 3]
    with pytest.raises(TrainingError, match="not within 8 items"):
        Interactions.build(np.array([0]), np.array([8]), None, ITEMS, ["a"])
    with pytest.raises(TrainingError, match="1 values for 2 events"):
        Interactions.build(np.array([0, 0]), np.array([1]), None, ITEMS, ["a"])
    with pytest.raises(TrainingError, match="unique"):
        Items(("a", "a"))


def test_old_events_fade_by_half_a_half_life_and_dislikes_are_left_out() -> None:
    day = 86400.0
    one = History.of([0, 1, 2], times=np.array([0.0, 2 * day, 2 * day]), weights=np.array([1, 1, -1], dtype=np.float32))
    assert history_matrix([one], 4, decay=2.0).toarray().tolist() == [[0.5, 1.0, 0.0, 0.0]]
    later = History.of([0], times=np.array([0.0]), now=4 * day)
    assert history_matrix([later], 4, decay=2.0).toarray()[0, 0] == pytest.approx(0.25)
    ordered = History.of([3, 0, 3])
    assert history_matrix([ordered], 4, decay=1.0).toarray().tolist() == [[0.5, 0.0, 0.0, 1.25]]
