"""The parts of the encoder that need no weights."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.encoder import clean_text, prefixes_of


@given(st.text(alphabet=st.characters(), max_size=60), st.integers(1, 80))
def test_cleaned_text_is_short_and_encodable(text: str, limit: int) -> None:
    cleaned = clean_text(text, limit)
    assert len(cleaned) <= limit
    cleaned.encode("utf-8")


def test_sound_text_is_left_as_it_is() -> None:
    assert clean_text("café 手机 🎉", 100) == "café 手机 🎉"


def test_a_split_pair_becomes_its_character() -> None:
    assert clean_text("\ud83c\udf89", 10) == "🎉"


@pytest.mark.parametrize(
    ("name", "prompts", "expected"),
    [
        ("any", {"query": "q: ", "passage": "p: "}, {"query": "q: ", "passage": "p: "}),
        ("any", {"query": "q: ", "document": "d: "}, {"query": "q: ", "passage": "d: "}),
        ("intfloat/multilingual-e5-base", {}, {"query": "query: ", "passage": "passage: "}),
        ("intfloat/e5-small-v2", {"query": "", "document": ""}, {"query": "query: ", "passage": "passage: "}),
        ("sentence-transformers/all-MiniLM-L6-v2", {"query": "", "document": ""}, {"query": "", "passage": ""}),
    ],
)
def test_prefixes(name: str, prompts: dict[str, str], expected: dict[str, str]) -> None:
    assert prefixes_of(name, prompts) == expected


def test_importing_it_does_not_load_torch() -> None:
    code = "import sys, assistant.encoder; sys.exit(any(m in sys.modules for m in ('torch', 'transformers')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
