"""What a list of cards is introduced with: what was looked for, what was found, and what had to give way."""

from __future__ import annotations

from assistant.generation.replies.listing import ListFacts
from assistant.generation.replies.listing_en import EnglishList
from assistant.generation.replies.listing_zh import ChineseList
from assistant.lexicon import Lexicon


def introduce(facts: ListFacts, language: str, lexicon: Lexicon) -> list[str]:
    """The sentences before the text about the first product."""
    return (ChineseList if language == "zh" else EnglishList)(facts, lexicon).sentences()
