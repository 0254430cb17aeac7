"""Phrases by the places of their tokens, against the plain reading of every piece of a record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from builders import product
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.retrieval.phrases import FIELDS, Phrases, PhraseWriter
from assistant.retrieval.text import Part, claims, phrase_lines, states, token_line
from assistant.types import Product

ROWS = [
    product("a", "Leather shoe", description="No leather lining. Not waterproof.", zh="真皮鞋"),
    product("b", "Canvas shoe", description="Leather free, made without wool", attributes={"wool_free": True}),
    product("c", "Rain", description="coat hanger", attributes={"made_of": "solid oak", "foldable": False}),
    product("d", "Solid oak table", translations={"zh": {"title": "实木桌", "description": "不含胶水"}}),
    product("e", "oak", brand="Solid", category=["solid", "oak"]),
]
EVERY = np.ones(len(ROWS), dtype=np.bool_)


def made(rows: Sequence[Product], folder: Path | None = None, batch: int = 2) -> Phrases:
    writer = PhraseWriter(folder)
    for start in range(0, len(rows), batch):
        writer.add(rows[start : start + batch])
    return writer.finish()


def skus(mask: np.ndarray) -> str:
    return "".join(ROWS[i].sku for i in np.flatnonzero(mask))


@pytest.mark.parametrize(
    ("phrase", "wanted", "with_negated"),
    [
        ("leather", "a", "ab"),
        ("waterproof", "", "a"),
        ("wool", "", "b"),
        ("shoes", "ab", "ab"),
        ("solid oak", "cd", "cd"),
        ("oak solid", "", ""),
        ("rain coat", "", ""),
        ("coat hanger", "c", "c"),
        ("foldable", "", ""),
        ("真皮", "a", "a"),
        ("皮真", "", ""),
        ("实木", "d", "d"),
        ("含胶水", "", "d"),
        ("胶水", "d", "d"),
        ("nowhere", "", ""),
        ("oak nowhere", "", ""),
    ],
)
def test_a_phrase_is_found_where_it_is_stated(phrase: str, wanted: str, with_negated: str) -> None:
    phrases = made(ROWS)
    assert skus(phrases.stating(phrase_lines([phrase]), EVERY)) == wanted
    assert skus(phrases.stating(phrase_lines([phrase]), EVERY, negated=True)) == with_negated


def test_only_the_parts_and_rows_asked_for_count() -> None:
    phrases = made(ROWS)
    oak = phrase_lines(["oak"])
    assert skus(phrases.stating(oak, EVERY, parts=(Part.TITLE,))) == "de"
    assert skus(phrases.stating(oak, EVERY, parts=FIELDS)) == "cde"
    assert skus(phrases.stating(phrase_lines(["鞋"]), EVERY, parts=(Part.TITLE,))) == ""
    assert skus(phrases.stating(phrase_lines(["鞋"]), EVERY, parts=(Part.TITLE_ZH,))) == "a"
    within = np.array([False, False, True, False, False])
    assert skus(phrases.stating(oak, within)) == "c"
    assert skus(phrases.stating((), EVERY)) == ""


def test_the_disk_holds_what_memory_would(tmp_path: Path) -> None:
    kept, stored = made(ROWS), made(ROWS, tmp_path, batch=3)
    again = Phrases.load(tmp_path, len(ROWS))
    assert kept.title_words == stored.title_words == again.title_words
    assert {"leather", "shoe", "table", "rain"} <= set(kept.title_words)
    for phrase in ("leather", "solid oak", "实木"):
        lines = phrase_lines([phrase])
        assert kept.stating(lines, EVERY).tolist() == again.stating(lines, EVERY).tolist()


WORDS = ["no", "without", "free", "oak", "solid", "木", "无", "table", "|"]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join)
PRODUCTS = st.builds(
    lambda title, description, zh, color, value: product(
        "x", title or "t", description=description, color=color, zh=zh or None, attributes={"a_b": value}
    ),
    TEXTS, TEXTS, TEXTS, TEXTS, TEXTS | st.booleans(),
)  # fmt: skip


@given(st.lists(PRODUCTS, min_size=1, max_size=6), st.lists(TEXTS, min_size=1, max_size=3), st.booleans())
@settings(max_examples=300, deadline=None)
def test_answers_are_those_of_reading_every_piece(rows: list[Product], forms: list[str], negated: bool) -> None:
    lines = phrase_lines(forms)
    found = made(rows).stating(lines, np.ones(len(rows), np.bool_), negated=negated)
    pieces = [[token_line(text) for _, text in claims(row)] for row in rows]
    wanted = [
        any(line in piece and (negated or states(piece, line)) for piece in own for line in lines) for own in pieces
    ]
    assert found.tolist() == wanted
