"""Texts that a transformers model writes together: what they add lies end to end in one row, without any padding.

Everything in a transformer but attention treats its tokens one by one, so tokens of several texts can share a row of
input; attention is told which of them belong to which text, and looks at that text's own keys only. So texts whose
steps have different lengths cost what their tokens cost, and a prompt is read in the same step in which others write.

Knows keys, values and positions. Does not know who reads the texts, or how tokens are chosen.
"""

from __future__ import annotations

import inspect
import itertools
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import Cache, PreTrainedModel

_LOG = logging.getLogger(__name__)
_ATTENTION = "packed_sdpa"
_ROOM = 64
_KINDS = {"full_attention", "sliding_attention"}
# Ways to attend that are not computed here; a model that asks for one of them reads one text at a time.
_OTHER_WAYS = ("softcap", "position_bias", "s_aux")
# How far two ways to round the same sums may be apart, as a share of the largest score.
_NEAR = {"torch.float32": 1e-3, "torch.float16": 1e-2, "torch.bfloat16": 5e-2}


class Memory:
    """The token ids of a text that have been read, and the keys and values of each layer for them.

    Both have the shape (1, heads, room, size); there is room for more tokens than have been read.
    """

    def __init__(self) -> None:
        self.ids: list[int] = []
        self.cache: Cache | None = None  # of a model that reads one text at a time
        self._layers: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def shared_with(self, ids: Sequence[int]) -> int:
        """How many of the first ids are the same."""
        return next(
            (n for n, (a, b) in enumerate(zip(self.ids, ids, strict=False)) if a != b), min(len(self.ids), len(ids))
        )

    def beginning(self, length: int) -> Memory:
        """A copy of the first ``length`` ids to write on from. This one stays as it is."""
        made = Memory()
        made.ids = self.ids[:length]
        made._layers = {
            number: (_roomy(keys[:, :, :length]), _roomy(values[:, :, :length]))
            for number, (keys, values) in self._layers.items()
        }
        return made

    def forget(self, count: int) -> None:
        """Take back the last ``count`` ids: what is read next takes their place."""
        if count:
            del self.ids[-count:]

    def put(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the keys and values of the next tokens in a layer; all that are known in it then."""
        start, end = len(self.ids), len(self.ids) + keys.shape[2]
        if layer not in self._layers:
            self._layers[layer] = (_roomy(keys), _roomy(values))
        held = self._layers[layer]
        if held[0].shape[2] < end:
            held = self._layers[layer] = (_roomy(held[0][:, :, :start], end), _roomy(held[1][:, :, :start], end))
        for mine, new in zip(held, (keys, values), strict=True):
            mine[:, :, start:end] = new
        return held[0][:, :, :end], held[1][:, :, :end]


def _roomy(known: torch.Tensor, length: int = 0) -> torch.Tensor:
    """A copy with room for some tokens more than ``length``, or than it has."""
    rows, heads, width, size = known.shape
    made = known.new_empty(rows, heads, max(length, width) + _ROOM, size)
    made[:, :, :width] = known
    return made


class Forward:
    """The calls of a model that reading and writing need."""

    def __init__(self, model: PreTrainedModel) -> None:
        """Take a model; whether it can compute several texts as one row is tried on a few tokens."""
        self._model: Any = model
        # Without it the scores of every prompt token are computed: 262,000 numbers each, and most of the work.
        self._can_choose_scores = "logits_to_keep" in inspect.signature(model.forward).parameters
        self.packs = _can_pack(model) and self._agrees()

    def step(
        self, memories: Sequence[Memory], runs: Sequence[Sequence[int]], scored: Sequence[int] | None = None
    ) -> torch.Tensor:
        """Read one or more tokens of each text after those that its memory holds.

        Args:
            memories: of the texts.
            runs: the tokens to read of each.
            scored: after how many of the last tokens of each run one asks what comes next; more than one only of a
                model that packs. Without it after the last.

        Returns:
            The scores of the tokens there, of shape (sum of ``scored``, vocabulary), text by text.
        """
        import torch

        if self.packs:
            return self._together(memories, runs, scored)
        return torch.cat([self._alone(memory, run) for memory, run in zip(memories, runs, strict=True)])

    def _together(
        self, memories: Sequence[Memory], runs: Sequence[Sequence[int]], scored: Sequence[int] | None = None
    ) -> torch.Tensor:
        import torch

        device = self._model.device
        step = _Step(memories, [len(run) for run in runs])
        places = [len(m.ids) + n for m, run in zip(memories, runs, strict=True) for n in range(len(run))]
        ends = itertools.accumulate(step.counts)
        asked = scored or [1] * len(runs)
        last = torch.tensor([end - n + k for end, n in zip(ends, asked, strict=True) for k in range(n)]).to(device)
        made = self._model(
            input_ids=torch.tensor([[token for run in runs for token in run]], device=device),
            position_ids=torch.tensor([places], device=device),
            # A mask of four dimensions is handed on as it is; attention makes its own for each text.
            attention_mask=torch.zeros(1, 1, 1, 1, device=device),
            use_cache=False,
            packed=step,
            **({"logits_to_keep": last} if self._can_choose_scores else {}),
        )
        for memory, run in zip(memories, runs, strict=True):
            memory.ids.extend(run)
        scores: torch.Tensor = made.logits[0] if self._can_choose_scores else made.logits[0, last]
        return scores

    def _alone(self, memory: Memory, run: Sequence[int]) -> torch.Tensor:
        import torch

        # A recurrent layer goes on from its state for one token only, and for more would begin anew.
        for part in [run] if memory.cache is None else [[token] for token in run]:
            made = self._model(
                input_ids=torch.tensor([list(part)], device=self._model.device),
                past_key_values=memory.cache,
                use_cache=True,
                **({"logits_to_keep": 1} if self._can_choose_scores else {}),
            )
            memory.cache = made.past_key_values
            memory.ids.extend(part)
        scores: torch.Tensor = made.logits[:, -1]
        return scores

    def _agrees(self) -> bool:
        """Whether two texts in one row get the scores that each gets by itself."""
        import torch

        ids = [int(n) for n in torch.linspace(3, self._model.config.get_text_config().vocab_size - 1, 13)]
        texts = [ids[:8], ids[8:]]
        before = self._model.config._attn_implementation
        try:
            with torch.inference_mode():
                expected = torch.cat([self._alone(Memory(), text) for text in texts]).float()
                _use_packed_attention(self._model)
                memories = [Memory(), Memory()]
                self._together(memories, [text[:3] for text in texts])
                found = self._together(memories, [text[3:] for text in texts]).float()
        except (
            AttributeError,
            IndexError,
            KeyError,
            NotImplementedError,
            RuntimeError,
            TypeError,
            ValueError,
        ) as error:
            # Models differ in what they hand on to attention.
            _LOG.warning("%s writes one text at a time: %s", type(self._model).__name__, error)
            same = False
        else:
            near = _NEAR.get(str(self._model.dtype), _NEAR["torch.float32"])
            same = bool((found - expected).abs().max() <= near * expected.abs().max())
            if not same:
                _LOG.warning("%s writes one text at a time: put together they differ", type(self._model).__name__)
        if not same:
            self._model.set_attn_implementation(before)
        return same


class _Step:
    """What attention must know of a step: the texts, and how many tokens each adds."""

    def __init__(self, memories: Sequence[Memory], counts: Sequence[int]) -> None:
        self.memories = memories
        self.counts = counts
        self._masks: dict[tuple[int, int, int], torch.Tensor] = {}

    def mask(self, text: int, groups: int, seen: int, window: int | None, like: torch.Tensor) -> torch.Tensor:
        """What the new tokens of a text see of the last ``seen`` ones: 0 or -inf, once for each of ``groups``."""
        import torch

        key = (text, groups, window or 0)
        if key not in self._masks or self._masks[key].device != like.device:
            count = self.counts[text]
            # Of each new token, how far back the others are; what follows it is before 0.
            back = torch.arange(seen - count, seen)[:, None] - torch.arange(seen)
            hidden = (back < 0) | (back >= window) if window else back < 0
            made = torch.zeros(hidden.shape).masked_fill_(hidden, float("-inf"))
            self._masks[key] = made.repeat(groups, 1).to(like)
        return self._masks[key]


# -- attention --------------------------------------------------------------------------------------------------------


def _can_pack(model: PreTrainedModel) -> bool:
    """Whether every layer keeps keys and values alone and attends to all of them, or to the last ones."""
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

    config = model.config.get_text_config()
    if model.config._attn_implementation not in ("sdpa", _ATTENTION):
        return False
    kinds = set(getattr(config, "layer_types", None) or _KINDS)
    layers = DynamicCache(config=model.config).layers
    return kinds <= _KINDS and all(type(layer) in (DynamicLayer, DynamicSlidingWindowLayer) for layer in layers)


def _use_packed_attention(model: PreTrainedModel) -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    # By name, as transformers wants it; to register it again changes nothing.
    AttentionInterface.register(_ATTENTION, _packed_attention)
    AttentionMaskInterface.register(_ATTENTION, sdpa_mask)
    model.set_attn_implementation(_ATTENTION)


def _packed_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    packed: _Step | None = None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention of each text in a row to itself.

    Args:
        module: the layer, which knows its number.
        query: of shape (1, heads, tokens, size).
        key: of shape (1, shared heads, tokens, size).
        value: as the keys.
        attention_mask: for a call without ``packed``, which is computed as transformers would.
        packed: the texts.
        scaling: of the products of queries and keys.
        sliding_window: how many tokens one sees, itself among them; ``None`` for all.
        options: whatever else the model hands on.

    Returns:
        What each token makes of what it sees, of shape (1, tokens, heads, size), and no weights.
    """
    if packed is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        made: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, scaling=scaling, sliding_window=sliding_window, **options
        )
        return made
    if any(options.get(way) is not None for way in _OTHER_WAYS):
        raise NotImplementedError(f"{type(module).__name__} attends in another way")
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    parts = []
    start = 0
    for text, (memory, count) in enumerate(zip(packed.memories, packed.counts, strict=True)):
        end = start + count
        keys, values = memory.put(module.layer_idx, key[:, :, start:end], value[:, :, start:end])
        if sliding_window is not None and keys.shape[2] >= sliding_window + count:
            most = sliding_window + count - 1
            keys, values = keys[:, :, -most:], values[:, :, -most:]
        # Heads that share keys are so many queries of one head: the keys are read once.
        shared, seen = keys.shape[1], keys.shape[2]
        groups = query.shape[1] // shared
        asked = query[:, :, start:end].reshape(1, shared, groups * count, -1)
        windowed = sliding_window if sliding_window is not None and seen > sliding_window else None
        mask = packed.mask(text, groups, seen, windowed, query) if count > 1 or windowed else None
        mixed = scaled_dot_product_attention(asked, keys, values, attn_mask=mask, scale=scaling)
        parts.append(mixed.reshape(query.shape[1], count, -1).transpose(0, 1))
        start = end
    return torch.cat(parts)[None], None
