"""An index build that is killed twenty times, anywhere: readers see the old version or the new one, nothing is lost."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from pathlib import Path

import killed
import numpy as np
import pytest
from builders import product, write_jsonl
from fakes import HashEncoder

from assistant.retrieval import Index, build_index, open_index
from assistant.types import Product

TIMES = 20
_GOLDEN = 0.618034
ROWS = [product(f"S{i:03d}", f"Thing number {i}", price=1 + i, zh=f"东西{i}号") for i in range(600)]


def edition(number: int) -> list[Product]:
    """The catalogue after so many changes: some texts are new, a row is gone and one has come."""
    kept = [replace(p, title=f"{p.title}, edition {number}") if i % 3 == 0 else p for i, p in enumerate(ROWS[number:])]
    return [*kept, product(f"NEW{number}", "Something new", price=3)]


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")


def run(catalog: Path, folder: Path, kill_at: int | None) -> tuple[int, int]:
    """(exit code, steps counted) of a build in a process of its own."""
    context = killed.context()
    steps = context.Value("i", 0)
    process = context.Process(target=killed.build, args=(catalog, folder, kill_at, steps))
    process.start()
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode, steps.value


def holds(index: Index, rows: list[Product]) -> bool:
    return list(index.products) == rows and index.store.count() == len(rows)


def test_a_build_that_is_killed_anywhere_loses_and_doubles_nothing(tmp_path: Path) -> None:
    encoder, folder = HashEncoder(), tmp_path / "index"
    files = [write_jsonl(tmp_path / f"{n}.jsonl", edition(n)) for n in range(2)]
    build_index(files[0], tmp_path / "clean", encoder)
    code, steps = run(files[1], tmp_path / "clean", None)
    assert code == 0
    assert steps > TIMES
    build_index(files[0], folder, encoder)
    shown, kills = 0, 0
    for attempt in range(4 * TIMES):
        if kills == TIMES:
            break
        # Every attempt goes on where the one before died; multiples of the golden ratio spread over its whole course.
        catalog = write_jsonl(tmp_path / "next.jsonl", edition(shown + 1))
        code, _ = run(catalog, folder, 1 + int(steps * ((attempt + 1) * _GOLDEN % 1)))
        kills += code == -signal.SIGKILL
        index = open_index(folder, encoder)
        found = [holds(index, edition(shown)), holds(index, edition(shown + 1))]
        assert sum(found) == 1
        shown += found.index(True)
    assert kills == TIMES
    assert shown > 1
    build_index(files[1], folder, encoder)
    index = open_index(folder, encoder)
    assert holds(index, edition(1))
    np.testing.assert_allclose(index.vectors, open_index(tmp_path / "clean", encoder).vectors, atol=1e-6)
    assert not list(folder.glob("building-*"))
    # The one in use and the one before it, which readers may still have open.
    assert len(list(folder.glob("v-*"))) == 2
