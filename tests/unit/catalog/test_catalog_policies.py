"""Policy files become passages by topic and language."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.catalog import PolicyBook
from assistant.catalog.policies import TOPICS
from assistant.errors import CatalogError


def test_sections_become_passages(tmp_path: Path) -> None:
    (tmp_path / "returns.en.md").write_text(
        "# Returns\nintro\n\n## How long?\nThirty\ndays.\n\n## Empty\n\n## Who pays?\nWe do.\n"
    )
    (tmp_path / "returns.zh.md").write_text("## 多久？\n三十天。\n", encoding="utf-8")
    (tmp_path / "shipping.en.md").write_text("## Where?\nEverywhere.\n")
    (tmp_path / "README.md").write_text("## Not a policy\ntext\n")
    book = PolicyBook.read(tmp_path)
    assert [(p.heading, p.text) for p in book.about("returns", "en")] == [
        ("How long?", "Thirty days."),
        ("Who pays?", "We do."),
    ]
    assert [p.text for p in book.about("returns", "zh")] == ["三十天。"]
    assert [p.text for p in book.about("shipping", "zh")] == ["Everywhere."]
    assert book.about("warranty", "en") == ()


def test_a_missing_folder_and_a_wrong_encoding_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no policy folder"):
        PolicyBook.read(tmp_path / "none")
    (tmp_path / "returns.en.md").write_bytes(b"## a\ncaf\xe9\n")
    with pytest.raises(CatalogError, match=r"returns\.en\.md"):
        PolicyBook.read(tmp_path)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shipped_shop_answers_every_topic_in_both_languages(repo_root: Path, language: str) -> None:
    book = PolicyBook.read(repo_root / "catalog" / "policies")
    for topic in TOPICS:
        passages = [p for p in book.about(topic, language) if p.language == language]
        assert len(passages) >= 3, topic
