"""Every notebook runs from top to bottom with the real models, by the interpreter that runs the tests."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

pytestmark = pytest.mark.models

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
# As much as shows that every cell works; a reader's parameters are in the notebooks.
SLICES: dict[str, dict[str, Any]] = {
    "01_one_message.ipynb": {"NEXT": "not navy"},
    "02_compare_prompts.ipynb": {"CASES": 4, "K": 2},
    "03_explore_errors.ipynb": {"MESSAGES": 210, "QUERIES": 40, "WORST": 4},
    "04_behaviour_models.ipynb": {"SHOPPERS": 160, "EPOCHS": 2, "LANGUAGE": "zh"},
    "05_across_categories.ipynb": {"SHOPPERS": 240, "QUESTIONS": 30, "WISH": "under $40, not black"},
}
_SECONDS_A_CELL = 1800


class Client(NotebookClient):
    """Runs cells with the interpreter of the tests, whatever kernels are installed."""

    def create_kernel_manager(self) -> AsyncKernelManager:
        self.km = AsyncKernelManager(
            kernel_name="python3",
            # Without folders of kernels, the only one there is is the one of this interpreter.
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        )
        return self.km


def run(name: str, weights_cache: Path, data: Path) -> list[str]:
    """Run a notebook with its slice; the HTML that each of its cells shows."""
    notebook = nbformat.read(FOLDER / name, as_version=4)
    (place,) = (i for i, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    parameters = SLICES[name]
    stated = notebook.cells[place].source
    for parameter in parameters:
        assert re.search(rf"^{parameter} = ", stated, re.M), f"{name} documents no {parameter}"
    lines = "\n".join(f"{parameter} = {value!r}" for parameter, value in parameters.items())
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(lines))
    client = Client(notebook, timeout=_SECONDS_A_CELL, startup_timeout=300, resources={"metadata": {"path": str(data)}})
    environment = {**os.environ, "ASSISTANT_CACHE": str(weights_cache), "ASSISTANT_DATA": str(data / "data")}
    client.execute(env={**environment, "IPYTHONDIR": str(data / "ipython")})
    shown = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if output.output_type == "execute_result":
                shown.append(output.data["text/html"])
    # All but the parameters and what was put in for them, and cells that only load.
    wanted = [c for c in notebook.cells if c.cell_type == "code" and re.search(r"^\w+\.\w+\(.*\)$", c.source, re.M)]
    assert len(shown) >= len(wanted) >= 8
    pictures = [one for one in shown if "<img" in one]
    assert len(pictures) >= 2
    for one in pictures:
        assert re.search(r'alt="[^"]{30,}"', one), "a picture says in words what it shows"
    return shown


def test_one_message_goes_through_every_stage(weights_cache: Path, tmp_path: Path) -> None:
    shown = "\n".join(run("01_one_message.ipynb", weights_cache, tmp_path))
    for told in (
        "Noise cancelling headphones",
        "想买双跑鞋",
        "product_search",
        "{price}",
        "as the model got it",
        "Milliseconds",
    ):
        assert told in shown
    # The colour refused in the first message and the one in the next stand side by side in the ledger.
    ledger = re.search(r"exclude_colors.*?</tr>", shown[shown.index("after “Noise") :], re.S)
    assert ledger is not None
    assert "beige" in ledger.group()
    assert "navy" in ledger.group()
    claims = shown[shown.index("unsupported, as shown") :].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", claims, re.S)
    assert len(rows) == 2
    assert all(row.endswith(">0</td>") for row in rows)


def test_two_versions_are_compared_on_the_same_cases(weights_cache: Path, tmp_path: Path) -> None:
    shown = "\n".join(run("02_compare_prompts.ipynb", weights_cache, tmp_path))
    for told in (
        "blurb.en/3",
        "blurb.en/2",
        "blurb.zh/3",
        "blurb.zh/2",
        "unsupported claims shown",
        "pass^2",
        "of 80 cases",
    ):
        assert told in shown
    assert "enough to look, not to decide" in shown, "a slice is never enough to promote"
    assert (tmp_path / "data" / "prompt-runs" / "blurb.jsonl").read_text(encoding="utf-8").count("\n") == 8


def test_errors_are_explored_in_both_halves(weights_cache: Path, tmp_path: Path) -> None:
    shown = "\n".join(run("03_explore_errors.ipynb", weights_cache, tmp_path))
    for told in ("of 210 messages were read as another intent", "An even slice of 40 of", "nDCG@10", "because of"):
        assert told in shown


def test_models_are_trained_and_compared(weights_cache: Path, tmp_path: Path) -> None:
    shown = run("04_behaviour_models.ipynb", weights_cache, tmp_path)
    every = "\n".join(shown)
    for told in ("160 shoppers did", "the file holds 2,400", "Transformer", "Gini, brands", "Next came:", "瑜伽垫"):
        assert told in every
    figures = next(one for one in shown if "departments in a list" in one)
    hits = [float(n) for n in re.findall(r"<td[^>]*>(\d+\.\d)\N{NARROW NO-BREAK SPACE}% \(", figures)]
    assert len(hits) == 9, "a line for every model"
    (popularity,) = re.findall(r"popularity</td><td[^>]*>(\d+\.\d)", figures)
    assert max(hits) > float(popularity) + 20, "who knows the shopper is right far more often than who does not"


def test_what_goes_with_a_product_crosses_types(weights_cache: Path, tmp_path: Path) -> None:
    shown = run("05_across_categories.ipynb", weights_cache, tmp_path)
    every = "\n".join(shown)
    for told in ("by chance", "all together", "30 questions (a slice", "as if it had come today", "Quenmara Kiln"):
        assert told in every
    offered = [one for one in shown if "the strongest true reason" in one]
    assert len(offered) == 3, "the product, the cart, and the product with a wish"
    for one, own in zip(offered, ({"running shoe"}, {"tent", "sleeping bag"}, {"running shoe"}), strict=True):
        types = re.findall(r"<tr><td[^>]*>\d+</td><td[^>]*>[^<]+</td><td[^>]*>([^<]+)</td>", one)
        assert len(types) == 6
        assert not own & set(types)
    (wished,) = (one for one in offered if "is read as" in one)
    prices = [float(p) for p in re.findall(r"<td[^>]*>([\d.]+) USD</td>", wished)]
    assert len(prices) == 6
    assert max(prices) <= 40
