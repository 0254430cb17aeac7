from __future__ import annotations

import pytest
from fakes_generation import BOOTS, PHONE

from assistant.generation.grounding import ClaimChecker
from assistant.generation.mending import agreeing, fluent, mend
from assistant.generation.slots import slots_of
from assistant.generation.writer import card_for
from assistant.lexicon import Lexicon
from assistant.types import Product


@pytest.mark.parametrize(
    ("product", "language", "sentence", "mended"),
    [
        (PHONE, "en", "{name} has a stunning {camera} camera.", "{name} has a {camera} camera."),
        (PHONE, "en", "{name} has a {camera} camera, with wireless charging.", "{name} has a {camera} camera."),
        (PHONE, "en", "{name} is waterproof and durable.", "{name} is waterproof."),
        (PHONE, "en", "{name} has a sleek, matte back.", "{name} has a matte back."),
        (PHONE, "en", "{name} has an elegant matte back.", "{name} has a matte back."),
        (BOOTS, "zh", "{name}能防水，透气轻便。", "{name}能防水。"),
        (BOOTS, "zh", "{name}采用高级的真皮材质，能防水。", "{name}采用真皮材质，能防水。"),
    ],
)  # fmt: skip
def test_what_is_too_much_is_left_out(
    product: Product, language: str, sentence: str, mended: str, checker: ClaimChecker, words: Lexicon
) -> None:
    evidence = checker.reader.read(product, slots_of(card_for(product, language), language, words))  # type: ignore[arg-type]
    bad = checker.unsupported(sentence, evidence, "", language)  # type: ignore[arg-type]
    assert bad
    assert mend(sentence, bad, checker, evidence, "", language) == mended  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "{name} is a kettle that flies to the moon."),
        ("en", "Discover breathtaking performance today."),
        ("zh", "震撼人心的极致体验，等你来。"),
    ],
)
def test_what_cannot_be_saved_is_given_up(language: str, sentence: str, checker: ClaimChecker, words: Lexicon) -> None:
    evidence = checker.reader.read(PHONE, slots_of(card_for(PHONE, language), language, words))  # type: ignore[arg-type]
    bad = checker.unsupported(sentence, evidence, "", language)  # type: ignore[arg-type]
    assert mend(sentence, bad, checker, evidence, "", language) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "sentence", "whole"),
    [
        ("en", "{name} is waterproof and made of leather.", True),
        ("en", "{name} is waterproof and made of", False),
        ("en", "{name} is waterproof and.", False),
        ("en", "A very nice leather boot.", False),
        ("en", "{price} is {price} and it is good.", False),
        ("en", "It is very very waterproof and light.", False),
        ("en", "It is good for you and it is good for you.", False),
        ("en", "It is <b>waterproof</b> and light.", False),
        ("zh", "{name}能防水，适合雨天穿。", True),
        ("zh", "{name}能防水，适合雨天穿", False),
        ("zh", "{name}能防水，能防水，能防水。", False),
        ("zh", "{name}适合想买手机壳。", False),
        ("zh", "真皮，防水，", False),
    ],
)
def test_only_whole_sentences_are_fluent(language: str, sentence: str, whole: bool) -> None:
    assert fluent(sentence, language) is whole  # type: ignore[arg-type]


def test_verbs_agree_with_plural_names() -> None:
    assert agreeing("{name} is a brown boot, and it costs {price}.", "Corrin hiking boots") == (
        "{name} are brown boot, and they cost {price}."
    )
    assert agreeing("{name} is a kettle.", "Luma kettle") == "{name} is a kettle."
