"""Where model weights come from: a local folder, the cache of converted ones, an installed package, a model hub.

Knows names and where their files are, and returns folders that ``from_pretrained`` loads. Loads no model itself, and
knows nothing of settings: the cache folder and whether a hub may be asked are plain arguments.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import WeightsError
from assistant.weights import packages
from assistant.weights.cache import Progress, check, convert_once, is_current, read_manifest, silent, weights_folder
from assistant.weights.device import cpu_has_fast_bf16, cpu_has_tiles, device_and_dtype, share_processor
from assistant.weights.hub import download, looks_like_hub_id
from assistant.weights.registry import MODELS, ModelInfo, Role, find

__all__ = [
    "ModelInfo",
    "ModelStatus",
    "Progress",
    "Role",
    "cpu_has_fast_bf16",
    "cpu_has_tiles",
    "device_and_dtype",
    "known",
    "pull",
    "resolve",
    "share_processor",
    "status",
]


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A known model and what of it is on this machine.

    ``bytes`` and ``path`` are those of the folder that would load; ``problem`` says why it would not.
    """

    info: ModelInfo
    installed: bool
    converted: bool
    bytes: int
    path: Path | None
    problem: str | None = None


def known() -> tuple[ModelInfo, ...]:
    """Every model that has a name of its own here."""
    return MODELS


def pull_command(name: str, *, force: bool = False) -> str:
    """The command that converts, or with ``force`` converts again, a model."""
    return f"assistant weights pull {name}" + (" --force" if force else "")


def resolve(name: str, *, cache: Path, offline: bool = False, progress: Progress | None = None) -> Path:
    """The local folder of a model, loadable by sentence-transformers or transformers.

    Args:
        name: a local folder, a name of :func:`known`, or the id of a model on the hub.
        cache: where converted weights are kept.
        offline: never ask the hub; what it has already downloaded is still found.
        progress: called with a message and the share done when something takes long.

    Raises:
        WeightsError: the name means nothing, or its files are missing, damaged or refused.
    """
    local = _local_folder(name)
    if local is not None:
        return local
    info = find(name)
    if info is not None:
        return _known_folder(info, cache=cache, force=False, progress=progress or silent)
    if looks_like_hub_id(name):
        return download(name, offline=offline or hub_is_off(), progress=progress or silent)
    names = ", ".join(m.name for m in MODELS)
    raise WeightsError(
        f"no model is called '{name}', and there is no such folder; use one of {names}, a folder with a config.json, "
        "or a hub id such as intfloat/multilingual-e5-small"
    )


def pull(
    name: str, *, cache: Path, force: bool = False, offline: bool = False, progress: Progress | None = None
) -> Path:
    """Make a model ready ahead of its first use and verify it in full; with ``force`` convert it again.

    Raises:
        WeightsError: as :func:`resolve`, and where a converted file has another hash than its manifest says.
    """
    info = find(name)
    if info is None or _local_folder(name) is not None:
        return resolve(name, cache=cache, offline=offline, progress=progress)
    folder = _known_folder(info, cache=cache, force=force, progress=progress or silent)
    _verify(info, folder, cache, full=True)
    return folder


def status(*, cache: Path, verify: bool = False) -> tuple[ModelStatus, ...]:
    """What is on this machine of every known model; with ``verify`` every hash is computed again."""
    return tuple(_status(info, cache, verify) for info in MODELS)


def hub_is_off() -> bool:
    """Whether the environment forbids the hub, as huggingface_hub reads it."""
    return os.environ.get("HF_HUB_OFFLINE", "").strip().upper() in {"1", "ON", "YES", "TRUE"}


def _local_folder(name: str) -> Path | None:
    path = Path(name).expanduser()
    if path.is_dir() and any((path / f).is_file() for f in ("modules.json", "config.json")):
        return path.resolve()
    if path.is_absolute() or name.startswith((".", "~")):
        raise WeightsError(
            f"'{name}' is not a folder with a modules.json or config.json; give a model's folder or name"
        )
    return None


def _builder(info: ModelInfo, cache: Path, progress: Progress) -> Callable[[Path], None]:
    # Imported where needed: both bring torch or transformers, which a help text must not wait for.
    def build(folder: Path) -> None:
        progress("checking the payload", 0.02)
        paths = packages.verified(info, cache)
        if info.layout == "e5":
            from assistant.weights.e5 import build_folder

            build_folder(paths[0], folder, progress)
        else:
            from assistant.weights.gguf_folder import build_folder as build_from_gguf

            build_from_gguf(paths, folder, progress)

    return build


def _known_folder(info: ModelInfo, *, cache: Path, force: bool, progress: Progress) -> Path:
    if info.layout == "folder":
        return packages.verified(info, cache)[0].parent
    source = {p.filename: p.sha256 for p in info.payloads}
    return convert_once(
        cache,
        info.name,
        source,
        _builder(info, cache, progress),
        mend=pull_command(info.name, force=True),
        force=force,
        progress=progress,
    )


def _verify(info: ModelInfo, folder: Path, cache: Path, *, full: bool) -> None:
    if info.layout == "folder":
        packages.verified(info, cache)
        return
    mend = pull_command(info.name, force=True)
    manifest = read_manifest(folder, mend=mend)
    if manifest is not None:
        check(folder, manifest, mend=mend, full=full)


def _status(info: ModelInfo, cache: Path, verify: bool) -> ModelStatus:
    installed = packages.is_installed(info, cache)
    folder = weights_folder(cache, info.name)
    if info.layout == "folder":
        located = packages.locate(info.payloads[0], cache)
        path = located.parent if located is not None else None
        converted = False
    else:
        path = folder if folder.is_dir() else None
        converted = path is not None
    problem = None
    try:
        if path is not None:
            _verify(info, path, cache, full=verify)
        if converted:
            manifest = read_manifest(folder, mend=pull_command(info.name, force=True))
            converted = manifest is not None and is_current(manifest, {p.filename: p.sha256 for p in info.payloads})
        if verify and installed:
            packages.verified(info, cache)
    except WeightsError as error:
        problem = str(error)
        converted = False
    size = sum(f.stat().st_size for f in path.rglob("*") if f.is_file()) if path is not None else 0
    return ModelStatus(info, installed, converted, size, path, problem)
