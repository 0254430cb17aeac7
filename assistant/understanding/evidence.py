"""What the constraint parser saw, weighed together with what the classifier believes.

A message whose words are a bare price range is a refinement whatever it resembles; a known product type beside a budget
is a search. The weights are fitted (``assistant train evidence``) on the part of the training data that the classifier
held out, as a log-linear correction of its probabilities, and shipped beside its adapter. Without a weights file nothing
changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import WeightsError
from assistant.lexicon import Lexicon, fold, words
from assistant.types import Constraints
from assistant.understanding.constraints import ConstraintParser

FEATURES: tuple[str, ...] = (
    "known_product",
    "other_product",
    "price",
    "brand",
    "looks",
    "exclusion",
    "sort",
    "stock",
    "relative_price",
    "more",
    "cleared",
    "one_reference",
    "several_references",
    "quantity",
    "product_and_price",
    "product_and_sort",
    "short",
    "nothing",
)
FILE = "evidence.json"
_SHORT = 4


class EvidenceReader:
    """Turns a message into the feature vector of :data:`FEATURES`."""

    def __init__(self, parser: ConstraintParser, lexicon: Lexicon) -> None:
        self._parser = parser
        self._lexicon = lexicon

    def features(self, text: str) -> npt.NDArray[np.float64]:
        """Zeros and ones in the order of :data:`FEATURES`; shape (len(FEATURES),)."""
        parser = self._parser
        c = parser.parse(text)
        known = c.product is not None and bool(self._lexicon.mentions(fold(c.product), ("product",)))
        price = c.price_min is not None or c.price_max is not None
        seen = {
            "known_product": known,
            "other_product": c.product is not None and not known,
            "price": price,
            "brand": bool(c.brands),
            "looks": bool(c.colors or c.sizes or c.terms),
            "exclusion": bool(c.exclude_terms or c.exclude_colors or c.exclude_brands),
            "sort": c.sort is not None,
            "stock": bool(c.in_stock_only),
            "relative_price": parser.mentions_relative_price(text) is not None,
            "more": parser.wants_more(text),
            "cleared": bool(parser.cleared_fields(text)),
            "one_reference": len(c.references) == 1,
            "several_references": len(c.references) > 1,
            "quantity": c.quantity is not None,
            "product_and_price": known and price,
            "product_and_sort": known and c.sort is not None,
            "short": len(words(fold(text[:200]))) <= _SHORT,
            "nothing": c == Constraints(),
        }
        return np.array([float(seen[name]) for name in FEATURES])


@dataclass(frozen=True, slots=True)
class Evidence:
    """The fitted correction: ``log p' ∝ scale · log p + features · weights``; weights (features, labels)."""

    labels: tuple[str, ...]
    scale: float
    weights: npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]

    @classmethod
    def load(cls, folder: Path) -> Evidence | None:
        """The correction beside a classifier's adapter, or ``None`` where none was fitted.

        Raises:
            WeightsError: the file does not fit this release.
        """
        path = folder / FILE
        if not path.is_file():
            return None
        data = json.loads(path.read_text(encoding="utf-8"))
        if tuple(data["features"]) != FEATURES:
            raise WeightsError(f"'{path}' was fitted for other features; run: assistant train evidence")
        return cls(tuple(data["labels"]), float(data["scale"]), np.array(data["weights"]), np.array(data["bias"]))

    def settle(
        self, distributions: Sequence[Mapping[str, float]], features: npt.NDArray[np.float64]
    ) -> list[dict[str, float]]:
        """The corrected distribution of each message; ``features`` is (n, len(FEATURES))."""
        logs = np.log(np.array([[max(d.get(label, 0.0), 1e-9) for label in self.labels] for d in distributions]))
        scores = self.scale * logs + features @ self.weights + self.bias
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        odds /= odds.sum(axis=1, keepdims=True)
        return [dict(zip(self.labels, map(float, row), strict=True)) for row in odds]
