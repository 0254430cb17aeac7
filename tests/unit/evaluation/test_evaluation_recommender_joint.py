from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.evaluation import recommender_joint
from assistant.evaluation.recommender_domains import WAYS, Domain, compare_domains, domain_table, questions
from assistant.evaluation.recommender_joint import ALONE, BESIDE, Part, fit_part, learn_weights, paired, rank, ranks
from assistant.recommendation.hybrid import Hybrid
from assistant.recommendation.lists import answer
from assistant.recommendation.splits import Split

NEAR = {"shrinkage": 1.0, "half_life": None}
PARTS = {
    "popularity": Part("popularity"),
    "both": Part("item-knn", NEAR, "both", other=1.0),
}
OTHER = Part("item-knn", NEAR, "both", own=0.0, other=1.0)


def domains(users: int = 90) -> tuple[Domain, Domain]:
    """Three tastes. The target domain shows them weakly: two items of many; the other one strongly."""
    chance = np.random.default_rng(3)
    near, asked, far = [], [], []
    for user in range(users):
        taste = user % 3
        own = taste * 8 + chance.choice(8, 4, replace=False)
        near += [(user, int(item)) for item in own[:3]]
        asked.append((user, int(own[3])))
        far += [(user, int(item)) for item in taste * 5 + chance.choice(5, 4, replace=False)]
    target, other = np.array(near), np.array(far)
    return Domain("near", target, np.array(asked), np.array(asked)), Domain("far", other, other[:1], other[:0])


def joint_split(stage: str = "test") -> Split:
    return questions(*domains(), WAYS[1], stage=stage)


def test_the_fusion_is_that_of_the_hybrid() -> None:
    split = joint_split()
    models = {name: fit_part(part, split, 0) for name, part in PARTS.items()}
    made = [rank(model, PARTS[name], split) for name, model in models.items()]
    full, _ = ranks(made, np.ones((5, 2)), split, negatives=4, seed=0)
    # Popularity is learnt from the target domain alone by both; the hybrid is handed the models as they are.
    hybrid = Hybrid.of(models, split.train.items, depth=recommender_joint.DEPTH, skip_met=True)
    np.testing.assert_array_equal(full, answer(hybrid, split).ranks)


def test_a_part_is_asked_with_the_side_it_wants() -> None:
    split = joint_split()
    model = fit_part(OTHER, split, 0)
    n = int(split.allowed.sum()) if split.allowed is not None else 0
    bare = Split(
        split.train,
        tuple(type(one)(one.items[one.items >= n]) for one in split.histories),
        split.targets,
        split.users,
        split.allowed,
    )
    one, other = rank(model, OTHER, split), rank(model, OTHER, bare)
    # Without the shopper's own items the scores are the same; what was met only leaves the candidates.
    for at, history in enumerate(split.histories):
        kept = [row for row, worth in zip(other.rows[at], other.worth[at], strict=True) if worth > 0]
        met = set(history.items.tolist())
        found = [row for row, worth in zip(one.rows[at], one.worth[at], strict=True) if worth > 0]
        assert found == [row for row in kept if row not in met][: len(found)]


def test_what_is_learnt_alone_knows_nothing_of_the_other_domain() -> None:
    single, joint = questions(*domains(), WAYS[0]), joint_split()
    part = Part("item-knn", NEAR)
    here, there = (rank(fit_part(part, split, 0), part, split) for split in (single, joint))
    np.testing.assert_array_equal(here.rows, there.rows)
    np.testing.assert_array_equal(here.worth, there.worth)


def test_a_part_that_tells_weighs_more_than_one_that_does_not() -> None:
    split = joint_split("validation")
    made = [rank(fit_part(part, split, 0), part, split) for part in PARTS.values()]
    weights = learn_weights(made, split)
    assert weights.shape == (5, 2)
    assert weights[:, 1].mean() > weights[:, 0].mean()


def test_a_pair_of_rankings_is_compared_question_by_question() -> None:
    alone, joint = np.array([1, 20, 30, 4, 0]), np.array([1, 3, 2, 40, 5])
    told = paired(alone, joint)
    assert (told["gained"], told["lost"], told["z"]) == (3, 1, 1.0)
    assert told["ndcg_z"] > 0
    assert paired(alone, alone) == {"gained": 0, "lost": 0, "z": 0.0, "ndcg_z": 0.0}


def test_fewer_rivals_never_make_a_rank_worse() -> None:
    split = joint_split()
    made = [rank(fit_part(part, split, 0), part, split) for part in PARTS.values()]
    full, drawn = ranks(made, np.ones((5, 2)), split, negatives=6, seed=1)
    assert (drawn <= full).all()
    assert drawn.mean() < full.mean()
    np.testing.assert_array_equal(drawn, ranks(made, np.ones((5, 2)), split, negatives=6, seed=1)[1])


def test_the_hybrid_of_two_domains_is_reported_beside_the_one_alone(tmp_path: Path) -> None:
    folders = []
    for one in domains():
        folder = tmp_path / one.name
        folder.mkdir()
        for name, pairs in (("train.txt", one.train), ("test.txt", one.test)):
            (folder / name).write_text("".join(f"{u} {i} 1\n" for u, i in pairs), encoding="utf-8")
        folders.append(folder)
    figures = compare_domains(folders, models=["hybrid"])
    ways = figures["directions"]["near"]["ways"]
    assert list(ways) == [f"hybrid: {way.name}" for way in WAYS]
    assert set(ways["hybrid: single"]["weights"]) == set(ALONE)
    assert set(ways["hybrid: joint"]["weights"]) == {*ALONE, *BESIDE}
    assert ways["hybrid: joint"]["ndcg@10"] > ways["hybrid: single"]["ndcg@10"]
    assert ways["hybrid: joint"]["against_single"]["ndcg_z"] > 0
    assert "gained" in domain_table(figures)[0]


@pytest.mark.parametrize("name", [*ALONE, *BESIDE])
def test_nothing_fades_where_no_order_is_known(name: str) -> None:
    assert {**ALONE, **BESIDE}[name].options.get("half_life") is None


def test_options_of_a_hybrid_that_takes_none_are_refused() -> None:
    with pytest.raises(TrainingError, match="no options"):
        compare_domains([Path("a"), Path("b")], models=["hybrid"], tuned=True)
