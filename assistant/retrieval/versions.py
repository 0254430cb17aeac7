"""Versions of an index side by side: which one readers use, which one they may still have open, which ones go.

    DIR/CURRENT        name of the version readers use, replaced atomically
    DIR/PREVIOUS       name of the one before, kept because readers may still have it open
    DIR/v-<hash>/      a whole version
    DIR/building-<hash>/  a version being made; resumed by the next run over the same file
    DIR/embedded-<hash>/  vectors that Ray's workers have made for it (:mod:`~.distributed`)

Knows folders and what lets a version's vectors be taken over by the next one. Does not open versions.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from assistant.encoder import Encoder
from assistant.retrieval.vectors import VectorStores

_log = logging.getLogger(__name__)

CURRENT = "CURRENT"
PREVIOUS = "PREVIOUS"
MANIFEST = "manifest.json"
VECTORS = "vectors.npy"
TEXTS = "texts.npy"
EMBEDDED = "embedded-"
_OURS = ("v-", "building-", EMBEDDED)

Known: TypeAlias = Mapping[bytes, npt.NDArray[Any]]
"""Vectors, shape (d,), by the digest of their text."""


def current_version(output: Path) -> str | None:
    """The name of the version readers use; ``None`` where there is none yet."""
    return _named(output / CURRENT)


def _named(pointer: Path) -> str | None:
    try:
        return pointer.read_text(encoding="utf-8", errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_atomically(path: Path, text: str) -> None:
    """Replace a file by another with this text, so that readers see the one or the other."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def make_current(output: Path, version: str, stores: VectorStores) -> None:
    """Let readers use a whole version from now on; the one before stays, what is older goes."""
    before = current_version(output)
    if before and before != version and (output / before).is_dir():
        write_atomically(output / PREVIOUS, before)
    write_atomically(output / CURRENT, version)
    keep = tuple(dict.fromkeys(name for name in (version, _named(output / PREVIOUS)) if name))
    for path in output.iterdir():
        if path.name.startswith(_OURS) and path.name not in keep and path.is_dir():
            stores.release(path)
            shutil.rmtree(path, ignore_errors=True)
    stores.drop(output, keep)


class KnownVectors(Mapping[bytes, npt.NDArray[Any]]):
    """Vectors by the digest of their text, read from disk when they are asked for."""

    def __init__(self, digests: npt.NDArray[np.uint8], vectors: npt.NDArray[Any]) -> None:
        """``digests`` is (n, 16), ``vectors`` (n, d)."""
        self._digests = digests
        self._vectors = vectors
        keys = np.ascontiguousarray(digests).view("<u8")[:, 0] if len(digests) else np.zeros(0, np.uint64)
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def __len__(self) -> int:
        return len(self._digests)

    def __iter__(self) -> Iterator[bytes]:
        return (row.tobytes() for row in self._digests)

    def __getitem__(self, text: bytes) -> npt.NDArray[Any]:
        key = np.frombuffer(text[:8], "<u8")[0]
        place = int(np.searchsorted(self._keys, key))
        while place < len(self._keys) and self._keys[place] == key:
            row = int(self._order[place])
            if self._digests[row].tobytes() == text:
                return np.asarray(self._vectors[row], dtype=np.float32)
            place += 1
        raise KeyError(text)


def known_vectors(output: Path, encoder: Encoder) -> Known:
    """The vectors of the current version by the digest of their text; none where another encoder made them."""
    version = current_version(output)
    if version is None:
        return {}
    whole = output / version
    try:
        manifest = json.loads((whole / MANIFEST).read_text(encoding="utf-8"))
        if (manifest["encoder"], manifest["dimension"]) != (encoder.name, encoder.dimension):
            return {}
        vectors = np.load(whole / VECTORS, mmap_mode="r")
        digests = np.load(whole / TEXTS)
        if digests.shape != (len(vectors), 16):
            raise ValueError(f"digests of shape {digests.shape} for {len(vectors)} vectors")
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        _log.warning("every text is embedded again, for the version before cannot be read: %s", error)
        return {}
    return KnownVectors(digests, vectors)
