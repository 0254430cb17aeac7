"""The contract's intent figures on predictions made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.labelled.scoring import decided, out_of_scope_label, score_intents
from assistant.labelled.utterances import Utterance
from assistant.understanding.intent import IntentPrediction


class Scripted:
    """Answers each text with the distribution written for it."""

    def __init__(self, answers: dict[str, dict[str, float]]) -> None:
        self._answers = answers

    def predict(self, texts: Sequence[str]) -> list[IntentPrediction]:
        out = []
        for text in texts:
            distribution = self._answers[text]
            best = max(distribution, key=lambda label: distribution[label])
            out.append(IntentPrediction(best, distribution[best], distribution))
        return out


def test_out_of_scope_figures() -> None:
    classifier = Scripted(
        {
            "right": {"a": 0.8, "b": 0.1, "oos": 0.1},
            "wrong": {"a": 0.7, "b": 0.2, "oos": 0.1},
            "rejected": {"a": 0.1, "b": 0.3, "oos": 0.6},
            "strange": {"a": 0.1, "b": 0.0, "oos": 0.9},
            "missed": {"a": 0.5, "b": 0.1, "oos": 0.4},
        }
    )
    test = [
        Utterance("right", "a", "en"),
        Utterance("wrong", "b", "en"),
        Utterance("rejected", "b", "zh"),
        Utterance("strange", "oos", "en"),
        Utterance("missed", "oos", "zh"),
    ]
    scores = score_intents(classifier, test)
    assert scores["accuracy"] == 0.4
    assert scores["macro_f1"] == pytest.approx((2 / 4 + 0 + 2 / 4) / 3, abs=1e-4)
    assert scores["accuracy_in_scope"] == pytest.approx(2 / 3, abs=1e-4)  # the rejected one is right before rejection
    assert scores["oos_recall"] == 0.5
    assert scores["oos_false_reject"] == pytest.approx(1 / 3, abs=1e-4)
    # In-scope texts only: |1 - .8|, |0 - .7|, |0 - .6| in three bins.
    assert scores["ece"] == pytest.approx((0.2 + 0.7 + 0.6) / 3, abs=1e-4)
    assert scores["ms_per_text"] >= 0
    assert scores["languages"]["zh"]["accuracy"] == 0.0
    assert scores["languages"]["en"]["accuracy"] == pytest.approx(2 / 3, abs=1e-4)


def test_without_an_out_of_scope_label_there_are_no_such_figures() -> None:
    classifier = Scripted({"x": {"a": 0.9, "b": 0.1}})
    scores = score_intents(classifier, [Utterance("x", "a")])
    assert set(scores) == {"accuracy", "macro_f1", "ece", "ms_per_text"}
    assert scores["accuracy"] == 1.0


def test_a_classifier_that_never_saw_such_texts_says_how_strange_they_are() -> None:
    classifier = Scripted({"known": {"a": 0.9, "b": 0.1}, "odd": {"a": 0.55, "b": 0.45}})
    test = [Utterance("known", "a"), Utterance("odd", "oos")]
    assert score_intents(classifier, test)["oos_recall"] == 0.0
    found = [
        replace(one, outside=strange)
        for one, strange in zip(classifier.predict(["known", "odd"]), (0.4, 0.6), strict=True)
    ]
    scores = score_intents(classifier, test, found=found)
    assert scores["oos_recall"] == 1.0
    assert scores["oos_false_reject"] == 0.0
    assert scores["accuracy"] == 1.0


def test_names_that_mean_out_of_scope() -> None:
    assert out_of_scope_label(["a", "oos"]) == "oos"
    assert out_of_scope_label(["out_of_scope", "a"]) == "out_of_scope"
    assert out_of_scope_label(["a", "b"]) is None


def test_predictions_made_already_are_not_made_again() -> None:
    classifier = Scripted({"x": {"a": 0.9, "b": 0.1}})
    test = [Utterance("x", "a")]
    # Timing asks the classifier; the figures are those of what was handed over.
    assert score_intents(classifier, test, found=[IntentPrediction("b", 0.7, {"b": 0.7, "a": 0.3})])["accuracy"] == 0.0


def test_the_label_a_text_counts_as() -> None:
    found = [
        IntentPrediction("a", 0.55, {"a": 0.55, "b": 0.45}, 0.7),
        IntentPrediction("b", 0.9, {"a": 0.1, "b": 0.9}, 0.1),
    ]
    assert decided([Utterance("x", "a"), Utterance("y", "oos")], found) == ["oos", "b"]
    assert decided([Utterance("x", "a"), Utterance("y", "b")], found) == ["a", "b"]
