"""One history through the behaviour Transformer, in numpy: for one shopper who waits.

A history is a few dozen rows of a hundred numbers, and torch spends most of its time around such small products: on
calls, and on threads that wait for each other and keep those of others from the processor. Of the last layer only the
newest position is computed, for no other is asked for. Knows the weights of a trained network and item rows; learns
nothing. What it gives is what :meth:`SequenceNetwork.states` gives, but for rounding.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import erf, expit

from assistant.recommendation.interactions import Ints, Vectors
from assistant.recommendation.sequence_network import Block, SequenceNetwork

_EPSILON = 1e-5


class HistoryReader:
    """Reads histories with a trained network. Reads only; safe to share."""

    def __init__(self, network: SequenceNetwork, vectors: Vectors) -> None:
        """``vectors`` are the network's item vectors without the filling's, shape (items, width)."""
        self._options = network.options
        self._vectors = vectors
        self._places = _numbers(network.places.weight)
        self._layers = [_Layer(block) for block in network.blocks if isinstance(block, Block)]
        self._norm = _Norm(network.norm)
        cosine = self._options.scores == "cosine"
        self._stretch = np.float32(1.0 if cosine else math.sqrt(self._options.width))
        self._scale = np.float32(_numbers(network.scale.exp())) if cosine else None

    def state(self, rows: Ints) -> Vectors:
        """What the network has made of one history, shape (width,); 0 for an empty one.

        Args:
            rows: item rows from 0, oldest first.
        """
        rows = rows[-self._options.length :]
        if not len(rows):
            return np.zeros(self._options.width, dtype=np.float32)
        places = self._places[: len(rows)]
        x = self._vectors[rows] * self._stretch + (places[::-1] if self._options.positions == "end" else places)
        for layer in self._layers[:-1]:
            x = layer.read(x, newest=False)
        newest = self._norm(self._layers[-1].read(x, newest=True)[-1])
        if self._scale is not None:
            # The least length is the one that torch has.
            newest = newest / max(float(np.linalg.norm(newest)), 1e-12) * self._scale
        return np.asarray(newest, dtype=np.float32)


class _Linear:
    def __init__(self, module: Any) -> None:
        self._weight, self._bias = np.ascontiguousarray(_numbers(module.weight).T), _numbers(module.bias)

    def __call__(self, x: Vectors) -> Vectors:
        return np.asarray(x @ self._weight + self._bias, dtype=np.float32)


class _Norm:
    def __init__(self, module: Any) -> None:
        self._weight, self._bias = _numbers(module.weight), _numbers(module.bias)

    def __call__(self, x: Vectors) -> Vectors:
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = np.square(centred).mean(axis=-1, keepdims=True)
        return np.asarray(centred / np.sqrt(variance + np.float32(_EPSILON)) * self._weight + self._bias)


class _Layer:
    """A :class:`Block` that has been trained."""

    def __init__(self, block: Block) -> None:
        self._kind = block.kind
        self._heads = block.attention.heads
        self._query, self._memory = _Linear(block.attention.query), _Linear(block.attention.memory)
        self._out = _Linear(block.attention.out)
        self._before, self._between = _Norm(block.norm_attention), _Norm(block.norm_forward)
        self._enter, self._leave = _Linear(block.enter), _Linear(block.leave)
        gates = (block.gate_attention, block.gate_forward) if block.gated else ()
        self._gates = tuple(_Linear(gate) for gate in gates)

    def read(self, x: Vectors, *, newest: bool) -> Vectors:
        """The block's states of all positions, or of the newest one alone: (length, width) to as many or to (1, width).

        As :meth:`Block.forward` has it.
        """
        top = x[-1:] if newest else x
        if self._kind == "sasrec":
            queries = self._before(top)
            top = self._between(queries + self._attend(queries, x))
            return top + self._think(top)
        known = self._before(x)
        read = self._attend(known[-1:] if newest else known, known)
        top = top + (expit(self._gates[0](top)) * read if self._gates else read)
        thought = self._think(self._between(top))
        return top + (expit(self._gates[1](top)) * thought if self._gates else thought)

    def _attend(self, queries: Vectors, memory: Vectors) -> Vectors:
        length, width = memory.shape
        each = width // self._heads
        keys, values = self._memory(memory).reshape(length, 2, self._heads, each).transpose(1, 2, 0, 3)
        asked = self._query(queries).reshape(len(queries), self._heads, each).transpose(1, 0, 2)
        logits = asked @ keys.transpose(0, 2, 1) / np.float32(math.sqrt(each))
        if len(queries) > 1:
            # Each position reads up to its own.
            logits = np.where(np.tri(length, dtype=np.bool_), logits, np.float32(-np.inf))
        weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
        made = weights / weights.sum(axis=-1, keepdims=True) @ values
        return self._out(made.transpose(1, 0, 2).reshape(len(queries), width))

    def _think(self, x: Vectors) -> Vectors:
        entered = self._enter(x)
        if self._gates:
            gate, entered = np.split(entered, 2, axis=-1)
            entered = gate * expit(gate) * entered
        elif self._kind == "prenorm":
            entered = entered * np.float32(0.5) * (np.float32(1.0) + erf(entered / np.float32(math.sqrt(2.0))))
        else:
            entered = np.maximum(entered, np.float32(0.0))
        return self._leave(entered)


def _numbers(tensor: Any) -> npt.NDArray[np.float32]:
    return np.asarray(tensor.detach().float().cpu().numpy(), dtype=np.float32)
