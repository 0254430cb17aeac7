"""Step sizes of the layers: the head fastest, every layer slower than the one above it."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from assistant.training.adapt import linear_probe, rate_groups


class Small(nn.Module):
    """Names as a BERT encoder with a head has them."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.embeddings = nn.Embedding(4, 3)
        self.backbone.encoder = nn.Module()
        self.backbone.encoder.layer = nn.ModuleList([nn.Linear(3, 3) for _ in range(3)])
        self.head = nn.Linear(3, 2)


def test_rates_fall_with_depth() -> None:
    network = Small()
    groups = rate_groups(network, rate=1e-4, head_rate=1e-3, layer_decay=0.5, weight_decay=0.01)
    rate = {id(p): group["lr"] for group in groups for p in group["params"]}
    decay = {id(p): group["weight_decay"] for group in groups for p in group["params"]}
    layers = [rate[id(layer.weight)] for layer in network.backbone.encoder.layer]
    assert layers == pytest.approx([2.5e-5, 5e-5, 1e-4])
    assert rate[id(network.head.weight)] == 1e-3
    assert rate[id(network.backbone.embeddings.weight)] == pytest.approx(1.25e-5)
    assert decay[id(network.head.weight)] == 0.01
    assert decay[id(network.head.bias)] == 0.0


def test_what_is_frozen_is_in_no_group() -> None:
    network = Small()
    network.backbone.embeddings.weight.requires_grad = False
    groups = rate_groups(network, rate=1e-4, head_rate=1e-3, layer_decay=1.0, weight_decay=0.0)
    held = {id(p) for group in groups for p in group["params"]}
    assert held == {id(p) for p in network.parameters() if p.requires_grad}
    assert len({group["lr"] for group in groups}) == 2


def test_the_probe_separates_what_can_be_separated() -> None:
    generator = torch.Generator().manual_seed(0)
    truth = torch.arange(90) % 3
    features = nn.functional.one_hot(truth, 3).float() * 5 + torch.randn(90, 3, generator=generator) * 0.3 + 7
    weight, bias = linear_probe(features, truth, 3, penalty=0.1, steps=50)
    assert ((features @ weight.T + bias).argmax(dim=1) == truth).all()
