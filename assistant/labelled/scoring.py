"""Measure an intent classifier on labelled texts, in the figures the contract names.

Knows predictions and truths. Does not know how the classifier was made.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from assistant import metrics
from assistant.labelled.utterances import Utterance
from assistant.understanding.intent import IntentClassifier, IntentPrediction

OUT_OF_SCOPE_NAMES = ("out_of_scope", "oos")
"""Label names that mean "none of the others", here and in public data sets."""

STRANGE = 0.5
"""From this :attr:`IntentPrediction.outside` on a text belongs to no label."""

_TIMED = 200


def out_of_scope_label(labels: Sequence[str]) -> str | None:
    """The label among them that means out of scope, or ``None``."""
    return next((name for name in OUT_OF_SCOPE_NAMES if name in labels), None)


def score_intents(
    classifier: IntentClassifier,
    test: Sequence[Utterance],
    *,
    found: Sequence[IntentPrediction] | None = None,
) -> dict[str, Any]:
    """``accuracy macro_f1 ece ms_per_text``, with out-of-scope figures where the texts hold such a label.

    ``ece`` is over in-scope texts; ``ms_per_text`` is the mean over texts asked one at a time; ``accuracy_in_scope``
    takes the likeliest in-scope label, before any rejection. ``languages`` repeats the first three per ``lang``.

    Args:
        classifier: what is measured.
        test: labelled texts.
        found: its predictions of these texts, where they have been made already.
    """
    if found is None:
        found = classifier.predict([u.text for u in test])
    scores = score_predictions(test, found)
    return scores | {"ms_per_text": round(_milliseconds(classifier, test), 3)}


def score_predictions(test: Sequence[Utterance], found: Sequence[IntentPrediction]) -> dict[str, Any]:
    """The figures of :func:`score_intents` that need no clock, from predictions already made."""
    outside = out_of_scope_label([u.label for u in test])
    truth = [u.label for u in test]
    predicted = decided(test, found)
    scores = _scores(truth, predicted, found, outside)
    if outside is not None:
        scores |= _out_of_scope(truth, predicted, found, outside)
    languages = sorted({u.language for u in test if u.language})
    if languages:
        scores["languages"] = {}
        for language in languages:
            rows = [i for i, u in enumerate(test) if u.language == language]
            scores["languages"][language] = _scores(
                [truth[i] for i in rows], [predicted[i] for i in rows], [found[i] for i in rows], outside
            )
    return scores


def decided(test: Sequence[Utterance], found: Sequence[IntentPrediction]) -> list[str]:
    """The label each text counts as read as, after rejection, as :func:`score_intents` counts it."""
    outside = out_of_scope_label([u.label for u in test])
    return [_decide(prediction, outside) for prediction in found]


def _decide(prediction: IntentPrediction, outside: str | None) -> str:
    """A classifier that was never shown out-of-scope texts has no label for them, but knows when a text is strange."""
    unknown = outside is not None and outside not in prediction.distribution
    return outside if unknown and outside and prediction.outside >= STRANGE else prediction.intent


def _scores(
    truth: Sequence[str], predicted: Sequence[str], found: Sequence[IntentPrediction], outside: str | None
) -> dict[str, Any]:
    inside = [i for i, label in enumerate(truth) if label != outside]
    return {
        "accuracy": round(metrics.accuracy(truth, predicted), 4),
        "macro_f1": round(metrics.macro_f1(truth, predicted), 4),
        "ece": round(
            metrics.expected_calibration_error(
                [found[i].confidence for i in inside], [found[i].intent == truth[i] for i in inside]
            ),
            4,
        )
        if inside
        else None,
    }


def _out_of_scope(
    truth: Sequence[str], predicted: Sequence[str], found: Sequence[IntentPrediction], outside: str
) -> dict[str, float | None]:
    inside = [i for i, label in enumerate(truth) if label != outside]
    rest = [i for i, label in enumerate(truth) if label == outside]

    def best_inside(prediction: IntentPrediction) -> str:
        scores = {label: p for label, p in prediction.distribution.items() if label != outside}
        return max(scores, key=lambda label: scores[label]) if scores else prediction.intent

    right = sum(best_inside(found[i]) == truth[i] for i in inside)
    return {
        "accuracy_in_scope": round(right / len(inside), 4) if inside else None,
        "oos_recall": round(sum(predicted[i] == outside for i in rest) / len(rest), 4),
        "oos_false_reject": round(sum(predicted[i] == outside for i in inside) / len(inside), 4) if inside else None,
    }


def _milliseconds(classifier: IntentClassifier, test: Sequence[Utterance]) -> float:
    step = max(1, len(test) // _TIMED)
    texts = [u.text for u in test[::step]][:_TIMED]
    classifier.predict(texts[:1])  # the first call of a network allocates and chooses kernels
    start = time.perf_counter()
    for text in texts:
        classifier.predict([text])
    return (time.perf_counter() - start) * 1000 / len(texts)
