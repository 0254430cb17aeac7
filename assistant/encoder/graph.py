"""A BERT-like network compiled for processors: whole numbers in ONNX Runtime, made once and kept.

A message is a dozen tokens, and torch spends most of its time around such small products. Compiled, the same network
answers in a quarter of the time and needs no half gigabyte of weights of its own. Knows tensors and files; knows no
labels and no text.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assistant.weights.device import cpu_adds_bytes_exactly

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from torch import nn

Floats = npt.NDArray[np.float32]

_GRAPH, _WORDS = "encoder.onnx", "words.npy"
_OPSET = 17
FORMAT = "3"
"""What is compiled is made again when this changes."""
# How much of the difference between the sizes of channels moves from the inputs into the weights: 0 none, 1 all.
_SMOOTHING = 0.7
_CALIBRATION = (16, 4, 24)
# Any two texts of different length will do: the graph is traced once and serves every shape.
_EXAMPLE = (2, 7)
# From so many texts on, one thread has enough to do with a batch.
_FEW = 8


class CompiledGraph:
    """Pools token ids into mean vectors as the network it was made from does; safe to share between threads."""

    def __init__(self, folder: Path, *, pad_id: int, threads: int = 0) -> None:
        """Open a compiled folder. ``threads`` 0 lets the runtime choose."""
        self._file = folder / _GRAPH
        self._threads = threads
        self._session = _session(self._file, threads)
        # Mapped, not read: a few thousand of the quarter million rows are ever looked at.
        self._words = np.load(folder / _WORDS, mmap_mode="r")
        self._pad = pad_id
        self._lock = Lock()

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return int(self._words.shape[1])

    def pool(self, ids: Sequence[Sequence[int]]) -> Floats:
        """Mean vectors of shape (len(ids), width), all in one batch that every thread works on."""
        return self._run(self._session, ids)

    def pool_many(self, ids: Sequence[Sequence[int]], *, batch_size: int) -> Floats:
        """As :meth:`pool`, for any number of texts: those of like length share a batch, so that little is padding.

        Several batches go side by side, each on one thread: the steps of this network are so short that threads which
        share a batch spend much of their time waiting for each other.
        """
        batches = by_length(ids, batch_size)
        out = np.zeros((len(ids), self.width), dtype=np.float32)
        if len(ids) < _FEW:
            made: Iterable[Floats] = [self.pool([ids[i] for i in rows]) for rows in batches]
        else:
            with self._lock:
                session, workers = self._beside
            # A lone batch stays on the caller's thread: who has many of them side by side has threads of their own.
            spread = workers.map if len(batches) > 1 else map
            made = spread(lambda rows: self._run(session, [ids[i] for i in rows]), batches)
        for rows, vectors in zip(batches, made, strict=True):
            out[rows] = vectors
        return out

    @cached_property
    def _beside(self) -> tuple[InferenceSession, ThreadPoolExecutor]:
        """The network for batches side by side, and who runs them."""
        allowed = getattr(os, "sched_getaffinity", None)
        workers = self._threads or (len(allowed(0)) if allowed else os.cpu_count() or 1)
        return _session(self._file, 1), ThreadPoolExecutor(workers, thread_name_prefix="encoder")

    def _run(self, session: InferenceSession, ids: Sequence[Sequence[int]]) -> Floats:
        longest = max(len(row) for row in ids)
        table = np.full((len(ids), longest), self._pad, dtype=np.int64)
        mask = np.zeros((len(ids), longest), dtype=np.int64)
        for i, row in enumerate(ids):
            table[i, : len(row)] = row
            mask[i, : len(row)] = 1
        vectors = np.asarray(self._words[table], dtype=np.float32)
        found: Floats = session.run(None, {"vectors": vectors, "mask": mask})[0]
        return found


def by_length(ids: Sequence[Sequence[int]], batch_size: int) -> list[list[int]]:
    """The positions of ``ids`` in batches of like length, the longest texts first so that no thread ends late."""
    order = sorted(range(len(ids)), key=lambda i: -len(ids[i]))
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]


def _session(file: Path, threads: int) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # A thread that spins between messages takes a core from the text generator.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def compile_graph(folder: Path, backbone: nn.Module, *, whole_numbers: bool = True) -> None:
    """Write what :class:`CompiledGraph` opens into an empty folder; the network is left in float32.

    Before it is put into whole numbers, each layer's large channels are made smaller and its weights larger by as much:
    one scale then fits all numbers of a layer. Source: Xiao et al., SmoothQuant (ICML 2023), equation 4.

    ``whole_numbers`` off keeps the weights in float32: no loss at all, four times the size, half the speed in batches.
    """
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    backbone = backbone.float().eval()
    choose_attention = getattr(backbone, "set_attn_implementation", None)
    if callable(choose_attention):
        choose_attention("eager")  # the fused kernel has no counterpart in the exchange format
    embeddings: Any = backbone.get_input_embeddings()  # type: ignore[operator]
    np.save(folder / _WORDS, embeddings.weight.detach().to(torch.float16).numpy())
    if whole_numbers:
        backbone = _smoothed(backbone)
    mask = torch.ones(_EXAMPLE, dtype=torch.long)
    mask[1, _EXAMPLE[1] // 2 :] = 0
    example = (embeddings(torch.arange(_EXAMPLE[0] * _EXAMPLE[1]).reshape(_EXAMPLE)).detach(), mask)
    whole = folder / "whole.onnx"
    with _quiet_export(), torch.inference_mode():
        torch.onnx.export(
            _from_vectors(backbone),
            example,
            str(whole),
            input_names=["vectors", "mask"],
            output_names=["pooled"],
            dynamic_axes={
                "vectors": {0: "texts", 1: "tokens"},
                "mask": {0: "texts", 1: "tokens"},
                "pooled": {0: "texts"},
            },
            opset_version=_OPSET,
            dynamo=False,
        )
        if whole_numbers:
            quantize_dynamic(
                whole,
                folder / _GRAPH,
                weight_type=QuantType.QInt8,
                per_channel=True,
                # With seven bits no sum of products overflows on processors without instructions for eight.
                reduce_range=not cpu_adds_bytes_exactly(),
            )
    if whole_numbers:
        whole.unlink()
    else:
        whole.replace(folder / _GRAPH)


def _smoothed(backbone: nn.Module) -> nn.Module:
    """A copy of the network that computes the same, with every linear layer's inputs scaled towards one size.

    The sizes are taken from random token ids: which channels are large is a matter of the network, hardly of the text.
    """
    import torch
    from torch import nn

    class Scaled(nn.Module):
        def __init__(self, linear: nn.Linear, scale: torch.Tensor, inverse: nn.Parameter) -> None:
            super().__init__()
            self.inverse = inverse
            self.linear = nn.Linear(linear.in_features, linear.out_features, bias=linear.bias is not None)
            self.linear.weight = nn.Parameter(linear.weight.detach() * scale)
            self.linear.bias = linear.bias

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.linear(values * self.inverse)
            return found

    backbone = copy.deepcopy(backbone)
    layers = {name: layer for name, layer in backbone.named_modules() if isinstance(layer, nn.Linear)}
    largest: dict[str, torch.Tensor] = {}
    fed: dict[str, int] = {}

    def watch(name: str) -> Callable[[nn.Module, tuple[torch.Tensor, ...]], None]:
        def see(_layer: nn.Module, given: tuple[torch.Tensor, ...]) -> None:
            size = given[0].detach().abs().flatten(0, -2).amax(dim=0)
            largest[name] = torch.maximum(largest[name], size) if name in largest else size
            kept.append(given[0])  # so that no other tensor gets its identity
            fed[name] = id(given[0])

        return see

    hooks = [layer.register_forward_pre_hook(watch(name)) for name, layer in layers.items()]
    generator = torch.Generator().manual_seed(0)
    words = int(backbone.get_input_embeddings().weight.shape[0])  # type: ignore[operator]
    rounds, texts, length = _CALIBRATION
    with torch.inference_mode():
        for _ in range(rounds):
            kept: list[torch.Tensor] = []
            ids = torch.randint(0, words, (texts, length), generator=generator)
            backbone(input_ids=ids, attention_mask=torch.ones_like(ids))
    for hook in hooks:
        hook.remove()
    # Layers that are fed the same values share one scale: the runtime then scales and rounds the values once for all.
    together: dict[int, list[str]] = {}
    for name in largest:
        together.setdefault(fed[name], []).append(name)
    for names in together.values():
        size = torch.stack([largest[name] for name in names]).amax(dim=0)
        weight = torch.cat([layers[name].weight.detach().abs() for name in names]).amax(dim=0)
        scale = size.clamp(min=1e-5) ** _SMOOTHING / weight.clamp(min=1e-5) ** (1 - _SMOOTHING)
        scale = scale.clamp(min=1e-4).clone()
        inverse = nn.Parameter(1.0 / scale)
        for name in names:
            parent, _, leaf = name.rpartition(".")
            setattr(backbone.get_submodule(parent), leaf, Scaled(layers[name], scale, inverse))
    return backbone


def _from_vectors(backbone: nn.Module) -> Any:
    """The network from word vectors on: the word table, most of its size, stays outside the graph."""
    import torch
    from torch import nn

    class FromVectors(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = backbone

        def forward(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            states: torch.Tensor = self.backbone(inputs_embeds=vectors, attention_mask=mask).last_hidden_state
            kept = mask.unsqueeze(-1).to(states.dtype)
            return (states * kept).sum(dim=1) / kept.sum(dim=1).clamp(min=1)

    return FromVectors().eval()


@contextlib.contextmanager
def _quiet_export() -> Iterator[None]:
    """Keep the exporter's notes about itself from the user; errors are raised as ever."""
    # The quantiser speaks through the root logger, which sets itself up for the whole process at the first word.
    root, deaf = logging.getLogger(), logging.NullHandler()
    root.addHandler(deaf)
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxruntime")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.removeHandler(deaf)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
