"""Scoring of product types: ranks, accuracy, calibration, and types that a catalogue does not have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import HashEncoder

from assistant.errors import TrainingError
from assistant.evaluation.categories import (
    CategoryExample,
    Placed,
    category_figures,
    category_table,
    measure_categories,
    misread,
    names,
    read_category_examples,
    unknown_types,
)
from assistant.lexicon import Lexicon
from assistant.types import CategoryPrediction
from assistant.understanding import CategoryClassifier, categories_of


def placed(stated: str, *found: tuple[str, float], language: str = "en") -> Placed:
    predictions = tuple(CategoryPrediction(tuple(path.split("/")), p) for path, p in found)
    return Placed(CategoryExample(f"about {stated}", language, stated), predictions)


ROWS = [
    placed("sofa", ("home/sofa", 0.9), ("home/desk", 0.1)),
    placed("desk", ("home/sofa", 0.6), ("home/desk", 0.4)),
    placed("rug", ("home/sofa", 0.5), ("home/desk", 0.3), language="zh"),
    placed("Home > Rug", ("home/rug", 0.8), language="zh"),
]


def test_a_type_is_the_last_element_or_the_whole_path() -> None:
    path = ("Home", "Rug")
    assert names("rug", path)
    assert names("HOME > rug", path)
    assert not names("home", path)
    assert not names("home > rug > round", path)
    assert not names("rug", ())


def test_ranks() -> None:
    assert [one.rank for one in ROWS] == [1, 2, None, 1]
    assert [one.confidence for one in ROWS] == [0.9, 0.6, 0.5, 0.8]
    nothing = placed("sofa")
    assert nothing.rank is None
    assert nothing.confidence == 0.0


def test_the_figures() -> None:
    figures = category_figures(ROWS, [1.0, 2.0, 3.0, 4.0])
    # Four confidences in four bins: (0.1 + 0.6 + 0.5 + 0.2) / 4.
    assert figures == {
        "messages": 4, "top1": 0.5, "top3": 0.75, "ece": 0.35, "ms_p50": 2.5, "ms_p95": 3.85,
        "languages": {
            "en": {"messages": 2, "top1": 0.5, "top3": 1.0, "ece": 0.35},
            "zh": {"messages": 2, "top1": 0.5, "top3": 0.5, "ece": 0.35},
        },
    }  # fmt: skip
    assert category_table(figures)[-1] == "| **all** | 4 | 0.500 | 0.750 | 0.350 |"
    with pytest.raises(ValueError, match="nothing to measure"):
        category_figures([], [])


def test_misread_messages_are_named() -> None:
    assert list(misread(ROWS)) == [
        'en "about desk": wants desk, got home > sofa 0.60, home > desk 0.40',
        'zh "about rug": wants rug, got home > sofa 0.50, home > desk 0.30',
    ]
    assert list(misread([placed("x")])) == ['en "about x": wants x, got nothing']


def test_unknown_types_are_named_once() -> None:
    examples = [one.example for one in (*ROWS, *ROWS)]
    assert unknown_types(examples, [("home", "sofa"), ("home", "desk")]) == ["rug", "Home > Rug"]
    assert unknown_types(examples, [("home", "sofa"), ("home", "desk"), ("home", "rug")]) == []


def test_no_text_is_embedded_before_it_is_timed() -> None:
    class Counting:
        def __init__(self) -> None:
            self.asked: list[str] = []

        def predict(self, texts: Sequence[str], *, k: int = 3) -> list[list[CategoryPrediction]]:
            self.asked += texts
            return [[CategoryPrediction((text,), 1.0)] for text in texts]

    labeller = Counting()
    found, took = measure_categories([CategoryExample("a", "en", "a"), CategoryExample("b", "en", "c")], labeller)
    assert labeller.asked[1:] == ["a", "b"]
    assert labeller.asked[0] not in ("a", "b")
    assert [one.rank for one in found] == [1, None]
    assert len(took) == 2
    assert measure_categories([], Counting()) == ([], [])


def test_broad_categories_are_measured_by_their_level(lexicon: Lexicon) -> None:
    paths = [("home", "sofa"), ("home", "desk"), ("sport", "tent"), ("sport", "bicycle")]
    encoder = HashEncoder()
    products = encoder.encode(["a soft sofa", "an oak desk", "a camping tent", "a red bicycle"], kind="passage")
    examples = [
        CategoryExample("a desk for my room", "en", "home"),
        CategoryExample("a tent for two", "en", "sport"),
        CategoryExample("自行车", "zh", "sport"),
    ]
    for level, right in ((1, 3), (None, 0)):
        labels, owners = categories_of(paths, [()] * 4, level=level)
        classifier = CategoryClassifier(labels, encoder, lexicon, products=np.asarray(products), owners=owners)
        found, _ = measure_categories(examples, classifier)
        assert sum(one.rank == 1 for one in found) == right, level


def test_lines_are_read_and_bad_ones_named(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    rows: list[object] = [
        {"text": "a", "lang": "en", "type": " sofa "},
        {"text": "b", "lang": "en"},
        {"text": "c", "lang": "xx", "type": "desk"},
        {"text": "d", "lang": "zh", "type": "desk"},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    found = read_category_examples(path)
    assert found.lines == (CategoryExample("a", "en", "sofa"), CategoryExample("d", "zh", "desk"))
    assert [p.split(": ")[0] for p in found.problems] == ["c.jsonl:2", "c.jsonl:3"]
    path.write_text(json.dumps(rows[1]), encoding="utf-8")
    with pytest.raises(TrainingError, match="'type' is missing or empty"):
        read_category_examples(path)
