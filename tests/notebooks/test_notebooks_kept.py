"""Notebooks are kept as they were written, not as some machine left them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from assistant.notebooks.stripping import left_behind

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    return [c for c in json.loads(path.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == kind]


def test_there_are_five() -> None:
    assert [p.name[:2] for p in NOTEBOOKS][:5] == ["01", "02", "03", "04", "05"]
    listed = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"({p.name})" in listed for p in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_nothing_is_left_behind(path: Path) -> None:
    assert left_behind(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_cells_are_short_and_define_nothing(path: Path) -> None:
    for cell in cells(path, "code"):
        source = "".join(cell["source"])
        assert not re.search(r"^\s*(?:def|class|async def|lambda) ", source, re.M), source
        assert len([line for line in source.splitlines() if line and not line.startswith("#")]) <= 10, source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_section_has_a_chinese_summary(path: Path) -> None:
    told = "\n".join("".join(c["source"]) for c in cells(path, "markdown"))
    sections = re.split(r"^#{1,2} (?!Part)", told, flags=re.M)[1:]
    assert len(sections) >= 6
    for section in sections:
        assert "> **中文**：" in section, section[:60]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_results_are_computed_not_typed(path: Path) -> None:
    told = "\n".join("".join(c["source"]) for c in cells(path, "markdown"))
    # Shares, times and counts of results; 95 % and 90 % are levels that a text explains.
    typed = [m for m in re.findall(r"\b\d+(?:\.\d+)? ?(?:%|ms\b|seconds\b)", told) if m not in ("90 %", "95 %", "95%")]
    assert typed == []
