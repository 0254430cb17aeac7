"""The largest inner products of a query with many vectors, exact, for an eighth of the work of computing all.

All products are computed in whole numbers of eight bits first, with a bound on how far each may be off; only those that
can be among the wanted ones by their bounds are then computed in float32. Knows vectors and masks, no events.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.recommendation.base import Recommender, leading_of
from assistant.recommendation.interactions import Floats, History, Ints, Mask, Vectors

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_FEWEST = 20_000
# Queries take 64 steps to either side: twice 128 · 127 still fits the 16 bits in which processors without instructions
# for bytes add pairs of products, where 127 steps would be cut off.
_STEPS = 64
_ROUNDING = 1e-5
_OPSET, _IR = 13, 8


class InnerProducts:
    """A table of vectors, asked for the rows with the largest inner products with a query.

    With v = s·c + e, c in whole numbers of eight bits, and q = t·a + f likewise, q·v is within |t·a|·|e| + |f|·|v| of
    t·s·(a·c) by Cauchy and Schwarz. A row whose upper bound is below the k-th largest lower bound is not among the k.

    Source: pruning by a bound that is tightened afterwards as in Teflioudi, Gemulla and Mykytiuk, LEMP: Fast Retrieval
    of Large Entries in a Matrix Product (SIGMOD 2015).
    """

    def __init__(self, table: Vectors, *, fewest: int = _FEWEST) -> None:
        """Prepare shape (n, d); up to ``fewest`` rows are multiplied as they are."""
        self.table = table
        self._fewest = fewest
        self._session: InferenceSession | None = None
        if len(table) <= fewest or not table.shape[1]:
            return
        scales = np.abs(table).max(axis=1) / np.float32(127.0)
        scales[scales == 0] = 1.0
        codes = np.rint(table / scales[:, None])
        self._scales: Vectors = scales
        self._lengths: Vectors = _lengths(table)
        self._errors: Vectors = _lengths(table - codes * scales[:, None])
        self._session = _session(np.ascontiguousarray(codes.T.astype(np.int8)))

    def first(self, query: Vectors, depth: int, allowed: Mask | None = None) -> tuple[Ints, Vectors]:
        """As :meth:`Recommender.leading` has it: rows and products, best first, without those that tie with the last.

        Args:
            query: shape (d,).
            depth: at most so many.
            allowed: shape (n,); without it all rows are.
        """
        count = len(self.table) if allowed is None else int(np.count_nonzero(allowed))
        if self._session is None or not query.any() or not np.isfinite(query).all():
            return self._all(query, depth, allowed)
        if allowed is not None and count <= self._fewest:
            rows = np.flatnonzero(allowed)
            places, products = leading_of(self.table[rows] @ query, depth)
            return rows[places], products
        lower, upper = self._bounds(self._session, query)
        if allowed is not None:
            lower[~allowed] = upper[~allowed] = -np.inf
        wanted = min(depth, count)
        edge = np.partition(lower, len(lower) - wanted)[len(lower) - wanted]
        rows = np.flatnonzero(upper >= edge)
        # Hardly anything was ruled out, or nothing: then it is not known either that something scores lower.
        if len(rows) > len(self.table) // 4 or len(rows) == count:
            return self._all(query, depth, allowed)
        products = self.table[rows] @ query
        order = np.lexsort((rows, -products))[:wanted]
        return rows[order], products[order]

    def _bounds(self, session: InferenceSession, query: Vectors) -> tuple[Vectors, Vectors]:
        step = np.float32(np.abs(query).max() / _STEPS)
        whole = np.rint(query / step)
        size = float(np.linalg.norm(query))
        # The products are of float32 too, hence the rounding: far more than d additions can be off.
        of_length = np.float32(np.linalg.norm(query - step * whole) + _ROUNDING * size)
        of_error = np.float32(np.linalg.norm(step * whole))
        near = session.run(None, {"query": (whole + _STEPS).astype(np.uint8)[None]})[0][0] * (self._scales * step)
        near = near.astype(np.float32)
        off = self._errors * of_error + self._lengths * of_length
        return near - off, near + off

    def _all(self, query: Vectors, depth: int, allowed: Mask | None) -> tuple[Ints, Vectors]:
        products = np.asarray(self.table @ query, dtype=np.float32)
        return leading_of(products if allowed is None else np.where(allowed, products, np.float32(-np.inf)), depth)


class VectorRecommender(Recommender):
    """A model whose scores are inner products of a vector made of the history with vectors of the items."""

    def __init__(self) -> None:
        super().__init__()
        self._inner: InnerProducts | None = None

    @abstractmethod
    def item_vectors(self) -> Vectors:
        """The items' vectors, shape (n_items, d)."""

    @abstractmethod
    def fold_in(self, histories: Sequence[History]) -> Vectors:
        """What the histories become, shape (len(histories), d)."""

    def leading(self, history: History, depth: int, allowed: Mask | None = None) -> tuple[Ints, Vectors]:
        """As the base says, without scoring every item."""
        if not len(self.items):
            return super().leading(history, depth, allowed)
        table = self.item_vectors()
        # Kept here for as long as the table is the same one: learning, loading and a new catalogue all make another.
        if self._inner is None or self._inner.table is not table:
            self._inner = InnerProducts(table)
        return self._inner.first(self.fold_in([history])[0], depth, allowed)

    def _score(self, histories: Sequence[History]) -> Vectors:
        return np.asarray(self.fold_in(histories) @ self.item_vectors().T, dtype=np.float32)


def _lengths(rows: Floats | Vectors) -> Vectors:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", rows, rows)), dtype=np.float32)


def _session(columns: npt.NDArray[np.int8]) -> InferenceSession:
    """A product of one line of bytes with a constant matrix of shape (d, n), on one thread: others answer others."""
    import onnx
    import onnxruntime

    d, n = columns.shape
    constants = [
        onnx.numpy_helper.from_array(columns, "columns"),
        onnx.numpy_helper.from_array(np.array(_STEPS, dtype=np.uint8), "zero"),
    ]
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMulInteger", ["query", "columns", "zero"], ["products"])],
        "products",
        [onnx.helper.make_tensor_value_info("query", onnx.TensorProto.UINT8, [1, d])],
        [onnx.helper.make_tensor_value_info("products", onnx.TensorProto.INT32, [1, n])],
        constants,
    )
    made = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", _OPSET)], ir_version=_IR)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
