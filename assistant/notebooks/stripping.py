"""Take what running a notebook leaves behind out of it: outputs, execution counts, the machine's own metadata.

Knows the notebook format (JSON, version 4) and nothing of notebooks' content. Serves as a git filter (``-``: standard
input to standard output), as a hook before a commit, and with ``--check`` as a test.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# A folder of whoever ran it: /home/…, /Users/…, C:\Users\…, and where servers keep work.
_MACHINE = re.compile(r"(?:/(?:home|Users|root|tmp|work|mnt|opt|var)/\S+|[A-Z]:\\\\?\S+)")


def stripped(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook as it is kept: cells with their ids, tags and sources, and the plain kernel name."""
    cells = []
    for cell in notebook["cells"]:
        kept = {key: cell[key] for key in ("cell_type", "id") if key in cell}
        tags = cell.get("metadata", {}).get("tags")
        kept["metadata"] = {"tags": tags} if tags else {}
        if cell["cell_type"] == "code":
            kept |= {"execution_count": None, "outputs": []}
        cells.append({**kept, "source": cell["source"]})
    metadata = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    return {
        "cells": cells,
        "metadata": metadata,
        "nbformat": notebook["nbformat"],
        "nbformat_minor": notebook["nbformat_minor"],
    }


def written(notebook: dict[str, Any]) -> str:
    """The notebook as the text of its file."""
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def left_behind(text: str) -> list[str]:
    """What should not be in the file of a notebook, each with the cell it is in; empty for one that is clean.

    Raises:
        ValueError: the text is no notebook.
    """
    notebook = _read(text)
    found = []
    for number, cell in enumerate(notebook["cells"], 1):
        if cell.get("outputs"):
            found.append(f"cell {number} has outputs")
        if cell.get("execution_count") is not None:
            found.append(f"cell {number} has an execution count")
        for path in _MACHINE.findall("".join(cell["source"])):
            found.append(f"cell {number} names a folder of some machine: {path}")
    if not found and written(stripped(notebook)) != text:
        found.append("it holds metadata of whoever ran it, or is formatted otherwise")
    return found


def _read(text: str) -> dict[str, Any]:
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"this is no notebook, for it is no JSON: {error}") from error
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4 or not isinstance(notebook.get("cells"), list):
        raise ValueError("this is no notebook of format 4")
    return notebook


def main(arguments: Sequence[str]) -> int:
    """Strip files in place, ``-`` from standard input to output; with ``--check`` only say what is left behind.

    Returns:
        0, or 1 where ``--check`` found something.
    """
    check = "--check" in arguments
    status = 0
    for name in (a for a in arguments if a != "--check"):
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        if check:
            for told in left_behind(text):
                sys.stderr.write(f"{name}: {told}; run: python -m assistant.notebooks.stripping {name}\n")
                status = 1
            continue
        clean = written(stripped(_read(text)))
        if name == "-":
            sys.stdout.write(clean)
        elif clean != text:
            Path(name).write_text(clean, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
