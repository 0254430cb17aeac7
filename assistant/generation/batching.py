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

    def can_share(self) -> bool:
        """Whether every layer keeps keys and values alone, so that caches can be cut, padded and put together."""
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
        self, tokens: Sequence[int], positions: Sequence[int], cache: DynamicCache, mask: torch.Tensor | None
    ) -> torch.Tensor:
        """Write one token in each row; the scores of the next ones, of shape (rows, vocabulary)."""
        import torch

        device = self._model.device
        made = self._model(
            input_ids=torch.tensor(tokens, device=device)[:, None],
            position_ids=torch.tensor(positions, device=device)[:, None],
            attention_mask=mask,
            past_key_values=cache,
            use_cache=True,
        )
        scores: torch.Tensor = made.logits[:, -1]
        return scores


class Batch:
    """Rows of one cache: shorter ones are padded on the left, and a mask hides the padding.

    A row that joins brings the cache its prompt was read into, which began as a view of a prepared beginning; from then
    on it has a copy in the common tensors. Copying costs a few MB for each row that comes or goes, against the
    hundreds of MB of weights that every step reads, once for all rows together.
    """

    def __init__(self, forward: Forward) -> None:
        self._forward = forward
        self._cache: DynamicCache | None = None
        self._lengths: list[int] = []
        self._width = 0
        self.scores: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self._lengths)

    def add(self, cache: DynamicCache, length: int, scores: torch.Tensor) -> None:
        """Add a row: its cache of ``length`` tokens, and the scores of its next token, of shape (1, vocabulary)."""
        import torch

        if self._cache is None or self.scores is None:
            self._cache, self._lengths, self._width, self.scores = cache, [length], length, scores
            return
        width = max(self._width, length)
        together = [
            tuple(torch.cat([_padded(a, width), _padded(b, width)]) for a, b in zip(ours, theirs, strict=True))
            for ours, theirs in zip(_layers(self._cache), _layers(cache), strict=True)
        ]
        self._cache, self._width = _cache_of(together), width
        self._lengths.append(length)
        self.scores = torch.cat([self.scores, scores])

    def keep(self, rows: Sequence[int]) -> None:
        """Keep these rows only, and no more padding than they need."""
        if len(rows) == len(self._lengths):
            return
        self._lengths = [self._lengths[row] for row in rows]
        if not rows or self._cache is None or self.scores is None:
            self._cache, self.scores, self._width = None, None, 0
            return
        width = max(self._lengths)
        chosen = list(rows)
        kept = [tuple(t[chosen][:, :, self._width - width :] for t in layer) for layer in _layers(self._cache)]
        self._cache, self._width, self.scores = _cache_of(kept), width, self.scores[chosen]

    def step(self, tokens: Sequence[int]) -> None:
        """Write one token in each row and compute the scores of the next ones."""
        import torch

        if self._cache is None or self.scores is None:
            return
        positions = list(self._lengths)
        self._width += 1
        self._lengths = [length + 1 for length in self._lengths]
        mask = None
        if min(self._lengths) < self._width:
            padding = torch.tensor([self._width - length for length in self._lengths], device=self.scores.device)
            mask = (torch.arange(self._width, device=self.scores.device) >= padding[:, None]).long()
        self.scores = self._forward.step(tokens, positions, self._cache, mask)


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
