"""Scoring of the claim check: what overlaps counts, positions hold across sentences, nothing is counted twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.main import app
from assistant.errors import TrainingError
from assistant.evaluation.claims import (
    ClaimCase,
    Judged,
    Planted,
    claim_figures,
    claim_table,
    measure_claims,
    misjudged,
    read_claim_cases,
)
from assistant.generation.claim import Claim
from assistant.generation.evidence import Evidence
from assistant.generation.slots import Slots
from assistant.types import Product, ReplyLanguage

PRODUCT = Product(sku="P", title="Plain mug", price=9.0)
ROW = {"sku": "P", "title": "Plain mug", "price": 9.0, "description": "A white mug of stoneware.", "color": "white"}


def case(text: str, *planted: tuple[str, str], language: ReplyLanguage = "en") -> ClaimCase:
    spans = tuple(Planted(text.index(s), text.index(s) + len(s), kind) for s, kind in planted)
    return ClaimCase("c", language, "", PRODUCT, text, spans)


def claim(text: str, span: str) -> Claim:
    return Claim("word", span, text.index(span), text.index(span) + len(span), False, "no")


RED = "It is red. It holds tea."
JUDGED = [
    Judged(case(RED, ("red", "color")), (claim(RED, "red"), claim(RED, "holds"), claim(RED, "tea")), 2.0),
    Judged(case("It is big.", ("big", "feature")), (), 1.0),
    Judged(case("真的。", language="zh"), (), 1.0),
]


def read(product: Product, language: ReplyLanguage) -> Evidence:
    return Evidence(product, Slots({}, {}), (), frozenset(), frozenset(), frozenset(), frozenset())


class Finds:
    """Marks one word wherever it stands."""

    def __init__(self, word: str) -> None:
        self.word = word

    def unsupported(self, sentence: str, evidence: Evidence, request: str, language: ReplyLanguage) -> list[Claim]:
        at = sentence.find(self.word)
        return [] if at < 0 else [Claim("word", self.word, at, at + len(self.word), False)]


def test_the_figures() -> None:
    figures = claim_figures(JUDGED)
    assert figures["recall"] == 0.5
    assert figures["precision"] == round(1 / 3, 4)
    assert figures["phrase_precision"] == 0.5
    assert figures["kinds"]["color"] == {"planted": 1, "found": 1, "recall": 1.0, "languages": {"en": 1.0}}
    assert figures["languages"]["zh"]["false_alarm_rate"] == 0.0
    assert figures["languages"]["zh"]["recall"] is None
    assert figures["marks"] == {"word": {"marked": 3, "right": 1}}
    low, high = figures["recall_95"]
    assert 0 <= low <= 0.5 <= high <= 1
    assert any("color" in line for line in claim_table(figures))


def test_nothing_to_measure_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to measure"):
        claim_figures([])


def test_claims_are_moved_to_their_place_in_the_text() -> None:
    (judged,) = measure_claims([case(RED, ("tea", "feature"))], read, Finds("tea"))
    assert judged.found == (True,)
    assert judged.right == (True,)
    assert RED[judged.claims[0].start : judged.claims[0].end] == "tea"
    assert not list(misjudged([judged]))
    assert [line.split(":")[0] for line in misjudged(JUDGED)] == [
        "c en false word (no)",
        "c en false word (no)",
        "c en missed feature",
    ]


def test_bad_lines_are_named(tmp_path: Path) -> None:
    good = {"id": "1", "language": "en", "request": "", "product": ROW, "text": "It is red.", "unsupported": []}
    lines = [
        good,
        good | {"language": "de"},
        good | {"unsupported": [{"span": "blue", "kind": "color"}]},
        good,
        good,
    ]
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    data = read_claim_cases(path)
    assert len(data.lines) == 3
    assert len(data.problems) == 2
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(TrainingError):
        read_claim_cases(path)


def test_the_command_prints_metrics_on_its_last_line(tmp_path: Path) -> None:
    planted = [{"span": "steel", "kind": "material"}]
    row = {
        "id": "1",
        "language": "en",
        "request": "",
        "product": ROW,
        "text": "It is made of steel.",
        "unsupported": planted,
    }
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(row), encoding="utf-8")
    result = CliRunner().invoke(app, ["evaluate", "claims", "--cases", str(path)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["recall"] == 1.0
