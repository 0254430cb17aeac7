"""When the words of a text decide its intent, and that the network is spared exactly then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from assistant.understanding.artifact import Card, read_card
from assistant.understanding.intent import SHIPPED, EncoderIntentClassifier
from assistant.understanding.plain import MET, PlainRule, find_rule, margins
from assistant.understanding.views import BUCKETS, Views, ngrams_of

LABELS = ("buy", "hello", "out_of_scope")
KNOWN = ("red shoes", "good morning", "weather")


def views_knowing(texts: Sequence[str]) -> Views:
    """Words as weights: text i speaks for label i."""
    columns = sorted({c + half * BUCKETS for t in texts for half, grams in enumerate(ngrams_of(t)) for c in grams})
    place = {column: i for i, column in enumerate(columns)}
    words = np.zeros((len(texts), len(columns)), dtype=np.int8)
    for label, text in enumerate(texts):
        for half, grams in enumerate(ngrams_of(text)):
            for column in grams:
                words[label, place[column + half * BUCKETS]] += 1
    rarity = np.zeros(2 * BUCKETS, dtype=np.float32)
    rarity[columns] = 1.0
    nothing = np.zeros((0, 0), dtype=np.float32)
    count = len(texts)
    return Views(
        (1.0, 0.0, 1.0), nothing, nothing.ravel(), words, np.ones((count, 1), np.float32),
        np.zeros(count, np.float32), np.asarray(columns, np.int32), rarity,
    )  # fmt: skip


class Network:
    """Says "hello" to everything and keeps what it was asked."""

    head = (np.asarray([[0.0], [9.0], [0.0]], dtype=np.float32), np.zeros(3, dtype=np.float32))

    def __init__(self) -> None:
        self.asked: list[Sequence[int]] = []

    def pool_many(self, ids: Sequence[Sequence[int]], *, batch_size: int) -> Any:
        self.asked += ids
        return np.ones((len(ids), 1), dtype=np.float32)


class Tokens:
    """One token a text: its length."""

    def __call__(self, texts: Sequence[str], **_: object) -> dict[str, list[list[int]]]:
        return {"input_ids": [[len(t)] for t in texts]}


def classifier(network: Network, margin: float | None) -> EncoderIntentClassifier:
    card = Card(LABELS, "toy", 1, (), out_of_scope="out_of_scope", views=True, plain_margin=margin, plain_held_out=198)
    return EncoderIntentClassifier(card, network, Tokens(), views=views_knowing(KNOWN))  # type: ignore[arg-type]


def test_only_what_is_not_plain_costs_the_network() -> None:
    network = Network()
    found = classifier(network, 1.0).predict(["red shoes", "zebra crossing", "weather"])
    assert [p.intent for p in found] == ["buy", "hello", "out_of_scope"]
    assert network.asked == [[len("zebra crossing")]]
    assert found[0].confidence == pytest.approx(199 / 200)
    assert found[0].outside < 0.5 < found[2].outside
    for one in found:
        assert sum(one.distribution.values()) == pytest.approx(1.0)
        assert tuple(one.distribution) == LABELS


def test_what_is_not_plain_is_read_as_without_the_rule() -> None:
    texts = ["zebra crossing", "", "red"]
    with_rule, without = classifier(Network(), 99.0).predict(texts), classifier(Network(), None).predict(texts)
    assert with_rule == without


def test_new_letters_make_a_text_not_plain_however_clear_the_rest() -> None:
    network = Network()
    text = "red shoes with a quokka joystick"
    assert classifier(network, 0.01).predict([text])[0].intent == "hello"
    assert network.asked


def test_scores_and_features_are_always_the_network_s() -> None:
    network = Network()
    classifier(network, 1.0).read(["red shoes"])
    assert len(network.asked) == 1


def scores(best: Sequence[int], margin: Sequence[float]) -> Any:
    out = np.zeros((len(best), 3), dtype=np.float32)
    out[np.arange(len(best)), best] = margin
    return out


def test_the_rule_lies_beyond_the_clearest_mistake() -> None:
    margin = np.linspace(0.01, 2.0, 400)
    words = scores([0] * 400, margin.tolist())
    truth = np.zeros(400, dtype=np.int64)
    truth[100] = 1
    met = np.ones(400, dtype=np.float32)
    rule = find_rule(words, met, words, truth)
    assert rule is not None
    assert rule.margin == pytest.approx(1.25 * margins(words)[100], abs=1e-3)
    assert rule.held_out == int((margin >= rule.margin).sum())
    whole = words.copy()
    whole[200] = (0.0, 5.0, 0.0)
    further = find_rule(words, met, whole, truth)
    assert further is not None
    assert further.margin == pytest.approx(1.25 * margins(words)[200], abs=1e-3)


def test_no_rule_from_few_texts_or_without_a_mistake_to_learn_from() -> None:
    words = scores([0] * 400, np.linspace(0.01, 2.0, 400).tolist())
    met, right = np.ones(400, dtype=np.float32), np.zeros(400, dtype=np.int64)
    assert find_rule(words, met, words, right) is None
    late = right.copy()
    late[380] = 1
    assert find_rule(words, met, words, late) is None
    assert find_rule(words[:0], met[:0], words[:0], right[:0]) is None


def test_strange_texts_neither_make_nor_meet_a_rule() -> None:
    rule = PlainRule(1.0, 500)
    words = scores([0, 0], [2.0, 2.0])
    assert rule.plain(words, np.asarray([MET, MET - 0.01], np.float32)).tolist() == [True, False]


def test_the_shipped_classifier_has_a_rule() -> None:
    rule = read_card(SHIPPED).plain
    assert rule is not None
    assert rule.held_out >= 400
    assert rule.confidence > 0.99
