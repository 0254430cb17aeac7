"""``assistant train intent``: what stands alone, what needs what, and taking a promotion back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.assembly import Parts
from assistant.cli.train import app
from assistant.errors import ConfigurationError, TrainingError
from assistant.settings import Settings
from assistant.understanding.intent import SHIPPED
from assistant.understanding.versions import ClassifierShelf


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ASSISTANT_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("ASSISTANT_DATABASE_URL", raising=False)
    return tmp_path / "data"


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["intent", *arguments])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--feedback", "--train", "x.jsonl"],
        ["--rollback", "--output", "x"],
        ["--feedback", "--rollback"],
        ["--train", "x.jsonl"],
        [],
    ],
)
def test_options_that_do_not_go_together_are_refused(folder: Path, arguments: list[str]) -> None:
    found = _run(*arguments)
    assert found.exit_code == 2
    assert not folder.exists()


def test_feedback_without_corrections_says_so_before_any_model_is_loaded(folder: Path) -> None:
    found = _run("--feedback")
    assert isinstance(found.exception, TrainingError)
    assert "no intent was corrected yet" in str(found.exception)


def test_a_promotion_is_loaded_and_taken_back(folder: Path, tmp_path: Path) -> None:
    shelf = ClassifierShelf(folder / "intent")
    for name in ("one", "two"):
        made = tmp_path / name
        made.mkdir()
        shutil.copy(SHIPPED / "classifier.json", made)
        shelf.promote(made, name)
    assert Parts(Settings()).classifiers.current() == folder / "intent" / "versions" / "two"
    for expected in ("one", None):
        found = _run("--rollback")
        assert found.exit_code == 0, found.output
        assert json.loads(found.stdout) == {"version": expected}
    assert Parts(Settings()).classifiers.current() is None
    assert isinstance(_run("--rollback").exception, ConfigurationError)
