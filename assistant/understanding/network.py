"""The network of the intent classifier: a BERT encoder, mean pooling, dropout, one linear layer.

Knows tensors. Knows no label names, no files and no text. Imported only where a model is really loaded, since it
brings torch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

HEAD = "head"
"""Name of the linear layer inside :class:`PooledClassifier`; adapters save it beside their low-rank matrices."""


class PooledClassifier(nn.Module):
    """Encoder → mean over the real tokens → dropout → logits.

    The mean, not the first token: the sentence encoders in use here are trained with it, so their classes are already
    apart before the first step.
    """

    def __init__(self, backbone: nn.Module, *, hidden: int, labels: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.backbone = backbone
        self.config = getattr(backbone, "config", None)  # where transformers' Trainer and peft look for it
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, labels)

    def pool(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Mean of the last hidden states, shape (batch, hidden), from ids and mask of shape (batch, tokens)."""
        states: torch.Tensor = self.backbone(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        return (states * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: Any) -> dict[str, torch.Tensor]:
        """``{"logits": (batch, labels)}``; further arguments of a training loop are not needed here."""
        return {"logits": self.head(self.dropout(self.pool(input_ids, attention_mask)))}
