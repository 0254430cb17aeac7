"""How the whole suite is shared out: two processes, each with models and a browser of its own where it needs them.

Files of tests are the shares, so that what a module makes is made once. Three folders have more in common than their
files say: the tests in a browser use one browser and one server, those of real parts load the models once a process,
and the notebooks load them in processes of their own. Knows nothing of what the tests test.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_TOGETHER = ("tests/e2e/", "tests/integration/", "tests/notebooks/")
# A third process would load every model a third time, and the two long shares would not end any earlier.
_PROCESSES = 2


def share_of(nodeid: str) -> str:
    """What is run by one process, one after the other: a folder in which much is shared, or else a file."""
    return next((folder for folder in _TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


def processes(*, whole: bool, processors: int) -> int:
    """How many processes run the tests; 0 is this one alone, for whoever names the tests to run is working on them."""
    return min(_PROCESSES, processors) if whole and processors > 1 else 0


class Shares(LoadScopeScheduling):
    """Hands the shares out in the order of collection, so that the long ones begin first and the short ones fill up."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Called where addopts asks for a fitting number."""
    mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processes(whole=config.args_source is pytest.Config.ArgsSource.TESTPATHS, processors=mine)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares | None:
    """Called once by the process that hands out; whoever asks for another way (``--dist``) gets it."""
    if config.option.dist != "load":
        return None
    config.option.loadscopereorder = False
    return Shares(config, log)


def keep_apart(environment: MutableMapping[str, str]) -> None:
    """Make room for the other process, before torch is imported: one thread for torch, a data folder of one's own."""
    worker = environment.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return
    environment.setdefault("OMP_NUM_THREADS", "1")
    if data := environment.get("ASSISTANT_DATA"):
        environment["ASSISTANT_DATA"] = str(Path(data) / worker)
