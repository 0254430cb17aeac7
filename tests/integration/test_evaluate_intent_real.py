"""``assistant evaluate intent`` as it is called, with the shipped classifier on a few messages."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.models

LINES = [
    {"text": "where is my order", "intent": "order_status", "lang": "en"},
    {"text": "put the second one in my cart", "intent": "manage_cart", "lang": "en"},
    {"text": "转人工客服", "intent": "speak_to_human", "lang": "zh"},
    {"text": "what's the weather tomorrow", "intent": "out_of_scope", "lang": "en"},
    {"text": "hello & <good> day", "intent": "warranty_repair", "lang": "en"},
]
TRAIN = [
    {"text": "hello there", "intent": "smalltalk"},
    {"text": "the battery died, is that covered", "intent": "warranty_repair"},
]


def write(path: Path, rows: list[dict[str, str]]) -> str:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return str(path)


def test_it_prints_the_figures_and_writes_the_page(
    run_assistant: Callable[..., subprocess.CompletedProcess[bytes]], tmp_path: Path
) -> None:
    report = tmp_path / "figures"
    done = run_assistant(
        "evaluate",
        "intent",
        "--test",
        write(tmp_path / "test.jsonl", LINES),
        "--train",
        write(tmp_path / "train.jsonl", TRAIN),
        "--report",
        str(report),
    )
    assert done.returncode == 0, done.stderr.decode()
    figures = json.loads(done.stdout.decode().splitlines()[-1])
    assert figures["accuracy"] == 0.8
    assert figures["oos_recall"] == 1.0
    assert figures["oos_false_reject"] == 0.0
    assert figures["accuracy_in_scope"] == 0.75
    assert figures["languages"]["zh"]["accuracy"] == 1.0
    assert figures["ms_per_text"] > 0
    html = (report / "index.html").read_text(encoding="utf-8")
    assert "hello &amp; &lt;good&gt; day" in html
    assert "The nearest training text has the label that was read in 1" in html
    assert html.index("hello there") < html.index("the battery died")
    assert (report / "labels.html").is_file()
    assert (report / "confusion.png").is_file()


def test_what_cannot_be_used_is_one_line(
    run_assistant: Callable[..., subprocess.CompletedProcess[bytes]], tmp_path: Path
) -> None:
    test = write(tmp_path / "test.jsonl", LINES)
    gone = run_assistant("evaluate", "intent", "--test", str(tmp_path / "gone.jsonl"))
    assert gone.returncode == 1
    assert gone.stderr.decode().count("\n") == 1
    assert b"gone.jsonl" in gone.stderr
    empty = run_assistant("evaluate", "intent", "--test", test, "--weights", str(tmp_path))
    assert empty.returncode == 1
    assert b"assistant train intent" in empty.stderr
    usage = run_assistant("evaluate", "intent", "--test", test, "--train", test)
    assert usage.returncode == 2
    assert b"--report" in usage.stderr
