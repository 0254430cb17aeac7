"""Reordering: by a tiny cross-encoder with random weights, made here, and by scorers whose order is known."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from builders import index_of, product
from fakes import HashEncoder
from fakes_intent import build_toy_encoder

from assistant.encoder.cross import CrossScorer, load_cross_encoder
from assistant.errors import WeightsError
from assistant.lexicon import Lexicon
from assistant.retrieval import Filters, SearchEngine
from assistant.retrieval.rerank import RERANKED, rerank
from assistant.retrieval.text import document
from assistant.types import Candidate, Constraints


def build_cross_encoder(folder: Path, *, labels: int = 1, seed: int = 3) -> Path:
    """A two-layer classifier of pairs with random weights over the toy tokenizer."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    build_toy_encoder(folder)
    torch.manual_seed(seed)
    config = BertConfig.from_pretrained(str(folder), num_labels=labels)
    BertForSequenceClassification(config).save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> CrossScorer:
    folder = build_cross_encoder(tmp_path_factory.mktemp("cross"))
    return load_cross_encoder(str(folder), cache=folder / "cache", device="cpu")


def candidates(count: int, *, sold_out: Sequence[int] = ()) -> list[Candidate]:
    return [
        Candidate(
            product(f"S{i}", f"thing {i}"),
            1.0 - i / 100,
            {"fused": 1.0 - i / 100, **({"sold_out": -2.0} if i in sold_out else {})},
        )
        for i in range(count)
    ]


def backwards(_query: str, texts: Sequence[str]) -> np.ndarray:  # type: ignore[type-arg]
    return np.arange(len(texts), dtype=np.float64)


def test_the_first_fifty_are_reordered_and_the_rest_follows() -> None:
    ranked = candidates(60)
    found = rerank("q", ranked, backwards)
    assert [c.product.sku for c in found] == [f"S{i}" for i in (*range(RERANKED - 1, -1, -1), *range(RERANKED, 60))]
    assert [c.score for c in found] == [c.score for c in ranked]
    assert found[0].parts["reranked"] == RERANKED - 1
    assert "reranked" not in found[-1].parts


def test_sold_out_products_stay_last() -> None:
    found = rerank("q", candidates(6, sold_out=(4, 5)), backwards)
    assert [c.product.sku for c in found] == ["S3", "S2", "S1", "S0", "S4", "S5"]


def test_one_candidate_is_not_asked_about() -> None:
    def refuse(_query: str, _texts: Sequence[str]) -> np.ndarray:  # type: ignore[type-arg]
        raise AssertionError("asked")

    only = candidates(1)
    assert rerank("q", only, refuse) == only


def test_a_cross_encoder_scores_each_text(scorer: CrossScorer) -> None:
    texts = ["red shoes", "a phone", "", "x" * 5000, "\ud800 broken"]
    together = scorer("red shoes", texts)
    assert together.shape == (5,)
    assert together == pytest.approx([float(scorer("red shoes", [t])[0]) for t in texts], abs=1e-5)
    assert scorer("red shoes", []).shape == (0,)


def test_search_gives_the_order_of_the_scorer(scorer: CrossScorer, tmp_path: Path, lexicon: Lexicon) -> None:
    products = [product(f"P{i}", f"Brand{i} running shoes", 10.0 + i) for i in range(8)]
    encoder = HashEncoder()
    index = index_of(tmp_path, products, encoder)
    filters = Filters(Constraints(product="running shoes"))
    plain = SearchEngine(index, encoder, lexicon).search("running shoes", filters, k=8).candidates
    engine = SearchEngine(index, encoder, lexicon, reranker=scorer)
    found = engine.search("running shoes", filters, k=8).candidates
    said = scorer("running shoes", [document(p) for p in products])
    expected = sorted(range(8), key=lambda i: -said[i])
    assert [c.product.sku for c in found] == [f"P{i}" for i in expected]
    assert sorted(c.product.sku for c in plain) == sorted(c.product.sku for c in found)
    scores = [c.score for c in found]
    assert scores == sorted(scores, reverse=True)
    few = engine.search("running shoes", filters, k=3).candidates
    assert [c.product.sku for c in few] == [f"P{i}" for i in expected[:3]]
    dear_first = Filters(Constraints(product="running shoes", sort="price_desc"))
    assert [c.product.sku for c in engine.search("running shoes", dear_first, k=2).candidates] == ["P7", "P6"]


def test_missing_weights_and_other_models_are_clear_errors(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    with pytest.raises(WeightsError, match=r"reranker.*ASSISTANT_RERANKER"):
        load_cross_encoder(str(tmp_path / "nothing"), cache=tmp_path, device="cpu", offline=True)
    three = build_cross_encoder(tmp_path / "three", labels=3)
    with pytest.raises(WeightsError, match="3 labels"):
        load_cross_encoder(str(three), cache=tmp_path, device="cpu")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        load_cross_encoder(str(tmp_path / "empty"), cache=tmp_path, device="cpu")
