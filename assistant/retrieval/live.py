"""What is made of an index version, made again in the background when another version becomes the current one.

A request takes the value once and keeps it to its end, so it never sees two versions. Knows folders and time; does not
know what is made.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from assistant.errors import AssistantError
from assistant.retrieval.versions import CURRENT, current_version

_log = logging.getLogger(__name__)

T = TypeVar("T")
_Stamp: TypeAlias = tuple[int, int, int]

# A version that could not be opened is tried again after so many seconds.
_AGAIN = 30.0


class Live(Generic[T]):
    """The value of the current version of an index folder. Safe to share between threads."""

    def __init__(
        self,
        folder: Path,
        make: Callable[[], T],
        version_of: Callable[[T], str],
        *,
        close: Callable[[T], None] = lambda value: None,
        every: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make the first value.

        Args:
            folder: the index folder.
            make: opens the current version and makes the value of it.
            version_of: the name of the version a value was made of.
            close: lets go of a value that was replaced twice; requests may still be using the one before.
            every: seconds between two looks at the folder.
            clock: seconds that only grow.

        Raises:
            AssistantError: whatever ``make`` raises the first time.
        """
        self._pointer = folder / CURRENT
        self._make, self._version_of, self._close = make, version_of, close
        self._every, self._clock = every, clock
        self._lock = threading.Lock()
        self._loader: threading.Thread | None = None
        self._seen = self._stamp()
        self._looked = clock()
        self._failed: float | None = None
        self._before: T | None = None
        self._value = make()

    def get(self) -> T:
        """The value of the version that is open; a newer one is opened meanwhile and given from then on."""
        now = self._clock()
        if now - self._looked >= self._every and self._lock.acquire(blocking=False):
            try:
                self._looked = now
                self._look(now)
            finally:
                self._lock.release()
        return self._value

    def settle(self) -> T:
        """As :meth:`get`, after what is being opened is open."""
        with self._lock:
            self._look(self._clock())
            loader = self._loader
        if loader is not None:
            loader.join()
        return self._value

    def _stamp(self) -> _Stamp | None:
        try:
            stat = self._pointer.stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_ino, stat.st_size

    def _look(self, now: float) -> None:
        if self._loader is not None and self._loader.is_alive():
            return
        stamp = self._stamp()
        waited = self._failed is not None and now - self._failed >= _AGAIN
        if stamp is None or (stamp == self._seen and not waited):
            return
        self._seen, self._failed = stamp, None
        if current_version(self._pointer.parent) == self._version_of(self._value):
            return
        self._loader = threading.Thread(target=self._load, name="open-index", daemon=True)
        self._loader.start()

    def _load(self) -> None:
        started = self._clock()
        try:
            value = self._make()
        except AssistantError as error:
            _log.warning("the version before stays in use: %s", error)
            self._failed = self._clock()
            return
        # One assignment: a request has the one value or the other.
        leaving, self._before, self._value = self._before, self._value, value
        _log.info("version %s is in use after %.1f s", self._version_of(value), self._clock() - started)
        # What a version that came back has open, it shares with what was made of it the first time.
        if leaving is not None and self._version_of(leaving) != self._version_of(value):
            self._close(leaving)
