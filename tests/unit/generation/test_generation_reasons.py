"""Every unsupported claim says what the record has instead; paraphrase and translation pass."""

from __future__ import annotations

import pytest
from fakes_generation import BOOTS, COOKER, PHONE

from assistant.generation.evidence import Evidence
from assistant.generation.grounding import ClaimChecker
from assistant.generation.slots import slots_of
from assistant.generation.writer import card_for
from assistant.lexicon import Lexicon
from assistant.types import Product


def evidence(product: Product, language: str, checker: ClaimChecker, words: Lexicon) -> Evidence:
    return checker.reader.read(product, slots_of(card_for(product, language), language, words))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("product", "language", "sentence", "reason"),
    [
        (BOOTS, "en", "{name} are made of suede.", "leather"),
        (BOOTS, "en", "They come in black.", "brown"),
        (BOOTS, "en", "They weigh 900 g.", "620 g"),
        (BOOTS, "zh", "{name}采用帆布材质。", "leather"),
        (COOKER, "en", "{name} is a kettle.", "rice cooker"),
        (PHONE, "en", "It is in stock.", "out of stock"),
    ],
)
def test_a_reason_names_what_the_record_says(
    product: Product, language: str, sentence: str, reason: str, checker: ClaimChecker, words: Lexicon
) -> None:
    bad = checker.unsupported(sentence, evidence(product, language, checker, words), "", language)  # type: ignore[arg-type]
    assert bad
    assert all(claim.reason for claim in bad)
    assert any(reason in claim.reason for claim in bad), [claim.reason for claim in bad]


def test_supported_claims_have_no_reason(checker: ClaimChecker, words: Lexicon) -> None:
    claims = checker.check("{name} are waterproof.", evidence(BOOTS, "en", checker, words), "", "en")
    assert claims
    assert all(claim.supported and not claim.reason for claim in claims)


@pytest.mark.parametrize(
    ("product", "language", "sentence"),
    [
        (BOOTS, "en", "They are fine in the rain."),
        (BOOTS, "en", "They weigh 0.62 kg."),
        (BOOTS, "zh", "它们重 620 克。"),
        (BOOTS, "zh", "下雨也不用担心。"),
    ],
)
def test_paraphrase_units_and_light_conclusions_pass(
    product: Product, language: str, sentence: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert not checker.unsupported(sentence, evidence(product, language, checker, words), "", language)  # type: ignore[arg-type]
