"""Make a network trainable: which of its tensors learn, and where its head starts.

Knows torch modules. Does not know batches, epochs or files. Imported only to train: it brings torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

from assistant.understanding.artifact import pad, tokens

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from assistant.understanding.network import PooledClassifier

_BATCH = 64
_PROBE_STEPS = 100
_PROBE_PENALTY = 15.0  # ½·1/C of a logistic regression with C = 1/30, for standardised features


def trained_tensors(network: nn.Module) -> dict[str, torch.Tensor]:
    """The tensors of a network that training changes, by name."""
    return {name: p.detach().contiguous() for name, p in network.named_parameters() if p.requires_grad}


def prepare_full(network: PooledClassifier) -> PooledClassifier:
    """Let every layer learn but the word table: most of its rows never occur in a few thousand texts."""
    for name, parameter in network.named_parameters():
        parameter.requires_grad = ".word_embeddings." not in name and ".pooler." not in name
    return network


def quicken(backbone: nn.Module) -> None:
    """Make an encoder cheap to train on short texts: plain attention, no dropout inside it.

    On a CPU the fused attention kernel takes longer backwards than three small products for a dozen tokens, and drawing
    the dropout masks takes as long as the layers. The head's dropout and the disturbed texts regularise instead.
    A step takes 60 % of the time (measured with 32 texts of 12 tokens).
    """
    choose_attention = getattr(backbone, "set_attn_implementation", None)
    if callable(choose_attention):
        choose_attention("eager")
    for module in backbone.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def fit_head(
    network: PooledClassifier,
    tokenizer: PreTrainedTokenizerBase,
    texts: Sequence[str],
    labels: Sequence[int],
    *,
    prefix: str,
    max_tokens: int,
) -> None:
    """Start the head as the best linear classifier over the untrained encoder.

    With a random head the first epochs bend a good encoder towards noise; starting from the linear probe keeps more of
    what it knows about wording that the training texts lack, and saves those epochs.
    Source: Kumar et al., Fine-Tuning can Distort Pretrained Features (ICLR 2022), LP-FT.
    """
    ids = tokens(tokenizer, texts, prefix=prefix, max_tokens=max_tokens)
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    pooled = torch.zeros((len(ids), network.head.in_features))
    network.eval()
    with torch.no_grad():
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            pooled[rows] = network.pool(**pad([ids[i] for i in rows], int(tokenizer.pad_token_id or 0))).float()
    mean, spread = pooled.mean(dim=0), pooled.std(dim=0).clamp(min=1e-6)
    features, truth = (pooled - mean) / spread, torch.tensor(list(labels))
    counts = torch.bincount(truth, minlength=network.head.out_features).clamp(min=1)
    balance = len(truth) / (len(counts) * counts.float())
    weight = torch.zeros((len(counts), features.shape[1]), requires_grad=True)
    bias = torch.zeros(len(counts), requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=_PROBE_STEPS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(features @ weight.T + bias, truth, weight=balance)
        loss = loss + _PROBE_PENALTY / len(truth) * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        # The standardisation is folded into the layer, so that prediction needs no further step.
        network.head.weight.copy_(weight / spread)
        network.head.bias.copy_(bias - (weight / spread) @ mean)


def prepare_lora(network: PooledClassifier, *, rank: int) -> nn.Module:
    """Freeze the encoder and put low-rank matrices beside each linear layer of it; the head learns in full.

    The low-rank path has no dropout of its own, for the reason that :func:`quicken` gives.
    Source: Hu et al., LoRA (ICLR 2022), on all linear layers, scale 2.
    """
    from peft import LoraConfig, get_peft_model

    from assistant.understanding.network import HEAD

    targets = [
        name
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) and name.startswith("backbone.") and ".pooler." not in name
    ]
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets, modules_to_save=[HEAD])
    adapted: nn.Module = get_peft_model(network, config)
    return adapted
