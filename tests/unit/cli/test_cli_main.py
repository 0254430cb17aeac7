"""The command from outside: help without waiting for models, exit codes, one clear line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = [
    (), ("understand",), ("search",), ("dialogue",), ("blurb",), ("chat",), ("index",), ("demo",), ("bench",),
    ("facets",), ("catalog",), ("catalog", "check"), ("catalog", "simulate"), ("weights",),
    ("weights", "list"), ("weights", "pull"), ("train",), ("train", "intent"), ("evaluate",), ("evaluate", "intent"),
    ("evaluate", "constraints"), ("evaluate", "category"),
    ("prompts",), ("prompts", "list"), ("prompts", "test"), ("prompts", "promote"), ("prompts", "import"),
    ("users",), ("users", "add"), ("users", "list"), ("users", "password"),
]  # fmt: skip

HELP = """
import sys
from typer.testing import CliRunner
from assistant.cli.main import app
runner = CliRunner()
for command in %r:
    result = runner.invoke(app, [*command, "--help"])
    assert result.exit_code == 0, (command, result.output)
    assert "Usage" in result.output, command
heavy = {"torch", "transformers", "chromadb", "gradio", "polars", "sentence_transformers", "matplotlib"}
heavy &= set(sys.modules)
assert not heavy, heavy
print("fine")
"""


def assistant(*arguments: str, folder: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from assistant.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env={**os.environ, "COLUMNS": "200", **environment},
        check=False,
    )


def test_help_of_every_command_comes_without_loading_models() -> None:
    result = subprocess.run([sys.executable, "-c", HELP % (COMMANDS,)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "fine"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("search", "--k", "0"),
        ("search", "--k", "many"),
        ("search", "--unknown"),
        ("index", "--catalog", "x.jsonl"),
        ("index", "--catalog", "x.jsonl", "--output", "y", "--on-error", "maybe"),
        ("demo", "--port", "99999"),
        ("catalog", "check"),
        ("catalog", "nonsense"),
        ("bench", "--messages", "1"),
    ],
    ids=" ".join,
)
def test_bad_usage_exits_2(arguments: tuple[str, ...], tmp_path: Path) -> None:
    result = assistant(*arguments, folder=tmp_path)
    assert result.returncode == 2
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    result = assistant("catalog", "check", str(tmp_path / "none.jsonl"))
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert "none.jsonl" in result.stderr


def test_a_catalogue_is_checked_line_by_line(tmp_path: Path) -> None:
    good = {"sku": "A", "title": "Scarf", "price": 3, "category": ["clothing", "scarf"], "stock": 0}
    path = tmp_path / "c.jsonl"
    path.write_text(json.dumps(good) + "\n")
    result = assistant("catalog", "check", str(path))
    assert result.returncode == 0, result.stderr
    figures = json.loads(result.stdout)
    assert (figures["products"], figures["sold_out"], figures["bad_rows"], figures["types"]) == (1, 1, 0, 1)
    path.write_text(json.dumps(good) + "\n{\n" + json.dumps({**good, "sku": "B\ud83d", "price": None}) + "\n")
    result = assistant("catalog", "check", str(path))
    assert result.returncode == 1
    assert json.loads(result.stdout)["bad_rows"] == 2
    lines = result.stderr.splitlines()
    assert lines[0].startswith("c.jsonl line 2: ")
    assert lines[1].startswith("c.jsonl line 3 (sku B?): price")
    assert len(lines) == 3
    assert "Traceback" not in result.stderr


def test_a_catalogue_without_a_price_column_says_so(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("sku,title\nA,Scarf\nB,Hat\n")
    result = assistant("catalog", "check", str(path))
    assert result.returncode == 1
    assert "no column 'price'" in result.stderr


@pytest.mark.parametrize("name", ["ASSISTANT_PAGE_SIZE", "ASSISTANT_DTYPE", "ASSISTANT_THREADS"])
def test_a_setting_that_cannot_be_used_is_one_line(name: str, tmp_path: Path) -> None:
    result = assistant("weights", "list", folder=tmp_path, **{name: "many"})
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert name.removeprefix("ASSISTANT_").lower() in result.stderr.lower()


def test_a_broken_settings_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "assistant.toml").write_text("page_size = [")
    result = assistant("weights", "list", folder=tmp_path)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "assistant.toml" in result.stderr


def test_unknown_weights_are_told(tmp_path: Path) -> None:
    result = assistant(
        "weights", "pull", "no/such-model", folder=tmp_path, ASSISTANT_OFFLINE="true", ASSISTANT_CACHE=str(tmp_path)
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "no/such-model" in result.stderr.strip().splitlines()[-1]
