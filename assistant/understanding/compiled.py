"""The encoder of an intent classifier compiled for processors, with its head beside it; made once and kept.

Knows what a classifier adds to a compiled graph. Knows no labels and no text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.encoder.graph import FORMAT, CompiledGraph, compile_graph
from assistant.weights.cache import Progress, convert_once
from assistant.weights.device import cpu_adds_bytes_exactly

if TYPE_CHECKING:
    from assistant.understanding.network import PooledClassifier

_HEAD = "head.npz"
_NAME = "intent"
_MEND = "assistant understand"


class CompiledNetwork(CompiledGraph):
    """A :class:`CompiledGraph` with the classifier's linear layer: ``head`` is (weight, bias)."""

    def __init__(self, folder: Path, *, pad_id: int, threads: int = 0) -> None:
        """Open a compiled folder. ``threads`` 0 lets the runtime choose."""
        super().__init__(folder, pad_id=pad_id, threads=threads)
        with np.load(folder / _HEAD) as head:
            self.head = (head["weight"].astype(np.float32), head["bias"].astype(np.float32))


def compile_once(
    source: Mapping[str, str],
    network: Callable[[], PooledClassifier],
    *,
    cache: Path,
    progress: Progress,
    force: bool = False,
    own_place: bool = False,
) -> Path:
    """The folder of the compiled network, made from ``network()`` where there is none of the same ``source``.

    A network of another source takes its place, unless it has its ``own_place``: a process that has the folder open may
    open its graph once more, and must not find another's.

    ``force`` makes it again, for a folder that cannot be opened. Whatever the exporter or the cache raises comes
    through: the caller runs the network in torch instead.
    """
    digest = hashlib.sha256(json.dumps(source, sort_keys=True).encode()).hexdigest()[:12]
    return convert_once(
        cache,
        f"{_NAME}-{digest}" if own_place else _NAME,
        {**source, "graph": FORMAT, "bytes": str(cpu_adds_bytes_exactly())},
        lambda folder: compile_network(folder, network()),
        mend=_MEND,
        force=force,
        progress=progress,
    )


def compile_network(folder: Path, network: PooledClassifier, *, whole_numbers: bool = True) -> None:
    """Write what :class:`CompiledNetwork` opens into an empty folder; the network is left in float32.

    ``whole_numbers`` off keeps the weights in float32: no loss at all, four times the size, half the speed in batches.
    """
    network.head.float()
    np.savez(folder / _HEAD, weight=network.head.weight.detach().numpy(), bias=network.head.bias.detach().numpy())
    compile_graph(folder, network.backbone, whole_numbers=whole_numbers)
