from __future__ import annotations

import dataclasses

import pytest
from fakes_generation import PHONE, ScriptedGenerator

from assistant.generation import PromptBook
from assistant.generation.writer import BlurbWriter, card_for
from assistant.lexicon import Lexicon
from assistant.notebooks.journey import Overhearing
from assistant.resources import default_folder

SHIPPED = PromptBook.load(default_folder("prompts"))
PROMPTS = PromptBook(
    [
        dataclasses.replace(SHIPPED.get(t, "1"), lead=lead)
        for t, lead in (("blurb.en", " {name}"), ("blurb.zh", "{name}"))
    ],
    {"production": {"blurb.en": "1", "blurb.zh": "1"}},
)
GOOD = " has a {camera} camera that copes well with indoor light. It costs {price} and is waterproof.\n"
MENDED = " is waterproof and indestructible. It costs {price} and has a {battery} battery.\n"
WRONG = " is the best kettle in the world.\n"


@pytest.mark.parametrize(
    ("text", "origins"),
    [(GOOD, ["model", "model"]), (MENDED, ["mended", "model"]), (WRONG, ["replaced"]), ("", ["added"])],
)
def test_overhearing_changes_nothing_and_says_where_sentences_come_from(
    lexicon: Lexicon, text: str, origins: list[str]
) -> None:
    plain = BlurbWriter(ScriptedGenerator(text), PROMPTS, lexicon)
    with plain.begin(card_for(PHONE, "en"), "a phone", "en") as run:
        wanted, claims = list(run), run.claims
    writer = Overhearing(ScriptedGenerator(text), PROMPTS, lexicon)
    assert writer.told() is None
    with writer.begin(card_for(PHONE, "en"), "a phone", "en") as heard:
        assert list(heard) == wanted
        assert heard.claims == claims
    told = writer.told()
    assert told is not None
    assert [s.text for s in told.sentences] == wanted
    assert [s.origin for s in told.sentences][: len(origins)] == origins
    assert {s.origin for s in told.sentences[len(origins) :]} <= {"added"}
    assert told.claims == claims
    assert told.given + told.lead == writer.generator.prompts[0]  # type: ignore[attr-defined]
    assert told.slots["price"] in " ".join(wanted)
    assert sum(not c.supported for d in told.drafts for c in d.claims) == {MENDED: 1}.get(text, 0) or text == WRONG
