"""Deterministic stand-ins for the seams, for tests that must not wait for weights.

Each passes the same contract suite as the real thing. They live under tests only: the product never uses them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from assistant.encoder import Kind, Vectors


class HashEncoder:
    """An ``Encoder`` that hashes character n-grams: texts that share letters or ideographs are near each other."""

    def __init__(self, dimension: int = 384) -> None:
        self._dimension = dimension

    @property
    def name(self) -> str:
        return f"hash-{self._dimension}"

    @property
    def dimension(self) -> int:
        return self._dimension

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        assert kind in ("query", "passage")
        out = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in zip(out, texts, strict=True):
            padded = f" {' '.join(text.lower().split())[:4000]} "
            for width, weight in ((1, 0.3), (2, 1.0), (3, 1.0)):
                for start in range(len(padded) - width + 1):
                    gram = padded[start : start + width].encode("utf-8", "surrogatepass")
                    digest = int.from_bytes(hashlib.blake2b(gram, digest_size=8).digest(), "little")
                    # One bit of the hash is the sign, so that collisions cancel instead of adding up.
                    row[(digest >> 1) % self._dimension] += weight if digest & 1 else -weight
            length = float(np.linalg.norm(row))
            if length < 1e-6:
                row[0], length = 1.0, 1.0
            row /= length
        return out
