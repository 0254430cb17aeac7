"""``assistant facets`` over the default catalogue: JSON, in the language of the wish."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

pytestmark = pytest.mark.models


def facets(run: Callable[..., CompletedProcess[bytes]], *arguments: str) -> dict[str, Any]:
    done = run("facets", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_whole_catalogue(run_assistant: Callable[..., CompletedProcess[bytes]], repo_root: Path) -> None:
    found = facets(run_assistant)
    rows = len((repo_root / "catalog" / "products.jsonl").read_text(encoding="utf-8").splitlines())
    assert found["rows"] == found["counted"] == rows > 1000
    by_field = {f["field"]: f for f in found["facets"]}
    assert {"price", "color"} <= set(by_field)
    bands = by_field["price"]["values"]
    assert 3 <= len(bands) <= 5
    assert [b.get("high") for b in bands[:-1]] == [b.get("low") for b in bands[1:]]


def test_what_a_chinese_wish_finds(run_assistant: Callable[..., CompletedProcess[bytes]]) -> None:
    found = facets(run_assistant, "--text", "3000元以内的手机")
    assert found["applied"]["price_max"] == 3000
    assert 0 < found["rows"] < 20
    by_field = {f["field"]: f for f in found["facets"]}
    assert by_field["brand"]["label"] == "品牌"
    assert by_field["price"]["unit"] == "CNY"
    assert all((v.get("high") or 0) <= 3000 for v in by_field["price"]["values"])
