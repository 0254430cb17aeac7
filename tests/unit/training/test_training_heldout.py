"""The verdict on an adapted encoder: known rankings, known intervals, and no promotion by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from builders import product

from assistant.retrieval.keywords import Keywords
from assistant.training import heldout
from assistant.training.wishes import Wish

PRODUCTS = [product(f"S{i}", title) for i, title in enumerate(["red belt", "blue hat", "green tea", "old lamp"])]
WISHES = [Wish("belt", "en", "facts", 0, frozenset({0})), Wish("帽子", "zh", "title", 1, frozenset({1}))]


def test_ranking_by_vectors_and_fused_with_words() -> None:
    documents = np.eye(4, dtype=np.float32)
    # The first query points at the wrong row and has the word; the second at the right one and has none.
    queries = np.array([[0.6, 0.8, 0, 0], [0, 1, 0, 0]], dtype=np.float32)
    found = heldout.rank(WISHES, queries, documents, Keywords.build(PRODUCTS))
    assert found.alone["mrr@10"].tolist() == [0.5, 1.0]
    assert found.alone["ndcg@10"].tolist() == pytest.approx([1 / np.log2(3), 1.0])
    assert found.alone["recall@100"].tolist() == [1.0, 1.0]
    assert found.fused["mrr@10"].tolist() == [1.0, 1.0]


def test_recall_counts_what_a_list_can_hold() -> None:
    many = 250
    documents = np.zeros((300, 2), dtype=np.float32)
    documents[:many, 0] = 1.0
    documents[many:, 1] = 1.0
    wish = Wish("x", "en", "facts", 0, frozenset(range(many)))
    keywords = Keywords.build([product(f"S{i}", f"thing {i}") for i in range(300)])
    found = heldout.rank([wish], np.array([[1.0, 0.0]], dtype=np.float32), documents, keywords)
    assert found.alone["recall@100"][0] == pytest.approx(1.0)


def values(numbers: list[float]) -> dict[str, Any]:
    return {name: np.asarray(numbers) for name in heldout.MEASURES}


def test_a_difference_has_an_interval_over_products_not_queries() -> None:
    before, after = values([0.5] * 40), values([0.6] * 20 + [0.5] * 20)
    every = heldout.compare(list(range(40)), before, after, seed=1)["ndcg@10"]
    assert every["difference"] == pytest.approx(0.05)
    assert 0.03 < every["interval"][0] < 0.05 < every["interval"][1] < 0.07
    # The same queries about two products only: one product gained, and that may be chance.
    two = heldout.compare([0] * 20 + [1] * 20, before, after, seed=1)["ndcg@10"]
    assert two["interval"] == [0.0, pytest.approx(0.1)]
    assert heldout.compare([0] * 40, before, after, seed=1) == heldout.compare([0] * 40, before, after, seed=1)


def change(low: float, high: float) -> dict[str, Any]:
    middle = (low + high) / 2
    return {"ndcg@10": {"before": 0.5, "after": 0.5 + middle, "difference": middle, "interval": [low, high]}}


def test_only_a_better_encoder_is_promoted() -> None:
    better, same, worse = change(0.01, 0.05), change(-0.01, 0.03), change(-0.05, -0.01)
    assert heldout.verdict(better, better, {"en": better, "zh": same}) is None
    assert "0.5000 to 0.5100" in str(heldout.verdict(same, better, {"en": better}))
    assert "0.4700" in str(heldout.verdict(worse, better, {}))
    assert "fused with words" in str(heldout.verdict(better, worse, {}))
    assert " zh " in str(heldout.verdict(better, better, {"en": better, "zh": worse}))


def test_parts_hold_their_own_queries() -> None:
    before, after = values([0.2, 0.8]), values([0.4, 0.8])
    parts = heldout.parts_of(WISHES, before, after, seed=1)
    assert set(parts) == {"en", "zh", "facts", "title"}
    assert parts["en"]["ndcg@10"]["difference"] == pytest.approx(0.2)
    assert parts["zh"]["ndcg@10"]["difference"] == 0
