"""Classifiers made on this machine, and which of them is in use: a folder of versions and one pointer.

    versions/NAME/    a trained classifier, never changed once it is there
    current.json      the versions that were promoted, the one in use last; swapped as a whole

Knows folders. Does not know whether a version is any good; without a pointer the shipped classifier is in use.
"""

from __future__ import annotations

import json
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from assistant.errors import ConfigurationError
from assistant.understanding.artifact import CARD, read_card
from assistant.understanding.intent import SHIPPED

_LOG = logging.getLogger(__name__)
_POINTER, _VERSIONS, _LOCK = "current.json", "versions", ".lock"
_NAME = re.compile(r"[\w.-]{1,80}")
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class ClassifierShelf:
    """The classifiers of one data folder."""

    folder: Path

    def current(self) -> Path | None:
        """The folder of the version in use; ``None`` for the shipped classifier.

        A version that is gone, or knows other intents than this release, is passed over with a warning: understanding
        messages less well is better than not at all.

        Raises:
            ConfigurationError: the pointer is damaged.
        """
        trail = self.trail()
        if not trail:
            return None
        place = self.place(trail[-1])
        if not (place / CARD).is_file():
            _LOG.warning("the intent classifier %s is gone; the shipped one is used instead", place)
            return None
        if set(read_card(place).labels) != set(read_card(SHIPPED).labels):
            _LOG.warning("the intent classifier %s knows other intents; the shipped one is used instead", place)
            return None
        return place

    def place(self, name: str) -> Path:
        """Where a version is, or will be."""
        return self.folder / _VERSIONS / name

    def trail(self) -> tuple[str, ...]:
        """The versions that were promoted and not taken back, oldest first.

        Raises:
            ConfigurationError: the pointer is damaged.
        """
        path = self.folder / _POINTER
        if not path.exists():
            return ()
        try:
            trail = json.loads(path.read_text(encoding="utf-8"))["promoted"]
            names = tuple(name for name in trail if isinstance(name, str) and _NAME.fullmatch(name))
            if len(names) != len(trail):
                raise ValueError("a name of a version cannot be used")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"{path} does not say which intent classifier is in use: {error}; delete it to use the shipped one"
            ) from error
        return names

    def promote(self, made: Path, name: str) -> Path:
        """Put a finished classifier among the versions and point at it; returns its folder.

        Raises:
            ConfigurationError: the name cannot be used, or is taken.
        """
        if not _NAME.fullmatch(name) or name in (".", ".."):
            raise ConfigurationError(f"a version may hold letters, digits, '.', '-' and '_' only, got '{name[:80]}'")
        place = self.place(name)
        with self._alone():
            if place.exists():
                raise ConfigurationError(f"the version {place} exists; versions do not change: choose another name")
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(made, place)
            self._point((*self.trail(), name))
        return place

    def roll_back(self) -> str | None:
        """Use what was in use before the last promotion; returns its version, ``None`` for the shipped classifier.

        Raises:
            ConfigurationError: the shipped classifier is in use.
        """
        with self._alone():
            trail = self.trail()
            if not trail:
                raise ConfigurationError(f"nothing to take back: no version in {self.folder} was promoted")
            self._point(trail[:-1])
        return trail[-2] if len(trail) > 1 else None

    def _point(self, trail: tuple[str, ...]) -> None:
        partial = self.folder / f"{_POINTER}.partial"
        with partial.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"promoted": list(trail)}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, self.folder / _POINTER)

    def _alone(self) -> FileLock:
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / _LOCK, timeout=_PATIENCE)
