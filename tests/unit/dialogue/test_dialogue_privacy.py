"""Wishes about what may be noted: asked for by words, told from questions and from everything else."""

from __future__ import annotations

import pytest

from assistant.dialogue.privacy import personal_wish


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Please stop tracking me", False),
        ("don't use what I look at for recommendations", False),
        ("I'd rather you did not personalise anything, do not personalise it", False),
        ("turn off personalized suggestions", False),
        ("no personalisation please", False),
        ("请不要记录我看过的商品", False),
        ("关闭个性化推荐", False),
        ("别跟踪我", False),
        ("别根据我浏览过的东西推荐", False),
        ("you may use what I look at again", True),
        ("switch on personalised suggestions", True),
        ("打开个性化推荐吧", True),
        ("how do I turn off personalised suggestions?", None),
        ("do you track what I look at?", None),
        ("怎么关闭个性化推荐", None),
        ("你们会记录我看过的商品吗", None),
        ("how do I delete my account", None),
        ("a running track for kids, not white", None),
        ("stop showing me white shoes", None),
        ("不要白色的，我看过了", None),
    ],
)
def test_wishes_are_told_apart(text: str, wanted: bool | None) -> None:
    assert personal_wish(text) is wanted
