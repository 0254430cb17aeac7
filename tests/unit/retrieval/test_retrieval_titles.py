"""What a title says its thing is, where no category files it."""

from __future__ import annotations

import pytest
from builders import product

from assistant.lexicon import Lexicon
from assistant.retrieval.titles import TitleReader


@pytest.fixture(scope="module")
def reader(lexicon: Lexicon) -> TitleReader:
    return TitleReader(lexicon)


@pytest.mark.parametrize(
    ("title", "heads"),
    [
        # Written small, the type stands before what describes it.
        ("Targo screen protector Desktop/Laptop Universal", {"screen protector"}),
        ("Kensholm laptop stand Tablet Gray", {"laptop stand"}),
        ("Laptop Sleeve for Tablet", {"laptop sleeve"}),
        # A number before it makes a measure of it.
        ("Lexen 40X output stacker 750 sheets", {"printer part"}),
        ("Cotton bed sheets", {"bed sheet"}),
        # A stroke joins two things, or two that a part belongs to.
        ("Brothel MFC printer/scanner", {"printer", "scanner"}),
        ("Lexen 40X printer/scanner spare part", {"printer part"}),
        ("V8 Micro SDHC Card + Adapter", {"microsd card"}),
        ("Double A battery, box of ten", {"aa battery"}),
        ("Halder LaserJet P1102 Printer", {"printer"}),
        ("Halder LaserJet M4345xm", {"laser printer"}),
    ],
)
def test_the_head_of_a_title(reader: TitleReader, title: str, heads: set[str]) -> None:
    assert reader.read(product("A", title, category=())).heads == heads


def test_a_count_of_pieces_is_no_computer(reader: TitleReader) -> None:
    assert "computer" not in reader.read(product("A", "Halder 122A Original Yellow 1 pc(s)", category=())).heads
    assert reader.read(product("B", "Halder PC", category=())).heads == {"computer"}
