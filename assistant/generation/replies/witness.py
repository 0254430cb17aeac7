"""A second witness for a value: which statement of a record lies nearest in meaning to a question.

Values are found by words, and a word may stand in two attributes ("the lid's diameter", "the diameter"). An embedding
of the question knows nothing of those rules; where it points at another statement, the value is told with that doubt.
Knows questions and statements. Does not know how a value was found, nor how it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assistant.encoder import Encoder, Vectors
from assistant.generation.replies.evidence import Records
from assistant.generation.replies.findings import Found
from assistant.generation.replies.questions import Query
from assistant.generation.replies.wording import has_han, sentences
from assistant.types import Product

# On the development questions, of 27 statements that lay so much nearer than the next, 25 held the value asked for.
_CLEAR = 0.03


class Witness:
    """Compares a question with every statement of a record. Safe to share."""

    def __init__(self, records: Records, encoder: Encoder) -> None:
        """Take the labels of attributes, and the encoder whose cosines decide."""
        self._records = records
        self._encoder = encoder

    def heard(self, product: Product, query: Query, found: Sequence[Found], language: str) -> list[Found]:
        """The same findings, marked as doubtful where none of them is what the question lies nearest to.

        Price, rating and the like are asked for in so many words and are not compared. A sentence is compared with
        sentences and attributes, an attribute with attributes: questions lie nearer to whole sentences in any case.
        """
        first = found[0] if found else None
        if first is None or first.near or first.verdict is not None or first.key.startswith("@"):
            return list(found)
        stated = self._stated(product, language)
        told = [f for f in stated if any((f.key, f.value) == (one.key, one.value) for one in found)]
        others = [f for f in stated if f not in told and (first.sentence or not f.sentence)]
        if not told or not others:
            return list(found)
        near = self._cosines(query, [*told, *others], language)
        agrees = bool(np.max(near[: len(told)]) >= np.max(near[len(told) :]))
        return [f if agrees else replace(f, near=True, doubtful=True) for f in found]

    def nearest(self, product: Product, query: Query, language: str) -> list[Found]:
        """The statement that a question lies nearest to, where it is so by a clear margin; no answer to it."""
        stated = [
            f for f in self._stated(product, language) if not f.sentence or has_han(f.value) == (language == "zh")
        ]
        if len(stated) < 2:
            return []
        near = self._cosines(query, stated, language)
        second, first = np.argsort(near)[-2:]
        if near[first] - near[second] < _CLEAR:
            return []
        return [replace(stated[int(first)], near=True, plain=False, doubtful=True)]

    def _stated(self, product: Product, language: str) -> list[Found]:
        """All that a record states: attributes, and sentences in both languages."""
        attributes = [
            Found(self._records.label(key, language), value, key) for key, value in self._records.shown(product).items()
        ]
        texts = dict.fromkeys((product.description, product.description_in("zh")))
        told = dict.fromkeys(sentence for text in texts if text for sentence in sentences(text))
        return attributes + [Found(value=sentence, sentence=True) for sentence in told]

    def _cosines(self, query: Query, stated: Sequence[Found], language: str) -> Vectors:
        """Of shape (stated,)."""
        texts = [str(f.value) if f.sentence else f"{f.label}: {self._records.value(f.value, language)}" for f in stated]
        question = self._encoder.encode([query.text], kind="query")[0]
        cosines: Vectors = self._encoder.encode(texts, kind="passage") @ question
        return cosines
