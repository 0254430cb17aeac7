"""Scoring of constraints: what counts as exact, as invented, as whole; and which labelled lines are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import TrainingError
from assistant.evaluation.constraints import (
    FIELDS,
    ConstraintExample,
    constraint_figures,
    constraint_table,
    failures,
    judge,
    measure_constraints,
    read_constraint_examples,
)
from assistant.types import Constraints


def example(text: str = "a text", language: str = "en", **stated: Any) -> ConstraintExample:
    return ConstraintExample(text, language, "product_search", stated)


def wrong(stated: dict[str, Any], found: Constraints) -> tuple[list[str], list[str]]:
    verdict = judge(example(**stated), "product_search", found)
    return [miss.field for miss in verdict.missed], [miss.field for miss in verdict.invented]


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ({"product": "Running Shoes"}, Constraints(product="running shoes ")),
        ({"price_max": 80}, Constraints(price_max=80.0)),
        ({"brands": ["Nike", "asics"]}, Constraints(brands=("ASICS", "nike", "Nike"))),
        ({"references": [2, 1]}, Constraints(references=(1, 2))),
        ({"terms": ["lumbar support"]}, Constraints(terms=("with lumbarsupport", "soft"))),
        ({"terms": ["防水"]}, Constraints(terms=("轻的", "要防水 的"))),
        ({"in_stock_only": True}, Constraints(in_stock_only=True)),
        ({}, Constraints(terms=("nobody asked",))),
        ({}, Constraints()),
    ],
)
def test_what_is_exact(stated: dict[str, Any], found: Constraints) -> None:
    assert wrong(stated, found) == ([], [])


@pytest.mark.parametrize(
    ("stated", "found", "missed", "invented"),
    [
        ({"product": "shoes"}, Constraints(product="running shoes"), ["product"], []),
        ({"product": "shoes"}, Constraints(), ["product"], []),
        ({"price_max": 80}, Constraints(price_min=80), ["price_max"], ["price_min"]),
        ({"brands": ["Nike"]}, Constraints(brands=("Nike", "Puma")), ["brands"], []),
        ({"brands": ["Nike", "Puma"]}, Constraints(brands=("Nike",)), ["brands"], []),
        ({"references": [1]}, Constraints(references=(-1,)), ["references"], []),
        ({"terms": ["waterproof", "light"]}, Constraints(terms=("waterproof",)), ["terms"], []),
        ({"terms": ["waterproof bag"]}, Constraints(terms=("waterproof",)), ["terms"], []),
        ({"exclude_terms": ["wool"]}, Constraints(exclude_terms=("wool blend",)), ["exclude_terms"], []),
        ({}, Constraints(in_stock_only=False), [], ["in_stock_only"]),
        ({}, Constraints(price_min=0.0), [], ["price_min"]),
        ({"sort": "newest"}, Constraints(sort="newest", colors=("red",)), [], ["colors"]),
    ],
)
def test_what_is_not(stated: dict[str, Any], found: Constraints, missed: list[str], invented: list[str]) -> None:
    assert wrong(stated, found) == (missed, invented)


def test_the_figures_count_fields_and_messages_by_language() -> None:
    answers = {
        "one": ("product_search", Constraints(product="tv", price_max=9)),
        "two": ("product_search", Constraints(product="desk", colors=("red",))),
        "三": ("refine_results", Constraints(price_max=5)),
        "四": ("product_search", Constraints()),
    }
    examples = [
        example("one", product="TV", price_max=9),
        example("two", product="desk"),
        example("三", "zh", price_max=6),
        example("四", "zh"),
    ]
    verdicts, took = measure_constraints(examples, lambda one: answers.get(one.text, ("product_search", Constraints())))
    assert len(took) == 4
    figures = constraint_figures(verdicts, [1.0, 2.0, 3.0, 4.0])
    assert figures["messages"] == 4
    assert figures["stated_fields"] == 4
    assert figures["exact"] == 0.75
    assert figures["fields"] == {
        "product": {"stated": 2, "exact": 1.0},
        "price_max": {"stated": 2, "exact": 0.5},
    }
    assert figures["nothing_invented"] == 0.75
    assert figures["whole_messages"] == 0.5
    assert figures["intents"] == 0.75
    assert figures["ms_p50"] == 2.5
    assert figures["ms_p95"] == pytest.approx(3.85)
    assert figures["languages"]["en"] | {"fields": None} == {
        "messages": 2, "stated_fields": 3, "exact": 1.0, "fields": None, "nothing_invented": 0.5,
        "whole_messages": 0.5, "intents": 1.0,
    }  # fmt: skip
    assert figures["languages"]["zh"]["exact"] == 0.0
    assert json.loads(json.dumps(figures)) == figures
    table = constraint_table(figures)
    assert table[0] == "| field | en | zh | all |"
    assert "| product | 1.000 of 2 | – | 1.000 of 2 |" in table
    assert "| **all fields** | 1.000 of 3 | 0.000 of 1 | 0.750 of 4 |" in table
    assert "| whole messages | 0.500 of 2 | 0.500 of 2 | 0.500 of 4 |" in table


def test_every_wrong_field_gets_its_line() -> None:
    verdict = judge(
        example('say "x"', product="tv", price_max=9), "browse_ideas", Constraints(product="tv", colors=("red",))
    )
    assert list(failures([verdict, judge(example(), "product_search", Constraints())])) == [
        'en "say \\"x\\"": price_max wants 9, got null (read as browse_ideas, is product_search)',
        'en "say \\"x\\"": colors wants null, got ["red"] (read as browse_ideas, is product_search)',
    ]


def test_no_text_is_read_twice_and_none_before_it_is_timed() -> None:
    asked: list[str] = []

    def read(one: ConstraintExample) -> tuple[str, Constraints]:
        asked.append(one.text)
        return one.intent, Constraints()

    measure_constraints([example("a"), example("b")], read)
    assert asked[1:] == ["a", "b"]
    assert asked[0] not in ("a", "b")
    assert measure_constraints([], read) == ([], [])


def test_nothing_measured_is_an_error() -> None:
    with pytest.raises(ValueError, match="no value"):
        constraint_figures([], [])


GOOD: dict[str, Any] = {"text": "tv", "lang": "en", "intent": "product_search", "constraints": {"product": "tv"}}


def lines_of(tmp_path: Path, *rows: dict[str, Any]) -> Path:
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_null_and_empty_fields_are_not_stated(tmp_path: Path) -> None:
    row = GOOD | {"constraints": Constraints(product="tv", brands=("LG",)).to_dict()}
    found = read_constraint_examples(lines_of(tmp_path, row, GOOD | {"constraints": {}}))
    assert [one.stated for one in found.lines] == [{"product": "tv", "brands": ["LG"]}, {}]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"text": ""}, "'text'"),
        ({"lang": "xx"}, "'lang'"),
        ({"intent": "shop"}, "'intent' is none of the known ones: 'shop'"),
        ({"constraints": None}, "'constraints'"),
        ({"constraints": {"colour": "red"}}, "no field 'colour'"),
        ({"constraints": {"product": ["tv"]}}, "'product' cannot be"),
        ({"constraints": {"product": " "}}, "'product'"),
        ({"constraints": {"price_max": "80"}}, "'price_max'"),
        ({"constraints": {"price_max": True}}, "'price_max'"),
        ({"constraints": {"price_min": -1}}, "'price_min'"),
        ({"constraints": {"price_min": float("nan")}}, "'price_min'"),
        ({"constraints": {"brands": "LG"}}, "'brands'"),
        ({"constraints": {"colors": ["mauve"]}}, "'colors'"),
        ({"constraints": {"sort": "cheapest"}}, "'sort'"),
        ({"constraints": {"in_stock_only": "yes"}}, "'in_stock_only'"),
        ({"constraints": {"quantity": 1.5}}, "'quantity'"),
        ({"constraints": {"references": [True]}}, "'references'"),
    ],
)
def test_lines_that_cannot_be_right_are_refused(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    found = read_constraint_examples(lines_of(tmp_path, GOOD, GOOD | change))
    assert len(found.lines) == 1
    assert found.problems[0].startswith("t.jsonl:2: ")
    assert told in found.problems[0]
    with pytest.raises(TrainingError, match=r'each must be \{"text"'):
        read_constraint_examples(lines_of(tmp_path, GOOD | change))


def test_every_field_of_the_schema_can_be_stated(tmp_path: Path) -> None:
    stated = {
        "product": "tv", "price_min": 1, "price_max": 2.5, "currency": "USD", "brands": ["LG"],
        "exclude_brands": ["TCL"], "colors": ["red"], "exclude_colors": ["navy"], "sizes": ["55 inch"],
        "terms": ["flat"], "exclude_terms": ["loud"], "sort": "newest", "in_stock_only": True, "quantity": 2,
        "references": [1, -1],
    }  # fmt: skip
    assert tuple(stated) == FIELDS
    found = read_constraint_examples(lines_of(tmp_path, GOOD | {"constraints": stated}))
    assert found.lines[0].stated == stated
    assert judge(found.lines[0], "product_search", Constraints.from_dict(stated)).whole
