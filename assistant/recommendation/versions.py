"""Which trained recommender answers: versions in a folder, the current one, and the record of who taught each.

    FOLDER/
    ├── current.json       which version answers, and which did before
    ├── privacy.json       what private versions have given away so far, all together
    └── versions/NNNN/     a model, its report.json, and shoppers.json

Reads and writes; knows neither how a version is trained nor when it is promoted.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import TrainingError
from assistant.recommendation.base import MANIFEST, Recommender
from assistant.recommendation.interactions import Interactions
from assistant.recommendation.registry import load

CURRENT = "current.json"
REPORT = "report.json"
VERSIONS = "versions"

_SHOPPERS = "shoppers.json"
_PRIVACY = "privacy.json"


@dataclass(frozen=True, slots=True)
class Version:
    """The version that answers, its folder, and the one before it, if there is one to go back to."""

    name: str
    folder: Path
    previous: str | None


def current(folder: Path) -> Version | None:
    """The version that answers; ``None`` where nothing was trained.

    Raises:
        TrainingError: the folder is damaged.
    """
    path = folder / CURRENT
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        name, previous = str(told["version"]), told["previous"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"'{path}' cannot be read ({error}); remove it and train again") from error
    target = folder / VERSIONS / name
    if not (target / MANIFEST).is_file():
        raise TrainingError(f"'{path}' names the version {name}, which is not there; train again")
    there = previous is not None and (folder / VERSIONS / str(previous) / MANIFEST).is_file()
    return Version(name, target, str(previous) if there else None)


def load_current(folder: Path) -> Recommender:
    """The model that answers.

    Raises:
        TrainingError: nothing was trained, or it cannot be read.
    """
    standing = current(folder)
    if standing is None:
        raise TrainingError(f"no recommender in '{folder}'; make one: assistant train recommender")
    return load(standing.folder)


def names(folder: Path) -> list[str]:
    """The versions that are there, oldest first."""
    return sorted(path.name for path in (folder / VERSIONS).glob("*") if path.name.isdigit())


def record_shoppers(version: Path, data: Interactions) -> None:
    """Note how much each shopper taught a version, under salted digests of their pseudonyms."""
    salt = secrets.token_hex(16)
    lengths = data.lengths()
    taught = {_digest(salt, key): int(n) for key, n in zip(data.user_ids, lengths, strict=True) if n}
    until = float(data.times.max()) if data.timed and len(data) else None
    write_json(version / _SHOPPERS, {"salt": salt, "until": until, "events": taught})


def left(version: Path, data: Interactions) -> int:
    """How many shoppers taught a version with events that are no longer among these.

    Up to the newest event the version knew of, a shopper who stayed has at least as many events as then; one who has
    fewer left, and may have come back since. A version without a record is one of private counts, of which nobody's
    leaving takes anything back.

    Raises:
        TrainingError: the record is damaged.
    """
    path = version / _SHOPPERS
    if not path.is_file():
        return 0
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        salt, until, taught = str(told["salt"]), told["until"], dict(told["events"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"'{path}' cannot be read ({error}); remove its version and train again") from error
    known = data.users if until is None or not data.timed else data.users[data.times <= until]
    counts = np.bincount(known, minlength=data.n_users)
    now = {_digest(salt, key): int(n) for key, n in zip(data.user_ids, counts, strict=True)}
    return sum(now.get(key, 0) < n for key, n in taught.items())


def spend(folder: Path, epsilon: float, delta: float) -> dict[str, Any]:
    """Add the privacy loss of one more release; what was spent in all: ``releases``, ``epsilon``, ``delta``.

    Losses of several releases about the same shoppers add up, whether or not their versions are still there.

    Source: Dwork and Roth, The Algorithmic Foundations of Differential Privacy (2014), theorem 3.16.

    Raises:
        TrainingError: the account is damaged.
    """
    path = folder / _PRIVACY
    told = {"releases": 0, "epsilon": 0.0, "delta": 0.0}
    try:
        if path.is_file():
            told = json.loads(path.read_text(encoding="utf-8"))
        spent: dict[str, Any] = {
            "releases": int(told["releases"]) + 1,
            "epsilon": float(told["epsilon"]) + epsilon,
            "delta": float(told["delta"]) + delta,
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"'{path}' cannot be read ({error}); what was spent cannot be guessed") from error
    write_json(path, spent)
    return spent


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    half = path.with_name(f"{path.name}.part")
    half.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    os.replace(half, path)


def _digest(salt: str, key: str) -> str:
    return hashlib.sha256(f"{salt}:{key}".encode()).hexdigest()[:32]
