"""Token lines, phrases, negation, and what of a record is searched."""

from __future__ import annotations

import pytest
from builders import product
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieval.text import (
    attribute_text,
    claims_line,
    document,
    keyword_document,
    phrase_lines,
    states,
    token_line,
    tokens,
)


def says(text: str, phrase: str) -> bool:
    return any(states(token_line(text), line) for line in phrase_lines([phrase]))


@pytest.mark.parametrize(
    ("text", "phrase", "stated"),
    [
        ("Genuine leather upper", "leather", True),
        ("No leather, all canvas", "leather", False),
        ("Without leather", "leather", False),
        ("non-leather sole", "leather", False),
        ("not leather, but leather-like", "leather", True),
        ("leather-free", "leather", False),
        ("Leather Boots", "leather boot", True),
        ("leatherette case", "leather", False),
        ("本品无糖", "糖", False),
        ("红糖馒头", "糖", True),
        ("不防水", "防水", False),
        ("生活防水", "防水", True),
        ("非真皮", "真皮", False),
        ("免安装书架", "安装", False),
        ("cotton", "wool", False),
        ("256 GB of storage", "256 GB", True),
        ("1256 GB", "256 GB", False),
        ("ＧＢ full width", "gb", True),
    ],
)
def test_a_phrase_is_stated_or_not(text: str, phrase: str, stated: bool) -> None:
    assert says(text, phrase) is stated


def test_a_token_line_is_bounded_by_spaces_and_keeps_han_apart() -> None:
    assert token_line("Red SCARVES, 红围巾!") == " red scarf 红 围 巾 "
    assert token_line("") == token_line("!?…") == "  "


@given(st.text(max_size=60))
def test_any_text_is_a_token_line_that_contains_its_own_words(text: str) -> None:
    line = token_line(text)
    assert line.startswith(" ")
    assert line.endswith(" ")
    for phrase in phrase_lines([text]):
        assert phrase in line
    assert isinstance(tokens(text), list)


def test_chinese_is_cut_into_words_for_keywords() -> None:
    assert "手机" in tokens("我想买一条新手机")
    assert tokens("Running Shoes") == ["running", "shoe"]


def test_attributes_read_as_phrases() -> None:
    p = product("A", "x", attributes={"screen_size": "6.5 inch", "waterproof": True, "fast_charging": False})
    assert attribute_text(p) == "screen size 6.5 inch, waterproof"
    line = claims_line(p)
    assert " waterproof " in line
    assert "charging" not in line


def test_what_is_embedded_and_searched_holds_both_languages() -> None:
    p = product("SKU9", "Wool scarf", zh="羊毛围巾", brand="Harrow", category=["clothing", "scarf"])
    assert "Wool scarf" in document(p)
    assert "羊毛围巾" in document(p)
    found = keyword_document(p)
    assert {"wool", "scarf", "harrow", "羊毛", "围巾", "sku9"} <= set(found)


def test_fields_of_a_record_do_not_run_into_each_other() -> None:
    p = product("A", "Rain", description="coat hanger", brand="Long")
    assert not any(line in claims_line(p) for line in phrase_lines(["rain coat", "hanger long"]))
