"""What speaks against a product, what only looks as if it did, and how often clauses of real records are told right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.generation.drawbacks import is_drawback

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(
    "text",
    [
        "Stiff at first, it softens with wear",
        "Loud!",
        "charger not included",
        "rain cover sold separately",
        "lid sold separately",
        "hand wash only",
        "not for induction",
        "It isn't waterproof",
        "No drilling needed, but the shelf is heavy",
        "Needs winding every day",
        "Runs narrow, order one size up",
        "There is no charger in the box, no cable either",
        "Colour shows fingerprints",
        "坐垫海绵偏硬",
        "支架另购",
        "只能干洗",
        "收纳时容易缠绕",
        "可能轻微掉色",
        "不是防水的",
        "不可機洗",
    ],
)
def test_what_a_shopper_may_mind_is_told(text: str) -> None:
    assert is_drawback(text)


@pytest.mark.parametrize(
    "text",
    [
        "No drilling needed",
        "BPA free",
        "BPA-free",
        "Non-slip base",
        "It does not leak in a bag",
        "Won't scratch the pan",
        "Not greasy on the skin",
        "Not only warm but light",
        "Needs no tools",
        "Without batteries",
        "Only 200 g",
        "Made without added sugar",
        "Stainless steel",
        "You can't go wrong",
        "Turned by the wheels: no fuel, no cable, little noise",
        "夜里几乎听不到声音",
        "无需打孔",
        "不粘涂层",
        "不锈钢内胆",
        "免安装",
        "机洗也不缩水",
        "开机没有广告",
        "无线充电",
        "偏光镜片",
        "特别轻",
        "",
    ],
)
def test_what_only_looks_negative_is_not(text: str) -> None:
    assert not is_drawback(text)


@pytest.mark.parametrize(
    ("attribute", "told"),
    [
        ("charger included: no", True),
        ("charger included: yes", False),
        ("machine_washable: no", True),
        ("hand wash only: yes", True),
        ("assembly required: yes", True),
        ("assembly required: no", False),
        ("added sugar: no", False),
        ("greasy: no", False),
        ("weight: 200 g", False),
        ("防水：否", True),
        ("防水：是", False),
        ("需要组装：是", True),
        ("需要打孔：否", False),
    ],
)
def test_a_phrased_attribute_is_told_by_what_it_names(attribute: str, told: bool) -> None:
    assert is_drawback(attribute) is told


# Precision and recall as measured, rounded down.
@pytest.mark.parametrize(
    ("part", "language", "precision", "recall"),
    [
        ("development", "en", 1.0, 1.0),
        ("development", "zh", 1.0, 1.0),
        ("validation", "en", 1.0, 0.64),
        ("validation", "zh", 1.0, 0.56),
        ("test", "en", 0.90, 0.37),
        ("test", "zh", 0.83, 0.25),
    ],
)
def test_clauses_of_records_are_told_as_well_as_measured(
    part: str, language: str, precision: float, recall: float
) -> None:
    lines = (DATA / f"drawbacks.{part}.jsonl").read_text(encoding="utf-8").splitlines()
    clauses = [c for c in map(json.loads, lines) if c["language"] == language]
    told = [c["drawback"] for c in clauses if is_drawback(c["text"])]
    assert sum(told) / len(told) >= precision
    assert sum(told) / sum(c["drawback"] for c in clauses) >= recall
