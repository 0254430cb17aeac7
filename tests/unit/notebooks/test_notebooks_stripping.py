from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from assistant.notebooks.stripping import left_behind, main, stripped, written


def notebook(**code: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "id": "b", "metadata": {}, "execution_count": None, "outputs": [], "source": ["1 + 1"]}
    words = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# 标题"]}
    return stripped({"cells": [words, cell], "nbformat": 4, "nbformat_minor": 5}) | {"cells": [words, cell | code]}


def test_a_clean_notebook_is_left_alone() -> None:
    assert left_behind(written(notebook())) == []


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ({"outputs": [{"output_type": "stream", "name": "stdout", "text": ["2"]}]}, "cell 2 has outputs"),
        ({"execution_count": 7}, "cell 2 has an execution count"),
        ({"source": ["open('/home/somebody/file')"]}, "cell 2 names a folder of some machine: /home/somebody/file')"),
        ({"metadata": {"execution": {"iopub.status.busy": "2026-01-01"}}}, "it holds metadata of whoever ran it"),
    ],
)
def test_what_is_left_behind_is_named(code: dict[str, Any], told: str) -> None:
    (found,) = left_behind(written(notebook(**code)))
    assert found.startswith(told)


def test_the_kernel_of_another_machine_is_named_and_taken_out() -> None:
    other = notebook() | {"metadata": {"kernelspec": {"name": "my-env", "display_name": "mine", "language": "python"}}}
    assert left_behind(written(other))
    assert left_behind(written(stripped(other))) == []


def test_parameters_keep_their_tag() -> None:
    tagged = stripped(notebook(metadata={"tags": ["parameters"], "collapsed": True}))
    assert tagged["cells"][1]["metadata"] == {"tags": ["parameters"]}


def test_files_are_stripped_in_place_and_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.ipynb"
    path.write_text(written(notebook(execution_count=3)), encoding="utf-8")
    assert main(["--check", str(path)]) == 1
    assert "cell 2 has an execution count" in capsys.readouterr().err
    assert main([str(path)]) == 0
    assert main(["--check", str(path)]) == 0
    assert json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"] == ["# 标题"]


def test_it_filters_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(written(notebook(execution_count=3))))
    assert main(["-"]) == 0
    assert left_behind(capsys.readouterr().out) == []


@pytest.mark.parametrize("text", ["", "{}", '{"nbformat": 3, "cells": []}', "[1]"])
def test_what_is_no_notebook_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no notebook"):
        left_behind(text)
