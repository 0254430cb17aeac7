"""The encoder classifier on a toy encoder: what it reads, refuses and rejects."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from fakes_intent import TOY_LABELS as LABELS
from fakes_intent import build_toy_classifier, build_toy_encoder

from assistant.errors import WeightsError
from assistant.understanding.artifact import CARD, FULL_WEIGHTS, Card, load_backbone, load_network, probe, read_card
from assistant.understanding.intent import EncoderIntentClassifier, softmax
from assistant.understanding.network import PooledClassifier
from assistant.understanding.outside import OUTSIDE, Outside


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_toy_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture
def trained(encoder: Path, tmp_path: Path) -> Path:
    return build_toy_classifier(encoder, tmp_path / "trained")


def load(folder: Path, encoder: Path) -> EncoderIntentClassifier:
    return EncoderIntentClassifier.load(folder, str(encoder), cache=folder / "cache", device="cpu", dtype="float32")


def change_card(folder: Path, **changes: object) -> None:
    data = json.loads((folder / CARD).read_text(encoding="utf-8"))
    (folder / CARD).write_text(json.dumps(data | changes), encoding="utf-8")


def test_card_survives_its_file(trained: Path) -> None:
    card = read_card(trained)
    assert card.labels == LABELS
    assert card.temperature == 0.5
    (trained / CARD).write_text(replace(card, prefix="查询: ").to_json(), encoding="utf-8")
    assert read_card(trained) == replace(card, prefix="查询: ")


def test_confidence_is_the_softmax_over_the_temperature(trained: Path, encoder: Path) -> None:
    classifier = load(trained, encoder)
    logits = classifier.logits(["red shoes", "hi"])
    assert logits.shape == (2, 3)
    powers = np.exp(logits.astype(np.float64) / 0.5)
    expected = powers / powers.sum(axis=1, keepdims=True)
    for row, prediction in zip(expected, classifier.predict(["red shoes", "hi"]), strict=True):
        assert prediction.confidence == pytest.approx(row.max())
        assert prediction.intent == LABELS[row.argmax()]
        assert list(prediction.distribution.values()) == pytest.approx(list(row))


def test_padding_does_not_change_a_score(trained: Path, encoder: Path) -> None:
    classifier = load(trained, encoder)
    alone = classifier.logits(["hi"])[0]
    beside = classifier.logits(["hi", "a very much longer text beside it that needs padding"])[0]
    np.testing.assert_allclose(alone, beside, atol=1e-5)


def test_features_are_what_the_head_turns_into_scores(trained: Path, encoder: Path) -> None:
    from safetensors.numpy import load_file

    classifier = load(trained, encoder)
    texts = ["red shoes", "hi", "a very much longer text beside it that needs padding"]
    features = classifier.features(texts)
    assert features.shape == (3, 32)
    assert features.dtype == np.float32
    head = load_file(trained / FULL_WEIGHTS)
    np.testing.assert_allclose(
        features @ head["head.weight"].T + head["head.bias"], classifier.logits(texts), atol=1e-4
    )
    assert classifier.features([]).shape == (0, 32)


def strange_everything(hidden: int, threshold: float) -> Outside:
    """A detector whose only sign is how unlikely the likeliest label is."""
    signs = np.zeros(5, dtype=np.float32)
    only = signs.copy()
    only[2] = 1.0
    return Outside(
        np.zeros((2, hidden), dtype=np.float32),
        np.eye(hidden, dtype=np.float32),
        np.zeros(hidden, dtype=np.float32),
        np.eye(hidden, dtype=np.float32),
        np.asarray([0, 1]),
        signs,
        np.ones(5, dtype=np.float32),
        only,
        np.asarray([threshold], dtype=np.float32),
    )


def test_a_strange_text_counts_as_out_of_scope(trained: Path, encoder: Path) -> None:
    texts = ["red shoes", "hi", "blue"]
    plain = load(trained, encoder).predict(texts)
    hidden = read_card(trained).hidden
    strange_everything(hidden, -1.0).save(trained / OUTSIDE)
    change_card(trained, out_of_scope="out_of_scope", outside=True)
    rejecting = load(trained, encoder).predict(texts)
    assert {p.intent for p in rejecting} == {"out_of_scope"}
    assert all(p.outside > 0.5 for p in rejecting)
    for before, after in zip(plain, rejecting, strict=True):
        if before.intent != "out_of_scope":
            assert after.confidence == pytest.approx(after.outside)
    strange_everything(hidden, 9.0).save(trained / OUTSIDE)
    assert [p.intent for p in load(trained, encoder).predict(texts)] == [p.intent for p in plain]


def test_a_damaged_file_beside_the_network_is_one_error(trained: Path, encoder: Path) -> None:
    change_card(trained, outside=True)
    with pytest.raises(WeightsError, match="assistant train intent"):
        load(trained, encoder)
    (trained / OUTSIDE).write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="assistant train intent"):
        load(trained, encoder)


def test_adapters_merged_into_the_encoder_give_the_same_scores(encoder: Path, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    backbone, tokenizer, hidden = load_backbone(encoder)
    fingerprint = probe(backbone, tokenizer)
    torch.manual_seed(3)
    network = PooledClassifier(backbone, hidden=hidden, labels=3)
    adapted = get_peft_model(
        network, LoraConfig(r=4, target_modules=["query", "value"], modules_to_save=["head"], init_lora_weights=False)
    ).eval()
    adapted.save_pretrained(str(tmp_path))
    ids = torch.tensor([[2, 5, 9, 12, 3]])
    with torch.inference_mode():
        expected = adapted(input_ids=ids, attention_mask=torch.ones_like(ids))["logits"]
    card = Card(LABELS, "toy", hidden, fingerprint, method="lora")
    merged, _ = load_network(tmp_path, card, encoder, "toy")
    assert not any("lora" in name for name, _ in merged.named_modules())
    with torch.inference_mode():
        found = merged(input_ids=ids, attention_mask=torch.ones_like(ids))["logits"]
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_another_encoder_is_refused_by_name(trained: Path, tmp_path: Path) -> None:
    same_size = build_toy_encoder(tmp_path / "same-size", seed=7)
    with pytest.raises(WeightsError, match=r"trained on the encoder 'toy'.*agrees with it"):
        load(trained, same_size)
    wider = build_toy_encoder(tmp_path / "wider", hidden=48)
    with pytest.raises(WeightsError, match="48 wide, the other 32"):
        load(trained, wider)


def test_the_same_encoder_in_a_coarser_number_format_is_taken(trained: Path, encoder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    coarse = tmp_path / "coarse"
    shutil.copytree(encoder, coarse)
    tensors = load_file(coarse / "model.safetensors")
    save_file({k: v.to(torch.bfloat16) for k, v in tensors.items()}, coarse / "model.safetensors")
    assert load(trained, coarse).predict(["hi"])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / CARD).unlink(),
        lambda folder: (folder / CARD).write_text("{", encoding="utf-8"),
        lambda folder: (folder / CARD).write_text("[]", encoding="utf-8"),
        lambda folder: change_card(folder, format=99),
        lambda folder: change_card(folder, labels=["one"]),
        lambda folder: change_card(folder, temperature=0),
        lambda folder: change_card(folder, surprise=1),
        lambda folder: change_card(folder, method="lora"),
        lambda folder: (folder / FULL_WEIGHTS).unlink(),
        lambda folder: (folder / FULL_WEIGHTS).write_bytes(b"\x00" * 100),
        lambda folder: change_card(folder, labels=["a", "b"]),
    ],
    ids=range(11),
)
def test_a_damaged_folder_is_one_clear_error(trained: Path, encoder: Path, spoil: object) -> None:
    spoil(trained)  # type: ignore[operator]
    with pytest.raises(WeightsError, match="assistant train intent"):
        load(trained, encoder)


def test_a_folder_that_is_no_model_is_an_error(trained: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(WeightsError, match="cannot be loaded"):
        load(trained, empty)


def test_softmax_is_stable_and_sharpens_with_a_low_temperature() -> None:
    logits = np.asarray([[1e4, 0.0], [0.0, 1.0]], dtype=np.float32)
    warm, cold = softmax(logits), softmax(logits, 0.25)
    np.testing.assert_allclose(warm.sum(axis=1), 1.0)
    assert np.isfinite(warm).all()
    assert cold[1, 1] > warm[1, 1] > 0.5
