"""One claim of a sentence and its verdict. Knows nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ClaimKind: TypeAlias = Literal[
    "slot", "number", "promise", "superlative", "comparative", "negation", "brand", "product", "property", "color",
    "type", "attribution", "word", "language",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing a sentence states, at ``[start, end)``, and whether the record states it.

    ``reason`` says of an unsupported claim what the record has instead, in English: for traces and for those
    who ask why.
    """

    kind: ClaimKind
    text: str
    start: int
    end: int
    supported: bool
    reason: str = ""
