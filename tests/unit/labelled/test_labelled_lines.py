"""Lines of any shape: what the caller's parser refuses is named by file and line, a useless file is refused whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import TrainingError
from assistant.labelled.lines import language_of, read_lines, text_of


def even(record: Mapping[str, Any]) -> int:
    value = record.get("n")
    if not isinstance(value, int) or value % 2:
        raise ValueError(f"{value!r} is not even")
    return value


def test_bad_lines_are_named_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "n.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"n": 2}\n\n{"n": 3}\n{"n": 4}\r\n[2]\n{broken\n{"n": 6}\n\xff\xfe\n{"n": 8}\n')
    found = read_lines(path, even, wanted="even")
    assert found.lines == (2, 4, 6, 8)
    assert [p.split(": ")[0] for p in found.problems] == [f"n.jsonl:{n}" for n in (3, 5, 6, 8)]
    assert found.problems[0] == "n.jsonl:3: 3 is not even"


def test_a_deeply_nested_line_is_bad_and_not_the_end(tmp_path: Path) -> None:
    path = tmp_path / "n.jsonl"
    path.write_text('{"n": 2}\n' + "[" * 200_000 + '\n{"n": 4}\n', encoding="utf-8")
    found = read_lines(path, even, wanted="even")
    assert found.lines == (2, 4)
    assert len(found.problems) == 1


@pytest.mark.parametrize("content", ["", "\n\n", '{"n": 1}', '{"n": 2}\n{"n": 1}\n{"n": 3}'])
def test_a_file_that_is_mostly_bad_is_refused_with_what_was_wanted(tmp_path: Path, content: str) -> None:
    path = tmp_path / "n.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TrainingError, match=r"n\.jsonl has .* each must be an even one"):
        read_lines(path, even, wanted="an even one")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"gone\.jsonl cannot be read"):
        read_lines(tmp_path / "gone.jsonl", even, wanted="even")
    with pytest.raises(TrainingError, match="cannot be read"):
        read_lines(tmp_path, even, wanted="even")


def test_texts_and_languages() -> None:
    assert text_of({"text": " a "}, "text") == " a "
    for value in (None, "", "  ", 3, ["a"]):
        with pytest.raises(ValueError, match="'text' is missing or empty"):
            text_of({"text": value}, "text")
    assert [language_of({"lang": one}) for one in ("en", "zh", "other")] == ["en", "zh", "other"]
    for unknown in (None, "de", "", 1, ["en"]):
        with pytest.raises(ValueError, match="'lang' must be one of en, zh, other"):
            language_of({"lang": unknown})
