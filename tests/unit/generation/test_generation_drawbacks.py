"""What speaks against a product, and what only looks as if it did."""

from __future__ import annotations

import pytest

from assistant.generation.drawbacks import is_drawback


@pytest.mark.parametrize(
    "text",
    [
        "Stiff at first, it softens with wear",
        "rain cover sold separately",
        "charger included: no",
        "Loud on top speed",
        "Needs winding every day",
        "Runs narrow, order one size up",
        "There is no charger in the box, no cable either",
        "Not for metal utensils",
        "Slow to dry after rain",
        "Colour shows fingerprints",
        "坐垫海绵偏硬",
        "防水：否",
        "支架另购",
        "只能干洗",
        "收纳时容易缠绕",
        "可能轻微掉色",
    ],
)
def test_what_a_shopper_may_mind_is_told(text: str) -> None:
    assert is_drawback(text)


@pytest.mark.parametrize(
    "text",
    [
        "No drilling needed",
        "BPA-free",
        "Non-slip base",
        "It does not leak in a bag",
        "Not greasy on the skin",
        "Needs no tools",
        "Made without added sugar",
        "Big icons and a red help button",
        "weight: 200 g",
        "无需打孔",
        "不粘涂层",
        "不锈钢内胆",
        "机洗也不缩水",
        "开机没有广告",
        "无线充电",
        "有收纳袋",
    ],
)
def test_what_only_looks_negative_is_not(text: str) -> None:
    assert not is_drawback(text)
