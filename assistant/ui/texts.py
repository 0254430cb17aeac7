"""The words of the interface in the shopper's language, and example wishes. Replies are not written here."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.types import ReplyLanguage
from assistant.ui.words import Words
from assistant.ui.words_en import EN
from assistant.ui.words_zh import ZH

__all__ = ["EN", "WISHES", "ZH", "Wish", "Words", "reply_language", "words"]


def words(language: str) -> Words:
    """The interface words for a language; English where there are none."""
    return ZH if language == "zh" else EN


def reply_language(language: str) -> ReplyLanguage:
    """The language the shop answers in."""
    return "zh" if language == "zh" else "en"


@dataclass(frozen=True, slots=True)
class Wish:
    """An example message of the welcome page and the product phrase it is about."""

    text: str
    language: ReplyLanguage
    product: str


WISHES: tuple[Wish, ...] = (
    Wish("Running shoes under $100, but not white", "en", "running shoes"),
    Wish("A quiet vacuum cleaner for a small flat", "en", "vacuum cleaner"),
    Wish("Headphones for long flights", "en", "headphones"),
    Wish("Which laptop is good for editing photos?", "en", "laptop"),
    Wish("A warm winter jacket", "en", "jacket"),
    Wish("An acoustic guitar for a beginner", "en", "guitar"),
    Wish("我想买一条新手机", "zh", "手机"),
    Wish("三百元以内的双肩包，不要黑色", "zh", "双肩包"),
    Wish("送妈妈的围巾，暖和一点的", "zh", "围巾"),
    Wish("适合小户型的沙发", "zh", "沙发"),
    Wish("想买一件防风的外套", "zh", "外套"),
    Wish("想学吉他，买把入门的木吉他", "zh", "吉他"),
)
"""More than one page shows: each is offered only where the catalogue sells what it asks for."""
