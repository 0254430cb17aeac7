"""How the suite is shared out between processes."""

from __future__ import annotations

import pytest
from sharing import processes, share_of


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
