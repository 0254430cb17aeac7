"""Adapters of text generators: chosen, merged once, refused on another model, and put into llama.cpp's form."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGUFWriter
from safetensors.torch import load_file, save_file
from toy_generator import build_toy_generator

from assistant.errors import WeightsError
from assistant.generation import load_generator
from assistant.generation.adapter import (
    CARD,
    CONFIG,
    TENSORS,
    choose_adapter,
    merged,
    probe,
    read_text_adapter,
    write_card,
)
from assistant.weights.gguf_file import parse
from assistant.weights.gguf_folder import _llama_restore
from assistant.weights.gguf_lora import write_gguf_lora

PROMPTS = {"blurb.en": "blurb.en/2", "blurb.zh": "blurb.zh/2"}


def build_adapter(folder: Path, base: Path, *, seed: int = 1) -> Path:
    """Random matrices for a toy model, as training would write them."""
    from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    made_of = probe(model, AutoTokenizer.from_pretrained(base))
    wrapped: Any = get_peft_model(
        model, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM")
    )
    torch.manual_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {k: torch.randn_like(t) * 0.3 for k, t in get_peft_model_state_dict(wrapped).items()}
    save_file({k: t.to(torch.float16) for k, t in tensors.items()}, folder / TENSORS)
    config = {k: v for k, v in wrapped.peft_config["default"].to_dict().items() if k != "base_model_name_or_path"}
    config["target_modules"] = sorted(config["target_modules"])
    (folder / CONFIG).write_text(json.dumps(config, default=str))
    write_card(folder, generator=base.name, model=model, made_of=made_of, prompts=PROMPTS)
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_toy_generator(tmp_path_factory.mktemp("models") / "toy")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, base: Path) -> Path:
    return build_adapter(tmp_path_factory.mktemp("adapter"), base)


def test_the_card_names_model_and_prompts(folder: Path) -> None:
    adapter = read_text_adapter(folder)
    assert adapter.generator == "toy"
    assert adapter.versions == {"blurb.en": "2", "blurb.zh": "2"}
    assert adapter.shape[:2] == (32, 2)


def test_merged_once_and_it_changes_what_is_written(tmp_path: Path, base: Path, folder: Path) -> None:
    adapter = read_text_adapter(folder)
    first = merged(base, adapter, name="toy", cache=tmp_path)
    stamp = (first / "model.safetensors").stat().st_mtime_ns
    assert merged(base, adapter, name="toy", cache=tmp_path) == first
    assert (first / "model.safetensors").stat().st_mtime_ns == stamp
    plain = load_generator(str(base), cache=tmp_path, device="cpu")
    taught = load_generator(str(base), cache=tmp_path, device="cpu", adapter=adapter)
    assert taught.name == plain.name
    texts = ["".join(g.stream("The lamp", max_tokens=24)) for g in (plain, taught)]
    assert texts[0] != texts[1]


def test_merged_weights_are_base_plus_matrices(tmp_path: Path, base: Path, folder: Path) -> None:
    found = load_file(merged(base, read_text_adapter(folder), name="toy", cache=tmp_path) / "model.safetensors")
    plain, low = load_file(base / "model.safetensors"), load_file(folder / TENSORS)
    stem = "base_model.model.model.layers.1.mlp.down_proj"
    delta = 2 * low[f"{stem}.lora_B.weight"].float() @ low[f"{stem}.lora_A.weight"].float()
    wanted = plain["model.layers.1.mlp.down_proj.weight"].float() + delta
    assert torch.allclose(found["model.layers.1.mlp.down_proj.weight"].float(), wanted, atol=0.03)


def test_another_model_is_refused(tmp_path: Path, folder: Path) -> None:
    adapter = read_text_adapter(folder)
    other = build_toy_generator(tmp_path / "other", seed=5)
    with pytest.raises(WeightsError, match=r"trained on 'toy' and cannot run on 'other'.*agrees"):
        merged(other, adapter, name="other", cache=tmp_path)
    wide = build_toy_generator(tmp_path / "wide", hidden=48)
    with pytest.raises(WeightsError, match="width, layers and vocabulary"):
        merged(wide, adapter, name="wide", cache=tmp_path)


def test_damage_is_named(tmp_path: Path, base: Path, folder: Path) -> None:
    lost = tmp_path / "lost"
    shutil.copytree(folder, lost)
    tensors = load_file(lost / TENSORS)
    save_file(dict(list(tensors.items())[2:]), lost / TENSORS)
    with pytest.raises(WeightsError, match="cannot be merged"):
        merged(base, read_text_adapter(lost), name="toy", cache=tmp_path)
    (lost / TENSORS).unlink()
    with pytest.raises(WeightsError, match="is missing"):
        read_text_adapter(lost)
    (lost / CARD).write_text("{")
    with pytest.raises(WeightsError, match="cannot be read"):
        read_text_adapter(lost)
    with pytest.raises(WeightsError, match="holds no text adapter"):
        read_text_adapter(tmp_path / "nothing")


def test_the_setting_chooses(tmp_path: Path, folder: Path) -> None:
    shipped = tmp_path / "shipped"
    shutil.copytree(folder, shipped / "gemma-3-270m")
    for name in ("gemma-3-270m", "llama:gemma-3-270m", "google/gemma-3-270m"):
        found = choose_adapter("auto", name, shipped=shipped)
        assert found is not None
        assert found.folder.name == "gemma-3-270m"
    assert choose_adapter("auto", "smollm2-135m-instruct", shipped=shipped) is None
    assert choose_adapter("auto", "/somewhere/gemma-3-270m", shipped=shipped) is None
    assert choose_adapter("none", "gemma-3-270m", shipped=shipped) is None
    chosen = choose_adapter(str(folder), "anything", shipped=shipped)
    assert chosen is not None
    assert chosen.folder == folder


@pytest.mark.parametrize("kind", ["gemma3", "llama"])
def test_the_gguf_form_holds_the_same_matrices(tmp_path: Path, kind: str) -> None:
    base = build_toy_generator(tmp_path / "toy", kind=kind)
    folder = build_adapter(tmp_path / "adapter", base)
    file = tmp_path / "base.gguf"
    writer = GGUFWriter(str(file), kind)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    write_gguf_lora(folder / TENSORS, folder / CONFIG, file, tmp_path / "lora.gguf")
    found = parse(np.fromfile(tmp_path / "lora.gguf", dtype=np.uint8))
    assert found.metadata["general.type"] == "adapter"
    assert found.metadata["adapter.type"] == "lora"
    assert found.metadata["adapter.lora.alpha"] == 8.0
    low = load_file(folder / TENSORS)
    assert len(found.tensors) == len(low)
    for short, long in (("attn_q", "self_attn.q_proj"), ("ffn_down", "mlp.down_proj")):
        stem = f"base_model.model.model.layers.0.{long}"
        wanted = (low[f"{stem}.lora_B.weight"].float() @ low[f"{stem}.lora_A.weight"].float()).numpy()
        product = found.read(f"blk.0.{short}.weight.lora_b") @ found.read(f"blk.0.{short}.weight.lora_a")
        if kind == "llama":
            product = _llama_restore(parse(np.fromfile(file, dtype=np.uint8)), f"blk.0.{short}.weight", product)
        assert np.allclose(product, wanted, atol=1e-3)


def test_the_gguf_form_refuses_what_it_does_not_know(tmp_path: Path, folder: Path) -> None:
    file = tmp_path / "base.gguf"
    writer = GGUFWriter(str(file), "phi3")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    with pytest.raises(WeightsError, match="architecture 'phi3'"):
        write_gguf_lora(folder / TENSORS, folder / CONFIG, file, tmp_path / "lora.gguf")
