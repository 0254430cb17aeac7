"""Groups of rows: who shares a card, and that they are worked out once a version."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders import product

from assistant.lexicon import Lexicon
from assistant.retrieval import groups
from assistant.retrieval.groups import ProductGroups
from assistant.types import Product

TEXT = "A padded sleeve with a soft lining, a side pocket for the charger and a zip that runs round three sides."


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load()


@pytest.fixture
def rows() -> list[Product]:
    return [
        product("A", "Laptop sleeve, red", brand="Harrow", description=TEXT),
        product("B", "Desk lamp", group_id="lamp"),
        product("C", "Laptop sleeve, blue", brand="Harrow", description=TEXT),
        product("D", "Chair"),
        product("E", "Desk lamp, tall", group_id="lamp"),
        product("F", "Laptop sleeve, green", brand="Harrow", description=TEXT),
    ]


def test_rows_know_their_group_and_the_others_in_it(rows: list[Product], lexicon: Lexicon) -> None:
    found = ProductGroups.over(rows, None, lexicon)
    assert len(found) == 2
    assert [found.number(row) for row in range(6)] == [0, 1, 0, None, 1, 0]
    assert [found.others(row) for row in (0, 2, 3, 4)] == [[2, 5], [0, 5], [], [1]]


def test_they_are_worked_out_once_a_version(
    rows: list[Product], lexicon: Lexicon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ProductGroups.over(rows, None, lexicon, tmp_path)
    (stored,) = tmp_path.iterdir()
    monkeypatch.setattr(groups, "duplicate_groups", lambda *arguments: pytest.fail("worked out again"))
    again = ProductGroups.over(rows, None, lexicon, tmp_path)
    assert again.numbers.tolist() == first.numbers.tolist()
    monkeypatch.undo()
    np.save(stored, np.zeros(3, dtype=np.int32))
    assert ProductGroups.over(rows, None, lexicon, tmp_path).numbers.tolist() == first.numbers.tolist()
    stored.write_bytes(b"cut o")
    assert ProductGroups.over(rows, None, lexicon, tmp_path).numbers.tolist() == first.numbers.tolist()


def test_other_word_tables_compare_again_and_leave_nothing_behind(
    rows: list[Product], lexicon: Lexicon, tmp_path: Path
) -> None:
    ProductGroups.over(rows, None, lexicon, tmp_path)
    colorless = Lexicon(c for c in lexicon.concepts if c.kind != "color")
    found = ProductGroups.over(rows, None, colorless, tmp_path)
    assert found.numbers.tolist() == [-1, 1, -1, -1, 1, -1]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_written_costs_only_time(rows: list[Product], lexicon: Lexicon, tmp_path: Path) -> None:
    assert len(ProductGroups.over(rows, None, lexicon, tmp_path / "gone")) == 2
