"""Reading labelled lines: bad ones are named, repeats and leaks are left out, the division is fair and repeatable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.errors import TrainingError
from assistant.labelled.utterances import (
    Utterance,
    Utterances,
    held_out,
    normalised,
    read_utterances,
    training_files,
    without_repeats,
)


def write(path: Path, *rows: object) -> Path:
    path.write_bytes(
        b"\n".join(r if isinstance(r, bytes) else json.dumps(r, ensure_ascii=False).encode() for r in rows)
    )
    return path


def test_a_folder_means_its_training_files(tmp_path: Path) -> None:
    for name in ("train.zh.jsonl", "train.en.jsonl", "test.jsonl", "README.md"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert [p.name for p in training_files(tmp_path)] == ["train.en.jsonl", "train.zh.jsonl"]
    assert training_files([tmp_path / "test.jsonl"]) == (tmp_path / "test.jsonl",)


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no file .*gone\.jsonl"):
        training_files(tmp_path / "gone.jsonl")
    with pytest.raises(TrainingError, match=r"no train\.\*\.jsonl"):
        training_files(tmp_path)
    with pytest.raises(TrainingError, match="no training file"):
        training_files([])


def test_bad_lines_are_left_out_and_named(tmp_path: Path) -> None:
    good = [{"text": f"text {i}", "intent": "a"} for i in range(6)]
    path = write(
        tmp_path / "train.jsonl",
        good[0],
        b"",
        b"{broken",
        good[1],
        {"text": "no label"},
        {"text": "  ", "intent": "a"},
        b"\xff\xfe",
        *good[2:],
        {"text": "你好", "intent": " b ", "lang": "zh"},
        [1],
    )
    found = read_utterances([path])
    assert [u.text for u in found.lines] == [f"text {i}" for i in range(6)] + ["你好"]
    assert found.lines[-1] == Utterance("你好", "b", "zh")
    assert [p.split(": ")[0] for p in found.problems] == [f"train.jsonl:{n}" for n in (3, 5, 6, 7, 13)]
    assert found.labels == ("a", "b")


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    path = write(tmp_path / "t.jsonl", b"\xef\xbb\xbf" + json.dumps({"text": "hi", "intent": "a"}).encode())
    assert read_utterances([path]).lines == (Utterance("hi", "a"),)


@pytest.mark.parametrize("rows", [[], [b"{"], [{"text": "a", "intent": "b"}, b"1", b"2"]])
def test_a_file_that_is_mostly_bad_is_refused(tmp_path: Path, rows: list[object]) -> None:
    with pytest.raises(TrainingError, match=r"t\.jsonl"):
        read_utterances([write(tmp_path / "t.jsonl", *rows)])


def test_same_text_ignores_case_width_and_final_punctuation() -> None:
    assert normalised("Where is it?! ") == normalised("where is it")
    assert normalised("有货吗？") == normalised("有货吗")
    assert normalised("ＡＢ") == normalised("ab")
    assert normalised("red shoe") != normalised("red shoes")


def test_leaks_repeats_and_contradictions() -> None:
    train = Utterances(
        (
            Utterance("Hello", "hi"),
            Utterance("hello!", "hi"),
            Utterance("hello.", "bye"),
            Utterance("in the test", "hi"),
            Utterance("bye", "bye"),
        ),
        (),
    )
    kept = without_repeats(train, [Utterance("In the test.", "hi")])
    assert [u.text for u in kept.lines] == ["Hello", "bye"]
    assert len(kept.problems) == 3
    assert any("labelled hi and bye" in p for p in kept.problems)


def test_the_division_takes_its_share_of_every_label_and_repeats_itself() -> None:
    lines = [
        Utterance(f"{label}{i}", label) for label, n in (("a", 40), ("b", 10), ("c", 3), ("d", 1)) for i in range(n)
    ]
    fit, held = held_out(lines, 0.1, 5)
    assert sorted(fit + held, key=lambda u: u.text) == sorted(lines, key=lambda u: u.text)
    counts = {label: sum(u.label == label for u in held) for label in "abcd"}
    assert counts == {"a": 4, "b": 1, "c": 1, "d": 0}
    assert held_out(lines, 0.1, 5) == (fit, held)
    assert held_out(lines, 0.1, 6) != (fit, held)
    assert held_out(lines, 0.0, 5) == (lines, [])
