"""A second witness for a value: which statement of a record lies nearest in meaning to a question.

Values are found by words, and a word may stand in two attributes ("the lid's diameter", "the diameter"). An embedding
of the question knows nothing of those rules; where it points at another statement, the value is told with that doubt.
Knows questions and statements. Does not know how a value was found, nor how it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assistant.encoder import Encoder
from assistant.generation.replies.evidence import Records
from assistant.generation.replies.findings import Found
from assistant.generation.replies.questions import Query
from assistant.generation.replies.wording import sentences
from assistant.types import Product


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
        attributes = {
            key: f"{self._records.label(key, language)}: {self._records.value(value, language)}"
            for key, value in self._records.shown(product).items()
        }
        told = [str(f.value) if f.sentence else attributes.get(f.key, "") for f in found]
        others = [text for text in attributes.values() if text not in told]
        if first.sentence:
            texts = {product.description, product.description_in("zh")}
            others += [s for text in texts if text for s in sentences(text) if s not in told]
        if not others:
            return list(found)
        question = self._encoder.encode([query.text], kind="query")[0]
        near = self._encoder.encode([*told, *others], kind="passage") @ question
        agrees = bool(np.max(near[: len(told)]) >= np.max(near[len(told) :]))
        return [f if agrees else replace(f, near=True, doubtful=True) for f in found]
