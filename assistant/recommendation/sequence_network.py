"""The network of the behaviour Transformer: item rows in, one state a position out, scores by the items' own vectors.

Knows tensors of item rows. Does not know what an item is, how it is trained, nor which rows are allowed.

Rows are counted from 1, 0 fills sequences up **on the right**: with causal attention no position can see what follows
it, so fillings need no mask and never change a state. Sequences of like length share a batch, which for histories of
nine items costs a fifth of filling them up to fifty.

Source: Kang and McAuley, Self-Attentive Sequential Recommendation, 2018 (``sasrec`` blocks, tied item vectors);
Xiong et al., On Layer Normalization in the Transformer Architecture, 2020 (``prenorm``); Borisyuk et al., LiGR, 2025
(``ligr``: gated residuals), used for this task by Tikhonovich et al., eSASRec, arXiv 2508.06450.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import torch
from torch import nn
from torch.nn import functional as F

from assistant.errors import ConfigurationError

BlockKind: TypeAlias = Literal["sasrec", "prenorm", "ligr"]
Positions: TypeAlias = Literal["start", "end"]
Scores: TypeAlias = Literal["dot", "cosine"]

PAD = 0


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """The shape of the network.

    ``length`` is the most items of a history that are read. ``positions`` counts from the ``start`` of a history or
    from its ``end`` (the newest item is then always at the same place). ``scores`` are dot products, or cosines times a
    learned scale. ``attributes`` (with ``attribute_rows`` handed to the network) adds to an item's vector those of its
    attributes.
    """

    width: int = 128
    blocks: int = 1
    heads: int = 1
    inner: int = 1
    length: int = 50
    dropout: float = 0.2
    input_dropout: float = 0.2
    kind: BlockKind = "sasrec"
    positions: Positions = "end"
    scores: Scores = "dot"
    attributes: int = 0

    def __post_init__(self) -> None:
        if min(self.width, self.blocks, self.heads, self.inner, self.length) < 1 or self.attributes < 0:
            raise ConfigurationError(f"a size of the sequence model is below 1: {self}; use positive sizes")
        if self.width % self.heads:
            raise ConfigurationError(
                f"width {self.width} cannot be divided among {self.heads} heads; use a multiple of the heads"
            )
        for name, chosen, known in (
            ("kind", self.kind, ("sasrec", "prenorm", "ligr")),
            ("positions", self.positions, ("start", "end")),
            ("scores", self.scores, ("dot", "cosine")),
        ):
            if chosen not in known:
                raise ConfigurationError(f"unknown {name} {chosen!r} of the sequence model; use one of {known}")
        if not (0 <= self.dropout < 1 and 0 <= self.input_dropout < 1):
            raise ConfigurationError(f"dropout {self.dropout}/{self.input_dropout} is not in [0, 1); use e.g. 0.2")


class Attention(nn.Module):
    """Causal multi-head attention; (batch, length, width) to the same shape."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.query = nn.Linear(width, width)
        self.memory = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        self.heads, self.dropout = heads, dropout

    def forward(self, queries: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        """Each position of ``queries`` reads the positions of ``memory`` up to its own."""
        batch, length, width = queries.shape
        split = (batch, length, self.heads, width // self.heads)
        keys, values = self.memory(memory).chunk(2, dim=-1)
        made = F.scaled_dot_product_attention(
            self.query(queries).view(split).transpose(1, 2),
            keys.reshape(split).transpose(1, 2),
            values.reshape(split).transpose(1, 2),
            is_causal=True,
            dropout_p=self.dropout if self.training else 0.0,
        )
        return self.out(made.transpose(1, 2).reshape(batch, length, width))  # type: ignore[no-any-return]


class Block(nn.Module):
    """Attention and a feed-forward part, each with its residual; (batch, length, width) to the same shape."""

    def __init__(self, options: NetworkOptions) -> None:
        super().__init__()
        width, inner = options.width, options.width * options.inner
        self.kind = options.kind
        self.attention = Attention(width, options.heads, options.dropout)
        self.norm_attention, self.norm_forward = nn.LayerNorm(width), nn.LayerNorm(width)
        self.gated = options.kind == "ligr"
        # A SwiGLU has two entries: one is the gate of the other.
        self.enter = nn.Linear(width, 2 * inner if self.gated else inner)
        self.leave = nn.Linear(inner, width)
        if self.gated:
            self.gate_attention, self.gate_forward = nn.Linear(width, width), nn.Linear(width, width)
        self.drop = nn.Dropout(options.dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One layer of the network."""
        if self.kind == "sasrec":
            # As first published: the residual starts from the normalised query, keys and values are as they came.
            queries = self.norm_attention(x)
            x = self.norm_forward(queries + self.drop(self.attention(queries, x)))
            return x + self._forward(x)
        known = self.norm_attention(x)
        read = self.drop(self.attention(known, known))
        x = x + (torch.sigmoid(self.gate_attention(x)) * read if self.gated else read)
        thought = self._forward(self.norm_forward(x))
        return x + (torch.sigmoid(self.gate_forward(x)) * thought if self.gated else thought)

    def _forward(self, x: torch.Tensor) -> torch.Tensor:
        entered = self.enter(x)
        if self.gated:
            gate, entered = entered.chunk(2, dim=-1)
            entered = F.silu(gate) * entered
        else:
            entered = F.gelu(entered) if self.kind == "prenorm" else F.relu(entered)
        return self.drop(self.leave(self.drop(entered)))  # type: ignore[no-any-return]


class SequenceNetwork(nn.Module):
    """Causal self-attention over item rows; what is read and what is scored are the same item vectors.

    Args:
        items: how many items there are; rows 1 to ``items`` are theirs, row 0 is the filling.
        options: the shape.
        attribute_rows: for each item its attribute numbers in [0, ``options.attributes``); empty where it has none.
    """

    attribute_ids: torch.Tensor
    attribute_offsets: torch.Tensor

    def __init__(
        self, items: int, options: NetworkOptions, attribute_rows: Sequence[Sequence[int]] | None = None
    ) -> None:
        super().__init__()
        if options.attributes and (attribute_rows is None or len(attribute_rows) != items):
            found = "none" if attribute_rows is None else str(len(attribute_rows))
            raise ConfigurationError(f"attributes of {items} items are needed, got {found}; hand one list an item")
        self.items_count, self.options = items, options
        self.items = nn.Embedding(items + 1, options.width, padding_idx=PAD)
        self.places = nn.Embedding(options.length, options.width)
        self.blocks = nn.ModuleList(Block(options) for _ in range(options.blocks))
        self.norm = nn.LayerNorm(options.width)
        self.drop = nn.Dropout(options.input_dropout)
        if options.attributes and attribute_rows is not None:
            self.attributes = nn.EmbeddingBag(options.attributes, options.width, mode="mean")
            # The filling at row 0 and items without attributes are empty bags, whose mean is zero.
            counts = torch.tensor([0, *(len(row) for row in attribute_rows)], dtype=torch.int64)
            flat = [a for row in attribute_rows for a in row]
            self.register_buffer("attribute_ids", torch.tensor(flat, dtype=torch.int64))
            self.register_buffer("attribute_offsets", counts.cumsum(0) - counts)
        if options.scores == "cosine":
            # Cosines of items lie within a few tenths: a softmax over them needs to be stretched.
            self.scale = nn.Parameter(torch.tensor(math.log(20.0)))
        self._begin()

    def _begin(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
            elif isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
                nn.init.normal_(module.weight, std=0.02)
        with torch.no_grad():
            self.items.weight[PAD].zero_()

    def table(self) -> torch.Tensor:
        """All item vectors, shape (items + 1, width); row 0 is the filling's and means nothing."""
        table = self.items.weight
        if self.options.attributes:
            table = table + self.attributes(self.attribute_ids, self.attribute_offsets)
        return F.normalize(table, dim=-1) if self.options.scores == "cosine" else table

    def forward(self, rows: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What :meth:`states` and :meth:`table` give, in this order."""
        table = self.table()
        return self.states(rows, lengths, table), table

    def states(self, rows: torch.Tensor, lengths: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
        """What the network has made of every prefix of every sequence.

        Args:
            rows: (batch, length) item rows, filled with 0 on the right; ``length`` at most ``options.length``.
            lengths: (batch,) how many of them are items.
            table: what :meth:`table` gave.

        Returns:
            (batch, length, width); a state at a filling means nothing.
        """
        length = rows.shape[1]
        steps = torch.arange(length, device=rows.device)
        if self.options.positions == "end":
            places = self.places((lengths[:, None] - 1 - steps[None, :]).clamp_min(0))
        else:
            places = self.places(steps)[None]
        stretch = 1.0 if self.options.scores == "cosine" else math.sqrt(self.options.width)
        x = self.drop(F.embedding(rows, table) * stretch + places)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return F.normalize(x.float(), dim=-1) * self.scale.exp() if self.options.scores == "cosine" else x
