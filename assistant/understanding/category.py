"""Which product type of a catalogue a message is about: the second label beside the intent.

Every type is a few vectors: of its names in each language, of its products and of their middle. A message is compared
with all of them; what the word tables know and which products share its words joins in, and a softmax makes
probabilities. A new catalogue brings its own types and needs no training. Knows an encoder, word tables and names;
knows no index and no filters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from assistant.encoder import Encoder
from assistant.lexicon import Concept, Lexicon, fold
from assistant.types import CategoryPrediction

Vectors = npt.NDArray[np.float32]
Scores = npt.NDArray[np.float64]
Keywords: TypeAlias = Callable[[str], npt.NDArray[np.floating]]
"""A text to how well each product matches it by words, shape (products,)."""

_SAME, _NARROWER, _BROADER = 1.0, 0.9, 0.5
# Where something is to be or comes from is not what is wanted: "to keep me warm in the tent".
_PLACE = re.compile(
    r"\b(?:in|on|at|from|after|into|near|inside|under|over|beside|behind|round|around)\s+"
    r"(?:the|my|our|his|her|their|an?)\s+[\w-]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Category:
    """A product type: its path in the catalogue, and its names, the catalogue's own first."""

    path: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryWeights:
    """How much each kind of evidence counts, in units of the softmax.

    ``name``, ``product`` and ``centre`` multiply cosine similarities: to the nearest name, to the nearest product, and
    to the middle of the products. ``word`` multiplies what the word tables say, ``keyword`` how many of the message's
    words the best product of a type shares (both 0 to 1). ``scale`` sharpens the sum.
    """

    name: float = 1.0
    product: float = 3.0
    centre: float = 1.0
    word: float = 0.05
    keyword: float = 0.1
    scale: float = 40.0


class CategoryClassifier:
    """Softmax over label vectors · message vector, with the word tables' evidence added. Safe to share.

    The message's own vector is the one that retrieval uses, so a second label costs one matrix product.
    """

    def __init__(
        self,
        categories: Sequence[Category],
        encoder: Encoder,
        lexicon: Lexicon,
        *,
        products: Vectors,
        owners: Sequence[int],
        weights: CategoryWeights | None = None,
        keywords: Keywords | None = None,
    ) -> None:
        """Embed the names.

        Args:
            categories: the closed set of labels, with at least one name each.
            encoder: gives name and message vectors.
            lexicon: knows that two words mean one thing, and adds the other words for each name.
            products: passage vectors of the catalogue's products, shape (products, d).
            owners: for each product the position of its category in ``categories``.
            weights: how much each kind of evidence counts.
            keywords: scores the products by the words they share with a text; without it that evidence is left out.
        """
        self.categories = tuple(categories)
        self._encoder, self._lexicon = encoder, lexicon
        self._weights = weights or CategoryWeights()
        self._concepts = [self._concepts_of(category) for category in self.categories]
        named = [self._names_of(i) for i in range(len(self.categories))]
        vectors = encoder.encode([name for names in named for name in names], kind="query")
        self._names = _Nearest(vectors, np.repeat(np.arange(len(named)), [len(names) for names in named]))
        self._products = _Nearest(products, np.asarray(owners, dtype=np.int64))
        self._centres = self._products.centres(len(self.categories))
        self._keywords, self._owners = keywords, np.asarray(owners, dtype=np.int64)

    def predict(self, texts: Sequence[str], *, k: int = 3) -> list[list[CategoryPrediction]]:
        """The ``k`` likeliest categories of each text, best first, their probabilities over all categories."""
        out = []
        for row in self.probabilities(texts):
            best = np.argsort(-row, kind="stable")[:k]
            out.append([CategoryPrediction(self.categories[i].path, float(row[i])) for i in best])
        return out

    def probabilities(self, texts: Sequence[str]) -> Scores:
        """Shape (len(texts), len(categories)); each row sums to 1."""
        if not texts or not self.categories:
            return np.zeros((len(texts), len(self.categories)))
        w, count = self._weights, len(self.categories)
        # One at a time: the encoder remembers single queries, and retrieval asks for the same ones.
        messages = np.concatenate([self._encoder.encode([text], kind="query") for text in texts]).astype(np.float64)
        told = [_PLACE.sub(" ", text) for text in texts]
        logits = w.scale * (
            w.name * self._names.similarity(messages, count)
            + w.product * self._products.similarity(messages, count)
            + w.centre * (messages @ self._centres.T)
            + w.word * np.stack([self._words(text) for text in told])
            + w.keyword * np.stack([self._shared(text) for text in told])
        )
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: Scores = powers / powers.sum(axis=1, keepdims=True)
        return probabilities

    def _names_of(self, position: int) -> tuple[str, ...]:
        """A category's own names, and the other words for the same thing."""
        names = dict.fromkeys(self.categories[position].names)
        for key, likeness in self._concepts[position].items():
            concept = self._lexicon.product(key)
            if likeness == _SAME and concept is not None:
                names.update(dict.fromkeys(concept.forms))
        return tuple(names)

    def _concepts_of(self, category: Category) -> dict[str, float]:
        """Lexicon keys that stand for a category, and how well."""
        out: dict[str, float] = {}
        for name in category.names:
            mentions = self._lexicon.mentions(fold(name), ("product",))
            for concept in mentions[-1].concepts if mentions else ():
                out[concept.key] = _SAME
                for key in self._below(concept):
                    out.setdefault(key, _NARROWER)
        for concept in self._lexicon.concepts:
            if concept.kind == "product" and any(out.get(key) == _SAME for key in concept.narrower):
                out.setdefault(concept.key, _BROADER)
        return out

    def _below(self, concept: Concept) -> set[str]:
        keys: set[str] = set()
        pending = list(concept.narrower)
        while pending:
            key = pending.pop()
            if key not in keys and (found := self._lexicon.product(key)) is not None:
                keys.add(key)
                pending += found.narrower
        return keys

    def _words(self, text: str) -> Scores:
        """What the types named in a message say about each category, 0 to 1."""
        named = [c.key for m in self._lexicon.mentions(fold(text), ("product",)) for c in m.concepts]
        return np.asarray([max((known.get(key, 0.0) for key in named), default=0.0) for known in self._concepts])

    def _shared(self, text: str) -> Scores:
        """Of the best match by words the share that the best product of each category reaches, 0 to 1."""
        out = np.zeros(len(self.categories))
        if self._keywords is None:
            return out
        scores = np.asarray(self._keywords(text), dtype=np.float64)
        if (best := float(scores.max(initial=0.0))) > 0:
            np.maximum.at(out, self._owners, scores / best)
        return out


class _Nearest:
    """Vectors that belong to categories, less what they all share: "a thing in a shop" says nothing about which."""

    def __init__(self, vectors: Vectors, owners: npt.NDArray[np.int64]) -> None:
        # By owner, so that one reduction finds the best of each category.
        order = np.argsort(owners, kind="stable")
        self._vectors = np.asarray(vectors, dtype=np.float64)[order]
        self._vectors -= self._vectors.mean(axis=0, keepdims=True)
        self._present, self._starts = np.unique(owners[order], return_index=True)

    def similarity(self, messages: Scores, count: int) -> Scores:
        """The nearest vector of each category, shape (len(messages), count); -1 where a category has none."""
        out = np.full((len(messages), count), -1.0)
        out[:, self._present] = np.maximum.reduceat(messages @ self._vectors.T, self._starts, axis=1)
        return out

    def centres(self, count: int) -> Scores:
        """The mean vector of each category, shape (count, d)."""
        out = np.zeros((count, self._vectors.shape[1]))
        sizes = np.diff([*self._starts, len(self._vectors)])
        out[self._present] = np.add.reduceat(self._vectors, self._starts, axis=0) / sizes[:, None]
        return out


def categories_of(
    paths: Sequence[tuple[str, ...]], names: Sequence[Sequence[str]], *, level: int | None = None
) -> tuple[list[Category], list[int]]:
    """The categories of a catalogue and which of them each product has.

    Args:
        paths: each product's category path.
        names: each product's names for its category in any language.
        level: how much of a path is the label: 1 its first element; ``None`` all of it.

    Returns:
        The categories, sorted by path, and for each product the position of its own.
    """
    labels = [tuple(path[:level]) if level else tuple(path) for path in paths]
    gathered: dict[tuple[str, ...], dict[str, None]] = {label: {} for label in sorted(set(labels))}
    for label, path, more in zip(labels, paths, names, strict=True):
        below = path[len(label) - 1 :] if label else ()
        gathered[label].update(dict.fromkeys(name for name in (*below, *more) if name))
    categories = [Category(label, tuple(found) or ("?",)) for label, found in gathered.items()]
    position = {label: i for i, label in enumerate(gathered)}
    return categories, [position[label] for label in labels]
