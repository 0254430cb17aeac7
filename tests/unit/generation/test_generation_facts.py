from __future__ import annotations

from typing import Any

import pytest
from fakes_generation import BOOTS, CHINESE_ONLY, COOKER, PHONE

from assistant.generation.evidence import Evidence
from assistant.generation.facts import Facts, quotable
from assistant.generation.frames import load_frames
from assistant.generation.grounding import ClaimChecker
from assistant.generation.labels import article
from assistant.generation.phrasing import Phraser, agree
from assistant.generation.slots import slots_of
from assistant.generation.writer import card_for
from assistant.lexicon import Lexicon
from assistant.types import Product


@pytest.fixture(scope="module")
def phraser(checker: ClaimChecker, words: Lexicon) -> Phraser:
    return Phraser(words, checker.reader, load_frames())


def evidence(product: Product, language: Any, checker: ClaimChecker, words: Lexicon) -> Evidence:
    return checker.reader.read(product, slots_of(card_for(product, language), language, words))


@pytest.mark.parametrize("product", [BOOTS, PHONE, COOKER, CHINESE_ONLY], ids=lambda p: p.sku)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_sentence_made_from_the_record_passes_the_check(
    product: Product, language: Any, checker: ClaimChecker, words: Lexicon, phraser: Phraser
) -> None:
    known = evidence(product, language, checker, words)
    for request in ("", "防水的", "something waterproof in white with a big battery"):
        facts = Facts(phraser, known, request, language)
        said = [facts.opening(), facts.last_resort(), facts.price_sentence(), *facts.more()]
        for sentence in said:
            text = known.slots.fill(sentence)
            assert "{" not in text
            assert not checker.unsupported(text, known, request, language), text


def test_what_the_request_asks_for_comes_first(checker: ClaimChecker, words: Lexicon, phraser: Phraser) -> None:
    known = evidence(PHONE, "en", checker, words)
    first = phraser.predicates(known, "a waterproof phone", "en")[0]
    assert first.text == "is waterproof"
    assert phraser.predicates(known, "lots of storage", "en")[0].key == "storage"
    assert "as you asked" in Facts(phraser, known, "a waterproof phone", "en").opening()


def test_false_attributes_are_never_told(checker: ClaimChecker, words: Lexicon, phraser: Phraser) -> None:
    for product in (BOOTS, PHONE):
        known = evidence(product, "en", checker, words)
        text = " ".join(p.text for p in phraser.predicates(known, "vegan with a stylus", "en"))
        assert "vegan" not in text
        assert "stylus" not in text


def test_what_the_name_says_is_not_repeated(checker: ClaimChecker, words: Lexicon, phraser: Phraser) -> None:
    known = evidence(PHONE, "en", checker, words)
    assert phraser.identity(known, "en") is None
    foreign = evidence(COOKER, "zh", checker, words)
    assert phraser.identity(foreign, "zh") == "是一款白色电饭煲"


def test_told_facts_are_not_told_again(checker: ClaimChecker, words: Lexicon, phraser: Phraser) -> None:
    known = evidence(PHONE, "en", checker, words)
    facts = Facts(phraser, known, "", "en")
    facts.told("Aurel Nova 5 smartphone has a 5000 mAh battery and is waterproof.")
    rest = " ".join(facts.more())
    assert "{battery}" not in rest
    assert "waterproof" not in rest
    assert "{storage}" in rest


def test_plural_products_take_plural_verbs(checker: ClaimChecker, words: Lexicon, phraser: Phraser) -> None:
    known = evidence(BOOTS, "en", checker, words)
    assert "{name} are" in Facts(phraser, known, "waterproof", "en").opening()
    assert agree("weighs {weight}", True) == "weigh {weight}"
    assert agree("weighs {weight}", False) == "weighs {weight}"


@pytest.mark.parametrize(
    ("phrase", "word"), [("apple", "an"), ("hour glass", "an"), ("USB port", "a"), ("LED lamp", "an")]
)
def test_articles(phrase: str, word: str) -> None:
    assert article(phrase) == word


@pytest.mark.parametrize(
    ("sentence", "language", "good"),
    [
        ("The arm folds flat against the wall.", "en", True),
        ("灯臂可以折叠，光线柔和。", "en", False),
        ("灯臂可以折叠，光线柔和。", "zh", True),
        ("Visit https://example.com now.", "en", False),
        ("CPU 2.13 GHz, 1066 MHz, 4 GB, 250 GB, 17 in, 802.11 b/g", "en", False),
        ("Wow.", "en", False),
    ],
)
def test_only_prose_is_quoted(sentence: str, language: Any, good: bool) -> None:
    assert quotable(sentence, language) is good


def test_catchwords_are_marked_as_a_quotation(checker: ClaimChecker, words: Lexicon, phraser: Phraser) -> None:
    facts = Facts(phraser, evidence(COOKER, "en", checker, words), "", "en")
    assert facts.quotes() == ("From the listing: keeps warm, delayed timer, non-stick pot.",)


def test_a_word_of_a_text_in_the_other_language_is_no_property_of_the_whole(
    checker: ClaimChecker, words: Lexicon, phraser: Phraser
) -> None:
    gloves = Product(
        sku="G1", title="骑行手套", description="袖口可拆卸，掌心不防水。", category=("手套",),
        price=36.0, currency="CNY", attributes={"age_from_months": 6, "hot_hours": "14 hours", "tank": "2.5 L"},
    )  # fmt: skip
    told = [p.text for p in phraser.predicates(evidence(gloves, "en", checker, words), "waterproof gloves", "en")]
    assert not any("waterproof" in text or "described" in text or "removable" in text for text in told)
    assert "have a tank of {tank}" in told
    assert not any(" from of " in text or " hot of " in text for text in told)
