"""Slips of the finger stay small, repeat themselves, and never leave nothing."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from assistant.training.noise import disturb


def test_rate_zero_changes_nothing() -> None:
    assert disturb("Where is my parcel?", random.Random(1), 0.0) == "Where is my parcel?"


def test_the_same_seed_gives_the_same_slip() -> None:
    once = [disturb("waterproof jacket, please!", random.Random(n), 0.9) for n in range(30)]
    again = [disturb("waterproof jacket, please!", random.Random(n), 0.9) for n in range(30)]
    assert once == again
    assert len(set(once)) > 10


def test_chinese_text_only_loses_punctuation() -> None:
    found = {disturb("有货吗？要红色的，谢谢", random.Random(n), 1.0) for n in range(20)}
    assert found == {"有货吗要红色的谢谢", "有货吗 要红色的 谢谢"}


@given(st.text(min_size=1).filter(str.strip), st.integers(0, 10**6))
def test_little_is_lost_and_it_is_never_empty(text: str, seed: int) -> None:
    slipped = disturb(text, random.Random(seed), 0.5)
    assert slipped
    assert sum(c.isalnum() for c in slipped) >= sum(c.isalnum() for c in text) - 1
