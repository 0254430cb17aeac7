"""``assistant evaluate constraints`` and ``category`` on the shipped test messages, and on ones that must go wrong."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.catalog import read_rows
from assistant.evaluation.categories import read_category_examples, unknown_types
from assistant.evaluation.constraints import constraint_figures, measure_constraints, read_constraint_examples
from assistant.labelled.utterances import normalised, training_files
from assistant.lexicon import Lexicon
from assistant.types import Product
from assistant.understanding import ConstraintParser
from assistant.understanding.intent import SHIPPED

DATA = SHIPPED.parent / "data"
Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


def last_line(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr.decode()
    figures = json.loads(done.stdout.decode().splitlines()[-1])
    assert isinstance(figures, dict)
    return figures


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("kind", "reader"), [("constraints", read_constraint_examples), ("categories", read_category_examples)]
)
def test_the_shipped_files_are_clean_and_share_no_message(kind: str, reader: Callable[[Path], Any]) -> None:
    found = {part: reader(DATA / f"{kind}.{part}.jsonl") for part in ("validation", "test")}
    assert not [problem for data in found.values() for problem in data.problems]
    texts = [normalised(one.text) for data in found.values() for one in data.lines]
    assert len(set(texts)) == len(texts)
    assert not [path for path in training_files(DATA) if path.name.startswith(kind)]


def test_the_shipped_types_are_those_of_the_default_catalogue(repo_root: Path) -> None:
    products = [row for _, row in read_rows(repo_root / "catalog" / "products.jsonl") if isinstance(row, Product)]
    for part in ("validation", "test"):
        lines = read_category_examples(DATA / f"categories.{part}.jsonl").lines
        assert unknown_types(lines, [product.category for product in products]) == []


def test_the_parser_reads_the_test_messages() -> None:
    parser = ConstraintParser(Lexicon.load())
    examples = read_constraint_examples(DATA / "constraints.test.jsonl").lines
    verdicts, took = measure_constraints(examples, lambda one: (one.intent, parser.parse(one.text, intent=one.intent)))
    figures = constraint_figures(verdicts, took)
    assert figures["exact"] >= 0.97, figures["fields"]
    assert figures["nothing_invented"] >= 0.93
    # Two are usual on one core; a busy machine may take ten times that.
    assert figures["ms_p50"] < 20


@pytest.mark.models
@pytest.mark.parametrize(("intents", "exact"), [("gold", 0.97), ("classifier", 0.95)])
def test_constraints_as_the_command_measures_them(run_assistant: Run, intents: str, exact: float) -> None:
    done = run_assistant(
        "evaluate", "constraints", "--test", str(DATA / "constraints.test.jsonl"), "--intents", intents
    )
    figures = last_line(done)
    assert figures["messages"] == 472
    assert figures["exact"] >= exact, figures["fields"]
    assert set(figures["languages"]) == {"en", "zh"}
    assert figures["intents"] == 1.0 if intents == "gold" else 0.9 < figures["intents"] < 1.0
    assert done.stdout.decode().startswith("| field | en | zh | all |")


@pytest.mark.models
def test_wrong_fields_and_bad_lines_are_named(run_assistant: Run, tmp_path: Path) -> None:
    good = {"text": "red sofa under $500", "lang": "en", "intent": "product_search"}
    test = write(
        tmp_path / "t.jsonl",
        [
            good | {"constraints": {"product": "sofa", "price_max": 500, "currency": "USD", "colors": ["red"]}},
            good | {"constraints": {"product": "sofa", "price_max": 400, "currency": "USD"}},
            good | {"constraints": {"flavour": "mint"}},
        ],
    )
    done = run_assistant("evaluate", "constraints", "--test", test, "--verbose")
    figures = last_line(done)
    told = done.stderr.decode()
    assert "t.jsonl:3: 'constraints' has no field 'flavour'" in told
    assert 'en "red sofa under $500": price_max wants 400, got 500' in told
    assert 'en "red sofa under $500": colors wants null, got ["red"]' in told
    assert figures["stated_fields"] == 7
    assert figures["exact"] == round(6 / 7, 4)
    assert figures["whole_messages"] == 0.5


@pytest.mark.models
def test_product_types_as_the_command_measures_them(run_assistant: Run, tmp_path: Path) -> None:
    figures = last_line(run_assistant("evaluate", "category", "--test", str(DATA / "categories.test.jsonl")))
    assert figures["messages"] == 433
    assert figures["categories"] == 224
    assert figures["top1"] >= 0.90
    assert figures["top3"] >= 0.95
    assert figures["ece"] <= 0.10
    # The messages of the catalogue's first 92 types stand first; each language has its floor over them.
    lines = (DATA / "categories.test.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    first = tmp_path / "first.jsonl"
    first.write_text("".join(lines[:301]), encoding="utf-8")
    older = last_line(run_assistant("evaluate", "category", "--test", str(first)))
    assert older["categories"] == 224
    assert min(one["top1"] for one in older["languages"].values()) >= 0.88


@pytest.mark.models
def test_the_level_decides_what_a_label_is(run_assistant: Run, tmp_path: Path) -> None:
    rows = [
        {"text": "a smartphone with a good camera", "lang": "en", "type": "electronics"},
        {"text": "想买一部智能手机", "lang": "zh", "type": "smartphone"},
    ]
    test = write(tmp_path / "t.jsonl", rows)
    whole = run_assistant("evaluate", "category", "--test", test, "--verbose")
    broad = run_assistant("evaluate", "category", "--test", test, "--level", "1")
    assert last_line(whole)["languages"]["zh"]["top1"] == 1.0
    assert last_line(whole)["languages"]["en"]["top1"] == 0.0
    assert "always misread: electronics" in whole.stderr.decode()
    assert "wants electronics, got electronics > smartphone" in whole.stderr.decode()
    assert last_line(broad)["languages"]["en"]["top1"] == 1.0
    assert last_line(broad)["languages"]["zh"]["top1"] == 0.0
    assert last_line(broad)["categories"] < 224


@pytest.mark.parametrize("command", ["constraints", "category"])
def test_what_cannot_be_used_is_one_line(run_assistant: Run, tmp_path: Path, command: str) -> None:
    gone = run_assistant("evaluate", command, "--test", str(tmp_path / "gone.jsonl"))
    assert gone.returncode == 1
    assert gone.stderr.decode().count("\n") == 1
    assert b"gone.jsonl" in gone.stderr
    wrong = write(tmp_path / "t.jsonl", [{"text": "a", "intent": "smalltalk"}])
    refused = run_assistant("evaluate", command, "--test", wrong)
    assert refused.returncode == 1
    assert b"t.jsonl:1: 'lang' must be one of" in refused.stderr
    usage = run_assistant(
        "evaluate", command, "--test", wrong, "--level" if command == "category" else "--intents", "0"
    )
    assert usage.returncode == 2
