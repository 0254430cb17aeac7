"""Swapping products keeps the script, the rest of the sentence, and labels whose meaning is the noun."""

from __future__ import annotations

import random

import pytest

from assistant.labelled.utterances import Utterance
from assistant.lexicon import Lexicon
from assistant.training.swap import ProductSwap, is_shop_label_set

LINES = [
    Utterance("I need a new kettle by friday", "product_search"),
    Utterance("我想买一部新手机", "product_search"),
    Utterance("write a poem about my sofa", "out_of_scope"),
    Utterance("thanks", "refine_results"),
]


@pytest.fixture(scope="module")
def swap(lexicon: Lexicon) -> ProductSwap:
    return ProductSwap(lexicon, LINES)


def test_only_sentences_with_a_product_and_a_label_that_allows_it(swap: ProductSwap) -> None:
    assert len(swap) == 2
    for line in LINES[2:]:
        assert swap(line.text, random.Random(0), 1.0) == line.text


def test_the_thing_changes_and_the_rest_stays(swap: ProductSwap, lexicon: Lexicon) -> None:
    english = {swap(LINES[0].text, random.Random(n), 1.0) for n in range(40)}
    assert len(english) > 30
    assert all(text.startswith("I need a new ") and text.endswith(" by friday") for text in english)
    assert all(text.isascii() for text in english)
    chinese = {swap(LINES[1].text, random.Random(n), 1.0) for n in range(40)}
    assert len(chinese) > 30
    assert all(text.startswith("我想买一部新") for text in chinese)


def test_rate_zero_and_unknown_sentences_change_nothing(swap: ProductSwap) -> None:
    assert swap(LINES[0].text, random.Random(0), 0.0) == LINES[0].text
    assert swap("a sofa nobody prepared", random.Random(0), 1.0) == "a sofa nobody prepared"


def test_plurals_stay_plural(lexicon: Lexicon) -> None:
    swap = ProductSwap(lexicon, [Utterance("show me kettles", "product_search")])
    assert all(swap("show me kettles", random.Random(n), 1.0).endswith("s") for n in range(30))


def test_the_shops_own_labels_are_known() -> None:
    assert is_shop_label_set(["smalltalk", "unsafe"])
    assert not is_shop_label_set(["smalltalk", "card_arrival"])
