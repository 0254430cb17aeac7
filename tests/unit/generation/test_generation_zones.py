"""Words outside of assertions pass, those inside do not; parts, counts, effects and translations are held exactly."""

from __future__ import annotations

import pytest

from assistant.catalog.rows import product_from_record
from assistant.generation.evidence import Evidence
from assistant.generation.grounding import ClaimChecker
from assistant.generation.senses import Senses
from assistant.generation.slots import slots_of
from assistant.generation.writer import card_for
from assistant.generation.zones import asserted, is_telling, praises, sworn
from assistant.lexicon import Lexicon
from assistant.types import ReplyLanguage

CLOG = {
    "sku": "C1",
    "title": "Fennel garden clog",
    "description": "Garden clog with a suede lining and a cork footbed. Illustrated care booklet. Unscented.",
    "brand": "Fennel",
    "category": ["footwear", "clogs"],
    "price": 40,
    "currency": "EUR",
    "attributes": {"sole": "polyurethane", "footbed": "cork", "weight_g": 420},
}
BOOK = {
    "sku": "B1",
    "title": "Rails of the West",
    "description": "A history of western railways. 90 photographs and 11 maps. Palm oil free ink.",
    "brand": "Orrery Press",
    "category": ["books", "history"],
    "price": 30,
    "currency": "EUR",
    "attributes": {"pages": 320, "size_cm": "21 x 15"},
}


def _evidence(record: dict[str, object], language: ReplyLanguage, checker: ClaimChecker, words: Lexicon) -> Evidence:
    product = product_from_record(record)
    return checker.reader.read(product, slots_of(card_for(product, language), language, words))


@pytest.mark.parametrize(
    ("record", "language", "sentence"),
    [
        (CLOG, "zh", "内里是绒面革，附插图。"),
        (CLOG, "zh", "它没有香味。"),
        (CLOG, "en", "The footbed is cork."),
        (CLOG, "en", "It glides through your weekend."),
        (BOOK, "en", "It has 11 maps."),
        (BOOK, "zh", "书里有 90 张照片。"),
    ],
)
def test_what_the_record_says_in_other_words_passes(
    record: dict[str, object], language: ReplyLanguage, sentence: str, checker: ClaimChecker, words: Lexicon
) -> None:
    assert not checker.unsupported(sentence, _evidence(record, language, checker, words), "", language)


@pytest.mark.parametrize(
    ("record", "language", "sentence", "reason"),
    [
        (CLOG, "en", "The sole is cork.", "polyurethane"),
        (CLOG, "en", "It relieves heel pain.", "effect"),
        (CLOG, "zh", "它能缓解足底酸痛。", "effect"),
        (CLOG, "en", "It is chosen by nurses.", "likes"),
        (CLOG, "zh", "护士人手一双的口碑之选。", "likes"),
        (CLOG, "en", "It is latex-free.", "free of this"),
        (BOOK, "en", "It has 11 photographs.", "90 photographs"),
        (BOOK, "en", "It measures 21 by 15 inches.", ""),
        (CLOG, "en", "It works with Kestrel skates.", ""),
        (CLOG, "en", "Yarn is sent free.", "promises"),
    ],
)
def test_what_it_does_not_say_is_found_with_a_reason(
    record: dict[str, object],
    language: ReplyLanguage,
    sentence: str,
    reason: str,
    checker: ClaimChecker,
    words: Lexicon,
) -> None:
    bad = checker.unsupported(sentence, _evidence(record, language, checker, words), "", language)
    assert bad
    assert any(reason in claim.reason for claim in bad), [claim.reason for claim in bad]


def test_a_lone_plain_word_passes_and_two_in_a_clause_do_not(checker: ClaimChecker, words: Lexicon) -> None:
    evidence = _evidence(CLOG, "en", checker, words)
    assert not checker.unsupported("It glides along.", evidence, "", "en")
    marked = checker.unsupported("It glides and yodels, yodelling quixotic ballads.", evidence, "", "en")
    assert {claim.text for claim in marked} >= {"quixotic", "ballads"}


def test_the_unit_in_a_key_is_that_of_its_amount(checker: ClaimChecker, words: Lexicon) -> None:
    evidence = _evidence(CLOG, "en", checker, words)
    assert not checker.unsupported("It weighs 0.42 kg.", evidence, "", "en")
    assert checker.unsupported("It weighs 420 kg.", evidence, "", "en")


def test_an_assertion_reaches_to_the_end_of_its_clause() -> None:
    text = "It is light, fits any mixer, and stays put."
    assert [text[a:b] for a, b in asserted(text)] == ["fits any mixer"]


def test_effects_and_liking_are_told_apart() -> None:
    reasons = {reason for _, _, reason in sworn("It relieves pain and is loved by nurses.")}
    assert len(reasons) == 2


def test_the_make_of_a_word_tells_a_property() -> None:
    assert is_telling("fireproof")
    assert is_telling("防滑")
    assert not is_telling("weekend")


def test_praise_is_a_claim_and_a_graded_word_needs_its_verb() -> None:
    assert praises("a stunning view", "stunning", 2)
    assert praises("it is sharper", "sharper", 6)
    assert not praises("a folder", "folder", 2)


def test_the_glossary_knows_daily_life_from_properties() -> None:
    senses = Senses.load()
    assert senses.names("suede")
    assert senses.everyday("孩子")
    assert not senses.names("孩子")
