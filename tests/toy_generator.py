"""Causal models of two layers with random weights and a vocabulary of bytes: they load as real ones do, in no time."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def build_toy_generator(folder: Path, *, kind: str = "gemma3", hidden: int = 32, seed: int = 0) -> Path:
    """Write a folder that ``from_pretrained`` loads; ``kind`` is ``gemma3`` or ``llama``."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import (
        Gemma3ForCausalLM,
        Gemma3TextConfig,
        GenerationConfig,
        LlamaConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
    )

    pieces = ["<pad>", "<eos>", "<bos>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE(vocab={piece: i for i, piece in enumerate(pieces)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>")
    fast.save_pretrained(folder)
    torch.manual_seed(seed)
    shape: dict[str, Any] = {
        "vocab_size": len(pieces), "hidden_size": hidden, "intermediate_size": 2 * hidden, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "max_position_embeddings": 4096,
        "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0, "tie_word_embeddings": True,
    }  # fmt: skip
    model: Any = (
        Gemma3ForCausalLM(Gemma3TextConfig(**shape, query_pre_attn_scalar=16, sliding_window=64))
        if kind == "gemma3"
        else LlamaForCausalLM(LlamaConfig(**shape))
    )
    model.generation_config = GenerationConfig(bos_token_id=2, eos_token_id=[1], pad_token_id=0)
    model.save_pretrained(folder)
    return folder


def spell_letters(model: Any, tokenizer: Any) -> None:
    """Give the model an output of its own that writes letters and digits only, and never ends a text."""
    import torch

    # With its table of inputs as the output, a model of random weights repeats one letter for ever.
    torch.manual_seed(5)
    weight = torch.randn_like(model.lm_head.weight)
    for piece, number in tokenizer.get_vocab().items():
        if not (len(piece) == 1 and piece.isascii() and piece.isalnum()):
            weight[number] = 0.0
    model.lm_head.weight = torch.nn.Parameter(weight)
    model.generation_config.eos_token_id = None
