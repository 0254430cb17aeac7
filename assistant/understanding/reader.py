"""One call that reads a message whole: language, intent, constraints, and what only matters in a conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from assistant.types import Reading, Understanding
from assistant.understanding.constraints import ConstraintParser
from assistant.understanding.evidence import Evidence, EvidenceReader
from assistant.understanding.intent import IntentClassifier, IntentPrediction
from assistant.understanding.language import detect_language

# Longer messages are read by their beginning: no wish needs more, and the cost of a message stays bounded.
_READ = 4_000
_MEANING = re.compile(r"\w")


class Reader:
    """Classifier and parser together. Stateless; safe to share."""

    def __init__(
        self,
        classifier: IntentClassifier,
        parser: ConstraintParser,
        evidence: tuple[EvidenceReader, Evidence] | None = None,
    ) -> None:
        """``evidence`` corrects the classifier by what the parser saw; without it the classifier stands alone."""
        self._classifier = classifier
        self._parser = parser
        self._evidence = evidence

    def understand(self, texts: Sequence[str]) -> list[Understanding]:
        """Intent, calibrated confidence, language and constraints of each text, in order."""
        heads = [text[:_READ] for text in texts]
        predictions = self._settled(heads, self._classifier.predict(heads)) if heads else []
        out = []
        for text, predicted in zip(heads, predictions, strict=True):
            constraints = self._parser.parse(text, intent=predicted.intent)
            out.append(Understanding(predicted.intent, predicted.confidence, detect_language(text), constraints))
        return out

    def _settled(self, texts: Sequence[str], predictions: list[IntentPrediction]) -> list[IntentPrediction]:
        if self._evidence is None:
            return predictions
        reader, evidence = self._evidence
        features = np.array([reader.features(text) for text in texts])
        settled = evidence.settle([p.distribution for p in predictions], features)
        return [IntentPrediction(max(d, key=lambda k: d[k]), max(d.values()), d) for d in settled]

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
