"""Texts that a transformers model writes together: their attention caches as one, and a step for all of them.

Knows keys, values and positions. Does not know who reads the texts, or how tokens are chosen.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import DynamicCache, PreTrainedModel


class Beginning:
    """The token ids of a text that has been read, and the keys and values of each layer for them."""

    def __init__(self, ids: Sequence[int], cache: DynamicCache) -> None:
        self.ids = tuple(ids)
        self.layers = _layers(cache)

    def shared_with(self, ids: Sequence[int]) -> int:
        """How many of the first ids are the same."""
        return next(
            (n for n, (a, b) in enumerate(zip(self.ids, ids, strict=False)) if a != b), min(len(self.ids), len(ids))
        )

    def cache(self, length: int) -> DynamicCache:
        """A cache of the first ``length`` ids to write on from. This beginning stays as it is."""
        from transformers import DynamicCache

        made = DynamicCache()
        for number, (keys, values) in enumerate(self.layers):
            made.update(keys[:, :, :length], values[:, :, :length], number)
        return made


class Forward:
    """The calls of a model that reading and writing need."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model: Any = model
        # Without it the scores of every prompt token are computed: 262,000 numbers each, and most of the work.
        names = inspect.signature(model.forward).parameters
        self._last_only: dict[str, int] = {"logits_to_keep": 1} if "logits_to_keep" in names else {}
        self._shares = self._can_share()

    def can_share(self) -> bool:
        """Whether every layer keeps keys and values alone, so that caches can be cut, padded and put together."""
        return self._shares

    def _can_share(self) -> bool:
        from transformers import DynamicCache
        from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

        layers = DynamicCache(config=self._model.config).layers
        return all(type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in layers)

    def read(self, ids: Sequence[int], cache: DynamicCache | None) -> tuple[DynamicCache, torch.Tensor]:
        """Read the ids that follow what the cache holds.

        Returns:
            The cache with them, and the scores of the next token, of shape (1, vocabulary).
        """
        import torch
        from transformers import DynamicCache

        if cache is None:
            # The layers of a plain cache keep everything, also where the model looks at the last tokens only: so they
            # can be put beside longer ones. The model masks what is too far away either way.
            cache = DynamicCache() if self.can_share() else DynamicCache(config=self._model.config)
        inputs = torch.tensor([list(ids)], device=self._model.device)
        made = self._model(input_ids=inputs, past_key_values=cache, use_cache=True, **self._last_only)
        return cache, made.logits[:, -1]

    def step(
        self,
        tokens: Sequence[Sequence[int]],
        lengths: Sequence[int],
        cache: DynamicCache,
        mask: torch.Tensor | None,
    ) -> torch.Tensor:
        """Write some tokens, as many in each row, after as many as ``lengths`` says the rows hold.

        Returns:
            The scores of the tokens after them, of shape (rows, vocabulary).
        """
        import torch

        device = self._model.device
        positions = torch.tensor(list(lengths), device=device)[:, None] + torch.arange(len(tokens[0]), device=device)
        made = self._model(
            input_ids=torch.tensor([list(row) for row in tokens], device=device),
            position_ids=positions,
            attention_mask=mask,
            past_key_values=cache,
            use_cache=True,
            **self._last_only,
        )
        scores: torch.Tensor = made.logits[:, -1]
        return scores


class Batch:
    """Rows of one cache: shorter ones are padded on the left, and a mask hides the padding.

    A row that joins brings the cache its prompt was read into, which began as a view of a prepared beginning; from then
    on it has a copy in the common tensors. Copying costs a few MB for each row that comes or goes, against the
    hundreds of MB of weights that every step reads, once for all rows together.

    Rows may write different numbers of tokens in a step. Each then computes as many as the longest does: those with
    fewer compute their last tokens anew, so that no row has a gap, which windows of attention would count.
    """

    def __init__(self, forward: Forward) -> None:
        self._forward = forward
        self._cache: DynamicCache | None = None
        self._ids: list[list[int]] = []
        self._width = 0
        self.scores: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, cache: DynamicCache, ids: Sequence[int], scores: torch.Tensor | None = None) -> None:
        """Add a row: its tokens, the cache of them, and the scores of its next token, of shape (1, vocabulary).

        Without scores the row must write something before it can choose.
        """
        other = Batch(self._forward)
        other._cache, other._ids, other._width, other.scores = cache, [list(ids)], len(ids), scores
        self.join(other)

    def join(self, other: Batch) -> None:
        """Take over the rows of another batch, which is of no use any more."""
        import torch

        if other._cache is None:
            return
        if self._cache is None:
            self._cache, self._ids, self._width, self.scores = other._cache, other._ids, other._width, other.scores
            return
        width = max(self._width, other._width)
        together = [
            tuple(torch.cat([_padded(a, width), _padded(b, width)]) for a, b in zip(ours, theirs, strict=True))
            for ours, theirs in zip(_layers(self._cache), _layers(other._cache), strict=True)
        ]
        self._cache, self._width = _cache_of(together), width
        self._ids += other._ids
        both = [scores for scores in (self.scores, other.scores) if scores is not None]
        self.scores = torch.cat(both) if len(both) == 2 else None

    def keep(self, rows: Sequence[int]) -> None:
        """Keep these rows only, and no more padding than they need."""
        if len(rows) == len(self._ids):
            return
        self._ids = [self._ids[row] for row in rows]
        if not rows or self._cache is None:
            self._cache, self.scores, self._width = None, None, 0
            return
        width = max(map(len, self._ids))
        chosen = list(rows)
        kept = [tuple(t[chosen][:, :, self._width - width :] for t in layer) for layer in _layers(self._cache)]
        self._cache, self._width = _cache_of(kept), width
        self.scores = self.scores[chosen] if self.scores is not None else None

    def step(self, tokens: Sequence[Sequence[int]]) -> None:
        """Write one or more tokens in each row and compute the scores of the next ones."""
        left = [list(row) for row in tokens]
        while any(left):
            # A recurrent layer goes on from its state for one token only, and for more would begin anew.
            size = max(map(len, left)) if self._forward.can_share() else 1
            # A row cannot compute more tokens than it has; then the others need another turn.
            size = min(size, *(len(ids) + len(row) for ids, row in zip(self._ids, left, strict=True)))
            self._advance([row[:size] for row in left], size)
            left = [row[size:] for row in left]

    def _advance(self, tokens: Sequence[list[int]], size: int) -> None:
        """Write up to ``size`` tokens in each row, and compute the last ``size`` of each."""
        import torch

        if self._cache is None:
            return
        held = list(map(len, self._ids))
        for ids, row in zip(self._ids, tokens, strict=True):
            ids.extend(row)
        lengths = [len(ids) - size for ids in self._ids]
        if lengths != held:
            self._cache, self._width = _cut(self._cache, self._width, held, lengths), max(lengths)
        self._width += size
        mask = None
        if min(map(len, self._ids)) < self._width:
            device = _layers(self._cache)[0][0].device
            padding = torch.tensor([self._width - len(ids) for ids in self._ids], device=device)
            mask = (torch.arange(self._width, device=device) >= padding[:, None]).long()
        self.scores = self._forward.step([ids[-size:] for ids in self._ids], lengths, self._cache, mask)


def _cut(cache: DynamicCache, width: int, held: Sequence[int], lengths: Sequence[int]) -> DynamicCache:
    """A cache of the first tokens of each row, as many as ``lengths`` says, of the ``held`` ones before ``width``."""
    import torch

    longest = max(lengths)
    ends = [width - have + keep for have, keep in zip(held, lengths, strict=True)]
    return _cache_of(
        [
            tuple(
                torch.cat(
                    [
                        _padded(t[n : n + 1, :, end - keep : end], longest)
                        for n, (end, keep) in enumerate(zip(ends, lengths, strict=True))
                    ]
                )
                for t in layer
            )
            for layer in _layers(cache)
        ]
    )


def _layers(cache: DynamicCache) -> list[tuple[torch.Tensor, torch.Tensor]]:
    # Layers of other kinds have no such tensors; their models never share a cache (see ``Forward.can_share``).
    both = ((getattr(layer, "keys", None), getattr(layer, "values", None)) for layer in cache.layers)
    return [(keys, values) for keys, values in both if keys is not None and values is not None]


def _padded(keys: torch.Tensor, width: int) -> torch.Tensor:
    """Of shape (rows, heads, width, size), with zeros on the left."""
    import torch

    return torch.nn.functional.pad(keys, (0, 0, width - keys.shape[2], 0))


def _cache_of(layers: Sequence[tuple[torch.Tensor, ...]]) -> DynamicCache:
    from transformers import DynamicCache

    made = DynamicCache()
    for number, (keys, values) in enumerate(layers):
        made.update(keys, values, number)
    return made
