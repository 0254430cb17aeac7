"""Rows that look like the answer to a query and are not: what a contrastive loss learns most from.

Near by the encoder's own vectors or by words, and known to be another thing: another product for a query made of one
product's text; another type, brand or colour for a query made of facts. Knows vectors and facts. Trains nothing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assistant.retrieval.keywords import Keywords
from assistant.training.wishes import Wish, WishMaker

Vectors = npt.NDArray[np.float32]

_NEAR = 60
_BY_WORDS = 15
# The very nearest are often the same thing listed twice.
_SAME = 0.985
_CHUNK = 512
# One of so many of the nearest is taken, so that repeated queries meet different ones.
_CHOICES = 12


def mine(
    wishes: Sequence[Wish],
    queries: Vectors,
    documents: Vectors,
    maker: WishMaker,
    keywords: Keywords | None,
    *,
    allowed: npt.NDArray[np.bool_],
    seed: int,
) -> list[int | None]:
    """A row for each wish that is near it and wrong; ``None`` where none is near.

    Args:
        wishes: the queries.
        queries: their vectors, shape (len(wishes), d).
        documents: vectors of all rows, shape (n, d).
        maker: knows which facts rows state.
        keywords: a BM25 index over the same rows; without it only vectors say what is near.
        allowed: rows that may be taken, shape (n,).
        seed: of the choice among several.
    """
    out: list[int | None] = []
    near = min(_NEAR, len(documents))
    for start in range(0, len(wishes), _CHUNK):
        block = wishes[start : start + _CHUNK]
        scores = queries[start : start + _CHUNK] @ documents.T
        scores[:, ~allowed] = -np.inf
        nearest = np.argpartition(-scores, near - 1, axis=1)[:, :near]
        for i, wish in enumerate(block):
            rows = nearest[i][np.argsort(-scores[i, nearest[i]], kind="stable")].tolist()
            if keywords is not None:
                found = np.where(allowed, keywords.scores(wish.text), 0.0)
                best = np.argpartition(-found, min(_BY_WORDS, len(found) - 1))[:_BY_WORDS]
                # One from words after one from vectors, each once.
                rows = list(dict.fromkeys(_interleaved(rows, best.tolist())))
            rng = random.Random(f"{seed}/{start + i}")
            wrong = [r for r in rows if allowed[r] and _is_wrong(wish, r, maker, documents)][:_CHOICES]
            out.append(rng.choice(wrong) if wrong else None)
    return out


def _interleaved(one: Sequence[int], other: Sequence[int]) -> list[int]:
    pairs = [row for pair in zip(one, other, strict=False) for row in pair]
    return [*pairs, *one[len(other) :], *other[len(one) :]]


def _is_wrong(wish: Wish, row: int, maker: WishMaker, documents: Vectors) -> bool:
    if row in wish.relevant:
        return False
    if wish.facts:
        return maker.contradicts(row, wish.facts)
    return float(documents[row] @ documents[wish.row]) < _SAME
