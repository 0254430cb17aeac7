"""The compiled network: it says what torch says, is made once, and its absence is survived."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from fakes_intent import build_toy_classifier, build_toy_encoder
from safetensors.torch import save_file

from assistant.understanding import compiled
from assistant.understanding.artifact import FULL_WEIGHTS
from assistant.understanding.compiled import CompiledNetwork
from assistant.understanding.intent import EncoderIntentClassifier, TorchNetwork

TEXTS = ["red shoes", "hi", "", "我想买一条新手机", "a very much longer text beside it that needs padding"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_toy_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture
def trained(encoder: Path, tmp_path: Path) -> Path:
    return build_toy_classifier(encoder, tmp_path / "trained")


def load(folder: Path, encoder: Path, cache: Path, *, ready: bool) -> EncoderIntentClassifier:
    return EncoderIntentClassifier.load(
        folder, str(encoder), cache=cache, device="cpu", dtype="float32", compiled=ready
    )


def cosine(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return (left * right).sum(axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)


def test_it_says_what_torch_says(trained: Path, encoder: Path, tmp_path: Path) -> None:
    plain = load(trained, encoder, tmp_path / "cache", ready=False)
    quick = load(trained, encoder, tmp_path / "cache", ready=True)
    assert isinstance(quick._network, CompiledNetwork)
    expected, found = plain.features(TEXTS), quick.features(TEXTS)
    assert cosine(expected, found).min() > 0.99
    # Whole numbers are scaled by the largest in the batch, so a neighbour changes a text's vector, but hardly.
    assert cosine(quick.features(TEXTS[:1]), found[:1]).min() > 0.99


def test_it_is_made_once(trained: Path, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(trained, encoder, tmp_path / "cache", ready=True).logits(TEXTS)
    monkeypatch.setattr(compiled, "compile_network", lambda *_, **__: pytest.fail("compiled again"))
    np.testing.assert_array_equal(load(trained, encoder, tmp_path / "cache", ready=True).logits(TEXTS), first)


def test_other_weights_are_compiled_anew(trained: Path, encoder: Path, tmp_path: Path) -> None:
    before = load(trained, encoder, tmp_path / "cache", ready=True).logits(TEXTS)
    head = {"head.weight": torch.ones(3, 32), "head.bias": torch.zeros(3)}
    save_file(head, trained / FULL_WEIGHTS)
    after = load(trained, encoder, tmp_path / "cache", ready=True).logits(TEXTS)
    assert np.abs(after - before).max() > 0.1


def test_where_it_cannot_be_compiled_torch_answers_and_the_log_says_why(
    trained: Path, encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(compiled, "compile_network", refuse)
    with caplog.at_level(logging.WARNING):
        classifier = load(trained, encoder, tmp_path / "cache", ready=True)
    assert not isinstance(classifier._network, CompiledNetwork)
    assert "no such operator" in caplog.text
    assert len(classifier.predict(TEXTS)) == len(TEXTS)


@pytest.mark.parametrize("damage", ["encoder.onnx", "words.npy", "head.npz", "manifest.json"])
def test_a_damaged_folder_is_made_again(trained: Path, encoder: Path, tmp_path: Path, damage: str) -> None:
    first = load(trained, encoder, tmp_path / "cache", ready=True).logits(TEXTS)
    (path,) = (tmp_path / "cache" / "weights").glob(f"intent-*/{damage}")
    path.write_bytes(b"x" * path.stat().st_size)
    again = load(trained, encoder, tmp_path / "cache", ready=True)
    assert isinstance(again._network, CompiledNetwork)
    np.testing.assert_allclose(again.logits(TEXTS), first, atol=1e-5)


def test_a_classifier_in_use_is_not_disturbed_by_another_one(trained: Path, encoder: Path, tmp_path: Path) -> None:
    other = build_toy_classifier(encoder, tmp_path / "other")
    network = load(other, encoder, tmp_path / "cache", ready=False)._network
    assert isinstance(network, TorchNetwork)
    noise = torch.Generator().manual_seed(1)
    everything = network._network.named_parameters()
    learnt = {n: p for n, p in everything if "head" in n or (p.ndim > 1 and "embeddings" not in n)}
    save_file({n: torch.randn(p.shape, generator=noise) for n, p in learnt.items()}, other / FULL_WEIGHTS)
    quick = load(trained, encoder, tmp_path / "cache", ready=True)
    load(other, encoder, tmp_path / "cache", ready=True)
    # So many texts go through a session that is opened when they come first.
    many = [f"{text} {n}" for n in range(4) for text in TEXTS]
    expected = load(trained, encoder, tmp_path / "cache", ready=False).features(many)
    assert cosine(expected, quick.features(many)).min() > 0.99
