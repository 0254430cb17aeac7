"""A value found by words is told plainly only where the question's embedding points at the same statement."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.encoder import Kind, Vectors
from assistant.generation.replies import ReplyWriter
from assistant.lexicon import Lexicon
from assistant.ranking import card_of
from assistant.types import Constraints, Product

LAMP = Product(
    sku="L",
    title="Orla desk lamp",
    price=30.0,
    category=("home", "table lamp"),
    description="The arm is made of ash. Screws into E14 sockets.",
    attributes={"weight": "900 g", "cord_length": "1.8 m", "flash_point": "230 °C"},
)


class Pointing:
    """Finds a question nearest to whatever holds a word, by a margin."""

    name, dimension = "pointing", 2

    def __init__(self, word: str, margin: float = 0.2) -> None:
        self._word, self._margin = word, margin

    def encode(self, texts: Sequence[str], *, kind: Kind) -> Vectors:
        if kind == "query":
            return np.array([[1.0, 0.0]] * len(texts), dtype=np.float32)
        cosines = np.array([0.5 + self._margin * (self._word in text) for text in texts], dtype=np.float32)
        return np.stack([cosines, np.sqrt(1 - cosines**2)], axis=1)


def ask(lexicon: Lexicon, text: str, word: str, margin: float = 0.2, language: str = "en") -> str:
    say = ReplyWriter(lexicon, Pointing(word, margin))
    said = say.answer(language, [card_of(LAMP, language)], text, "product_question", Constraints())
    return ("" if language == "zh" else " ").join(said)


def test_what_both_point_at_is_told_plainly(lexicon: Lexicon) -> None:
    said = ask(lexicon, "How heavy is it?", "900 g")
    assert "900 g" in said
    assert "does not say" not in said


def test_what_the_embedding_does_not_point_at_is_told_with_that_doubt(lexicon: Lexicon) -> None:
    said = ask(lexicon, "How heavy is it?", "1.8 m")
    assert said == (
        "The listing of Orla desk lamp does not say it in those words; the nearest it gives is weight: 900 g."
    )
    said = ask(lexicon, "这个多重？", "1.8 m", language="zh")
    assert said.startswith("Orla desk lamp的商品资料没有直接写明您问的这一点，最接近的是：")
    assert "900" in said


def test_a_sentence_has_to_lie_nearest_too(lexicon: Lexicon) -> None:
    assert "does not say" not in ask(lexicon, "What is the arm made of?", "ash")
    said = ask(lexicon, "What is the arm made of?", "E14")
    assert "does not say it in those words" in said
    assert "“The arm is made of ash.”" in said


def test_a_price_is_told_whatever_lies_near(lexicon: Lexicon) -> None:
    assert "does not say" not in ask(lexicon, "How much does it cost?", "1.8 m")


@pytest.mark.parametrize("text", ["At what heat does it ignite?", "Does it ignite?"])
def test_what_no_word_meets_is_hinted_at_where_it_lies_clearly_nearest(lexicon: Lexicon, text: str) -> None:
    clear, unclear = (ask(lexicon, text, "230", margin) for margin in (0.04, 0.02))
    assert "230" in clear
    assert "does not say" in clear or "can't say" in clear
    assert "230" not in unclear
    assert "does not" in unclear
