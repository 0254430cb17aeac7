"""The shipped catalogue keeps what the shop promises of it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from assistant.catalog import read_rows
from assistant.types import COLORS, Product

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def shipped(repo_root: Path) -> list[Product]:
    rows = [row for _, row in read_rows(repo_root / "catalog" / "products.jsonl")]
    assert all(isinstance(row, Product) for row in rows), [r for r in rows if not isinstance(r, Product)][:3]
    return [row for row in rows if isinstance(row, Product)]


def test_it_is_large_enough(shipped: list[Product]) -> None:
    assert len(shipped) >= 400
    assert len({p.category[0] for p in shipped}) >= 12
    assert len({p.type for p in shipped}) >= 60
    assert len({p.brand for p in shipped if p.brand}) >= 40


def test_every_product_speaks_both_languages_and_says_something_of_its_own(shipped: list[Product]) -> None:
    for p in shipped:
        assert HAN.search(p.title_in("zh")), p.sku
        assert HAN.search(p.description_in("zh")), p.sku
        assert not HAN.search(p.title), p.sku
        assert len(p.description.split()) >= 15, p.sku
    for texts in (
        [p.title for p in shipped],
        [p.description for p in shipped],
        [p.description_in("zh") for p in shipped],
    ):
        assert max(Counter(texts).values()) == 1


def test_prices_stock_and_colours_are_consistent(shipped: list[Product]) -> None:
    for p in shipped:
        assert p.price > 0
        assert p.prices.get("CNY", 0) > 0, p.sku
        assert p.list_price is None or p.list_price > p.price, p.sku
        assert p.color is None or p.color in COLORS, p.sku
        if p.size_stock:
            assert sum(p.size_stock.values()) == p.stock, p.sku
            assert set(p.size_stock) == set(p.sizes), p.sku
    assert sum(p.in_stock is False for p in shipped) >= 12
    assert sum(p.group_id is not None for p in shipped) >= 40


def test_every_type_has_a_drawing_that_cannot_run_anything(shipped: list[Product], repo_root: Path) -> None:
    for kind in {p.type for p in shipped}:
        path = repo_root / "catalog" / "images" / f"{re.sub('[^a-z0-9]+', '-', kind)}.svg"
        text = path.read_text(encoding="utf-8")
        assert "currentColor" in text, kind
        assert not re.search(r"<script|<foreignObject|\bon\w+=|href=", text), kind
