"""BM25 over a catalogue, English and Chinese tokens in one vocabulary. Source: Lucene's BM25 variant as in bm25s."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt

from assistant.retrieval.text import keyword_document, tokens
from assistant.types import Product


class Keywords:
    """A BM25 index; scores come for all rows at once."""

    def __init__(self, index: bm25s.BM25, rows: int) -> None:
        self._index = index
        self._rows = rows

    @classmethod
    def build(cls, products: Iterable[Product]) -> Keywords:
        """Index the keyword documents of ``products`` in row order."""
        documents = [keyword_document(p) or ["\u0000"] for p in products]
        index = bm25s.BM25(method="lucene", k1=1.2, b=0.6)
        index.index(documents, show_progress=False)
        return cls(index, len(documents))

    @classmethod
    def load(cls, folder: Path, rows: int) -> Keywords:
        """Read what :meth:`save` wrote."""
        return cls(bm25s.BM25.load(str(folder)), rows)

    def save(self, folder: Path) -> None:
        """Write the index as plain files below ``folder``."""
        self._index.save(str(folder), show_progress=False)

    def scores(self, text: str) -> npt.NDArray[np.float32]:
        """BM25 of every row for the text; zeros where no token is known. Shape: (n,)."""
        vocabulary = self._index.vocab_dict
        known = [t for t in dict.fromkeys(tokens(text)) if t in vocabulary]
        if not known:
            return np.zeros(self._rows, dtype=np.float32)
        return np.asarray(self._index.get_scores(known), dtype=np.float32)[: self._rows]
