"""The real parts, loaded once a session, and indexes over real catalogues that can be kept between runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from prepared import Prepared

from assistant.assembly import Parts
from assistant.encoder import SentenceEncoder
from assistant.generation import Generator, load_generator
from assistant.retrieval import build_index
from assistant.settings import Settings


@pytest.fixture(scope="session")
def parts(weights_cache: Path, real_encoder: SentenceEncoder) -> Parts:
    """The parts over the default catalogue."""
    made = Parts(Settings(cache=weights_cache))
    made.__dict__["encoder"] = real_encoder
    return made


@pytest.fixture(scope="session")
def gemma(weights_cache: Path) -> Generator:
    """The shipped generator as it was trained by others: without our adapter."""
    return load_generator("gemma-3-270m", cache=weights_cache)


def lend(parts: Parts, to: Parts) -> Parts:
    """Let other parts use the models of ``parts``: a second copy would only cost time and memory."""
    for name in ("encoder", "lexicon", "classifier", "generator", "blurbs"):
        to.__dict__[name] = getattr(parts, name)
    return to


@pytest.fixture(scope="session")
def lent(parts: Parts) -> Callable[[Parts], Parts]:
    return partial(lend, parts)


@pytest.fixture(scope="session")
def kept_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where indexes over real catalogues are built: ASSISTANT_TEST_CACHE where set, so that later runs reuse them."""
    stated = os.environ.get("ASSISTANT_TEST_CACHE")
    if not stated:
        return tmp_path_factory.mktemp("indexes")
    folder = Path(stated)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def parts_over(parts: Parts, lent: Callable[[Parts], Parts], kept_folder: Path) -> Callable[[Path], Parts]:
    """Makes parts over another catalogue file; models are those of ``parts``, the index is built where missing."""

    def make(catalog: Path) -> Parts:
        folder = kept_folder / re.sub(r"\W+", "-", f"{catalog.parent.name}-{catalog.name}")
        build_index(catalog, folder, parts.encoder)
        return lent(Parts(parts.settings, index=folder))

    return make


Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture(scope="session")
def run_assistant(weights_cache: Path) -> Iterator[Run]:
    """Runs the command in a process of its own: ``run("search", "--k", "3", stdin=b"…", before=["unshare", "-n"])``."""
    prepared = Prepared()

    def run(*arguments: str, stdin: bytes = b"", before: Sequence[str] = ()) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, "ASSISTANT_CACHE": str(weights_cache)}
        if not before and hasattr(os, "fork"):
            return prepared.run(arguments, stdin=stdin, environment=environment, timeout=600)
        return subprocess.run(
            [*before, sys.executable, "-c", "from assistant.cli import main; main()", *arguments],
            input=stdin,
            capture_output=True,
            timeout=600,
            env=environment,
            check=False,
        )

    yield run
    prepared.close()
