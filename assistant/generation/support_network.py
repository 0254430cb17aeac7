"""The network of the learned claim check: each token of a sentence beside a record, and how far it is unsupported.

The lower layers of the sentence encoder read record and sentence each alone and stay as they are; in the upper ones
the sentence also looks at the record, whose tokens never look back. A record is therefore read once, and each sentence
about it costs its own tokens only. Knows tensors. Knows no files and no text. Imported only where a model is really
loaded, since it brings torch.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

HEAD = "head"
"""Name of the linear layer inside :class:`SupportNetwork`; adapters save it beside their low-rank matrices."""


class SupportNetwork(nn.Module):
    """Encoder → tokens that attend to the record, too, from layer ``lower`` on → one logit a token."""

    def __init__(self, backbone: nn.Module, *, hidden: int, lower: int, depth: int) -> None:
        """Take an encoder of which the first ``depth`` layers are used, the first ``lower`` of them as they are."""
        super().__init__()
        self.backbone = backbone
        encoder: Any = backbone
        encoder.encoder.layer = encoder.encoder.layer[:depth]
        self.head = nn.Linear(hidden, 1)
        self.lower = lower

    @property
    def layers(self) -> list[Any]:
        """The encoder's layers, the lowest first."""
        backbone: Any = self.backbone
        return list(backbone.encoder.layer)

    @property
    def targets(self) -> list[str]:
        """The linear layers that learn."""
        upper = tuple(f"backbone.encoder.layer.{i}." for i in range(self.lower, len(self.layers)))
        return [n for n, m in self.named_modules() if isinstance(m, nn.Linear) and n.startswith(upper)]

    def embed(self, vectors: torch.Tensor) -> torch.Tensor:
        """Word vectors with places added, shape as given: (texts, tokens, hidden)."""
        backbone: Any = self.backbone
        found: torch.Tensor = backbone.embeddings(inputs_embeds=vectors)
        return found

    def record(self, vectors: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """What each upper layer of the untrained encoder is given of a record.

        Args:
            vectors: word vectors, shape (records, tokens, hidden).
            mask: 1 for real tokens, shape (records, tokens); ``None`` where all are.

        Returns:
            Shape (upper layers, records, tokens, hidden). Only right before low-rank matrices are merged or while they
            are switched off.
        """
        states, kept = self.embed(vectors), []
        for number, layer in enumerate(self.layers):
            if number >= self.lower:
                kept.append(states)
            if number + 1 < len(self.layers):
                states = _layer(layer, states, _bias(mask, states), None)
        return torch.stack(kept)

    def below(self, vectors: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """The sentence alone, through the lower layers: shape (texts, tokens, hidden)."""
        states = self.embed(vectors)
        for layer in self.layers[: self.lower]:
            states = _layer(layer, states, _bias(mask, states), None)
        return states

    def keys(self, states: torch.Tensor) -> torch.Tensor:
        """Keys and values of records for the upper layers: (layers, records, tokens, hidden) to (layers, 2, …)."""
        found = []
        for layer, given in zip(self.layers[self.lower :], states, strict=True):
            own = layer.attention.self
            found.append(torch.stack((own.key(given), own.value(given))))
        return torch.stack(found)

    def above(
        self, states: torch.Tensor, mask: torch.Tensor | None, keys: torch.Tensor, record_mask: torch.Tensor | None
    ) -> torch.Tensor:
        """One logit a token, shape (texts, tokens), of sentences that went through :meth:`below`.

        Args:
            states: shape (texts, tokens, hidden).
            mask: 1 for real tokens of the sentences; ``None``, as ``record_mask``, where all are.
            keys: of the record of each text, shape (upper layers, 2, texts, record tokens, hidden).
            record_mask: 1 for real tokens of the records, shape (texts, record tokens).
        """
        both = None if mask is None or record_mask is None else torch.cat((mask, record_mask), dim=1)
        bias = _bias(both, states)
        for layer, beside in zip(self.layers[self.lower :], keys, strict=True):
            states = _layer(layer, states, bias, beside)
        found: torch.Tensor = self.head(states).squeeze(-1)
        return found


def _bias(mask: torch.Tensor | None, states: torch.Tensor) -> torch.Tensor | None:
    """What is added to attention scores so that padding gets none: (texts, 1, 1, tokens)."""
    if mask is None:
        return None
    lowest = torch.finfo(torch.bfloat16).min / 2
    return (1.0 - mask.to(states.dtype))[:, None, None, :] * lowest


def _layer(layer: Any, states: torch.Tensor, bias: torch.Tensor | None, beside: torch.Tensor | None) -> torch.Tensor:
    """One BERT layer; ``beside`` holds keys and values of further tokens to look at."""
    own = layer.attention.self
    query, key, value = own.query(states), own.key(states), own.value(states)
    if beside is not None:
        key, value = torch.cat((key, beside[0]), dim=1), torch.cat((value, beside[1]), dim=1)
    heads, size = own.num_attention_heads, own.attention_head_size
    query, key, value = (t.view(t.shape[0], -1, heads, size).transpose(1, 2) for t in (query, key, value))
    seen = scaled_dot_product_attention(query, key, value, attn_mask=None if bias is None else bias.to(query.dtype))
    seen = seen.transpose(1, 2).reshape(states.shape)
    output = layer.attention.output
    states = output.LayerNorm(output.dense(seen) + states)
    wide = layer.intermediate.intermediate_act_fn(layer.intermediate.dense(states))
    found: torch.Tensor = layer.output.LayerNorm(layer.output.dense(wide) + states)
    return found
