"""Lists of numbers by name: the same in memory, on disk, and where they were too many to hold at once."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.retrieval import postings
from assistant.retrieval.postings import Digests64, Postings, PostingsWriter, digest

PAIRS = st.lists(st.tuples(st.text(max_size=6), st.integers(0, 1 << 40)), max_size=200)


def plain(pairs: list[tuple[str, int]]) -> dict[str, list[int]]:
    out: dict[str, list[int]] = defaultdict(list)
    for name, number in pairs:
        out[name].append(number)
    return out


def write(pairs: list[tuple[str, int]], folder: Path | None) -> Postings:
    writer = PostingsWriter(folder, "test")
    for start in range(0, len(pairs), 7):
        some = pairs[start : start + 7]
        writer.add([digest(name) for name, _ in some], [number for _, number in some])
    return writer.finish()


@given(PAIRS)
@settings(max_examples=100, deadline=None)
def test_a_name_has_what_was_added_to_it_in_order(pairs: list[tuple[str, int]]) -> None:
    found, wanted = write(pairs, None), plain(pairs)
    assert {name: found.of(name).tolist() for name in wanted} == wanted
    assert found.of("never added").tolist() == []
    assert sum(found.count(name) for name in wanted) == len(pairs)


@pytest.mark.parametrize("held", [1 << 22, 16])
def test_the_disk_holds_what_memory_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    monkeypatch.setattr(postings, "_HELD", held)
    rng = np.random.default_rng(1)
    pairs = [(f"name{rng.integers(40)}", int(n)) for n in rng.integers(0, 1 << 50, 500)]
    write([("left by a run that was cut off", 1)] * 40, tmp_path)
    made = write(pairs, tmp_path)
    again = Postings.load(tmp_path, "test")
    for name, numbers in plain(pairs).items():
        assert made.of(name).tolist() == again.of(name).tolist() == numbers
    assert not list(tmp_path.glob("*.part"))


def test_nothing_is_a_list_too(tmp_path: Path) -> None:
    assert write([], tmp_path).of("x").tolist() == Postings.load(tmp_path, "test").of("x").tolist() == []


def test_files_of_two_lists_are_told_apart(tmp_path: Path) -> None:
    write([("a", 1), ("b", 2)], tmp_path)
    np.save(tmp_path / "test.values.npy", np.zeros(5, np.int64))
    with pytest.raises(ValueError, match="5 numbers, not 2"):
        Postings.load(tmp_path, "test")


def test_remembered_digests_are_digests_also_when_they_are_too_many() -> None:
    digests = Digests64(most=3)
    names = ["a", "b", "日本", "\ud83d", "a", ""] * 3
    assert [digests(name) for name in names] == [digest(name) for name in names]
