"""Complements: product types that go together, then what tells the products of such a type apart.

Where a shop has events, what they say comes ready made (``complements_scores``) and takes the place of both.

``complements.tsv`` holds general knowledge, one line a product type of the lexicon: ``type <TAB> type|type|…``, most
natural companion first. A type without a line uses the line of the next broader type. Knows vectors and row types,
no constraints: the caller's mask carries them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from assistant.errors import ConfigurationError
from assistant.lexicon import Lexicon
from assistant.types import Candidate, Product

Mask = npt.NDArray[np.bool_]
Vectors = npt.NDArray[np.float32]

_AFFINITY = 1.0
_ANCHOR = 0.5
_REQUEST = 0.5
_BEHAVIOUR = 1.0
# Beside what a shop's own events say, a recommender's opinion and a request are there to choose among equals.
_BESIDE_TOLD = 0.3
# What names a type among its companions goes with it too, if less surely.
_BACKWARDS = 0.45
# With fewer types of companions than this, other types of the anchors' department join them.
_FEW_TYPES = 3
# As heavy as all other parts together: what cannot be bought comes last.
_SOLD_OUT = -3.0


class Complements:
    """Type affinities and the ranking that uses them. Reads only; safe to share."""

    def __init__(self, table: dict[str, tuple[str, ...]], lexicon: Lexicon) -> None:
        self._table = table
        self._lexicon = lexicon
        self._broader: dict[str, list[str]] = {}
        for concept in lexicon.concepts:
            if concept.kind == "product":
                for key in concept.narrower:
                    self._broader.setdefault(key, []).append(concept.key)

    @classmethod
    def load(cls, lexicon: Lexicon) -> Complements:
        """The shipped table.

        Raises:
            ConfigurationError: a line has no two columns.
        """
        table: dict[str, tuple[str, ...]] = {}
        text = files("assistant.recommendation").joinpath("complements.tsv").read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            cells = line.split("\t")
            if len(cells) != 2:
                raise ConfigurationError(f"complements.tsv line {number}: wanted 2 columns, got {len(cells)}")
            table[cells[0].strip()] = tuple(k.strip() for k in cells[1].split("|") if k.strip())
        return cls(table, lexicon)

    def types_for(self, types: Iterable[str]) -> dict[str, float]:
        """Companion types with a weight in (0, 1], the first of a line heaviest."""
        out: dict[str, float] = {}
        for key in types:
            companions = self._line(key)
            for place, companion in enumerate(companions):
                out[companion] = max(out.get(companion, 0.0), 1.0 - place / (len(companions) + 1))
        return out

    def around(self, types: Iterable[str]) -> dict[str, float]:
        """Companion types as of :meth:`types_for`, and, with less weight, those that name one of the types in turn."""
        own = dict.fromkeys(types)
        for key in tuple(own):
            own |= dict.fromkeys(self._broader.get(key, ()))
        out: dict[str, float] = {}
        for other, companions in self._table.items():
            for place, companion in enumerate(companions):
                if companion in own and other not in own:
                    out[other] = max(out.get(other, 0.0), _BACKWARDS * (1.0 - place / (len(companions) + 1)))
        for companion, weight in self.types_for(types).items():
            out[companion] = max(out.get(companion, 0.0), weight)
        return out

    def _line(self, key: str) -> tuple[str, ...]:
        level, seen = [key], {key}
        while level:
            found = [self._table[k] for k in level if k in self._table]
            if found:
                return tuple(dict.fromkeys(c for line in found for c in line))
            level = [b for k in level for b in self._broader.get(k, []) if b not in seen and not seen.add(b)]  # type: ignore[func-returns-value]
        return ()

    def rank(
        self,
        products: Sequence[Product],
        vectors: Vectors,
        anchors: Sequence[int],
        anchor_types: Iterable[str],
        request: npt.NDArray[np.float32] | None,
        allowed: Mask,
        rows_of: Callable[[str], Mask],
        *,
        k: int,
        sold_out: Mask | None = None,
        learnt: Mapping[str, Vectors] | None = None,
        told: Mapping[str, Vectors] | None = None,
    ) -> list[Candidate]:
        """The best complements among the allowed rows.

        Args:
            products: the catalogue in row order, n of them.
            vectors: (n, d) unit vectors.
            anchors: rows of the products to go with.
            anchor_types: their product types.
            request: (d,) unit vector of the shopper's words; ``None`` where they say nothing of what is wanted.
            allowed: (n,) rows that satisfy every hard constraint; the anchors' own types are already out.
            rows_of: the rows of a product type.
            k: at most so many.
            sold_out: (n,) rows that cannot be bought now; read from ``products`` where it is not given.
            learnt: what shoppers' behaviour says, as "behaviour" in [0, 1], and its parts, each (n,). Rows it speaks
                for come beside those of companion types.
            told: what the shop's events say of every row as a complement, parts of a score, each (n,).
        """
        if told is not None:
            return self._rank_told(products, vectors, request, allowed, told, learnt or {}, sold_out, k)
        affinity = np.zeros(len(products))
        own = tuple(anchor_types)
        for key, weight in self.around(own).items():
            rows = rows_of(key)
            affinity[rows] = np.maximum(affinity[rows], weight)
        spoken = np.zeros(len(products)) if not learnt else learnt["behaviour"].astype(np.float64)
        pool = np.flatnonzero(allowed & ((affinity > 0) | (spoken > 0)))
        pool = self._filled_up(products, pool, anchors if own else (), allowed)
        if not len(pool):
            return []
        centre = np.asarray(vectors[list(anchors)].mean(axis=0)) if len(anchors) else request
        near, asked = _likeness(vectors, pool, centre), _likeness(vectors, pool, request)
        gone = sold_out[pool] if sold_out is not None else np.array([products[int(r)].in_stock is False for r in pool])
        # Where nothing is asked for, nearness to the anchors has its place too.
        anchor = _ANCHOR if request is not None else _ANCHOR + _REQUEST
        score = _AFFINITY * affinity[pool] + anchor * near + _REQUEST * asked + _SOLD_OUT * gone
        score += _BEHAVIOUR * spoken[pool]
        order = np.lexsort((pool, -score))[:k]
        return [
            Candidate(
                products[int(pool[i])],
                float(score[i]),
                {
                    "affinity": round(float(affinity[pool[i]]), 3),
                    "content": round(float(near[i]), 3),
                    "request": round(float(asked[i]), 3),
                    **{name: round(float(values[pool[i]]), 3) for name, values in (learnt or {}).items()},
                },
            )
            for i in order
        ]

    @staticmethod
    def _filled_up(
        products: Sequence[Product], pool: npt.NDArray[np.int64], anchors: Sequence[int], allowed: Mask
    ) -> npt.NDArray[np.int64]:
        """The pool, and where it holds few types the rest of the anchors' departments; all rows where that is nothing.

        What stands in one department has at least its purpose in common.
        """
        if len({products[int(row)].type for row in pool}) >= _FEW_TYPES:
            return pool
        heads = {products[row].category[:1] for row in anchors if products[row].category[:1]}
        rest = np.setdiff1d(np.flatnonzero(allowed), pool)
        near = np.array([row for row in rest if products[int(row)].category[:1] in heads], dtype=np.int64)
        return np.concatenate([pool, near]) if len(pool) or len(near) else rest

    @staticmethod
    def _rank_told(
        products: Sequence[Product],
        vectors: Vectors,
        request: npt.NDArray[np.float32] | None,
        allowed: Mask,
        told: Mapping[str, Vectors],
        learnt: Mapping[str, Vectors],
        sold_out: Mask | None,
        k: int,
    ) -> list[Candidate]:
        pool = np.flatnonzero(allowed)
        if not len(pool):
            return []
        parts = {name: values[pool].astype(np.float64) for name, values in told.items()}
        if request is not None:
            parts["request"] = _BESIDE_TOLD * _likeness(vectors, pool, request)
        # The parts of behaviour sum to it already.
        inside = {name: _BESIDE_TOLD * values[pool].astype(np.float64) for name, values in learnt.items()}
        gone = sold_out[pool] if sold_out is not None else np.array([products[int(r)].in_stock is False for r in pool])
        score = sum(parts.values(), inside.get("behaviour", np.zeros(len(pool)))) + _SOLD_OUT * gone
        parts |= inside
        order = np.lexsort((pool, -score))[:k]
        return [
            Candidate(
                products[int(pool[i])],
                float(score[i]),
                {
                    **{name: round(float(values[i]), 4) for name, values in parts.items()},
                    **({"sold_out": _SOLD_OUT} if gone[i] else {}),
                },
            )
            for i in order
        ]


def _likeness(
    vectors: Vectors, pool: npt.NDArray[np.int64], centre: npt.NDArray[np.float32] | None
) -> npt.NDArray[np.float64]:
    """How near the rows of a pool are to a vector, in [0, 1]; nothing without one."""
    if centre is None:
        return np.zeros(len(pool))
    return _unit_range(np.asarray(vectors[pool] @ centre, dtype=np.float64))


def _unit_range(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Cosines stretched to [0, 1] over the pool: this encoder keeps them all within a narrow band."""
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.zeros_like(values)
