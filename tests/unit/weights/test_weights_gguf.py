"""Toy GGUF files of both architectures become folders whose models answer as the originals do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import dequantize, quantize

from assistant.errors import WeightsError
from assistant.weights.gguf_file import parse
from assistant.weights.gguf_folder import build_folder, read_parts
from assistant.weights.gguf_tokenizer import merges_from_scores

TOKENS = ["<pad>", "<eos>", "<bos>", "<unk>", "\n", "\n\n", "  ", "<b>"]
BYTES = [f"<0x{i:02X}>" for i in range(256)]
LETTERS = ["▁", "a", "b", "红", "色", "ab", "▁a", "▁ab", "红色", "<", ">"]
VOCABULARY = TOKENS + BYTES + LETTERS
TYPES = [3, 3, 3, 3, 4, 4, 4, 4] + [6] * 256 + [1] * len(LETTERS)
SCORES = [-1000.0] * (8 + 256) + [-float(i) for i in range(len(LETTERS))]


def write_vocabulary(writer: GGUFWriter) -> None:
    writer.add_tokenizer_model("llama")
    writer.add_token_list(VOCABULARY)
    writer.add_token_scores(SCORES)
    writer.add_token_types(TYPES)
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(1)
    writer.add_unk_token_id(3)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)


def write_shape(writer: GGUFWriter, config: Any) -> None:
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(10_000.0 if config.model_type == "llama" else 1_000_000.0)


def finish(writer: GGUFWriter) -> None:
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def gemma(path: Path) -> Any:
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=len(VOCABULARY), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, query_pre_attn_scalar=16, sliding_window=8, max_position_embeddings=64,
        rms_norm_eps=1e-6,
    )  # fmt: skip
    model = Gemma3ForCausalLM(config).eval()
    writer = GGUFWriter(str(path), "gemma3")
    write_shape(writer, config)
    writer.add_key_length(16)
    writer.add_sliding_window(8)
    write_vocabulary(writer)
    names = {
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
        "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
        "input_layernorm": "attn_norm", "post_attention_layernorm": "post_attention_norm",
        "pre_feedforward_layernorm": "ffn_norm", "post_feedforward_layernorm": "post_ffw_norm",
    }  # fmt: skip
    for key, tensor in model.state_dict().items():
        if "norm" in key:
            # Random, because an untrained model's norms are all zero and would hide a missing shift.
            tensor.copy_(torch.rand_like(tensor).bfloat16().float())
        tensor.copy_(tensor.bfloat16().float())
        values = tensor.numpy() + (1.0 if "norm" in key else 0.0)
        if key == "model.embed_tokens.weight":
            writer.add_tensor("token_embd.weight", values)
        elif key == "model.norm.weight":
            writer.add_tensor("output_norm.weight", values)
        elif key.startswith("model.layers."):
            _, _, layer, rest = key.split(".", 3)
            writer.add_tensor(f"blk.{layer}.{names[rest.removesuffix('.weight')]}.weight", values)
    finish(writer)
    return model


def llama(path: Path) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=len(VOCABULARY), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5, tie_word_embeddings=False,
    )  # fmt: skip
    model = LlamaForCausalLM(config).eval()
    writer = GGUFWriter(str(path), "llama")
    write_shape(writer, config)
    write_vocabulary(writer)
    names = {
        "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    }  # fmt: skip
    top = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    for key, tensor in model.state_dict().items():
        tensor.copy_(tensor.bfloat16().float())
        values = tensor.numpy()
        stem = key.removesuffix(".weight")
        if stem in top:
            writer.add_tensor(f"{top[stem]}.weight", values)
            continue
        _, _, layer, rest = stem.split(".", 3)
        heads = {"self_attn.q_proj": 4, "self_attn.k_proj": 2}.get(rest)
        if heads:
            rows, columns = values.shape
            values = values.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)
        writer.add_tensor(f"blk.{layer}.{names[rest]}.weight", np.ascontiguousarray(values))
    finish(writer)
    return model


@pytest.mark.parametrize("make", [gemma, llama])
def test_the_converted_model_gives_the_same_logits(make: Any, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    original = make(tmp_path / "toy.gguf")
    folder = tmp_path / "folder"
    folder.mkdir()
    shares: list[float] = []
    build_folder([tmp_path / "toy.gguf"], folder, lambda _m, s: shares.append(s))
    assert shares == sorted(shares)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    assert type(model) is type(original)
    assert model.generation_config.eos_token_id in (1, [1])
    ids = torch.tensor([[2, 264, 265, 266, 270, 4, 268, 269, 271, 265, 266, 264]])
    with torch.inference_mode():
        torch.testing.assert_close(model(ids).logits, original(ids).logits, atol=1e-4, rtol=1e-4)


def test_the_tokenizer_follows_the_vocabulary(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    gemma(tmp_path / "toy.gguf")
    folder = tmp_path / "folder"
    folder.mkdir()
    build_folder([tmp_path / "toy.gguf"], folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.tokenize("ab ab") == ["ab", "▁ab"]
    assert tokenizer.tokenize("a  a") == ["a", "▁▁", "a"], "a run of spaces is one piece before any word is"
    assert tokenizer.tokenize("a\n\nb") == ["a", "\n\n", "b"]
    assert tokenizer.tokenize("<b>红色") == ["<b>", "红色"]
    assert tokenizer.tokenize("é") == ["<0xC3>", "<0xA9>"]
    assert tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id == 2
    for text in ("ab  红色\n\né a", " a", "<b>"):
        assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text


def test_merges_come_best_first_and_runs_before_words() -> None:
    merges = merges_from_scores(["a", "b", "c", "ab", "abc", "bc", "\n", "\n\n"], [-9, -9, -9, -2, -3, -1, 0, -1000],
                                [1, 1, 1, 1, 1, 1, 4, 4])  # fmt: skip
    assert merges == [("\n", "\n"), ("b", "c"), ("a", "b"), ("a", "bc"), ("ab", "c")]


@pytest.mark.parametrize("kind", [GGMLQuantizationType.Q8_0, GGMLQuantizationType.Q5_0, GGMLQuantizationType.Q4_1])
def test_quantised_tensors_are_read_in_slices(tmp_path: Path, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.weights.gguf_file._BYTES_AT_ONCE", 100)
    values = np.random.default_rng(3).normal(size=(13, 64)).astype(np.float32)
    packed = quantize(values, kind)
    writer = GGUFWriter(str(tmp_path / "q.gguf"), "llama")
    writer.add_tensor("w", packed, raw_dtype=kind)
    finish(writer)
    gguf = parse(read_parts([tmp_path / "q.gguf"]))
    assert len(list(gguf.slices("w"))) > 3
    np.testing.assert_array_equal(gguf.read("w"), dequantize(packed, kind))


def test_parts_are_joined_in_order(tmp_path: Path) -> None:
    (tmp_path / "0").write_bytes(b"GG")
    (tmp_path / "1").write_bytes(b"UF")
    assert bytes(read_parts([tmp_path / "0", tmp_path / "1"])) == b"GGUF"


def test_another_architecture_or_file_is_refused(tmp_path: Path) -> None:
    writer = GGUFWriter(str(tmp_path / "x.gguf"), "mamba")
    writer.add_tensor("w", np.zeros((2, 2), dtype=np.float32))
    finish(writer)
    with pytest.raises(WeightsError, match="mamba"):
        build_folder([tmp_path / "x.gguf"], tmp_path)
    data = (tmp_path / "x.gguf").read_bytes()
    (tmp_path / "cut.gguf").write_bytes(data[:60])
    with pytest.raises(WeightsError):
        parse(read_parts([tmp_path / "cut.gguf"]))
    (tmp_path / "not.gguf").write_bytes(b"PK\x03\x04" + data[4:])
    with pytest.raises(WeightsError, match="GGUF"):
        parse(read_parts([tmp_path / "not.gguf"]))
