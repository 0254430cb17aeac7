"""Read a GGUF file that is in memory: its metadata, and its tensors one slice at a time.

Knows the container format. Does not know what any key or tensor means. Dequantisation is the ``gguf`` package's; its
reader is not used because it makes several NumPy views for each of a tokenizer's 262,144 strings, which takes longer
than the rest of a conversion.

Source: the GGUF specification, version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import WeightsError

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_BYTES_AT_ONCE = 16 << 20


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """Where a tensor lies; ``shape`` is in the order of NumPy, the slowest dimension first."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int


@dataclass(frozen=True, slots=True)
class GgufFile:
    """A parsed file. ``data`` is the whole of it."""

    data: npt.NDArray[np.uint8]
    metadata: Mapping[str, Any]
    tensors: Mapping[str, GgufTensor]

    def value(self, key: str) -> Any:
        """A metadata value that must be there.

        Raises:
            WeightsError: it is not.
        """
        if key not in self.metadata:
            raise WeightsError(f"the GGUF file states no '{key}'; it is not of a kind that can be converted")
        return self.metadata[key]

    def slices(self, name: str) -> Iterator[npt.NDArray[np.float32]]:
        """The rows of a tensor, dequantised, as float32 arrays of shape (some rows, columns) in order."""
        from gguf import GGMLQuantizationType
        from gguf.quants import dequantize, quant_shape_to_byte_shape

        tensor = self.tensors[name]
        kind = GGMLQuantizationType(tensor.kind)
        columns = tensor.shape[-1]
        rows = int(np.prod(tensor.shape[:-1], dtype=np.int64))
        plain = {GGMLQuantizationType.F32: "<f4", GGMLQuantizationType.F16: "<f2"}
        if kind in plain:
            width = columns * np.dtype(plain[kind]).itemsize
        else:
            width = int(quant_shape_to_byte_shape((rows, columns), kind)[-1])
        raw = self.data[tensor.offset : tensor.offset + rows * width]
        if raw.size != rows * width:
            raise WeightsError(f"the GGUF file ends inside tensor '{name}'")
        table = raw.reshape(rows, width)
        step = max(1, _BYTES_AT_ONCE // width)
        for start in range(0, rows, step):
            part = table[start : start + step]
            if kind in plain:
                yield np.ascontiguousarray(part).view(plain[kind]).astype(np.float32)
            else:
                yield dequantize(part, kind).astype(np.float32, copy=False)

    def read(self, name: str) -> npt.NDArray[np.float32]:
        """A whole tensor, dequantised, float32."""
        return np.concatenate(list(self.slices(name))).reshape(self.tensors[name].shape)


class _Cursor:
    def __init__(self, data: npt.NDArray[np.uint8]) -> None:
        self.view = data.data
        self.at = 0

    def scalar(self, code: str) -> Any:
        layout = "<" + code
        (value,) = struct.unpack_from(layout, self.view, self.at)
        self.at += struct.calcsize(layout)
        return value

    def string(self) -> str:
        (length,) = struct.unpack_from("<Q", self.view, self.at)
        start = self.at + 8
        self.at = start + length
        return bytes(self.view[start : self.at]).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            inner, count = self.scalar("I"), self.scalar("Q")
            if inner in _SCALARS:
                layout = f"<{count}{_SCALARS[inner]}"
                values = struct.unpack_from(layout, self.view, self.at)
                self.at += struct.calcsize(layout)
                return list(values)
            return [self.value(inner) for _ in range(count)]
        return self.scalar(_SCALARS[kind])


def parse(data: npt.NDArray[np.uint8]) -> GgufFile:
    """Read the metadata and the tensor directory of a GGUF file.

    Raises:
        WeightsError: the bytes are not a complete GGUF file of a known version.
    """
    cursor = _Cursor(data)
    try:
        if bytes(data[:4]) != _MAGIC:
            raise WeightsError("not a GGUF file: it does not begin with GGUF")
        cursor.at = 4
        version = cursor.scalar("I")
        if version not in _VERSIONS:
            raise WeightsError(f"GGUF version {version} is not known; known are {_VERSIONS}")
        tensor_count, entry_count = cursor.scalar("Q"), cursor.scalar("Q")
        metadata: dict[str, Any] = {}
        for _ in range(entry_count):
            key = cursor.string()
            metadata[key] = cursor.value(cursor.scalar("I"))
        directory = []
        for _ in range(tensor_count):
            name = cursor.string()
            dimensions = [cursor.scalar("Q") for _ in range(cursor.scalar("I"))]
            kind, offset = cursor.scalar("I"), cursor.scalar("Q")
            directory.append(GgufTensor(name, tuple(reversed(dimensions)), kind, offset))
    except (struct.error, KeyError, IndexError) as error:
        raise WeightsError(f"the GGUF file is incomplete or malformed: {error}") from error
    alignment = int(metadata.get("general.alignment", 32))
    base = -(-cursor.at // alignment) * alignment
    tensors = {t.name: GgufTensor(t.name, t.shape, t.kind, base + t.offset) for t in directory}
    return GgufFile(data, metadata, tensors)
