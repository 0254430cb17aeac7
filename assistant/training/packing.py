"""An adapter as a folder: a few megabytes of matrices, and what tells which encoder they belong to.

Knows tensors and files; assistant/encoder/adapter.py reads them again. Imported only to train: it brings torch.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model_state_dict
from safetensors.torch import save_file
from torch import nn

from assistant.encoder.adapter import CONFIG, TENSORS, adapter_id, write_card


def write_adapter(
    output: Path, network: nn.Module, *, encoder: str, made_of: Sequence[Sequence[float]], kept: float
) -> Path:
    """Write the low-rank matrices of a network below ``output`` and return their folder, named by its hash.

    Half way between the plain and the trained encoder lies one that keeps more of what the plain one knew about wishes
    that no catalogue holds. Source: Wortsman et al., Robust Fine-Tuning of Zero-Shot Models (CVPR 2022).

    Args:
        output: the folder of the training run.
        network: the encoder without pooling, with matrices beside its layers.
        encoder: the name of the encoder it was.
        made_of: the probe of that encoder.
        kept: the share of what was learnt that is added to the encoder when it is loaded.
    """
    backbone: Any = network
    scratch = output / ".writing"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    # As peft names them where it wraps the network itself.
    tensors = {
        f"base_model.model.{k}": t for k, t in get_peft_model_state_dict(backbone, adapter_name="default").items()
    }
    save_file({k: t.to(torch.float16).cpu().contiguous() for k, t in tensors.items()}, scratch / TENSORS)
    (scratch / TENSORS).chmod(0o644)  # safetensors keeps its files to their owner
    config = backbone.peft_config["default"].to_dict()
    config |= {
        "lora_alpha": config["lora_alpha"] * kept,
        "base_model_name_or_path": None,  # a machine's folder names have no place in what is handed on
        "target_modules": sorted(config["target_modules"]),
        "inference_mode": True,
    }
    text = json.dumps(config, indent=1, sort_keys=True, default=str)
    (scratch / CONFIG).write_text(text + "\n", encoding="utf-8")
    write_card(scratch, encoder=encoder, hidden=int(backbone.config.hidden_size), made_of=made_of)
    final = output / f"adapter-{adapter_id(scratch)}"
    shutil.rmtree(final, ignore_errors=True)
    scratch.replace(final)
    return final
