from __future__ import annotations

import pytest

from assistant.generation.frames import load_frames
from assistant.generation.grounding import ClaimChecker
from assistant.generation.vocabulary import Vocabulary
from assistant.lexicon import Lexicon


@pytest.fixture(scope="session")
def words() -> Lexicon:
    return Lexicon.load()


@pytest.fixture(scope="session")
def checker(words: Lexicon) -> ClaimChecker:
    return ClaimChecker(words, Vocabulary.load(), load_frames())
