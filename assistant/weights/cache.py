"""Converted weights on disk: made once, atomically, with a manifest of hashes.

Knows folders, locks, hashes and manifests. Does not know what any file in a folder means: a ``build`` function writes
them.

A conversion happens in a temporary folder beside the final one and is moved there in one step, so a reader sees the
whole folder or none. A lock file keeps two processes from doing the same work; whoever holds it also removes what a
killed conversion left behind.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from filelock import FileLock

from assistant.errors import WeightsError

Progress: TypeAlias = Callable[[str, float], None]
"""Called with what is being done and the share of the whole that is done, from 0 to 1."""

FORMAT = 1
"""Raised whenever a conversion writes something else than before; older folders are then made again."""

MANIFEST = "manifest.json"
_CHUNK = 1 << 20


def silent(_message: str, _share: float) -> None:
    """The progress callback of whoever does not want any."""


def sha256_of(path: Path) -> str:
    """The hex SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def weights_folder(cache: Path, name: str) -> Path:
    """Where the converted weights of ``name`` live below the cache folder."""
    return cache / "weights" / name


def read_manifest(folder: Path, *, mend: str) -> Mapping[str, Any] | None:
    """The manifest of a converted folder, or ``None`` where there is no such folder.

    Raises:
        WeightsError: the folder is there but its manifest is missing or unreadable.
    """
    if not folder.is_dir():
        return None
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(manifest, dict) or not isinstance(manifest["files"], dict):
            raise ValueError("not a manifest")
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(
            f"the converted weights in {folder} have no readable {MANIFEST} ({error}); run `{mend}`"
        ) from error
    return manifest


def check(folder: Path, manifest: Mapping[str, Any], *, mend: str, full: bool = False) -> None:
    """Compare the files of a converted folder with its manifest: sizes always, hashes with ``full``.

    Raises:
        WeightsError: a file is missing, has another size, or with ``full`` another hash.
    """
    for relative, expected in manifest["files"].items():
        path = folder / relative
        if not path.is_file():
            raise WeightsError(f"{path} is missing from the converted weights; run `{mend}`")
        size = path.stat().st_size
        if size != expected["bytes"]:
            raise WeightsError(f"{path} has {size} bytes and should have {expected['bytes']}; run `{mend}`")
        if full and (actual := sha256_of(path)) != expected["sha256"]:
            raise WeightsError(f"{path} has SHA-256 {actual} and should have {expected['sha256']}; run `{mend}`")


def is_current(manifest: Mapping[str, Any], source: Mapping[str, str]) -> bool:
    """Whether a folder was made by this format from this very payload."""
    return manifest.get("format") == FORMAT and manifest.get("source") == dict(source)


def convert_once(
    cache: Path,
    name: str,
    source: Mapping[str, str],
    build: Callable[[Path], None],
    *,
    mend: str,
    force: bool = False,
    progress: Progress = silent,
) -> Path:
    """The converted folder of ``name``; ``build`` fills an empty folder the first time, or again with ``force``.

    Args:
        cache: the cache folder; it is made where it is missing.
        source: payload file name → SHA-256, recorded and compared, so that a new payload is converted anew.
        mend: the command an error names.

    Raises:
        WeightsError: the cache cannot be written, or holds a damaged folder.
    """
    final = weights_folder(cache, name)
    if not force and (manifest := read_manifest(final, mend=mend)) is not None and is_current(manifest, source):
        check(final, manifest, mend=mend)
        return final
    root = final.parent
    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / f".{name}.lock"):
            _remove_leftovers(root, name)
            # Another process may have finished while this one waited for the lock.
            if not force and (manifest := read_manifest(final, mend=mend)) is not None and is_current(manifest, source):
                return final
            _build_and_move(final, source, build, progress)
    except OSError as error:
        raise WeightsError(
            f"cannot write converted weights to {root}: {error}; free some space or set ASSISTANT_CACHE to another "
            "folder"
        ) from error
    return final


def _prefix(name: str) -> str:
    return f".{name}.partial-"


def _remove_leftovers(root: Path, name: str) -> None:
    for stale in root.glob(_prefix(name) + "*"):
        shutil.rmtree(stale, ignore_errors=True)


def _build_and_move(final: Path, source: Mapping[str, str], build: Callable[[Path], None], progress: Progress) -> None:
    temporary = Path(tempfile.mkdtemp(prefix=_prefix(final.name), dir=final.parent))
    try:
        folder = temporary / "new"
        folder.mkdir()
        build(folder)
        progress("checksums", 0.95)
        files = {
            path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        manifest = {"format": FORMAT, "name": final.name, "source": dict(source), "files": files}
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        if final.exists():
            # A folder cannot replace a filled one in one step; the old one goes where the clean-up finds it.
            os.replace(final, temporary / "old")
        os.replace(folder, final)
        progress("ready", 1.0)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
