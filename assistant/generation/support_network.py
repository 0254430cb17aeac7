"""The network of the learned claim check: each token of a sentence beside a record, and how far it is unsupported.

The lower layers of the sentence encoder read record and sentence each alone and stay as they are. What learns stands on
top: each token of the sentence looks for what is like it in the record, by the encoder's own likeness and by one it
learns, and then at its neighbours. A record is read once, and each sentence about it costs little more than its own
tokens. Knows tensors. Knows no files and no text. Imported only where a model is really loaded, since it brings torch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.functional import gelu, normalize, scaled_dot_product_attention

WIDTH, HEADS = 256, 8
_SHARPNESS = 15.0
_START_LOGIT = -2.5
_NEVER = -1e4


class Beside(nn.Module):
    """What learns: tokens of sentences beside tokens of their records → one logit a token of the sentence."""

    mean: torch.Tensor

    def __init__(self, hidden: int, *, dropout: float = 0.15) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(hidden)
        self.q, self.k, self.v = nn.Linear(hidden, WIDTH), nn.Linear(hidden, WIDTH), nn.Linear(hidden, WIDTH)
        self.join, self.n1 = nn.Linear(3 * hidden + WIDTH + 4, WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.o, self.n2 = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH), nn.LayerNorm(WIDTH)
        self.f1, self.f2, self.n3 = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH), nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, 1)
        self.drop = nn.Dropout(dropout)
        # Of all tokens: without what they share, likeness tells them apart.
        self.register_buffer("mean", torch.zeros(hidden))
        nn.init.constant_(self.head.bias, _START_LOGIT)
        # Learnt likeness begins as a likeness: both sides are seen through one matrix.
        self.k.weight.data.copy_(self.q.weight.data)

    def forward(
        self, said: torch.Tensor, mask: torch.Tensor | None, told: torch.Tensor, told_mask: torch.Tensor | None
    ) -> torch.Tensor:
        """Logits of shape (texts, tokens).

        Args:
            said: of sentences, shape (texts, tokens, hidden).
            mask: 1 for real tokens; ``None``, as ``told_mask``, where all are.
            told: of the record of each, shape (texts, record tokens, hidden).
            told_mask: 1 for real tokens, shape (texts, record tokens).
        """
        own, other = normalize(said - self.mean, dim=-1), normalize(told - self.mean, dim=-1)
        likeness = own @ other.transpose(1, 2)
        if told_mask is not None:
            likeness = likeness.masked_fill(told_mask[:, None, :] == 0, -1.0)
        weight = (likeness * _SHARPNESS).softmax(-1)
        found = weight @ told
        agreement = (own * normalize(found - self.mean, dim=-1)).sum(-1, keepdim=True)
        numbers = torch.cat((likeness.topk(2, dim=-1).values, agreement, weight.amax(-1, keepdim=True)), -1)
        x, y, z = self.norm(said), self.norm(told), self.norm(found)
        seen = _attended(self.q(x), self.k(y), self.v(y), told_mask)
        states = self.drop(torch.relu(self.join(self.drop(torch.cat((x, z, x * z, seen, numbers), -1)))))
        query, key, value = self.qkv(self.n1(states)).chunk(3, -1)
        states = states + self.drop(self.o(_attended(query, key, value, mask)))
        states = states + self.drop(self.f2(gelu(self.f1(self.n2(states)))))
        logits: torch.Tensor = self.head(self.n3(states)).squeeze(-1)
        return logits


class SupportNetwork(nn.Module):
    """The lower layers of an encoder with :class:`Beside` on top."""

    def __init__(self, backbone: nn.Module, *, hidden: int, lower: int) -> None:
        """Take an encoder, of which the first ``lower`` layers are used."""
        super().__init__()
        self.backbone = backbone
        encoder: Any = backbone
        encoder.encoder.layer = encoder.encoder.layer[:lower]
        self.beside = Beside(hidden)

    def below(self, vectors: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """A record or a sentence alone, from word vectors of shape (texts, tokens, hidden), in the same shape."""
        backbone: Any = self.backbone
        states: torch.Tensor = backbone.embeddings(inputs_embeds=vectors)
        for layer in backbone.encoder.layer:
            states = _layer(layer, states, mask)
        return states


def _attended(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, heads: int = HEADS
) -> torch.Tensor:
    """Attention of several heads; ``mask`` is 1 for what may be looked at, shape (texts, keys)."""
    size = query.shape[-1] // heads
    q, k, v = (t.reshape(t.shape[0], -1, heads, size).transpose(1, 2) for t in (query, key, value))
    bias = None if mask is None else ((1.0 - mask) * _NEVER)[:, None, None, :].to(q.dtype)
    return scaled_dot_product_attention(q, k, v, attn_mask=bias).transpose(1, 2).reshape(query.shape)


def _layer(layer: Any, states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    """One BERT layer."""
    own, output = layer.attention.self, layer.attention.output
    heads = int(own.num_attention_heads)
    seen = _attended(own.query(states), own.key(states), own.value(states), mask, heads)
    states = output.LayerNorm(output.dense(seen) + states)
    wide = layer.intermediate.intermediate_act_fn(layer.intermediate.dense(states))
    found: torch.Tensor = layer.output.LayerNorm(layer.output.dense(wide) + states)
    return found
