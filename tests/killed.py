"""Builds an index in a process of its own and kills it there, at a stated step, as a power cut would."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from multiprocessing.context import ForkServerContext
from pathlib import Path
from types import FrameType
from typing import Any

from fakes import HashEncoder

from assistant.retrieval import LOCAL, VectorStores, build_index

_STEPS_OF = tuple(os.path.join("assistant", "retrieval", name) for name in ("index.py", "ingest.py", "versions.py"))


def context() -> ForkServerContext:
    """Processes that start with everything imported, forked from one without threads."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(["chromadb", "assistant.retrieval", "fakes", "killed"])
    return made


def build(catalog: Path, folder: Path, kill_at: int | None, steps: Any, stores: VectorStores = LOCAL) -> None:
    """Build; at the ``kill_at``-th call that the builder makes or receives, die. ``steps`` gets the number of calls."""
    count = 0

    def watch(frame: FrameType, event: str, _what: object) -> None:
        nonlocal count
        if event not in ("call", "c_call") or not frame.f_code.co_filename.endswith(_STEPS_OF):
            return
        count += 1
        if count == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)
    build_index(catalog, folder, HashEncoder(), stores=stores)
    sys.setprofile(None)
    steps.value = count
