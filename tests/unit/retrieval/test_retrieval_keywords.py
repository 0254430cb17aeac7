"""BM25 over both languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders import product

from assistant.retrieval.keywords import Keywords

ROWS = [
    product("A", "Red wool scarf", zh="红色羊毛围巾"),
    product("B", "Steel frying pan", zh="不锈钢平底锅", description="Not a scarf."),
    product("C", "🎉", category=()),
]


@pytest.fixture(params=["built", "loaded"])
def keywords(request: pytest.FixtureRequest, tmp_path: Path) -> Keywords:
    built = Keywords.build(ROWS)
    if request.param == "built":
        return built
    built.save(tmp_path / "bm25")
    return Keywords.load(tmp_path / "bm25", len(ROWS))


@pytest.mark.parametrize(("text", "best"), [("scarves", 0), ("frying pan", 1), ("羊毛围巾", 0), ("平底锅", 1)])
def test_the_right_row_scores_highest(keywords: Keywords, text: str, best: int) -> None:
    scores = keywords.scores(text)
    assert scores.shape == (3,)
    assert scores.dtype == np.float32
    assert int(scores.argmax()) == best
    assert scores[best] > 0


@pytest.mark.parametrize("text", ["", "zorbulator", "🎉", "\x00", "的"])
def test_unknown_words_score_nothing(keywords: Keywords, text: str) -> None:
    assert not keywords.scores(text).any()


def test_saying_a_word_twice_changes_nothing(keywords: Keywords) -> None:
    np.testing.assert_array_equal(keywords.scores("scarf"), keywords.scores("scarf scarf"))
