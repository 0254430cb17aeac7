"""Make a network trainable: which of its tensors learn, and where its head starts.

Knows torch modules. Does not know batches, epochs or files. Imported only to train: it brings torch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from assistant.understanding.artifact import pad, tokens

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from assistant.understanding.network import PooledClassifier

_BATCH = 64
_LAYER = re.compile(r"\.layers?\.(\d+)\.")
_HEAD = re.compile(r"(?:^|\.)head\.")
_HEAD_STEPS = 100
_HEAD_PENALTY = 15.0


def trained_tensors(network: nn.Module) -> dict[str, torch.Tensor]:
    """The tensors of a network that training changes, by name."""
    return {name: p.detach().contiguous() for name, p in network.named_parameters() if p.requires_grad}


def prepare_full(network: PooledClassifier) -> PooledClassifier:
    """Let every layer learn but the word table: most of its rows never occur in a few thousand texts."""
    for name, parameter in network.named_parameters():
        parameter.requires_grad = ".word_embeddings." not in name and ".pooler." not in name
    return network


def rate_groups(
    network: nn.Module, *, rate: float, head_rate: float, layer_decay: float, weight_decay: float
) -> list[dict[str, Any]]:
    """Parameter groups of an optimizer: the head fast, each encoder layer slower than the one above it.

    The lower layers hold what all texts share and need least change; with one rate for all, a small training set bends
    them as far as the upper ones.
    Source: Howard and Ruder, Universal Language Model Fine-tuning for Text Classification (ACL 2018), section 3.2.

    Args:
        network: a :class:`PooledClassifier`, with or without low-rank matrices.
        rate: step size of the last layer.
        head_rate: step size of the head.
        layer_decay: factor from one layer to the one below; 1 makes all alike.
        weight_decay: for weight matrices; biases and norms have none.
    """
    found = [(n, p) for n, p in network.named_parameters() if p.requires_grad]
    numbers = {name: _layer_of(name) for name, _ in found}
    top = max((n for n in numbers.values() if n is not None), default=0)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in found:
        layer = numbers[name]
        if _HEAD.search(name):
            step = head_rate
        elif layer is not None:
            step = rate * layer_decay ** (top - layer)
        else:
            step = rate * layer_decay ** (top + 1)  # embeddings lie below the first layer
        decays = parameter.dim() > 1
        groups.setdefault((step, weight_decay if decays else 0.0), []).append(parameter)
    return [{"params": params, "lr": step, "weight_decay": decay} for (step, decay), params in groups.items()]


def _layer_of(name: str) -> int | None:
    """The number of the encoder layer a parameter belongs to, or ``None``."""
    found = _LAYER.search(name)
    return int(found.group(1)) if found else None


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
    truth = torch.tensor(list(labels))
    weight, bias = linear_probe(pooled, truth, network.head.out_features, penalty=_HEAD_PENALTY, steps=_HEAD_STEPS)
    with torch.no_grad():
        network.head.weight.copy_(weight)
        network.head.bias.copy_(bias)


def linear_probe(
    features: torch.Tensor, truth: torch.Tensor, count: int, *, penalty: float, steps: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Logistic regression with labels counting alike: weights (count, width) and biases (count,) for raw features.

    Args:
        features: shape (texts, width).
        truth: label numbers, shape (texts,).
        count: how many labels there are.
        penalty: ½·1/C, for features of mean 0 and spread 1.
        steps: of L-BFGS at most.
    """
    mean, spread = features.mean(dim=0), features.std(dim=0).clamp(min=1e-6)
    scaled = (features - mean) / spread
    counts = torch.bincount(truth, minlength=count).clamp(min=1)
    balance = len(truth) / (count * counts.float())
    weight = torch.zeros((count, features.shape[1]), requires_grad=True)
    bias = torch.zeros(count, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(scaled @ weight.T + bias, truth, weight=balance)
        loss = loss + penalty / len(truth) * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    # The standardisation is folded into the layer, so that prediction needs no further step.
    folded = (weight / spread).detach()
    return folded, (bias - folded @ mean).detach()


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
