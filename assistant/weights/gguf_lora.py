"""Turn an adapter as peft writes it into the GGUF file that llama.cpp adds to a quantised model.

Knows how the low-rank matrices of two architectures (gemma3, llama) are named and laid out in both. Does not know where
an adapter comes from, nor whether it fits the model: llama.cpp refuses one of other sizes.

Source: llama.cpp's format of LoRA adapters (``adapter.type = lora``, tensors ``NAME.lora_a`` and ``NAME.lora_b``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import WeightsError
from assistant.weights.gguf_file import parse
from assistant.weights.gguf_folder import ARCHITECTURE_NAMES

_KEY = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.(.+)\.lora_([AB])\.weight")


def write_gguf_lora(tensors: Path, config: Path, base: Path, out: Path) -> None:
    """Write an adapter's matrices as a GGUF file, in half precision.

    Args:
        tensors: ``adapter_model.safetensors``.
        config: ``adapter_config.json``, for the scale.
        base: the GGUF file of the model it belongs to, for the architecture and the numbers of heads.
        out: the file to write.

    Raises:
        WeightsError: a tensor or the architecture has no place in such a file.
    """
    from gguf import GGUFWriter
    from safetensors.numpy import load_file

    metadata = parse(np.memmap(base, dtype=np.uint8, mode="r")).metadata
    architecture = str(metadata.get("general.architecture", ""))
    if architecture not in ARCHITECTURE_NAMES:
        raise WeightsError(
            f"{base} is of the architecture '{architecture}'; adapters are converted for "
            f"{', '.join(ARCHITECTURE_NAMES)}"
        )
    short = {long.removesuffix(".weight"): name for name, long in ARCHITECTURE_NAMES[architecture].items()}
    heads = {
        "self_attn.q_proj": int(metadata.get(f"{architecture}.attention.head_count", 0)),
        "self_attn.k_proj": int(metadata.get(f"{architecture}.attention.head_count_kv", 0)),
    }
    writer = GGUFWriter(str(out), architecture)
    writer.add_string("general.type", "adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(json.loads(config.read_text(encoding="utf-8"))["lora_alpha"]))
    for key, values in sorted(load_file(tensors).items()):
        layer, module, side = _parts(key, short)
        if architecture == "llama" and side == "B" and module in heads:
            values = _interleaved(values, heads[module])
        name = f"blk.{layer}.{short[module]}.lora_{side.lower()}"
        writer.add_tensor(name, np.ascontiguousarray(values.astype(np.float16)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _parts(key: str, short: Mapping[str, str]) -> tuple[str, str, str]:
    found = _KEY.fullmatch(key)
    if found is None or found.group(2) not in short:
        raise WeightsError(f"the adapter has a tensor '{key}' that has no place in a GGUF file of this architecture")
    return found.group(1), found.group(2), found.group(3)


def _interleaved(values: npt.NDArray[np.float32], heads: int) -> npt.NDArray[np.float32]:
    """Rows in GGUF's order: it interleaves the two halves of each head's rotary dimensions."""
    rows, columns = values.shape
    return values.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)
