"""What every ``IntentClassifier`` owes its callers, run on the fake and on the shipped one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fakes_intent import KeywordClassifier

from assistant.types import INTENTS
from assistant.understanding.intent import EncoderIntentClassifier, IntentClassifier

TEXTS = ["red shoes under 50", "where is my parcel?", "转人工", "谢谢你", "compare the first two", "保修多久"]

NASTY = [
    "",
    "   ",
    "\n\t\r\n",
    "\x00\x01\x02\x7f",
    "\ud83d",  # half of a surrogate pair
    "ok \udfff tail",
    "🎉👍🏽🏳️‍🌈",
    "</s><pad><mask>",
    "\u202eright to left\u202c\u200b\ufeff",
    "手机" * 50_000,
    "a" * 100_000,
    "word " * 20_000,
]


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.models)], scope="module")
def classifier(request: pytest.FixtureRequest, weights_cache: Path) -> IntentClassifier:
    if request.param == "fake":
        return KeywordClassifier({"parcel": "order_status", "人工": "speak_to_human"}, INTENTS)
    return EncoderIntentClassifier.load(cache=weights_cache)


def test_it_is_a_classifier(classifier: IntentClassifier) -> None:
    assert isinstance(classifier, IntentClassifier)


def test_no_texts_no_predictions(classifier: IntentClassifier) -> None:
    assert classifier.predict([]) == []


def test_labels_are_of_the_closed_set_and_confidences_are_probabilities(classifier: IntentClassifier) -> None:
    for prediction in classifier.predict(TEXTS):
        assert prediction.intent in INTENTS
        assert 0.0 <= prediction.confidence <= 1.0
        assert sum(prediction.distribution.values()) == pytest.approx(1.0, abs=1e-6)
        assert set(prediction.distribution) == set(INTENTS)


def test_order_and_company_do_not_matter(classifier: IntentClassifier) -> None:
    texts = TEXTS + [f"{text} {'and so on ' * n}" for n, text in enumerate(TEXTS)]
    together = classifier.predict(texts)
    backwards = classifier.predict(texts[::-1])[::-1]
    alone = [classifier.predict([text])[0] for text in texts]
    for one, two, three in zip(together, backwards, alone, strict=True):
        # Batches of other shapes round differently in bfloat16, so only the probabilities' neighbourhood is promised.
        assert one.confidence == pytest.approx(two.confidence, abs=0.05)
        assert one.confidence == pytest.approx(three.confidence, abs=0.05)


def test_more_texts_than_a_batch(classifier: IntentClassifier) -> None:
    texts = TEXTS * 30
    found = classifier.predict(texts)
    assert len(found) == len(texts)
    for row, text in enumerate(TEXTS):
        same = {found[i].intent for i in range(len(texts)) if texts[i] == text}
        assert same == {found[row].intent}


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_no_text_breaks_it(classifier: IntentClassifier, text: str) -> None:
    [prediction] = classifier.predict([text])
    assert prediction.intent in INTENTS
    assert 0.0 <= prediction.confidence <= 1.0


def test_it_can_be_shared_between_threads(classifier: IntentClassifier) -> None:
    expected = [p.intent for p in classifier.predict(TEXTS)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: [p.intent for p in classifier.predict(TEXTS)], range(8)))
    assert answers == [expected] * 8
