"""The learned side of the claim check: what it is shown, and how its doubts and the rules become one list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.errors import WeightsError
from assistant.generation.claim import Claim
from assistant.generation.evidence import Evidence
from assistant.generation.frames import load_frames
from assistant.generation.grounding import ClaimChecker
from assistant.generation.slots import slots_of
from assistant.generation.support import Bounds, Doubt, SupportCard, combined, read_support_card, runs
from assistant.generation.support_text import filled, record_text
from assistant.generation.vocabulary import Vocabulary
from assistant.generation.writer import card_for
from assistant.lexicon import Lexicon
from assistant.types import Product, ReplyLanguage

BOUNDS = Bounds(keep=0.2, add=0.8)
PRODUCT = Product(
    sku="A-1",
    title="Tarn enamel kettle",
    price=39.5,
    list_price=50,
    category=("kitchen", "kettle"),
    color="green",
    stock=0,
    attributes={"capacity": "1.2 l", "whistles": True, "for": ["gas", "induction"]},
    description="Whistles softly.",
    translations={"zh": {"title": "塔恩珐琅水壶", "description": "轻声鸣笛。", "category": "水壶"}},
)


class Doubtful:
    """A reader that doubts given words."""

    def __init__(self, chances: dict[str, float]) -> None:
        self._chances = chances
        self.bounds = BOUNDS

    def doubts(self, sentence: str, evidence: Evidence, request: str, language: ReplyLanguage) -> list[Doubt]:
        found = [(sentence.find(word), word, chance) for word, chance in self._chances.items()]
        return [Doubt(at, at + len(word), chance) for at, word, chance in sorted(found) if at >= 0]


def test_the_record_is_told_whole_in_both_languages() -> None:
    told = record_text(PRODUCT)
    for part in (
        "Tarn enamel kettle",
        "塔恩珐琅水壶",
        "39.5 USD",
        "was 50",
        "out of stock",
        "whistles: yes",
        "轻声鸣笛",
    ):
        assert part in told
    assert "for: gas, induction" in told


def test_slots_are_filled_and_every_other_character_keeps_its_place() -> None:
    sentence = "{name} holds {capacity}, {other} too"
    text, places = filled(sentence, {"name": "Tarn", "capacity": "1.2 l"})
    assert text == "Tarn holds 1.2 l, {other} too"
    assert len(places) == len(text)
    assert places[:4] == [-1] * 4
    assert all(sentence[place] == text[i] for i, place in enumerate(places) if place >= 0)


def test_a_strong_doubt_takes_the_weaker_ones_beside_it_along() -> None:
    sentence = "a fine glass lid, blue"
    doubts = [Doubt(2, 6, 0.5), Doubt(7, 12, 0.9), Doubt(13, 16, 0.2), Doubt(18, 22, 0.5)]
    assert [sentence[a:b] for a, b in runs(doubts, sentence, 0.8)] == ["fine glass"]


@pytest.mark.parametrize(
    ("kind", "chance", "stays"),
    [("word", 0.1, False), ("word", 0.3, True), ("property", 0.1, False), ("number", 0.0, True), ("color", 0.0, True)],
)
def test_a_mark_nobody_doubts_falls_unless_the_rules_are_exact(kind: str, chance: float, stays: bool) -> None:
    claim = Claim(kind, "fine", 2, 6, False)  # type: ignore[arg-type]
    assert (claim in combined([claim], [Doubt(2, 6, chance)], "a fine lid", BOUNDS)) is stays


def test_supported_claims_stay_and_what_was_not_read_stays_marked() -> None:
    supported, unread = Claim("word", "fine", 2, 6, True), Claim("word", "lid", 7, 10, False)
    assert combined([supported, unread], [Doubt(2, 6, 0.0)], "a fine lid", BOUNDS) == [supported, unread]


def test_a_strong_doubt_marks_what_the_rules_let_pass_and_never_twice() -> None:
    sentence = "a glass lid and a glass base"
    marked = Claim("property", "glass", 2, 7, False)
    found = combined([marked], [Doubt(2, 7, 0.9), Doubt(18, 23, 0.9), Doubt(24, 28, 0.1)], sentence, BOUNDS)
    assert [(c.text, c.start, c.supported) for c in found] == [("glass", 2, False), ("glass", 18, False)]
    assert found[1].reason


def test_the_checker_asks_the_reader(words: Lexicon) -> None:
    plain = ClaimChecker(words, Vocabulary.load(), load_frames())
    sentence = "It whistles softly over breakfast."
    reader = Doubtful({"whistles": 0.9})
    asked = ClaimChecker(words, Vocabulary.load(), load_frames(), support=reader)
    evidence = plain.reader.read(PRODUCT, slots_of(card_for(PRODUCT, "en"), "en", words))
    assert "whistles" not in [c.text for c in plain.unsupported(sentence, evidence, "", "en")]
    assert "whistles" in [c.text for c in asked.unsupported(sentence, evidence, "", "en")]


@pytest.mark.parametrize("change", [{"bounds": {"keep": 0.9, "add": 0.8}}, {"format": 7}, {"lower": 0}, {"probe": "x"}])
def test_a_card_that_makes_no_sense_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    card = SupportCard("toy", 8, 5, ((0.1, 0.2),), Bounds(0.1, 0.8))
    path = tmp_path / "support.json"
    path.write_text(card.to_json(), encoding="utf-8")
    assert read_support_card(tmp_path) == card
    path.write_text(json.dumps(json.loads(card.to_json()) | change), encoding="utf-8")
    with pytest.raises(WeightsError, match="assistant train claims"):
        read_support_card(tmp_path)
