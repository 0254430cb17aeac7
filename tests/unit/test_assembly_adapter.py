"""Settings that name an adapter or a reranker: who gets which encoder, and where the default index then lives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from builders import product, write_jsonl
from fakes_intent import build_toy_encoder

from assistant.assembly import Parts
from assistant.encoder.adapter import probe, read_adapter
from assistant.encoder.pieces import Pieces
from assistant.errors import IndexFolderError, WeightsError
from assistant.settings import Settings
from assistant.training.contrastive import backbone_of, load_trainable
from assistant.training.packing import write_adapter
from assistant.understanding import EncoderIntentClassifier


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = build_toy_encoder(tmp_path_factory.mktemp("toy"))
    kinds = ("Transformer", "Pooling", "Normalize")
    rows = [
        {"idx": i, "name": str(i), "path": f"{i}_{k}" if i else "", "type": f"sentence_transformers.models.{k}"}
        for i, k in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(rows))
    for name in ("1_Pooling", "2_Normalize"):
        (folder / name).mkdir()
    pooling = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 96, "do_lower_case": False}))
    return folder


@pytest.fixture(scope="module")
def adapter(encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Matrices that change every layer, as training would write them."""
    model = load_trainable(encoder, rank=2, max_tokens=64, device=torch.device("cpu"))
    known = probe(backbone_of(model), Pieces.load(encoder))
    torch.manual_seed(4)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.2)
    return write_adapter(tmp_path_factory.mktemp("output"), backbone_of(model), encoder="toy", made_of=known, kept=0.5)


@pytest.fixture
def stated(encoder: Path, tmp_path: Path) -> dict[str, Any]:
    catalog = write_jsonl(tmp_path / "shop.jsonl", [product(f"S{i}", f"red belt {i}") for i in range(4)])
    return {"encoder": str(encoder), "cache": tmp_path / "cache", "catalog": catalog, "compiled": False}


def test_half_of_what_was_learnt_is_added(encoder: Path, adapter: Path) -> None:
    config = json.loads((adapter / "adapter_config.json").read_text())
    assert config["lora_alpha"] == pytest.approx(2 * 2 * 0.5)
    assert config["base_model_name_or_path"] is None
    assert adapter.name == f"adapter-{read_adapter(adapter).id}"


def test_index_and_queries_are_of_the_adapted_encoder(stated: dict[str, Any], adapter: Path) -> None:
    plain, adapted = Parts(Settings(**stated)), Parts(Settings(**stated, encoder_adapter=adapter))
    assert adapted.index_folder != plain.index_folder
    assert adapted.encoder.name == f"{plain.encoder.name}+{read_adapter(adapter).id}"
    assert adapted.document_encoder.name == adapted.encoder.name
    vectors = [p.encoder.encode(["red belt"], kind="query")[0] for p in (plain, adapted)]
    assert float(vectors[0] @ vectors[1]) < 0.999
    assert adapted.engine.index.encoder == adapted.encoder.name
    row = adapted.engine.index.vectors[0]
    assert float(np.dot(row, adapted.encoder.encode(["red belt 0. "], kind="passage")[0])) > 0.9
    with pytest.raises(IndexFolderError, match="made by encoder"):
        _ = Parts(Settings(**stated, encoder_adapter=adapter), index=plain.engine and plain.index_folder).engine


def test_the_intent_classifier_keeps_to_the_plain_encoder(
    stated: dict[str, Any], adapter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []

    def load(folder: Path | None, encoder_name: str, **more: Any) -> object:
        given.append((encoder_name, more["encoder"]))
        return object()

    monkeypatch.setattr(EncoderIntentClassifier, "load", load)
    plain, adapted = Parts(Settings(**stated)), Parts(Settings(**stated, encoder_adapter=adapter))
    assert plain.classifier is not None
    assert adapted.classifier is not None
    assert given == [(stated["encoder"], plain.encoder), (stated["encoder"], None)]


def test_an_adapter_or_reranker_that_is_not_there_is_one_clear_error(stated: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no adapter folder"):
        _ = Parts(Settings(**stated, encoder_adapter=tmp_path / "none")).encoder
    with pytest.raises(WeightsError, match="ASSISTANT_RERANKER"):
        _ = Parts(Settings(**stated, reranker=str(tmp_path / "none"), offline=True)).reranker
    assert Parts(Settings(**stated)).reranker is None
