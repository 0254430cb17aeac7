"""Turn a GGUF generator into a transformers folder in bfloat16, once.

Knows how the tensors of two architectures (gemma3, llama) are named and stored in GGUF and in transformers. Does not
know where the parts of the file come from: the caller has found and verified them.

Loading GGUF through transformers takes tens of seconds every time, or keeps the weights packed, which cannot be
trained; the folder written here loads in about two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.errors import WeightsError
from assistant.weights.cache import Progress, silent
from assistant.weights.gguf_file import GgufFile, parse
from assistant.weights.gguf_tokenizer import build_tokenizer

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig

_SHARED_NAMES = {
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_output.weight": "self_attn.o_proj.weight",
    "ffn_gate.weight": "mlp.gate_proj.weight",
    "ffn_up.weight": "mlp.up_proj.weight",
    "ffn_down.weight": "mlp.down_proj.weight",
    "attn_norm.weight": "input_layernorm.weight",
}
_GEMMA_NAMES = _SHARED_NAMES | {
    "attn_q_norm.weight": "self_attn.q_norm.weight",
    "attn_k_norm.weight": "self_attn.k_norm.weight",
    "post_attention_norm.weight": "post_attention_layernorm.weight",
    "ffn_norm.weight": "pre_feedforward_layernorm.weight",
    "post_ffw_norm.weight": "post_feedforward_layernorm.weight",
}
_LLAMA_NAMES = _SHARED_NAMES | {"ffn_norm.weight": "post_attention_layernorm.weight"}
ARCHITECTURE_NAMES = {"gemma3": _GEMMA_NAMES, "llama": _LLAMA_NAMES}
"""For each known architecture the names of a layer's tensors in GGUF and in transformers."""

_TOP_NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Architecture:
    model_class: str
    names: dict[str, str]
    config: Callable[[GgufFile], PreTrainedConfig]
    restore: Callable[[GgufFile, str, Array], Array]


def _common(gguf: GgufFile, prefix: str) -> dict[str, Any]:
    """What every architecture states under the same keys."""
    get = gguf.metadata.get
    return {
        "vocab_size": gguf.tensors["token_embd.weight"].shape[0],
        "hidden_size": gguf.value(f"{prefix}.embedding_length"),
        "intermediate_size": gguf.value(f"{prefix}.feed_forward_length"),
        "num_hidden_layers": gguf.value(f"{prefix}.block_count"),
        "num_attention_heads": gguf.value(f"{prefix}.attention.head_count"),
        "num_key_value_heads": gguf.value(f"{prefix}.attention.head_count_kv"),
        "max_position_embeddings": gguf.value(f"{prefix}.context_length"),
        # Through a string, because the file holds float32 and 1e-6 should stay 1e-6.
        "rms_norm_eps": float(str(np.float32(gguf.value(f"{prefix}.attention.layer_norm_rms_epsilon")))),
        "rope_theta": float(gguf.value(f"{prefix}.rope.freq_base")),
        "bos_token_id": get("tokenizer.ggml.bos_token_id"),
        "eos_token_id": get("tokenizer.ggml.eos_token_id"),
        "pad_token_id": get("tokenizer.ggml.padding_token_id"),
        "tie_word_embeddings": "output.weight" not in gguf.tensors,
        "dtype": "bfloat16",
    }


def _gemma_config(gguf: GgufFile) -> PreTrainedConfig:
    from transformers import Gemma3TextConfig

    head = gguf.value("gemma3.attention.key_length")
    return Gemma3TextConfig(
        **_common(gguf, "gemma3"),
        architectures=["Gemma3ForCausalLM"],
        head_dim=head,
        query_pre_attn_scalar=head,
        sliding_window=gguf.value("gemma3.attention.sliding_window"),
    )


def _llama_config(gguf: GgufFile) -> PreTrainedConfig:
    from transformers import LlamaConfig

    return LlamaConfig(**_common(gguf, "llama"), architectures=["LlamaForCausalLM"])


def _gemma_restore(_gguf: GgufFile, name: str, values: Array) -> Array:
    # GGUF stores the factor of Gemma's norms, transformers the factor less one.
    return values - 1.0 if name.endswith("norm.weight") else values


def _llama_restore(gguf: GgufFile, name: str, values: Array) -> Array:
    heads = {"attn_q.weight": "llama.attention.head_count", "attn_k.weight": "llama.attention.head_count_kv"}
    key = heads.get(name.split(".", 2)[-1])
    if key is None:
        return values
    # GGUF interleaves the two halves of each head's rotary dimensions; transformers keeps them apart.
    count = int(gguf.value(key))
    rows, columns = values.shape
    return values.reshape(count, rows // count // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _architectures() -> dict[str, _Architecture]:
    return {
        "gemma3": _Architecture("Gemma3ForCausalLM", _GEMMA_NAMES, _gemma_config, _gemma_restore),
        "llama": _Architecture("LlamaForCausalLM", _LLAMA_NAMES, _llama_config, _llama_restore),
    }


def _long_name(architecture: _Architecture, name: str) -> str | None:
    """The transformers name of a GGUF tensor; ``None`` for one that transformers computes itself."""
    if name in _TOP_NAMES:
        return _TOP_NAMES[name]
    if name == "rope_freqs.weight":
        return None
    if name.startswith("blk."):
        _, layer, rest = name.split(".", 2)
        if rest in architecture.names:
            return f"model.layers.{layer}.{architecture.names[rest]}"
    raise WeightsError(f"the GGUF file has a tensor '{name}' that {architecture.model_class} has no place for")


def _bfloat16(gguf: GgufFile, name: str, architecture: _Architecture) -> torch.Tensor:
    import torch

    shape = gguf.tensors[name].shape
    if len(shape) < 2 or name.endswith(("attn_q.weight", "attn_k.weight")):
        return torch.from_numpy(architecture.restore(gguf, name, gguf.read(name))).to(torch.bfloat16).contiguous()
    # In slices: the 262,144-row vocabulary of Gemma would need 0.7 GB of float32 at once.
    return torch.cat([torch.from_numpy(part).to(torch.bfloat16) for part in gguf.slices(name)]).reshape(shape)


def read_parts(paths: Sequence[Path]) -> npt.NDArray[np.uint8]:
    """The bytes of a file that comes in parts, in order."""
    if len(paths) == 1:
        return np.memmap(paths[0], dtype=np.uint8, mode="r")
    return np.concatenate([np.fromfile(path, dtype=np.uint8) for path in paths])


def build_folder(paths: Sequence[Path], folder: Path, progress: Progress = silent) -> None:
    """Write a transformers folder (bfloat16 weights, configuration, fast tokenizer) from a GGUF file in parts.

    Raises:
        WeightsError: the file is not a GGUF file of an architecture known here.
    """
    from safetensors.torch import save_file
    from transformers import GenerationConfig

    progress("reading the GGUF file", 0.05)
    gguf = parse(read_parts(paths))
    name = gguf.value("general.architecture")
    architecture = _architectures().get(name)
    if architecture is None:
        raise WeightsError(f"GGUF files of the architecture '{name}' are not known; known are gemma3 and llama")
    tensors = {}
    for i, short in enumerate(gguf.tensors):
        progress("unpacking weights to bfloat16", 0.1 + 0.5 * i / len(gguf.tensors))
        long = _long_name(architecture, short)
        if long is not None:
            tensors[long] = _bfloat16(gguf, short, architecture)
    progress("writing weights", 0.6)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    tensors.clear()
    config = architecture.config(gguf)
    config.save_pretrained(folder)
    stops = [gguf.value("tokenizer.ggml.eos_token_id")]
    GenerationConfig(  # type: ignore[no-untyped-call]
        bos_token_id=config.bos_token_id,
        eos_token_id=stops,
        pad_token_id=config.pad_token_id if config.pad_token_id is not None else stops[0],
    ).save_pretrained(folder)
    progress("building the tokenizer", 0.7)
    build_tokenizer(gguf).save_pretrained(folder)
