"""The index with the real encoder: the command, its figures, and what it says about files it cannot use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builders import product, write_jsonl

pytestmark = pytest.mark.models

SHOP = [
    product("M1", "Blue ceramic mug", 12, category=["kitchen", "mug"], prices={"CNY": 59}, zh="蓝色陶瓷杯", stock=4),
    product("M2", "Steel travel mug", 25, category=["kitchen", "mug"], prices={"CNY": 129}, zh="不锈钢随行杯", stock=0),
    product(
        "S1", "Grey wool scarf", 30, category=["clothing", "scarf"], prices={"CNY": 199}, zh="灰色羊毛围巾", stock=2
    ),
]


def lines(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.decode("utf-8").splitlines()]


def test_index_then_search_then_talk(tmp_path: Path, run_assistant: Any) -> None:
    catalog = write_jsonl(tmp_path / "shop.jsonl", [*SHOP, "{broken", {"sku": "X", "title": "no price"}])
    built = run_assistant("index", "--catalog", str(catalog), "--output", str(tmp_path / "index"))
    assert built.returncode == 0, built.stderr
    figures = json.loads(built.stdout)
    assert (figures["products"], figures["vectors"], figures["skipped"]) == (3, 3, 2)
    assert figures["seconds"] > 0
    told = built.stderr.decode()
    assert "shop.jsonl line 4" in told
    assert "shop.jsonl line 5 (sku X): price: missing" in told

    asked = b"\n".join(
        [
            json.dumps({"id": 1, "text": "I need a mug"}).encode(),
            json.dumps({"id": 2, "text": "围巾"}).encode(),
            json.dumps({"id": 3, "text": "mug", "filters": {"price_max": 20}}).encode(),
            json.dumps({"id": 4, "text": "mug", "filters": {"in_stock_only": True, "category": ["mug"]}}).encode(),
            json.dumps({"id": 5, "text": "mug", "filters": {"colour": "red"}}).encode(),
            b"{broken",
            b'{"id": 7}',
            json.dumps({"id": 8, "text": ""}).encode(),
            json.dumps({"id": 9, "text": "杯" * 50_000}).encode(),
            json.dumps({"id": 10, "text": "mug \ud83d"}).encode(),
            b'{"id": 11, "text": "mug \xff"}',
        ]
    )
    found = run_assistant("search", "--k", "2", "--index", str(tmp_path / "index"), stdin=asked)
    assert found.returncode == 0, found.stderr
    answers = lines(found.stdout)
    assert [a.get("id") for a in answers] == [1, 2, 3, 4, 5, None, 7, 8, 9, 10, 11]
    assert answers[0]["skus"] == ["M1", "M2"]
    assert answers[0]["scores"] == sorted(answers[0]["scores"], reverse=True)
    assert answers[1]["skus"] == ["S1"]
    assert answers[2]["skus"] == ["M1"]
    assert answers[2]["applied"]["price_max"] == 20
    assert answers[3]["skus"] == ["M1"]
    assert answers[3]["applied"]["category"] == ["mug"]
    assert "colour" in answers[4]["error"]
    assert [answers[i].get("line") for i in (4, 5, 6)] == [5, 6, 7]
    for answer in answers[7:]:
        assert len(answer["skus"]) <= 2
        assert "error" not in answer

    talk = b'{"id": "a", "turns": ["I need a mug", "cheaper than the second"]}\n{"id": "b", "turns": "no list"}\n'
    talked = run_assistant("dialogue", "--index", str(tmp_path / "index"), stdin=talk)
    assert talked.returncode == 0, talked.stderr
    first, second = lines(talked.stdout)
    assert [c["sku"] for c in first["turns"][0]["products"]] == ["M1", "M2"]
    assert [c["sku"] for c in first["turns"][1]["products"]] == ["M1"]
    assert first["turns"][1]["ledger"]["price_max"] == 24.99
    assert "'turns'" in second["error"]


def test_a_catalogue_without_prices_is_one_clear_line(tmp_path: Path, run_assistant: Any) -> None:
    catalog = tmp_path / "bare.csv"
    catalog.write_text("sku,title\nA,Scarf\nB,Hat\n")
    result = run_assistant("index", "--catalog", str(catalog), "--output", str(tmp_path / "index"))
    assert (result.returncode, result.stdout) == (1, b"")
    told = [line for line in result.stderr.decode().splitlines() if line.startswith("assistant: ")]
    assert len(told) == 1
    assert "bare.csv" in told[0]
    assert "price" in told[0]
    assert b"Traceback" not in result.stderr
    assert not (tmp_path / "index" / "CURRENT").exists()


def test_an_index_that_is_not_there_is_one_clear_line(tmp_path: Path, run_assistant: Any) -> None:
    result = run_assistant("search", "--index", str(tmp_path / "none"), stdin=b'{"id": 1, "text": "x"}')
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr.decode().splitlines()[-1].startswith("assistant: no index at")
    assert b"Traceback" not in result.stderr
