"""What every unit test may share."""

from __future__ import annotations

import pytest

from assistant.lexicon import Lexicon


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return Lexicon.load()
