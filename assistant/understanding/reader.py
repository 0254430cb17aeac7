"""One call that reads a message whole: language, intent, constraints, and what only matters in a conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.types import Reading, Understanding
from assistant.understanding.constraints import ConstraintParser
from assistant.understanding.intent import IntentClassifier
from assistant.understanding.language import detect_language

# Longer messages are read by their beginning: no wish needs more, and the cost of a message stays bounded.
_READ = 4_000
_MEANING = re.compile(r"\w")


class Reader:
    """Classifier and parser together. Stateless; safe to share."""

    def __init__(self, classifier: IntentClassifier, parser: ConstraintParser) -> None:
        self._classifier = classifier
        self._parser = parser

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        """Intent, calibrated confidence, language and constraints of each text, in order."""
        heads = [text[:_READ] for text in texts]
        predictions = self._classifier.predict(heads) if heads else []
        out = []
        for text, predicted in zip(heads, predictions, strict=True):
            constraints = self._parser.parse(text, intent=predicted.intent)
            out.append(Understanding(predicted.intent, predicted.confidence, detect_language(text), constraints))
        return out

    def read(self, text: str) -> Reading:
        """The message as the dialogue needs it."""
        head = text[:_READ]
        understanding = self.understand([text])[0]
        if not _MEANING.search(head):
            return Reading(head, understanding)
        parser = self._parser
        return Reading(
            head,
            understanding,
            parser.cleared_fields(head),
            parser.mentions_relative_price(head),
            parser.wants_more(head),
            parser.result_count(head),
        )
