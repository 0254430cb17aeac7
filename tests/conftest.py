"""Fixtures every test may use."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fakes import HashEncoder
from hypothesis import settings
from sharing import keep_apart, pytest_xdist_auto_num_workers, pytest_xdist_make_scheduler

from assistant.encoder import SentenceEncoder, load_encoder
from assistant.lexicon import Lexicon, tables
from assistant.settings import cache_dir
from assistant.weights import share_processor

# No test asserts a time, so neither does hypothesis: on a busy machine its deadline fails what is right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

__all__ = ["pytest_xdist_auto_num_workers", "pytest_xdist_make_scheduler"]

# Before any test module imports torch, as the command line does.
share_processor()
keep_apart(os.environ)

_read_tables = Lexicon.load


@cache
def _lexicon_of(rows: Any) -> Lexicon:
    return _read_tables()


# Nothing changes a lexicon once it is made, and half a second for each of fifty modules adds up. Whoever reads the
# tables in another way, as their own tests do, gets one made of that.
Lexicon.load = lambda: _lexicon_of(tables._rows)  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def repo_root() -> Path:
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data(repo_root: Path) -> Path:
    folder = repo_root.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the development data is not beside the repository (../shared/data)")
    return folder


@pytest.fixture(scope="session")
def weights_cache() -> Path:
    """Where converted weights are kept between test runs: that of the product unless ASSISTANT_CACHE says otherwise."""
    stated = os.environ.get("ASSISTANT_CACHE")
    return Path(stated) if stated else cache_dir()


@pytest.fixture(scope="session")
def real_encoder(weights_cache: Path) -> SentenceEncoder:
    return load_encoder("multilingual-e5-small", cache=weights_cache)


@pytest.fixture(scope="session")
def hash_encoder() -> HashEncoder:
    return HashEncoder()
