"""Chinese has no spaces: a property or brand that ends inside the next product name must not swallow it."""

from __future__ import annotations

import pytest

from assistant.lexicon import Lexicon


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("我想买一条新手机", ["手机"]),
        ("新手机壳", ["手机壳"]),
        ("来一加湿器", ["加湿器"]),
        ("好时钟", ["时钟"]),
        ("纯棉拖鞋", ["拖鞋"]),
        ("白色子母床", ["子母床"]),
    ],
)
def test_the_product_is_found_behind_a_word_that_runs_into_it(lexicon: Lexicon, text: str, products: list[str]) -> None:
    assert [m.text for m in lexicon.mentions(text, ("product",))] == products


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("适合新手的吉他", ["新手", "吉他"]),
        ("纯棉拖鞋", ["纯棉", "拖鞋"]),
        ("白色子母床", ["白色", "子母床"]),
        ("新手妈妈", ["新手妈妈"]),
    ],
)
def test_words_that_run_into_nothing_are_kept(lexicon: Lexicon, text: str, wanted: list[str]) -> None:
    assert [m.text for m in lexicon.mentions(text)] == wanted
