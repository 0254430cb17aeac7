from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.evaluation.recommender_domains import (
    WAYS,
    compare_domains,
    domain_table,
    is_domain,
    questions,
    read_domain,
    sampled_ranks,
    twins,
)
from assistant.recommendation.lists import accuracy_figures
from assistant.recommendation.registry import make


def write(folder: Path, train: list[tuple[int, int]], test: list[tuple[int, int]]) -> Path:
    folder.mkdir()
    for name, pairs in (("train.txt", train), ("test.txt", test)):
        (folder / name).write_text("".join(f"{u}\t{i}\t1\n" for u, i in pairs), encoding="utf-8")
    return folder


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two tastes that show in both domains; the first domain alone says little of each shopper."""
    first, second, asked = [], [], []
    for user in range(80):
        taste = user % 2
        first += [(user, taste * 20 + (user * 3 + k) % 5 * 2) for k in range(3)]
        asked.append((user, taste * 20 + (user * 3 + 3) % 5 * 2))
        second += [(user, taste * 20 + (user + k) % 6) for k in range(4)]
    # Item 90 of the first and item 91 of the second have the same shoppers, one of them held out.
    first += [(0, 90), (2, 90)]
    asked[4] = (4, 90)
    second += [(0, 91), (2, 91), (4, 91)]
    ends = [(user, (user % 2) * 20 + (user + 4) % 6) for user in range(80)]
    return write(tmp_path / "a", first, asked), write(tmp_path / "b", second, ends)


def test_twins_are_found_by_who_met_them_the_held_out_shopper_included(pair: tuple[Path, Path]) -> None:
    one, other = map(read_domain, pair)
    assert [found.tolist() for found in twins(one, other)] == [[90], [91]]


def test_all_ways_ask_the_same_and_rank_the_same_candidates(pair: tuple[Path, Path]) -> None:
    one, other = map(read_domain, pair)
    splits = [questions(one, other, way) for way in WAYS]
    names = [[split.train.items.ids[int(row)] for row in split.targets] for split in splits]
    assert names[0] == names[1] == names[2] == [f"a:{item}" for item in one.test[:, 1]]
    candidates = [[split.train.items.ids[int(row)] for row in np.flatnonzero(split.allowed)] for split in splits]
    assert candidates[0] == candidates[1] == candidates[2]
    assert "b:91" in splits[1].train.items.ids
    assert "b:91" not in splits[2].train.items.ids


def test_the_held_out_item_is_never_learnt(pair: tuple[Path, Path]) -> None:
    one, other = map(read_domain, pair)
    for stage in ("test", "validation"):
        split = questions(one, other, WAYS[1], stage=stage, cross=0.5)
        learnt = set(zip(split.train.users.tolist(), split.train.rows.tolist(), strict=True))
        met = set(map(tuple, one.train.tolist()))
        for user, target, history in zip(split.users, split.targets, split.histories, strict=True):
            if stage == "validation" or (int(user), int(split.train.items.ids[target][2:])) not in met:
                assert (int(user), int(target)) not in learnt
                assert target not in history.items
        assert {0.5, 1.0} == {float(w) for one in split.histories for w in one.weights}


def test_drawn_negatives_look_better_than_full_ranking(pair: tuple[Path, Path]) -> None:
    one, other = map(read_domain, pair)
    split = questions(one, other, WAYS[0])
    model = make("popularity").fit(split.train)
    drawn = accuracy_figures(sampled_ranks(model, split, seed=1, negatives=4))
    full = accuracy_figures(sampled_ranks(model, split, seed=1, negatives=10_000))
    assert drawn["ndcg@10"] > full["ndcg@10"]
    assert (
        sampled_ranks(model, split, seed=1, negatives=4).tolist()
        == sampled_ranks(model, split, seed=1, negatives=4).tolist()
    )


def test_both_directions_in_every_way(pair: tuple[Path, Path]) -> None:
    figures = compare_domains(pair, models=["item-knn"], seeds=(0, 1))
    assert set(figures["directions"]) == {"a", "b"}
    assert figures["directions"]["a"]["twins"] == 1
    assert figures["directions"]["a"]["asked_for_a_twin"] == 1
    ways = figures["directions"]["a"]["ways"]
    assert set(ways) == {f"item-knn: {way.name}" for way in WAYS}
    assert figures["hr@10"] == ways["item-knn: joint"]["hr@10"]
    assert len(domain_table(figures)) == 2 + 2 * 3


def test_what_is_no_domain_is_said(tmp_path: Path) -> None:
    assert not is_domain(tmp_path)
    write(tmp_path / "a", [(1, 2)], [(1, 3)])
    assert is_domain(tmp_path / "a")
    (tmp_path / "a" / "test.txt").write_text("x y z\n", encoding="utf-8")
    with pytest.raises(TrainingError, match="no domain"):
        read_domain(tmp_path / "a")
