from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assistant.errors import ConfigurationError
from assistant.evaluation.recommender_curve import check_figure, diversity_curve, draw_curve
from assistant.recommendation.interactions import Interactions, Items
from assistant.recommendation.lists import accuracy_figures, answer
from assistant.recommendation.registry import make
from assistant.recommendation.splits import Split, leave_one_out

N = 60


def questions() -> Split:
    """Runs within one of three groups of like items; every group has its brand and price."""
    chance = np.random.default_rng(2)
    group = np.arange(N) // 20
    vectors = np.eye(3, dtype=np.float32)[group] + 0.1 * chance.standard_normal((N, 3)).astype(np.float32)
    items = Items(
        tuple(map(str, range(N))),
        brands=tuple(f"b{g}" for g in group),
        prices=tuple(float(10 * g + 1) for g in group),
        vectors=vectors,
    )
    starts = chance.integers(0, N, 120)
    runs = [[int(s) // 20 * 20 + (int(s) + k) % 20 for k in range(6)] for s in starts]
    return leave_one_out(Interactions.from_sequences(runs, items), "test")


def test_more_weight_gives_more_diverse_lists_that_start_from_the_models_own() -> None:
    split = questions()
    # With a half-life the last item alone decides, and is always right here.
    model = make("item-knn", half_life=None).fit(split.train)
    points = diversity_curve(model, split, weights=(0.0, 0.3, 0.9))
    assert [point["weight"] for point in points] == [0.0, 0.3, 0.9]
    diversity = [point["intra_list_diversity"] for point in points]
    assert diversity[0] < diversity[1] < diversity[2]
    assert points[2]["ndcg@10"] < points[0]["ndcg@10"]
    assert points[2]["gini_brands"] <= points[0]["gini_brands"] + 1e-9
    own = accuracy_figures(answer(model, split).ranks)["ndcg@10"]
    # Ties count against the model there.
    assert own <= points[0]["ndcg@10"] <= own + 0.05
    assert {"coverage", "gini_items", "gini_price_bands", "diversity_by", "hr@10"} <= set(points[0])


def test_what_was_met_or_is_not_allowed_comes_at_no_weight() -> None:
    split = questions()
    allowed = np.arange(N) % 2 == 0
    narrow = Split(split.train, split.histories, split.targets, split.users, allowed)
    popular = make("popularity").fit(split.train)
    for point in diversity_curve(popular, narrow, weights=(0.0, 1.0), pool=10, k=5):
        # Hits are only possible on the half that is allowed.
        assert point["hr@5"] <= np.mean(allowed[split.targets])
        assert point["coverage"] <= 1.0


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_the_curve_is_drawn_with_named_axes(tmp_path: Path, ending: str) -> None:
    points = [
        {
            "weight": weight,
            "ndcg@10": 0.05 - 0.02 * weight,
            "intra_list_diversity": 0.4 + 0.3 * weight,
            "coverage": 0.5,
            "gini_items": 0.6,
            "diversity_by": "content",
        }
        for weight in (0.0, 0.5)
    ]
    path = tmp_path / f"curve{ending}"
    draw_curve(points, path, title="item-knn on toys")
    written = path.read_bytes()
    assert written.startswith(b"\x89PNG" if ending == ".png" else b"<?xml")
    if ending == ".svg":
        text = written.decode()
        for said in ("nDCG@10", "diversity within a list", "coverage", "item-knn on toys", "item vectors"):
            assert f"<!-- {said}" in text or said in text
        assert "brands" not in text


def test_a_file_that_cannot_be_drawn_into_is_told_before(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"\.png or \.svg"):
        check_figure(tmp_path / "curve.xls")
    with pytest.raises(ConfigurationError, match="no folder"):
        check_figure(tmp_path / "nowhere" / "curve.svg")
