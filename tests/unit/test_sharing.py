"""How the suite is shared out between processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from sharing import keep_apart, processes, share_of


@pytest.mark.parametrize(
    ("nodeid", "share"),
    [
        ("tests/unit/store/test_a.py::test_one[x::y]", "tests/unit/store/test_a.py"),
        ("tests/unit/store/test_a.py::Group::test_two", "tests/unit/store/test_a.py"),
        ("tests/e2e/test_lab.py::test_one", "tests/e2e/"),
        ("tests/integration/test_live.py::test_one[tests/e2e/x]", "tests/integration/"),
    ],
)
def test_what_makes_the_same_things_stays_together(nodeid: str, share: str) -> None:
    assert share_of(nodeid) == share


def test_two_processes_for_the_whole_suite_and_none_for_named_tests() -> None:
    assert processes(whole=True, processors=2) == 2
    assert processes(whole=True, processors=64) == 2
    assert processes(whole=True, processors=1) == 0
    assert processes(whole=False, processors=64) == 0


def test_each_process_has_a_thread_and_a_folder_of_its_own() -> None:
    here = {"PYTEST_XDIST_WORKER": "gw1", "ASSISTANT_DATA": "data"}
    keep_apart(here)
    assert (here["OMP_NUM_THREADS"], here["ASSISTANT_DATA"]) == ("1", str(Path("data") / "gw1"))
    stated = {"PYTEST_XDIST_WORKER": "gw1", "OMP_NUM_THREADS": "4"}
    keep_apart(stated)
    assert stated["OMP_NUM_THREADS"] == "4"
    alone = {"ASSISTANT_DATA": "data"}
    keep_apart(alone)
    assert alone == {"ASSISTANT_DATA": "data"}
